//! Cells of text or bytes.

use std::ops::Range;

use crate::store::cells::heap::{Heap, append, make_room, push};
use crate::store::id::Row;
use crate::store::room;
use crate::store::stop::Stop;

/// Cells of different lengths in one buffer. An overwritten cell leaves its old bytes behind until they are more than
/// half of the buffer.
#[derive(Debug, Default)]
pub struct Spans<B> {
    starts: Vec<u64>,
    lens: Vec<u32>,
    buffer: B,
    /// Bytes of the buffer that no cell uses.
    unused: usize,
}

impl<B: Buffer> Spans<B> {
    /// These cells.
    pub fn of<'c>(cells: impl ExactSizeIterator<Item = &'c B::Slice> + Clone) -> Self
    where
        B::Slice: 'c,
    {
        let mut spans = Spans { starts: Vec::new(), lens: Vec::new(), buffer: B::default(), unused: 0 };
        room::reserve(&mut spans.starts, cells.len());
        room::reserve(&mut spans.lens, cells.len());
        if !spans.buffer.reserve(cells.clone().map(B::len_of).sum()) {
            Stop::OutOfMemory.throw();
        }
        for cell in cells {
            spans.starts.push(spans.buffer.len() as u64);
            spans.lens.push(spans.buffer.append(cell) as u32);
        }
        spans
    }

    pub fn len(&self) -> usize {
        self.lens.len()
    }

    #[inline]
    pub fn get(&self, at: usize) -> &B::Slice {
        self.buffer.slice(self.starts[at] as usize, self.lens[at] as usize)
    }

    /// Whether a cell is equal to another. What is of another length is not fetched.
    #[inline]
    pub fn is(&self, at: usize, cell: &B::Slice) -> bool {
        self.lens[at] as usize == B::len_of(cell) && self.buffer.has_at(self.starts[at] as usize, cell)
    }

    /// Which of these cells are equal to another. Lengths are compared first, many at a time.
    pub fn are(&self, cells: Range<usize>, cell: &B::Slice) -> Vec<bool> {
        let len = B::len_of(cell);
        let mut equal = Vec::new();
        room::reserve(&mut equal, cells.len());
        equal.extend(self.lens[cells.clone()].iter().map(|&own| own as usize == len));
        let starts = &self.starts[cells];
        for (is_equal, &start) in equal.iter_mut().zip(starts) {
            *is_equal = *is_equal && self.buffer.has_at(start as usize, cell);
        }
        equal
    }

    /// Makes room for one cell more.
    pub fn make_room(&mut self, cell: &B::Slice) {
        make_room(&mut self.starts);
        make_room(&mut self.lens);
        if !self.buffer.has_room(cell) {
            Stop::OutOfMemory.throw();
        }
    }

    pub fn push(&mut self, cell: &B::Slice) {
        self.make_room(cell);
        push(&mut self.starts, self.buffer.len() as u64);
        push(&mut self.lens, self.buffer.append(cell) as u32);
    }

    /// Overwrites a cell. There is room for it, or it is what the cell was before: that is in the buffer until the
    /// cells are tidied, and is looked for there where there is no memory for it again.
    pub fn set(&mut self, at: usize, cell: &B::Slice) {
        self.unused += self.lens[at] as usize;
        let known = if self.buffer.has_room(cell) { None } else { self.buffer.find(cell) };
        let (start, len) = known.unwrap_or_else(|| (self.buffer.len(), self.buffer.append(cell)));
        (self.starts[at], self.lens[at]) = (start as u64, len as u32);
    }

    pub fn append(&mut self, other: &Self) {
        let end = self.buffer.len() as u64;
        let starts: Vec<u64> = room::collected(other.starts.iter().map(|start| end + start));
        let cells = other.buffer.slice(0, other.buffer.len());
        if !self.buffer.has_room(cells) {
            Stop::OutOfMemory.throw();
        }
        _ = self.buffer.append(cells);
        append(&mut self.starts, &starts);
        append(&mut self.lens, &other.lens);
        self.unused += other.unused;
    }

    pub fn truncate(&mut self, len: usize) {
        self.keep(len, std::iter::empty());
    }

    pub fn tidy(&mut self) {
        if self.unused > 4096 && self.unused > self.buffer.len() / 2 {
            *self = self.copied(0..self.lens.len() as Row, 8);
        }
    }

    /// A copy of these cells without unused bytes, with a capacity of 1/`slack` more than needed.
    pub fn copied(&self, rows: impl Iterator<Item = Row>, slack: usize) -> Self {
        let mut copy = Spans { starts: Vec::new(), lens: Vec::new(), buffer: B::default(), unused: 0 };
        rows.for_each(|row| copy.push(self.get(row as usize)));
        let room = |len: usize| len + len.checked_div(slack).unwrap_or(0);
        copy.starts.shrink_to(room(copy.starts.len()));
        copy.lens.shrink_to(room(copy.lens.len()));
        copy.buffer.shrink_to(room(copy.buffer.len()));
        copy
    }
}

