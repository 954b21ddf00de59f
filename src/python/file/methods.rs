//! A store in a file: opening, reading on, copying, closing.

use std::fmt;
use std::path::PathBuf;
use std::sync::Weak;
use std::sync::atomic::Ordering;

use parking_lot::{Mutex, RwLock};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::RwLockExt;
use pyo3::types::{PyBytes, PyString};

use crate::journal::{Durability, Journal, save};
use crate::python::error::{Failure, ReadOnlyError, raise, raise_of_file};
use crate::python::fork::{Busy, detached};
use crate::python::store::Store;
use crate::python::store::schema::Schema;
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::id::ModelId;

/// The file of a store.
pub struct File {
    path: PathBuf,
    read_only: bool,
    /// The process that opened it.
    process: u32,
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path.display(), if self.read_only { ", read only" } else { "" })
    }
}

impl File {
    /// Raises `ReadOnlyError`.
    pub fn writable_or_raise(&self) -> PyResult<()> {
        let path = self.path.display();
        if self.read_only {
            let message = format!("{path} was opened with read_only=True; open it without that to write");
            return Err(ReadOnlyError::new_err(message));
        }
        if std::process::id() != self.process {
            return Err(ReadOnlyError::new_err(format!(
                "{path} was opened by process {}; this process was forked from it and may only read: open the file here \
                 once the other has closed it",
                self.process
            )));
        }
        Ok(())
    }
}

/// The worlds of all stores in files, to be closed when the interpreter ends.
static OPEN: Mutex<Vec<Weak<RwLock<World>>>> = Mutex::new(Vec::new());

/// In a forked child: gives up the files, which are the parent's.
pub fn abandon_files(py: Python<'_>) {
    let open = std::mem::take(&mut *OPEN.lock());
    for world in open.iter().filter_map(Weak::upgrade) {
        if let Some(journal) = &mut world.write_py_attached(py).journal {
            journal.get_mut().abandon();
        }
    }
}

/// Closes all files. Called when the interpreter ends.
#[pyfunction]
pub fn close_files(py: Python<'_>) {
    let open = std::mem::take(&mut *OPEN.lock());
    for world in open.iter().filter_map(Weak::upgrade) {
        let busy = Busy::new(py);
        let mut guard = world.write_py_attached(py);
        drop(busy);
        let world = &mut *guard;
        // There is nobody any more who could be told that it failed.
        _ = detached(py, || world.close_file());
    }
}

impl Store {
    /// Opens a file or makes it.
    pub fn in_file(
        py: Python<'_>,
        given: &Bound<'_, PyAny>,
        durability: Durability,
        read_only: bool,
    ) -> PyResult<Store> {
        let path = path(given)?;
        let _busy = Busy::new(py);
        let opened = py.detach(|| match read_only {
            true => Journal::read(&path),
            false => Journal::open(&path, durability),
        });
        let (journal, engine) = opened.map_err(raise_of_file)?;
        let mut world = World::default();
        (world.engine, world.journal) = (engine, Some(journal.into()));
        world.put_unclaimed_classes(py);
        let store = Store::of_world(world, Some(File { path, read_only, process: std::process::id() }));
        let mut open = OPEN.lock();
        open.retain(|world| world.strong_count() > 0);
        open.push(std::sync::Arc::downgrade(&store.world));
        drop(open);
        Ok(store)
    }
}

