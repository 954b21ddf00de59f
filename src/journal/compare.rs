//! Whether a file holds what memory does.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use rusqlite::Connection;

use crate::journal::Journal;
use crate::journal::error::{Error, Result};
use crate::journal::indexes::CACHE;
use crate::journal::load::{StoredModel, another};
use crate::journal::seal::Known;
use crate::journal::table::SqlTable;
use crate::store::Store;
use crate::store::id::{Id, ModelId};

/// Of pages, in KiB, while SQLite checks: it looks each row up in each index, in no order of theirs, and reads a page again
/// that it has no room for. Taken as far as there are pages.
const CHECKED: u32 = 256_000;

/// What SQLite says of the file: "ok", or the first thing that is wrong.
fn integrity(connection: &Connection) -> rusqlite::Result<String> {
    connection.execute_batch(&format!("PRAGMA cache_size = -{CHECKED}"))?;
    let found = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    connection.execute_batch(&format!("PRAGMA cache_size = -{CACHE}"))?;
    found
}

impl Journal {
    /// Compares the file with the store, cell by cell, and has SQLite check its own. O(rows). A forked child has no
    /// file.
    pub fn check(&self, store: &Store) -> Result<()> {
        if !self.is_ours() {
            return Ok(());
        }
        self.check_place()?;
        // Of what SQLite has in memory the disk may know nothing any more.
        let fresh = match self.is_unchanging {
            true => None,
            false => Some(another(&self.path)?),
        };
        let connection = fresh.as_ref().map_or_else(|| self.connection(), Ok)?;
        let found = integrity(connection).map_err(|error| self.failed("checking it", &error))?;
        // What SQLite could not look at, because there was no memory (its error 7), is no damage.
        if found.ends_with("error code=7") {
            return Err(Error::Memory(format!("{}: not enough memory to check it", self.path.display())));
        }
        if found != "ok" {
            return Err(self.corrupt(&found));
        }
        if !self.writes {
            // The file may have gone on since it was read, but what is in it now is what was written.
            return Journal::read(&self.path).map(drop);
        }
        match self.read_alone("checking it", |journal| journal.difference(store))? {
            None => Ok(()),
            Some((model, id)) => {
                let table = &self.tables[model.index()].name;
                Err(self.corrupt(&format!("table {table}, row {id} is not what memory says")))
            }
        }
    }

    /// After somebody else has written to the file: if the rows are still those of the store, in which no transaction
    /// is open, it was tidied only, and the store goes on. O(rows), once.
    pub fn reconcile(&mut self, store: &Store) -> Result<()> {
        if self.is_foreign || !self.writes || self.check_version().is_ok() {
            return Ok(());
        }
        self.batch("reading it", "BEGIN IMMEDIATE")?;
        let compare = || {
            let is_same =
                self.is_same(store).and_then(|same| Ok((same, self.finds_triggers()?, self.counter_at_rest()?)));
            (is_same, self.data_version())
        };
        let compared = catch_unwind(AssertUnwindSafe(compare));
        _ = self.batch("reading it", "ROLLBACK");
        match compared.unwrap_or_else(|ended| resume_unwind(ended)) {
            (Ok((true, has_triggers, rests)), Ok(version)) => {
                (self.version, self.has_triggers) = (version, has_triggers);
                (self.rests, self.is_waking) = (rests, false);
                Ok(())
            }
            (is_same, version) => {
                self.is_foreign = true;
                is_same.and(version).map(drop)
            }
        }
    }

    /// Whether somebody made triggers. Who makes some later changes the version.
    pub(super) fn finds_triggers(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger')";
        self.connection()?.query_row(sql, [], |row| row.get(0)).map_err(|error| self.failed("reading it", &error))
    }

    /// Whether the file holds what the store does. Under a transaction.
    pub(super) fn is_same(&self, store: &Store) -> Result<bool> {
        let (tables, next): (Vec<SqlTable>, Vec<Id>) = self.read_tables()?.tables.into_iter().unzip();
        let is_same =
            |(one, two): (&SqlTable, &SqlTable)| one.name == two.name && one.has_columns_of(two) && !two.lacks_index;
        let are_same = tables.len() == self.tables.len() && self.tables.iter().zip(&tables).all(is_same);
        Ok(are_same && next == self.next && self.difference(store)?.is_none())
    }

    /// A row that is not in the file as it is in the store. Under a transaction.
    fn difference(&self, store: &Store) -> Result<Option<(ModelId, Id)>> {
        let mut there = store.emptied();
        let places = self.tables.iter().zip(&self.next);
        let places =
            places.map(|(table, &next)| StoredModel { table: Some(table), next, fill: &[] }).collect::<Vec<_>>();
        self.source()?.load(&mut there, &places)?;
        Ok(store.difference(&there))
    }

    /// Whether the file holds what memory does, as far as this is known, or else is found out. O(rows) where triggers of
    /// somebody else may have done what memory does not hear of.
    pub(super) fn is_like(&self, store: &Store) -> Result<bool> {
        if self.is_foreign || self.check_version().is_err() {
            return Ok(false);
        }
        if self.writes && self.has_triggers && self.seal.get() != Known::Same {
            return self.read_alone("comparing it", |journal| journal.is_same(store));
        }
        Ok(true)
    }
}
