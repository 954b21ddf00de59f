//! How the links of a path are read from either side, as they are stored.

use crate::rank::longer::Longer;
use crate::store::id::Row;
use crate::store::room;
use crate::store::stop;
use crate::store::table::Table;

/// What is read.
#[derive(Clone, Copy)]
pub enum Way<'a> {
    /// The join rows.
    Join(&'a Table),
    /// By walking.
    Longer(&'a Longer<'a>),
}

/// One direction of the links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// The reference to where one comes from.
    pub from: usize,
    /// The reference to where they lead.
    pub to: usize,
    /// Whether every join row counts: no pair has two, and each leads somewhere.
    pub exact: bool,
    /// Whether it leads from the path's owners to its members.
    pub is_down: bool,
}

/// As many join rows are read at a time: two lists of them stay in the processor's nearest memory.
const BLOCK: usize = 1 << 11;

impl Way<'_> {
    /// What a row is linked with, each once: in the order of the links if every join row counts, else ascending. It is read before
    /// anything is done with it: reading jumps about in a column, and in a loop of its own the processor has many of
    /// these reads under way at once.
    #[inline]
    pub fn gather(self, side: Direction, row: Row, buffer: &mut Vec<Row>) {
        let table = match self {
            Way::Join(table) => table,
            Way::Longer(path) => return path.read(side.is_down, row, buffer),
        };
        buffer.clear();
        let ends = table.ends(side.from, side.to, row);
        if side.exact {
            // No end is 0, which would be none.
            room::reserve(buffer, table.entries(side.from, row));
            return ends.for_each(|end| buffer.push(end as Row - 1));
        }
        buffer.extend(ends.filter(|&end| end > 0).map(|end| end as Row - 1));
        buffer.sort_unstable();
        buffer.dedup();
    }

    /// As [`gather`](Self::gather), of what stands at some places of a row's list only.
    pub fn some(self, side: Direction, row: Row, places: impl Iterator<Item = usize>, buffer: &mut Vec<Row>) {
        match self {
            Way::Join(table) => {
                buffer.clear();
                let ends = table.ends_at(side.from, side.to, row, places);
                buffer.extend(ends.filter(|&end| end > 0).map(|end| end as Row - 1));
                if !side.exact {
                    buffer.sort_unstable();
                    buffer.dedup();
                }
            }
            Way::Longer(path) => {
                path.read(side.is_down, row, buffer);
                *buffer = places.map_while(|place| buffer.get(place).copied()).collect();
            }
        }
    }

    /// How many join rows reading a row's links looks at; on a longer path how many it is linked with, so that a part of them is
    /// the same whether they are walked or in lists. O(1), but where they are walked.
    #[inline]
    pub fn reads(self, side: Direction, row: Row) -> usize {
        match self {
            Way::Join(table) => table.entries(side.from, row),
            Way::Longer(path) => path.degree(side.is_down, row),
        }
    }

    /// How many of these count. O(1), but where they are walked.
    pub fn join_rows(self, side: Direction, row: Row) -> usize {
        match self {
            Way::Join(table) => table.count(side.from, row),
            Way::Longer(path) => path.degree(side.is_down, row),
        }
    }

    /// How many a row is linked with, where that is known.
    #[inline]
    pub fn exactly(self, side: Direction, row: Row) -> Option<usize> {
        match self {
            Way::Join(table) if side.exact => Some(table.count(side.from, row)),
            Way::Join(_) | Way::Longer(_) => None,
        }
    }

    /// How many join rows there are, or rows on a longer path. O(1).
    pub fn count(self) -> usize {
        match self {
            Way::Join(table) => table.len(),
            Way::Longer(path) => path.rows(),
        }
    }

    /// [`count`](Self::count), and rows that are gone, which are read over. O(1).
    pub fn rows(self) -> usize {
        match self {
            Way::Join(table) => table.rows(),
            Way::Longer(path) => path.rows(),
        }
    }

    /// Both ends of each row that makes a pair, where links are walked and such rows are of one pair each.
    pub fn pairs(self) -> Option<(Vec<Row>, Vec<Row>)> {
        match self {
            Way::Longer(path) => path.pairs(),
            Way::Join(_) => None,
        }
    }

    /// Visits both ends of all join rows, in their order, block by block: two lists of one length. It is looked whether the call
    /// should end. Nothing where links are walked.
    pub fn blocks(self, side: Direction, mut visit: impl FnMut(&[Row], &[Row])) {
        let Way::Join(table) = self else { return };
        let (owners, members) = (table.column(side.from).parents(), table.column(side.to).parents());
        let (mut some, mut others, all_live) = (Vec::new(), Vec::new(), table.len() == table.rows());
        for start in (0..table.rows()).step_by(BLOCK) {
            if start.is_multiple_of(stop::ROWS) {
                stop::look();
            }
            let rows = start..(start + BLOCK).min(table.rows());
            owners.read(rows.clone(), &mut some);
            members.read(rows.clone(), &mut others);
            if !all_live {
                for list in [&mut some, &mut others] {
                    let mut row = rows.start as Row..;
                    list.retain(|_| row.next().is_some_and(|row| table.lives(row)));
                }
            }
            visit(&some, &others);
        }
    }
}
