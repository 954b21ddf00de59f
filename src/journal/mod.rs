//! A store's file: SQLite, which hears what the store commits. See "A store's file" in `docs/design.md`.
//!
//! A [`Journal`] is made with the store that was read from its file. [`Journal::define`] and [`Journal::write`] are
//! told of models and changes before these count; what they refuse must be undone.

mod away;
mod batch;
mod beside;
mod commits;
mod compare;
mod connect;
pub mod create;
mod define;
mod described;
pub mod error;
mod follow;
pub mod foreign;
mod given;
mod grown;
mod indexes;
mod keyed;
mod load;
mod lock;
mod open;
pub mod opener;
mod posix;
pub mod refresh;
mod rename;
mod rest;
mod seal;
mod table;
mod unfinished;
mod value;
mod verify;
mod write;

use std::cell::Cell;
use std::fs::Permissions;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::journal::beside::{Place, beside};
use crate::journal::commits::{Follower, Teller};
use crate::journal::connect::tidy;
use crate::journal::error::{Error, Result};
use crate::journal::lock::Lock;
use crate::journal::opener::Opener;
use crate::journal::seal::Known;
use crate::journal::table::{SqlTable, column};
use crate::journal::write::{Refused, Writer};
use crate::store::Store;
use crate::store::change::Change;
use crate::store::id::{Id, ModelId};
use crate::store::schema::declaration::Field;

/// How long what was committed lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Beyond the end of the process, however it ends. If the machine ends, the last moments may be lost.
    Normal,
    /// Beyond the end of the machine: every commit waits for the disk.
    Full,
}

impl Durability {
    /// Its name, as Python says it.
    pub fn name(self) -> &'static str {
        match self {
            Durability::Normal => "normal",
            Durability::Full => "full",
        }
    }
}

/// A store's file while it is open.
#[derive(Debug)]
pub struct Journal {
    /// Nothing once it is closed.
    connection: Option<Connection>,
    /// The right to write; nothing for a reader.
    lock: Option<Lock>,
    /// Whether it is a writer's.
    writes: bool,
    path: PathBuf,
    /// Which file is open, once that is sure.
    place: Option<Place>,
    /// Which files its log and the log's index are.
    logs: [Option<Place>; 2],
    /// Those of the file when it was opened.
    permissions: Option<Permissions>,
    /// The tables of the file; those of the store's models have the models' numbers.
    tables: Vec<SqlTable>,
    /// The next id of each, as the file says.
    next: Vec<Id>,
    /// Tables and views that the file has and does not describe.
    strangers: Vec<String>,
    /// Of a reader: whether its classes call something otherwise than the file, or read it as another type.
    reads_otherwise: bool,
    /// Whether the file has triggers, which are somebody else's.
    has_triggers: bool,
    /// What SQLite counts up when others write.
    version: i64,
    /// Whether others were found to have changed rows.
    is_foreign: bool,
    /// SQLite's count of its changes, as long as it is at rest.
    rests: Option<u32>,
    /// Whether it was tried to change that, and is not known how far it came.
    is_waking: bool,
    durability: Durability,
    /// Of a writer, in the mode with a log.
    teller: Option<Teller>,
    /// Of a reader.
    follower: Follower,
    /// What is known of the seal that is in the file.
    seal: Cell<Known>,
    /// Whether others had changed it when it was opened, if that is known.
    changed_elsewhere: Option<bool>,
    /// Whether it is read without any regard to others, who cannot be seen from here.
    is_unchanging: bool,
    opener: Opener,
    /// Whether the file was read well, so that closing it may change it.
    may_tidy: bool,
}

