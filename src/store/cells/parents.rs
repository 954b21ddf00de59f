//! What stands in the cells of a reference: one more than the parent's row, so that 0 is no row.

use std::ops::Range;

use crate::store::cells::packed::Packed;
use crate::store::id::{NO_ROW, Row};
use crate::store::room;

/// The cells of a reference column.
#[derive(Clone, Copy, Debug)]
pub struct Parents<'a>(pub(super) &'a Packed);

impl Parents<'_> {
    /// The row that a row refers to, or [`NO_ROW`]. O(1).
    #[inline]
    pub fn of(self, row: Row) -> Row {
        parent(self.0, row)
    }

    /// The rows that these rows refer to, or [`NO_ROW`], into a list that is emptied first.
    #[inline]
    pub fn read(self, rows: Range<usize>, into: &mut Vec<Row>) {
        into.clear();
        room::reserve(into, rows.len());
        // 0, for nothing, becomes `NO_ROW`.
        self.0.each(rows, |cell| into.push((cell as Row).wrapping_sub(1)));
    }

    /// No cell is larger. O(1).
    pub fn largest(self) -> u64 {
        self.0.largest()
    }

    /// What stands in the cell: one more than that row, or 0. O(1).
    #[inline]
    pub fn cell(self, row: Row) -> u64 {
        self.0.get(row as usize)
    }
}

/// The row that a cell refers to, or [`NO_ROW`].
pub(super) fn parent(cells: &Packed, row: Row) -> Row {
    // 0, for nothing, becomes `NO_ROW`.
    (cells.get(row as usize) as Row).wrapping_sub(1)
}

/// A reference cell after a squeeze of the model it refers to.
pub fn renumbered(cell: u64, new: &[Row]) -> u64 {
    let row = new.get((cell as Row).wrapping_sub(1) as usize).copied().unwrap_or(NO_ROW);
    number(row)
}

/// What stands in a reference cell for a row.
pub fn number(row: Row) -> u64 {
    row.wrapping_add(1).into()
}
