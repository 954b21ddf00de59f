//! What a store in a file can do besides: reading on, copying, closing, checking, showing its schema.

use std::path::PathBuf;
use std::time::Instant;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::journal::create::save;
use crate::python::bar::watched;
use crate::python::declare::bind::put_unclaimed_classes;
use crate::python::error::tried;
use crate::python::file::open;
use crate::python::fork::detached;
use crate::python::record::fill::Made;
use crate::python::record::make;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::class::FieldSpec;
use crate::python::store::schema::Schema;
use crate::python::store::standing::ClosedBy;
use crate::python::store::world::{Reading, World};
use crate::python::tell::{Level, tell};
use crate::store::id::{Id, ModelId};
use crate::store::write::fill::Fill;

#[pymethods]
impl Store {
    /// The file the store lives in, as an absolute path; None in memory.
    #[getter(path)]
    fn file_path(&self) -> Option<PathBuf> {
        self.file().map(|file| file.path.clone())
    }

    /// Reads what was committed to the file since it was opened with `read_only=True` or refreshed; returns whether
    /// anything was. Records, collections and classes go on and see it. O(rows) if so; O(new rows) where since the last time
    /// one store wrote, and only added rows, and the system is Linux.
    ///
    /// Any other store has nothing to read. `progress=True` shows how many rows were read, where all are. Raises `RuntimeError` inside a transaction, `StoreClosedError`, and, then
    /// without any effect, `CorruptStoreError`, also where the file was deleted, moved or replaced, and `SchemaError` where the writer changed the type of a field.
    ///
    /// >>> import tempfile, pathlib
    /// >>> from hasmany import Store, User
    /// >>> path = pathlib.Path(tempfile.mkdtemp(), "users.db")
    /// >>> with Store(path) as store, Store(path, read_only=True) as reader:
    /// ...     with store:
    /// ...         _ = User("alice")
    /// ...     reader.stats().rows, reader.refresh(), reader.stats().rows["User"]
    /// ({}, True, 1)
    #[pyo3(signature = (*, progress=false))]
    fn refresh(slf: &Bound<'_, Self>, progress: bool) -> PyResult<bool> {
        watched(slf.py(), progress, || refresh(slf))
    }

    /// Writes a copy of the store as a new file, which `Store(path)` opens. O(rows).
    ///
    /// Of a store in a file it is a copy of what was committed last, with whatever else is in the file and with its mode.
    /// Other threads wait meanwhile. `progress=True` shows how many rows are written, or, of a store in a file, bytes. Raises
    /// `FileExistsError`, also where the log of another database lies beside, and other `OSError`, `RuntimeError` inside a transaction, `SchemaError` for names that a file
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
    #[pyo3(name = "save", signature = (path, *, progress=false))]
    fn save_as(slf: &Bound<'_, Self>, path: &Bound<'_, PyAny>, progress: bool) -> PyResult<()> {
        watched(slf.py(), progress, || save_as(slf, path))
    }

    /// Ends writing: from then on writes raise `StoreClosedError`; records still read. A file is closed; it holds
    /// everything by itself then. May be called again.
    ///
    /// Raises `RuntimeError` inside a transaction, `CorruptStoreError` where the file was deleted, moved or replaced
    /// meanwhile, and `OSError` where a disk is so full or broken, or a file so long read by others (`StoreLockedError`), that
    /// not even the ids that were given could be kept from being given again; the file is closed all the same. One that
    /// nobody else has open is sealed: opening it notices bits that have changed by themselves until then. At the end of a `with`
    /// block that an exception leaves, this is a note in that exception.
    #[pyo3(name = "close")]
    fn py_close(slf: &Bound<'_, Self>) -> PyResult<()> {
        close(slf, ClosedBy::Call)
    }

    /// Compares every index with the columns it is derived from, and a file with what is in memory, cell by cell.
    /// Raises `CorruptStoreError`. O(rows × indexes).
    ///
    /// A file is left out inside a transaction. One opened with `read_only=True` may have gone on, so it is not compared
    /// with memory, but read again: whether it is sound, and is what was written when it was last closed. `progress=True`
    /// shows how many rows were looked at, each as often as it is; SQLite's own check of the file stands still in it.
    #[pyo3(signature = (*, progress=false))]
    fn check(slf: &Bound<'_, Self>, progress: bool) -> PyResult<()> {
        let py = slf.py();
        watched(py, progress, || slf.get().read_long(py, World::check).map_err(|failure| raise(slf, failure)))
    }

