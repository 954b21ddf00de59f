//! `Store`: what a user does with one.

use std::sync::atomic::Ordering;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyTuple, PyWeakrefMethods, PyWeakrefReference};

use crate::journal::Durability;
use crate::python::change::current;
use crate::python::change::transaction::Transaction;
use crate::python::error::{beside_exception, wrong_type};
use crate::python::file::methods::close;
use crate::python::file::open::in_file;
use crate::python::fork::detached;
use crate::python::record::handle::Record;
use crate::python::store::Store;
use crate::python::store::place::File;
use crate::python::store::stats::Stats;
use crate::store::id::ModelId;
use crate::store::schema::model::Model;

#[pymethods]
impl Store {
    #[new]
    #[pyo3(signature = (path=None, *, durability="normal", read_only=false))]
    fn __new__(py: Python<'_>, path: Option<&Bound<'_, PyAny>>, durability: &str, read_only: bool) -> PyResult<Self> {
        let durability = match durability {
            "normal" => Durability::Normal,
            "full" => Durability::Full,
            _ => {
                let message = format!("durability is 'normal' or 'full', not '{durability}'");
                return Err(PyValueError::new_err(message));
            }
        };
        match path {
            Some(path) => in_file(py, path, durability, read_only),
            None if read_only => {
                Err(PyValueError::new_err("read_only=True is for a file that exists; Store() is in memory"))
            }
            None => Ok(Store::in_memory()),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        self.traverse(&visit)
    }

    fn __clear__(&self) {
        self.clear();
    }

    /// The store that class-level calls use here: that of the innermost `with` block, else that of the process.
    #[staticmethod]
    fn current(py: Python<'_>) -> PyResult<Bound<'_, Store>> {
        current::store(py)
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
        slf.get().blocks.fetch_add(1, Ordering::AcqRel);
        Ok(slf)
    }

    #[pyo3(signature = (*exc))]
    fn __exit__(slf: &Bound<'_, Self>, exc: &Bound<'_, PyTuple>) -> PyResult<()> {
        current::leave(slf)?;
        let is_last = slf.get().blocks.fetch_sub(1, Ordering::AcqRel) == 1;
        let closed = if is_last && slf.get().file.is_some() { close(slf) } else { Ok(()) };
        beside_exception(closed, exc)
    }

    /// A block that is all or nothing: whatever exception leaves it undoes what it did. Blocks nest; an inner one
    /// that fails undoes itself.
    ///
    /// It belongs to its thread and asyncio task: writes of other threads wait, of another task of the same thread
    /// raise `RuntimeError`. Reads elsewhere see the store as it is, uncommitted changes included. Raises
    /// `StoreClosedError`.
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
    /// thread that committed, with no lock held: it may write. What it raises goes to `sys.unraisablehook`. Returns a
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
    /// Raises `RuntimeError` inside a transaction, `StoreClosedError`.
    fn compact(slf: &Bound<'_, Self>) -> PyResult<()> {
        let mut world = Self::lock_open(slf)?;
        if world.engine.depth() > 0 {
            return Err(PyRuntimeError::new_err("a store cannot be compacted inside a transaction"));
        }
        let inner = &mut *world;
        detached(slf.py(), || inner.engine.compact());
        slf.get().texts.clear();
        slf.get().publish(&world);
        Ok(())
    }

    /// How many rows each model has and how many bytes each model and index holds.
    fn stats(&self, py: Python<'_>) -> Stats {
        let stats = self.read_long(py, |world| Stats::of(&world.engine));
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
        let place = self.file.as_ref().map_or_else(|| "memory".to_owned(), File::to_string);
        format!("<Store in {place}: {}{closed}>", if rows.is_empty() { "empty".to_owned() } else { rows.join(", ") })
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany._notebook")?.call_method1("store", (slf,))
    }
}
