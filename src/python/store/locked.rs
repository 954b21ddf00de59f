//! A world behind its lock.

use std::sync::{Arc, Weak};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use pyo3::prelude::*;
use pyo3::sync::RwLockExt;

use crate::python::fork::Busy;
use crate::python::locks::{Alone, Guard, WORLD};
use crate::python::store::world::World;

/// A world, to be read by many or changed by one. No Python code may run under a guard.
pub struct Locked(RwLock<World>);

pub type Reading<'a> = Guard<RwLockReadGuard<'a, World>>;
pub type Writing<'a> = Guard<RwLockWriteGuard<'a, World>>;

/// The worlds of all stores of this process, less those that are gone.
static ALL: Alone<Vec<Weak<Locked>>> = Alone::new(Vec::new());

impl Locked {
    pub fn new(world: World) -> Arc<Self> {
        let locked = Arc::new(Locked(RwLock::new(world)));
        let mut all = ALL.lock();
        // Now and then: whoever makes many stores does not look at all of them each time.
        if all.len() == all.capacity() {
            all.retain(|other| other.strong_count() > 0);
        }
        all.push(Arc::downgrade(&locked));
        locked
    }

    /// All of them, those of files included.
    pub fn all() -> Vec<Arc<Self>> {
        ALL.lock().iter().filter_map(Weak::upgrade).collect()
    }

    /// Reads. Waits, with the interpreter released, while another thread writes.
    pub fn read<'a>(&'a self, py: Python<'_>) -> Reading<'a> {
        Guard::take(WORLD, || {
            self.0.try_read().unwrap_or_else(|| {
                let _busy = Busy::new(py);
                self.0.read_py_attached(py)
            })
        })
    }

    /// Reads, in a thread that has released the interpreter and counts as [`Busy`].
    pub fn read_detached(&self) -> Reading<'_> {
        Guard::take(WORLD, || self.0.read())
    }

    /// Changes, whoever has a transaction open. Waits, with the interpreter released, for all others.
    pub fn write<'a>(&'a self, py: Python<'_>) -> Writing<'a> {
        Guard::take(WORLD, || {
            self.0.try_write().unwrap_or_else(|| {
                let _busy = Busy::new(py);
                self.0.write_py_attached(py)
            })
        })
    }
}
