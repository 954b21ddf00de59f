//! Reading lists in blocks: numbers are unpacked in a loop that knows their width, and what is done with them is a
//! second loop that knows nothing of lists.

use std::ops::Range;
use std::sync::Arc;

use crate::store::cells::bits::Bits;
use crate::store::id::{Id, Row};
use crate::store::room;
use crate::store::stop::Pace;
use crate::store::table::Table;

/// Rows a block: few enough to stay in a core's first cache.
pub(super) const BLOCK: usize = 256;

/// A set may have so many bits for each row in it: sixteen bytes. To count what two such share is then no slower than to
/// read the list.
const WORTH: usize = 128;

impl Table {
    /// The rows that refer to a parent, in order of creation, in blocks.
    pub fn children_in_blocks(&self, field: usize, parent: Row, mut visit: impl FnMut(&[Row])) {
        let Some(inverse) = self.inverse(field) else { return };
        let (entries, clean) = (inverse.entries(parent), inverse.stale(parent) == 0);
        let (mut block, mut pace) = ([0; BLOCK], Pace::default());
        for places in blocks(entries.len()) {
            let (mut len, count) = (places.len(), places.len());
            entries.copy(places.start, &mut block[..count]);
            if !clean {
                len = 0;
                for at in 0..count {
                    block[len] = block[at];
                    len += usize::from(self.refers(field, block[at], parent));
                }
            }
            visit(&block[..len]);
            pace.steps(BLOCK);
        }
    }

    /// The rows that another reference, `mate`, of these rows leads to, in blocks. None of the cells may be empty.
    pub fn ends_in_blocks(&self, field: usize, mate: usize, parent: Row, mut visit: impl FnMut(&[Row])) {
        let kept = self.inverse(field).filter(|inverse| inverse.stale(parent) == 0 && self.mate(field) == Some(mate));
        let (mut block, mut pace) = ([0; BLOCK], Pace::default());
        let Some(ends) = kept.and_then(|inverse| inverse.ends(parent)) else {
            let mates = self.column(mate).parents();
            return self.children_in_blocks(field, parent, |rows| {
                block.iter_mut().zip(rows).for_each(|(end, &row)| *end = mates.of(row));
                visit(&block[..rows.len()]);
            });
        };
        for places in blocks(ends.len()) {
            let rows = &mut block[..places.len()];
            // A cell is one more than the row.
            ends.unpack(places.start, 1, rows);
            visit(rows);
            pace.steps(BLOCK);
        }
    }

    /// Appends the rows that refer to a parent to a list, in order of creation.
    pub fn add_children(&self, field: usize, parent: Row, rows: &mut Vec<Row>) {
        let Some(inverse) = self.inverse(field) else { return };
        let (entries, from) = (inverse.entries(parent), rows.len());
        lengthen(rows, entries.len());
        entries.copy(0, &mut rows[from..]);
        if inverse.stale(parent) > 0 {
            let mut len = from;
            for at in from..rows.len() {
                rows[len] = rows[at];
                len += usize::from(self.refers(field, rows[at], parent));
            }
            rows.truncate(len);
        }
    }

    /// Appends the rows that another reference, `mate`, of these rows leads to. None of the cells may be empty.
    pub fn add_ends(&self, field: usize, mate: usize, parent: Row, rows: &mut Vec<Row>) {
        let (kept, from) = (self.inverse(field).filter(|inverse| inverse.stale(parent) == 0), rows.len());
        let kept = kept.filter(|_| self.mate(field) == Some(mate)).and_then(|inverse| inverse.ends(parent));
        match kept {
            Some(ends) => {
                lengthen(rows, ends.len());
                // A cell is one more than the row.
                ends.unpack(0, 1, &mut rows[from..]);
            }
            None => {
                self.add_children(field, parent, rows);
                let mates = self.column(mate).parents();
                rows[from..].iter_mut().for_each(|row| *row = mates.of(*row));
            }
        }
    }

    /// The rows that [`ends_in_blocks`](Self::ends_in_blocks) visits as a set, where one is kept beside the list. The two
    /// references must be a unique pair. O(1).
    pub fn kept_marks(&self, field: usize, mate: usize, parent: Row) -> Option<Arc<Bits>> {
        let inverse = self.inverse(field).filter(|_| self.mate(field) == Some(mate))?;
        inverse.marks(parent)?.kept()
    }

    /// As [`kept_marks`](Self::kept_marks); it is made where it was asked for before and a set of `universe` rows pays for
    /// its bytes.
    pub fn marks(&self, field: usize, mate: usize, parent: Row, universe: usize) -> Option<Arc<Bits>> {
        let inverse = self.inverse(field).filter(|_| self.mate(field) == Some(mate))?;
        // Room for rows that come.
        let (len, universe) = (inverse.len(parent), universe + universe / 32 + 64);
        if len * WORTH < universe || !inverse.has_room_for_marks(universe / 8) {
            return self.kept_marks(field, mate, parent);
        }
        let make = || {
            let mut bits = Bits::zeros(universe);
            self.ends_in_blocks(field, mate, parent, |rows| rows.iter().for_each(|&row| bits.raise(row as usize)));
            bits
        };
        inverse.marks(parent)?.asked(make, || inverse.note_marks(universe / 8))
    }

    /// What each row's id is more than the row, where that is the same for all: until the first squeeze. O(1).
    pub fn offset(&self) -> Option<Id> {
        self.ids.offset()
    }
}

/// Makes a list longer by so many rows, of unspecified value.
fn lengthen(rows: &mut Vec<Row>, more: usize) {
    room::spare_for(rows, more);
    rows.resize(rows.len() + more, 0);
}

/// The places of a list, a block at a time.
fn blocks(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(BLOCK).map(move |start| start..len.min(start + BLOCK))
}
