//! The current store: a process-wide one, and over it a context variable for `with` blocks.

use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyWeakrefMethods, PyWeakrefReference};

use crate::python::error::NoCurrentStoreError;
use crate::python::locks::Alone;
use crate::python::store::{Store, standing};

/// The stores that serve where no block is open.
struct Process {
    /// What `use()` said.
    said: Option<Py<Store>>,
    /// The process's own, in memory, made when it is first needed.
    own: Option<Py<Store>>,
}

static PROCESS: Alone<Process> = Alone::new(Process { said: None, own: None });

/// Whether any block was ever entered. Until then nobody need look at the context variable.
static BLOCKS: AtomicBool = AtomicBool::new(false);

/// Holds `(anchor, what it held before)` inside a block, else None. A linked list instead of tokens: a token can be reset
/// only in the context that made it, and async fixtures leave a block in another.
///
/// The anchor of a `with store:` block is the store. That of a transaction block is weak, `(block, store)`: one that
/// somebody entered and forgot is no block any more.
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

/// A block of this context.
struct Block<'py> {
    store: Bound<'py, Store>,
    /// The store, or the transaction block.
    anchor: Bound<'py, PyAny>,
    before: Bound<'py, PyAny>,
}

/// The innermost block of this context.
fn block<'py>(py: Python<'py>) -> PyResult<Option<Block<'py>>> {
    let mut node = variable(py)?.call_method0("get")?;
    while !node.is_none() {
        let (anchor, before): (Bound<'py, PyAny>, Bound<'py, PyAny>) = node.extract()?;
        if let Ok(store) = anchor.cast::<Store>() {
            return Ok(Some(Block { store: store.clone(), anchor, before }));
        }
        let (block, store): (Bound<'py, PyWeakrefReference>, Bound<'py, PyWeakrefReference>) = anchor.extract()?;
        if let (Some(anchor), Some(store)) = (block.upgrade(), store.upgrade_as::<Store>()?) {
            return Ok(Some(Block { store, anchor, before }));
        }
        node = before;
    }
    Ok(None)
}

/// The store that class-level calls use here. Raises `NoCurrentStoreError` where that would be the process's own, which
/// nobody asked for, and another may be meant; warns where one that is gone may have been.
pub fn store(py: Python<'_>) -> PyResult<Bound<'_, Store>> {
    if let Some(block) = innermost(py)? {
        return Ok(block.store);
    }
    let (store, is_said) = of_process(py)?;
    if !is_said {
        let meant = standing::meant();
        if !meant.is_empty() {
            return Err(which(&meant));
        }
        if let Some(dropped) = standing::dropped() {
            warn_of_dropped(py, &dropped)?;
        }
    }
    Ok(store)
}

/// Rows go to memory where somebody has opened a file and kept nothing of it.
#[cold]
fn warn_of_dropped(py: Python<'_>, store: &str) -> PyResult<()> {
    let text = format!(
        "{store} was opened, was current nowhere, and is closed again, because nobody kept it; this call is about the process's own \
         store in memory, which is gone at its end. Write `with Store(...):` around it, or `store = Store(...).use()`"
    );
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &CString::new(text)?, 1)
}

/// The store that class-level calls use here, or would use if it were clear that it is meant.
pub fn current(py: Python<'_>) -> PyResult<Bound<'_, Store>> {
    match innermost(py)? {
        Some(block) => Ok(block.store),
        None => of_process(py).map(|(store, _)| store),
    }
}

/// The innermost block of this context, quickly where there never was one.
fn innermost<'py>(py: Python<'py>) -> PyResult<Option<Block<'py>>> {
    if BLOCKS.load(Relaxed) { block(py) } else { Ok(None) }
}

fn which(meant: &[String]) -> PyErr {
    NoCurrentStoreError::new_err(format!(
        "no store is current here, and more than the process's own may be meant: {}. Say which: `with store:` around this \
         (in each thread), `with store.transaction():`, `store.use()` for the whole process, or `Store.current().use()` \
         if the process's own store in memory is meant",
        meant.join("; ")
    ))
}

/// The store of the process, and whether `use()` made it that.
fn of_process(py: Python<'_>) -> PyResult<(Bound<'_, Store>, bool)> {
    {
        let process = PROCESS.lock();
        if let Some(store) = process.said.as_ref().or(process.own.as_ref()) {
            return Ok((store.bind(py).clone(), process.said.is_some()));
        }
    }
    let fresh = Bound::new(py, Store::in_memory())?;
    let mut process = PROCESS.lock();
    Ok((process.own.get_or_insert_with(|| fresh.unbind()).bind(py).clone(), false))
}

/// Makes a store the one of the process.
pub fn set_process(store: &Bound<'_, Store>) {
    store.get().standing.make_current();
    // The last handle may run Python code when it goes: not under the lock.
    drop(replace_default(Some(store.clone())));
}

/// Makes a store the one of the process, as `use()` does, or, with None, takes back that any was; returns what `use()`
/// had said before. For fixtures, which put back what they found.
#[pyfunction]
pub fn replace_default(store: Option<Bound<'_, Store>>) -> Option<Py<Store>> {
    let store = store.map(Bound::unbind);
    std::mem::replace(&mut PROCESS.lock().said, store)
}

/// Puts what this context knows of blocks in place of what it knew, which is returned; None is no block at all. For
/// fixtures, as [`replace_default`].
#[pyfunction]
pub fn replace_blocks<'py>(blocks: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let variable = variable(blocks.py())?;
    let before = variable.call_method0("get")?;
    variable.call_method1("set", (blocks,))?;
    Ok(before)
}

/// Enters a `with store:` block.
pub fn enter(store: &Bound<'_, Store>) -> PyResult<()> {
    push(store, store.as_any())
}

/// Enters a transaction block of a store, which lasts as long as somebody has it.
pub fn enter_transaction(store: &Bound<'_, Store>, block: &Bound<'_, PyAny>) -> PyResult<()> {
    let anchor = (PyWeakrefReference::new(block)?, PyWeakrefReference::new(store)?);
    push(store, anchor.into_pyobject(store.py())?.as_any())
}

fn push(store: &Bound<'_, Store>, anchor: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = store.py();
    BLOCKS.store(true, Relaxed);
    let before = variable(py)?.call_method0("get")?;
    variable(py)?.call_method1("set", ((anchor, before),))?;
    store.get().standing.enter();
    Ok(())
}

/// Leaves the block of an anchor: the store, or the transaction block. In a context that did not enter it there is
/// nothing to restore.
pub fn leave(anchor: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = anchor.py();
    match block(py)? {
        Some(inner) if inner.anchor.is(anchor) => variable(py)?.call_method1("set", (inner.before,)).map(drop),
        _ => Ok(()),
    }
}
