//! Columns that were read, as the engine takes them.

use pyo3::prelude::*;

use crate::python::bulk::incoming::{CellsRead, Incoming};
use crate::python::bulk::target::{Step, Target};
use crate::python::error::FieldError;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::Row;
use crate::store::stop::looking;
use crate::store::value::Value;
use crate::store::write::bulk::NewCells;

/// The end of a name that leads on from a reference.
pub enum Leaf {
    Ids(Packed),
    Values(usize, Column),
}

impl Incoming {
    /// Refuses a column that does not have so many rows.
    pub fn check_len(&self, rows: usize, first: &Incoming) -> PyResult<()> {
        match self.is_single || self.len() == rows {
            true => Ok(()),
            false => {
                let message = format!("{} has {} rows, {} has {rows}", self.label, self.len(), first.label);
                Err(FieldError::new_err(message))
            }
        }
    }

    /// The column as a part of a key, for so many rows, and the references before it.
    pub fn into_leaf(mut self, rows: usize) -> (Vec<Step>, Leaf) {
        let is_single = self.is_single;
        let (steps, by) = match std::mem::replace(&mut self.target, Target::Id) {
            Target::Key { steps, by, .. } => (steps, by),
            Target::Reference(steps) | Target::Keyed(steps) => (steps, 0),
            Target::Id | Target::Value(..) => (Vec::new(), 0),
        };
        let leaf = match self.cells {
            CellsRead::Values(column) if !is_single => Leaf::Values(by, column),
            CellsRead::Values(column) => Leaf::Values(by, repeated(&column.get(0), column.empty_like(), rows)),
            CellsRead::Ids(_) => Leaf::Ids(self.into_ids(rows)),
        };
        (steps, leaf)
    }

    /// The column as the engine takes it, for so many rows.
    pub fn into_cells(self, rows: usize) -> NewCells {
        match self.cells {
            CellsRead::Values(column) if self.is_single => NewCells::Same(column.get(0).into_owned()),
            CellsRead::Values(column) => NewCells::Values(column),
            CellsRead::Ids(_) => NewCells::Ids(self.into_ids(rows)),
        }
    }

    /// The ids of the column, for so many rows.
    pub fn into_ids(self, rows: usize) -> Packed {
        match self.cells {
            CellsRead::Ids(ids) if self.is_single => looking(std::iter::repeat_n(ids.get(0), rows)).collect(),
            CellsRead::Ids(ids) => ids,
            CellsRead::Values(_) => Packed::default(),
        }
    }
}

/// So many cells of one value.
fn repeated(value: &Value, mut column: Column, rows: usize) -> Column {
    looking(0..rows as Row).for_each(|_| column.push(value));
    column
}
