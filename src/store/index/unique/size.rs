//! How many slots an index has, which grows and shrinks with its rows.

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::{self, Packed};
use crate::store::id::Row;
use crate::store::index::unique::{PART, Unique};
use crate::store::parallel::Scratch;

/// Of eight slots at most so many are not empty; a longer probe for each costs more than the slots.
const FULL: usize = 7;

impl Unique {
    /// Makes room for so many more rows, up to `last`; whether all places are others now. O(1) amortised.
    #[inline]
    pub fn make_room(&mut self, columns: &[Column], more: usize, last: Row) -> bool {
        let is_full = (self.len + self.gone + more) * 8 > self.slots.len() * FULL;
        let grows = is_full || (u64::from(last) + 2) >> self.row_bits > 0;
        if grows {
            self.grow(columns, more, last);
        }
        grows
    }

    #[cold]
    fn grow(&mut self, columns: &[Column], more: usize, last: Row) {
        assert!(!self.is_pending(), "changed before it was built");
        // Room for three times as many rows more, while that is little memory; then for half as many.
        let rows = if self.len < PART { 4 * self.len } else { self.len + self.len / 2 };
        self.resize(columns, (rows.max(self.len + more) + 8) * 8 / FULL, last, false);
    }

    /// Gives back what the heap holds beyond the rows: a sixth of the slots stays empty.
    pub fn shrink(&mut self, columns: &[Column]) {
        if self.is_pending() {
            return;
        }
        self.resize(columns, self.len * 6 / 5 + 1, 0, true);
    }

    /// Enters the same rows into another number of slots, which have room for rows up to `last` and those.
    pub(super) fn resize(&mut self, columns: &[Column], slots: usize, last: Row, tight: bool) {
        let held =
            self.slots.iter(0..self.slots.len()).filter(|&slot| slot < self.empty - 1).map(|slot| self.row(slot));
        let last = held.clone().fold(last, Row::max);
        // In ascending order, so that the columns are read from front to back.
        let mut rows = Bits::zeros(last as usize + 1);
        held.for_each(|row| _ = rows.set(row as usize, true));
        let mut resized = Unique { hasher: self.hasher.clone(), ..Self::new(self.fields.clone()) };
        resized.clear(slots, last, tight);
        resized.enter_all(columns, rows.ones_iter(), &mut Scratch::new(), |_, _| ());
        *self = resized;
    }

    /// So many empty slots, with room for rows up to one.
    pub(super) fn clear(&mut self, slots: usize, last: Row, tight: bool) {
        // Neither `empty` nor one less is a row with a tag.
        let last = u64::from(last) + 2;
        self.row_bits = if tight { packed::bits(last) } else { packed::roomy(last) };
        // A width of whole bytes together.
        self.tag_bits = if tight { 6 } else { 32_u32.saturating_sub(self.row_bits).clamp(8, 16) };
        self.slots = Packed::ones(slots, self.row_bits + self.tag_bits);
        self.empty = (1 << (self.row_bits + self.tag_bits)) - 1;
        (self.len, self.gone) = (0, 0);
    }
}
