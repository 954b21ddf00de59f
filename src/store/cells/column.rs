//! One field's values, a cell a row.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use crate::store::cells::bits::Bits;
use crate::store::cells::heap::{Heap, append, keep, push};
use crate::store::cells::packed::Packed;
use crate::store::cells::spans::Spans;
use crate::store::id::{NO_ROW, Row};
use crate::store::value::{Type, Value};

/// The cells of one field, of one type.
#[derive(Debug)]
pub struct Column {
    cells: Cells,
    /// Which cells hold no value; only for optional fields that are no reference.
    nones: Option<Bits>,
    /// How often a cell got another value.
    overwritten: u64,
}

#[derive(Debug)]
enum Cells {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Bits),
    Text(Spans<String>),
    Bytes(Spans<Vec<u8>>),
    Time(Vec<i64>),
    Date(Vec<i32>),
    /// One more than the parent's row; 0 refers to nothing.
    Reference(Packed),
}

/// Does the same with the vector of cells, whatever their type.
macro_rules! each {
    ($cells:expr, $vec:ident => $do:expr) => {
        match $cells {
            Cells::Int($vec) | Cells::Time($vec) => $do,
            Cells::Float($vec) => $do,
            Cells::Bool($vec) => $do,
            Cells::Text($vec) => $do,
            Cells::Bytes($vec) => $do,
            Cells::Date($vec) => $do,
            Cells::Reference($vec) => $do,
        }
    };
}

impl Column {
    /// An empty column for a field of a type.
    pub fn new(of: Type, optional: bool) -> Self {
        let cells = match of {
            Type::Int => Cells::Int(Vec::new()),
            Type::Float => Cells::Float(Vec::new()),
            Type::Bool => Cells::Bool(Bits::default()),
            Type::Text => Cells::Text(Spans::default()),
            Type::Bytes => Cells::Bytes(Spans::default()),
            Type::Time => Cells::Time(Vec::new()),
            Type::Date => Cells::Date(Vec::new()),
        };
        Column { cells, nones: optional.then(Bits::default), overwritten: 0 }
    }

    /// An empty column for a reference.
    pub fn reference() -> Self {
        Self::referring(Packed::default())
    }

    /// A reference's column of these cells: one more than the parent's row, or 0.
    pub fn referring(cells: Packed) -> Self {
        Column { cells: Cells::Reference(cells), nones: None, overwritten: 0 }
    }

    /// An empty column of the same type.
    pub fn empty_like(&self) -> Self {
        let cells = match &self.cells {
            Cells::Int(_) => Cells::Int(Vec::new()),
            Cells::Float(_) => Cells::Float(Vec::new()),
            Cells::Bool(_) => Cells::Bool(Bits::default()),
            Cells::Text(_) => Cells::Text(Spans::default()),
            Cells::Bytes(_) => Cells::Bytes(Spans::default()),
            Cells::Time(_) => Cells::Time(Vec::new()),
            Cells::Date(_) => Cells::Date(Vec::new()),
            Cells::Reference(_) => Cells::Reference(Packed::default()),
        };
        Column { cells, nones: self.nones.as_ref().map(|_| Bits::default()), overwritten: 0 }
    }