impl Journal {
    /// Where the file is, or was.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes changes, which are the store's last, as one transaction of SQLite's.
    pub fn write(&mut self, store: &Store, changes: &[Change]) -> Result<()> {
        self.wake()?;
        let connection = self.connection()?;
        let writer = Writer { connection, tables: &self.tables, store };
        let adds = changes.iter().all(|change| matches!(change, Change::Create { .. }));
        let is_single = changes.len() == 1 && changes[0].count() == 1;
        // A trigger may say that what it did stays though it failed: only a transaction undoes that.
        if is_single && self.seal.get() == Known::None && !self.has_triggers && !writer.has_ids_to_spend(&self.next) {
            self.check_place()?;
            self.check_version()?;
            writer.replay(changes).map_err(|refused| self.refused(store, refused))?;
            self.tell(adds);
            return Ok(());
        }
        let mut next = self.next.clone();
        let crowded = writer.crowded(changes);
        self.check_place()?;
        self.change_anywhere("writing", adds && crowded.is_empty(), |journal| {
            let refused = |refused| journal.refused(store, refused);
            crowded.iter().try_for_each(|&model| writer.drop_indexes(model)).map_err(refused)?;
            writer.replay_without_indexes(changes, &crowded).map_err(refused)?;
            crowded.iter().try_for_each(|&model| writer.make_indexes(model)).map_err(refused)?;
            writer.spend_ids(&mut next).map_err(refused)
        })?;
        self.next = next;
        Ok(())
    }

    /// Writes which ids were given to rows that came to nothing, so that they are not given again.
    pub fn spend_ids(&mut self, store: &Store) -> Result<()> {
        let mut next = self.next.clone();
        let has_ids = |journal: &Self| {
            let connection = journal.connection()?;
            Ok(Writer { connection, tables: &journal.tables, store }.has_ids_to_spend(&journal.next))
        };
        if self.writes && has_ids(self)? {
            self.wake()?;
            let writer = Writer { connection: self.connection()?, tables: &self.tables, store };
            self.change_anywhere("writing", true, |journal| {
                writer.spend_ids(&mut next).map_err(|refused| journal.refused(store, refused))
            })?;
            self.next = next;
        }
        Ok(())
    }

    /// Changes the file in a transaction of SQLite's, or not at all.
    fn change<T>(&self, doing: &str, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.check_place()?;
        self.change_anywhere(doing, false, work)
    }

    /// As [`change`](Self::change), wherever the file is now. `adds` says that rows are added and no others changed.
    fn change_anywhere<T>(&self, doing: &str, adds: bool, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let done = self.commit_anywhere(doing, |journal| {
            journal.break_seal()?;
            work(journal)
        })?;
        let had_none = self.seal.replace(Known::None) == Known::None;
        self.tell(adds && had_none);
        Ok(done)
    }

    fn commit_anywhere<T>(&self, doing: &str, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let (transaction, done) = self.transaction(doing, work)?;
        transaction.commit().map_err(|error| self.failed(doing, &error))?;
        Ok(done)
    }

    /// Reads while nobody else writes.
    fn read_alone<T>(&self, doing: &str, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        // Undone, not committed: to commit even nothing waits for those who read a file at rest.
        self.transaction(doing, work).map(|(_, done)| done)
    }

    fn transaction<T>(&self, doing: &str, work: impl FnOnce(&Self) -> Result<T>) -> Result<(Transaction<'_>, T)> {
        // Dropped before it is committed, by an error or a panic, it is undone.
        let transaction = Transaction::new_unchecked(self.connection()?, TransactionBehavior::Immediate);
        let transaction = transaction.map_err(|error| self.failed(doing, &error))?;
        self.check_version()?;
        let done = work(self)?;
        Ok((transaction, done))
    }

    /// Refuses if somebody else has written to the file.
    fn check_version(&self) -> Result<()> {
        let is_same = match self.rests.filter(|_| self.is_waking) {
            Some(counter) => self.is_still(counter)?,
            None => self.data_version()? == self.version,
        };
        match is_same {
            true => Ok(()),
            false => Err(Error::Locked(format!(
                "{}: another program wrote to this file; nothing was changed: try again, and if that does not help, its \
                 rows are others now: close the store and open it again",
                self.path.display()
            ))),
        }
    }

