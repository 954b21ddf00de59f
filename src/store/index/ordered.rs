//! Rows in the order of a field: kept for fields that are declared with an index, of all rows and of long lists.

use std::ops::Range;

use crate::store::cells::column::Column;
use crate::store::id::Row;
use crate::store::room;
use crate::store::stop::looking;

/// So many rows does a chunk hold at most: to move half of them is less than to find the place.
const CHUNK: usize = if cfg!(debug_assertions) { 8 } else { 1024 };

/// Rows ordered by a cell of each, none last, and by themselves where cells are equal; in chunks, none of which is empty.
///
/// Derived: it holds each row that counts, and no other. The cells are read from the column, so a row leaves before its
/// cell changes and comes back after. O(log n) and a part of a chunk to move, for a row that comes or leaves.
#[derive(Debug, Default)]
pub struct Ordered {
    chunks: Vec<Vec<Row>>,
    len: usize,
}

impl Ordered {
    /// Of these rows. O(n log n).
    pub fn build(column: &Column, mut rows: Vec<Row>) -> Self {
        column.sort(&mut rows);
        // Room for rows that come.
        let size = CHUNK - CHUNK / 4;
        let mut chunks = Vec::new();
        room::reserve(&mut chunks, rows.len().div_ceil(size));
        for part in looking(rows.chunks(size)) {
            let mut chunk = Vec::new();
            room::reserve(&mut chunk, (part.len() + part.len() / 8 + 4).min(CHUNK));
            chunk.extend_from_slice(part);
            chunks.push(chunk);
        }
        Ordered { chunks, len: rows.len() }
    }

    /// How many rows there are. O(1).
    pub fn len(&self) -> usize {
        self.len
    }

    /// The row at a place. O(chunks between it and the nearer end).
    pub fn get(&self, place: usize) -> Option<Row> {
        let (chunk, at) = self.place(place);
        self.chunks.get(chunk)?.get(at).copied()
    }

    /// The rows at these places, forwards. O(chunks between them and the nearer end), and O(rows).
    pub fn rows(&self, places: Range<usize>) -> impl Iterator<Item = Row> + '_ {
        let (chunk, at) = self.place(places.start);
        let chunks = self.chunks.get(chunk..).unwrap_or_default().iter();
        chunks.flat_map(|chunk| chunk.iter().copied()).skip(at).take(places.len())
    }

    /// How many rows come before the first for which this does not hold; it holds for none after that. O(log n + chunks).
    pub fn partition(&self, holds: impl Fn(Row) -> bool) -> usize {
        let after = self.chunks.partition_point(|chunk| chunk.first().is_some_and(|&row| holds(row)));
        let Some(last) = after.checked_sub(1) else { return 0 };
        let before: usize = self.chunks[..last].iter().map(Vec::len).sum();
        before + self.chunks[last].partition_point(|&row| holds(row))
    }

    /// A row counts from now on. Where there is no memory for it, all of this is of no use any more: false.
    pub fn insert(&mut self, column: &Column, row: Row) -> bool {
        let is_before = |other: Row| column.compared(other, row).then(other.cmp(&row)).is_lt();
        let after = self.chunks.partition_point(|chunk| chunk.first().is_some_and(|&first| is_before(first)));
        if self.chunks.is_empty() && !push(&mut self.chunks, Vec::new()) {
            return false;
        }
        let mut at = after.saturating_sub(1);
        if self.chunks[at].len() >= CHUNK {
            // Rows that come in order leave full chunks behind.
            let is_last = after == self.chunks.len() && self.chunks[at].last().is_some_and(|&last| is_before(last));
            let middle = if is_last { CHUNK } else { CHUNK / 2 };
            let mut rest = Vec::new();
            if rest.try_reserve_exact(CHUNK).is_err() || self.chunks.try_reserve(1).is_err() {
                return false;
            }
            rest.extend(self.chunks[at].drain(middle..));
            let is_in_rest = is_last || rest.first().is_some_and(|&first| is_before(first));
            self.chunks.insert(at + 1, rest);
            at += usize::from(is_in_rest);
        }
        let chunk = &mut self.chunks[at];
        let spare = chunk.len().clamp(4, CHUNK);
        if chunk.len() == chunk.capacity() && chunk.try_reserve_exact(spare).is_err() {
            return false;
        }
        let place = chunk.partition_point(|&other| is_before(other));
        chunk.insert(place, row);
        self.len += 1;
        true
    }

    /// A row, whose cell is still what it was, does not count any more. Whether it was there.
    pub fn remove(&mut self, column: &Column, row: Row) -> bool {
        let is_before = |other: Row| column.compared(other, row).then(other.cmp(&row)).is_lt();
        let after =
            self.chunks.partition_point(|chunk| chunk.first().is_some_and(|&first| first == row || is_before(first)));
        let Some(at) = after.checked_sub(1) else { return false };
        let chunk = &mut self.chunks[at];
        let place = chunk.partition_point(|&other| is_before(other));
        if chunk.get(place) != Some(&row) {
            return false;
        }
        chunk.remove(place);
        self.len -= 1;
        if chunk.is_empty() {
            self.chunks.remove(at);
        } else if chunk.len() < CHUNK / 4
            && let Some(next) = self.chunks.get(at + 1).map(Vec::len)
            && next < CHUNK / 4
        {
            let next = self.chunks.remove(at + 1);
            if self.chunks[at].try_reserve_exact(next.len()).is_err() {
                self.chunks.insert(at + 1, next);
            } else {
                self.chunks[at].extend(next);
            }
        }
        true
    }

    /// Whether these are the rows that count, in their order.
    pub fn is_right(&self, column: &Column, mut rows: Vec<Row>) -> bool {
        column.sort(&mut rows);
        self.len == rows.len() && !self.chunks.iter().any(Vec::is_empty) && self.rows(0..self.len).eq(rows)
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let chunks = self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<Row>()).sum::<usize>();
        chunks + self.chunks.capacity() * size_of::<Vec<Row>>()
    }

    /// The chunk in which a place is, and where in it.
    fn place(&self, place: usize) -> (usize, usize) {
        if place > self.len / 2 {
            let mut start = self.len;
            for (at, chunk) in self.chunks.iter().enumerate().rev() {
                start -= chunk.len();
                if place >= start {
                    return (at, place - start);
                }
            }
        }
        let mut start = 0;
        for (at, chunk) in self.chunks.iter().enumerate() {
            if place < start + chunk.len() {
                return (at, place - start);
            }
            start += chunk.len();
        }
        (self.chunks.len(), 0)
    }
}

