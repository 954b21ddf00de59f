//! Many rows at once.

use std::ops::Range;

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::{self, Packed};
use crate::store::cells::parents::number;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::index::unique::Unique;
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::room;
use crate::store::schema::declaration::Kind;
use crate::store::stop::looking;
use crate::store::table::insert::{Conflict, OnConflict};
use crate::store::value::Value;
use crate::store::{Store, empty_column};

/// What one field of many new rows holds.
#[derive(Debug)]
pub enum NewCells {
    /// A value a row.
    Values(Column),
    /// Of a reference: an id a row, 0 for nothing.
    Ids(Packed),
    /// Of a reference: a key a row, the values of these fields of its model, which together are unique. A key with a
    /// none refers to nothing.
    Keys {
        /// The fields.
        fields: Vec<usize>,
        /// A column for each.
        columns: Vec<Column>,
        /// More fields, which are references: to ids, or to keys again.
        nested: Vec<(usize, NewCells)>,
    },
    /// One value for all rows.
    Same(Value<'static>),
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
        let settle = |(field, cells), _: &mut Scratch| self.settled(model, field, rows, cells);
        let columns = in_parallel(rows, cells.into_iter().enumerate(), settle);
        let columns = columns.into_iter().collect::<Result<Vec<Column>>>()?;
        match self.tables[model.index()].insert(columns, rows, on_conflict, &[]) {
            Ok(rows) if rows.is_empty() => Ok(rows),
            Ok(rows) => {
                self.log.push(Change::Create { model, rows: rows.clone() });
                Ok(rows)
            }
            Err(conflict) => Err(self.conflict(model, conflict)),
        }
    }

    /// The rows, each the first with its key, whose key no row of a model has. A key is the values of these fields, one
    /// column each; one with a none is not looked for. `SchemaError` unless the fields are unique together.
    pub fn unknown_keys(&self, model: ModelId, fields: &[usize], columns: &[Column]) -> Result<Vec<Row>> {
        let unique = self.unique_key(model, fields)?;
        let len = columns.first().map_or(0, Column::len);
        // An index over the input says which keys were there before.
        let mut repeated = Bits::zeros(len);
        let repeat = |_, row| _ = repeated.set(row as usize, true);
        drop(Unique::build((0..columns.len()).collect(), columns, 0..len as Row, &mut Scratch::new(), repeat));
        let found = self.find_keys(model, unique, fields, columns);
        let is_none = |row: Row| columns.iter().any(|column| column.is_none(row));
        let is_new = |&row: &Row| found[row as usize] == NO_ROW && !repeated.get(row as usize) && !is_none(row);
        Ok(room::collected((0..len as Row).filter(is_new)))
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

    /// One field's cells as the table stores them.
    pub(super) fn settled(&self, model: ModelId, field: usize, rows: usize, cells: NewCells) -> Result<Column> {
        let declared = &self.schema.model(model).fields[field];
        let column = match (cells, &declared.kind) {
            (NewCells::Values(column), _) if column.is_like(self.table(model).column(field)) => column,
            (NewCells::Same(value), _) => {
                self.fitting(model, field, &value)?;
                let mut column = empty_column(declared);
                looking(0..rows).for_each(|_| column.push(&value));
                column
            }
            (NewCells::Ids(ids), &Kind::Reference(to, _)) => self.rows_of_ids(model, field, to, ids)?,
            (NewCells::Keys { fields, columns, nested }, &Kind::Reference(to, _)) => {
                self.rows_of_keys(model, field, to, (fields, columns, nested))?
            }
            _ => return Err(self.misfit(model, field, "does not take such a column")),
        };
        if column.len() != rows {
            return Err(self.misfit(model, field, &format!("has {} cells for {rows} rows", column.len())));
        }
        match if declared.optional { None } else { column.first_none() } {
            Some(row) => Err(in_row(row, self.misfit(model, field, "may not be None"))),
            _ => Ok(column),
        }
    }

    /// Ids as reference cells; fails with the first that no live row has.
    pub(super) fn rows_of_ids(&self, model: ModelId, field: usize, to: ModelId, mut ids: Packed) -> Result<Column> {
        let table = self.table(to);
        // Where no row ever left, the next id is that of the next row: what stands in a cell is the id.
        let is_whole = table.len() == table.rows() && table.id(table.rows() as Row) == table.rows() as u64 + 1;
        let known = if is_whole { table.len() as u64 } else { 0 };
        for at in looking(0..ids.len()) {
            let id = ids.get(at);
            if id > known || id > 0 && known == 0 {
                match table.find(id) {
                    Some(row) => ids.set(at, u64::from(row) + 1),
                    None => return Err(in_row(at as Row, self.unknown_id(model, field, to, id))),
                }
            }
        }
        Ok(Column::referring(ids))
    }

    fn rows_of_keys(
        &self,
        model: ModelId,
        field: usize,
        to: ModelId,
        (mut by, mut keys, nested): (Vec<usize>, Vec<Column>, Vec<(usize, NewCells)>),
    ) -> Result<Column> {
        for (part, cells) in nested {
            let column = match (cells, self.schema.refers_to(to, part)) {
                (NewCells::Ids(ids), Some(of)) => self.rows_of_ids(to, part, of, ids)?,
                (NewCells::Keys { fields, columns, nested }, Some(of)) => {
                    self.rows_of_keys(to, part, of, (fields, columns, nested))?
                }
                _ => return Err(self.misfit(to, part, "does not take such a column")),
            };
            by.push(part);
            keys.push(column);
        }
        let unique = self.unique_key(to, &by)?;
        let found = self.find_keys(to, unique, &by, &keys);
        let mut cells = Packed::with_capacity(found.len(), packed::roomy(self.table(to).rows() as u64));
        for (row, found) in looking((0..).zip(found)) {
            if found == NO_ROW && !keys.iter().any(|column| column.is_none(row)) {
                let key: Vec<Value> = keys.iter().map(|column| column.get(row)).collect();
                return Err(in_row(row, self.unknown_key(model, field, to, &by, &key)));
            }
            cells.push(number(found));
        }
        Ok(Column::referring(cells))
    }

    fn unknown_key(&self, model: ModelId, field: usize, to: ModelId, by: &[usize], key: &[Value]) -> Error {
        let one = |(&by, value): (&usize, &Value)| {
            format!("{} {}", self.schema.model(to).fields[by].name, self.shown(to, by, value))
        };
        let shown: Vec<String> = by.iter().zip(key).map(one).collect();
        let (of, to) = (self.schema.model(model), self.schema.model(to));
        Error::NotFound(format!("{}.{}: no {} has {}", of.name, of.fields[field].name, to.name, shown.join(", ")))
    }

    pub(super) fn unknown_id(&self, model: ModelId, field: usize, to: ModelId, id: u64) -> Error {
        let (of, table) = (self.schema.model(model), self.table(to));
        let place = format!("{}.{}", of.name, of.fields[field].name);
        let name = &self.schema.model(to).name;
        match id < table.id(table.rows() as Row) {
            true => Error::Deleted { model: format!("{place}: {name}"), id },
            false => Error::NotFound(format!("{place}: there is no {name} {id}")),
        }
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

pub(super) fn in_row(row: Row, error: Error) -> Error {
    Error::InRow { row: row as usize, error: Box::new(error) }
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
