//! The one door through which rows change, as Python sees it: a lock, a transaction, the file, the observers.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::python::change::observe;
use crate::python::error::{Failure, StoreClosedError, heard, is_interrupted, raise_of_stop, tried};
use crate::python::fork::detached;
use crate::python::record::raise::raise;
use crate::python::reserve;
use crate::python::store::Store;
use crate::python::store::locked::Writing;
use crate::python::store::owner::Owner;
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::change::Told;
use crate::store::error::Result;
use crate::store::id::ModelId;
use crate::store::stop::{self, Stop};

/// Changes the rows in one transaction: all of what `change` does, or, where it fails, nothing. `serial` is the
/// store's from before anything was looked up in it for this change.
pub fn write<T>(store: &Bound<'_, Store>, serial: u32, change: impl FnOnce(&mut World) -> Result<T>) -> PyResult<T> {
    let world = Store::lock_to_write(store)?;
    write_in(store, world, serial, change)
}

/// As [`write`], after a look at what is there already: where that is an answer nothing is begun, else the change gets
/// what was seen.
pub fn find_or_write<T, S>(
    store: &Bound<'_, Store>,
    serial: u32,
    find: impl FnOnce(&Engine) -> Result<ControlFlow<T, S>>,
    change: impl FnOnce(&mut World, S) -> Result<T>,
) -> PyResult<T> {
    let mut world = Store::lock_to_write(store)?;
    if world.engine.is_key_due() {
        // Where there is no time or memory for it, one can do without.
        _ = heard(|| world.engine.settle_keys());
    }
    match world.under(serial).and_then(|()| find(&world.engine)) {
        Ok(ControlFlow::Continue(seen)) => write_in(store, world, serial, |world| change(world, seen)),
        Ok(ControlFlow::Break(found)) => Ok(found),
        Err(error) => {
            drop(world);
            Err(raise(store, error))
        }
    }
}

fn write_in<T>(
    store: &Bound<'_, Store>,
    mut world: Writing<'_>,
    serial: u32,
    change: impl FnOnce(&mut World) -> Result<T>,
) -> PyResult<T> {
    // A file takes its time, in which others may run.
    let done = transact(store.get(), &mut world, serial, change, |world, heard| match world.journal {
        Some(_) => detached(store.py(), || world.commit(heard)),
        None => world.commit(heard),
    });
    drop(world);
    finish(store, done)
}

/// As [`write`], for what may take long: the interpreter is released meanwhile.
pub fn write_long<T: Send>(
    store: &Bound<'_, Store>,
    serial: u32,
    change: impl FnOnce(&mut World) -> Result<T> + Send,
) -> PyResult<T> {
    let mut guard = Store::lock_to_write(store)?;
    let (inner, world) = (store.get(), &mut *guard);
    let done = detached(store.py(), || transact(inner, world, serial, change, World::commit));
    drop(guard);
    finish(store, done)
}

fn transact<T>(
    store: &Store,
    world: &mut World,
    serial: u32,
    change: impl FnOnce(&mut World) -> Result<T>,
    commit: impl FnOnce(&mut World, bool) -> std::result::Result<Vec<Told>, Failure>,
) -> Done<T> {
    world.under(serial)?;
    world.settle()?;
    reserve::keep_again();
    let depth = world.engine.depth();
    world.engine.begin();
    // It may end early; and a panic, a fault of ours, must not leave a transaction open.
    let result = stop::hear(is_interrupted, || {
        let value = change(world)?;
        Ok((value, commit(world, store.is_heard())?))
    });
    if world.engine.depth() > depth {
        world.roll_back();
    }
    reserve::keep_again();
    store.publish(world);
    result.unwrap_or_else(|ended| Err(Stop::of(ended).into()))
}

/// Builds the unique indexes that were asked for often and are still to be built, which changes no row.
#[cold]
pub fn settle_keys(store: &Bound<'_, Store>) -> PyResult<()> {
    let mut world = store.get().lock_now(store.py());
    let inner = &mut *world;
    let settled = detached(store.py(), || heard(|| inner.engine.settle_keys()));
    drop(world);
    match settled {
        Err(stop @ (Stop::Interrupted | Stop::TooLarge)) => Err(raise_of_stop(store.py(), stop)),
        // Where there is no memory for it, one can do without.
        Ok(()) | Err(Stop::OutOfMemory) => Ok(()),
    }
}

