//! Rows of a column: many that come, go, stay or move at once.

use crate::store::cells::column::{Cells, Column, each};
use crate::store::cells::heap::{Heap, append};
use crate::store::cells::parents::renumbered;
use crate::store::id::Row;
use crate::store::room;
use crate::store::stop::looking;

impl Column {
    /// Makes room for so many numbers in all.
    pub fn reserve(&mut self, len: usize) {
        match &mut self.cells {
            Cells::Int64(cells) => room::reserve(cells, len),
            Cells::Int32(cells) => room::reserve(cells, len),
            Cells::Float(cells) => room::reserve(cells, len),
            Cells::Wide(cells) => room::reserve(cells, len),
            // These ask when they come.
            Cells::Bool(_) | Cells::Text(_) | Cells::Bytes(_) | Cells::Reference(_) => {}
        }
    }

    /// Appends the cells of another column of the same storage, which has no cell without a value unless this one may.
    /// O(its cells).
    pub fn append(&mut self, other: Column) {
        let len = self.len();
        match (&mut self.nones, &other.nones) {
            (Some(nones), Some(others)) => nones.append(others),
            (Some(nones), None) => nones.extend(other.len(), false),
            (None, _) => {}
        }
        match (&mut self.cells, other.cells) {
            // Moved, not copied.
            (cells, others) if len == 0 && std::mem::discriminant(cells) == std::mem::discriminant(&others) => {
                *cells = others;
            }
            (Cells::Int64(cells), Cells::Int64(others)) => append(cells, &others),
            (Cells::Int32(cells), Cells::Int32(others)) => append(cells, &others),
            (Cells::Float(cells), Cells::Float(others)) => append(cells, &others),
            (Cells::Bool(cells), Cells::Bool(others)) => cells.append(&others),
            (Cells::Text(cells), Cells::Text(others)) => cells.append(&others),
            (Cells::Bytes(cells), Cells::Bytes(others)) => cells.append(&others),
            (Cells::Wide(cells), Cells::Wide(others)) => append(cells, &others),
            (Cells::Reference(cells), Cells::Reference(others)) => {
                others.iter(0..others.len()).for_each(|cell| cells.push(cell));
            }
            _ => debug_assert!(false, "columns of two storages"),
        }
    }

    /// Drops the cells from a row on.
    pub fn truncate(&mut self, rows: usize) {
        if let Some(nones) = &mut self.nones {
            nones.truncate(rows);
        }
        each!(&mut self.cells, cells => cells.truncate(rows));
        self.rising.keep(rows);
    }

    /// Keeps these rows, which must ascend, and all before `first`. O(rows from `first` on).
    pub fn keep(&mut self, first: usize, rows: impl Iterator<Item = Row> + Clone) {
        if let Some(nones) = &mut self.nones {
            nones.keep(first, rows.clone());
        }
        each!(&mut self.cells, cells => Heap::keep(cells, first, rows));
        self.rising.keep(first);
    }

    /// A column of the cells of these rows, in their order.
    pub fn gathered(&self, rows: &[Row]) -> Self {
        let mut column = self.empty_like();
        match (&self.cells, &mut column.cells) {
            (Cells::Int64(cells), Cells::Int64(new)) => *new = picked(cells, rows),
            (Cells::Int32(cells), Cells::Int32(new)) => *new = picked(cells, rows),
            (Cells::Float(cells), Cells::Float(new)) => *new = picked(cells, rows),
            (Cells::Reference(cells), Cells::Reference(new)) => {
                *new = looking(rows.iter().map(|&row| cells.get(row as usize))).collect();
            }
            _ => {
                looking(rows.iter()).for_each(|&row| column.push(&self.get(row)));
                return column;
            }
        }
        if let (Some(nones), Some(new)) = (&self.nones, &mut column.nones) {
            rows.iter().for_each(|&row| new.push(nones.get(row as usize)));
        }
        column
    }

    /// After a squeeze of the model this reference points to: every row becomes `new[row]`.
    pub fn renumber(&mut self, new: &[Row]) {
        if let Cells::Reference(cells) = &mut self.cells {
            (0..cells.len()).for_each(|row| cells.set(row, renumbered(cells.get(row), new)));
        }
    }

    /// Copies text or bytes together when more than half of the buffer is overwritten cells.
    pub fn tidy(&mut self) {
        match &mut self.cells {
            Cells::Text(cells) => cells.tidy(),
            Cells::Bytes(cells) => cells.tidy(),
            _ => {}
        }
    }
}

fn picked<T: Copy>(cells: &[T], rows: &[Row]) -> Vec<T> {
    room::collected(rows.iter().map(|&row| cells[row as usize]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::Storage;
    use crate::store::value::Value;

    #[test]
    fn keeping_rows_keeps_their_values() {
        let mut column = Column::new(Storage::Bool, true);
        for value in [Value::Bool(true), Value::None, Value::Bool(false), Value::Bool(true)] {
            column.push(&value);
        }
        column.keep(0, [1, 3].into_iter());
        assert_eq!((column.get(0), column.get(1), column.len()), (Value::None, Value::Bool(true), 2));
    }
}
