//! `Store`: the engine behind a lock, and the classes of its models.

pub mod class;
pub mod schema;
pub mod stats;
pub mod texts;
pub mod world;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Condvar, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::RwLockExt;
use pyo3::types::{PyCFunction, PyTuple, PyWeakrefMethods, PyWeakrefReference};

use crate::journal::Durability;
use crate::python::change::current;
use crate::python::change::observe;
use crate::python::change::transaction::{Owner, Transaction};
use crate::python::declare::bind::anew;
use crate::python::error::{Failure, StoreClosedError, raise};
use crate::python::file::methods::File;
use crate::python::fork::{Busy, detached};
use crate::python::record::handle::Record;
use crate::python::store::class::Spec;
use crate::python::store::stats::Stats;
use crate::python::store::texts::Texts;
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::change::Told;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId};

/// Rows of every model: `Store()` in memory, `Store("likes.db")` in a SQLite file, too.
///
/// `with Store() as store:` makes it the current one for the block, which class-level calls like `User("a")` use;
/// `store.use()` makes it the current one of the process. A block holds for its own thread and asyncio tasks; a worker
/// thread enters the store itself, `with store:`, or `use()` serves them all.
///
/// A file is read as a whole when it is opened, O(rows), and made if it is not there; from then on every call that
/// changes something is in the file when it returns. With `durability="normal"` that survives the process, however it
/// ends; if the machine fails, the last moments may be lost, but never half of something. `"full"` waits for the disk.
/// The file is closed by the end of the last `with` block, by `close()`, when nobody holds the store any more, and at
/// the interpreter's exit. One store writes to a file at a time; with `read_only=True` others read beside it what was
/// committed last, and what came since by `refresh()`.
///
/// Raises `StoreLockedError` where the file is open for writing elsewhere, `CorruptStoreError` for a file that is none
/// of a store's or damaged (it is left as it is), `FileNotFoundError` for a missing folder or, to read, file, and other
/// `OSError`; `ValueError` for another durability.
///
/// >>> from hasmany import Store, User
/// >>> with Store() as store:
/// ...     alice = User("alice")
/// >>> alice in store, store.stats().rows
/// (True, {'User': 1, 'Tweet': 0, 'Like': 0})
#[pyclass(frozen, weakref, module = "hasmany")]
pub struct Store {
    pub world: Arc<RwLock<World>>,
    /// The file it lives in.
    pub file: Option<File>,
    /// How many `with` blocks are open.
    pub blocks: AtomicUsize,
    /// The engine's version, to be looked at without the lock: it changes when rows leave.
    version: AtomicU64,
    /// Signalled when a transaction block ends; the mutex guards nothing.
    ended: (Mutex<()>, Condvar),
    observers: Mutex<Vec<(u64, Py<PyAny>)>>,
    /// Whether there are observers, to be looked at without their lock.
    heard: AtomicBool,
    pub closed: AtomicBool,
    /// The classes, for the garbage collector: `world` may be locked by somebody who does not hold the interpreter,
    /// and a collector that sees a class in one of its passes and not in the other would take it for garbage.
    kept: Mutex<Vec<Arc<Spec>>>,
    pub texts: Texts,
    /// Another number for each store, and a new one when a model is defined anew: what was looked up under one of these
    /// still holds under the same.
    serial: AtomicU32,
}

/// Rust's side of it.
impl Store {
    pub fn in_memory() -> Self {
        Self::of_world(World::default(), None)
    }

    /// A store of what was read from a file, if it was.
    pub fn of_world(mut world: World, file: Option<File>) -> Self {
        let serial = next_serial();
        world.serial = serial;
        let store = Store {
            world: Arc::new(RwLock::new(world)),
            file,
            blocks: AtomicUsize::new(0),
            kept: Mutex::default(),
            texts: Texts::default(),
            version: AtomicU64::new(0),
            ended: (Mutex::new(()), Condvar::new()),
            observers: Mutex::default(),
            heard: AtomicBool::new(false),
            serial: AtomicU32::new(serial),
            closed: AtomicBool::new(false),
        };
        drop(store.keep(&store.world.read()));
        store
    }

