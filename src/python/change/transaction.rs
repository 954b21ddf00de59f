//! `with store.transaction():` and `async with store.transaction():`.

use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::python::change::{current, door};
use crate::python::locks::Alone;
use crate::python::store::Store;

/// A transaction block: not entered yet, entered, or left. It can be entered once. Its store is current inside.
#[pyclass(frozen, weakref, module = "hasmany")]
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

    fn new_or_raise(&self) -> PyResult<()> {
        match *self.state.lock() == State::New {
            true => Ok(()),
            false => Err(PyRuntimeError::new_err("a transaction block can be entered once")),
        }
    }

    /// The block is open from now on, and its store current.
    fn entered(slf: &Bound<'_, Self>, depth: usize) -> PyResult<()> {
        let store = slf.get().store.bind(slf.py());
        if let Err(error) = current::enter_transaction(store, slf.as_any()) {
            _ = door::end(store, depth, false)?;
            return Err(error);
        }
        *slf.get().state.lock() = State::Open(depth);
        Ok(())
    }
}

#[pymethods]
impl Transaction {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
    }

    /// Waits for transactions of other threads; one of another task of this thread raises `RuntimeError`.
    fn __enter__(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.get().new_or_raise()?;
        let depth = door::begin(slf.get().store.bind(slf.py()))?;
        Self::entered(slf, depth)
    }

    #[pyo3(signature = (*exc))]
    fn __exit__(slf: &Bound<'_, Self>, exc: &Bound<'_, PyTuple>) -> PyResult<()> {
        let (block, store) = (slf.get(), slf.get().store.bind(slf.py()));
        let State::Open(depth) = *block.state.lock() else {
            return Err(PyRuntimeError::new_err("this transaction block is not open"));
        };
        let failed = exc.get_item(0).is_ok_and(|kind| !kind.is_none());
        // Where it may not end yet, it goes on.
        let ended = door::end(store, depth, !failed)?;
        *block.state.lock() = State::Ended;
        // Observers that the end told still had the store as the current one.
        store.get().standing.leave();
        current::leave(slf.as_any())?;
        ended
    }

    /// Enters the block if no other thread or task has one open; whether it did. With `only_nested`, only inside a block
    /// of this task's own.
    fn _try_enter(slf: &Bound<'_, Self>, only_nested: bool) -> PyResult<bool> {
        slf.get().new_or_raise()?;
        match door::try_begin(slf.get().store.bind(slf.py()), only_nested)? {
            Some(depth) => Self::entered(slf, depth).map(|()| true),
            None => Ok(false),
        }
    }

    /// Waits for transactions of other tasks and threads without blocking the loop, in the order of asking.
    fn __aenter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.turns")?.call_method1("enter", (slf, slf.get().store.bind(slf.py())))
    }

    #[pyo3(signature = (*exc))]
    fn __aexit__<'py>(slf: &Bound<'py, Self>, exc: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.turns")?.call_method1("leave", (slf, exc))
    }
}

impl Drop for Transaction {
    /// A block that was entered and forgotten is no block of its store any more. What it changed is undone when the store
    /// goes.
    fn drop(&mut self) {
        if matches!(*self.state.lock(), State::Open(_)) {
            self.store.get().standing.leave();
        }
    }
}
