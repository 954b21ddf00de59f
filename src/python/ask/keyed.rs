//! Plain values in place of records: the keys of their models.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyTuple};

use crate::python::ask::single::{Between, is_single};
use crate::python::error::wrong_type;
use crate::python::record::arg::{self, Arg};
use crate::python::record::handle::Record;
use crate::python::store::Store;
use crate::python::store::class::{FieldSpec, Holds, Spec};
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId};
use crate::store::value::Value;

/// What is looked for in a field: a value or a record, or a record by the key of its model, or by its id.
pub enum Wanted {
    Arg(Arg<'static>),
    Key(ModelId, Vec<(usize, Wanted)>),
    Id(ModelId, Id),
}

impl Wanted {
    /// The value as the engine has it; nothing where no row has the key. A record must still be there.
    pub fn settle(&self, engine: &Engine) -> Result<Option<Value<'static>>> {
        match self {
            Wanted::Arg(arg) => arg.settle(engine).map(Some),
            Wanted::Id(model, id) => Ok(engine.table(*model).find(*id).map(Value::Row)),
            Wanted::Key(model, parts) => {
                let settled = parts.iter().map(|(_, part)| part.settle(engine)).collect::<Result<Option<Vec<_>>>>()?;
                let Some(key) = settled else { return Ok(None) };
                let fields: Vec<usize> = parts.iter().map(|&(field, _)| field).collect();
                Ok(engine.row_of_key(*model, &fields, &key)?.map(Value::Row))
            }
        }
    }
}

/// Reads what is looked for in a field.
pub fn wanted(store: &Bound<'_, Store>, spec: &Spec, field: &FieldSpec, given: &Bound<'_, PyAny>) -> PyResult<Wanted> {
    if let Holds::Record(model, _) = field.holds
        && !given.is_instance_of::<Record>()
        && !given.is_none()
    {
        let (target, _) = store.get().spec(store.py(), model);
        if !target.key.is_empty() {
            return of_key(store, &format!("{}.{}", spec.name, field.name), model, &target, given);
        }
        // Nothing else than an id can stand for a record of a model without a key.
        if given.is_instance_of::<PyInt>() && !given.is_instance_of::<PyBool>() {
            return Ok(Wanted::Id(model, given.extract().unwrap_or(0)));
        }
    }
    Ok(Wanted::Arg(arg::arg(store.as_unbound(), spec, field, given)?.into_owned()))
}

fn of_key(
    store: &Bound<'_, Store>,
    what: &str,
    model: ModelId,
    target: &Spec,
    given: &Bound<'_, PyAny>,
) -> PyResult<Wanted> {
    let values = parts_of_key(what, target, given)?;
    let part = |(&by, value): (&usize, &Bound<'_, PyAny>)| Ok((by, wanted(store, target, &target.fields[by], value)?));
    Ok(Wanted::Key(model, target.key.iter().zip(&values).map(part).collect::<PyResult<_>>()?))
}

/// The values of the fields of a key: of a single one the value itself, else those of a tuple.
fn parts_of_key<'py>(what: &str, target: &Spec, given: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if target.key.len() == 1 {
        return Ok(vec![given.clone()]);
    }
    let names: Vec<&str> = target.key.iter().map(|&field| target.fields[field].name.as_str()).collect();
    let form = format!("a {} or its key, the tuple ({})", target.name, names.join(", "));
    match given.cast::<PyTuple>() {
        Ok(tuple) if tuple.len() == names.len() => Ok(tuple.iter().collect()),
        Ok(tuple) => {
            let message = format!("{what} takes {form}, not a tuple of {}", tuple.len());
            Err(PyTypeError::new_err(message))
        }
        Err(_) => Err(wrong_type(what, &form, given)),
    }
}

/// Whether a tuple for this field is one key rather than several values.
pub fn is_one_key(store: &Bound<'_, Store>, field: &FieldSpec, given: &Bound<'_, PyAny>) -> bool {
    match field.holds {
        Holds::Record(model, _) => {
            given.is_instance_of::<PyTuple>() && store.get().spec(store.py(), model).0.key.len() > 1
        }
        Holds::Value(_) => false,
    }
}

/// Adds to the conditions of a call that the key of the model is this.
pub fn add_key(spec: &Spec, given: &Bound<'_, PyAny>, tests: &Bound<'_, PyDict>) -> PyResult<()> {
    let what = format!("{}.find", spec.name);
    let values = parts_of_key(&what, spec, given)?;
    for (&field, value) in spec.key.iter().zip(values) {
        let name = &spec.fields[field].name;
        if value.is_instance_of::<Between>()
            || spec.key.len() == 1 && !is_single(&value)? && !value.is_instance_of::<PyTuple>()
        {
            return Err(wrong_type(&what, &format!("one key ({name})"), &value));
        }
        if tests.contains(name)? {
            return Err(PyTypeError::new_err(format!("{what} got {name} twice")));
        }
        tests.set_item(name, value)?;
    }
    Ok(())
}
