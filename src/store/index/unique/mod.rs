//! Key to row, derived from the key's columns. `fill` enters many rows at once, `size` says how many slots there are.

mod fill;
mod size;

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;

use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::cells::parents::number;
use crate::store::id::{NO_ROW, Row};
use crate::store::parallel::Scratch;
use crate::store::room;
use crate::store::value::Value;

/// The live rows by the values of one field or of a tuple of fields. No two have the same; rows with a none among
/// them are not in it.
///
/// An open-addressing table of any size, probed linearly. Keys are hashed and compared in the columns, so a slot holds
/// only the row and, in the bits that are left, a tag: some bits of the key's hash, by which a probe passes over most
/// rows of other keys without looking at their cells.
#[derive(Debug)]
pub struct Unique {
    /// The fields of the key, in the order of their declaration.
    pub fields: Box<[usize]>,
    /// `empty`, `gone`, or a tag above `row_bits` bits of a row.
    slots: Packed,
    row_bits: u32,
    tag_bits: u32,
    /// All bits: nothing was ever here, and a probe ends.
    empty: u64,
    /// Slots with a row.
    len: usize,
    /// Slots whose row left: one less than `empty`, and a probe goes on.
    gone: usize,
    hasher: RandomState,
    /// So many rows, the first of the table, are still to be entered, and nothing is asked or changed before.
    pending: usize,
}

/// Where a row is to be entered, and the hash of its key.
#[derive(Clone, Copy, Debug)]
pub struct Vacant {
    slot: usize,
    hash: u64,
}

impl Vacant {
    /// Not known: to be sought again.
    pub const UNKNOWN: Vacant = Vacant { slot: usize::MAX, hash: 0 };
}

/// Slots that are filled together in a bulk build: few enough to stay in a core's cache.
const PART: usize = 1 << 15;

impl Unique {
    /// An empty index over these fields.
    pub fn new(fields: Box<[usize]>) -> Self {
        let (slots, hasher) = (Packed::default(), RandomState::default());
        Unique { fields, slots, row_bits: 0, tag_bits: 0, empty: 0, len: 0, gone: 0, hasher, pending: 0 }
    }

    /// As [`build`](Self::build) of the first so many rows, no two of which have one key, but it is only built when it is
    /// [settled](Self::settle).
    pub fn pending(fields: Box<[usize]>, rows: usize) -> Self {
        Unique { pending: rows, ..Self::new(fields) }
    }

    /// Whether it is still to be built.
    #[inline]
    pub fn is_pending(&self) -> bool {
        self.pending > 0
    }

    /// Of an index that is still to be built: for the first so many rows.
    pub fn wait_for(&mut self, rows: usize) {
        debug_assert!(self.pending > 0 && self.pending <= rows);
        self.pending = rows;
    }

    /// Builds it, if it is still to be built. O(rows) then.
    #[inline]
    pub fn settle(&mut self, columns: &[Column], scratch: &mut Scratch) {
        if self.is_pending() {
            self.settle_pending(columns, scratch);
        }
    }

    #[cold]
    fn settle_pending(&mut self, columns: &[Column], scratch: &mut Scratch) {
        let (fields, rows) = (self.fields.clone(), 0..self.pending as Row);
        *self = Self::build(fields, columns, rows, scratch, |_, _| ());
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
        let same = |row: Row| self.fields.iter().zip(key).all(|(&field, &value)| columns[field].holds(row, value));
        self.probe(state.finish(), same).ok().map(|slot| self.row(self.slots.get(slot)))
    }

    /// The row whose two references, which are the key, lead to these rows. O(1).
    #[inline]
    pub fn find_pair(&self, columns: &[Column], key: [Row; 2]) -> Option<Row> {
        self.seek_pair(columns, key).ok()
    }

