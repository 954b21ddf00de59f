//! Many rows at once.

use std::ops::Range;

use crate::store::cells::column::Column;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::schema::declaration::Kind;
use crate::store::stop::looking;
use crate::store::table::insert::{Conflict, OnConflict};
use crate::store::value::Value;
use crate::store::write::given::Keys;
pub use crate::store::write::given::NewCells;
use crate::store::write::lead::{Led, Nowhere, in_row};
use crate::store::write::nowhere::Lost;
use crate::store::write::places::Out;
use crate::store::{Store, empty_column};

/// A field's cells as the table stores them.
#[derive(Debug)]
pub(super) struct Settled {
    pub field: usize,
    pub column: Column,
    /// Of a reference: what leads nowhere, and the keys that do if it was given by keys.
    pub lost: Option<(Option<Keys>, Nowhere)>,
    /// Of a required reference: the first row without one, lost ones included.
    pub none: Option<Row>,
}

impl Store {
    /// Creates many rows, `cells` by field, all or, on an error, none. They are the last rows of the table from then
    /// on. O(rows), and O(rows of the table) once where they are an eighth of it or more.
    pub fn insert_all(
        &mut self,
        model: ModelId,
        rows: usize,
        cells: Vec<NewCells>,
        on_conflict: OnConflict,
    ) -> Result<Range<Row>> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        if rows > self.table(model).room() {
            return Err(Error::Full { model: self.schema.model(model).name.clone() });
        }
        let settled = self.settle_all(model, rows, cells.into_iter().enumerate())?;
        self.refuse_lost(model, &settled)?;
        let columns = settled.into_iter().map(|settled| settled.column).collect();
        self.append_all(model, rows, columns, on_conflict)
    }

    /// As [`insert_all`](Self::insert_all), of columns as the table has them.
    pub(super) fn append_all(
        &mut self,
        model: ModelId,
        rows: usize,
        columns: Vec<Column>,
        on_conflict: OnConflict,
    ) -> Result<Range<Row>> {
        match self.tables[model.index()].insert(columns, rows, on_conflict, &[]) {
            Ok(rows) if rows.is_empty() => Ok(rows),
            Ok(rows) => {
                self.log.push(Change::Create { model, rows: rows.clone() });
                Ok(rows)
            }
            Err(conflict) => Err(self.conflict(model, conflict)),
        }
    }

    /// The row that has these values in fields that are unique together. `SchemaError` unless they are.
    pub fn row_of_key(&self, model: ModelId, fields: &[usize], key: &[Value]) -> Result<Option<Row>> {
        let (table, unique) = (self.table(model), self.unique_key(model, fields)?);
        let value = |field: &usize| fields.iter().position(|other| other == field).map(|at| &key[at]);
        let in_order: Vec<&Value> = table.uniques()[unique].fields.iter().filter_map(value).collect();
        Ok(table.find_key(unique, &in_order))
    }

    /// Which unique index of a model is over just these fields.
    pub(super) fn unique_key(&self, model: ModelId, fields: &[usize]) -> Result<usize> {
        let of = self.schema.model(model);
        let is_key = |key: &[usize]| key.len() == fields.len() && fields.iter().all(|field| key.contains(field));
        of.unique.iter().position(|key| is_key(key)).ok_or_else(|| {
            let names: Vec<&str> = fields.iter().map(|&field| of.fields[field].name.as_str()).collect();
            Error::Schema(format!("{}.{} is not unique, so it cannot name a row", of.name, names.join(", ")))
        })
    }

    /// The row that each key names, or `NO_ROW`: a column for each of `fields`, which are those of a unique index.
    pub(super) fn find_keys(&self, model: ModelId, unique: usize, fields: &[usize], columns: &[Column]) -> Vec<Row> {
        let table = self.table(model);
        let index = &table.uniques()[unique];
        let column = |field: &usize| fields.iter().position(|other| other == field).map(|at| &columns[at]);
        let in_order: Vec<&Column> = index.fields.iter().filter_map(column).collect();
        table.find_keys(unique, &in_order)
    }

    /// The cells of these fields as the table stores them; each is as long as there are rows.
    pub(super) fn settle_all(
        &self,
        model: ModelId,
        rows: usize,
        cells: impl IntoIterator<Item = (usize, NewCells)>,
    ) -> Result<Vec<Settled>> {
        let settle = |(field, cells), _: &mut Scratch| self.settled(model, field, rows, cells);
        in_parallel(rows, cells, settle).into_iter().collect()
    }

    fn settled(&self, model: ModelId, field: usize, rows: usize, cells: NewCells) -> Result<Settled> {
        let declared = &self.schema.model(model).fields[field];
        let (column, lost) = match (cells, &declared.kind) {
            (NewCells::Values(column), _) if column.is_like(self.table(model).column(field)) => (column, None),
            (NewCells::Same(value), _) => {
                self.fitting(model, field, &value)?;
                let mut column = empty_column(declared);
                looking(0..rows).for_each(|_| column.push(&value));
                (column, None)
            }
            (NewCells::Ids(ids), &Kind::Reference(to, _)) => {
                let Led { cells, nowhere, .. } = self.lead_by_ids(to, ids);
                (Column::referring(cells), Some((None, nowhere)))
            }
            (NewCells::Keys(keys), &Kind::Reference(to, _)) => {
                let Led { cells, nowhere, .. } = self.lead_by_keys(to, &keys, &self.finds(to))?;
                (Column::referring(cells), Some((Some(keys), nowhere)))
            }
            _ => return Err(self.misfit(model, field, "does not take such a column")),
        };
        if column.len() != rows {
            return Err(self.misfit(model, field, &format!("has {} cells for {rows} rows", column.len())));
        }
        let lost = lost.filter(|(_, nowhere)| !nowhere.rows.is_empty());
        let none = if declared.optional { None } else { column.first_none() };
        match (none, &declared.kind) {
            (Some(row), Kind::Value(_)) => Err(self.may_not_be_none(model, field, row)),
            _ => Ok(Settled { field, column, lost, none }),
        }
    }

    fn may_not_be_none(&self, model: ModelId, field: usize, row: Row) -> Error {
        in_row(row, self.misfit(model, field, "may not be None"))
    }

    /// Refuses rows whose reference leads nowhere, or is required and none.
    pub(super) fn refuse_lost(&self, model: ModelId, settled: &[Settled]) -> Result<()> {
        let lost: Vec<Lost> = settled.iter().filter_map(|settled| self.lost(model, settled)).collect();
        if !lost.is_empty() {
            return Err(self.missing(model, &lost.iter().collect::<Vec<_>>(), None));
        }
        let none = settled.iter().find_map(|settled| Some((settled.field, settled.none?)));
        none.map_or(Ok(()), |(field, row)| Err(self.may_not_be_none(model, field, row)))
    }

    /// Refuses a required reference that is none in a row that is not left out.
    pub(super) fn check_whole(&self, model: ModelId, field: usize, column: &Column, out: &Out) -> Result<()> {
        if self.schema.model(model).fields[field].optional {
            return Ok(());
        }
        let none = match out.is_any() {
            false => column.first_none(),
            true => looking(out.others(column.len())).find(|&row| column.is_none(row)),
        };
        none.map_or(Ok(()), |row| Err(self.may_not_be_none(model, field, row)))
    }

    /// What leads nowhere of a settled reference.
    pub(super) fn lost<'a>(&self, model: ModelId, settled: &'a Settled) -> Option<Lost<'a>> {
        let (keys, nowhere) = settled.lost.as_ref()?;
        let to = self.schema.refers_to(model, settled.field)?;
        Some(Lost { field: settled.field, to, keys: keys.as_ref(), nowhere })
    }

    pub(super) fn conflict(&self, model: ModelId, Conflict { unique, row, key, other }: Conflict) -> Error {
        // The new rows are dropped by now.
        let (of, first) = (self.schema.model(model), self.table(model).rows());
        let (existing, who) = match (other as usize).checked_sub(first) {
            Some(other) => (None, format!("row {other} of the same input")),
            None => (Some(self.table(model).id(other)), format!("{} {}", of.name, self.table(model).id(other))),
        };
        let message = format!("{who} already has this {}", self.shown_key(model, &of.unique[unique], &key));
        in_row(row, Error::Duplicate { model, existing, message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::declaration::Declaration;

    #[test]
    fn more_rows_than_can_be_numbered_are_refused_before_anything_is_made() {
        let mut store = Store::default();
        let declared =
            store.declare(vec![Declaration { name: "A".into(), table: "as".into(), ..Declaration::default() }]);
        assert_eq!(declared, Ok(vec![ModelId(0)]));
        store.begin();
        assert_eq!(store.insert_all(ModelId(0), 3, Vec::new(), OnConflict::Refuse), Ok(0..3));
        let most = Row::MAX as usize - 1;
        let full = store.insert_all(ModelId(0), most - 2, Vec::new(), OnConflict::Refuse);
        assert_eq!(full, Err(Error::Full { model: "A".into() }));
        assert_eq!((store.table(ModelId(0)).len(), store.table(ModelId(0)).room()), (3, most - 3));
    }
}
