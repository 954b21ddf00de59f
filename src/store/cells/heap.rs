//! Lists of cells on the heap: how they grow, and what they hold.

use crate::store::cells::bits::Bits;
use crate::store::cells::packed::Packed;
use crate::store::id::Row;

/// Appends to a vector that grows by an eighth: large allocations are moved page by page, so that is cheap, and slack
/// is memory.
pub fn push<T>(cells: &mut Vec<T>, cell: T) {
    if cells.len() == cells.capacity() {
        cells.reserve_exact(cells.len() / 8 + 16);
    }
    cells.push(cell);
}

/// The same of many cells.
pub fn append<T: Copy>(cells: &mut Vec<T>, others: &[T]) {
    if cells.len() + others.len() > cells.capacity() {
        cells.reserve_exact(others.len() + (cells.len() + others.len()) / 8);
    }
    cells.extend_from_slice(others);
}

/// Keeps these cells of a vector and all before `first`, in place.
pub fn keep<T: Copy>(cells: &mut Vec<T>, first: usize, rows: impl Iterator<Item = Row>) {
    let mut len = first;
    for row in rows {
        cells[len] = cells[row as usize];
        len += 1;
    }
    cells.truncate(len);
    cells.shrink_to(len + len / 8);
}

/// What the heap holds for a list of cells.
pub trait Heap {
    /// Bytes, slack included.
    fn bytes(&self) -> usize;
    /// Gives back the slack.
    fn shrink(&mut self);
}

impl<T> Heap for Vec<T> {
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }

    fn shrink(&mut self) {
        self.shrink_to_fit();
    }
}

impl Heap for Packed {
    fn bytes(&self) -> usize {
        Packed::bytes(self)
    }

    fn shrink(&mut self) {
        Packed::shrink(self);
    }
}

impl Heap for Bits {
    fn bytes(&self) -> usize {
        Bits::bytes(self)
    }

    fn shrink(&mut self) {}
}