    /// Whether its cells refer to rows.
    pub fn is_reference(&self) -> bool {
        matches!(self.cells, Cells::Reference(_))
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        each!(&self.cells, cells => cells.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes room for cells without a value, or gives it up where no live row has none.
    pub fn set_optional(&mut self, optional: bool) {
        if !self.is_reference() {
            self.nones = optional.then(|| self.nones.take().unwrap_or_else(|| Bits::zeros(self.len())));
        }
    }

    /// Whether a value may stand in this column. Text and bytes have a limit of 4 GiB - 1 each.
    pub fn takes(&self, value: &Value) -> bool {
        match (&self.cells, value) {
            (Cells::Reference(_), Value::None | Value::Row(_)) => true,
            (_, Value::None) => self.nones.is_some(),
            (Cells::Text(_), Value::Text(text)) => u32::try_from(text.len()).is_ok(),
            (Cells::Bytes(_), Value::Bytes(bytes)) => u32::try_from(bytes.len()).is_ok(),
            (Cells::Float(_), Value::Float(v)) => !v.is_nan(),
            (Cells::Int(_), Value::Int(_))
            | (Cells::Bool(_), Value::Bool(_))
            | (Cells::Time(_), Value::Time(_))
            | (Cells::Date(_), Value::Date(_)) => true,
            _ => false,
        }
    }

    /// Appends a value that the column [`takes`](Self::takes).
    pub fn push(&mut self, value: &Value) {
        if let Some(nones) = &mut self.nones {
            nones.push(value.is_none());
        }
        match (&mut self.cells, value) {
            (Cells::Int(cells), Value::Int(v)) | (Cells::Time(cells), Value::Time(v)) => push(cells, *v),
            (Cells::Float(cells), Value::Float(v)) => push(cells, *v),
            (Cells::Bool(cells), Value::Bool(v)) => cells.push(*v),
            (Cells::Text(cells), Value::Text(v)) => cells.push(v),
            (Cells::Bytes(cells), Value::Bytes(v)) => cells.push(v),
            (Cells::Date(cells), Value::Date(v)) => push(cells, *v),
            (Cells::Reference(cells), Value::Row(v)) => cells.push(number(*v)),
            (Cells::Reference(cells), _) => cells.push(0),
            // None: a cell that `nones` covers.
            (Cells::Int(cells) | Cells::Time(cells), _) => push(cells, 0),
            (Cells::Float(cells), _) => push(cells, 0.0),
            (Cells::Bool(cells), _) => cells.push(false),
            (Cells::Text(cells), _) => cells.push(""),
            (Cells::Bytes(cells), _) => cells.push(&[]),
            (Cells::Date(cells), _) => push(cells, 0),
        }
    }

    /// Appends the cells of another column of the same type, which has no cell without a value unless this one may.
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
            (Cells::Int(cells), Cells::Int(others)) | (Cells::Time(cells), Cells::Time(others)) => {
                append(cells, &others);
            }
            (Cells::Float(cells), Cells::Float(others)) => append(cells, &others),
            (Cells::Date(cells), Cells::Date(others)) => append(cells, &others),
            (Cells::Bool(cells), Cells::Bool(others)) => cells.append(&others),
            (Cells::Text(cells), Cells::Text(others)) => cells.append(&others),
            (Cells::Bytes(cells), Cells::Bytes(others)) => cells.append(&others),
            (Cells::Reference(cells), Cells::Reference(others)) => {
                others.iter(0..others.len()).for_each(|cell| cells.push(cell));
            }
            _ => debug_assert!(false, "columns of two types"),
        }
    }

    /// Drops the cells from a row on.
    pub fn truncate(&mut self, rows: usize) {
        if let Some(nones) = &mut self.nones {
            nones.truncate(rows);
        }
        match &mut self.cells {
            Cells::Int(cells) | Cells::Time(cells) => cells.truncate(rows),
            Cells::Float(cells) => cells.truncate(rows),
            Cells::Bool(cells) => cells.truncate(rows),
            Cells::Text(cells) => cells.truncate(rows),
            Cells::Bytes(cells) => cells.truncate(rows),
            Cells::Date(cells) => cells.truncate(rows),
            Cells::Reference(cells) => cells.truncate(rows),
        }
    }

    /// The first cell without a value. O(cells).
    pub fn first_none(&self) -> Option<Row> {
        match &self.cells {
            Cells::Reference(cells) => cells.iter(0..cells.len()).position(|cell| cell == 0).map(|row| row as Row),
            _ => self.nones.as_ref().and_then(|nones| nones.ones_iter().next()),
        }
    }

    /// Whether the other holds cells of the same type.
    pub fn is_like(&self, other: &Column) -> bool {
        std::mem::discriminant(&self.cells) == std::mem::discriminant(&other.cells)
    }

