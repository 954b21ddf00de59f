//! `with store.transaction():`.

use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::python::change::door;
use crate::python::locks::Alone;
use crate::python::store::Store;

/// A transaction block: not entered yet, entered, or left. It can be entered once.
#[pyclass(frozen, module = "hasmany")]
pub struct Transaction {
    store: Py<Store>,
    state: Alone<State>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// At this nesting depth.
    Open(usize),
    Ended,
}

impl Transaction {
    pub fn new(store: Py<Store>) -> Self {
        Transaction { store, state: Alone::new(State::New) }
    }
}

#[pymethods]
impl Transaction {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        if *self.state.lock() != State::New {
            return Err(PyRuntimeError::new_err("a transaction block can be entered once"));
        }
        let depth = door::begin(self.store.bind(py))?;
        *self.state.lock() = State::Open(depth);
        Ok(())
    }

    #[pyo3(signature = (*exc))]
    fn __exit__(&self, py: Python<'_>, exc: &Bound<'_, PyTuple>) -> PyResult<()> {
        let State::Open(depth) = *self.state.lock() else {
            return Err(PyRuntimeError::new_err("this transaction block is not open"));
        };
        let failed = exc.get_item(0).is_ok_and(|kind| !kind.is_none());
        door::end(self.store.bind(py), depth, !failed)?;
        *self.state.lock() = State::Ended;
        Ok(())
    }
}