    /// As [`find_pair`](Self::find_pair); or where a row with that key is to be [`put`](Self::put), as long as nothing
    /// changes.
    #[inline]
    pub fn seek_pair(&self, columns: &[Column], [a, b]: [Row; 2]) -> Result<Row, Vacant> {
        let (one, two) = (columns[self.fields[0]].parents(), columns[self.fields[1]].parents());
        let hash = pair_hash(&self.hasher, a, b);
        let (a, b) = (number(a), number(b));
        let same = |row| one.cell(row) == a && two.cell(row) == b;
        match self.probe(hash, same) {
            Ok(slot) => Ok(self.row(self.slots.get(slot))),
            Err(slot) => Err(Vacant { slot, hash }),
        }
    }

    /// A row counts from now on, in the place that [`seek_pair`](Self::seek_pair) told. There is room.
    pub fn put(&mut self, Vacant { slot, hash }: Vacant, row: Row) {
        self.gone -= usize::from(self.slots.get(slot) != self.empty);
        self.slots.set(slot, self.slot(hash, row));
        self.len += 1;
    }

    /// The row that has the key of this one, which is not in the index. O(1).
    pub fn find_like(&self, columns: &[Column], row: Row) -> Option<Row> {
        let same = |other| self.fields.iter().all(|&field| columns[field].is_same(row, other));
        self.probe(self.hash(columns, row)?, same).ok().map(|slot| self.row(self.slots.get(slot)))
    }

    /// For each row of other columns, one a field of the key, the row that has the same values, or `NO_ROW`. O(rows).
    pub fn find_all(&self, columns: &[Column], key: &[&Column]) -> Vec<Row> {
        let find = |other: Row| {
            let mut state = self.hasher.build_hasher();
            for column in key {
                if column.is_none(other) {
                    return NO_ROW;
                }
                column.hash(other, &mut state);
            }
            let cells = self.fields.iter().zip(key);
            let same = |row: Row| cells.clone().all(|(&field, key)| columns[field].holds(row, &key.get(other)));
            self.probe(state.finish(), same).map_or(NO_ROW, |slot| self.row(self.slots.get(slot)))
        };
        room::collected((0..key.first().map_or(0, |column| column.len()) as Row).map(find))
    }

    /// A row counts from now on; no other has its key. O(1) amortised.
    pub fn enter(&mut self, columns: &[Column], row: Row) {
        self.make_room(columns, 1, row);
        self.reenter(columns, row);
    }

    /// A row that has just left counts again: its place is still there.
    pub fn reenter(&mut self, columns: &[Column], row: Row) {
        let Some(hash) = self.hash(columns, row) else { return };
        let mut slot = self.home(hash);
        while self.slots.get(slot) < self.empty - 1 {
            slot = self.next(slot);
        }
        self.put(Vacant { slot, hash }, row);
    }

    /// A row counts no longer. O(1) amortised.
    pub fn leave(&mut self, columns: &[Column], row: Row) {
        let Some(hash) = self.hash(columns, row) else { return };
        let Ok(slot) = self.probe(hash, |other| other == row) else { return };
        self.slots.set(slot, self.empty - 1);
        self.len -= 1;
        self.gone += 1;
        // Far too large for what is left.
        if self.slots.len() > 64 && self.len < self.slots.len() / 8 {
            room::if_any(|| self.resize(columns, self.len * 2 + 8, 0, false));
        }
    }

    /// How many rows are in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.slots.bytes()
    }

    /// Where a key's row is, or the slot it should take.
    fn probe(&self, hash: u64, same: impl Fn(Row) -> bool) -> Result<usize, usize> {
        if self.slots.is_empty() {
            assert!(!self.is_pending(), "asked before it was built");
            return Err(0);
        }
        self.probe_from(self.home(hash), self.tag(hash), same)
    }

    #[inline]
    fn probe_from(&self, home: usize, tag: u64, same: impl Fn(Row) -> bool) -> Result<usize, usize> {
        let (mut slot, mut free) = (home, None);
        loop {
            let found = self.slots.get(slot);
            if found >= self.empty - 1 {
                if found == self.empty {
                    return Err(free.unwrap_or(slot));
                }
                free.get_or_insert(slot);
            } else if found >> self.row_bits == tag && same(self.row(found)) {
                return Ok(slot);
            }
            slot = self.next(slot);
        }
    }

    /// The slot where a probe goes on.
    #[inline]
    fn next(&self, slot: usize) -> usize {
        if slot + 1 == self.slots.len() { 0 } else { slot + 1 }
    }

    /// The slot where the probe for a key begins. The upper half of the hash decides.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.slots.len() as u64) >> 32) as usize
    }

    #[inline]
    fn tag(&self, hash: u64) -> u64 {
        hash & ((1 << self.tag_bits) - 1)
    }

    fn slot(&self, hash: u64, row: Row) -> u64 {
        (self.tag(hash) << self.row_bits) | (u64::from(row))
    }

    fn row(&self, slot: u64) -> Row {
        (slot & ((1 << self.row_bits) - 1)) as Row
    }

    fn hash(&self, columns: &[Column], row: Row) -> Option<u64> {
        hash(&self.hasher, &self.fields, columns, row)
    }
}

