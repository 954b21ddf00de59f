//! Reading lists in blocks: numbers are unpacked in a loop that knows their width, and what is done with them is a
//! second loop that knows nothing of lists.

use std::ops::Range;

use crate::store::id::{Id, Row};
use crate::store::room;
use crate::store::stop::{Pace, looking};
use crate::store::table::Table;

/// Rows a block: few enough to stay in a core's first cache.
const BLOCK: usize = 256;

impl Table {
    /// The rows that refer to a parent, in order of creation, in blocks.
    pub fn children_in_blocks(&self, field: usize, parent: Row, mut visit: impl FnMut(&[Row])) {
        let Some(inverse) = self.inverse(field) else { return };
        let (entries, clean) = (inverse.entries(parent), inverse.stale(parent) == 0);
        let (mut block, mut pace) = ([0; BLOCK], Pace::default());
        for places in blocks(entries.len()) {
            let mut len = 0;
            entries.each(places, |row| {
                block[len % BLOCK] = row;
                len += usize::from(clean || self.refers(field, row, parent));
            });
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
            let mut len = 0;
            ends.each(places, |cell| {
                // A cell is one more than the row.
                block[len % BLOCK] = (cell as Row).wrapping_sub(1);
                len += 1;
            });
            visit(&block[..len]);
            pace.steps(BLOCK);
        }
    }

    /// The ids of rows.
    pub fn ids(&self, rows: &[Row]) -> Vec<Id> {
        let mut ids = Vec::new();
        room::reserve(&mut ids, rows.len());
        match self.ids.offset() {
            Some(offset) => ids.extend(rows.iter().map(|&row| offset + Id::from(row))),
            None => looking(rows).for_each(|&row| ids.push(self.id(row))),
        }
        ids
    }
}

/// The places of a list, a block at a time.
fn blocks(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(BLOCK).map(move |start| start..len.min(start + BLOCK))
}
