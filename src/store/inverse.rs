//! Parent row to child rows, derived from a reference column.

use super::column::Parents;
use super::ends::{Ends, LONG};
use super::id::{NO_ROW, Row};
use super::packed::{self, Packed};
use super::{Scratch, room};

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
    ends: Ends,
}

/// Where a parent's list is.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    block: Block,
    /// Entries, stale ones included.
    entries: u32,
    stale: u32,
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
    fn get(self, at: usize) -> Row {
        self.rows.get(self.start + at) as Row
    }

    /// The entries.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Row> + ExactSizeIterator + Clone + 'a {
        self.rows.iter(self.start..self.start + self.len).map(|row| row as Row)
    }

    /// Where an entry is, or else where it would be. O(log n).
    fn search(self, row: Row) -> Result<usize, usize> {
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

impl Inverse {
    /// The entries of a parent, ascending, stale ones included. O(1).
    pub fn entries(&self, parent: Row) -> List<'_> {
        self.heads.get(parent as usize).map_or(List::empty(), |head| self.pool.list(head))
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

    /// The other ends of the entries, as cells of the mate's column, where they are kept. O(1).
    pub fn ends(&self, parent: Row) -> Option<&Packed> {
        self.ends.of(parent)
    }

    /// A row refers to this parent from now on. `mates` are the cells of the other reference, if the model is a join
    /// model. O(1) amortised for the youngest row, O(log n) for one whose stale entry is still there, else O(n) to make
    /// room at its place.
    pub fn enter(&mut self, parent: Row, child: Row, mates: Option<Parents>) {
        if self.heads.len() <= parent as usize {
            if self.heads.capacity() <= parent as usize {
                self.heads.reserve_exact(parent as usize + 1 + parent as usize / 8 - self.heads.len());
            }
            self.heads.resize(parent as usize + 1, Head::default());
        }
        let head = &mut self.heads[parent as usize];
        let list = self.pool.list(head);
        let at = match list.len {
            0 => 0,
            len if list.get(len - 1) < child => len,
            _ => match list.search(child) {
                Ok(at) => {
                    head.stale -= 1;
                    if let Some(mates) = mates {
                        self.ends.set(parent, at, mates.cell(child));
                    }
                    return;
                }
                Err(at) => at,
            },
        };
        let is_full = head.entries == head.capacity();
        if is_full {
            head.block = self.pool.moved(head, Block::class(head.entries + 1));
        }
        self.pool.insert(head, at, child);
        head.entries += 1;
        if let Some(mates) = mates {
            if self.ends.of(parent).is_some() {
                self.ends.insert(parent, at, mates.cell(child));
            } else if is_full && head.entries as usize >= LONG {
                self.ends.keep(parent, self.pool.list(head).iter(), mates);
            }
        }
        if is_full {
            self.tidy_pool();
        }
    }

    /// The other reference of a row that refers to this parent has another cell. O(log n).
    pub fn set_end(&mut self, parent: Row, child: Row, cell: u64) {
        if self.ends.of(parent).is_some()
            && let Ok(at) = self.entries(parent).search(child)
        {
            self.ends.set(parent, at, cell);
        }
    }

    /// The model that the other reference refers to was squeezed.
    pub fn renumber_ends(&mut self, renumbered: impl Fn(u64) -> u64) {
        self.ends.renumber(renumbered);
    }

    /// A row that referred to this parent does so no longer; its entry is stale. O(1). Returns whether the list is
    /// due for [`tidy`](Self::tidy).
    pub fn leave(&mut self, parent: Row) -> bool {
        let head = &mut self.heads[parent as usize];
        head.stale += 1;
        head.is_due()
    }

    /// Drops a parent's stale entries if they are more than a third. O(n), so O(1) for each entry that went stale.
    pub fn tidy(&mut self, parent: Row, refers: impl Fn(Row) -> bool) {
        let Some(head) = self.heads.get_mut(parent as usize).filter(|head| head.is_due()) else { return };
        let capacity = head.capacity();
        let kept = self.pool.retain(head, refers);
        self.ends.retain(parent, &kept);
        (head.entries, head.stale) = (kept.len() as u32, 0);
        // Half empty: a smaller block, with room for the next few.
        if head.entries <= capacity / 2 {
            let class = if head.entries == 0 { 0 } else { Block::class(head.entries + 1) };
            head.block = self.pool.moved(head, class);
        }
        self.tidy_pool();
    }

    /// Copies the pool where a quarter of it is free. Copying costs the heads, too.
    fn tidy_pool(&mut self) {
        if self.pool.free > self.pool.rows.len() / 4 + self.heads.len() + 1024 {
            self.copy_pool(false);
        }
    }

    /// Builds the lists of a whole reference column from these rows of it, which ascend. O(rows + parents).
    ///
    /// The rows are first dealt out to groups of parents so few that a group's lists fit a core's cache, then placed
    /// group by group: two passes that run through memory instead of one that jumps about in it.
    pub fn build(
        parents: Parents,
        mates: Option<Parents>,
        rows: impl Iterator<Item = Row> + Clone,
        scratch: &mut Scratch,
    ) -> Self {
        let mut ends: Vec<usize> = Vec::new();
        let mut last = 0;
        for row in rows.clone() {
            let parent = parents.of(row);
            if parent != NO_ROW {
                let group = (parent / GROUP) as usize;
                if ends.len() <= group {
                    ends.resize(group + 1, 0);
                }
                ends[group] += 1;
                last = row;
            }
        }
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        let entry = Entry::new(last, mates);
        let dealt = room(scratch, total);
        for row in rows {
            let parent = parents.of(row);
            if parent != NO_ROW {
                let end = &mut ends[(parent / GROUP) as usize];
                dealt[*end] = entry.of(parent % GROUP, row);
                *end += 1;
            }
        }
        let mut heads = vec![Head::default(); ends.len() * GROUP as usize];
        // Each list may leave one place of its last step unused.
        let mut pool = Packed::with_capacity(total + total.min(heads.len()), packed::roomy(last.into()));
        let mut long = Ends::default();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        for (number, (start, &end)) in (0..).zip(starts.zip(&ends)) {
            let first = number * GROUP;
            let heads = &mut heads[first as usize..][..GROUP as usize];
            place(&dealt[start..end], &entry, heads, &mut pool);
            let is_long = heads.iter().map(|head| head.entries as usize >= LONG);
            if mates.is_some() && is_long.clone().any(|is| is) {
                keep_ends(&dealt[start..end], &entry, first, heads, &mut long);
            }
        }
        heads.truncate(heads.iter().rposition(|head| head.entries > 0).map_or(0, |last| last + 1));
        heads.shrink_to_fit();
        Inverse { heads, pool: Pool { rows: pool, ..Pool::default() }, ends: long }
    }

    /// After a squeeze of the parents: only these rows are left, renumbered 0, 1, 2 ...
    pub fn keep_parents(&mut self, rows: impl Iterator<Item = Row> + Clone) {
        self.ends.keep_parents(rows.clone());
        self.heads = rows.map_while(|row| self.heads.get(row as usize).copied()).collect();
        self.copy_pool(false);
    }

    /// Copies all lists into a fresh pool without free blocks; a tight one has no room for other rows either. O(entries
    /// + parents).
    fn copy_pool(&mut self, tight: bool) {
        let entries: usize = self.heads.iter().map(|head| (head.entries as usize).next_multiple_of(STEP)).sum();
        let last = self.heads.iter().filter_map(|head| self.pool.list(head).iter().next_back()).max();
        let width = if tight { packed::bits } else { packed::roomy }(last.unwrap_or(0).into());
        let mut pool = Pool { rows: Packed::with_capacity(entries, width), ..Pool::default() };
        for head in &mut self.heads {
            let old = self.pool.list(head);
            head.block = if tight { pool.exact(head.entries) } else { pool.block(Block::class(head.entries)) };
            old.iter().enumerate().for_each(|(at, row)| pool.rows.set(head.block.at(at as u32), row.into()));
        }
        self.pool = pool;
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.heads.capacity() * size_of::<Head>() + self.pool.rows.bytes() + self.ends.bytes()
    }

    /// Gives back what the heap holds beyond the lists.
    pub fn shrink(&mut self) {
        self.copy_pool(true);
        self.heads.shrink_to_fit();
        self.ends.clear();
    }
}

/// As many parents are placed together.
const GROUP: u32 = 1 << 11;

/// How a row is dealt out: its parent's place in the group, itself and, where the bits reach, its mate's cell, which
/// would have to be looked for in memory later.
struct Entry<'a> {
    row_bits: u32,
    mates: Option<Parents<'a>>,
    is_carried: bool,
}

