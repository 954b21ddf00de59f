//! `Store`: the engine behind a lock, and the classes of its models.

pub mod class;
pub mod habits;
pub mod locked;
pub mod owner;
pub mod pending;
pub mod place;
pub mod schema;
pub mod standing;
pub mod stats;
pub mod texts;
pub mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::python::error::{Failure, StoreClosedError, tried};
use crate::python::fork::Busy;
use crate::python::locks::{ALONE, Alone, Hold, Inner};
use crate::python::store::class::Spec;
use crate::python::store::locked::{Locked, Reading, Writing};
use crate::python::store::place::File;
use crate::python::store::standing::Standing;
use crate::python::store::texts::Texts;
use crate::python::store::world::World;
use crate::python::tell::Waiter;
use crate::store::id::ModelId;

/// Rows of every model: `Store()` in memory, `Store("likes.db")` in a SQLite file, too.
///
/// `with Store() as store:` makes it the current one for the block, which class-level calls like `User("a")` use;
/// `store.use()` makes it the current one of the process. A block holds for its own thread and asyncio tasks; a worker
/// thread enters the store itself, `with store:`, or `use()` serves them all.
///
/// A file is read as a whole when it is opened, O(rows), and made if it is not there; from then on every call that
/// changes something is in the file when it returns. With `durability="normal"` that survives the process, however it
/// ends; if the machine fails, the last moments may be lost, but never half of something. `"full"` waits for the disk.
/// A path that this process has open for writing already, by whatever name, gives the store that is open. Each
/// `Store(path)` is one opening, and the end of a `with` block gives one back; the file is closed with the last one, by
/// `close()`, which closes for all, when nobody holds the store any more, and at the interpreter's exit. One process
/// writes to a file at a time: another one is waited for up to `timeout` seconds. With `read_only=True` others read beside
/// it, each on its own, what was committed last, and what came since by `refresh()`.
///
/// Raises `StoreLockedError` where the file is open for writing elsewhere, `CorruptStoreError` for a file that is none
/// of a store's or damaged (it is left as it is), `FileNotFoundError` for a missing folder or, to read, file, and other
/// `OSError`; `ValueError` for another durability than that with which the file is open here.
///
/// >>> from hasmany import Store, User
/// >>> with Store() as store:
/// ...     alice = User("alice")
/// >>> alice in store, store.stats().rows
/// (True, {'User': 1, 'Tweet': 0, 'Like': 0})
#[pyclass(frozen, weakref, module = "hasmany")]
pub struct Store {
    pub world: Arc<Locked>,
    /// Its file, its blocks, whether it is closed.
    pub standing: Arc<Standing>,
    /// The engine's version, to be looked at without the lock: it changes when rows leave.
    version: AtomicU64,
    /// Signalled when a transaction block ends; the mutex guards nothing.
    ended: (Mutex<()>, Condvar),
    observers: Alone<Vec<(u64, Py<PyAny>)>>,
    /// Whether there are observers, to be looked at without their lock.
    heard: AtomicBool,
    /// The classes, for the garbage collector: `world` may be locked by somebody who does not hold the interpreter,
    /// and a collector that sees a class in one of its passes and not in the other would take it for garbage.
    gc_roots: Inner<Vec<Arc<Spec>>>,
    pub texts: Texts,
    /// Another number for each store, and a new one when a model is redefined: what was looked up under one of these
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
            world: Locked::new(world),
            standing: Standing::new(file),
            gc_roots: Inner::default(),
            texts: Texts::default(),
            version: AtomicU64::new(0),
            ended: (Mutex::new(()), Condvar::new()),
            observers: Alone::default(),
            heard: AtomicBool::new(false),
            serial: AtomicU32::new(serial),
        };
        drop(store.set_gc_roots(&store.world.read_detached()));
        store
    }

    /// Reads. Waits, with the interpreter released, while another thread writes. No Python code may run under the
    /// guard.
    pub fn read<'a>(&'a self, py: Python<'_>) -> Reading<'a> {
        self.world.read(py)
    }

    /// Reads for a longer time, with the interpreter released. It ends early as [`tried`] says.
    pub fn read_long<T: Send, E: Into<Failure> + Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&World) -> Result<T, E> + Send,
    ) -> Result<T, Failure> {
        let _busy = Busy::new(py);
        py.detach(|| tried(|| read(&self.world.read_detached())))
    }

    /// The engine's version, without the lock.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The file it lives in.
    pub fn file(&self) -> Option<&File> {
        self.standing.file.as_ref()
    }

    pub fn is_closed(&self) -> bool {
        self.standing.closed_by().is_some()
    }

    /// What the class of a model says, and the serial under which it says so.
    pub fn spec(&self, py: Python<'_>, model: ModelId) -> (Arc<Spec>, u32) {
        let world = self.read(py);
        (world.class(model).spec.clone(), world.serial)
    }

    /// Shows what can be looked at without the lock.
    pub fn publish(&self, world: &World) {
        self.version.store(world.engine.version(), Ordering::Release);
        self.serial.store(world.serial, Ordering::Release);
    }

    /// Shows the garbage collector the classes as they are now; gives back what to drop once the lock is given back.
    pub fn set_gc_roots(&self, world: &World) -> Vec<Arc<Spec>> {
        std::mem::replace(&mut self.gc_roots.lock(), world.specs())
    }

    /// The name of a model's class.
    pub fn model_name(&self, py: Python<'_>, model: ModelId) -> String {
        self.read(py).class(model).spec.name.clone()
    }

    /// Takes the lock to change rows once no other thread's transaction is open. Raises `StoreClosedError` and
    /// `ReadOnlyError`.
    pub fn lock_to_write<'a>(slf: &'a Bound<'_, Self>) -> PyResult<Writing<'a>> {
        let world = Self::lock_open(slf)?;
        match slf.get().file() {
            Some(_) if world.journal.is_none() => {
                Err(StoreClosedError::new_err(format!("{} was closed at the interpreter's exit", slf.get().standing)))
            }
            Some(file) => file.writable_or_raise().map(|()| world),
            None => Ok(world),
        }
    }

    /// Takes the lock once no other thread's transaction is open. Raises `StoreClosedError`.
    pub fn lock_open<'a>(slf: &'a Bound<'_, Self>) -> PyResult<Writing<'a>> {
        let world = Self::lock(slf)?;
        slf.get().open_or_raise()?;
        Ok(world)
    }

    /// Takes the lock, of a store that may be closed, once no other thread's transaction is open.
    pub fn lock<'a>(slf: &'a Bound<'_, Self>) -> PyResult<Writing<'a>> {
        let (store, py) = (slf.get(), slf.py());
        let mut waiting = Waiter::default();
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
            waiting.tell(py, format_args!("the transaction of another thread in {}", store.standing))?;
            store.wait(py)?;
        }
    }

    /// Takes the lock, whoever has a transaction open.
    pub fn lock_now<'a>(&'a self, py: Python<'_>) -> Writing<'a> {
        self.world.write(py)
    }

    /// Waits until a transaction block ends, or a moment, so that Ctrl-C is heard.
    fn wait(&self, py: Python<'_>) -> PyResult<()> {
        if self.read(py).owner.is_some() {
            py.detach(|| {
                let _alone = Hold::new(ALONE);
                self.ended.1.wait_for(&mut self.ended.0.lock(), std::time::Duration::from_millis(50));
            });
        }
        py.check_signals()
    }

    /// Whether anybody hears of commits.
    pub fn is_heard(&self) -> bool {
        self.heard.load(Ordering::Acquire)
    }

    /// Under the same serial a class has the same model, and a collection the same path.
    pub fn serial(&self) -> u32 {
        self.serial.load(Ordering::Acquire)
    }

    /// Tells waiting threads that a transaction block ended. Without the mutex, which a waiter may hold while it waits
    /// for the interpreter: it looks again after a moment anyway.
    pub fn wake(&self) {
        self.ended.1.notify_all();
    }

    /// Raises `StoreClosedError`, which says which store, and what closed it.
    pub fn open_or_raise(&self) -> PyResult<()> {
        match self.standing.closed_by() {
            None => Ok(()),
            Some(by) => Err(StoreClosedError::new_err(format!("{} is closed, by {by}", self.standing))),
        }
    }

    /// Adds an observer; the number is for [`unsubscribe`](Self::unsubscribe).
    pub fn subscribe(&self, observer: Py<PyAny>) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.observers.lock().push((number, observer));
        self.heard.store(true, Ordering::Release);
        number
    }

    /// Removes an observer, if it is still there.
    pub fn unsubscribe(&self, number: u64) {
        let mut observers = self.observers.lock();
        let gone = observers.iter().position(|(other, _)| *other == number).map(|at| observers.remove(at));
        self.heard.store(!observers.is_empty(), Ordering::Release);
        drop(observers);
        // The last handle may run Python code when it goes: not under the lock.
        drop(gone);
    }

    /// The observers, in the order in which they were added.
    pub fn observers(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        self.observers.lock().iter().map(|(_, observer)| observer.clone_ref(py)).collect()
    }
}

/// For the garbage collector.
impl Store {
    /// Shows it what this holds.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        // Both are locked only by those who hold the interpreter, as the collector does.
        if let Some(roots) = self.gc_roots.try_lock() {
            roots.iter().try_for_each(|spec| spec.traverse(visit))?;
        }
        if let Some(observers) = self.observers.try_lock() {
            observers.iter().try_for_each(|(_, observer)| visit.call(observer))?;
        }
        Ok(())
    }

    /// Lets go of what may be part of a cycle.
    pub fn clear(&self) {
        let observers = std::mem::take(&mut *self.observers.lock());
        drop(observers);
    }
}

/// A number that no store has had.
pub fn next_serial() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
