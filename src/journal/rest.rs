//! A file at rest: nobody has it open, there is no log, and SQLite counts every change of it.
//!
//! While a store has it open for writing the file is in the mode in which readers do not wait; there SQLite does not
//! count what others change. So it is taken out of that mode and sealed when it is closed, if nobody else has it open.

use crate::journal::beside::beside;
use crate::journal::error::{Error, Result};
use crate::journal::seal::{self, Digest, Known, counter_at_rest};
use crate::journal::{Journal, create};
use crate::store::Store;

const OPENING: &str = "opening it";
const CLOSING: &str = "closing it";

impl Journal {
    /// Puts a file at rest, whose count of changes was this when it was read, in the mode for writing. Refuses if
    /// somebody has written to it since.
    pub(super) fn awaken(&mut self, counter: u32) -> Result<()> {
        let connection = self.connection()?;
        // Until it is in that mode its header is a matter of the disk.
        self.batch(OPENING, "PRAGMA synchronous = FULL")?;
        create::switch_to_wal(connection, &self.path).map_err(|error| match error {
            Error::Locked(_) => Error::Locked(format!(
                "{}: another program is reading this file, or writing to it; it can be opened for writing when that is \
                 done, and timeout= waits for it",
                self.path.display()
            )),
            error => error,
        })?;
        self.batch(OPENING, "BEGIN IMMEDIATE")?;
        let failed = |error: rusqlite::Error| self.failed(OPENING, &error);
        let found = seal::counter(connection).map_err(failed)?;
        // What others wrote since it is in that mode is in the log, which is empty else.
        let has_log = beside(&self.path, "-wal").metadata().is_ok_and(|log| log.len() > 0);
        let version = self.data_version()?;
        self.batch(OPENING, "COMMIT")?;
        if has_log || found != Some(counter.wrapping_add(1)) {
            return Err(Error::Locked(format!(
                "{}: another program wrote to this file while it was opened; try again",
                self.path.display()
            )));
        }
        self.version = version;
        Ok(())
    }

    /// Closes the file, which holds everything by itself from then on unless somebody else reads it. Says if the file
    /// is not where it was opened.
    pub fn close(mut self, store: &Store) -> Result<()> {
        if !self.writes || !self.is_ours() {
            return Ok(());
        }
        let place = self.check_place();
        let spent = match self.spend_ids(store) {
            Err(Error::Locked(_)) => Ok(()), // By somebody who wrote to it, which every write since has said.
            spent => spent,
        };
        _ = self.batch(CLOSING, "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)");
        if place.is_ok() && spent.is_ok() {
            // What was committed is safe: without a seal it is only not known whether it stays as it is.
            _ = self.rest(store);
        }
        place.and(spent)
    }

    /// Puts the file at rest and seals it, if it holds what memory does and nobody else has it open.
    fn rest(&mut self, store: &Store) -> Result<()> {
        self.reconcile(store)?;
        if !self.is_like(store)? {
            return Ok(());
        }
        let digests = match self.seal.get() {
            Known::Same => None,
            Known::None | Known::Different => match self.digests(store, &self.tables, &self.next)? {
                Some(digests) => Some(digests),
                None => return Ok(()),
            },
        };
        // With the first transaction in this mode nobody else can have the file open, until the connection is closed.
        self.batch(CLOSING, "PRAGMA locking_mode = EXCLUSIVE")?;
        let sealed = self.seal_alone(digests.as_deref());
        // A journal that stays and is emptied, so that no other can come back if the machine ends; now it goes.
        _ = self
            .batch(CLOSING, "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = DELETE; SELECT 1 FROM sqlite_schema");
        sealed
    }

    fn seal_alone(&self, digests: Option<&[Digest]>) -> Result<()> {
        self.batch(CLOSING, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE")?;
        let unchanged = self.check_version();
        self.batch(CLOSING, "COMMIT")?;
        unchanged?;
        self.batch(CLOSING, "PRAGMA journal_mode = PERSIST")?;
        // SQLite counts once while nobody else can see the file, and has done so.
        seal::write(self.connection()?, digests, 0).map_err(|error| self.failed(CLOSING, &error))
    }

    /// Whether the file holds what memory does, as far as this is known, or else is found out. O(rows) where triggers of
    /// somebody else may have done what memory does not hear of.
    pub(super) fn is_like(&self, store: &Store) -> Result<bool> {
        if self.is_foreign || self.data_version()? != self.version {
            return Ok(false);
        }
        if self.writes && self.has_triggers && self.seal.get() != Known::Same {
            return self.transaction(CLOSING, |journal| journal.is_same(store));
        }
        Ok(true)
    }

    /// The count of changes of a file at rest, under a transaction.
    pub(super) fn counter_at_rest(&self) -> Result<Option<u32>> {
        counter_at_rest(self.connection()?).map_err(|error| self.failed(OPENING, &error))
    }
}
