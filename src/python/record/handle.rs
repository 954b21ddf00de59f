//! The handles: [`Record`], which points at one row, and the three classes of the seed world over it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::python::locks::Alone;
use crate::python::store::Store;
use crate::store::id::{Id, ModelId};

/// A handle to one row of a store: what `User`, `Tweet`, `Like` and every declared model are.
///
/// It holds no data of its own. Two handles to one row are equal and hash alike; handles are always true and not
/// ordered. Once its row is deleted, everything but `==`, `hash`, `repr` and `id` raises `DeletedError`.
#[pyclass(frozen, subclass, module = "hasmany")]
pub struct Record {
    pub store: Py<Store>,
    pub model: ModelId,
    /// Atomic only because a loop over records uses one again that nobody kept; else it never changes.
    id: AtomicU64,
    /// The store's version when the row was last known to be there.
    pub(super) seen: AtomicU64,
    /// Whether a collection is kept: looked at without the lock.
    keeps: AtomicBool,
    /// The collection that was asked for last.
    kept: Alone<Option<Kept>>,
}

/// A collection of a record that was asked for, to be handed out again: making one costs more than all else of a short
/// call.
struct Kept {
    /// Its place in the class.
    place: u32,
    /// The store's serial under which it was made.
    serial: u32,
    many: Py<PyAny>,
}

/// No store gets to this version.
const NEVER: u64 = u64::MAX;

impl Record {
    pub fn new(store: Py<Store>, model: ModelId, id: Id) -> Self {
        let (id, seen) = (AtomicU64::new(id), AtomicU64::new(NEVER));
        Record { store, model, id, seen, keeps: AtomicBool::new(false), kept: Alone::new(None) }
    }

    pub fn id(&self) -> Id {
        self.id.load(Relaxed)
    }

    /// Points at another row. Only for a record that nobody else has.
    pub fn repoint(&self, id: Id) {
        self.id.store(id, Relaxed);
        self.seen.store(NEVER, Relaxed);
        if self.keeps.load(Relaxed) {
            self.forget();
        }
    }

    #[cold]
    fn forget(&self) {
        self.keeps.store(false, Relaxed);
        let old = self.kept.lock().take();
        drop(old);
    }

    /// The collection at a place in the class, if it is the one that was [kept](Self::keep) last, under this serial.
    pub fn kept(&self, py: Python<'_>, place: usize, serial: u32) -> Option<Py<PyAny>> {
        if !self.keeps.load(Relaxed) {
            return None;
        }
        let kept = self.kept.lock();
        kept.as_ref()
            .filter(|kept| kept.place as usize == place && kept.serial == serial)
            .map(|kept| kept.many.clone_ref(py))
    }

    /// Keeps a collection, to be handed out again.
    pub fn keep(&self, place: usize, serial: u32, many: Py<PyAny>) {
        let old = self.kept.lock().replace(Kept { place: place as u32, serial, many });
        self.keeps.store(true, Relaxed);
        drop(old);
    }

    /// Shows the garbage collector what is kept.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)?;
        match self.kept.try_lock() {
            Some(kept) => kept.iter().try_for_each(|kept| visit.call(&kept.many)),
            None => Ok(()),
        }
    }

    pub fn store<'py>(&self, py: Python<'py>) -> &Bound<'py, Store> {
        self.store.bind(py)
    }

    pub fn is_in(&self, store: &Py<Store>) -> bool {
        self.store.is(store)
    }
}

/// Someone who posts and likes tweets.
///
/// >>> from hasmany import User
/// >>> alice = User("alice")
/// >>> alice.username
/// 'alice'
#[pyclass(frozen, extends = Record, module = "hasmany")]
pub struct User;

/// Something a user said.
///
/// >>> from hasmany import Tweet, User
/// >>> tweet = Tweet("Hello, world", User("alice"))
/// >>> tweet.username, tweet.message
/// ('alice', 'Hello, world')
#[pyclass(frozen, extends = Record, module = "hasmany")]
pub struct Tweet;

/// That a user likes a tweet: there is at most one for each pair.
///
/// >>> from hasmany import Like, User
/// >>> alice, bob = User("alice"), User("bob")
/// >>> like = Like(bob, alice.post_tweet("Hello, world"))
/// >>> like.user == bob
/// True
#[pyclass(frozen, extends = Record, module = "hasmany")]
pub struct Like;

impl User {
    pub fn of(record: Record) -> PyClassInitializer<Self> {
        PyClassInitializer::from(record).add_subclass(User)
    }
}

impl Tweet {
    pub fn of(record: Record) -> PyClassInitializer<Self> {
        PyClassInitializer::from(record).add_subclass(Tweet)
    }
}

impl Like {
    pub fn of(record: Record) -> PyClassInitializer<Self> {
        PyClassInitializer::from(record).add_subclass(Like)
    }
}