    /// The models of this store, and how they relate. `print(store.schema)` shows them, and what a file holds that no
    /// class declares.
    #[getter]
    fn schema(slf: &Bound<'_, Self>) -> Schema {
        let (py, store) = (slf.py(), slf.clone().unbind());
        let world = slf.get().read(py);
        let schema = world.engine.schema();
        let declared = world.classes.iter().zip(schema.models()).filter(|(_, model)| !model.is_unclaimed);
        let models = declared.map(|(class, _)| make::class(&class.spec.maker, py).unbind()).collect();
        Schema { models, text: format!("{schema}{}", world.lost()), mermaid: schema.to_mermaid(), store }
    }
}

/// By model, what rows get in fields that the file does not have, or has no value for because its writer took them out.
/// Values are made for the rows that lack them.
fn fills(
    store: &Bound<'_, Store>,
    made: &mut Vec<Made>,
    lacking: Option<(ModelId, Vec<Id>)>,
) -> PyResult<Vec<Vec<Fill>>> {
    // Not in the loop's head, which would hold the lock as long as the loop.
    let models = store.get().read(store.py()).classes.len();
    made.resize_with(models, Made::default);
    let fill = |(at, made): (usize, &mut Made)| {
        let model = ModelId(at as u32);
        let (spec, _) = store.get().spec(store.py(), model);
        made.keep(store, &spec, model);
        let rows = |_: &World, _: &FieldSpec| match &lacking {
            Some((of, ids)) if *of == model => ids.clone(),
            _ => Vec::new(),
        };
        made.fill(store, &spec, |_, _| true, rows)
    };
    made.iter_mut().enumerate().map(fill).collect()
}

/// Reads what was committed since; whether anything was.
fn refresh(slf: &Bound<'_, Store>) -> PyResult<bool> {
    let (store, py) = (slf.get(), slf.py());
    store.open_or_raise()?;
    if !store.file().is_some_and(|file| file.read_only) {
        return Ok(false);
    }
    // What is only here: rows that are here keep what they have, new ones get values of their own.
    let (mut made, mut lacking) = (Vec::new(), None);
    let (mut world, read) = loop {
        let mut fill = fills(slf, &mut made, lacking.take())?;
        let mut world = Store::lock_open(slf)?;
        if world.engine.depth() > 0 {
            return Err(PyRuntimeError::new_err("a store cannot be refreshed inside a transaction"));
        }
        let inner = &mut *world;
        let read = detached(py, || {
            fill.resize(inner.classes.len(), Vec::new());
            tried(|| inner.refresh(&fill))
        });
        match read {
            Ok(Reading::Lacking(model, ids)) => lacking = Some((model, ids)),
            Ok(Reading::Done(is_other)) => break (world, Ok(is_other)),
            Err(failure) => break (world, Err(failure)),
        }
    };
    let mut old = (Vec::new(), Vec::new());
    if let Ok(true) = read {
        old.0 = put_unclaimed_classes(py, &mut world);
        store.texts.clear();
        store.publish(&world);
        old.1 = store.set_gc_roots(&world);
    }
    drop(world);
    drop(old);
    read.map_err(|failure| raise(slf, failure))
}

/// Writes a copy.
fn save_as(slf: &Bound<'_, Store>, path: &Bound<'_, PyAny>) -> PyResult<()> {
    let (store, to) = (slf.get(), open::path(path)?);
    if store.file().is_some() {
        store.open_or_raise()?;
    }
    let world = Store::lock(slf)?;
    if world.engine.depth() > 0 {
        return Err(PyRuntimeError::new_err("a store cannot be saved inside a transaction"));
    }
    let inner = &*world;
    let save = || match &inner.journal {
        Some(journal) => journal.lock().copy(&inner.engine, &to),
        None => save(&inner.engine, &to),
    };
    let saved = detached(slf.py(), || tried(save));
    drop(world);
    saved.map_err(|failure| raise(slf, failure))
}

/// Ends writing, and closes a file.
pub fn close(slf: &Bound<'_, Store>, by: ClosedBy) -> PyResult<()> {
    if slf.get().is_closed() {
        return Ok(());
    }
    let mut world = Store::lock(slf)?;
    if world.engine.depth() > 0 {
        return Err(PyRuntimeError::new_err("a store cannot be closed inside a transaction"));
    }
    let begun = Instant::now();
    slf.get().standing.close(by);
    let inner = &mut *world;
    let closed = detached(slf.py(), || inner.close_file());
    drop(world);
    closed.map_err(|failure| raise(slf, failure))?;
    match slf.get().file() {
        None => Ok(()),
        Some(file) => tell(slf.py(), Level::Info, || {
            format!("closed {} in {:.3} s, by {by}", file.path.display(), begun.elapsed().as_secs_f64())
        }),
    }
}
