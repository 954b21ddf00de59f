//! Classes that belong to one store: those that were made for its tables. Class-level calls use that store, whichever is
//! current.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::python::change::current;
use crate::python::store::Store;

static METACLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Says which metaclass the classes have that belong to a store.
#[pyfunction]
pub fn owned_classes_are(metaclass: &Bound<'_, PyType>) {
    _ = METACLASS.set(metaclass.py(), metaclass.clone().unbind());
}

/// The store that a class belongs to, else the one that class-level calls use here. Raises `NoCurrentStoreError`.
pub fn store_of<'py>(cls: &Bound<'py, PyType>) -> PyResult<Bound<'py, Store>> {
    let py = cls.py();
    match METACLASS.get(py) {
        Some(metaclass) if cls.get_type().is(metaclass) => Ok(cls.getattr("__store__")?.cast_into::<Store>()?),
        _ => current::store(py),
    }
}