/// Reads a path; it is absolute then, so that it holds when the working directory changes. Dots stay: where they lead
/// links decide.
fn path(given: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
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

#[pymethods]
impl Store {
    /// The file the store lives in, as an absolute path; None in memory.
    #[getter(path)]
    fn file_path(&self) -> Option<PathBuf> {
        self.file.as_ref().map(|file| file.path.clone())
    }

    /// Reads what was committed to the file since it was opened with `read_only=True` or refreshed; returns whether
    /// anything was. Records, collections and classes go on and see it. O(rows) if so.
    ///
    /// Any other store has nothing to read. Raises `RuntimeError` inside a transaction, `StoreClosedError`, and, then
    /// without any effect, `CorruptStoreError` and `SchemaError` where the writer changed the type of a field.
    ///
    /// >>> import tempfile, pathlib
    /// >>> from hasmany import Store, User
    /// >>> path = pathlib.Path(tempfile.mkdtemp(), "users.db")
    /// >>> with Store(path) as store, Store(path, read_only=True) as reader:
    /// ...     with store:
    /// ...         _ = User("alice")
    /// ...     reader.stats().rows, reader.refresh(), reader.stats().rows["User"]
    /// ({}, True, 1)
    fn refresh(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let (store, py) = (slf.get(), slf.py());
        store.open_or_raise()?;
        if !store.file.as_ref().is_some_and(|file| file.read_only) {
            return Ok(false);
        }
        let mut fill = Vec::new();
        for at in 0..store.read(py).classes.len() {
            let (spec, _) = store.spec(py, ModelId(at as u32));
            let is_new = |name: &str| store.read(py).is_only_here(ModelId(at as u32), name);
            fill.push(spec.fill(py, slf.as_unbound(), is_new)?);
        }
        let mut world = Self::lock_open(slf)?;
        if world.engine.depth() > 0 {
            return Err(PyRuntimeError::new_err("a store cannot be refreshed inside a transaction"));
        }
        let inner = &mut *world;
        let read = detached(py, || {
            fill.resize(inner.classes.len(), Vec::new());
            inner.refresh(&fill)
        });
        if let Ok(true) = read {
            let replaced = world.put_unclaimed_classes(py);
            store.texts.clear();
            store.publish(&world);
            let old = store.keep(&world);
            drop(world);
            drop((old, replaced));
        }
        read.map_err(|failure| raise(slf, failure))
    }

    /// Writes a copy of the store as a new file, which `Store(path)` opens. O(rows).
    ///
    /// Of a store in a file it is a copy of what was committed last, with whatever else is in the file. Other threads
    /// wait meanwhile. Raises
    /// `FileExistsError` and other `OSError`, `RuntimeError` inside a transaction, `SchemaError` for names that a file
    /// cannot hold, and, of a store in a file, `StoreClosedError`.
    ///
    /// >>> import tempfile, pathlib
    /// >>> from hasmany import Store, User
    /// >>> path = pathlib.Path(tempfile.mkdtemp(), "users.db")
    /// >>> with Store() as store:
    /// ...     _ = User("alice")
    /// ...     store.save(path)
    /// >>> with Store(path):
    /// ...     User.all().values("username")
    /// ['alice']
    #[pyo3(name = "save")]
    fn save_as(slf: &Bound<'_, Self>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let (store, to) = (slf.get(), self::path(path)?);
        if store.file.is_some() {
            store.open_or_raise()?;
        }
        let world = Self::lock(slf)?;
        if world.engine.depth() > 0 {
            return Err(PyRuntimeError::new_err("a store cannot be saved inside a transaction"));
        }
        let inner = &*world;
        let saved = detached(slf.py(), || match &inner.journal {
            Some(journal) => journal.lock().copy(&to),
            None => save(&inner.engine, &to),
        });
        drop(world);
        saved.map_err(raise_of_file)
    }

    /// Ends writing: from then on writes raise `StoreClosedError`; records still read. A file is closed; it holds
    /// everything by itself then. May be called again.
    ///
    /// Raises `RuntimeError` inside a transaction, and `OSError` where a disk is so full or broken that not even the
    /// ids that were given could be kept from being given again; the file is closed all the same.
    pub fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        if slf.get().is_closed() {
            return Ok(());
        }
        let mut world = Self::lock(slf)?;
        if world.engine.depth() > 0 {
            return Err(PyRuntimeError::new_err("a store cannot be closed inside a transaction"));
        }
        slf.get().closed.store(true, Ordering::Release);
        let inner = &mut *world;
        let closed = detached(slf.py(), || inner.close_file());
        drop(world);
        closed.map_err(|failure| raise(slf, failure))
    }

    /// Compares every index with the columns it is derived from, and a file with what is in memory, cell by cell.
    /// Raises `CorruptStoreError`. O(rows × indexes).
    ///
    /// A file is left out inside a transaction; of one opened with `read_only=True` it is only looked whether it is
    /// sound.
    fn check(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.get().read_long(slf.py(), World::check).map_err(|failure| raise(slf, failure))
    }

    /// The models of this store, and how they relate. `print(store.schema)` shows them, and what a file holds that no
    /// class declares.
    #[getter]
    fn schema(&self, py: Python<'_>) -> Schema {
        let world = self.read(py);
        let schema = world.engine.schema();
        let declared = world.classes.iter().zip(schema.models()).filter(|(_, model)| !model.is_unclaimed);
        let models = declared.map(|(class, _)| class.spec.maker.ty(py).unbind()).collect();
        Schema { models, text: format!("{schema}{}", world.lost()), mermaid: schema.to_mermaid() }
    }
}

impl World {
    /// Whether a field is not in the file.
    fn is_only_here(&self, model: ModelId, field: &str) -> bool {
        let journal = self.journal.as_ref().map(|journal| journal.lock());
        journal.is_some_and(|journal| !journal.has_field(&self.engine.schema().model(model).table, field))
    }

    fn refresh(&mut self, fill: &[Vec<crate::store::value::Value<'static>>]) -> Result<bool, Failure> {
        let Some(journal) = &mut self.journal else { return Ok(false) };
        let journal = journal.get_mut();
        let Some(fresh) = journal.refresh(&self.engine, fill)? else { return Ok(false) };
        // Tidying a file changes it, too.
        let schema = |engine: &Engine| engine.schema().to_string();
        let is_other = schema(&self.engine) != schema(&fresh) || self.engine.difference(&fresh).is_some();
        if is_other {
            self.engine.succeed(fresh);
        }
        Ok(is_other)
    }

    fn check(&self) -> Result<(), Failure> {
        self.engine.check()?;
        match &self.journal {
            Some(journal) if self.engine.depth() == 0 => Ok(journal.lock().check(&self.engine)?),
            _ => Ok(()),
        }
    }

    /// What the file holds besides, as text.
    fn lost(&self) -> String {
        let Some(journal) = &self.journal else { return String::new() };
        let journal = journal.lock();
        journal.surplus().map(|(table, column, of)| format!("\nonly in the file: {table}.{column} ({of})\n")).collect()
    }
}
