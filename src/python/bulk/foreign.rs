//! Arrow arrays that come from elsewhere: their memory may be broken in ways over which the Arrow crates panic.

use pyo3::exceptions::{PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::python::error::{FieldError, is_interrupted, raise_of_stop};
use crate::store::stop::{self, Stop};

/// Reads something of a column or table; what it panics over is an error of the input, and what was read is thrown away.
pub fn carefully<T>(label: &str, read: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    stop::hear(is_interrupted, read).unwrap_or_else(|ended| {
        Err(match ended.downcast::<Stop>() {
            Ok(stop) => Python::attach(|py| raise_of_stop(py, *stop)),
            Err(_) => FieldError::new_err(format!("{label}: a broken Arrow array")),
        })
    })
}

/// Whether a producer says by this that it cannot make Arrow arrays of its objects; anything else is a fault of its own.
pub fn is_refusal(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyValueError>(py)
        || error.is_instance_of::<PyNotImplementedError>(py)
}
