//! Changes as SQL.

use std::ops::RangeInclusive;

use rusqlite::types::{ToSqlOutput, Value as Owned};
use rusqlite::{CachedStatement, Connection, Statement};

use crate::journal::batch::batches;
use crate::journal::given::{self, Given};
use crate::journal::table::{SqlTable, quoted};
use crate::journal::value::written;
use crate::store::Store;
use crate::store::change::{Change, Overwritten};
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::history::History;
use crate::store::room;
use crate::store::schema::declaration::Kind;
use crate::store::stop::looking;
use crate::store::value::Value;

/// Why changes could not be written.
#[derive(Debug)]
pub enum Refused {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// A row that should be in the file is not: the model, and ids of which it is one.
    Missing(ModelId, RangeInclusive<Id>),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Refused::Sqlite(error)
    }
}

/// Whether they could.
pub type Result<T> = std::result::Result<T, Refused>;

/// Writes what a store says to its tables.
pub struct Writer<'a> {
    pub connection: &'a Connection,
    pub tables: &'a [SqlTable],
    pub store: &'a Store,
}

impl Writer<'_> {
    /// Repeats changes, which are the store's last, in their order.
    pub fn replay(&self, changes: &[Change]) -> Result<()> {
        self.replay_without_indexes(changes, &[])
    }

    /// As [`replay`](Self::replay), while these models have no indexes.
    pub fn replay_without_indexes(&self, changes: &[Change], bare: &[ModelId]) -> Result<()> {
        let mut history = History::of(self.store, changes);
        let mut rest = changes;
        while let Some(change) = rest.first() {
            let mut count = 1;
            match *change {
                Change::Create { model, ref rows } => {
                    let cell = |row, field| history.value(model, row, field);
                    self.insert(model, rows.clone(), cell)?;
                }
                Change::Delete { .. } | Change::DeleteAll { .. } => {
                    let is_delete =
                        |change: &&Change| matches!(change, Change::Delete { .. } | Change::DeleteAll { .. });
                    count = rest.iter().take_while(is_delete).count();
                    self.delete_all(&rest[..count])?;
                }
                Change::Set { model, row, .. } => {
                    let is_of_row = |change: &&Change| is_set_of(change, model, row);
                    count = rest.iter().take_while(is_of_row).count();
                    self.set(model, row, &rest[..count], &mut history)?;
                }
                Change::SetAll { model, ref old } => self.set_all(model, old, &mut history, bare.contains(&model))?,
            }
            rest = &rest[count..];
        }
        Ok(())
    }

    /// Creates rows with these cells.
    pub fn insert<'v>(
        &self,
        model: ModelId,
        rows: impl Iterator<Item = Row>,
        cell: impl Fn(Row, usize) -> Value<'v>,
    ) -> Result<()> {
        let fields = self.store.schema().model(model).fields.len();
        let mut statement = self.statement(&self.table(model).insert())?;
        for row in rows {
            statement.raw_bind_parameter(1, self.id(model, row))?;
            for field in 0..fields {
                self.bind(&mut statement, field + 2, model, field, &cell(row, field))?;
            }
            // A trigger of somebody else's may leave a row out without a word.
            self.all(model, &[self.id(model, row)], statement.raw_execute()?)?;
        }
        Ok(())
    }

    /// Deletes rows, those of a model together: no other row minds, because foreign keys are the engine's work.
    fn delete_all(&self, deletes: &[Change]) -> Result<()> {
        if let [Change::Delete { model, row }] = deletes {
            return self.delete(*model, vec![*row]);
        }
        let mut gone: Vec<Vec<Row>> = vec![Vec::new(); self.tables.len()];
        for change in deletes {
            match change {
                Change::Delete { model, row } => room::push(&mut gone[model.index()], *row),
                Change::DeleteAll { model, rows } => {
                    rows.iter().for_each(|&row| room::push(&mut gone[model.index()], row))
                }
                Change::Create { .. } | Change::Set { .. } | Change::SetAll { .. } => {}
            }
        }
        (0..).map(ModelId).zip(gone).try_for_each(|(model, rows)| self.delete(model, rows))
    }

    fn delete(&self, model: ModelId, rows: Vec<Row>) -> Result<()> {
        let (table, ids) = (self.table(model), self.ids(model, rows));
        if ids.len() >= MANY && self.store.table(model).is_empty() {
            let count = format!("SELECT count(*) FROM {}", quoted(&table.name));
            let all: i64 = self.statement(&count)?.query_row([], |row| row.get(0))?;
            if all == ids.len() as i64 {
                // SQLite gives the pages back, and looks at no row.
                let gone = self.statement(&format!("DELETE FROM {}", quoted(&table.name)))?.execute([])?;
                return self.all(model, &ids, gone);
            }
        }
        self.each_batch(model, &ids, |which| table.delete(which), |_| Ok(0))
    }

    /// Runs a statement for rows, which ascend, as few times as it takes. `bind` binds what comes before the ids, and says
    /// how many parameters that are.
    fn each_batch(
        &self,
        model: ModelId,
        ids: &[i64],
        sql: impl Fn(&str) -> String,
        bind: impl Fn(&mut Statement) -> Result<usize>,
    ) -> Result<()> {
        for batch in batches(ids) {
            let mut statement = self.statement(&sql(&batch.condition()))?;
            let bound = bind(&mut statement)?;
            batch.bind(&mut statement, bound + 1)?;
            self.all(model, batch.ids(), statement.raw_execute()?)?;
        }
        Ok(())
    }

    /// The last values that sets of one row, which follow each other, give its fields.
    fn set(&self, model: ModelId, row: Row, sets: &[Change], history: &mut History) -> Result<()> {
        let mut fields = Vec::new();
        for change in sets {
            if let Change::Set { field, .. } = *change {
                history.pass(model, row, field);
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        self.update(model, &[row], &fields, history)
    }

    /// The values that rows were given as one change. SQLite looks at each row by itself, so rows whose keys change, and
    /// might swap, are taken out first and put in again, unless there is no index to mind.
    fn set_all(&self, model: ModelId, old: &Overwritten, history: &mut History, is_bare: bool) -> Result<()> {
        let fields: Vec<usize> = old.fields.iter().map(|&(field, _)| field).collect();
        history.pass_all(model, old);
        let mut rows = room::collected(old.rows.iter().copied());
        rows.sort_unstable();
        if !is_bare && rows.len() > 1 && self.is_keyed(model, old) {
            self.delete(model, rows.clone())?;
            return self.insert(model, rows.into_iter(), |row, field| history.value(model, row, field));
        }
        self.update(model, &rows, &fields, history)
    }

    /// Gives rows, which ascend, the values that these fields have at this moment.
    fn update(&self, model: ModelId, rows: &[Row], fields: &[usize], history: &History) -> Result<()> {
        let Some(&first) = rows.first() else { return Ok(()) };
        let (table, ids) = (self.table(model), self.ids(model, room::collected(rows.iter().copied())));
        let value = |row: Row, field: usize| history.value(model, row, field);
        let is_first = |&row: &Row| fields.iter().all(|&field| value(row, field) == value(first, field));
        if rows.len() < FEW || looking(rows).all(is_first) {
            // One value a field, of all rows or of each of a few.
            let several = if rows.len() < FEW { 1 } else { rows.len() };
            return rows.chunks(several).zip(ids.chunks(several)).try_for_each(|(rows, ids)| {
                let bind = |statement: &mut Statement| {
                    for (at, &field) in fields.iter().enumerate() {
                        self.bind(statement, at + 1, model, field, &value(rows[0], field))?;
                    }
                    Ok(fields.len())
                };
                self.each_batch(model, ids, |which| table.update(fields, |_| "?".to_owned(), which), bind)
            });
        }
        given::with(self.connection, |give| {
            for (rows, ids) in rows.chunks(GIVEN).zip(ids.chunks(GIVEN)) {
                let mut values = Vec::with_capacity(rows.len() * fields.len());
                for &row in rows {
                    for &field in fields {
                        values.push(owned(self.written(model, field, &value(row, field)))?);
                    }
                }
                give(Given::new(ids, values));
                self.each_batch(model, ids, |which| table.update(fields, given::expression, which), |_| Ok(0))?;
            }
            Ok(())
        })
    }

    fn bind(&self, statement: &mut Statement, at: usize, model: ModelId, field: usize, value: &Value) -> Result<()> {
        Ok(statement.raw_bind_parameter(at, self.written(model, field, value))?)
    }

    fn written<'v>(&self, model: ModelId, field: usize, value: &'v Value<'_>) -> ToSqlOutput<'v> {
        let kind = &self.store.schema().model(model).fields[field].kind;
        let id = |row| match kind {
            Kind::Reference(to, _) => self.store.table(*to).id(row),
            Kind::Value(_) => 0,
        };
        written(kind, value, id)
    }

    /// Rows that were created or changed must be there, and be so many.
    fn all(&self, model: ModelId, ids: &[i64], changed: usize) -> Result<()> {
        match (ids.first(), ids.last()) {
            (Some(&first), Some(&last)) if changed != ids.len() => {
                Err(Refused::Missing(model, first as Id..=last as Id))
            }
            _ => Ok(()),
        }
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    fn id(&self, model: ModelId, row: Row) -> i64 {
        self.store.table(model).id(row) as i64
    }

    /// The ids of rows, ascending.
    fn ids(&self, model: ModelId, mut rows: Vec<Row>) -> Vec<i64> {
        if !rows.is_sorted() {
            rows.sort_unstable();
        }
        room::collected(rows.into_iter().map(|row| self.id(model, row)))
    }

    pub(super) fn table(&self, model: ModelId) -> &SqlTable {
        &self.tables[model.index()]
    }

    /// Keeps the ids from being given again: writes the next one of each model whose last id has no row, unless
    /// `written` says that it is there.
    pub fn spend_ids(&self, written: &mut [Id]) -> Result<()> {
        for (at, (table, written)) in self.tables.iter().zip(written).enumerate() {
            let next = self.unguarded(ModelId(at as u32), *written);
            if let Some(next) = next {
                let mut update = self.statement("UPDATE hasmany_models SET next_id = ? WHERE \"table\" = ?")?;
                update.execute((next as i64, &table.name))?;
                *written = next;
            }
        }
        Ok(())
    }

    /// Whether [`spend_ids`](Self::spend_ids) has anything to do.
    pub fn has_ids_to_spend(&self, written: &[Id]) -> bool {
        written.iter().enumerate().any(|(at, &written)| self.unguarded(ModelId(at as u32), written).is_some())
    }

    /// The next id of a model, if neither its last row nor the file says so.
    fn unguarded(&self, model: ModelId, written: Id) -> Option<Id> {
        let table = self.store.table(model);
        let next = table.next_id();
        (next > written && table.find(next - 1).is_none()).then_some(next)
    }
}

fn is_set_of(change: &Change, of: ModelId, at: Row) -> bool {
    matches!(*change, Change::Set { model, row, .. } if (model, row) == (of, at))
}

fn owned(value: ToSqlOutput) -> rusqlite::Result<Owned> {
    match value {
        ToSqlOutput::Owned(value) => Ok(value),
        ToSqlOutput::Borrowed(value) => Owned::try_from(value).map_err(Into::into),
        _ => Err(rusqlite::Error::InvalidQuery),
    }
}

/// As many changed rows are worth what is done once for all: indexes that are made again, a look at the whole table.
pub const MANY: usize = 1000;

/// Fewer rows than this, of different values, are a statement each.
const FEW: usize = if cfg!(debug_assertions) { 3 } else { 64 };

/// So many rows' values are given to statements at a time.
const GIVEN: usize = 4096;
