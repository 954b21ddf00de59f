//! Cells of numbers on their way out: copied as they lie, or handed over.

use std::ops::Range;

use crate::store::cells::bits::Bits;
use crate::store::cells::column::{Cells, Column};
use crate::store::room;

impl Column {
    /// A column of these cells, which lie side by side, where they are numbers of 64 bits.
    pub fn part(&self, rows: Range<usize>) -> Option<Column> {
        let nones = || self.nones.as_ref().filter(|nones| nones.any(rows.clone())).map(|nones| part(nones, &rows));
        match &self.cells {
            Cells::Int64(cells) => Some(Column::of_ints(room::copied(&cells[rows.clone()]), nones())),
            Cells::Float(cells) => Some(Column::of_floats(room::copied(&cells[rows.clone()]), nones())),
            _ => None,
        }
    }

    /// The whole numbers of 64 bits, with another one where there is no value. Of any other column none.
    pub fn into_ints(self, none: i64) -> Vec<i64> {
        match self.cells {
            Cells::Int64(cells) => filled(cells, self.nones.as_ref(), none),
            _ => Vec::new(),
        }
    }

    /// The floats, as [`into_ints`](Self::into_ints).
    pub fn into_floats(self, none: f64) -> Vec<f64> {
        match self.cells {
            Cells::Float(cells) => filled(cells, self.nones.as_ref(), none),
            _ => Vec::new(),
        }
    }
}

fn filled<T: Copy>(mut cells: Vec<T>, nones: Option<&Bits>, none: T) -> Vec<T> {
    nones.into_iter().flat_map(Bits::ones_iter).for_each(|at| cells[at as usize] = none);
    cells
}

fn part(bits: &Bits, range: &Range<usize>) -> Bits {
    let mut part = Bits::zeros(range.len());
    let next = |from: usize| bits.next_one(from).filter(|&at| at < range.end);
    std::iter::successors(next(range.start), |&at| next(at + 1)).for_each(|at| part.raise(at - range.start));
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::Storage;
    use crate::store::value::Value;

    #[test]
    fn a_part_has_the_cells_and_nones_of_its_rows() {
        let mut column = Column::new(Storage::Int64, true);
        (0..300).for_each(|n| column.push(&if n % 7 == 3 { Value::None } else { Value::Int(n) }));
        for rows in [0..300, 5..5, 4..10, 64..128, 63..200, 299..300] {
            let part = column.part(rows.clone()).unwrap();
            assert!(rows.clone().zip(0..).all(|(row, at)| column.get(row as u32) == part.get(at)));
            let expected = rows.map(|n| if n % 7 == 3 { -1 } else { n as i64 });
            assert!(part.into_ints(-1).into_iter().eq(expected));
        }
    }
}
