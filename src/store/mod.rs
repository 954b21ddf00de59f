//! The engine: models, rows, references, and what is derived from them. See `docs/design.md`.
//!
//! [`Store`] is the one door. Everything that changes rows goes through [`Store::create`], [`Store::set`] and
//! [`Store::delete`], inside a transaction.

pub mod calendar;
pub mod cells;
pub mod change;
pub mod decimal;
pub mod error;
pub mod id;
mod index;
pub mod instead;
pub mod iso;
pub mod json;
pub mod members;
pub mod parallel;
pub mod progress;
pub mod read;
pub mod room;
pub mod schema;
pub mod stop;
pub mod table;
pub mod text;
mod transaction;
pub mod types;
pub mod uuid;
pub mod value;
pub mod wide;
pub mod write;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::cells::column::Column;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, Reference, Row};
use crate::store::index::unique::Vacant;
use crate::store::room::spare;
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind};
use crate::store::table::Table;
use crate::store::table::assign::Clash;
use crate::store::value::Value;

/// The rows of every model.
#[derive(Debug, Default)]
pub struct Store {
    schema: Schema,
    tables: Vec<Table>,
    /// What the open transactions did, in order.
    log: Vec<Change>,
    /// Where in the log each open transaction began, outermost first.
    marks: Vec<usize>,
    /// What to tidy when the outermost transaction ends.
    untidy: Untidy,
    version: u64,
    /// Whether so much was asked of a unique index still to be built that it should be.
    is_key_due: AtomicBool,
}

/// Work put off to the end of a transaction, so that nothing that undo needs is dropped before.
#[derive(Debug, Default)]
struct Untidy {
    /// Lists with many stale entries.
    lists: Vec<(Reference, Row)>,
    /// Columns whose text was overwritten.
    texts: Vec<Reference>,
    /// Whether any row left.
    rows: bool,
}

impl Store {
    /// The models.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The rows of a model.
    pub fn table(&self, model: ModelId) -> &Table {
        &self.tables[model.index()]
    }

    /// How many rows all models have together.
    pub fn rows_in_all(&self) -> usize {
        self.tables.iter().map(Table::len).sum()
    }

    /// Changes whenever a row of any model left, came back or was renumbered.
    pub fn version(&self) -> u64 {
        self.version
    }

    // ── models ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Says which table a collection's members are in, once that is known.
    pub fn set_target(&mut self, model: ModelId, collection: &str, table: &str) {
        self.schema.set_target(model, collection, table);
    }

    /// Whether [`settle_keys`](Self::settle_keys) would make questions faster.
    #[inline]
    pub fn is_key_due(&self) -> bool {
        self.is_key_due.load(Ordering::Relaxed)
    }

    /// Builds the unique indexes that were asked for often and are still to be built. It changes no row. O(rows).
    pub fn settle_keys(&mut self) {
        self.tables.iter_mut().filter(|table| table.is_key_due()).for_each(Table::settle_keys);
        *self.is_key_due.get_mut() = false;
    }

    fn note_keys(&self, model: ModelId) {
        if self.table(model).is_key_due() {
            self.is_key_due.store(true, Ordering::Relaxed);
        }
    }

    // ── the one door ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Creates a row with these values, one a field. O(indexes).
    pub fn create(&mut self, model: ModelId, values: &[Value]) -> Result<Row> {
        match self.admit(model, values)? {
            Admitted::New(row) => Ok(row),
            Admitted::Known { row, unique } => {
                Err(self.duplicate(model, &self.table(model).uniques()[unique].fields, row))
            }
        }
    }

    /// The row whose two references, which are the model's only key and its only fields, lead to these live rows; or
    /// where a new one is to be [put](Self::create_pair), as long as nothing changes. O(1).
    pub fn seek_pair(&self, model: ModelId, pair: [Row; 2]) -> std::result::Result<Row, Vacant> {
        let found = self.table(model).seek_pair(pair);
        self.note_keys(model);
        found
    }

