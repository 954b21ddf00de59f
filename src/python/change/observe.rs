//! Telling observers what a transaction changed.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::locks::assert_none_held;
use crate::python::record::make;
use crate::python::record::value;
use crate::python::store::Store;
use crate::python::store::class::{FieldSpec, Holds};
use crate::store::change::{Told, ToldValue, What};

/// Calls each observer with the changes, if there are any. What they raise cannot undo the commit and goes to
/// `sys.unraisablehook`.
pub fn tell(store: &Bound<'_, Store>, told: Vec<Told>) {
    if told.is_empty() {
        return;
    }
    assert_none_held();
    let py = store.py();
    let changes = match changes(store, told) {
        Ok(changes) => changes,
        Err(error) => return error.write_unraisable(py, Some(store.as_any())),
    };
    for observer in store.get().observers(py) {
        if let Err(error) = observer.call1(py, (&changes,)) {
            error.write_unraisable(py, Some(observer.bind(py)));
        }
    }
}

/// The changes as a tuple of `Change`.
fn changes<'py>(store: &Bound<'py, Store>, told: Vec<Told>) -> PyResult<Bound<'py, PyTuple>> {
    let py = store.py();
    let class = py.import("hasmany.tuples")?.getattr("Change")?;
    let mut changes = Vec::with_capacity(told.len());
    for Told { model, id, what } in told {
        let spec = store.get().read(py).class(model).spec.clone();
        let row = |values: Vec<ToldValue>| {
            let row = PyDict::new(py);
            for (field, value) in spec.fields.iter().zip(values) {
                row.set_item(&field.name, object(store, field, value)?)?;
            }
            PyResult::Ok(row.into_any())
        };
        let none = || py.None().into_bound(py);
        let (kind, field, old, new) = match what {
            What::Create(values) => ("create", None, none(), row(values)?),
            What::Delete(values) => ("delete", None, row(values)?, none()),
            What::Set { field, old, new } => {
                let of = &spec.fields[field];
                ("set", Some(&of.name), object(store, of, old)?, object(store, of, new)?)
            }
        };
        changes.push(class.call1((kind, make::record(store, model, id)?, field, old, new))?);
    }
    PyTuple::new(py, changes)
}

fn object<'py>(store: &Bound<'py, Store>, of: &FieldSpec, value: ToldValue) -> PyResult<Bound<'py, PyAny>> {
    match (&of.holds, value) {
        (_, ToldValue::Ref(model, id)) => make::record(store, model, id),
        (Holds::Value(of), ToldValue::Value(value)) => value::object(store.py(), *of, &value),
        (Holds::Record(..), ToldValue::Value(_)) => Ok(store.py().None().into_bound(store.py())),
    }
}
