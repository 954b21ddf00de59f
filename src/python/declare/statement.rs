//! What Python code cannot do for a class statement: check a default as a value is checked, and refuse without a trace of
//! itself.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::declare::definition::named_type;
use crate::python::error::SchemaError;
use crate::python::record::element;
use crate::python::record::value;

/// Raises what a constructor would raise for this value in a field of this type.
#[pyfunction]
pub fn check_value(model: &str, field: &str, of: &Bound<'_, PyAny>, given: &Bound<'_, PyAny>) -> PyResult<()> {
    let of = named_type(of)?;
    let item = element::numpy_item(given)?;
    value::value(model, field, of, item.as_ref().unwrap_or(given)).map(drop)
}

/// A function whose refusals are raised as if by its caller: a `SchemaError` loses its traceback on the way out, so that
/// the last line shown is the user's.
#[pyclass(frozen, module = "hasmany")]
pub struct Trimmed {
    function: Py<PyAny>,
}

#[pymethods]
impl Trimmed {
    #[new]
    fn __new__(function: Bound<'_, PyAny>) -> Self {
        Trimmed { function: function.unbind() }
    }

    #[pyo3(signature = (*args, **keywords))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        keywords: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let done = self.function.bind(py).call(args, keywords);
        if let Err(error) = &done
            && error.is_instance_of::<SchemaError>(py)
        {
            error.set_traceback(py, None);
        }
        done
    }
}