    /// Reads. Waits, with the interpreter released, while another thread writes. No Python code may run under the
    /// guard.
    pub fn read<'a>(&'a self, py: Python<'_>) -> RwLockReadGuard<'a, World> {
        match self.world.try_read() {
            Some(world) => world,
            None => {
                let _busy = Busy::new(py);
                self.world.read_py_attached(py)
            }
        }
    }

    /// Reads for a longer time, with the interpreter released.
    pub fn read_long<T: Send>(&self, py: Python<'_>, read: impl FnOnce(&World) -> T + Send) -> T {
        let _busy = Busy::new(py);
        py.detach(|| read(&self.world.read()))
    }

    /// The engine's version, without the lock.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// What the class of a model says, and the serial under which it says so.
    pub fn spec(&self, py: Python<'_>, model: ModelId) -> (Arc<Spec>, u32) {
        let world = self.read(py);
        (world.class(model).spec.clone(), world.serial)
    }

    /// A record that points at a row.
    pub fn record<'py>(slf: &Bound<'py, Self>, model: ModelId, id: Id) -> PyResult<Bound<'py, PyAny>> {
        let maker = slf.get().read(slf.py()).class(model).spec.maker.clone_ref(slf.py());
        maker.record(slf, model, id)
    }

    /// Changes the rows in one transaction: all of what `change` does, or, where it fails, nothing. `serial` is the
    /// store's from before anything was looked up in it for this change.
    pub fn write<T>(slf: &Bound<'_, Self>, serial: u32, change: impl FnOnce(&mut World) -> Result<T>) -> PyResult<T> {
        let mut world = Self::lock_to_write(slf)?;
        let (store, py) = (slf.get(), slf.py());
        // A file takes its time, in which others may run.
        let done = store.transact(&mut world, serial, change, |world, heard| match world.journal {
            Some(_) => detached(py, || world.commit(heard)),
            None => world.commit(heard),
        });
        drop(world);
        Self::finish(slf, done)
    }

    /// The same for what may take long: the interpreter is released meanwhile.
    pub fn write_long<T: Send>(
        slf: &Bound<'_, Self>,
        serial: u32,
        change: impl FnOnce(&mut World) -> Result<T> + Send,
    ) -> PyResult<T> {
        let mut guard = Self::lock_to_write(slf)?;
        let (store, world) = (slf.get(), &mut *guard);
        let done = detached(slf.py(), || store.transact(world, serial, change, World::commit));
        drop(guard);
        Self::finish(slf, done)
    }

    fn transact<T>(
        &self,
        world: &mut World,
        serial: u32,
        change: impl FnOnce(&mut World) -> Result<T>,
        commit: impl FnOnce(&mut World, bool) -> std::result::Result<Vec<Told>, Failure>,
    ) -> Done<T> {
        if world.serial != serial {
            return Err(anew().into());
        }
        let depth = world.engine.depth();
        world.engine.begin();
        // A panic is a fault of ours; it must not leave a transaction open.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let value = change(world)?;
            Ok((value, commit(world, self.is_heard())?))
        }));
        if world.engine.depth() > depth {
            world.roll_back();
        }
        self.publish(world);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Shows what can be looked at without the lock.
    pub fn publish(&self, world: &World) {
        self.version.store(world.engine.version(), Ordering::Release);
        self.serial.store(world.serial, Ordering::Release);
    }

    /// Shows the garbage collector the classes as they are now; gives back what to drop once the lock is given back.
    pub fn keep(&self, world: &World) -> Vec<Arc<Spec>> {
        let specs = world.classes.iter().map(|class| class.spec.clone()).collect();
        std::mem::replace(&mut self.kept.lock(), specs)
    }

    /// After the lock is given back: tells the observers, raises what failed.
    fn finish<T>(slf: &Bound<'_, Self>, done: Done<T>) -> PyResult<T> {
        match done {
            Ok((value, told)) => {
                observe::tell(slf, told);
                Ok(value)
            }
            Err(error) => Err(raise(slf, error)),
        }
    }

    /// Takes the lock to change rows once no other thread's transaction is open. Raises `StoreClosedError` and
    /// `ReadOnlyError`.
    pub fn lock_to_write<'a>(slf: &'a Bound<'_, Self>) -> PyResult<RwLockWriteGuard<'a, World>> {
        let world = Self::lock_open(slf)?;
        match &slf.get().file {
            Some(_) if world.journal.is_none() => Err(StoreClosedError::new_err("the file is closed")),
            Some(file) => file.writable_or_raise().map(|()| world),
            None => Ok(world),
        }
    }

    /// Takes the lock once no other thread's transaction is open. Raises `StoreClosedError`.
    pub fn lock_open<'a>(slf: &'a Bound<'_, Self>) -> PyResult<RwLockWriteGuard<'a, World>> {
        let world = Self::lock(slf)?;
        slf.get().open_or_raise()?;
        Ok(world)
    }

    /// The same of a store that may be closed.
    pub fn lock<'a>(slf: &'a Bound<'_, Self>) -> PyResult<RwLockWriteGuard<'a, World>> {
        let (store, py) = (slf.get(), slf.py());
        loop {
            let world = store.lock_now(py);
            let owner = match &world.owner {
                None => return Ok(world),
                Some(owner) if owner.is_this_thread() && owner.is_of_no_task() => return Ok(world),
                Some(owner) => owner.clone_ref(py),
            };
            // Which task this is only Python knows, and no Python code runs under the lock.
            drop(world);
            if owner.is_this_thread() {
                owner.check_task(py)?;
                return Ok(store.lock_now(py));
            }
            store.wait(py)?;
        }
    }

    /// Takes the lock, whoever has a transaction open.
    pub fn lock_now<'a>(&'a self, py: Python<'_>) -> RwLockWriteGuard<'a, World> {
        match self.world.try_write() {
            Some(world) => world,
            None => {
                let _busy = Busy::new(py);
                self.world.write_py_attached(py)
            }
        }
    }

    /// Waits until a transaction block ends, or a moment, so that Ctrl-C is heard.
    fn wait(&self, py: Python<'_>) -> PyResult<()> {
        if self.read(py).owner.is_some() {
            py.detach(|| {
                self.ended.1.wait_for(&mut self.ended.0.lock(), std::time::Duration::from_millis(50));
            });
        }
        py.check_signals()
    }

    /// Opens a transaction block; returns how many are open with it.
    pub fn begin(slf: &Bound<'_, Self>) -> PyResult<usize> {
        let owner = Owner::here(slf.py())?;
        let mut world = Self::lock_open(slf)?;
        world.engine.begin();
        let depth = world.engine.depth();
        let unneeded = if world.owner.is_none() { world.owner.replace(owner) } else { Some(owner) };
        drop(world);
        drop(unneeded);
        Ok(depth)
    }

    /// Ends the transaction block that `begin` opened as the so manieth. Raises `RuntimeError` where that is not the
    /// innermost one. Any thread may: a generator that its thread left inside a block is closed by another.
    pub fn end(slf: &Bound<'_, Self>, depth: usize, keep: bool) -> PyResult<()> {
        let (store, mut world) = (slf.get(), slf.get().lock_now(slf.py()));
        if store.file.is_some() && world.journal.is_none() {
            // The interpreter ends, and closing the file has undone everything.
            let message = "the file was closed at the interpreter's exit, and this transaction with it is undone";
            return if keep { Err(StoreClosedError::new_err(message)) } else { Ok(()) };
        }
        if world.engine.depth() != depth {
            return Err(PyRuntimeError::new_err("a transaction block ends before those inside it"));
        }
        let heard = store.is_heard();
        let inner = &mut *world;
        let told = detached(slf.py(), || match keep {
            true => inner.commit(heard),
            false => {
                inner.roll_back();
                Ok(Vec::new())
            }
        });
        let owner = if world.engine.depth() == 0 { world.owner.take() } else { None };
        store.publish(&world);
        drop(world);
        if owner.is_some() {
            // Without the mutex, which a waiter may hold while it waits for the interpreter: it looks again after a
            // moment anyway.
            store.ended.1.notify_all();
        }
        Self::finish(slf, told.map(|told| ((), told)))
    }

    fn is_heard(&self) -> bool {
        self.heard.load(Ordering::Acquire)
    }

    /// Under the same serial a class has the same model, and a collection the same path.
    pub fn serial(&self) -> u32 {
        self.serial.load(Ordering::Acquire)
    }

    /// The observers, in the order in which they were added.
    pub fn observers(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        self.observers.lock().iter().map(|(_, observer)| observer.clone_ref(py)).collect()
    }
}

