//! The order of locks and, in debug builds, a check that it is kept.
//!
//! A store's world comes first. With it in hand one more may be taken: its file's connection, the strings it keeps, the
//! rows of a fixed collection, what the garbage collector sees. These may be taken without it, too; every other lock is
//! taken alone.
//!
//! While a lock is held no Python code runs. Nor is an object made that the garbage collector tracks, for making one may
//! start a collection, which runs anybody's code: text, numbers, bytes and None become objects under a lock, everything
//! else after it.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use parking_lot::{Mutex, MutexGuard};

/// A store's world.
pub const WORLD: u8 = 0;
/// What may be taken with a world in hand.
const INNER: u8 = 1;
/// What is taken alone.
pub const ALONE: u8 = 2;

#[cfg(debug_assertions)]
thread_local! {
    /// How many locks of each level this thread holds.
    static COUNTS: std::cell::Cell<[usize; 3]> = const { std::cell::Cell::new([0; 3]) };
}

/// That this thread holds a lock, or is about to take it.
pub struct Hold {
    #[cfg(debug_assertions)]
    level: u8,
    /// Whoever locks gives back, too.
    _thread: PhantomData<*const ()>,
}

impl Hold {
    /// A lock of this level, counted from before it is waited for: two threads that wait for each other broke the order.
    pub fn new(level: u8) -> Self {
        #[cfg(debug_assertions)]
        {
            let mut counts = COUNTS.get();
            let allowed = if level == INNER { [usize::MAX, 0, 0] } else { [0; 3] };
            let in_order = counts.iter().zip(allowed).all(|(&held, most)| held <= most);
            debug_assert!(in_order, "a lock of level {level} is taken while {counts:?} are held");
            counts[usize::from(level)] += 1;
            COUNTS.set(counts);
        }
        #[cfg(not(debug_assertions))]
        let _ = level;
        Hold {
            #[cfg(debug_assertions)]
            level,
            _thread: PhantomData,
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        #[cfg(debug_assertions)]
        {
            let mut counts = COUNTS.get();
            counts[usize::from(self.level)] -= 1;
            COUNTS.set(counts);
        }
    }
}

/// Asserts, in debug builds, that this thread holds no lock: what comes next may run Python code.
pub fn assert_none_held() {
    #[cfg(debug_assertions)]
    assert_eq!(COUNTS.get(), [0; 3], "Python code may run while a lock is held");
}

/// A guard of a lock that keeps the order.
pub struct Guard<G> {
    guard: G,
    _held: Hold,
}

impl<G> Guard<G> {
    /// Takes a lock of this level.
    pub fn take(level: u8, lock: impl FnOnce() -> G) -> Self {
        let held = Hold::new(level);
        Guard { guard: lock(), _held: held }
    }
}

impl<G: Deref> Deref for Guard<G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for Guard<G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

/// A mutex that may be taken with a world in hand.
pub type Inner<T> = Ordered<T, INNER>;

/// A mutex that is taken alone.
pub type Alone<T> = Ordered<T, ALONE>;

/// A mutex of a level.
#[derive(Default)]
pub struct Ordered<T, const LEVEL: u8>(Mutex<T>);

impl<T, const LEVEL: u8> Ordered<T, LEVEL> {
    pub const fn new(value: T) -> Self {
        Ordered(Mutex::new(value))
    }

    pub fn lock(&self) -> Guard<MutexGuard<'_, T>> {
        Guard::take(LEVEL, || self.0.lock())
    }

    /// For the garbage collector, which comes at any moment and waits for nobody.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock()
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}
