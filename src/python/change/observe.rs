//! Telling observers what a transaction changed.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::error::is_leaving;
use crate::python::locks::assert_none_held;
use crate::python::record::make;
use crate::python::record::value;
use crate::python::store::Store;
use crate::python::store::class::{FieldSpec, Holds, Spec};
use crate::python::tell::tell_of;
use crate::store::change::{Told, ToldValue, What};
use crate::store::id::{Id, ModelId};

/// Calls each observer with the changes, if there are any. What they raise cannot undo the commit and goes to
/// `sys.unraisablehook`, and to the log; but who wants to leave (Ctrl-C, `sys.exit()`) leaves, once all were called.
pub fn tell(store: &Bound<'_, Store>, told: Vec<Told>) -> PyResult<()> {
    if told.is_empty() {
        return Ok(());
    }
    assert_none_held();
    let py = store.py();
    let changes = match changes(store, told) {
        Ok(changes) => changes,
        Err(error) => {
            error.write_unraisable(py, Some(store.as_any()));
            return Ok(());
        }
    };
    let mut leaving = Ok(());
    for observer in store.get().observers(py) {
        match observer.call1(py, (&changes,)) {
            Err(error) if is_leaving(py, &error) => leaving = leaving.and(Err(error)),
            Err(error) => {
                let text = || format!("an observer of {} raised; the commit stands", store.get().standing);
                leaving = leaving.and(tell_of(py, &error, text));
                error.write_unraisable(py, Some(observer.bind(py)));
            }
            Ok(_) => {}
        }
    }
    leaving
}

/// The changes as a tuple of `Change`. Takes the store's lock once, for the classes of all models.
fn changes<'py>(store: &Bound<'py, Store>, told: Vec<Told>) -> PyResult<Bound<'py, PyTuple>> {
    let py = store.py();
    let class = py.import("hasmany.tuples")?.getattr("Change")?;
    let classes = Classes { store, specs: store.get().read(py).specs() };
    let mut changes = Vec::with_capacity(told.len());
    for Told { model, id, what } in told {
        let fields = &classes.specs[model.index()].fields;
        let none = || py.None().into_bound(py);
        let (kind, field, old, new) = match what {
            What::Create(values) => ("create", None, none(), classes.row(fields, values)?),
            What::Delete(values) => ("delete", None, classes.row(fields, values)?, none()),
            What::Set { field, old, new } => {
                let of = &fields[field];
                ("set", Some(&of.name), classes.object(of, old)?, classes.object(of, new)?)
            }
        };
        changes.push(class.call1((kind, classes.record(model, id)?, field, old, new))?);
    }
    PyTuple::new(py, changes)
}

/// What the classes of a store's models said at one moment.
struct Classes<'a, 'py> {
    store: &'a Bound<'py, Store>,
    /// By model.
    specs: Vec<Arc<Spec>>,
}

impl<'py> Classes<'_, 'py> {
    fn record(&self, model: ModelId, id: Id) -> PyResult<Bound<'py, PyAny>> {
        make::record_by(&self.specs[model.index()].maker, self.store, model, id)
    }

    fn row(&self, fields: &[FieldSpec], values: Vec<ToldValue>) -> PyResult<Bound<'py, PyAny>> {
        let row = PyDict::new(self.store.py());
        for (field, value) in fields.iter().zip(values) {
            row.set_item(&field.name, self.object(field, value)?)?;
        }
        Ok(row.into_any())
    }

    fn object(&self, of: &FieldSpec, value: ToldValue) -> PyResult<Bound<'py, PyAny>> {
        match (&of.holds, value) {
            (_, ToldValue::Ref(model, id)) => self.record(model, id),
            (Holds::Value(of), ToldValue::Value(value)) => value::object(self.store.py(), *of, &value),
            (Holds::Record(..), ToldValue::Value(_)) => Ok(self.store.py().None().into_bound(self.store.py())),
        }
    }
}