/// A number that no store has had.
pub fn next_serial() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What a transaction came to, and what to tell of it; or why it did not.
type Done<T> = std::result::Result<(T, Vec<Told>), Failure>;

/// How many rows of each model, by name.
pub fn counts(engine: &Engine, went: Vec<(ModelId, usize)>) -> Vec<(String, usize)> {
    let schema = engine.schema();
    went.into_iter().map(|(model, rows)| (schema.label(schema.model(model)), rows)).collect()
}

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
            Some(path) => Store::in_file(py, path, durability, read_only),
            None if read_only => {
                Err(PyValueError::new_err("read_only=True is for a file that exists; Store() is in memory"))
            }
            None => Ok(Store::in_memory()),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        // Both are locked only by those who hold the interpreter, as the collector does.
        if let Some(kept) = self.kept.try_lock() {
            kept.iter().try_for_each(|spec| spec.traverse(&visit))?;
        }
        if let Some(observers) = self.observers.try_lock() {
            observers.iter().try_for_each(|(_, observer)| visit.call(observer))?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let observers = std::mem::take(&mut *self.observers.lock());
        drop(observers);
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

    #[pyo3(signature = (*_exc))]
    fn __exit__(slf: &Bound<'_, Self>, _exc: &Bound<'_, PyTuple>) -> PyResult<()> {
        current::leave(slf)?;
        let is_last = slf.get().blocks.fetch_sub(1, Ordering::AcqRel) == 1;
        if is_last && slf.get().file.is_some() { Self::close(slf) } else { Ok(()) }
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
        static NEXT: AtomicU64 = AtomicU64::new(0);
        if !callback.is_callable() {
            return Err(crate::python::error::wrong_type("on_commit", "a callable", &callback));
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        slf.get().observers.lock().push((number, callback.unbind()));
        slf.get().heard.store(true, Ordering::Release);
        // Weak: the collector cannot see into a closure, and an observer may well hold its own.
        let store = PyWeakrefReference::new(slf)?.unbind();
        PyCFunction::new_closure(slf.py(), Some(c"unsubscribe"), None, move |args, _| {
            let py = args.py();
            let Some(store) = store.bind(py).upgrade_as::<Store>()? else { return Ok(py.None()) };
            let mut observers = store.get().observers.lock();
            store.get().heard.store(observers.iter().any(|(other, _)| *other != number), Ordering::Release);
            let gone = observers.iter().position(|(other, _)| *other == number).map(|at| observers.remove(at));
            drop(observers);
            drop(gone);
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
        let rows = |(at, model): (usize, &crate::store::schema::model::Model)| {
            format!("{} {}", world.engine.table(ModelId(at as u32)).len(), model.name)
        };
        let rows: Vec<String> = world.engine.schema().models().iter().enumerate().map(rows).collect();
        let closed = if self.is_closed() { ", closed" } else { "" };
        let place = self.file.as_ref().map_or_else(|| "memory".to_owned(), File::to_string);
        format!("<Store in {place}: {}{closed}>", if rows.is_empty() { "empty".to_owned() } else { rows.join(", ") })
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany._notebook")?.call_method1("store", (slf,))
    }
}

impl Store {
    pub fn open_or_raise(&self) -> PyResult<()> {
        if self.is_closed() { Err(StoreClosedError::new_err("the store is closed")) } else { Ok(()) }
    }
}
