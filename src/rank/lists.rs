//! All links in plain lists, for a batch of questions. [`batch`](crate::rank::batch) makes them.

use crate::store::id::Row;
use crate::store::room;

/// What each row is linked with, from both sides: 4 bytes a link and side, and 4 a row.
#[derive(Debug)]
pub struct Lists {
    /// From owners to members.
    pub down: Side,
    /// From members to owners.
    pub up: Side,
}

/// The lists of one side, in parts of [`PART`] rows.
#[derive(Debug)]
pub struct Side(pub Vec<Part>);

/// Rows whose lists lie together.
#[derive(Debug)]
pub struct Part {
    /// Where each row's list ends; the first begins at 0.
    ends: Vec<u32>,
    rows: Vec<Row>,
}

/// How many rows a part is of, but for the last.
pub const PART: usize = 1 << 10;

impl Side {
    /// What a row is linked with.
    #[inline]
    pub fn list(&self, row: Row) -> &[Row] {
        self.0.get(row as usize / PART).map_or(&[], |part| part.list(row as usize % PART))
    }

    /// Visits all rows and what they are linked with, in their order.
    pub fn each(&self, mut visit: impl FnMut(Row, &[Row])) {
        for (at, part) in self.0.iter().enumerate() {
            (0..part.ends.len()).for_each(|row| visit((at * PART + row) as Row, part.list(row)));
        }
    }
}

impl Part {
    /// Without lists yet, with room for so many of so many rows in all.
    pub fn with_capacity(lists: usize, rows: usize) -> Self {
        let mut part = Part { ends: Vec::new(), rows: Vec::new() };
        room::reserve(&mut part.ends, lists);
        room::reserve(&mut part.rows, rows);
        part
    }

    /// Appends to the list that is not ended yet.
    #[inline]
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Ends a list.
    pub fn end(&mut self) {
        self.ends.push(self.rows.len() as u32);
    }

    #[inline]
    fn list(&self, row: usize) -> &[Row] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.rows[start as usize..self.ends[row] as usize]
    }
}
