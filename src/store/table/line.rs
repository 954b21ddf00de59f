//! Lists of rows in which one can begin anywhere: all rows of a table, and those that refer to a parent.

use std::ops::Range;

use crate::store::id::{Id, Row};
use crate::store::index::pool::List;
use crate::store::stop::Pace;
use crate::store::table::Table;
use crate::store::table::blocks::BLOCK;

/// Rows in a line, ascending: one a slot, in some of which stands none that counts.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    table: &'a Table,
    slots: Slots<'a>,
    /// How many rows count.
    len: usize,
}

#[derive(Clone, Copy, Debug)]
enum Slots<'a> {
    /// All rows: each in the slot of its number.
    All,
    /// The entries of a parent's list.
    Of { field: usize, parent: Row, entries: List<'a> },
}

/// What is left to take of a line, and from which end.
#[derive(Clone, Debug)]
pub struct Run {
    slots: Range<usize>,
    is_reverse: bool,
}

impl Table {
    /// All live rows, in order of creation.
    pub fn line(&self) -> Line<'_> {
        Line { table: self, slots: Slots::All, len: self.len() }
    }

    /// The rows that refer to a parent, in order of creation.
    pub fn line_of(&self, field: usize, parent: Row) -> Line<'_> {
        let entries = self.inverse(field).map_or(List::empty(), |inverse| inverse.entries(parent));
        Line { table: self, slots: Slots::Of { field, parent, entries }, len: self.count(field, parent) }
    }
}

impl Run {
    /// Whether it goes towards the beginning.
    pub fn is_reverse(&self) -> bool {
        self.is_reverse
    }
}

impl Line<'_> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The id of one of its rows.
    pub fn id(&self, row: Row) -> Id {
        self.table.id(row)
    }

    fn slots(&self) -> usize {
        match self.slots {
            Slots::All => self.table.rows(),
            Slots::Of { entries, .. } => entries.len(),
        }
    }

    /// Whether a row stands in every slot: then the one at a place is in the slot of that number.
    pub fn is_whole(&self) -> bool {
        self.slots() == self.len
    }

    /// All of it.
    pub fn all(&self, is_reverse: bool) -> Run {
        Run { slots: 0..self.slots(), is_reverse }
    }

    /// What comes after the row with an id, or after where it would be, in the run's direction. O(log n).
    pub fn beyond(&self, id: Id, is_reverse: bool) -> Run {
        let id = if is_reverse { id } else { id.saturating_add(1) };
        let row = self.table.first_from(id);
        let slot = match self.slots {
            Slots::All => row as usize,
            Slots::Of { entries, .. } => entries.search(row).unwrap_or_else(|slot| slot),
        };
        let slots = if is_reverse { 0..slot.min(self.slots()) } else { slot.min(self.slots())..self.slots() };
        Run { slots, is_reverse }
    }

    /// The rows at these places, the first of which is there. O(log n); where rows left, O(slots to the nearer end).
    pub fn from(&self, place: usize) -> Run {
        Run { slots: self.slot(place)..self.slots(), is_reverse: false }
    }

    /// The slot of the row at a place; where there is none, the end.
    fn slot(&self, place: usize) -> usize {
        let end = self.slots();
        if place >= self.len {
            return end;
        }
        if self.is_whole() {
            return place;
        }
        let (before, after) = (place, self.len - 1 - place);
        match self.slots {
            Slots::All if before <= after => self.table.live_bits().nth_one(before).unwrap_or(end),
            Slots::All => self.table.live_bits().nth_last_one(after).unwrap_or(end),
            Slots::Of { field, parent, entries } => {
                let counts = |row: Row| self.table.refers(field, row, parent);
                let found = nth(entries, before.min(after), after < before, counts);
                found.unwrap_or(end)
            }
        }
    }

    /// Takes up to so many slots of a run, where a row stands in each of them.
    pub fn whole(&self, run: &mut Run, most: usize) -> Option<Range<usize>> {
        if !self.is_whole() {
            return None;
        }
        let (start, end) = (run.slots.start, run.slots.end);
        let most = most.min(end - start);
        let taken = if run.is_reverse { end - most..end } else { start..start + most };
        match run.is_reverse {
            true => run.slots.end = taken.start,
            false => run.slots.start = taken.end,
        }
        Some(taken)
    }

    /// The row in a slot.
    pub fn row(&self, slot: usize) -> Row {
        match self.slots {
            Slots::All => slot as Row,
            Slots::Of { entries, .. } => entries.get(slot),
        }
    }

    /// The rows in the slots from this one on.
    pub fn copy(&self, slot: usize, into: &mut [Row]) {
        match self.slots {
            Slots::All => (slot as Row..).zip(into).for_each(|(row, place)| *place = row),
            Slots::Of { entries, .. } => entries.copy(slot, into),
        }
    }

    /// Takes the next row of a run, with its slot. O(1), and O(slots that do not count, on the way to it).
    pub fn next(&self, run: &mut Run) -> Option<(usize, Row)> {
        loop {
            let slot = match (run.is_reverse, self.slots) {
                (false, Slots::All) => {
                    self.table.live_bits().next_one(run.slots.start).filter(|&at| at < run.slots.end)
                }
                (true, Slots::All) => {
                    self.table.live_bits().last_one(run.slots.end).filter(|&at| at >= run.slots.start)
                }
                (false, Slots::Of { .. }) => Some(run.slots.start).filter(|&at| at < run.slots.end),
                (true, Slots::Of { .. }) => run.slots.end.checked_sub(1).filter(|&at| at >= run.slots.start),
            };
            let Some(slot) = slot else {
                run.slots = 0..0;
                return None;
            };
            match run.is_reverse {
                false => run.slots.start = slot + 1,
                true => run.slots.end = slot,
            }
            match self.slots {
                Slots::All => return Some((slot, slot as Row)),
                Slots::Of { field, parent, entries } => {
                    let row = entries.get(slot);
                    if self.is_whole() || self.table.refers(field, row, parent) {
                        return Some((slot, row));
                    }
                }
            }
        }
    }
}

/// The slot of the entry that counts, after so many others, from the beginning of a list or its end. Blocks are counted first.
fn nth(entries: List, mut before: usize, is_reverse: bool, counts: impl Fn(Row) -> bool) -> Option<usize> {
    let (mut block, mut pace) = ([0; BLOCK], Pace::default());
    let blocks = entries.len().div_ceil(BLOCK);
    for at in 0..blocks {
        let start = if is_reverse { blocks - 1 - at } else { at } * BLOCK;
        let rows = &mut block[..BLOCK.min(entries.len() - start)];
        entries.copy(start, rows);
        let count = rows.iter().map(|&row| usize::from(counts(row))).sum();
        if before < count {
            let mut slots = (0..rows.len()).filter(|&slot| counts(rows[slot]));
            return slots.nth(if is_reverse { count - 1 - before } else { before }).map(|slot| start + slot);
        }
        before -= count;
        pace.steps(BLOCK);
    }
    None
}
