//! Forking while other threads work. A child has the locks of its parent as they were, and none of the threads that
//! held them: whatever was locked would stay locked for ever.
//!
//! Threads that hold the interpreter are no danger, because forking needs the interpreter, too. Those that hold a
//! store's lock, or wait for one, without it are counted here; a fork waits until there are none, and meanwhile nobody
//! becomes one. None of them waits for long: whoever waits for another's transaction is not counted.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use pyo3::prelude::*;

/// Threads that hold or await a lock without the interpreter.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// Threads that are about to fork. Changed and looked at by those who hold the interpreter.
static FORKING: AtomicUsize = AtomicUsize::new(0);

const MOMENT: Duration = Duration::from_micros(50);

/// While it lives, nobody forks.
pub struct Busy(());

impl Busy {
    /// Nothing where somebody is about to fork. The interpreter must be held.
    fn unless_forking() -> Option<Self> {
        (FORKING.load(SeqCst) == 0).then(|| {
            BUSY.fetch_add(1, SeqCst);
            Busy(())
        })
    }

    /// Lets those fork who are about to. Not for who holds a lock.
    pub fn new(py: Python<'_>) -> Self {
        loop {
            match Busy::unless_forking() {
                Some(busy) => return busy,
                None => py.detach(|| std::thread::sleep(MOMENT)),
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.fetch_sub(1, SeqCst);
    }
}

/// Does something, for which a lock is held, with the interpreter released; only if somebody is about to fork it stays
/// held.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    match Busy::unless_forking() {
        Some(_busy) => py.detach(work),
        None => work(),
    }
}

/// Before a fork, in the thread that forks.
#[pyfunction]
pub fn before_fork(py: Python<'_>) {
    FORKING.fetch_add(1, SeqCst);
    py.detach(|| {
        while BUSY.load(SeqCst) > 0 {
            std::thread::sleep(MOMENT);
        }
    });
}

/// After it, in the parent.
#[pyfunction]
pub fn after_fork() {
    FORKING.fetch_sub(1, SeqCst);
}

/// After it, in the child: nobody else is forking there.
pub fn reset() {
    FORKING.store(0, SeqCst);
}
