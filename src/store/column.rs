//! One field's values, a cell a row.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use super::bits::Bits;
use super::id::{NO_ROW, Row};
use super::value::{Type, Value};

/// The cells of one field, of one type.
#[derive(Debug)]
pub struct Column {
    cells: Cells,
    /// Which cells hold no value; only for optional fields that are no reference.
    nones: Option<Bits>,
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
    Reference(Vec<Row>),
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
        Column { cells, nones: optional.then(Bits::default) }
    }

    /// An empty column for a reference.
    pub fn reference() -> Self {
        Column { cells: Cells::Reference(Vec::new()), nones: None }
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
        if !matches!(self.cells, Cells::Reference(_)) {
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
            (Cells::Int(cells), Value::Int(v)) | (Cells::Time(cells), Value::Time(v)) => cells.push(*v),
            (Cells::Float(cells), Value::Float(v)) => cells.push(*v),
            (Cells::Bool(cells), Value::Bool(v)) => cells.push(*v),
            (Cells::Text(cells), Value::Text(v)) => cells.push(v),
            (Cells::Bytes(cells), Value::Bytes(v)) => cells.push(v),
            (Cells::Date(cells), Value::Date(v)) => cells.push(*v),
            (Cells::Reference(cells), Value::Row(v)) => cells.push(*v),
            (Cells::Reference(cells), _) => cells.push(NO_ROW),
            // None: a cell that `nones` covers.
            (Cells::Int(cells) | Cells::Time(cells), _) => cells.push(0),
            (Cells::Float(cells), _) => cells.push(0.0),
            (Cells::Bool(cells), _) => cells.push(false),
            (Cells::Text(cells), _) => cells.push(""),
            (Cells::Bytes(cells), _) => cells.push(&[]),
            (Cells::Date(cells), _) => cells.push(0),
        }
    }

    /// Overwrites a cell with a value that the column [`takes`](Self::takes).
    pub fn set(&mut self, row: Row, value: &Value) {
        let at = row as usize;
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
            (Cells::Reference(cells), Value::Row(v)) => cells[at] = *v,
            (Cells::Reference(cells), _) => cells[at] = NO_ROW,
            _ => {}
        }
    }

    /// Whether a cell holds no value. O(1).
    pub fn is_none(&self, row: Row) -> bool {
        match &self.cells {
            Cells::Reference(cells) => cells[row as usize] == NO_ROW,
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
            Cells::Reference(cells) => Value::Row(cells[at]),
        }
    }

    /// Whether a cell holds this value, which may be none. O(1), and O(length) for text and bytes.
    #[inline]
    pub fn holds(&self, row: Row, value: &Value) -> bool {
        match (&self.cells, value) {
            (Cells::Reference(cells), Value::Row(parent)) => cells[row as usize] == *parent,
            _ => self.get(row) == *value,
        }
    }

    /// The cells of a reference ([`NO_ROW`] where it refers to nothing); empty for any other column.
    pub fn rows(&self) -> &[Row] {
        match &self.cells {
            Cells::Reference(cells) => cells,
            _ => &[],
        }
    }

    /// Feeds a cell to a hasher, just as its [`Value`] would be.
    #[inline]
    pub fn hash<H: Hasher>(&self, row: Row, state: &mut H) {
        match &self.cells {
            Cells::Reference(cells) => state.write_u32(cells[row as usize]),
            _ => self.get(row).hash(state),
        }
    }

    /// Keeps these rows, in this order, which must ascend.
    pub fn keep(&mut self, rows: impl Iterator<Item = Row> + Clone) {
        if let Some(nones) = &mut self.nones {
            *nones = nones.keep(rows.clone());
        }
        match &mut self.cells {
            Cells::Int(cells) | Cells::Time(cells) => keep(cells, rows),
            Cells::Float(cells) => keep(cells, rows),
            Cells::Bool(cells) => *cells = cells.keep(rows),
            Cells::Text(cells) => cells.keep(rows),
            Cells::Bytes(cells) => cells.keep(rows),
            Cells::Date(cells) => keep(cells, rows),
            Cells::Reference(cells) => keep(cells, rows),
        }
    }

    /// After a squeeze of the model this reference points to: every row becomes `new[row]`.
    pub fn renumber(&mut self, new: &[Row]) {
        if let Cells::Reference(cells) = &mut self.cells {
            for cell in cells {
                *cell = new.get(*cell as usize).copied().unwrap_or(NO_ROW);
            }
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

/// Keeps these cells of a vector, in place.
fn keep<T: Copy>(cells: &mut Vec<T>, rows: impl Iterator<Item = Row>) {
    let mut len = 0;
    for row in rows {
        cells[len] = cells[row as usize];
        len += 1;
    }
    cells.truncate(len);
    cells.shrink_to(len + len / 8);
}

/// What the heap holds for a list of cells.
trait Heap {
    fn bytes(&self) -> usize;
    fn shrink(&mut self);
}

impl<T> Heap for Vec<T> {
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }

    fn shrink(&mut self) {
        self.shrink_to_fit();
    }
}

impl Heap for Bits {
    fn bytes(&self) -> usize {
        Bits::bytes(self)
    }

    fn shrink(&mut self) {}
}

impl<B: Buffer> Heap for Spans<B> {
    fn bytes(&self) -> usize {
        Heap::bytes(&self.starts) + Heap::bytes(&self.lens) + self.buffer.capacity()
    }

    fn shrink(&mut self) {
        *self = self.copied(0..self.lens.len() as Row, 0);
    }
}

/// Cells of different lengths in one buffer. An overwritten cell leaves its old bytes behind until they are more than
/// half of the buffer.
#[derive(Debug, Default)]
struct Spans<B> {
    starts: Vec<u64>,
    lens: Vec<u32>,
    buffer: B,
    /// Bytes of the buffer that no cell uses.
    unused: usize,
}

impl<B: Buffer> Spans<B> {
    fn len(&self) -> usize {
        self.lens.len()
    }

    fn get(&self, at: usize) -> &B::Slice {
        self.buffer.slice(self.starts[at] as usize, self.lens[at] as usize)
    }

    fn push(&mut self, cell: &B::Slice) {
        self.starts.push(self.buffer.len() as u64);
        self.lens.push(self.buffer.append(cell) as u32);
    }

    fn set(&mut self, at: usize, cell: &B::Slice) {
        self.unused += self.lens[at] as usize;
        self.starts[at] = self.buffer.len() as u64;
        self.lens[at] = self.buffer.append(cell) as u32;
    }

    fn keep(&mut self, rows: impl Iterator<Item = Row>) {
        *self = self.copied(rows, 8);
    }

    fn tidy(&mut self) {
        if self.unused > 4096 && self.unused > self.buffer.len() / 2 {
            *self = self.copied(0..self.lens.len() as Row, 8);
        }
    }

    /// A copy of these cells without unused bytes, with a capacity of 1/`slack` more than needed.
    fn copied(&self, rows: impl Iterator<Item = Row>, slack: usize) -> Self {
        let mut copy = Spans { starts: Vec::new(), lens: Vec::new(), buffer: B::default(), unused: 0 };
        rows.for_each(|row| copy.push(self.get(row as usize)));
        let room = |len: usize| len + len.checked_div(slack).unwrap_or(0);
        copy.starts.shrink_to(room(copy.starts.len()));
        copy.lens.shrink_to(room(copy.lens.len()));
        copy.buffer.shrink_to(room(copy.buffer.len()));
        copy
    }
}

/// What text and bytes have in common.
trait Buffer: Default {
    type Slice: ?Sized;
    fn slice(&self, start: usize, len: usize) -> &Self::Slice;
    /// Appends and returns how many bytes that were.
    fn append(&mut self, cell: &Self::Slice) -> usize;
    fn len(&self) -> usize;
    fn capacity(&self) -> usize;
    fn shrink_to(&mut self, capacity: usize);
}

impl Buffer for String {
    type Slice = str;

    fn slice(&self, start: usize, len: usize) -> &str {
        &self[start..start + len]
    }

    fn append(&mut self, cell: &str) -> usize {
        self.push_str(cell);
        cell.len()
    }

    fn len(&self) -> usize {
        String::len(self)
    }

    fn capacity(&self) -> usize {
        String::capacity(self)
    }

    fn shrink_to(&mut self, capacity: usize) {
        String::shrink_to(self, capacity);
    }
}

impl Buffer for Vec<u8> {
    type Slice = [u8];

    fn slice(&self, start: usize, len: usize) -> &[u8] {
        &self[start..start + len]
    }

    fn append(&mut self, cell: &[u8]) -> usize {
        self.extend_from_slice(cell);
        cell.len()
    }

    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }

    fn shrink_to(&mut self, capacity: usize) {
        Vec::shrink_to(self, capacity);
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
        column.keep([1, 3].into_iter());
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
