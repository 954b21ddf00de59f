//! Parent row to child rows, derived from a reference column.

use super::id::{NO_ROW, Row};

/// For each parent the rows that refer to it, ascending.
///
/// A list may hold *stale* entries: rows that died or moved to another parent. The reference column and the rows'
/// liveness tell which (the table's `refers`), so leaving a list is counting, and coming back is finding one's own
/// entry again. Lists lie in blocks of one pool.
#[derive(Debug, Default)]
pub struct Inverse {
    /// By parent row; parents beyond the end have no list.
    heads: Vec<Head>,
    pool: Pool,
}

/// Where a parent's list is.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    block: Block,
    /// Entries, stale ones included.
    entries: u32,
    stale: u32,
}

impl Inverse {
    /// The entries of a parent, ascending, stale ones included. O(1).
    pub fn entries(&self, parent: Row) -> &[Row] {
        match self.heads.get(parent as usize) {
            Some(head) => &self.pool.rows[head.block.range(head.entries)],
            None => &[],
        }
    }

    /// How many of the entries are stale. O(1).
    pub fn stale(&self, parent: Row) -> usize {
        self.heads.get(parent as usize).map_or(0, |head| head.stale as usize)
    }

    /// How many rows refer to a parent. O(1).
    pub fn len(&self, parent: Row) -> usize {
        self.heads.get(parent as usize).map_or(0, |head| (head.entries - head.stale) as usize)
    }

    /// One past the last parent that has a list.
    pub fn parents(&self) -> usize {
        self.heads.len()
    }

    /// A row refers to this parent from now on. O(1) amortised for the youngest row, O(log n) for one whose stale
    /// entry is still there, else O(n) to make room at its place.
    pub fn enter(&mut self, parent: Row, child: Row) {
        if self.heads.len() <= parent as usize {
            self.heads.resize(parent as usize + 1, Head::default());
        }
        let head = &mut self.heads[parent as usize];
        let entries = &self.pool.rows[head.block.range(head.entries)];
        let at = match entries.last() {
            Some(&last) if last >= child => match entries.binary_search(&child) {
                Ok(_) => {
                    head.stale -= 1;
                    return;
                }
                Err(at) => at,
            },
            _ => entries.len(),
        };
        if head.entries == head.block.capacity() {
            head.block = self.pool.moved(head.block, head.entries, Block::class(head.entries + 1));
        }
        head.entries += 1;
        let entries = &mut self.pool.rows[head.block.range(head.entries)];
        entries.copy_within(at..entries.len() - 1, at + 1);
        entries[at] = child;
    }

    /// A row that referred to this parent does so no longer; its entry is stale. O(1). Returns whether the list is
    /// due for
    /// [`tidy`](Self::tidy).
    pub fn leave(&mut self, parent: Row) -> bool {
        let head = &mut self.heads[parent as usize];
        head.stale += 1;
        head.due()
    }

    /// Drops a parent's stale entries if they are more than a third. O(n), so O(1) for each entry that went stale.
    pub fn tidy(&mut self, parent: Row, refers: impl Fn(Row) -> bool) {
        let Some(head) = self.heads.get_mut(parent as usize).filter(|head| head.due()) else { return };
        let entries = &mut self.pool.rows[head.block.range(head.entries)];
        let mut kept = 0;
        for at in 0..entries.len() {
            if refers(entries[at]) {
                entries[kept] = entries[at];
                kept += 1;
            }
        }
        (head.entries, head.stale) = (kept as u32, 0);
        // Half empty: a smaller block, with room for the next few.
        if head.entries <= head.block.capacity() / 2 {
            let class = if kept == 0 { 0 } else { Block::class(head.entries + 1) };
            head.block = self.pool.moved(head.block, head.entries, class);
        }
        // Copying costs the heads, too.
        if self.pool.free > self.pool.rows.len() / 3 + self.heads.len() + 1024 {
            self.copy_pool();
        }
    }

    /// Builds the lists of a whole reference column (`NO_ROW` refers to nothing) from its live rows. O(rows + parents).
    pub fn build(column: &[Row], live: impl Iterator<Item = Row> + Clone) -> Self {
        let mut heads: Vec<Head> = Vec::new();
        for row in live.clone() {
            let parent = column[row as usize] as usize;
            if parent != NO_ROW as usize {
                if heads.len() <= parent {
                    heads.resize(parent + 1, Head::default());
                }
                heads[parent].entries += 1;
            }
        }
        let mut pool = Pool::default();
        for head in &mut heads {
            head.block = pool.block(Block::class(head.entries));
            head.entries = 0;
        }
        for row in live {
            if let Some(head) = heads.get_mut(column[row as usize] as usize) {
                head.entries += 1;
                pool.rows[head.block.range(head.entries)][head.entries as usize - 1] = row;
            }
        }
        heads.shrink_to_fit();
        Inverse { heads, pool }
    }

    /// After a squeeze of the parents: only these rows are left, renumbered 0, 1, 2 ...
    pub fn keep_parents(&mut self, rows: impl Iterator<Item = Row>) {
        self.heads = rows.map_while(|row| self.heads.get(row as usize).copied()).collect();
        self.copy_pool();
    }