    /// Overwrites a cell with a value that the column [`takes`](Self::takes).
    pub fn set(&mut self, row: Row, value: &Value) {
        let at = row as usize;
        self.overwritten += 1;
        if let Some(nones) = &mut self.nones {
            nones.set(at, value.is_none());
        }
        match (&mut self.cells, value) {
            (Cells::Int(cells), Value::Int(v)) | (Cells::Time(cells), Value::Time(v)) => cells[at] = *v,
            (Cells::Float(cells), Value::Float(v)) => cells[at] = *v,
            (Cells::Bool(cells), Value::Bool(v)) => _ = cells.set(at, *v),
            (Cells::Text(cells), Value::Text(v)) => cells.set(at, v),
            (Cells::Bytes(cells), Value::Bytes(v)) => cells.set(at, v),
            (Cells::Date(cells), Value::Date(v)) => cells[at] = *v,
            (Cells::Reference(cells), Value::Row(v)) => cells.set(at, number(*v)),
            (Cells::Reference(cells), _) => cells.set(at, 0),
            _ => {}
        }
    }

    /// How often a cell got another value since the column was made.
    pub fn overwritten(&self) -> u64 {
        self.overwritten
    }

    /// Whether a cell holds no value. O(1).
    pub fn is_none(&self, row: Row) -> bool {
        match &self.cells {
            Cells::Reference(cells) => cells.get(row as usize) == 0,
            _ => self.nones.as_ref().is_some_and(|nones| nones.get(row as usize)),
        }
    }

    /// The value of a cell, borrowed. O(1).
    pub fn get(&self, row: Row) -> Value<'_> {
        if self.is_none(row) {
            return Value::None;
        }
        let at = row as usize;
        match &self.cells {
            Cells::Int(cells) => Value::Int(cells[at]),
            Cells::Float(cells) => Value::Float(cells[at]),
            Cells::Bool(cells) => Value::Bool(cells.get(at)),
            Cells::Text(cells) => Value::Text(Cow::Borrowed(cells.get(at))),
            Cells::Bytes(cells) => Value::Bytes(Cow::Borrowed(cells.get(at))),
            Cells::Time(cells) => Value::Time(cells[at]),
            Cells::Date(cells) => Value::Date(cells[at]),
            Cells::Reference(cells) => Value::Row(parent(cells, row)),
        }
    }

    /// Whether a cell holds this value, which may be none. O(1), and O(length) for text and bytes.
    #[inline]
    pub fn holds(&self, row: Row, value: &Value) -> bool {
        match (&self.cells, value) {
            (Cells::Reference(cells), Value::Row(parent)) => cells.get(row as usize) == number(*parent),
            _ => self.get(row) == *value,
        }
    }

    /// Whether two cells hold the same. O(1), and O(length) for text and bytes.
    pub fn is_same(&self, one: Row, two: Row) -> bool {
        match &self.cells {
            Cells::Reference(cells) => cells.get(one as usize) == cells.get(two as usize),
            _ => self.get(one) == self.get(two),
        }
    }

    /// Which cells hold no value, unless that is none by declaration; not of a reference.
    pub fn nones(&self) -> Option<&Bits> {
        self.nones.as_ref()
    }

    /// The cells of integers or times, to read many; something in those without a value. Empty of any other column.
    pub fn ints(&self) -> &[i64] {
        match &self.cells {
            Cells::Int(cells) | Cells::Time(cells) => cells,
            _ => &[],
        }
    }

    /// The same of floats.
    pub fn floats(&self) -> &[f64] {
        match &self.cells {
            Cells::Float(cells) => cells,
            _ => &[],
        }
    }

    /// The same of dates.
    pub fn dates(&self) -> &[i32] {
        match &self.cells {
            Cells::Date(cells) => cells,
            _ => &[],
        }
    }

    /// The cells of a reference. Any other column refers to nothing.
    pub fn parents(&self) -> Parents<'_> {
        static NOTHING: Packed = Packed::NEW;
        match &self.cells {
            Cells::Reference(cells) => Parents(cells),
            _ => Parents(&NOTHING),
        }
    }

    /// The row that a cell of a reference refers to, or [`NO_ROW`]. O(1).
    pub fn parent(&self, row: Row) -> Row {
        self.parents().of(row)
    }

    /// Feeds a cell to a hasher, just as its [`Value`] would be.
    #[inline]
    pub fn hash<H: Hasher>(&self, row: Row, state: &mut H) {
        match &self.cells {
            Cells::Reference(cells) => state.write_u32(parent(cells, row)),
            _ => self.get(row).hash(state),
        }
    }

    /// Keeps these rows, which must ascend, and all before `first`. O(rows from `first` on).
    pub fn keep(&mut self, first: usize, rows: impl Iterator<Item = Row> + Clone) {
        if let Some(nones) = &mut self.nones {
            nones.keep(first, rows.clone());
        }
        match &mut self.cells {
            Cells::Int(cells) | Cells::Time(cells) => keep(cells, first, rows),
            Cells::Float(cells) => keep(cells, first, rows),
            Cells::Bool(cells) => cells.keep(first, rows),
            Cells::Text(cells) => cells.keep(first, rows),
            Cells::Bytes(cells) => cells.keep(first, rows),
            Cells::Date(cells) => keep(cells, first, rows),
            Cells::Reference(cells) => cells.keep(first, rows.map(|row| row as usize)),
        }
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

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let nones = self.nones.as_ref().map_or(0, Bits::bytes);
        nones + each!(&self.cells, cells => Heap::bytes(cells))
    }

    /// Gives back what the heap holds beyond the cells.
    pub fn shrink(&mut self) {
        each!(&mut self.cells, cells => Heap::shrink(cells));
    }
}

