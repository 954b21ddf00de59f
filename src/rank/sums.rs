//! A number for each row of a table, nearly all of them zero.

use std::ops::AddAssign;

use foldhash::HashMap;

use crate::store::id::Row;

/// Sums by row. A vector over all rows where the table is not too large for what is expected, and which rows were
/// touched; else a hash map. Emptied, it is used again.
#[derive(Debug, Default)]
pub struct Sums<T> {
    dense: Vec<T>,
    touched: Vec<Row>,
    sparse: HashMap<Row, T>,
    is_dense: bool,
}

/// A hashed row costs about as much as so many zeros.
const ZEROS: usize = 64;

impl<T: Copy + Default + PartialEq + AddAssign> Sums<T> {
    /// Empties it, for rows of a table with `rows` and about so many additions.
    pub fn reset(&mut self, rows: usize, expected: usize) {
        self.clear();
        self.is_dense = rows / ZEROS <= expected || self.dense.len() >= rows;
        if self.is_dense && self.dense.len() < rows {
            self.dense = vec![T::default(); rows];
        }
    }

    fn clear(&mut self) {
        for row in self.touched.drain(..) {
            self.dense[row as usize] = T::default();
        }
        self.sparse.clear();
    }

    /// Adds to the number of a row, more than 0.
    #[inline(always)]
    pub fn add(&mut self, row: Row, amount: T) {
        if self.is_dense {
            let sum = &mut self.dense[row as usize];
            if *sum == T::default() {
                self.touched.push(row);
            }
            *sum += amount;
        } else {
            *self.sparse.entry(row).or_default() += amount;
        }
    }

    /// The number of a row.
    #[inline]
    pub fn get(&self, row: Row) -> T {
        match self.is_dense {
            true => self.dense[row as usize],
            false => self.sparse.get(&row).copied().unwrap_or_default(),
        }
    }

    /// Leaves a row out of what is visited. Nothing may be added to it until the next reset.
    pub fn drop(&mut self, row: Row) {
        match self.is_dense {
            // It stays among those touched, so that it is zeroed again whatever comes.
            true => self.dense[row as usize] = T::default(),
            false => _ = self.sparse.remove(&row),
        }
    }

    /// How many rows were touched.
    pub fn count(&self) -> usize {
        if self.is_dense { self.touched.len() } else { self.sparse.len() }
    }

    /// The rows whose number is not 0, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Row, T)> + '_ {
        let dense =
            self.touched.iter().map(|&row| (row, self.dense[row as usize])).filter(|&(_, sum)| sum != T::default());
        dense.chain(self.sparse.iter().map(|(&row, &sum)| (row, sum)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_hashed_sums_are_the_same() {
        let mut sums = Sums::<f64>::default();
        for (rows, expected) in [(10_000, 1000), (1_000_000, 10), (10_000, 1)] {
            sums.reset(rows, expected);
            (0..100).for_each(|at| sums.add(at % 7 * 11, 0.5));
            sums.drop(22);
            let mut found: Vec<_> = sums.iter().collect();
            found.sort_by_key(|&(row, _)| row);
            let rows: Vec<Row> = found.iter().map(|&(row, _)| row).collect();
            assert_eq!(rows, [0, 11, 33, 44, 55, 66]);
            assert_eq!((found[0].1, sums.get(0), sums.get(22), sums.get(5)), (7.5, 7.5, 0.0, 0.0));
        }
    }
}
