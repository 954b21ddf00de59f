//! What existing rows get in fields in which they have no value yet.

use std::sync::Arc;

use foldhash::HashMap;

use crate::store::cells::column::Column;
use crate::store::id::{Id, ModelId, NO_ROW, Row};
use crate::store::schema::declaration::{Kind, OnDelete};
use crate::store::schema::model::Model;
use crate::store::table::Table;
use crate::store::value::Value;
use crate::store::write::convert::converted;
use crate::store::{Store, empty_column};

/// What existing rows get in one field in which they have no value yet.
#[derive(Clone, Debug)]
pub struct Fill {
    values: Values,
    /// Whether the file kept the field while its model did not have it: rows that were created meanwhile have none.
    pub is_back: bool,
}

#[derive(Clone, Debug)]
enum Values {
    Same(Value<'static>),
    Each(Arc<HashMap<Id, Value<'static>>>),
}

impl Default for Fill {
    /// Nothing.
    fn default() -> Self {
        Fill::same(Value::None)
    }
}

impl Fill {
    /// One value for all rows.
    pub fn same(value: Value<'static>) -> Self {
        Fill { values: Values::Same(value), is_back: false }
    }

    /// A value for each of these rows.
    pub fn each(values: Arc<HashMap<Id, Value<'static>>>) -> Self {
        Fill { values: Values::Each(values), is_back: false }
    }

    /// What a row gets; nothing if no value was made for it.
    pub fn of(&self, id: Id) -> Option<&Value<'static>> {
        match &self.values {
            Values::Same(value) => Some(value),
            Values::Each(values) => values.get(&id),
        }
    }

    /// The one value that all rows get, if it is one.
    pub fn all(&self) -> Option<&Value<'static>> {
        match &self.values {
            Values::Same(value) => Some(value),
            Values::Each(_) => None,
        }
    }

    /// Bytes of the longest text or bytes among them.
    pub fn longest(&self) -> usize {
        let values = self.all().into_iter().chain(self.made().map(|(_, value)| value));
        let len = |value: &Value| match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        values.map(len).max().unwrap_or(0)
    }

    /// The values that were made, by row; none where all rows get the same.
    pub fn made(&self) -> impl Iterator<Item = (Id, &Value<'static>)> {
        let made = match &self.values {
            Values::Same(_) => None,
            Values::Each(values) => Some(values),
        };
        made.into_iter().flat_map(|values| values.iter().map(|(&id, value)| (id, value)))
    }
}

impl Store {
    /// The live rows of a model that have no value in a field of this name; of a field that is not there, all. O(rows).
    pub fn wanting(&self, model: ModelId, name: &str) -> Vec<Id> {
        let Some(of) = self.schema.models().get(model.index()) else { return Vec::new() };
        let table = self.table(model);
        let field = of.fields.iter().position(|field| field.name == name);
        let wants = |row: &Row| field.is_none_or(|field| table.column(field).is_none(*row));
        table.live().filter(wants).map(|row| table.id(row)).collect()
    }

    /// The column of a field of a new definition where the old one cannot be kept as it is: of one that is new, or back.
    pub(super) fn refilled(&self, table: &Table, model: &Model, field: usize, origin: Origin) -> Column {
        let declared = &model.fields[field];
        let mut column = empty_column(declared);
        let zero = zero(&declared.kind);
        for row in 0..table.rows() as Row {
            // A required field without a default is only new where no row lives; dead cells need none.
            match table.lives(row).then(|| self.new_cell(table, model, field, origin, row)).flatten() {
                Some(value) if column.takes(&value) => column.push(&value),
                _ => column.push(&zero),
            }
        }
        column
    }

    /// What a live row holds in a field of a new definition; nothing if no value was made for it.
    pub(super) fn new_cell(
        &self,
        table: &Table,
        model: &Model,
        field: usize,
        Origin { source, fill }: Origin,
        row: Row,
    ) -> Option<Value<'static>> {
        let Some(source) = source else { return fill.of(table.id(row)).cloned() };
        let field = &model.fields[field];
        match (table.column(source).get(row).into_owned(), &field.kind) {
            (Value::Int(id), Kind::Reference(to, _)) => {
                let found = u64::try_from(id).ok().and_then(|id| self.tables.get(to.index())?.find(id));
                Some(found.map_or(Value::None, Value::Row))
            }
            (Value::None, Kind::Value(_)) if fill.is_back && !field.optional => fill.of(table.id(row)).cloned(),
            (value, Kind::Value(to)) => converted(&value, *to),
            (value, Kind::Reference(..)) => Some(value),
        }
    }

    /// The rows whose number in the column of a reference that is back is no row's, unless the reference says that
    /// they refer to nothing then; with that number.
    pub(super) fn dangling(&self, table: &Table, model: &Model, field: usize, source: usize) -> Vec<(Id, i64)> {
        let Kind::Reference(to, on_delete) = model.fields[field].kind else { return Vec::new() };
        let known = |id: i64| u64::try_from(id).ok().and_then(|id| self.tables.get(to.index())?.find(id)).is_some();
        let dangles = |row: Row| match table.column(source).get(row) {
            Value::Int(id) if on_delete != OnDelete::Nullify && !known(id) => Some((table.id(row), id)),
            _ => None,
        };
        table.live().filter_map(dangles).collect()
    }
}

/// Where the cells of a field of a new definition come from: an old field, if there is one, and what fills the rest.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub source: Option<usize>,
    pub fill: &'a Fill,
}

/// Some value of a kind, for the cells of dead rows.
pub fn zero(kind: &Kind<ModelId>) -> Value<'static> {
    match kind {
        Kind::Value(of) => Value::zero(of.storage()),
        Kind::Reference(..) => Value::Row(NO_ROW),
    }
}
