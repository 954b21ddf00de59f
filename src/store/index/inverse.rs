//! Parent row to child rows, derived from a reference column.

use crate::store::cells::packed::{self, Packed};
use crate::store::cells::parents::Parents;
use crate::store::id::Row;
use crate::store::index::deal::{self, Dealt};
use crate::store::index::ends::{self, Ends, LONG};
use crate::store::index::marks::Marks;
use crate::store::index::pool::{Block, Head, List, Pool, STEP};
use crate::store::parallel::Scratch;
use crate::store::room;
use crate::store::stop::looking;

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

    /// The set of what the entries that count lead to, where a set may be kept. O(1).
    pub fn marks(&self, parent: Row) -> Option<&Marks> {
        self.ends.marks(parent)
    }

    /// Whether a set may take so many bytes.
    pub fn has_room_for_marks(&self, bytes: usize) -> bool {
        bytes <= ends::most_marks(self.pool.rows.len())
    }

    /// A set of so many bytes is to be kept.
    pub fn note_marks(&self, bytes: usize) {
        self.ends.note_marks(bytes, self.pool.rows.len());
    }

    /// Makes room for a row that is to refer to this parent: [`enter`](Self::enter) will not ask for memory. `mates` are
    /// the cells of the other reference, if the model is a join model. O(1) amortised.
    pub fn make_room(&mut self, parent: Row, child: Row, mates: Option<Parents>) {
        if self.heads.len() <= parent as usize {
            if self.heads.capacity() <= parent as usize {
                room::reserve(&mut self.heads, parent as usize + 1 + parent as usize / 8);
            }
            self.heads.resize(parent as usize + 1, Head::default());
        }
        self.pool.rows.fit(child.into());
        let mut head = self.heads[parent as usize];
        if head.entries == head.capacity() {
            // Before, not after: copying leaves no list more room than it had.
            self.tidy_pool();
            head = self.heads[parent as usize];
        }
        if head.entries == head.capacity() {
            self.heads[parent as usize].block = self.pool.moved(&head, Block::class(head.entries + 1));
            if let Some(mates) = mates
                && head.entries as usize + 1 >= LONG
                && self.ends.of(parent).is_none()
            {
                self.ends.keep(parent, self.pool.list(&self.heads[parent as usize]).iter(), mates);
            }
        }
        if let Some(mates) = mates.filter(|_| head.entries as usize >= LONG / 2) {
            self.ends.make_room(parent, mates.cell(child));
        }
    }

    /// Makes room for another cell of the other reference of a row that refers to this parent.
    pub fn make_room_for_end(&mut self, parent: Row, cell: u64) {
        self.ends.make_room(parent, cell);
    }

    /// A row refers to this parent from now on. There is room for it, or its stale entry is still there. O(1) for the
    /// youngest row, O(log n) for one whose stale entry is there, else O(n) to move those that are younger.
    pub fn enter(&mut self, parent: Row, child: Row, mates: Option<Parents>) {
        let head = &mut self.heads[parent as usize];
        let list = self.pool.list(head);
        let at = match list.len() {
            0 => 0,
            len if list.get(len - 1) < child => len,
            _ => match list.search(child) {
                Ok(at) => {
                    head.stale -= 1;
                    if let Some(mates) = mates {
                        self.ends.revive(parent, at, mates.cell(child));
                    }
                    return;
                }
                Err(at) => at,
            },
        };
        self.pool.insert(head, at, child);
        head.entries += 1;
        if let Some(mates) = mates.filter(|_| head.entries as usize > LONG / 2) {
            self.ends.insert(parent, at, mates.cell(child));
        }
    }

    /// Enters rows, which ascend and are younger than all others: dealt out to groups of parents first, so that what is
    /// written to is near what was written to before. O(rows + parents).
    pub fn enter_all(
        &mut self,
        parents: Parents,
        mates: Option<Parents>,
        rows: impl Iterator<Item = Row> + Clone,
        scratch: &mut Scratch,
    ) {
        for (parent, row) in looking(deal::by_group(parents, rows, scratch)) {
            self.make_room(parent, row, mates);
            self.enter(parent, row, mates);
        }
    }

    /// The rows from this one on, which are younger than all others, never referred to this parent.
    pub fn retract(&mut self, parent: Row, first: Row) {
        let Some(head) = self.heads.get_mut(parent as usize) else { return };
        while self.pool.list(head).iter().next_back().is_some_and(|last| last >= first) {
            head.entries -= 1;
        }
        self.ends.truncate(parent, head.entries as usize);
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
    pub fn leave(&mut self, parent: Row, child: Row, mates: Option<Parents>) -> bool {
        let head = &mut self.heads[parent as usize];
        head.stale += 1;
        if let Some(mates) = mates.filter(|_| head.entries as usize > LONG / 2) {
            self.ends.leave(parent, mates.cell(child));
        }
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
            room::if_any(|| head.block = self.pool.moved(head, class));
        }
        self.tidy_pool();
    }

    /// Copies the pool where a quarter of it is free. Copying costs the heads, too.
    fn tidy_pool(&mut self) {
        if self.pool.free > self.pool.rows.len() / 4 + self.heads.len() + 1024 {
            room::if_any(|| self.copy_pool(false));
        }
    }

    /// Builds the lists of a whole reference column from these rows of it, which ascend; `repeat` as [`deal::lists`] says.
    /// O(rows + parents).
    pub fn build(
        parents: Parents,
        mates: Option<Parents>,
        rows: impl Iterator<Item = Row> + Clone,
        scratch: &mut Scratch,
        repeat: Option<impl FnMut(Row, Row)>,
    ) -> Self {
        let Dealt { heads, rows, ends } = deal::lists(parents, mates, looking(rows), scratch, repeat);
        Inverse { heads, pool: Pool::of(rows), ends }
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
        let size = |head: &Head| match tight {
            true => (head.entries as usize).next_multiple_of(STEP),
            false => Block::size(Block::class(head.entries)) as usize,
        };
        let entries: usize = self.heads.iter().map(size).sum();
        let last = self.heads.iter().filter_map(|head| self.pool.list(head).iter().next_back()).max();
        let width = if tight { packed::bits } else { packed::roomy }(last.unwrap_or(0).into());
        let mut pool = Pool::of(Packed::with_capacity(entries, width));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::cells::column::Column;
    use crate::store::id::NO_ROW;
    use crate::store::value::Value;

    fn enter(inverse: &mut Inverse, parent: Row, child: Row) {
        inverse.make_room(parent, child, None);
        inverse.enter(parent, child, None);
    }

    #[test]
    fn a_stale_entry_is_found_again() {
        let mut inverse = Inverse::default();
        (0..10).for_each(|row| enter(&mut inverse, 3, row));
        assert!(!inverse.leave(3, 4, None));
        enter(&mut inverse, 3, 4);
        assert_eq!((inverse.len(3), inverse.stale(3)), (10, 0));
        assert!(inverse.entries(3).iter().eq(0..10));
    }

    #[test]
    fn an_older_row_takes_the_place_of_its_age() {
        let mut inverse = Inverse::default();
        for row in [2, 8, 5, 0, 9] {
            enter(&mut inverse, 0, row);
        }
        assert!(inverse.entries(0).iter().eq([0, 2, 5, 8, 9]));
    }

    #[test]
    fn endless_coming_and_going_runs_in_flat_memory() {
        let mut inverse = Inverse::default();
        let mut most = 0;
        for round in 0..2000u32 {
            for parent in 0..50 {
                enter(&mut inverse, parent, round);
                if round >= 20 && inverse.leave(parent, round - 20, None) {
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
        rows().filter(|&row| parents.of(row) != NO_ROW).for_each(|row| enter(&mut entered, parents.of(row), row));
        let mut built = Inverse::build(parents, None, rows(), &mut Scratch::new(), None::<fn(Row, Row)>);
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
        enter(&mut built, 7, 30_000);
        assert_eq!(built.entries(7).iter().next_back(), Some(30_000));
    }
}
