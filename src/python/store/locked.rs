//! A world behind its lock.

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use pyo3::prelude::*;
use pyo3::sync::RwLockExt;

use crate::python::fork::Busy;
use crate::python::locks::{Guard, WORLD};
use crate::python::store::world::World;

/// A world, to be read by many or changed by one. No Python code may run under a guard.
pub struct Locked(RwLock<World>);

pub type Reading<'a> = Guard<RwLockReadGuard<'a, World>>;
pub type Writing<'a> = Guard<RwLockWriteGuard<'a, World>>;

impl Locked {
    pub fn new(world: World) -> Self {
        Locked(RwLock::new(world))
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
