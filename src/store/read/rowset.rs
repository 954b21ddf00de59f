//! A set of rows of one table, as a list, a bitmap or a hash set: whichever is cheapest for its size.

use foldhash::HashSet;

use crate::store::cells::bits::Bits;
use crate::store::id::Row;

/// A set of rows of one table.
pub enum RowSet {
    /// So few that looking through them is quickest.
    Few(Vec<Row>),
    /// One bit a row of the table.
    Bits(Bits),
    /// Where the bitmap would be mostly zeros.
    Hashed(HashSet<Row>),
}

impl RowSet {
    /// An empty set for about so many rows of a table with `universe` rows.
    pub fn new(universe: usize, expected: usize) -> Self {
        // A bitmap costs its zeros, a hashed row about as much as 256 of them.
        match universe / 256 <= expected {
            true => RowSet::Bits(Bits::zeros(universe)),
            false => RowSet::Hashed(HashSet::with_capacity_and_hasher(expected, Default::default())),
        }
    }

    /// Adds a row; whether it is new.
    #[inline]
    pub fn insert(&mut self, row: Row) -> bool {
        match self {
            RowSet::Bits(bits) => !bits.set(row as usize, true),
            RowSet::Hashed(rows) => rows.insert(row),
            RowSet::Few(rows) if rows.contains(&row) => false,
            RowSet::Few(rows) => {
                rows.push(row);
                true
            }
        }
    }

    /// Whether a row is in it.
    #[inline]
    pub fn has(&self, row: Row) -> bool {
        match self {
            RowSet::Bits(bits) => bits.get(row as usize),
            RowSet::Hashed(rows) => rows.contains(&row),
            RowSet::Few(rows) => rows.contains(&row),
        }
    }
}

/// The rows without repeats, each at its first place.
pub fn distinct(rows: &mut Vec<Row>, universe: usize) {
    let mut seen = RowSet::new(universe, rows.len());
    rows.retain(|&row| seen.insert(row));
}
