//! Reading on beside a writer.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::journal::Journal;
use crate::journal::described::Described;
use crate::journal::error::{Error, Result};
use crate::journal::load::StoredModel;
use crate::journal::table::{SqlTable, column, is_among, quoted};
use crate::store::Store;
use crate::store::id::{Id, ModelId};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Declaration, Kind};
use crate::store::schema::model::Model;
use crate::store::write::fill::Fill;

/// What reading again came to.
pub enum Refreshed {
    /// Nothing was committed since.
    Unchanged,
    /// The store has what is new, whether that is any row or none: no other changed.
    Grown(bool),
    /// A store that [`Store::succeed`]s the one before.
    Other(Box<Store>),
    /// Nothing was read: values for these rows of a model are to be made first.
    Lacking(ModelId, Vec<Id>),
}

impl Journal {
    /// What was committed since it was read. `fill` is for fields that the file does not have. O(rows), or O(new rows)
    /// where a store added some and nobody did anything else.
    pub fn refresh(&mut self, store: &mut Store, fill: &[Vec<Fill>]) -> Result<Refreshed> {
        self.check_place()?;
        if self.is_unchanging {
            // SQLite takes it for a file that never changes, so it is looked at again.
            let mut again = Journal::connect_unchanging(self.path.clone())?;
            std::mem::swap(&mut self.connection, &mut again.connection);
            self.version = -1;
        }
        let era = self.begin_reading("reading it")?;
        let read = catch_unwind(AssertUnwindSafe(|| self.read_again(store, fill, era)));
        _ = self.batch("reading it", "COMMIT");
        read.unwrap_or_else(|ended| resume_unwind(ended))
    }

    fn read_again(&mut self, store: &mut Store, fill: &[Vec<Fill>], era: Option<u64>) -> Result<Refreshed> {
        let version = self.data_version()?;
        if version == self.version {
            self.follower.era = era;
            return Ok(Refreshed::Unchanged);
        }
        if self.reads_otherwise {
            let (shown, what) = (self.path.display(), "calls something otherwise or has another type for it");
            return Err(Error::Schema(format!(
                "{shown}: a class {what} than the file had when it was opened; open the file again"
            )));
        }
        // Where it ends early, the store may be between the two.
        let before = self.follower.era.take();
        if era.is_some()
            && era == before
            && let Some(grown) = self.grow(store)
        {
            (self.version, self.follower.era) = (version, era);
            return Ok(Refreshed::Grown(grown));
        }
        let Described { tables: mut there, strangers } = self.read_tables()?;
        let mut tables = Vec::new();
        for model in store.schema().models() {
            let at = there.iter().position(|(table, _)| table.name == model.table);
            let table = at.map(|at| there.remove(at));
            if let Some((table, _)) = &table {
                self.check_kinds(store.schema(), model, table)?;
            }
            let wanted = SqlTable::of(store.schema(), ModelId(tables.len() as u32));
            self.check_described(&wanted, table.as_ref().map(|(table, _)| table), &strangers)?;
            tables.push(table);
        }
        for ((model, table), fill) in (0..).map(ModelId).zip(&tables).zip(fill) {
            if let Some((table, _)) = table
                && let lacking = self.lacking(store.schema().model(model), table, fill)?
                && !lacking.is_empty()
            {
                return Ok(Refreshed::Lacking(model, lacking));
            }
        }
        let mut fresh = store.emptied();
        let declarations: Vec<Declaration> = there.iter().map(|(table, _)| table.declaration()).collect();
        fresh.add_unclaimed(declarations).map_err(|error| self.corrupt(&error.to_string()))?;
        tables.extend(there.into_iter().map(Some));
        for (at, table) in tables.iter().enumerate() {
            if let Some((table, _)) = table {
                let renewed = fresh.renew_unclaimed(ModelId(at as u32), table.declaration());
                renewed.map_err(|error| self.corrupt(&error.to_string()))?;
            }
        }
        let fills = fill.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
        let places = tables.iter().zip(fills).map(|(table, fill)| StoredModel {
            table: table.as_ref().map(|(table, _)| table),
            next: table.as_ref().map_or(1, |&(_, next)| next),
            fill,
        });
        self.source()?.load(&mut fresh, &places.collect::<Vec<_>>())?;
        let (tables, next): (Vec<SqlTable>, Vec<Id>) = tables.into_iter().map(Option::unwrap_or_default).unzip();
        self.note_seal(self.verify(&fresh, &tables, &next)?);
        (self.version, self.tables, self.next) = (version, tables, next);
        (self.strangers, self.follower.era) = (strangers, era);
        Ok(Refreshed::Other(Box::new(fresh)))
    }

    /// The rows for which a value is still to be made in a field that the file does not have.
    fn lacking(&self, model: &Model, table: &SqlTable, fill: &[Fill]) -> Result<Vec<Id>> {
        let mut lacking = Vec::new();
        for (field, fill) in model.fields.iter().zip(fill).filter(|(_, fill)| fill.all().is_none()) {
            let is_lost = table.lost().iter().any(|lost| lost.name == field.name) && !field.optional;
            let which = match table.field(&field.name) {
                None => String::new(),
                Some(_) if is_lost => format!("WHERE {} IS NULL", quoted(&field.name)),
                Some(_) => continue,
            };
            let sql = format!("SELECT \"id\" FROM {} {which}", quoted(&table.name));
            let ids = self
                .connection()?
                .prepare(&sql)
                .and_then(|mut ids| ids.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>());
            let ids = ids.map_err(|error| self.failed("reading it", &error))?;
            lacking.extend(ids.into_iter().filter_map(|id| Id::try_from(id).ok()).filter(|&id| fill.of(id).is_none()));
        }
        Ok(lacking)
    }

    /// Refuses a model that would be read as empty, or a field that would be read as its default, because the file does
    /// not describe what it has.
    pub(super) fn check_described(
        &self,
        wanted: &SqlTable,
        there: Option<&SqlTable>,
        strangers: &[String],
    ) -> Result<()> {
        let (shown, class, table) = (self.path.display(), &wanted.class, &wanted.name);
        let what = match there.filter(|there| !there.name.is_empty()) {
            None => is_among(table, strangers).then(|| format!("the table '{table}'")),
            Some(there) => {
                let others: Vec<String> = there.others.iter().map(|other| other.name.clone()).collect();
                let columns = wanted.fields.iter().filter(|field| there.field(&field.name).is_none()).map(column);
                let hidden = columns.into_iter().find(|column| is_among(column, &others));
                hidden.map(|column| format!("the column '{column}' of the table '{table}'"))
            }
        };
        what.map_or(Ok(()), |what| {
            Err(Error::Schema(format!(
                "{shown}: {class}: the file has {what} and does not say that it is a store's, so it cannot be read; give \
                 the class another name for it"
            )))
        })
    }

    pub(super) fn check_kinds(&self, schema: &Schema, model: &Model, table: &SqlTable) -> Result<()> {
        for field in &model.fields {
            let is_same = |there: &Kind<String>| match (&field.kind, there) {
                (Kind::Value(one), Kind::Value(two)) => one.kept() == two.kept(),
                (Kind::Reference(to, _), Kind::Reference(table, _)) => schema.model(*to).table == *table,
                _ => false,
            };
            if table.field(&field.name).is_some_and(|there| !is_same(&there.kind)) {
                let (shown, table, field) = (self.path.display(), &table.name, &field.name);
                return Err(Error::Schema(format!(
                    "{shown}: {field} in the table {table} is of another type now; open the file again"
                )));
            }
        }
        Ok(())
    }
}
