//! How far the cells of a column rise from one row to the next.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What is known of the beginning of a column: its first so many cells have values that never fall, and perhaps that the
/// next one does.
///
/// It is looked at when somebody asks, and then only at cells that were not looked at before; so appending costs nothing,
/// and most columns are given up at one of their first cells. What is known is always right: whoever changes a cell says
/// so, and whoever drops some.
#[derive(Debug, Default)]
pub struct Rising(AtomicUsize);

/// In the number: the next cell falls. The other bits are how many rise.
const ENDS: usize = 1;

impl Rising {
    /// Up to where the cells rise, of so many. `look` is asked for the first cell from one on that falls or has no value;
    /// nothing is noted where it ends early.
    pub fn end(&self, len: usize, look: impl FnOnce(usize) -> usize) -> usize {
        let known = self.0.load(Ordering::Relaxed);
        if known & ENDS == 1 || known >> 1 == len {
            return known >> 1;
        }
        let end = look(known >> 1);
        self.0.store(end << 1 | usize::from(end < len), Ordering::Relaxed);
        end
    }

    /// Up to where it was found that they rise.
    pub fn known(&self) -> usize {
        self.0.load(Ordering::Relaxed) >> 1
    }

    /// Whether something is known that another value of a cell may change.
    #[inline]
    pub fn is_known_of(&mut self, at: usize) -> bool {
        let known = *self.0.get_mut();
        known > 0 && known >> 1 >= at
    }

    /// A cell has another value: `fits(n)` says whether cell n has a value that is not less than that before it.
    pub fn set(&mut self, at: usize, fits: impl Fn(usize) -> bool) {
        let known = *self.0.get_mut() >> 1;
        *self.0.get_mut() = match [at, at + 1].into_iter().find(|&at| at < known && !fits(at)) {
            Some(end) => end << 1 | ENDS,
            // What came after the last one may not fall any more.
            None if at + 1 >= known => known << 1,
            None => return,
        };
    }

    /// Only the first so many cells are what they were.
    pub fn keep(&mut self, len: usize) {
        let known = self.0.get_mut();
        if *known >> 1 >= len {
            *known = len << 1;
        }
    }
}
