//! Other values for many rows at once.

use std::sync::Arc;

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::change::{Change, Overwritten};
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::room;
use crate::store::stop::looking;
use crate::store::table::assign::Clash;
use crate::store::write::given::NewCells;
use crate::store::write::lead::in_row;

impl Store {
    /// Gives live rows, each once, other values, a cell a row and field, as one change: all or, on an error, none. Values
    /// may swap under a unique key. O(rows), and O(rows of the table) once where they are an eighth of it or more.
    pub fn update_all(&mut self, model: ModelId, rows: &[Row], cells: Vec<(usize, NewCells)>) -> Result<()> {
        let count = rows.len();
        let settled = self.settle_all(model, count, cells)?;
        self.refuse_lost(model, &settled)?;
        let columns = settled.into_iter().map(|settled| (settled.field, settled.column)).collect();
        self.set_all(model, rows, columns)
    }

    /// As [`update_all`](Self::update_all), of columns as the table has them.
    pub(super) fn set_all(&mut self, model: ModelId, rows: &[Row], mut columns: Vec<(usize, Column)>) -> Result<()> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        let table = self.table(model);
        let is_same = |at: Row| {
            columns.iter().all(|(field, cells)| table.column(*field).holds(rows[at as usize], &cells.get(at)))
        };
        let changed: Vec<Row> = room::collected(looking(0..rows.len() as Row).filter(|&at| !is_same(at)));
        let set: Vec<Row> = room::collected(changed.iter().map(|&at| rows[at as usize]));
        if set.is_empty() {
            return Ok(());
        }
        if set.len() < rows.len() {
            columns.iter_mut().for_each(|(_, column)| *column = column.gathered(&changed));
        }
        room::spare(&mut self.log);
        match self.assign_all(model, &set, &columns) {
            Ok(fields) => {
                self.log.push(Change::SetAll { model, old: Arc::new(Overwritten { rows: set, fields }) });
                Ok(())
            }
            Err(Clash { unique, rows: (row, other), key }) => {
                // Where the table was built again the other may be the one that was set.
                let place = |row: Row| rows.iter().position(|&set| set == row);
                let (row, other) = if place(row).is_some() { (row, other) } else { (other, row) };
                let (of, id) = (self.schema.model(model), self.table(model).id(other));
                let (name, key) = (&of.name, self.shown_key(model, &of.unique[unique], &key));
                let message = match place(other) {
                    None => format!("{name} {id} already has this {key}"),
                    Some(_) => format!("{name} {id} would have this {key}, too"),
                };
                let error = Error::Duplicate { model, existing: Some(id), message };
                Err(place(row).map_or(error.clone(), |at| in_row(at as Row, error)))
            }
        }
    }
}
