//! What may be passed for a value that is looked for: one, several, or a range.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::python::record::handle::Record;

/// `between(low, high)`: at least `low` and less than `high`; None is an open end.
///
/// >>> from hasmany import User, between
/// >>> len(User.where(id=between(1, 1)))
/// 0
#[pyclass(frozen, module = "hasmany")]
pub struct Between {
    pub low: Py<PyAny>,
    pub high: Py<PyAny>,
}

#[pymethods]
impl Between {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("between({}, {})", self.low.bind(py).repr()?, self.high.bind(py).repr()?))
    }
}

/// For `where` and `find_by`: values from `low` on that are less than `high`; None is an open end.
///
/// >>> from hasmany import Store, User, between
/// >>> with Store():
/// ...     _ = [User(name) for name in "abc"]
/// ...     User.where(username=between("b", None)).values("username")
/// ['b', 'c']
#[pyfunction]
pub fn between(low: Bound<'_, PyAny>, high: Bound<'_, PyAny>) -> Between {
    Between { low: low.unbind(), high: high.unbind() }
}

/// Whether an object is one value rather than several.
pub fn is_single(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_value = given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>();
    Ok(is_value || given.is_instance_of::<Record>() || !given.hasattr("__iter__")?)
}