/// Opens a transaction block; returns how many are open with it.
pub fn begin(store: &Bound<'_, Store>) -> PyResult<usize> {
    let owner = Owner::here(store.py())?;
    let mut world = Store::lock_open(store)?;
    world.engine.begin();
    let depth = world.engine.depth();
    let unneeded = if world.owner.is_none() { world.owner.replace(owner) } else { Some(owner) };
    drop(world);
    drop(unneeded);
    Ok(depth)
}

/// As [`begin`], where no other thread or task has a transaction open, or with `only_nested`, where this one has; else
/// nothing.
pub fn try_begin(store: &Bound<'_, Store>, only_nested: bool) -> PyResult<Option<usize>> {
    let here = Owner::here(store.py())?;
    let mut world = store.get().lock_now(store.py());
    let is_free = match &world.owner {
        None => !only_nested,
        Some(owner) => owner.is(&here),
    };
    if !is_free {
        return Ok(None);
    }
    if store.get().is_closed() {
        drop(world);
        return store.get().open_or_raise().map(|()| None);
    }
    world.engine.begin();
    let depth = world.engine.depth();
    let unneeded = if world.owner.is_none() { world.owner.replace(here) } else { Some(here) };
    drop(world);
    drop(unneeded);
    Ok(Some(depth))
}

/// Ends the transaction block that `begin` opened at this nesting depth; what the end itself came to, if it could end. Raises `RuntimeError` where that is not the
/// innermost one. Any thread may: a generator that its thread left inside a block is closed by another.
pub fn end(store: &Bound<'_, Store>, depth: usize, keep: bool) -> PyResult<PyResult<()>> {
    let mut world = store.get().lock_now(store.py());
    if store.get().file().is_some() && world.journal.is_none() {
        // The interpreter ends, and closing the file has undone everything.
        let message = "the file was closed at the interpreter's exit, and this transaction with it is undone";
        return Ok(if keep { Err(StoreClosedError::new_err(message)) } else { Ok(()) });
    }
    if world.engine.depth() != depth {
        return Err(PyRuntimeError::new_err("a transaction block ends before those inside it"));
    }
    let heard = store.get().is_heard();
    let inner = &mut *world;
    let told = detached(store.py(), || match keep {
        true => tried(|| inner.commit(heard)),
        false => {
            inner.roll_back();
            Ok(Vec::new())
        }
    });
    let owner = if world.engine.depth() == 0 { world.owner.take() } else { None };
    store.get().publish(&world);
    drop(world);
    if owner.is_some() {
        store.get().wake();
        wake_tasks(store);
    }
    Ok(finish(store, told.map(|told| ((), told))))
}

/// How many tasks wait for a transaction of another, in all stores.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// More or fewer tasks wait for a transaction of another.
#[pyfunction]
pub fn count_waiting(change: isize) {
    WAITING.fetch_add(change as usize, Ordering::AcqRel);
}

/// Tells the task that waits for this store's transactions longest.
fn wake_tasks(store: &Bound<'_, Store>) {
    if WAITING.load(Ordering::Acquire) > 0 {
        let woken = store.py().import("hasmany.turns").and_then(|turns| turns.call_method1("wake", (store,)));
        if let Err(error) = woken {
            error.write_unraisable(store.py(), Some(store.as_any()));
        }
    }
}

/// After the lock is given back: tells the observers, raises what failed.
fn finish<T>(store: &Bound<'_, Store>, done: Done<T>) -> PyResult<T> {
    match done {
        Ok((value, told)) => {
            observe::tell(store, told)?;
            Ok(value)
        }
        Err(error) => Err(raise(store, error)),
    }
}

/// What a transaction came to, and what to tell of it; or why it did not.
type Done<T> = std::result::Result<(T, Vec<Told>), Failure>;

/// How many rows of each model, by name.
pub fn counts(engine: &Engine, went: Vec<(ModelId, usize)>) -> Vec<(String, usize)> {
    let schema = engine.schema();
    went.into_iter().map(|(model, rows)| (schema.label(schema.model(model)), rows)).collect()
}
