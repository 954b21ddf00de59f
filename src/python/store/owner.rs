//! Whose a transaction is: a thread's and, where a loop runs, an asyncio task's.

use std::thread::{ThreadId, current};

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;

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

    /// Whether that is the same thread and task. Runs no Python code.
    pub fn is(&self, other: &Owner) -> bool {
        let is_same_task = match (&self.task, &other.task) {
            (None, _) => true,
            (Some(one), Some(other)) => one.is(other),
            (Some(_), None) => false,
        };
        self.thread == other.thread && is_same_task
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
