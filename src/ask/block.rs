//! Computed values of a block of rows: a vector of one type, and which of them are none.
//!
//! Blocks are short and soon gone, so text is borrowed from the store, as are numbers where the rows lie side by side, and
//! nones are bytes; what leaves is a [`Column`].

use std::borrow::Cow;

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::id::{NO_ROW, Row};
use crate::store::room;
use crate::store::stop;
use crate::store::types::{Storage, Type};
use crate::store::value::Value;

/// The values of a block.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    pub cells: Cells<'a>,
    /// Which are none, if any is. Rows need it not: [`NO_ROW`] is none.
    pub nones: Option<Vec<bool>>,
    /// Whether there is one cell, which counts for all rows.
    pub is_one: bool,
}

/// Values of one type.
#[derive(Clone, Debug)]
pub enum Cells<'a> {
    Ints(Cow<'a, [i64]>),
    Floats(Cow<'a, [f64]>),
    Bools(Vec<bool>),
    Wides(Vec<i128>),
    Texts(Vec<Cow<'a, str>>),
    Bytes(Vec<Cow<'a, [u8]>>),
    Rows(Vec<Row>),
}

/// So many values, by place. The memory is asked for before.
pub fn made<T>(len: usize, of: impl FnMut(usize) -> T) -> Vec<T> {
    let mut values = Vec::new();
    room::reserve(&mut values, len);
    values.extend((0..len).map(of));
    stop::look();
    values
}

impl<'a> Block<'a> {
    /// Values, none of which is none.
    pub fn whole(cells: Cells<'a>) -> Self {
        Block { cells, nones: None, is_one: false }
    }

    /// Values, some of which may be none.
    pub fn with(cells: Cells<'a>, nones: Option<Vec<bool>>) -> Self {
        Block { cells, nones: nones.filter(|nones| nones.contains(&true)), is_one: false }
    }

    /// Whether conditions hold.
    pub fn bools(bools: Vec<bool>) -> Self {
        Block::whole(Cells::Bools(bools))
    }

    /// One value for all rows.
    pub fn one(value: &Value<'static>) -> Self {
        let cells = match value {
            Value::Int(v) => Cells::Ints(vec![*v].into()),
            Value::Float(v) => Cells::Floats(vec![*v].into()),
            Value::Bool(v) => Cells::Bools(vec![*v]),
            Value::Text(v) => Cells::Texts(vec![v.clone()]),
            Value::Bytes(v) => Cells::Bytes(vec![v.clone()]),
            Value::Wide(v) => Cells::Wides(vec![(*v).into()]),
            Value::Row(v) => Cells::Rows(vec![*v]),
            Value::None => Cells::Rows(vec![NO_ROW]),
        };
        Block { cells, nones: None, is_one: true }
    }

    /// Where the value of a row is.
    #[inline]
    pub fn at(&self, row: usize) -> usize {
        if self.is_one { 0 } else { row }
    }

    /// Whether there is no value for a row.
    #[inline]
    pub fn is_none(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Rows(rows) => rows[self.at(row)] == NO_ROW,
            _ => self.nones.as_ref().is_some_and(|nones| nones[self.at(row)]),
        }
    }

    /// Whether a condition holds for a row: none is false.
    #[inline]
    pub fn holds(&self, row: usize) -> bool {
        matches!(&self.cells, Cells::Bools(bools) if bools[self.at(row)]) && !self.is_none(row)
    }

    /// For which of so many rows a condition holds.
    pub fn truths(self, len: usize) -> Vec<bool> {
        match self {
            Block { cells: Cells::Bools(bools), nones: None, is_one: false } => bools,
            block => made(len, |row| block.holds(row)),
        }
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Value<'_> {
        let at = self.at(row);
        if self.is_none(row) {
            return Value::None;
        }
        match &self.cells {
            Cells::Ints(cells) => Value::Int(cells[at]),
            Cells::Floats(cells) => Value::Float(cells[at]),
            Cells::Bools(cells) => Value::Bool(cells[at]),
            Cells::Wides(cells) => Value::Wide(cells[at].into()),
            Cells::Texts(cells) => Value::Text(Cow::Borrowed(&cells[at])),
            Cells::Bytes(cells) => Value::Bytes(Cow::Borrowed(&cells[at])),
            Cells::Rows(cells) => Value::Row(cells[at]),
        }
    }

    /// The values for these rows of it, in their order.
    pub fn picked(&self, places: &[u32]) -> Block<'a> {
        if self.is_one {
            return self.clone();
        }
        let cells = match &self.cells {
            Cells::Ints(cells) => Cells::Ints(picked(cells, places).into()),
            Cells::Floats(cells) => Cells::Floats(picked(cells, places).into()),
            Cells::Bools(cells) => Cells::Bools(picked(cells, places)),
            Cells::Wides(cells) => Cells::Wides(picked(cells, places)),
            Cells::Texts(cells) => Cells::Texts(picked(cells, places)),
            Cells::Bytes(cells) => Cells::Bytes(picked(cells, places)),
            Cells::Rows(cells) => Cells::Rows(picked(cells, places)),
        };
        Block::with(cells, self.nones.as_ref().map(|nones| picked(nones, places)))
    }

    /// A column of so many of these values, which are of a type.
    pub fn column(self, of: Type, len: usize) -> Column {
        let bits = |nones: &Option<Vec<bool>>| {
            nones.as_ref().map(|nones| {
                let mut bits = Bits::zeros(nones.len());
                (0..nones.len()).filter(|&at| nones[at]).for_each(|at| bits.raise(at));
                bits
            })
        };
        match self {
            Block { cells: Cells::Ints(cells), nones, is_one: false } if of.storage() == Storage::Int64 => {
                Column::of_ints(owned(cells), bits(&nones))
            }
            Block { cells: Cells::Floats(cells), nones, is_one: false } => {
                Column::of_floats(owned(cells), bits(&nones))
            }
            Block { cells: Cells::Texts(cells), nones, is_one: false } if of.storage() == Storage::Text => {
                Column::of_texts(&cells, bits(&nones))
            }
            block => {
                let mut column = Column::new(of.storage(), true);
                (0..len).for_each(|row| {
                    let value = block.value(row);
                    column.make_room(&value);
                    column.push(&value);
                });
                stop::look();
                column
            }
        }
    }
}

fn picked<T: Clone>(cells: &[T], places: &[u32]) -> Vec<T> {
    made(places.len(), |at| cells[places[at] as usize].clone())
}

fn owned<T: Copy>(cells: Cow<[T]>) -> Vec<T> {
    match cells {
        Cow::Owned(cells) => cells,
        Cow::Borrowed(cells) => room::copied(cells),
    }
}

impl<'a> Block<'a> {
    /// This block with a cell for each of so many rows.
    pub fn spelled(self, len: usize) -> Self {
        match self.is_one {
            true => Block { is_one: false, ..self }.picked(&made(len, |_| 0)),
            false => self,
        }
    }

    /// The values at these places, none where there is none.
    pub fn at_places(&self, places: &[Option<u32>]) -> Block<'a> {
        fn chosen<T: Clone + Default>(cells: &[T], places: &[Option<u32>]) -> Vec<T> {
            made(places.len(), |at| places[at].map_or_else(T::default, |place| cells[place as usize].clone()))
        }
        let cells = match &self.cells {
            Cells::Ints(cells) => Cells::Ints(chosen(cells, places).into()),
            Cells::Floats(cells) => Cells::Floats(chosen(cells, places).into()),
            Cells::Bools(cells) => Cells::Bools(chosen(cells, places)),
            Cells::Wides(cells) => Cells::Wides(chosen(cells, places)),
            Cells::Texts(cells) => Cells::Texts(chosen(cells, places)),
            Cells::Bytes(cells) => Cells::Bytes(chosen(cells, places)),
            Cells::Rows(cells) => {
                let row = |place: Option<u32>| place.map_or(NO_ROW, |place| cells[place as usize]);
                return Block::whole(Cells::Rows(made(places.len(), |at| row(places[at]))));
            }
        };
        let is_none = |at: usize| places[at].is_none_or(|place| self.is_none(place as usize));
        Block::with(cells, Some(made(places.len(), is_none)))
    }
}
