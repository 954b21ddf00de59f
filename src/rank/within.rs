//! Rows that alone may be recommended.

use crate::store::cells::bits::Bits;
use crate::store::id::Row;

/// A set of rows of one table, to walk over or to ask.
#[derive(Debug)]
pub struct Within {
    rows: Vec<Row>,
    bits: Bits,
}

impl Within {
    /// These rows, each given once, of a table with `universe`.
    pub fn new(rows: Vec<Row>, universe: usize) -> Self {
        let mut bits = Bits::zeros(universe);
        rows.iter().for_each(|&row| _ = bits.set(row as usize, true));
        Within { rows, bits }
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether a row is one of them. O(1).
    pub fn has(&self, row: Row) -> bool {
        self.bits.get(row as usize)
    }
}