    /// Copies all lists into a fresh pool without free blocks. O(entries + parents).
    pub fn copy_pool(&mut self) {
        let mut pool = Pool::default();
        for head in &mut self.heads {
            let old = &self.pool.rows[head.block.range(head.entries)];
            head.block = pool.block(Block::class(head.entries));
            pool.rows[head.block.range(head.entries)].copy_from_slice(old);
        }
        pool.rows.shrink_to(pool.rows.len() + pool.rows.len() / 8);
        self.pool = pool;
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.heads.capacity() * size_of::<Head>() + self.pool.rows.capacity() * size_of::<Row>()
    }

    /// Gives back what the heap holds beyond the lists.
    pub fn shrink(&mut self) {
        self.copy_pool();
        self.pool.rows.shrink_to_fit();
        self.heads.shrink_to_fit();
    }
}

impl Head {
    /// More than a third of the entries are stale.
    fn due(&self) -> bool {
        self.stale > self.entries / 3
    }
}

/// A part of the pool: where it starts, in steps of [`STEP`] rows, and the class of its size.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    start: u32,
    class: u32,
}

/// Blocks start at multiples of this, so that a `u32` reaches over a pool of 2^33 rows.
const STEP: usize = 2;

impl Block {
    /// The rows a block of a class holds: 0, 2, 4, 6, 8, 12, 16, 24 ..., two sizes a doubling.
    fn size(class: u32) -> u32 {
        match class {
            0 | 1 => class * 2,
            even if even % 2 == 0 => 4 << (even / 2 - 1),
            odd => 6 << (odd / 2 - 1),
        }
    }

    /// The smallest class that holds so many rows.
    fn class(rows: u32) -> u32 {
        if rows <= 2 {
            return rows.div_ceil(2);
        }
        // 2^k < rows <= 2^(k+1)
        let k = (rows - 1).ilog2();
        if rows <= 3 << (k - 1) && k > 1 { 2 * k - 1 } else { 2 * k }
    }

    fn capacity(self) -> u32 {
        Self::size(self.class)
    }

    fn range(self, rows: u32) -> std::ops::Range<usize> {
        let start = self.start as usize * STEP;
        start..start + rows as usize
    }
}

/// The blocks of all lists. Free blocks of one class form a chain: the first row of each is the start of the next.
#[derive(Debug, Default)]
struct Pool {
    rows: Vec<Row>,
    /// By class: the start of the first free block, or `NO_ROW`.
    chains: Vec<u32>,
    /// Rows in free blocks.
    free: usize,
}

impl Pool {
    /// A block of a class, of unspecified content.
    fn block(&mut self, class: u32) -> Block {
        let size = Block::size(class) as usize;
        if size == 0 {
            return Block::default();
        }
        if let Some(chain) = self.chains.get_mut(class as usize).filter(|chain| **chain != NO_ROW) {
            let block = Block { start: *chain, class };
            *chain = self.rows[block.range(0).start];
            self.free -= size;
            return block;
        }
        let start = (self.rows.len() / STEP) as u32;
        self.rows.resize(self.rows.len() + size, 0);
        Block { start, class }
    }

    /// Moves the first `rows` rows of a block into a block of another class and frees the old one.
    fn moved(&mut self, old: Block, rows: u32, class: u32) -> Block {
        let new = self.block(class);
        self.rows.copy_within(old.range(rows.min(new.capacity())), new.range(0).start);
        if old.capacity() > 0 {
            if self.chains.len() <= old.class as usize {
                self.chains.resize(old.class as usize + 1, NO_ROW);
            }
            self.rows[old.range(0).start] = std::mem::replace(&mut self.chains[old.class as usize], old.start);
            self.free += old.capacity() as usize;
        }
        new
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

    #[test]
    fn a_stale_entry_is_found_again() {
        let mut inverse = Inverse::default();
        (0..10).for_each(|row| inverse.enter(3, row));
        assert!(!inverse.leave(3));
        inverse.enter(3, 4);
        assert_eq!((inverse.len(3), inverse.stale(3)), (10, 0));
        assert_eq!(inverse.entries(3), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn an_older_row_takes_the_place_of_its_age() {
        let mut inverse = Inverse::default();
        for row in [2, 8, 5, 0, 9] {
            inverse.enter(0, row);
        }
        assert_eq!(inverse.entries(0), [0, 2, 5, 8, 9]);
    }

    #[test]
    fn endless_coming_and_going_runs_in_flat_memory() {
        let mut inverse = Inverse::default();
        let mut most = 0;
        for round in 0..2000u32 {
            for parent in 0..50 {
                inverse.enter(parent, round);
                if round >= 20 && inverse.leave(parent) {
                    inverse.tidy(parent, |row| row + 20 > round);
                }
            }
            if round == 100 {
                most = inverse.bytes();
            }
        }
        assert!(inverse.bytes() <= most, "{} after {most}", inverse.bytes());
    }

    #[test]
    fn built_lists_equal_entered_ones() {
        let column = [1, NO_ROW, 0, 1, 1, 5, 0];
        let mut entered = Inverse::default();
        let live = [0, 2, 4, 5, 6];
        live.iter().for_each(|&row: &u32| entered.enter(column[row as usize], row));
        let built = Inverse::build(&column, live.into_iter());
        for parent in 0..7 {
            assert_eq!(built.entries(parent), entered.entries(parent));
        }
    }
}
