//! One field's values, a cell a row, as their storage has them.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use crate::store::cells::bits::Bits;
use crate::store::cells::heap::{Heap, make_room, push};
use crate::store::cells::packed::Packed;
use crate::store::cells::parents::{number, parent};
use crate::store::cells::rising::Rising;
use crate::store::cells::spans::Spans;
use crate::store::id::Row;
use crate::store::types::Storage;
use crate::store::value::Value;
use crate::store::wide::Wide;

/// The cells of one field, all of one storage.
#[derive(Debug)]
pub struct Column {
    pub(super) cells: Cells,
    /// Which cells hold no value; only for optional fields that are no reference.
    pub(super) nones: Option<Bits>,
    /// How often a cell got another value.
    overwritten: u64,
    pub(super) rising: Rising,
}

#[derive(Debug)]
pub(super) enum Cells {
    Int64(Vec<i64>),
    Int32(Vec<i32>),
    Float(Vec<f64>),
    Bool(Bits),
    Text(Spans<String>),
    Bytes(Spans<Vec<u8>>),
    Wide(Vec<Wide>),
    /// One more than the parent's row; 0 refers to nothing.
    Reference(Packed),
}

/// Does something with the vector of cells, whatever their storage.
macro_rules! each {
    ($cells:expr, $vec:ident => $do:expr) => {
        match $cells {
            Cells::Int64($vec) => $do,
            Cells::Int32($vec) => $do,
            Cells::Float($vec) => $do,
            Cells::Bool($vec) => $do,
            Cells::Text($vec) => $do,
            Cells::Bytes($vec) => $do,
            Cells::Wide($vec) => $do,
            Cells::Reference($vec) => $do,
        }
    };
}
pub(super) use each;

impl Column {
    /// An empty column for a field that is stored so.
    pub fn new(storage: Storage, optional: bool) -> Self {
        let cells = match storage {
            Storage::Int64 => Cells::Int64(Vec::new()),
            Storage::Int32 => Cells::Int32(Vec::new()),
            Storage::Float => Cells::Float(Vec::new()),
            Storage::Bool => Cells::Bool(Bits::default()),
            Storage::Text => Cells::Text(Spans::default()),
            Storage::Bytes => Cells::Bytes(Spans::default()),
            Storage::Wide => Cells::Wide(Vec::new()),
        };
        Column { cells, nones: optional.then(Bits::default), overwritten: 0, rising: Rising::default() }
    }

    /// A column of these whole numbers of 64 bits, and which of its cells hold no value.
    pub fn of_ints(cells: Vec<i64>, nones: Option<Bits>) -> Self {
        Column { cells: Cells::Int64(cells), nones, overwritten: 0, rising: Rising::default() }
    }

    /// A column of these floats, as [`of_ints`](Self::of_ints).
    pub fn of_floats(cells: Vec<f64>, nones: Option<Bits>) -> Self {
        Column { cells: Cells::Float(cells), nones, overwritten: 0, rising: Rising::default() }
    }

    /// A column of these texts, as [`of_ints`](Self::of_ints).
    pub fn of_texts(cells: &[Cow<str>], nones: Option<Bits>) -> Self {
        Column {
            cells: Cells::Text(Spans::of(cells.iter().map(AsRef::as_ref))),
            nones,
            overwritten: 0,
            rising: Rising::default(),
        }
    }

    /// An empty column for a reference.
    pub fn reference() -> Self {
        Self::referring(Packed::default())
    }

    /// A reference's column of these cells: one more than the parent's row, or 0.
    pub fn referring(cells: Packed) -> Self {
        Column { cells: Cells::Reference(cells), nones: None, overwritten: 0, rising: Rising::default() }
    }

