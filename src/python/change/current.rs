//! The current store: a process-wide one, and over it a context variable for `with` blocks.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use crate::python::locks::Alone;
use crate::python::store::Store;

/// The store of the process, made when it is first needed.
static PROCESS: Alone<Option<Py<Store>>> = Alone::new(None);

/// Whether any block was ever entered. Until then nobody need look at the context variable.
static BLOCKS: AtomicBool = AtomicBool::new(false);

/// Holds `(store, what it held before)` inside a block, else None. A linked list instead of tokens: a token can be
/// reset only in the context that made it, and async fixtures leave a block in another.
fn variable<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyAny>> {
    static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || {
        let kwargs = PyDict::new(py);
        kwargs.set_item("default", py.None())?;
        let var = py.import("contextvars")?.call_method("ContextVar", ("hasmany.store",), Some(&kwargs))?;
        PyResult::Ok(var.unbind())
    };
    Ok(VARIABLE.get_or_try_init(py, make)?.bind(py))
}

/// The innermost block of this context.
fn block<'py>(py: Python<'py>) -> PyResult<Option<(Bound<'py, Store>, Bound<'py, PyAny>)>> {
    let node = variable(py)?.call_method0("get")?;
    match node.is_none() {
        true => Ok(None),
        false => {
            let node = node.cast_into::<PyTuple>()?;
            Ok(Some((node.get_item(0)?.cast_into::<Store>()?, node.get_item(1)?)))
        }
    }
}

/// The store that class-level calls use here.
pub fn store(py: Python<'_>) -> PyResult<Bound<'_, Store>> {
    if BLOCKS.load(Relaxed)
        && let Some((store, _)) = block(py)?
    {
        return Ok(store);
    }
    let process = PROCESS.lock().as_ref().map(|store| store.clone_ref(py));
    match process {
        Some(store) => Ok(store.into_bound(py)),
        None => {
            let fresh = Bound::new(py, Store::in_memory())?;
            let mut process = PROCESS.lock();
            Ok(process.get_or_insert_with(|| fresh.unbind()).bind(py).clone())
        }
    }
}

/// Makes a store the one of the process.
pub fn set_process(store: &Bound<'_, Store>) {
    let old = PROCESS.lock().replace(store.clone().unbind());
    // The last handle may run Python code when it goes: not under the lock.
    drop(old);
}

/// Enters a block.
pub fn enter(store: &Bound<'_, Store>) -> PyResult<()> {
    let py = store.py();
    BLOCKS.store(true, Relaxed);
    let before = variable(py)?.call_method0("get")?;
    variable(py)?.call_method1("set", ((store, before),)).map(drop)
}

/// Leaves a block. In a context that did not enter it there is nothing to restore.
pub fn leave(store: &Bound<'_, Store>) -> PyResult<()> {
    let py = store.py();
    match block(py)? {
        Some((inner, before)) if inner.is(store) => variable(py)?.call_method1("set", (before,)).map(drop),
        _ => Ok(()),
    }
}
