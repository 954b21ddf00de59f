//! Elements of columns, one by one.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PySet, PyString};

use crate::exchange::incoming::EXACT;
use crate::python::ask::single::is_single;
use crate::python::bulk::foreign::is_producer;
use crate::python::bulk::numpy::is_buffer;
use crate::python::error::{FieldError, wrong_type};
use crate::python::record::element;
use crate::python::record::handle::Record;
use crate::store::id::LAST_ID;
use crate::store::types::Type;
use crate::store::value::Value;

/// What may be looked at and then read all the same, and the first of it that is not None; for arrays, which hold no
/// records, nothing.
pub fn listed_to_look_at<'py>(given: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
    if given.is_instance_of::<Record>() {
        return Ok((given.clone(), Some(given.clone())));
    }
    let is_object = || given.getattr("dtype").and_then(|dtype| dtype.getattr("hasobject")?.is_truthy());
    let is_array = is_buffer(given)? && !is_object().unwrap_or(false) || is_producer(given)?;
    if is_array || is_single(given)? || given.is_instance_of::<PyDict>() || given.is_instance_of::<PySet>() {
        return Ok((given.clone(), None));
    }
    let list: Vec<Bound<'py, PyAny>> = given.try_iter()?.collect::<PyResult<_>>()?;
    let first = list.iter().find(|element| !element.is_none()).cloned();
    Ok((PyList::new(given.py(), list)?.into_any(), first))
}

/// An id among the elements of a column.
pub fn element_id<'a>(label: &str, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    if given.extract::<f64>().is_ok_and(|float| float >= EXACT) && given.is_instance_of::<PyFloat>() {
        let why = "a float over 2^53 is no exact id: pass integers";
        return Err(FieldError::new_err(format!("{label} is {given}, and {why}")));
    }
    // Text is read into an int field, but no id.
    if given.is_instance_of::<PyString>() {
        return Err(wrong_type(label, "ids", given));
    }
    element::element(label, Type::Int, None, given)
}

/// "User.id is 0, and ids go from 1 to 9223372036854775807"
pub fn no_id(label: &str, id: &str) -> String {
    let of = label.split('.').next().unwrap_or(label);
    let way = format!("to keep numbers of your own beside the ids, make them a key: class {of}(Model, key=\"number\")");
    format!("{label} is {id}, and ids go from 1 to {LAST_ID}; {way}")
}