/// The cells of a reference column.
#[derive(Clone, Copy, Debug)]
pub struct Parents<'a>(&'a Packed);

impl Parents<'_> {
    /// The row that a row refers to, or [`NO_ROW`]. O(1).
    #[inline]
    pub fn of(self, row: Row) -> Row {
        parent(self.0, row)
    }

    /// No cell is larger. O(1).
    pub fn largest(self) -> u64 {
        self.0.largest()
    }

    /// What stands in the cell: one more than that row, or 0. O(1).
    #[inline]
    pub fn cell(self, row: Row) -> u64 {
        self.0.get(row as usize)
    }
}

fn parent(cells: &Packed, row: Row) -> Row {
    // 0, for nothing, becomes `NO_ROW`.
    (cells.get(row as usize) as Row).wrapping_sub(1)
}

/// A reference cell after a squeeze of the model it refers to.
pub fn renumbered(cell: u64, new: &[Row]) -> u64 {
    let row = new.get((cell as Row).wrapping_sub(1) as usize).copied().unwrap_or(NO_ROW);
    number(row)
}

/// What stands in a reference cell for a row.
fn number(row: Row) -> u64 {
    row.wrapping_add(1).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(s))
    }

    #[test]
    fn overwritten_text_is_given_back() {
        let mut column = Column::new(Type::Text, true);
        column.push(&text("a"));
        column.push(&Value::None);
        for i in 0..10_000 {
            column.set(0, &text(&format!("message {i}")));
            column.tidy();
        }
        assert!(column.bytes() < 100_000, "{}", column.bytes());
        assert_eq!(column.get(0), text("message 9999"));
        assert_eq!(column.get(1), Value::None);
    }

    #[test]
    fn keeping_rows_keeps_their_values() {
        let mut column = Column::new(Type::Bool, true);
        for value in [Value::Bool(true), Value::None, Value::Bool(false), Value::Bool(true)] {
            column.push(&value);
        }
        column.keep(0, [1, 3].into_iter());
        assert_eq!((column.get(0), column.get(1), column.len()), (Value::None, Value::Bool(true), 2));
    }

    #[test]
    fn a_column_takes_its_own_type() {
        let column = Column::new(Type::Int, false);
        assert!(column.takes(&Value::Int(1)));
        assert!(!column.takes(&Value::Bool(true)) && !column.takes(&Value::None));
        assert!(!Column::new(Type::Float, true).takes(&Value::Float(f64::NAN)));
    }
}
