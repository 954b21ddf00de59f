//! Lists of cells on the heap: how they grow, shrink, and what they hold.

use crate::store::cells::bits::Bits;
use crate::store::cells::packed::Packed;
use crate::store::id::Row;
use crate::store::room;

/// Appends to a vector that grows by an eighth: large allocations are moved page by page, so that is cheap, and slack
/// is memory.
pub fn push<T>(cells: &mut Vec<T>, cell: T) {
    make_room(cells);
    cells.push(cell);
}

/// Makes room for one cell more.
#[inline]
pub fn make_room<T>(cells: &mut Vec<T>) {
    if cells.len() == cells.capacity() {
        let len = cells.len() + cells.len() / 8 + 16;
        room::reserve(cells, len);
    }
}

/// Appends many cells to such a vector.
pub fn append<T: Copy>(cells: &mut Vec<T>, others: &[T]) {
    if cells.len() + others.len() > cells.capacity() {
        let len = cells.len() + others.len();
        room::reserve(cells, len + len / 8);
    }
    cells.extend_from_slice(others);
}

/// A list of cells on the heap.
pub trait Heap {
    /// Bytes, slack included.
    fn bytes(&self) -> usize;
    /// Gives back the slack.
    fn shrink(&mut self);
    /// Keeps these cells, which ascend, and all before `first`, in place. O(cells from `first` on).
    fn keep(&mut self, first: usize, rows: impl Iterator<Item = Row> + Clone);
}

impl<T: Copy> Heap for Vec<T> {
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }

    fn shrink(&mut self) {
        self.shrink_to_fit();
    }

    fn keep(&mut self, first: usize, rows: impl Iterator<Item = Row> + Clone) {
        let mut len = first;
        for row in rows {
            self[len] = self[row as usize];
            len += 1;
        }
        self.truncate(len);
        self.shrink_to(len + len / 8);
    }
}

impl Heap for Packed {
    fn bytes(&self) -> usize {
        Packed::bytes(self)
    }

    fn shrink(&mut self) {
        Packed::shrink(self);
    }

    fn keep(&mut self, first: usize, rows: impl Iterator<Item = Row> + Clone) {
        Packed::keep(self, first, rows.map(|row| row as usize));
    }
}

impl Heap for Bits {
    fn bytes(&self) -> usize {
        Bits::bytes(self)
    }

    fn shrink(&mut self) {}

    fn keep(&mut self, first: usize, rows: impl Iterator<Item = Row> + Clone) {
        Bits::keep(self, first, rows);
    }
}
