//! Lists of rows in blocks of one pool.

use crate::store::cells::packed::Packed;
use crate::store::id::Row;
use crate::store::room;

/// Where a parent's list is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head {
    pub block: Block,
    /// Entries, stale ones included.
    pub entries: u32,
    pub stale: u32,
}

/// The entries of a list, ascending.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    rows: &'a Packed,
    start: usize,
    len: usize,
}

impl<'a> List<'a> {
    /// A list without entries.
    pub fn empty() -> Self {
        static NONE: Packed = Packed::NEW;
        List { rows: &NONE, start: 0, len: 0 }
    }

    /// How many entries there are.
    pub fn len(self) -> usize {
        self.len
    }

    /// The entry at a place.
    pub fn get(self, at: usize) -> Row {
        self.rows.get(self.start + at) as Row
    }

    /// The entries.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Row> + ExactSizeIterator + Clone + 'a {
        self.rows.iter(self.start..self.start + self.len).map(|row| row as Row)
    }

    /// Copies the entries from a place on: quicker than one by one.
    pub fn copy(self, from: usize, into: &mut [Row]) {
        debug_assert!(from + into.len() <= self.len, "{from}..{} of {}", from + into.len(), self.len);
        self.rows.unpack(self.start + from, 0, into);
    }

    /// Where an entry is, or else where it would be. O(log n).
    pub fn search(self, row: Row) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = (low + high) / 2;
            match self.get(middle).cmp(&row) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }
}

impl Head {
    /// More than a third of the entries are stale.
    pub fn is_due(&self) -> bool {
        self.stale > self.entries / 3
    }

    /// How many entries the block holds.
    pub fn capacity(&self) -> u32 {
        match self.block.class {
            EXACT => self.entries,
            class => Block::size(class),
        }
    }
}

/// A part of the pool: where it starts, in steps of [`STEP`] rows, and the class of its size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Block {
    pub start: u32,
    pub class: u32,
}

/// Blocks start at multiples of this, so that a `u32` reaches over a pool of 2^33 rows.
pub const STEP: usize = 2;

/// The class of a block that is just as large as its list. A list that grows leaves it, and its place is free only when
/// the pool is next copied.
pub const EXACT: u32 = u32::MAX;

impl Block {
    /// The rows a block of a class holds: 0, 2, 4, 6, 8, 12, 16, 24 ..., two sizes a doubling.
    pub fn size(class: u32) -> u32 {
        match class {
            0 | 1 => class * 2,
            even if even % 2 == 0 => 4 << (even / 2 - 1),
            odd => 6 << (odd / 2 - 1),
        }
    }

    /// The smallest class that holds so many rows.
    pub fn class(rows: u32) -> u32 {
        if rows <= 2 {
            return rows.div_ceil(2);
        }
        // 2^k < rows <= 2^(k+1)
        let k = (rows - 1).ilog2();
        if rows <= 3 << (k - 1) && k > 1 { 2 * k - 1 } else { 2 * k }
    }

    /// Where in the pool an entry is.
    pub fn at(self, entry: u32) -> usize {
        self.start as usize * STEP + entry as usize
    }
}

/// The blocks of all lists. Free blocks of one class form a chain: the first row of each leads to the next.
#[derive(Debug, Default)]
pub struct Pool {
    pub rows: Packed,
    /// By class: one more than the start of the first free block; 0 where there is none.
    chains: Vec<u64>,
    /// Rows in free blocks.
    pub free: usize,
}

impl Pool {
    /// A pool of exact blocks.
    pub fn of(rows: Packed) -> Self {
        Pool { rows, ..Pool::default() }
    }

    /// A block of a class, of unspecified content.
    pub fn block(&mut self, class: u32) -> Block {
        let size = Block::size(class) as usize;
        if let Some(chain) = self.chains.get_mut(class as usize).filter(|chain| **chain != 0) {
            let block = Block { start: (*chain - 1) as u32, class };
            *chain = self.rows.get(block.at(0));
            self.free -= size;
            return block;
        }
        Block { class, ..self.appended(size) }
    }

    /// A block for just so many rows.
    pub fn exact(&mut self, rows: u32) -> Block {
        self.appended((rows as usize).next_multiple_of(STEP))
    }

    pub fn appended(&mut self, size: usize) -> Block {
        let start = self.rows.len();
        self.rows.lengthen(start + size);
        Block { start: (start / STEP) as u32, class: EXACT }
    }

    /// The entries of a list.
    pub fn list(&self, head: &Head) -> List<'_> {
        List { rows: &self.rows, start: head.block.at(0), len: head.entries as usize }
    }

    /// Moves a list into a block of another class and frees the old one.
    pub fn moved(&mut self, head: &Head, class: u32) -> Block {
        let new = self.block(class);
        self.rows.copy_within(head.block.at(0), new.at(0), head.entries as usize);
        let size = head.capacity();
        self.free += size as usize;
        if head.block.class != EXACT && size > 0 {
            let class = head.block.class as usize;
            if self.chains.len() <= class {
                self.chains.resize(class + 1, 0);
            }
            let next = std::mem::replace(&mut self.chains[class], u64::from(head.block.start) + 1);
            self.rows.set(head.block.at(0), next);
        }
        new
    }

    /// Puts a row at a place of a list whose block has room.
    pub fn insert(&mut self, head: &Head, at: usize, row: Row) {
        let (place, after) = (head.block.at(at as u32), head.entries as usize - at);
        if after > 0 {
            self.rows.copy_within(place, place + 1, after);
        }
        self.rows.set(place, row.into());
    }

    /// Keeps the entries of a list that pass, and returns the places where they were.
    pub fn retain(&mut self, head: &Head, keep: impl Fn(Row) -> bool) -> Vec<usize> {
        let mut kept = Vec::new();
        room::reserve(&mut kept, head.entries as usize);
        for at in 0..head.entries {
            let row = self.rows.get(head.block.at(at));
            if keep(row as Row) {
                self.rows.set(head.block.at(kept.len() as u32), row);
                kept.push(at as usize);
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_what_they_promise() {
        let sizes: Vec<u32> = (0..10).map(Block::size).collect();
        assert_eq!(sizes, [0, 2, 4, 6, 8, 12, 16, 24, 32, 48]);
        for rows in 0..5000 {
            let class = Block::class(rows);
            assert!(Block::size(class) >= rows && (class == 0 || Block::size(class - 1) < rows), "{rows}");
        }
    }
}
