//! Creates the rows that keys name and that were not there, as they were planned.

use crate::store::Store;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::table::insert::{Conflict, OnConflict};
use crate::store::write::given::{Keys, NewCells};
use crate::store::write::lead::{Finders, in_row, named};

impl Store {
    /// Creates planned rows with what they hold, by field, as [`insert_all`](Self::insert_all) does.
    pub fn create_parents(&mut self, model: ModelId, places: &[Row], cells: Vec<NewCells>) -> Result<()> {
        let place = |row: Row| places.get(row as usize).copied().unwrap_or(row);
        let in_input = |error| match error {
            Error::InRow { row, error } => in_row(place(row as Row), *error),
            error => error,
        };
        if places.len() > self.table(model).room() {
            return Err(Error::Full { model: self.schema.model(model).name.clone() });
        }
        let settled = self.settle_all(model, places.len(), cells.into_iter().enumerate()).map_err(in_input)?;
        self.refuse_lost(model, &settled).map_err(in_input)?;
        let columns = settled.into_iter().map(|settled| settled.column).collect();
        let first = self.table(model).rows() as Row;
        let inserted = self.tables[model.index()].insert(columns, places.len(), OnConflict::Refuse, &[]);
        let rows = inserted.map_err(|conflict| {
            let other = conflict.other.checked_sub(first).map_or(conflict.other, |other| first + place(other));
            self.conflict(model, Conflict { row: place(conflict.row), other, ..conflict })
        })?;
        self.log.push(Change::Create { model, rows });
        Ok(())
    }

    /// Drops what keys say only of rows that are created.
    pub fn without_fills(&self, to: ModelId, mut keys: Keys) -> Result<Keys> {
        let Finders { fills, .. } = self.finders(to, named(&keys))?;
        let mut is_kept = keys.fields.iter().map(|field| !fills.contains(field));
        keys.columns.retain(|_| is_kept.next().unwrap_or(true));
        keys.fields.retain(|field| !fills.contains(field));
        keys.nested.retain(|(field, _)| !fills.contains(field));
        for (part, cells) in &mut keys.nested {
            if let (NewCells::Keys(inner), Some(of)) = (&mut *cells, self.schema.refers_to(to, *part)) {
                *inner = self.without_fills(of, std::mem::take(inner))?;
            }
        }
        Ok(keys)
    }
}