impl<'a> Entry<'a> {
    fn new(last: Row, mates: Option<Parents<'a>>) -> Self {
        let row_bits = packed::bits(last.into());
        let left = u64::BITS - GROUP.ilog2() - row_bits;
        let is_carried = mates.is_some_and(|mates| packed::bits(mates.largest()) <= left);
        Entry { row_bits, mates, is_carried }
    }

    #[inline]
    fn of(&self, place: u32, row: Row) -> u64 {
        let carried = self.mates.filter(|_| self.is_carried).map_or(0, |mates| mates.cell(row));
        (carried * u64::from(GROUP) + u64::from(place)) << self.row_bits | u64::from(row)
    }

    fn place(&self, entry: u64) -> usize {
        (entry >> self.row_bits) as usize % GROUP as usize
    }

    fn row(&self, entry: u64) -> Row {
        (entry & ((1 << self.row_bits) - 1)) as Row
    }

    fn mate(&self, entry: u64) -> u64 {
        match self.is_carried {
            true => (entry >> self.row_bits) / u64::from(GROUP),
            false => self.mates.map_or(0, |mates| mates.cell(self.row(entry))),
        }
    }
}

/// Places a group's rows: a list for each of its parents, at the end of the pool.
fn place(dealt: &[u64], entry: &Entry, heads: &mut [Head], pool: &mut Packed) {
    dealt.iter().for_each(|&dealt| heads[entry.place(dealt)].entries += 1);
    let mut next = pool.len();
    for head in &mut *heads {
        head.block = Block { start: (next / STEP) as u32, class: EXACT };
        next += (head.entries as usize).next_multiple_of(STEP);
        head.entries = 0;
    }
    pool.lengthen(next);
    for &dealt in dealt {
        let head = &mut heads[entry.place(dealt)];
        pool.set(head.block.at(head.entries), entry.row(dealt).into());
        head.entries += 1;
    }
}

