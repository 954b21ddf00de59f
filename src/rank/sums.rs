//! A number for each row of a table, nearly all of them zero.

use std::ops::AddAssign;

use foldhash::HashMap;

use crate::store::id::Row;
use crate::store::room;

/// Sums by row, kept as few or many of them are expected to be other than zero. Emptied, it is used again.
#[derive(Debug, Default)]
pub struct Sums<T> {
    kind: Layout,
    dense: Vec<T>,
    /// How many of `dense` are of the table.
    rows: usize,
    touched: Vec<Row>,
    sparse: HashMap<Row, T>,
}

/// How the sums are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Layout {
    /// A hash map.
    #[default]
    Hashed,
    /// A vector over all rows, and which of them were touched.
    Listed,
    /// A vector over all rows, of which so many are touched that all are looked at.
    Swept,
}

/// A hashed row costs about as much as so many zeros.
const ZEROS: usize = 64;

impl<T: Copy + Default + PartialEq + AddAssign> Sums<T> {
    /// Empties it, for rows of a table with `rows` and about so many additions.
    pub fn reset(&mut self, rows: usize, expected: usize) {
        self.clear();
        self.rows = rows;
        self.kind = match expected {
            _ if expected >= rows / 2 => Layout::Swept,
            _ if expected >= rows / ZEROS || self.dense.len() >= rows => Layout::Listed,
            _ => Layout::Hashed,
        };
        if self.kind != Layout::Hashed && self.dense.len() < rows {
            self.dense = room::filled(T::default(), rows);
        }
    }

    fn clear(&mut self) {
        match self.kind {
            Layout::Swept => self.dense[..self.rows].fill(T::default()),
            _ => self.touched.drain(..).for_each(|row| self.dense[row as usize] = T::default()),
        }
        self.sparse.clear();
    }

    /// Adds to the number of a row, more than 0.
    #[inline(always)]
    pub fn add(&mut self, row: Row, amount: T) {
        match self.kind {
            Layout::Swept => self.dense[row as usize] += amount,
            Layout::Listed => {
                let sum = &mut self.dense[row as usize];
                if *sum == T::default() {
                    room::push(&mut self.touched, row);
                }
                *sum += amount;
            }
            Layout::Hashed => *self.sparse.entry(row).or_default() += amount,
        }
    }

    /// All numbers by row, where they are kept so.
    pub fn by_row(&self) -> Option<&[T]> {
        (self.kind != Layout::Hashed).then(|| &self.dense[..self.rows])
    }

    /// All numbers by row, to be changed, where nobody keeps a list of those that are.
    pub fn by_row_mut(&mut self) -> Option<&mut [T]> {
        (self.kind == Layout::Swept).then(|| &mut self.dense[..self.rows])
    }

    /// The number of a row.
    #[inline]
    pub fn get(&self, row: Row) -> T {
        match self.kind {
            Layout::Hashed => self.sparse.get(&row).copied().unwrap_or_default(),
            _ => self.dense[row as usize],
        }
    }

    /// Gives each row whose number is not 0 another one, which is not 0 either.
    pub fn map(&mut self, mut other: impl FnMut(Row, T) -> T) {
        let mut change = |row: Row, sum: &mut T| {
            if *sum != T::default() {
                *sum = other(row, *sum);
            }
        };
        match self.kind {
            Layout::Hashed => self.sparse.iter_mut().for_each(|(&row, sum)| change(row, sum)),
            Layout::Listed => self.touched.iter().for_each(|&row| change(row, &mut self.dense[row as usize])),
            Layout::Swept => (0..).zip(&mut self.dense[..self.rows]).for_each(|(row, sum)| change(row, sum)),
        }
    }

    /// Leaves a row out of what is visited. Nothing may be added to it until the next reset.
    pub fn drop(&mut self, row: Row) {
        match self.kind {
            Layout::Hashed => _ = self.sparse.remove(&row),
            _ => self.dense[row as usize] = T::default(),
        }
    }

    /// How many rows visiting looks at.
    pub fn count(&self) -> usize {
        match self.kind {
            Layout::Hashed => self.sparse.len(),
            Layout::Listed => self.touched.len(),
            Layout::Swept => self.rows,
        }
    }

    /// Visits the rows whose number is not 0, in no particular order.
    #[inline]
    pub fn each(&self, mut visit: impl FnMut(Row, T)) {
        let mut meet = |row: Row, sum: T| {
            if sum != T::default() {
                visit(row, sum);
            }
        };
        match self.kind {
            Layout::Hashed => self.sparse.iter().for_each(|(&row, &sum)| meet(row, sum)),
            Layout::Listed => self.touched.iter().for_each(|&row| meet(row, self.dense[row as usize])),
            Layout::Swept => (0..).zip(&self.dense[..self.rows]).for_each(|(row, &sum)| meet(row, sum)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_sums_are_the_same() {
        let mut sums = Sums::<f64>::default();
        for (rows, expected) in [(10_000, 1000), (1_000_000, 10), (10_000, 1), (100, 99), (2_000, 1_000), (100, 2)] {
            sums.reset(rows, expected);
            (0..100).for_each(|at| sums.add(at % 7 * 11, 0.5));
            sums.drop(22);
            let mut found = Vec::new();
            sums.each(|row, sum| found.push((row, sum)));
            found.sort_by_key(|&(row, _)| row);
            let rows: Vec<Row> = found.iter().map(|&(row, _)| row).collect();
            assert_eq!(rows, [0, 11, 33, 44, 55, 66]);
            assert_eq!((found[0].1, sums.get(0), sums.get(22), sums.get(5)), (7.5, 7.5, 0.0, 0.0));
            assert!(sums.count() >= rows.len());
            sums.map(|row, sum| sum + f64::from(row));
            assert_eq!((sums.get(0), sums.get(11), sums.get(22), sums.get(5)), (7.5, 18.5, 0.0, 0.0));
        }
    }
}