impl<B: Buffer> Heap for Spans<B> {
    fn bytes(&self) -> usize {
        Heap::bytes(&self.starts) + Heap::bytes(&self.lens) + self.buffer.capacity()
    }

    fn shrink(&mut self) {
        *self = self.copied(0..self.lens.len() as Row, 0);
    }

    fn keep(&mut self, first: usize, rows: impl Iterator<Item = Row> + Clone) {
        let bytes = |lens: &[u32]| lens.iter().map(|&len| len as usize).sum::<usize>();
        let before = bytes(&self.lens[first..]);
        Heap::keep(&mut self.starts, first, rows.clone());
        Heap::keep(&mut self.lens, first, rows);
        self.unused += before - bytes(&self.lens[first..]);
        self.tidy();
    }
}

/// What text and bytes have in common.
pub trait Buffer: Default {
    type Slice: ?Sized;
    fn slice(&self, start: usize, len: usize) -> &Self::Slice;
    /// Whether a cell's bytes begin there.
    fn has_at(&self, start: usize, cell: &Self::Slice) -> bool;
    /// Whether there is room for a cell more, or memory for it.
    fn has_room(&mut self, cell: &Self::Slice) -> bool;
    /// How many bytes a cell has.
    fn len_of(cell: &Self::Slice) -> usize;
    /// Makes room for so many bytes, if there is memory for them.
    fn reserve(&mut self, bytes: usize) -> bool;
    /// Where a cell's bytes are already, and how many.
    fn find(&self, cell: &Self::Slice) -> Option<(usize, usize)>;
    /// Appends and returns how many bytes that were.
    fn append(&mut self, cell: &Self::Slice) -> usize;
    fn len(&self) -> usize;
    fn capacity(&self) -> usize;
    fn shrink_to(&mut self, capacity: usize);
}

/// Whether some bytes stand at a place. The last eight say so first: most of what is as long differs there.
#[inline]
fn has_at(buffer: &[u8], start: usize, bytes: &[u8]) -> bool {
    let there = &buffer[start..start + bytes.len()];
    match (there.split_last_chunk::<8>(), bytes.split_last_chunk::<8>()) {
        (Some((first, last)), Some((other, end))) => last == end && first == other,
        _ => there == bytes,
    }
}

impl Buffer for String {
    type Slice = str;

    fn slice(&self, start: usize, len: usize) -> &str {
        &self[start..start + len]
    }

    fn has_at(&self, start: usize, cell: &str) -> bool {
        has_at(self.as_bytes(), start, cell.as_bytes())
    }

    fn has_room(&mut self, cell: &str) -> bool {
        self.try_reserve(cell.len()).is_ok()
    }

    fn len_of(cell: &str) -> usize {
        cell.len()
    }

    fn reserve(&mut self, bytes: usize) -> bool {
        self.try_reserve_exact(bytes).is_ok()
    }

    fn find(&self, cell: &str) -> Option<(usize, usize)> {
        str::find(self, cell).map(|start| (start, cell.len()))
    }

    fn append(&mut self, cell: &str) -> usize {
        self.push_str(cell);
        cell.len()
    }

    fn len(&self) -> usize {
        String::len(self)
    }

    fn capacity(&self) -> usize {
        String::capacity(self)
    }

    fn shrink_to(&mut self, capacity: usize) {
        String::shrink_to(self, capacity);
    }
}

impl Buffer for Vec<u8> {
    type Slice = [u8];

    fn slice(&self, start: usize, len: usize) -> &[u8] {
        &self[start..start + len]
    }

    fn has_at(&self, start: usize, cell: &[u8]) -> bool {
        has_at(self, start, cell)
    }

    fn has_room(&mut self, cell: &[u8]) -> bool {
        self.try_reserve(cell.len()).is_ok()
    }

    fn len_of(cell: &[u8]) -> usize {
        cell.len()
    }

    fn reserve(&mut self, bytes: usize) -> bool {
        self.try_reserve_exact(bytes).is_ok()
    }

    fn find(&self, cell: &[u8]) -> Option<(usize, usize)> {
        self.windows(cell.len().max(1)).position(|bytes| bytes == cell).map(|start| (start, cell.len()))
    }

    fn append(&mut self, cell: &[u8]) -> usize {
        self.extend_from_slice(cell);
        cell.len()
    }

    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }

    fn shrink_to(&mut self, capacity: usize) {
        Vec::shrink_to(self, capacity);
    }
}