    fn data_version(&self) -> Result<i64> {
        let read = || {
            self.connection.as_ref().map(|c| c.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0)))
        };
        read().unwrap_or(Ok(0)).map_err(|error: rusqlite::Error| self.failed("reading it", &error))
    }

    /// The columns that only the file has: table, name and type.
    pub fn surplus(&self) -> impl Iterator<Item = (&str, String, String)> {
        self.tables.iter().flat_map(|table| table.surplus().map(|(name, of)| (table.name.as_str(), name, of)))
    }

    /// Whether a column of a model's table is of a field that its class did not have when the file was last written.
    pub fn is_taken_out(&self, model: ModelId, wanted: &str) -> bool {
        self.table(model).is_some_and(|table| table.lost().iter().any(|field| column(field) == wanted))
    }

    /// Whether a model's table has a column.
    pub fn has_column(&self, model: ModelId, wanted: &str) -> bool {
        self.table(model).is_some_and(|table| table.fields.iter().any(|field| column(field) == wanted))
    }

    /// Whether the file has a field of a model, by its table.
    pub fn has_field(&self, table: &str, field: &str) -> bool {
        self.tables.iter().any(|other| other.name == table && other.field(field).is_some())
    }

    /// In a forked child: gives up the file, which is the parent's.
    pub fn abandon(&mut self) {
        // To close the connection here would end what the parent does; the lock's file must not stay open, or it
        // would outlive the parent, but only the parent may unlock it.
        std::mem::forget(self.connection.take());
        if let Some(lock) = self.lock.take() {
            lock.abandon();
        }
    }

    /// Refuses fields that are new to the store's model but not to the file: what is in them was not read.
    pub fn check_unread<'a>(&self, table: &str, mut fields: impl Iterator<Item = &'a Field>) -> Result<()> {
        let Some(there) = self.tables.iter().find(|other| other.name == table) else { return Ok(()) };
        let held = |field: &&'a Field| there.fields.iter().position(|other| column(other) == column(*field));
        let Some((field, at)) = fields.find_map(|field| Some((field, held(&field)?))) else { return Ok(()) };
        let (path, name, other) = (self.path.display(), &field.name, &there.fields[at].name);
        Err(Error::Schema(match at < there.declared && name != other {
            true => format!(
                "{path}: the reference {name} would take the column of the field {other} in the table {table}; name it \
                 otherwise, or take {other} out, open the file once, and add {name} then, which takes up its numbers"
            ),
            false => format!(
                "{path}: the field {name} of the table {table} is in the file but was not read; close the store and open \
                 it again"
            ),
        }))
    }

    /// Removes a log that is left beside the file when nobody has it open any more. SQLite does so itself, unless the
    /// store that had opened the file first in this process was not the last to close it: locks that belong to an open
    /// file are given back when that is closed, and SQLite closes all of a process at the very end.
    fn tidy(&self) {
        if self.may_tidy && beside(&self.path, "-wal").exists() {
            tidy(&self.path);
        }
    }

    fn is_ours(&self) -> bool {
        self.opener.is_here()
    }

    fn connection(&self) -> Result<&Connection> {
        self.opener.check(&self.path)?;
        // Only a forked child, which was refused above, goes on with a journal that has none.
        self.connection.as_ref().ok_or_else(|| Error::ReadOnly(format!("{} is closed", self.path.display())))
    }

    /// Runs statements whose rows do not matter.
    fn batch(&self, doing: &str, sql: &str) -> Result<()> {
        let connection = self.connection()?;
        connection.execute_batch(sql).map_err(|error| self.failed(doing, &error))
    }

    fn failed(&self, doing: &str, error: &rusqlite::Error) -> Error {
        Error::sqlite(&self.path, doing, error)
    }

    fn refused(&self, store: &Store, refused: Refused) -> Error {
        match refused {
            Refused::Sqlite(error) => self.failed("writing", &error),
            Refused::Missing(model, ids) => {
                let (first, last) = ids.into_inner();
                let which = match first == last {
                    true => format!("row {first} is"),
                    false => format!("some of the rows {first} to {last} are"),
                };
                self.corrupt(&format!("table {}: {which} not in the file", store.schema().model(model).table))
            }
        }
    }

    fn corrupt(&self, what: &str) -> Error {
        Error::Corrupt(format!("{}: {what}", self.path.display()))
    }

    /// By model, as [`Journal::define`] needs it.
    fn table(&self, model: ModelId) -> Option<&SqlTable> {
        self.tables.get(model.index())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if !self.is_ours() {
            return self.abandon();
        }
        // The lock goes after the connection.
        match self.check_place() {
            Ok(()) => {
                drop(self.connection.take());
                self.tidy();
            }
            Err(_) => self.leave(),
        }
    }
}