/// Keeps the ends of a group's long lists. `first` is the group's first parent.
fn keep_ends(dealt: &[u64], entry: &Entry, first: Row, heads: &[Head], ends: &mut Ends) {
    let Some(mates) = entry.mates else { return };
    let mut lists: Vec<Option<Packed>> = Vec::new();
    for head in heads {
        let len = head.entries as usize;
        lists.push((len >= LONG).then(|| Packed::with_capacity(len + len / 8, packed::roomy(mates.largest()))));
    }
    for &dealt in dealt {
        if let Some(list) = &mut lists[entry.place(dealt)] {
            list.push(entry.mate(dealt));
        }
    }
    let kept = lists.into_iter().zip(first..).filter_map(|(list, parent)| Some((parent, list?)));
    kept.for_each(|(parent, list)| ends.put(parent, list));
}

impl Head {
    /// More than a third of the entries are stale.
    fn is_due(&self) -> bool {
        self.stale > self.entries / 3
    }

    /// How many entries the block holds.
    fn capacity(&self) -> u32 {
        match self.block.class {
            EXACT => self.entries,
            class => Block::size(class),
        }
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

/// The class of a block that is just as large as its list. A list that grows leaves it, and its place is free only when
/// the pool is next copied.
const EXACT: u32 = u32::MAX;

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

    /// Where in the pool an entry is.
    fn at(self, entry: u32) -> usize {
        self.start as usize * STEP + entry as usize
    }
}

/// The blocks of all lists. Free blocks of one class form a chain: the first row of each leads to the next.
#[derive(Debug, Default)]
struct Pool {
    rows: Packed,
    /// By class: one more than the start of the first free block; 0 where there is none.
    chains: Vec<u64>,
    /// Rows in free blocks.
    free: usize,
}

impl Pool {
    /// A block of a class, of unspecified content.
    fn block(&mut self, class: u32) -> Block {
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
    fn exact(&mut self, rows: u32) -> Block {
        self.appended((rows as usize).next_multiple_of(STEP))
    }

    fn appended(&mut self, size: usize) -> Block {
        let start = self.rows.len();
        self.rows.lengthen(start + size);
        Block { start: (start / STEP) as u32, class: EXACT }
    }

    /// The entries of a list.
    fn list(&self, head: &Head) -> List<'_> {
        List { rows: &self.rows, start: head.block.at(0), len: head.entries as usize }
    }

