//! The handles: [`Record`], which points at one row, and the three classes of the seed world over it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pyo3::prelude::*;

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
}

/// No store gets to this version.
const NEVER: u64 = u64::MAX;

impl Record {
    pub fn new(store: Py<Store>, model: ModelId, id: Id) -> Self {
        Record { store, model, id: AtomicU64::new(id), seen: AtomicU64::new(NEVER) }
    }

    pub fn id(&self) -> Id {
        self.id.load(Relaxed)
    }

    /// Points at another row. Only for a record that nobody else has.
    pub fn repoint(&self, id: Id) {
        self.id.store(id, Relaxed);
        self.seen.store(NEVER, Relaxed);
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
