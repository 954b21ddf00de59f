//! Key to row, derived from the key's columns.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::column::Column;
use super::id::Row;
use super::value::Value;

/// The live rows by the values of one field or of a tuple of fields. No two have the same; rows with a none among
/// them are not in it. Keys are hashed and compared in the columns, so only row numbers are stored.
#[derive(Debug)]
pub struct Unique {
    /// The fields of the key, in the order of their declaration.
    pub fields: Box<[usize]>,
    rows: HashTable<Row>,
    hasher: RandomState,
}

impl Unique {
    /// An empty index over these fields.
    pub fn new(fields: Box<[usize]>) -> Self {
        Unique { fields, rows: HashTable::new(), hasher: RandomState::default() }
    }

    /// The row that has these values, one a field of the key. O(1).
    pub fn find(&self, columns: &[Column], key: &[&Value]) -> Option<Row> {
        let mut state = self.hasher.build_hasher();
        for value in key {
            if value.is_none() {
                return None;
            }
            value.hash(&mut state);
        }
        let same = |&row: &Row| self.fields.iter().zip(key).all(|(&field, &value)| columns[field].holds(row, value));
        self.rows.find(state.finish(), same).copied()
    }

    /// A row counts from now on; no other has its key. O(1) amortised.
    pub fn enter(&mut self, columns: &[Column], row: Row) {
        if self.fields.iter().any(|&field| columns[field].is_none(row)) {
            return;
        }
        let hash = |&row: &Row| hash(&self.hasher, &self.fields, columns, row);
        self.rows.insert_unique(hash(&row), row, hash);
    }

    /// A row counts no longer. O(1).
    pub fn leave(&mut self, columns: &[Column], row: Row) {
        let hash = hash(&self.hasher, &self.fields, columns, row);
        if let Ok(entry) = self.rows.find_entry(hash, |&other| other == row) {
            entry.remove();
        }
        // Far too large for what is left: half of it goes.
        if self.rows.capacity() > 64 && self.rows.len() < self.rows.capacity() / 8 {
            self.rows.shrink_to(self.rows.capacity() / 2, |row| self::hash(&self.hasher, &self.fields, columns, *row));
        }
    }

    /// Enters all these rows into an empty index; gives back the first two with the same key. O(rows).
    pub fn build(&mut self, columns: &[Column], rows: impl Iterator<Item = Row>) -> Result<(), (Row, Row)> {
        self.rows.clear();
        for row in rows {
            let key: Vec<Value> = self.fields.iter().map(|&field| columns[field].get(row)).collect();
            if let Some(other) = self.find(columns, &key.iter().collect::<Vec<_>>()) {
                return Err((other, row));
            }
            self.enter(columns, row);
        }
        Ok(())
    }

    /// How many rows are in it.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.rows.allocation_size()
    }

    /// Gives back what the heap holds beyond the rows.
    pub fn shrink(&mut self, columns: &[Column]) {
        self.rows.shrink_to_fit(|&row| hash(&self.hasher, &self.fields, columns, row));
    }
}

/// The hash of a row's key; equal to that of the same values outside the columns.
fn hash(hasher: &RandomState, fields: &[usize], columns: &[Column], row: Row) -> u64 {
    let mut state = hasher.build_hasher();
    fields.iter().for_each(|&field| columns[field].hash(row, &mut state));
    state.finish()
}

#[cfg(test)]
mod tests {
    use super::super::value::Type;
    use super::*;

    #[test]
    fn a_key_with_a_none_is_never_found() {
        let mut columns = [Column::new(Type::Int, true)];
        columns[0].push(&Value::None);
        columns[0].push(&Value::Int(3));
        let mut index = Unique::new(Box::new([0]));
        assert_eq!(index.build(&columns, 0..2), Ok(()));
        assert_eq!((index.len(), index.find(&columns, &[&Value::None])), (1, None));
        assert_eq!(index.find(&columns, &[&Value::Int(3)]), Some(1));
        index.leave(&columns, 1);
        assert_eq!(index.find(&columns, &[&Value::Int(3)]), None);
    }
}
