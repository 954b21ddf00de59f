//! Panics: each is a fault of ours, so they are counted, which tests look at. Where a crate panics over input that is
//! broken, that is an error of the input, and nothing is printed.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use pyo3::prelude::*;

use crate::store::stop::Stop;

static COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is in [`quietly`].
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Counts panics from now on; they are shown as before.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let show = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                COUNT.fetch_add(1, Relaxed);
                show(panic);
            }
        }));
    });
}

/// What a function returns; nothing where it panicked, which is neither shown nor counted. What ends a call goes on.
pub fn quietly<T>(function: impl FnOnce() -> T) -> Option<T> {
    let before = IS_QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(function));
    IS_QUIET.set(before);
    match result {
        Ok(value) => Some(value),
        Err(ended) if ended.is::<Stop>() => resume_unwind(ended),
        Err(_) => None,
    }
}

/// How many panics there were in this process. For tests: there is none, whatever is called.
#[pyfunction]
pub fn panics() -> usize {
    COUNT.load(Relaxed)
}
