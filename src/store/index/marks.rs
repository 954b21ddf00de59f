//! Whom a long list leads to, as a set: a bit a row, kept beside lists that are asked often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::cells::bits::Bits;
use crate::store::id::Row;
use crate::store::room;

/// The set of a list, once somebody asked for it twice.
///
/// Derived: a bit for each row that an entry leads to, if the entry counts; stale ones have none. It follows every entry
/// that comes, goes or leads elsewhere. What a bit cannot say, that two entries lead to one row, is so for moments, while
/// several fields of a row are set one after the other or rows come that will be refused: then it is forgotten.
#[derive(Debug, Default)]
pub struct Marks(Mutex<Asked>);

#[derive(Debug, Default)]
struct Asked {
    before: bool,
    bits: Option<Arc<Bits>>,
}

impl Marks {
    /// The set, if it is kept or should be: it is made where somebody asked before and there is memory for it, and then
    /// `made` is told.
    pub fn asked(&self, make: impl FnOnce() -> Bits, made: impl FnOnce()) -> Option<Arc<Bits>> {
        {
            let mut asked = self.lock();
            let before = std::mem::replace(&mut asked.before, true);
            if asked.bits.is_some() || !before {
                return asked.bits.clone();
            }
        }
        // With the lock given back: it may end early, and another thread that makes the same makes it equal.
        let mut bits = None;
        room::if_any(|| bits = Some(Arc::new(make())));
        if bits.is_some() {
            made();
        }
        self.lock().bits.clone_from(&bits);
        bits
    }

    /// The set, if it is kept.
    pub fn kept(&self) -> Option<Arc<Bits>> {
        self.lock().bits.clone()
    }

    /// An entry that counts leads to a row from now on, or one does no longer. O(1).
    pub fn set(&mut self, row: Row, is_there: bool) {
        let asked = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(bits) = &mut asked.bits else { return };
        let bits = Arc::get_mut(bits).filter(|bits| (row as usize) < bits.len());
        if bits.is_none_or(|bits| bits.set(row as usize, is_there) == is_there) {
            *asked = Asked::default();
        }
    }

    /// Forgets it, and that anybody asked.
    pub fn forget(&self) {
        *self.lock() = Asked::default();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.lock().bits.as_ref().map_or(0, |bits| bits.bytes())
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        // Nothing is half done under it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
