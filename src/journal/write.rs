//! Changes as SQL.

use rusqlite::{CachedStatement, Connection, Statement};

use crate::journal::table::{SqlTable, quoted};
use crate::journal::value::written;
use crate::store::Store;
use crate::store::change::{Change, Overwritten};
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::history::History;
use crate::store::schema::declaration::Kind;
use crate::store::value::Value;

/// Why changes could not be written.
#[derive(Debug)]
pub enum Refused {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// A row that should be in the file is not: the model and the id.
    Missing(ModelId, Id),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Refused::Sqlite(error)
    }
}

type Result<T> = std::result::Result<T, Refused>;

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
                Change::Delete { model, row } => {
                    let mut statement = self.connection.prepare_cached(&self.table(model).delete())?;
                    self.one(model, row, statement.execute([self.id(model, row)])?)?;
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
            self.one(model, row, statement.raw_execute()?)?;
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
        let mut statement = self.statement(&self.table(model).update(&fields))?;
        for (at, &field) in fields.iter().enumerate() {
            self.bind(&mut statement, at + 1, model, field, &history.value(model, row, field))?;
        }
        statement.raw_bind_parameter(fields.len() + 1, self.id(model, row))?;
        self.one(model, row, statement.raw_execute()?)
    }

    /// The values that rows were given as one change. SQLite looks at each row by itself, so rows whose keys change, and
    /// might swap, are taken out first and put in again, unless there is no index to mind.
    fn set_all(&self, model: ModelId, old: &Overwritten, history: &mut History, is_bare: bool) -> Result<()> {
        let fields: Vec<usize> = old.fields.iter().map(|&(field, _)| field).collect();
        for &row in &old.rows {
            fields.iter().for_each(|&field| history.pass(model, row, field));
        }
        let mut keys = self.store.schema().model(model).unique.iter();
        let is_keyed = keys.any(|key| key.iter().any(|field| fields.contains(field)));
        if is_keyed && !is_bare && old.rows.len() > 1 {
            let mut delete = self.statement(&self.table(model).delete())?;
            for &row in &old.rows {
                self.one(model, row, delete.execute([self.id(model, row)])?)?;
            }
            return self.insert(model, old.rows.iter().copied(), |row, field| history.value(model, row, field));
        }
        let mut statement = self.statement(&self.table(model).update(&fields))?;
        for &row in &old.rows {
            for (at, &field) in fields.iter().enumerate() {
                self.bind(&mut statement, at + 1, model, field, &history.value(model, row, field))?;
            }
            statement.raw_bind_parameter(fields.len() + 1, self.id(model, row))?;
            self.one(model, row, statement.raw_execute()?)?;
        }
        Ok(())
    }

    fn bind(&self, statement: &mut Statement, at: usize, model: ModelId, field: usize, value: &Value) -> Result<()> {
        let kind = &self.store.schema().model(model).fields[field].kind;
        let id = |row| match kind {
            Kind::Reference(to, _) => self.store.table(*to).id(row),
            Kind::Value(_) => 0,
        };
        Ok(statement.raw_bind_parameter(at, written(kind, value, id))?)
    }

    /// A row that was created or changed must be there, and be one.
    fn one(&self, model: ModelId, row: Row, changed: usize) -> Result<()> {
        match changed {
            1 => Ok(()),
            _ => Err(Refused::Missing(model, self.store.table(model).id(row))),
        }
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    fn id(&self, model: ModelId, row: Row) -> i64 {
        self.store.table(model).id(row) as i64
    }

    fn table(&self, model: ModelId) -> &SqlTable {
        &self.tables[model.index()]
    }

    /// The models that get so many rows, or other values in so many, that their indexes are better rebuilt: half of the
    /// existing ones.
    pub fn crowded(&self, changes: &[Change]) -> Vec<ModelId> {
        let mut created = vec![0; self.tables.len()];
        for change in changes {
            match change {
                Change::Create { .. } => created[change.model().index()] += change.count(),
                Change::SetAll { model, old } if self.is_indexed(*model, old) => {
                    created[model.index()] += change.count();
                }
                Change::SetAll { .. } | Change::Set { .. } | Change::Delete { .. } => {}
            }
        }
        let is_crowded = |&(model, created): &(ModelId, usize)| {
            created >= MANY && created >= self.store.table(model).len().saturating_sub(created) / 2
        };
        (0..).map(ModelId).zip(created).filter(is_crowded).map(|(model, _)| model).collect()
    }

    /// Whether an index reads any of the fields.
    fn is_indexed(&self, model: ModelId, old: &Overwritten) -> bool {
        let of = self.store.schema().model(model);
        let is_reference = |field: usize| matches!(of.fields[field].kind, Kind::Reference(..));
        let is_read = |field: usize| is_reference(field) || of.unique.iter().any(|key| key.contains(&field));
        old.fields.iter().any(|&(field, _)| is_read(field))
    }

    /// Drops the indexes of a table.
    pub fn drop_indexes(&self, model: ModelId) -> Result<()> {
        let drop = |(name, _): &(String, String)| format!("DROP INDEX IF EXISTS {};", quoted(name));
        let sql: String = self.table(model).indexes().iter().map(drop).collect();
        Ok(self.connection.execute_batch(&sql)?)
    }

    /// Makes them again.
    pub fn make_indexes(&self, model: ModelId) -> Result<()> {
        let sql: Vec<String> = self.table(model).indexes().into_iter().map(|(_, sql)| sql).collect();
        // What is sorted at a time should fit a core's cache: sorting is twice as fast then.
        self.connection
            .execute_batch(&format!("PRAGMA cache_size = -2000; {}; PRAGMA cache_size = -{CACHE}", sql.join("; ")))?;
        Ok(())
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

/// As many new rows are worth rebuilding indexes.
const MANY: usize = 1000;

/// Of pages, in KiB.
pub const CACHE: u32 = 16_000;
