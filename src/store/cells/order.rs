//! The order of a column's cells, and whether they lie in it.

use std::cmp::Ordering;
use std::ops::Range;

use crate::store::cells::column::{Cells, Column};
use crate::store::id::Row;
use crate::store::room;
use crate::store::stop::{Pace, looking};

impl Column {
    /// How two cells are ordered: none comes last. O(1), and O(length) for text and bytes.
    pub fn compared(&self, one: Row, two: Row) -> Ordering {
        match (self.is_none(one), self.is_none(two)) {
            (false, false) => {}
            (one, two) => return one.cmp(&two),
        }
        let (one, two) = (one as usize, two as usize);
        match &self.cells {
            Cells::Int64(cells) => cells[one].cmp(&cells[two]),
            Cells::Int32(cells) => cells[one].cmp(&cells[two]),
            Cells::Float(cells) => cells[one].partial_cmp(&cells[two]).unwrap_or(Ordering::Equal),
            Cells::Bool(cells) => cells.get(one).cmp(&cells.get(two)),
            Cells::Text(cells) => cells.get(one).cmp(cells.get(two)),
            Cells::Bytes(cells) => cells.get(one).cmp(cells.get(two)),
            Cells::Wide(cells) => cells[one].cmp(&cells[two]),
            Cells::Reference(cells) => cells.get(one).cmp(&cells.get(two)),
        }
    }

    /// Puts rows in the order of their cells, none last, and of themselves where those are equal. O(n log n).
    pub fn sort(&self, rows: &mut [Row]) {
        fn by<K: Copy>(rows: &mut [Row], key: impl Fn(Row) -> K, compared: impl Fn(&K, &K) -> Ordering) {
            let mut pace = Pace::default();
            let mut keyed: Vec<(K, Row)> = room::collected(rows.iter().map(|&row| (key(row), row)));
            keyed.sort_unstable_by(|one, two| {
                pace.step();
                compared(&one.0, &two.0).then(one.1.cmp(&two.1))
            });
            rows.iter_mut().zip(keyed).for_each(|(row, (_, sorted))| *row = sorted);
        }
        let with_value = match &self.nones {
            Some(_) => {
                rows.sort_unstable_by_key(|&row| (self.is_none(row), row));
                rows.partition_point(|&row| !self.is_none(row))
            }
            None => rows.len(),
        };
        let rows = &mut rows[..with_value];
        match &self.cells {
            Cells::Int64(cells) => by(rows, |row| cells[row as usize], Ord::cmp),
            Cells::Int32(cells) => by(rows, |row| cells[row as usize], Ord::cmp),
            Cells::Wide(cells) => by(rows, |row| cells[row as usize], Ord::cmp),
            Cells::Float(cells) => {
                by(rows, |row| cells[row as usize], |one, two| one.partial_cmp(two).unwrap_or(Ordering::Equal));
            }
            Cells::Bool(cells) => by(rows, |row| cells.get(row as usize), Ord::cmp),
            Cells::Text(_) | Cells::Bytes(_) | Cells::Reference(_) => by(rows, |row| row, |&a, &b| self.compared(a, b)),
        }
    }

    /// Whether every cell has a value that is not less than the one of the row before: then rows in their order are in the
    /// order of this column. Cells of rows that are gone count, too. No column of references, bools or bytes rises. O(cells that
    /// came since this was asked last).
    pub fn rises(&self) -> bool {
        let is_ordered = !matches!(self.cells, Cells::Reference(_) | Cells::Bool(_) | Cells::Bytes(_));
        is_ordered && self.rising.end(self.len(), |from| self.first_fall(from..self.len())) == self.len()
    }

    /// How many of the first cells are known to rise.
    pub fn known_to_rise(&self) -> usize {
        self.rising.known()
    }

    /// Says of all cells that they rise, whether that is so or not.
    #[cfg(test)]
    pub fn pretend_to_rise(&mut self) {
        self.rising = Default::default();
        self.rising.end(self.len(), |_| self.len());
    }

    /// The first of these cells that has no value or is less than the one before; the end, where none is.
    pub(super) fn first_fall(&self, cells: Range<usize>) -> usize {
        fn fall<T: PartialOrd>(cells: &[T], among: Range<usize>) -> usize {
            let end = among.end;
            let mut falls = looking(among.filter(|&at| at > 0 && cells[at - 1] > cells[at]));
            falls.next().unwrap_or(end)
        }
        let end = self.nones.as_ref().and_then(|nones| looking(cells.clone()).find(|&at| nones.get(at)));
        let cells = cells.start..end.unwrap_or(cells.end);
        match &self.cells {
            Cells::Int64(values) => fall(values, cells),
            Cells::Int32(values) => fall(values, cells),
            Cells::Float(values) => fall(values, cells),
            Cells::Wide(values) => fall(values, cells),
            Cells::Text(values) => {
                let end = cells.end;
                looking(cells).find(|&at| at > 0 && values.get(at - 1) > values.get(at)).unwrap_or(end)
            }
            Cells::Bool(_) | Cells::Bytes(_) | Cells::Reference(_) => cells.start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::Storage;
    use crate::store::value::Value;

    #[test]
    fn what_is_known_to_rise_rises_whatever_changes() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2000 {
            let mut column = Column::new([Storage::Int64, Storage::Int32][random.usize(..2)], true);
            let mut last = 0;
            for _ in 0..random.usize(..40) {
                let value = |random: &mut fastrand::Rng| match random.u8(..20) {
                    0 => Value::None,
                    _ => Value::Int(random.i64(0..6)),
                };
                match random.u8(..10) {
                    0..6 => {
                        last += random.i64(0..2);
                        column.push(&if random.u8(..30) == 0 { value(&mut random) } else { Value::Int(last) });
                    }
                    6 | 7 if !column.is_empty() => {
                        column.set(random.u32(..column.len() as u32), &value(&mut random));
                    }
                    8 => column.truncate(random.usize(..=column.len())),
                    _ => {
                        let kept: Vec<Row> = (0..column.len() as Row).filter(|_| random.u8(..4) > 0).collect();
                        column.keep(0, kept.into_iter());
                    }
                }
                let fits = |at: usize| {
                    let cell = column.get(at as Row);
                    !cell.is_none() && (at == 0 || column.get(at as Row - 1) <= cell)
                };
                assert!((0..column.known_to_rise()).all(fits));
                if random.bool() {
                    assert_eq!(column.rises(), (0..column.len()).all(fits));
                }
            }
        }
    }
}