/// The hash of a key of two references.
#[inline]
fn pair_hash(hasher: &RandomState, a: Row, b: Row) -> u64 {
    let mut state = hasher.build_hasher();
    state.write_u32(a);
    state.write_u32(b);
    state.finish()
}

/// The hash of a row's key, equal to that of the same values outside the columns; nothing for a key with a none.
fn hash(hasher: &RandomState, fields: &[usize], columns: &[Column], row: Row) -> Option<u64> {
    let mut state = hasher.build_hasher();
    for &field in fields {
        if columns[field].is_none(row) {
            return None;
        }
        columns[field].hash(row, &mut state);
    }
    Some(state.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::Storage;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn ints(values: &[Option<i64>]) -> [Column; 1] {
        let mut column = Column::new(Storage::Int64, true);
        values.iter().for_each(|value| column.push(&value.map_or(Value::None, Value::Int)));
        [column]
    }

    #[test]
    fn a_key_with_a_none_is_never_found() {
        let columns = ints(&[None, Some(3)]);
        let mut index = Unique::build(Box::new([0]), &columns, 0..2, &mut Scratch::new(), |_, _| panic!("a duplicate"));
        assert_eq!((index.len(), index.find(&columns, &[&Value::None])), (1, None));
        assert_eq!(index.find(&columns, &[&Value::Int(3)]), Some(1));
        index.leave(&columns, 1);
        assert_eq!(index.find(&columns, &[&Value::Int(3)]), None);
    }

    #[test]
    fn the_first_of_a_key_is_entered_and_the_others_are_told() {
        let values: Vec<_> = (0..100_000).map(|row| Some(row % 70_000)).collect();
        let columns = ints(&values);
        let mut told = Vec::new();
        let tell = |first, other| told.push((first, other));
        let mut index = Unique::build(Box::new([0]), &columns, 0..100_000, &mut Scratch::new(), tell);
        told.sort_unstable();
        assert!(told.into_iter().eq((0..30_000).map(|row| (row, row + 70_000))));
        assert_eq!(index.len(), 70_000);
        index.shrink(&columns);
        assert!((0..70_000).all(|row| index.find(&columns, &[&Value::Int(row.into())]) == Some(row)));
        assert!(index.bytes() < 70_000 * 4, "{}", index.bytes());
    }

    proptest! {
        #[test]
        fn as_a_map_does(steps in proptest::collection::vec((0..300u32, any::<bool>()), 0..2000)) {
            let columns = ints(&(0..300).map(|row| Some(row * 7)).collect::<Vec<_>>());
            let (mut index, mut map) = (Unique::new(Box::new([0])), HashMap::new());
            for (row, enters) in steps {
                let value = i64::from(row) * 7;
                match (enters, map.contains_key(&value)) {
                    (true, false) => {
                        index.enter(&columns, row);
                        map.insert(value, row);
                    }
                    (false, true) => {
                        index.leave(&columns, row);
                        map.remove(&value);
                    }
                    _ => {}
                }
                prop_assert_eq!(index.find(&columns, &[&Value::Int(value)]), map.get(&value).copied());
                prop_assert_eq!(index.len(), map.len());
            }
            for row in 0..300 {
                let value = i64::from(row) * 7;
                prop_assert_eq!(index.find(&columns, &[&Value::Int(value)]), map.get(&value).copied());
            }
        }
    }
}