    /// Moves a list into a block of another class and frees the old one.
    fn moved(&mut self, head: &Head, class: u32) -> Block {
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
    fn insert(&mut self, head: &Head, at: usize, row: Row) {
        let place = head.block.at(at as u32);
        self.rows.copy_within(place, place + 1, head.entries as usize - at);
        self.rows.set(place, row.into());
    }

    /// Keeps the entries of a list that pass, and returns the places where they were.
    fn retain(&mut self, head: &Head, keep: impl Fn(Row) -> bool) -> Vec<usize> {
        let mut kept = Vec::new();
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
    use super::super::column::Column;
    use super::super::value::Value;
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
        (0..10).for_each(|row| inverse.enter(3, row, None));
        assert!(!inverse.leave(3));
        inverse.enter(3, 4, None);
        assert_eq!((inverse.len(3), inverse.stale(3)), (10, 0));
        assert!(inverse.entries(3).iter().eq(0..10));
    }

    #[test]
    fn an_older_row_takes_the_place_of_its_age() {
        let mut inverse = Inverse::default();
        for row in [2, 8, 5, 0, 9] {
            inverse.enter(0, row, None);
        }
        assert!(inverse.entries(0).iter().eq([0, 2, 5, 8, 9]));
    }

    #[test]
    fn endless_coming_and_going_runs_in_flat_memory() {
        let mut inverse = Inverse::default();
        let mut most = 0;
        for round in 0..2000u32 {
            for parent in 0..50 {
                inverse.enter(parent, round, None);
                if round >= 20 && inverse.leave(parent) {
                    inverse.tidy(parent, |row| row + 20 > round);
                }
            }
            // From here on the rows take twelve bits.
            if round == 300 {
                most = inverse.bytes();
            }
        }
        assert!(inverse.bytes() <= most, "{} after {most}", inverse.bytes());
    }

    #[test]
    fn built_lists_equal_entered_ones() {
        let mut column = Column::reference();
        let cells = (0..20_000).map(|row: Row| row.wrapping_mul(2_654_435_761) % 5000);
        cells.for_each(|cell| column.push(&if cell < 4500 { Value::Row(cell) } else { Value::None }));
        let parents = column.parents();
        let rows = || (0..20_000).filter(|row| row % 3 > 0);
        let mut entered = Inverse::default();
        rows().filter(|&row| parents.of(row) != NO_ROW).for_each(|row| entered.enter(parents.of(row), row, None));
        let mut built = Inverse::build(parents, None, rows(), &mut Scratch::new());
        for tight in [false, true] {
            assert_eq!(built.parents(), entered.parents());
            for parent in 0..5000 {
                assert!(built.entries(parent).iter().eq(entered.entries(parent).iter()), "{parent}");
            }
            if !tight {
                built.shrink();
            }
        }
        // A list of a tight pool can still grow.
        built.enter(7, 30_000, None);
        assert_eq!(built.entries(7).iter().next_back(), Some(30_000));
    }
}
