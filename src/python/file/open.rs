//! Opening files, closing them all when the interpreter ends, and giving them up in a forked child.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyWeakrefMethods, PyWeakrefReference};

use crate::journal::{Durability, Journal};
use crate::python::declare::bind::put_unclaimed_classes;
use crate::python::error::{StoreLockedError, heard, raise_of_failure, raise_of_file, raise_of_stop};
use crate::python::fork::{self, Busy, detached};
use crate::python::locks::{Alone, Inner};
use crate::python::store::locked::Locked;
use crate::python::store::place::File;
use crate::python::store::world::World;
use crate::python::store::{Store, standing};
use crate::python::tell::{Level, Waiter, tell, tell_of};

/// Closes all files. Called when the interpreter ends.
#[pyfunction]
pub fn close_files(py: Python<'_>) {
    for world in Locked::all() {
        let mut guard = world.write(py);
        let world = &mut *guard;
        let path = world.journal.as_ref().map(|journal| journal.lock().path().to_owned());
        let closed = detached(py, || world.close_file());
        drop(guard);
        let Some(path) = path else { continue };
        // There is nobody any more who could catch it.
        _ = match closed {
            Ok(()) => tell(py, Level::Info, || format!("closed {}, at the interpreter's exit", path.display())),
            Err(failure) => tell_of(py, &raise_of_failure(py, failure), || {
                format!("closing {} at the interpreter's exit failed", path.display())
            }),
        };
    }
}

/// How a file is to be opened.
pub struct Wish {
    /// What was said; `Normal` if nothing was.
    pub durability: Option<Durability>,
    pub read_only: bool,
    /// How long to wait for a writer elsewhere.
    pub timeout: Duration,
}

/// Opens a file or makes it. One that this process has open for writing is that store, opened once more.
pub fn in_file<'py>(py: Python<'py>, given: &Bound<'py, PyAny>, wish: &Wish) -> PyResult<Bound<'py, Store>> {
    let path = path(given)?;
    if wish.read_only {
        return made(py, &path, wish, &Waiter::default());
    }
    let (begun, mut waiting) = (Instant::now(), Waiter::default());
    loop {
        let turn = Turn::take(py)?;
        if let Some(store) = open_here(py, &path)? {
            let again = opened_again(store, wish)?;
            tell(py, Level::Debug, || format!("opened {} once more", path.display()))?;
            return Ok(again);
        }
        let opened = made(py, &path, wish, &waiting);
        drop(turn);
        match opened {
            Err(error) if error.is_instance_of::<StoreLockedError>(py) && begun.elapsed() < wish.timeout => {}
            opened => return opened,
        }
        waiting.tell(py, format_args!("whoever has {} open for writing", path.display()))?;
        pause(py)?;
    }
}

/// A moment in which others run, and Ctrl-C is heard.
fn pause(py: Python<'_>) -> PyResult<()> {
    py.detach(|| std::thread::sleep(Duration::from_millis(20)));
    py.check_signals()
}

/// Whether a thread opens a file for writing.
static OPENING: AtomicBool = AtomicBool::new(false);

/// The right to open a file for writing: threads that open one file at once get one store.
struct Turn;

impl Turn {
    fn take(py: Python<'_>) -> PyResult<Self> {
        while OPENING.swap(true, Ordering::AcqRel) {
            pause(py)?;
        }
        Ok(Turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        OPENING.store(false, Ordering::Release);
    }
}

/// The stores that were opened for writing here.
static WRITERS: Alone<Vec<Py<PyWeakrefReference>>> = Alone::new(Vec::new());

/// The store that has a file open for writing in this process.
fn open_here<'py>(py: Python<'py>, path: &Path) -> PyResult<Option<Bound<'py, Store>>> {
    let writers: Vec<_> = WRITERS.lock().iter().map(|writer| writer.clone_ref(py)).collect();
    for writer in writers {
        let Some(store) = writer.bind(py).upgrade_as::<Store>()? else { continue };
        let inner = store.get();
        if !inner.is_closed() && inner.file().is_some_and(|file| file.is_writable() && file.is_at(path)) {
            return Ok(Some(store));
        }
    }
    Ok(None)
}

/// Counts one more opening. Raises `ValueError` where the durability that was said is another.
fn opened_again<'py>(store: Bound<'py, Store>, wish: &Wish) -> PyResult<Bound<'py, Store>> {
    if let (Some(file), Some(wished)) = (store.get().file(), wish.durability)
        && file.durability != wished
    {
        return Err(PyValueError::new_err(format!(
            "{file} is open here with durability='{}', not '{}': close it first, or leave the durability out",
            file.durability.name(),
            wished.name()
        )));
    }
    store.get().standing.open_again();
    Ok(store)
}

/// A store of a file that is opened now, perhaps after some waiting.
fn made<'py>(py: Python<'py>, path: &Path, wish: &Wish, waiting: &Waiter) -> PyResult<Bound<'py, Store>> {
    let begun = Instant::now();
    let durability = wish.durability.unwrap_or(Durability::Normal);
    let opened = {
        let _busy = Busy::new(py);
        py.detach(|| {
            heard(|| match wish.read_only {
                true => Journal::read(path),
                false => Journal::open(path, durability),
            })
        })
    };
    let opened = opened.map_err(|stop| raise_of_stop(py, stop))?;
    let (journal, engine) = opened.map_err(|error| raise_of_file(py, error))?;
    let mut world = World::default();
    (world.engine, world.journal) = (engine, Some(Inner::new(journal)));
    put_unclaimed_classes(py, &mut world);
    let store = Bound::new(py, Store::of_world(world, Some(File::new(path.to_owned(), wish.read_only, durability))))?;
    if !wish.read_only {
        let writer = PyWeakrefReference::new(&store)?.unbind();
        let mut writers = WRITERS.lock();
        let (living, gone) = std::mem::take(&mut *writers).into_iter().partition(|other| is_alive(py, other));
        *writers = living;
        writers.push(writer);
        drop(writers);
        drop::<Vec<_>>(gone);
    }
    store.get().standing.list();
    tell(py, Level::Info, || {
        let (rows, seconds) = (store.get().read(py).engine.rows_in_all(), begun.elapsed().as_secs_f64());
        let (how, rows) = (if wish.read_only { " to read" } else { "" }, counted(rows));
        format!("opened {}{how}: {rows} in {seconds:.3} s{}", path.display(), waiting.how_long())
    })?;
    Ok(store)
}

fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

fn is_alive(py: Python<'_>, store: &Py<PyWeakrefReference>) -> bool {
    store.bind(py).upgrade().is_some()
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
    OPENING.store(false, Ordering::Release);
    standing::changed();
    for world in Locked::all() {
        let owner = world.write(py).abandon();
        drop(owner);
    }
}
