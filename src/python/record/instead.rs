//! What to write for an object that is of another type than a field: said once something has failed.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyFloat, PyInt, PyString};

use crate::python::record::value::{type_of, value};
use crate::store::instead::{in_column, instead};
use crate::store::types::Type;

/// The error of a single value, and what to write instead, where that is sure.
pub fn single(error: PyErr, of: Type, given: &Bound<'_, PyAny>) -> PyErr {
    // Of no other class is it sure that to look at it runs no code of its own.
    let is_plain = is_number(given)
        || given.is_exact_instance_of::<PyString>()
        || given.is_exact_instance_of::<PyDate>()
        || given.is_exact_instance_of::<PyDateTime>();
    if !is_plain {
        return error;
    }
    let Ok(Some(kind)) = type_of(given) else { return error };
    let way = value("", "", kind, given).ok().and_then(|value| instead(of, kind, &value));
    with(given.py(), error, way.as_deref())
}

/// The error of a value in a column, which takes more than a field by itself.
pub fn listed(error: PyErr, of: Type, given: &Bound<'_, PyAny>) -> PyErr {
    match in_column(of, given.is_exact_instance_of::<PyFloat>()).filter(|_| is_number(given)) {
        Some(way) => with(given.py(), error, Some(way)),
        None => single(error, of, given),
    }
}

fn is_number(given: &Bound<'_, PyAny>) -> bool {
    given.is_exact_instance_of::<PyInt>() || given.is_exact_instance_of::<PyFloat>()
}

fn with(py: Python<'_>, error: PyErr, way: Option<&str>) -> PyErr {
    match way {
        Some(way) if error.get_type(py).is(py.get_type::<PyTypeError>()) => {
            PyTypeError::new_err(format!("{}; {way}", error.value(py)))
        }
        _ => error,
    }
}
