//! Cells of a column, to read many.

use std::borrow::Cow;
use std::ops::Range;

use crate::store::cells::bits::Bits;
use crate::store::cells::column::{Cells, Column};
use crate::store::cells::packed::Packed;
use crate::store::cells::parents::Parents;
use crate::store::id::{NO_ROW, Row};
use crate::store::room;
use crate::store::wide::Wide;

impl Column {
    /// Which cells hold no value, unless that is none by declaration; not of a reference.
    pub fn nones(&self) -> Option<&Bits> {
        self.nones.as_ref()
    }

    /// The cells of `Storage::Int64`, to read many; something in those without a value. Empty of any other column.
    pub fn ints(&self) -> &[i64] {
        match &self.cells {
            Cells::Int64(cells) => cells,
            _ => &[],
        }
    }

    /// The cells of `Storage::Float`, as [`ints`](Self::ints).
    pub fn floats(&self) -> &[f64] {
        match &self.cells {
            Cells::Float(cells) => cells,
            _ => &[],
        }
    }

    /// The cells of `Storage::Int32`, as [`ints`](Self::ints).
    pub fn short_ints(&self) -> &[i32] {
        match &self.cells {
            Cells::Int32(cells) => cells,
            _ => &[],
        }
    }

    /// The cells of `Storage::Wide`, as [`ints`](Self::ints).
    pub fn wides(&self) -> &[Wide] {
        match &self.cells {
            Cells::Wide(cells) => cells,
            _ => &[],
        }
    }

    /// Which of these cells of `Storage::Bool` are true; false in those without a value. Of any other column none.
    pub fn bools(&self, rows: Range<usize>) -> Vec<bool> {
        match &self.cells {
            Cells::Bool(cells) => cells.bools(rows),
            _ => room::filled(false, rows.len()),
        }
    }

    /// The cells of `Storage::Text`, "" in those without a value. Of any other column "" each.
    pub fn texts(&self, rows: impl ExactSizeIterator<Item = Row>) -> Vec<Cow<'_, str>> {
        match &self.cells {
            Cells::Text(cells) => room::collected(rows.map(|row| match row {
                NO_ROW => Cow::Borrowed(""),
                row => Cow::Borrowed(cells.get(row as usize)),
            })),
            _ => room::filled(Cow::Borrowed(""), rows.len()),
        }
    }

    /// Which of these rows, which lie side by side, have this text; a cell without a value may, too. Of any other column none.
    pub fn have_text(&self, rows: Range<usize>, text: &str) -> Vec<bool> {
        match &self.cells {
            Cells::Text(cells) => cells.are(rows, text),
            _ => room::filled(false, rows.len()),
        }
    }

    /// Whether a row has this text; a cell without a value may say so, too. O(1), and O(length) where the length fits.
    #[inline]
    pub fn has_text(&self, row: Row, text: &str) -> bool {
        matches!(&self.cells, Cells::Text(cells) if cells.is(row as usize, text))
    }

    /// The cells of a reference. Any other column refers to nothing.
    pub fn parents(&self) -> Parents<'_> {
        static NOTHING: Packed = Packed::NEW;
        match &self.cells {
            Cells::Reference(cells) => Parents(cells),
            _ => Parents(&NOTHING),
        }
    }
}