    /// Creates the row that [`seek_pair`](Self::seek_pair) did not find. O(indexes).
    pub fn create_pair(&mut self, model: ModelId, pair: [Row; 2], vacant: Vacant) -> Result<Row> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        self.has_room(model)?;
        spare(&mut self.log);
        let vacant = self.tables[model.index()].make_room_for_pair(pair, vacant);
        Ok(self.append(model, &pair.map(Value::Row), Some(vacant)))
    }

    /// Creates a row unless another has its key in one of the unique indexes.
    fn admit(&mut self, model: ModelId, values: &[Value]) -> Result<Admitted> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        self.has_room(model)?;
        let fields = self.table(model).columns().len();
        if values.len() != fields {
            let (name, given) = (&self.schema.model(model).name, values.len());
            return Err(Error::Schema(format!("{name} has {fields} fields, {given} values were given")));
        }
        for (field, value) in values.iter().enumerate() {
            self.fitting(model, field, value)?;
        }
        spare(&mut self.log);
        let table = &mut self.tables[model.index()];
        // The only key of most join models: one probe finds its row, or the place of the new one.
        let vacant = match table.pair_key(values) {
            Some(key) => match table.seek_pair(key) {
                Ok(row) => return Ok(Admitted::Known { row, unique: 0 }),
                Err(vacant) => Some(table.make_room_for_pair(key, vacant)),
            },
            None => None,
        };
        let uniques = if vacant.is_some() { &[] } else { table.uniques() };
        for (at, unique) in uniques.iter().enumerate() {
            let found = match *unique.fields {
                [a, b] => table.find_key(at, &[&values[a], &values[b]]),
                [a] => table.find_key(at, &[&values[a]]),
                _ => table.find_key(at, &unique.fields.iter().map(|&field| &values[field]).collect::<Vec<_>>()),
            };
            if let Some(row) = found {
                return Ok(Admitted::Known { row, unique: at });
            }
        }
        Ok(Admitted::New(self.append(model, values, vacant)))
    }

    /// A new row with these values, which fit. There is room for it in the log.
    fn append(&mut self, model: ModelId, values: &[Value], vacant: Option<Vacant>) -> Row {
        let table = &mut self.tables[model.index()];
        let row = table.append(values);
        table.enter(row, vacant);
        self.log.push(Change::Create { model, rows: row..row + 1 });
        row
    }

    fn has_room(&self, model: ModelId) -> Result<()> {
        match self.table(model).room() {
            0 => Err(Error::Full { model: self.schema.model(model).name.clone() }),
            _ => Ok(()),
        }
    }

    /// Gives fields of a live row other values, all or, on an error, none. O(indexes), and for a reference O(rows
    /// that refer to the same parent) at worst, to take the place that the row's age gives it.
    pub fn set(&mut self, model: ModelId, row: Row, values: &[(usize, Value)]) -> Result<()> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        values.iter().try_for_each(|(field, value)| self.fitting(model, *field, value))?;
        let table = self.table(model);
        let given = |field: usize| values.iter().rfind(|(other, _)| *other == field).map(|(_, value)| value);
        for (at, unique) in table.uniques().iter().enumerate() {
            if !unique.fields.iter().any(|&field| given(field).is_some()) {
                continue;
            }
            let cell = |&at: &usize| given(at).cloned().unwrap_or_else(|| table.column(at).get(row));
            let key: Vec<Value> = unique.fields.iter().map(cell).collect();
            match table.find_key(at, &key.iter().collect::<Vec<_>>()) {
                Some(other) if other != row => return Err(self.duplicate(model, &unique.fields, other)),
                _ => {}
            }
        }
        for (field, value) in values {
            if self.table(model).column(*field).get(row) != *value {
                spare(&mut self.log);
                self.tables[model.index()].make_room_in_column(*field, value);
                let old = self.assign(model, row, *field, value);
                self.log.push(Change::Set { model, row, field: *field, old });
            }
        }
        Ok(())
    }

    fn assign_all(
        &mut self,
        model: ModelId,
        rows: &[Row],
        fields: &[(usize, Column)],
    ) -> std::result::Result<Vec<(usize, Column)>, Clash> {
        let lists = &mut self.untidy.lists;
        let due = |field, parent| lists.push((Reference { model, field }, parent));
        let olds = self.tables[model.index()].assign_all(rows, fields, due)?;
        self.untidy.texts.extend(fields.iter().map(|&(field, _)| Reference { model, field }));
        Ok(olds)
    }

    /// Undoes the creation of rows. Their ids are spent.
    fn uncreate(&mut self, model: ModelId, rows: Range<Row>) {
        if rows.len() < self.table(model).rows() / 8 || rows.len() == 1 {
            rows.rev().for_each(|row| self.leave(model, row));
        } else {
            self.tables[model.index()].leave_all(rows);
            self.untidy.rows = true;
        }
    }

    fn leave(&mut self, model: ModelId, row: Row) {
        let lists = &mut self.untidy.lists;
        self.tables[model.index()].leave(row, |field, parent| lists.push((Reference { model, field }, parent)));
        self.untidy.rows = true;
        self.version += 1;
    }

    fn assign(&mut self, model: ModelId, row: Row, field: usize, value: &Value) -> Value<'static> {
        let lists = &mut self.untidy.lists;
        let due = |field, parent| lists.push((Reference { model, field }, parent));
        let old = self.tables[model.index()].assign(row, field, value, due);
        let text = Reference { model, field };
        if matches!(old, Value::Text(_) | Value::Bytes(_)) && self.untidy.texts.last() != Some(&text) {
            self.untidy.texts.push(text);
        }
        old
    }

    /// Refuses a value that does not fit its field.
    fn fitting(&self, model: ModelId, field: usize, value: &Value) -> Result<()> {
        let refuse = |why: &str| Err(self.misfit(model, field, why));
        let declared = &self.schema.model(model).fields[field];
        match (&declared.kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) if !self.table(*to).lives(*row) => {
                let id = if (*row as usize) < self.table(*to).rows() { self.table(*to).id(*row) } else { 0 };
                Err(Error::Deleted { model: self.schema.model(*to).name.clone(), id })
            }
            (_, Value::None) if !declared.optional => refuse("may not be None"),
            _ if !self.table(model).column(field).takes(value) => refuse(&format!("does not take {value:.80?}")),
            _ => Ok(()),
        }
    }

    fn misfit(&self, model: ModelId, field: usize, why: &str) -> Error {
        let model = self.schema.model(model);
        Error::Field { model: model.name.clone(), field: model.fields[field].name.clone(), why: why.to_owned() }
    }

    fn duplicate(&self, model: ModelId, fields: &[usize], existing: Row) -> Error {
        let table = self.table(model);
        let key: Vec<Value> = fields.iter().map(|&field| table.column(field).get(existing)).collect();
        let id = table.id(existing);
        let who = format!("{} {id}", self.schema.model(model).name);
        let message = format!("{who} already has this {}", self.shown_key(model, fields, &key));
        Error::Duplicate { model, existing: Some(id), message }
    }

    /// "day, room (2026-03-01, 7)": fields and their values, as a message shows them; a reference by its id.
    fn shown_key(&self, model: ModelId, fields: &[usize], key: &[Value]) -> String {
        let of = self.schema.model(model);
        let names: Vec<&str> = fields.iter().map(|&field| of.fields[field].name.as_str()).collect();
        let shown = fields.iter().zip(key).map(|(&field, value)| self.shown(model, field, value));
        format!("{} ({})", names.join(", "), shown.collect::<Vec<_>>().join(", "))
    }

    /// A value of a field, as a message shows it.
    fn shown(&self, model: ModelId, field: usize, value: &Value) -> String {
        match (&self.schema.model(model).fields[field].kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) => self.table(*to).id(*row).to_string(),
            (Kind::Reference(..), value) => value.to_string(),
            (Kind::Value(of), value) => value.shown(*of),
        }
    }
}

/// What became of a row that was to be created.
enum Admitted {
    New(Row),
    /// Another row has its key in this unique index.
    Known {
        row: Row,
        unique: usize,
    },
}

fn is_reference(field: &Field) -> bool {
    matches!(field.kind, Kind::Reference(..))
}

fn empty_column(field: &Field) -> Column {
    match field.kind {
        Kind::Value(of) => Column::new(of.storage(), field.optional),
        Kind::Reference(..) => Column::reference(),
    }
}

/// An id outside the engine names a row inside it only while that row lives.
impl Store {
    /// The live row with an id, or [`Error::Deleted`].
    pub fn row(&self, model: ModelId, id: Id) -> Result<Row> {
        let deleted = || Error::Deleted { model: self.schema.model(model).name.clone(), id };
        self.table(model).find(id).ok_or_else(deleted)
    }
}