/// Appends, if there is memory for it.
fn push<T>(items: &mut Vec<T>, item: T) -> bool {
    let is_room = items.try_reserve(1).is_ok();
    if is_room {
        items.push(item);
    }
    is_room
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::Storage;
    use crate::store::value::Value;

    #[test]
    fn rows_that_come_and_go_stay_in_order() {
        let mut random = fastrand::Rng::with_seed(3);
        for spread in [1, 5, 1000] {
            let mut column = Column::new(Storage::Float, true);
            for _ in 0..400 {
                let value = |random: &mut fastrand::Rng| match random.u8(..9) {
                    0 => Value::None,
                    _ => Value::Float(random.i32(-spread..=spread).into()),
                };
                column.push(&value(&mut random));
            }
            let mut there: Vec<Row> = (0..200).collect();
            let mut ordered = Ordered::build(&column, there.clone());
            for _ in 0..3000 {
                let row = random.u32(..400);
                match there.iter().position(|&other| other == row) {
                    Some(at) if random.bool() => {
                        assert!(ordered.remove(&column, row) && !ordered.remove(&column, row));
                        there.swap_remove(at);
                    }
                    Some(_) => {
                        assert!(ordered.remove(&column, row));
                        column.set(row, &Value::Float(random.i32(-spread..=spread).into()));
                        assert!(ordered.insert(&column, row));
                    }
                    None if there.len() < random.usize(1..400) => {
                        assert!(ordered.insert(&column, row));
                        there.push(row);
                    }
                    None => {}
                }
                let place = random.usize(..=there.len());
                assert_eq!(ordered.get(place), ordered.rows(place..there.len()).next());
            }
            assert!(ordered.is_right(&column, there.clone()));
            let zero = ordered.partition(|row| column.get(row) < Value::Float(0.0) && !column.is_none(row));
            let below = there.iter().filter(|&&row| matches!(column.get(row), Value::Float(v) if v < 0.0));
            assert_eq!(zero, below.count());
            there.pop();
            assert!(!ordered.is_right(&column, there));
        }
    }
}
