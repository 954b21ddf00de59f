//! A file at rest: there is no log beside it, and SQLite counts every change of it, whoever makes it.
//!
//! While a store writes, the file is in the mode in which readers do not wait; there SQLite does not count what others
//! change. So it is put in that mode before the first write, and taken out of it and sealed when it is closed, if nobody
//! else has it open. A session that writes nothing leaves every byte as it was.

use std::time::{Duration, Instant};

use rusqlite::{Transaction, TransactionBehavior};

use crate::journal::beside::{Place, beside};
use crate::journal::commits::Teller;
use crate::journal::error::{Error, Result};
use crate::journal::seal::{self, Known};
use crate::journal::{Durability, Journal, create};
use crate::store::Store;
use crate::store::stop;

const WAKING: &str = "preparing to write";
const CLOSING: &str = "closing it";

/// How long the first write waits for those who read a file at rest.
const PATIENCE: Duration = Duration::from_secs(5);

impl Journal {
    /// Before a write: puts a file at rest in the mode for writing. Refuses if somebody has written to it since it was
    /// read, or reads it now.
    pub(super) fn wake(&mut self) -> Result<()> {
        if self.rests.is_none() {
            return Ok(());
        }
        self.check_place()?;
        self.check_version()?;
        self.is_waking = true;
        self.switch()?;
        self.batch(WAKING, self.settings())?;
        self.version = self.read_alone(WAKING, Self::data_version)?;
        (self.rests, self.is_waking) = (None, false);
        self.find_logs();
        Ok(())
    }

    /// Whether nobody else has written to the file since [`wake`](Self::wake) began. Exact under a transaction.
    pub(super) fn is_still(&self, counter: u32) -> Result<bool> {
        let header = seal::header(self.connection()?).map_err(|error| self.failed(WAKING, &error))?;
        // What others wrote since it is in the mode with a log is in the log, which is empty else.
        let has_log = beside(&self.path, "-wal").metadata().is_ok_and(|log| log.len() > 0);
        Ok(!has_log && (header == Some(([1, 1], counter)) || header == Some(([2, 2], counter.wrapping_add(1)))))
    }

    /// Remembers which files the log and its index are, which are there now.
    pub(super) fn find_logs(&mut self) {
        self.logs = ["-wal", "-shm"].map(|suffix| Place::of(&beside(&self.path, suffix)).ok());
        self.teller = Teller::new(&self.path);
    }

    /// How the log is written.
    pub(super) fn settings(&self) -> &'static str {
        match self.durability {
            // The log goes into the file every 16 MB: likes change pages all over the file, and the longer the log, the more
            // of them it writes but once, and the fewer times the disk is waited for.
            Durability::Normal => "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000",
            // A log that still grows takes the disk twice as long, so it should not grow for long.
            Durability::Full => "PRAGMA synchronous = FULL",
        }
    }

    fn switch(&self) -> Result<()> {
        // The header of the file must not be lost. Others who come meanwhile wait, so it is not they who are waited for.
        self.batch(WAKING, "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 200")?;
        let begun = Instant::now();
        let switched = loop {
            match create::switch_to_wal(self.connection()?, &self.path) {
                Err(Error::Locked(_)) if stop::is_asked() => {
                    break Err(Error::Interrupted(format!(
                        "{}: interrupted while waiting for another program that reads it; nothing was changed",
                        self.path.display()
                    )));
                }
                Err(Error::Locked(_)) if begun.elapsed() < PATIENCE => {}
                Err(Error::Locked(_)) => {
                    break Err(Error::Locked(format!(
                        "{}: another program is reading this file, and the first write after it was opened has to wait \
                         for that; nothing was changed: try again when it is done",
                        self.path.display()
                    )));
                }
                switched => break switched,
            }
        };
        self.batch(WAKING, "PRAGMA busy_timeout = 5000")?;
        switched
    }

    /// Closes the file, which holds everything by itself from then on unless somebody else reads it. Says if the file
    /// is not where it was opened.
    pub fn close(mut self, store: &Store) -> Result<()> {
        if !self.writes || !self.is_ours() {
            return Ok(());
        }
        let place = self.check_place();
        let spent = match self.spend_ids(store) {
            // Somebody wrote to it, which every write since has said.
            Err(Error::Locked(_)) if self.check_version().is_err() => Ok(()),
            spent => spent,
        };
        _ = self.batch(CLOSING, "PRAGMA busy_timeout = 0");
        if self.rests.is_none() {
            _ = self.batch(CLOSING, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        if place.is_ok() && spent.is_ok() {
            // What was committed is safe: without a seal it is only not known whether it stays as it is.
            _ = self.rest(store);
        }
        place.and(spent)
    }

    /// Puts the file at rest and seals it, if it holds what memory does and nobody else has it open.
    fn rest(&mut self, store: &Store) -> Result<()> {
        let knows = |journal: &Self| journal.seal.get() == Known::Same;
        self.reconcile(store)?;
        if self.rests.is_some() && beside(&self.path, "-journal").exists() {
            // Whoever was killed left it empty.
            self.batch(CLOSING, "PRAGMA journal_mode = PERSIST; PRAGMA journal_mode = DELETE")?;
        }
        if self.rests.is_some() && knows(self) || !self.is_like(store)? {
            return Ok(());
        }
        let digests = if knows(self) { None } else { self.digests(store, &self.tables, &self.next)? };
        if digests.is_none() && !knows(self) {
            return Ok(());
        }
        let write = |journal: &Self| {
            let sealed = seal::write(journal.connection()?, digests.as_deref());
            sealed.map_err(|error| journal.failed(CLOSING, &error))
        };
        if self.rests.is_some() {
            self.batch(CLOSING, "PRAGMA synchronous = FULL")?;
            return self.commit_anywhere(CLOSING, write);
        }
        // From the first transaction in this mode on nobody else can have the file open.
        self.batch(CLOSING, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL")?;
        let sealed = self.leave_log().and_then(|()| {
            let transaction = Transaction::new_unchecked(self.connection()?, TransactionBehavior::Immediate);
            let transaction = transaction.map_err(|error| self.failed(CLOSING, &error))?;
            write(self)?;
            transaction.commit().map_err(|error| self.failed(CLOSING, &error))
        });
        _ = self
            .batch(CLOSING, "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = DELETE; SELECT 1 FROM sqlite_schema");
        sealed
    }

    /// Takes the file out of the mode with a log, if nobody else has it open and it still is what it was.
    fn leave_log(&self) -> Result<()> {
        self.read_alone(CLOSING, |_| Ok(()))?;
        // A journal that stays and is emptied cannot come back if the machine ends; it goes after the last transaction.
        self.batch(CLOSING, "PRAGMA journal_mode = PERSIST")
    }
}
