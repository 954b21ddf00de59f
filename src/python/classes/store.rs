//! `Store`: what a user does with one.

use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyTuple, PyWeakrefMethods, PyWeakrefReference};

use crate::journal::Durability;
use crate::python::bar::watched;
use crate::python::change::current;
use crate::python::change::transaction::Transaction;
use crate::python::error::{beside_exception, wrong_type};
use crate::python::error::{heard, raise_of_stop};
use crate::python::file::methods::close;
use crate::python::file::open::{Wish, in_file};
use crate::python::fork::detached;
use crate::python::record::handle::Record;
use crate::python::store::Store;
use crate::python::store::place::File;
use crate::python::store::standing::ClosedBy;
use crate::python::store::stats::Stats;
use crate::store::id::ModelId;
use crate::store::schema::model::Model;

#[pymethods]
impl Store {
    #[new]
    #[pyo3(signature = (path=None, *, durability=None, read_only=false, timeout=0.0, progress=false))]
    #[pyo3(text_signature = "(path=None, *, durability='normal', read_only=False, timeout=0.0, progress=False)")]
    fn __new__<'py>(
        py: Python<'py>,
        path: Option<&Bound<'py, PyAny>>,
        durability: Option<&str>,
        read_only: bool,
        timeout: f64,
        progress: bool,
    ) -> PyResult<Bound<'py, Self>> {
        let durability = match durability {
            None => None,
            Some("normal") => Some(Durability::Normal),
            Some("full") => Some(Durability::Full),
            Some(other) => {
                let message = format!("durability is 'normal' or 'full', not '{other}'");
                return Err(PyValueError::new_err(message));
            }
        };
        let timeout = Duration::try_from_secs_f64(timeout)
            .map_err(|_| PyValueError::new_err(format!("timeout is a number of seconds from 0 on, not {timeout}")))?;
        match path {
            Some(path) => watched(py, progress, || in_file(py, path, &Wish { durability, read_only, timeout })),
            None if read_only => {
                Err(PyValueError::new_err("read_only=True is for a file that exists; Store() is in memory"))
            }
            None => {
                let store = Bound::new(py, Store::in_memory())?;
                store.get().standing.list();
                Ok(store)
            }
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        self.traverse(&visit)
    }

    fn __clear__(&self) {
        self.clear();
    }

    /// The store that class-level calls use here: that of the innermost block, else the one that `use()` named, else the
    /// process's own, in memory.
    ///
    /// Where the last would serve though another store may be meant (see `NoCurrentStoreError`), class-level calls
    /// refuse; this does not, and `Store.current().use()` says that it is meant.
    #[staticmethod]
    fn current(py: Python<'_>) -> PyResult<Bound<'_, Store>> {
        current::current(py)
    }

    /// The store of a record.
    #[staticmethod]
    fn of<'py>(record: &Bound<'py, Record>) -> Bound<'py, Store> {
        record.get().store(record.py()).clone()
    }

    /// Makes this the current store of the process, for every thread, outside of `with` blocks; returns it.
    ///
    /// Raises `StoreClosedError`.
    #[pyo3(name = "use")]
    fn use_(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().open_or_raise()?;
        current::set_process(&slf);
        Ok(slf)
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().open_or_raise()?;
        current::enter(&slf)?;
        Ok(slf)
    }

    #[pyo3(signature = (*exc))]
    fn __exit__(slf: &Bound<'_, Self>, exc: &Bound<'_, PyTuple>) -> PyResult<()> {
        slf.get().standing.leave();
        current::leave(slf.as_any())?;
        match slf.get().file() {
            Some(_) if slf.get().standing.give_back() => beside_exception(close(slf, ClosedBy::Block), exc),
            _ => Ok(()),
        }
    }

    /// A block that is all or nothing: whatever exception leaves it undoes what it did. Blocks nest; an inner one
    /// that fails undoes itself. The store is current inside; the block's end closes nothing.
    ///
    /// It belongs to its thread and asyncio task: writes of other threads wait, of another task of the same thread
    /// raise `RuntimeError`. `async with` waits for other tasks and threads without blocking the loop, in the order of
    /// asking; a task that the block itself starts and waits for must not enter this store: it would wait for ever.
    /// Reads elsewhere see the store as it is, uncommitted changes included. Raises `StoreClosedError`.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store() as store:
    /// ...     try:
    /// ...         with store.transaction():
    /// ...             _ = User("alice")
    /// ...             raise KeyError
    /// ...     except KeyError:
    /// ...         len(User.all())
    /// 0
    fn transaction(slf: Bound<'_, Self>) -> Transaction {
        Transaction::new(slf.unbind())
    }

    /// Calls `callback` with the changes of each outermost transaction that changed something, after it, in the
    /// thread that committed, with no lock held: it may write. What it raises goes to `sys.unraisablehook`, but for `KeyboardInterrupt` and `SystemExit`, which
    /// leave the call that committed. Returns a
    /// function that unsubscribes.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store() as store:
    /// ...     stop = store.on_commit(lambda changes: print([change.kind for change in changes]))
    /// ...     user = User("alice")
    /// ...     stop()
    /// ['create']
    fn on_commit<'py>(slf: &Bound<'py, Self>, callback: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyCFunction>> {
        if !callback.is_callable() {
            return Err(wrong_type("on_commit", "a callable", &callback));
        }
        let number = slf.get().subscribe(callback.unbind());
        // Weak: the collector cannot see into a closure, and an observer may well hold its own.
        let store = PyWeakrefReference::new(slf)?.unbind();
        PyCFunction::new_closure(slf.py(), Some(c"unsubscribe"), None, move |args, _| {
            let py = args.py();
            if let Some(store) = store.bind(py).upgrade_as::<Store>()? {
                store.get().unsubscribe(number);
            }
            PyResult::Ok(py.None())
        })
    }

    /// Packs memory as tightly as it goes; changes no id, no order and no result. O(rows).
    ///
    /// Raises `RuntimeError` inside a transaction, `StoreClosedError`, and `MemoryError` where there is no room to make a
    /// packed copy of a model beside it; some models may be packed then.
    fn compact(slf: &Bound<'_, Self>) -> PyResult<()> {
        let mut world = Self::lock_open(slf)?;
        if world.engine.depth() > 0 {
            return Err(PyRuntimeError::new_err("a store cannot be compacted inside a transaction"));
        }
        let inner = &mut *world;
        let done = detached(slf.py(), || inner.settle().and_then(|()| heard(|| inner.engine.compact())));
        slf.get().texts.clear();
        slf.get().publish(&world);
        drop(world);
        done.map_err(|stop| raise_of_stop(slf.py(), stop))
    }

    /// How many rows each model has and how many bytes each model and index holds; of a file, whether it was changed
    /// elsewhere.
    fn stats(&self, py: Python<'_>) -> Stats {
        let world = self.read(py);
        let stats = Stats::of(&world.engine, world.changed_elsewhere());
        drop(world);
        stats.with("strings", self.texts.bytes(py))
    }

    /// Whether this is a record of this store whose row is there. O(1).
    fn __contains__(slf: &Bound<'_, Self>, record: &Bound<'_, PyAny>) -> bool {
        let Ok(record) = record.cast::<Record>() else { return false };
        let record = record.get();
        record.is_in(slf.as_unbound())
            && slf.get().read(slf.py()).engine.table(record.model).find(record.id()).is_some()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let world = self.read(py);
        let rows =
            |(at, model): (usize, &Model)| format!("{} {}", world.engine.table(ModelId(at as u32)).len(), model.name);
        let rows: Vec<String> = world.engine.schema().models().iter().enumerate().map(rows).collect();
        let closed = if self.is_closed() { ", closed" } else { "" };
        let place = self.file().map_or_else(|| "memory".to_owned(), File::to_string);
        format!("<Store in {place}: {}{closed}>", if rows.is_empty() { "empty".to_owned() } else { rows.join(", ") })
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.show")?.call_method1("store", (slf,))
    }
}
