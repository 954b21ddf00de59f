//! `with store.transaction():`, and whose it is.

use std::thread::{ThreadId, current};

use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::python::store::Store;

/// Who opened a transaction block: a thread and, where a loop runs, an asyncio task.
pub struct Owner {
    thread: ThreadId,
    task: Option<Py<PyAny>>,
}

impl Owner {
    /// This thread and task.
    pub fn here(py: Python<'_>) -> PyResult<Self> {
        Ok(Owner { thread: current().id(), task: task(py)?.map(Bound::unbind) })
    }

    pub fn clone_ref(&self, py: Python<'_>) -> Self {
        Owner { thread: self.thread, task: self.task.as_ref().map(|task| task.clone_ref(py)) }
    }

    pub fn is_this_thread(&self) -> bool {
        self.thread == current().id()
    }

    /// Whether it was opened outside of any loop, so that whatever its thread runs runs inside the block.
    pub fn is_of_no_task(&self) -> bool {
        self.task.is_none()
    }

    /// Refuses if another task of this thread runs now: waiting for the owner would block the loop that it needs.
    pub fn check_task(&self, py: Python<'_>) -> PyResult<()> {
        match (&self.task, task(py)?) {
            (None, _) => Ok(()),
            (Some(owner), Some(here)) if here.is(owner) => Ok(()),
            _ => Err(PyRuntimeError::new_err("another task of this thread has a transaction open in this store")),
        }
    }
}

/// The asyncio task that runs, if any.
fn task(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let Ok(asyncio) = modules.get_item(intern!(py, "asyncio")) else { return Ok(None) };
    match asyncio.call_method0(intern!(py, "current_task")) {
        Ok(task) => Ok((!task.is_none()).then_some(task)),
        // No loop runs here.
        Err(error) if error.is_instance_of::<PyRuntimeError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A transaction block: not entered yet, entered, or left. It can be entered once.
#[pyclass(frozen, module = "hasmany")]
pub struct Transaction {
    store: Py<Store>,
    state: parking_lot::Mutex<State>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// As the so manieth of the blocks that were open.
    Open(usize),
    Ended,
}

impl Transaction {
    pub fn new(store: Py<Store>) -> Self {
        Transaction { store, state: parking_lot::Mutex::new(State::New) }
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
        let depth = Store::begin(self.store.bind(py))?;
        *self.state.lock() = State::Open(depth);
        Ok(())
    }

    #[pyo3(signature = (*exc))]
    fn __exit__(&self, py: Python<'_>, exc: &Bound<'_, PyTuple>) -> PyResult<()> {
        let State::Open(depth) = *self.state.lock() else {
            return Err(PyRuntimeError::new_err("this transaction block is not open"));
        };
        let failed = exc.get_item(0).is_ok_and(|kind| !kind.is_none());
        Store::end(self.store.bind(py), depth, !failed)?;
        *self.state.lock() = State::Ended;
        Ok(())
    }
}
