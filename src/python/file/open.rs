//! Opening files, closing them all when the interpreter ends, and giving them up in a forked child.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::journal::{Durability, Journal};
use crate::python::declare::bind::put_unclaimed_classes;
use crate::python::error::raise_of_file;
use crate::python::fork::{self, Busy, detached};
use crate::python::locks::{Alone, Inner};
use crate::python::store::Store;
use crate::python::store::locked::Locked;
use crate::python::store::place::File;
use crate::python::store::world::World;

/// The worlds of all stores in files, to be closed when the interpreter ends.
static OPEN: Alone<Vec<Weak<Locked>>> = Alone::new(Vec::new());

/// Gives up the files, which are the parent's.
fn abandon_files(py: Python<'_>) {
    let open = std::mem::take(&mut *OPEN.lock());
    for world in open.iter().filter_map(Weak::upgrade) {
        if let Some(journal) = &mut world.write(py).journal {
            journal.get_mut().abandon();
        }
    }
}

/// Closes all files. Called when the interpreter ends.
#[pyfunction]
pub fn close_files(py: Python<'_>) {
    let open = std::mem::take(&mut *OPEN.lock());
    for world in open.iter().filter_map(Weak::upgrade) {
        let mut guard = world.write(py);
        let world = &mut *guard;
        // There is nobody any more who could be told that it failed.
        _ = detached(py, || world.close_file());
    }
}

/// Opens a file or makes it.
pub fn in_file(py: Python<'_>, given: &Bound<'_, PyAny>, durability: Durability, read_only: bool) -> PyResult<Store> {
    let path = path(given)?;
    let _busy = Busy::new(py);
    let opened = py.detach(|| match read_only {
        true => Journal::read(&path),
        false => Journal::open(&path, durability),
    });
    let (journal, engine) = opened.map_err(raise_of_file)?;
    let mut world = World::default();
    (world.engine, world.journal) = (engine, Some(Inner::new(journal)));
    put_unclaimed_classes(py, &mut world);
    let store = Store::of_world(world, Some(File::new(path, read_only)));
    let mut open = OPEN.lock();
    open.retain(|world| world.strong_count() > 0);
    open.push(Arc::downgrade(&store.world));
    drop(open);
    Ok(store)
}

/// Reads a path; it is absolute then, so that it holds when the working directory changes. Dots stay: where they lead
/// links decide.
pub fn path(given: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let py = given.py();
    let path = py.import("os")?.call_method1("fspath", (given,))?;
    if path.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("a path is a str or a pathlib.Path, not bytes"));
    }
    let text = path.cast::<PyString>()?.to_string_lossy().into_owned();
    if text.is_empty() || text == ":memory:" || text.contains('\0') {
        return Err(PyValueError::new_err(format!("{text:?} is no path; a store in memory is Store()")));
    }
    py.import("pathlib")?.call_method1("Path", (path,))?.call_method0("absolute")?.extract()
}

/// After a fork, in the child, which has no other threads.
#[pyfunction]
pub fn after_fork_in_child(py: Python<'_>) {
    fork::reset();
    abandon_files(py);
}
