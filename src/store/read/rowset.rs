//! A set of rows of one table, as a list, a bitmap or a hash set: whichever is cheapest for its size.

use std::sync::Arc;

use foldhash::HashSet;

use crate::store::cells::bits::Bits;
use crate::store::id::Row;
use crate::store::room;

/// As many rows are looked up before those that count are copied.
const BLOCK: usize = 256;

/// A set of rows of one table.
pub enum RowSet {
    /// So few that looking through them is quickest.
    Few(Vec<Row>),
    /// One bit a row of the table.
    Bits(Bits),
    /// What is kept beside a list; to add rows is to copy it.
    Kept(Arc<Bits>),
    /// Where the bitmap would be mostly zeros.
    Hashed(HashSet<Row>),
}

impl RowSet {
    /// An empty set for about so many rows of a table with `universe` rows.
    pub fn new(universe: usize, expected: usize) -> Self {
        // A bitmap costs its zeros, a hashed row about as much as 4096 of them.
        match universe / 4096 <= expected {
            true => RowSet::Bits(Bits::zeros(universe)),
            false => RowSet::Hashed(HashSet::with_capacity_and_hasher(expected, Default::default())),
        }
    }

    /// Adds a row; whether it is new.
    #[inline]
    pub fn insert(&mut self, row: Row) -> bool {
        match self {
            RowSet::Bits(bits) => !bits.set(row as usize, true),
            RowSet::Kept(bits) => !Arc::make_mut(bits).set(row as usize, true),
            RowSet::Hashed(rows) => rows.insert(row),
            RowSet::Few(rows) if rows.contains(&row) => false,
            RowSet::Few(rows) => {
                rows.push(row);
                true
            }
        }
    }

    /// Makes a set that came to have more rows than was thought what it would be, had that been known.
    pub fn widen(&mut self, universe: usize) {
        if let RowSet::Hashed(rows) = self
            && universe / 4096 <= rows.len()
        {
            let mut bits = Bits::zeros(universe);
            rows.iter().for_each(|&row| bits.raise(row as usize));
            *self = RowSet::Bits(bits);
        }
    }

    /// Adds rows.
    pub fn add(&mut self, rows: &[Row]) {
        match self {
            RowSet::Bits(bits) => rows.iter().for_each(|&row| bits.raise(row as usize)),
            _ => rows.iter().for_each(|&row| _ = self.insert(row)),
        }
    }

    /// How many of these rows are in it.
    pub fn count(&self, rows: &[Row]) -> usize {
        match self {
            RowSet::Bits(bits) => count(bits, rows),
            RowSet::Kept(bits) => count(bits, rows),
            _ => rows.iter().filter(|&&row| self.has(row)).count(),
        }
    }

    /// Appends those of these rows that are in it, or are not.
    pub fn keep(&self, rows: &[Row], inside: bool, kept: &mut Vec<Row>) {
        match self {
            RowSet::Bits(bits) => keep(bits, rows, inside, kept),
            RowSet::Kept(bits) => keep(bits, rows, inside, kept),
            _ => rows.iter().filter(|&&row| self.has(row) == inside).for_each(|&row| room::push(kept, row)),
        }
    }

    /// Whether a row is in it.
    #[inline]
    pub fn has(&self, row: Row) -> bool {
        match self {
            RowSet::Bits(bits) => bits.get(row as usize),
            RowSet::Kept(bits) => bits.get(row as usize),
            RowSet::Hashed(rows) => rows.contains(&row),
            RowSet::Few(rows) => rows.contains(&row),
        }
    }
}

fn count(bits: &Bits, rows: &[Row]) -> usize {
    rows.iter().map(|&row| bits.one(row as usize) as usize).sum()
}

/// Each row is written, and stays where it counts: a branch that nobody can predict costs more.
fn keep(bits: &Bits, rows: &[Row], inside: bool, kept: &mut Vec<Row>) {
    let (mut some, out) = ([0; BLOCK], u64::from(!inside));
    for rows in rows.chunks(BLOCK) {
        let mut len = 0;
        for &row in rows {
            some[len % BLOCK] = row;
            len += (bits.one(row as usize) ^ out) as usize;
        }
        room::reserve(kept, kept.len() + len);
        kept.extend_from_slice(&some[..len]);
    }
}

/// The rows without repeats, each at its first place.
pub fn distinct(rows: &mut Vec<Row>, universe: usize) {
    let mut seen = RowSet::new(universe, rows.len());
    rows.retain(|&row| seen.insert(row));
}