    /// An empty column for the same cells.
    pub fn empty_like(&self) -> Self {
        let cells = match &self.cells {
            Cells::Int64(_) => Cells::Int64(Vec::new()),
            Cells::Int32(_) => Cells::Int32(Vec::new()),
            Cells::Float(_) => Cells::Float(Vec::new()),
            Cells::Bool(_) => Cells::Bool(Bits::default()),
            Cells::Text(_) => Cells::Text(Spans::default()),
            Cells::Bytes(_) => Cells::Bytes(Spans::default()),
            Cells::Wide(_) => Cells::Wide(Vec::new()),
            Cells::Reference(_) => Cells::Reference(Packed::default()),
        };
        Column { cells, nones: self.nones.as_ref().map(|_| Bits::default()), overwritten: 0, rising: Rising::default() }
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
            (Cells::Int32(_), Value::Int(v)) => i32::try_from(*v).is_ok(),
            (Cells::Int64(_), Value::Int(_)) | (Cells::Bool(_), Value::Bool(_)) | (Cells::Wide(_), Value::Wide(_)) => {
                true
            }
            _ => false,
        }
    }

    /// Makes room for a value that the column [`takes`](Self::takes): neither [`push`](Self::push) nor
    /// [`set`](Self::set) will ask for memory.
    pub fn make_room(&mut self, value: &Value) {
        if let Some(nones) = &mut self.nones {
            nones.make_room(1);
        }
        match (&mut self.cells, value) {
            (Cells::Int64(cells), _) => make_room(cells),
            (Cells::Int32(cells), _) => make_room(cells),
            (Cells::Float(cells), _) => make_room(cells),
            (Cells::Bool(cells), _) => cells.make_room(1),
            (Cells::Text(cells), Value::Text(v)) => cells.make_room(v),
            (Cells::Text(cells), _) => cells.make_room(""),
            (Cells::Bytes(cells), Value::Bytes(v)) => cells.make_room(v),
            (Cells::Bytes(cells), _) => cells.make_room(&[]),
            (Cells::Wide(cells), _) => make_room(cells),
            (Cells::Reference(cells), Value::Row(v)) => cells.make_room(number(*v)),
            (Cells::Reference(cells), _) => cells.make_room(0),
        }
    }

    /// Appends a value that the column [`takes`](Self::takes).
    pub fn push(&mut self, value: &Value) {
        if let Some(nones) = &mut self.nones {
            nones.push(value.is_none());
        }
        match (&mut self.cells, value) {
            (Cells::Int64(cells), Value::Int(v)) => push(cells, *v),
            (Cells::Int32(cells), Value::Int(v)) => push(cells, *v as i32),
            (Cells::Float(cells), Value::Float(v)) => push(cells, *v),
            (Cells::Bool(cells), Value::Bool(v)) => cells.push(*v),
            (Cells::Text(cells), Value::Text(v)) => cells.push(v),
            (Cells::Bytes(cells), Value::Bytes(v)) => cells.push(v),
            (Cells::Wide(cells), Value::Wide(v)) => push(cells, *v),
            (Cells::Reference(cells), Value::Row(v)) => cells.push(number(*v)),
            (Cells::Reference(cells), _) => cells.push(0),
            // None: a cell that `nones` covers.
            (Cells::Int64(cells), _) => push(cells, 0),
            (Cells::Int32(cells), _) => push(cells, 0),
            (Cells::Float(cells), _) => push(cells, 0.0),
            (Cells::Bool(cells), _) => cells.push(false),
            (Cells::Text(cells), _) => cells.push(""),
            (Cells::Bytes(cells), _) => cells.push(&[]),
            (Cells::Wide(cells), _) => push(cells, Wide::default()),
        }
    }

    /// The first cell without a value. O(cells).
    pub fn first_none(&self) -> Option<Row> {
        match &self.cells {
            Cells::Reference(cells) => cells.iter(0..cells.len()).position(|cell| cell == 0).map(|row| row as Row),
            _ => self.nones.as_ref().and_then(|nones| nones.ones_iter().next()),
        }
    }

    /// Whether the other has the same storage.
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
            (Cells::Int64(cells), Value::Int(v)) => cells[at] = *v,
            (Cells::Int32(cells), Value::Int(v)) => cells[at] = *v as i32,
            (Cells::Float(cells), Value::Float(v)) => cells[at] = *v,
            (Cells::Bool(cells), Value::Bool(v)) => _ = cells.set(at, *v),
            (Cells::Text(cells), Value::Text(v)) => cells.set(at, v),
            (Cells::Bytes(cells), Value::Bytes(v)) => cells.set(at, v),
            (Cells::Wide(cells), Value::Wide(v)) => cells[at] = *v,
            (Cells::Reference(cells), Value::Row(v)) => cells.set(at, number(*v)),
            (Cells::Reference(cells), _) => cells.set(at, 0),
            _ => {}
        }
        if self.rising.is_known_of(at) {
            let mut rising = std::mem::take(&mut self.rising);
            rising.set(at, |at| self.first_fall(at..at + 1) > at);
            self.rising = rising;
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
            Cells::Int64(cells) => Value::Int(cells[at]),
            Cells::Int32(cells) => Value::Int(cells[at].into()),
            Cells::Float(cells) => Value::Float(cells[at]),
            Cells::Bool(cells) => Value::Bool(cells.get(at)),
            Cells::Text(cells) => Value::Text(Cow::Borrowed(cells.get(at))),
            Cells::Bytes(cells) => Value::Bytes(Cow::Borrowed(cells.get(at))),
            Cells::Wide(cells) => Value::Wide(cells[at]),
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

    /// The row that a cell of a reference refers to, or [`NO_ROW`](crate::store::id::NO_ROW). O(1).
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(s))
    }

    #[test]
    fn overwritten_text_is_given_back() {
        let mut column = Column::new(Storage::Text, true);
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
    fn a_column_takes_its_own_storage() {
        let column = Column::new(Storage::Int64, false);
        assert!(column.takes(&Value::Int(1)));
        assert!(!column.takes(&Value::Bool(true)) && !column.takes(&Value::None));
        let short = Column::new(Storage::Int32, false);
        assert!(short.takes(&Value::Int(-5)) && !short.takes(&Value::Int(1 << 31)));
        assert!(!Column::new(Storage::Float, true).takes(&Value::Float(f64::NAN)));
    }
}
