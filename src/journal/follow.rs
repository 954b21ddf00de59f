//! Telling those who read what was committed, and hearing it.

use rusqlite::Connection;

use crate::journal::Journal;
use crate::journal::commits::noted;
use crate::journal::connect::BEGIN;
use crate::journal::error::Result;

/// As often it is tried again while the writer is about to note what it committed.
const TRIES: usize = 16;

impl Journal {
    /// Begins a transaction that reads; the era of what it reads, if that is known.
    pub(super) fn begin_reading(&mut self, doing: &str) -> Result<Option<u64>> {
        for _ in 1..TRIES {
            // First what was committed, then what is read, and then what is committed: where the first and the last are
            // the same, so is what is between them.
            let told = noted(&self.path);
            self.batch(doing, BEGIN)?;
            let Some((era, mark)) = told.filter(|_| !self.is_unchanging && self.has_log()) else { return Ok(None) };
            if self.follower.mark(&self.path) == Some(mark) {
                return Ok(Some(era));
            }
            self.batch(doing, "COMMIT")?;
        }
        self.batch(doing, BEGIN)?;
        Ok(None)
    }

    /// Whether the file is in the mode with a log.
    fn has_log(&self) -> bool {
        let mode = |connection: &Connection| {
            connection.prepare_cached("PRAGMA journal_mode")?.query_row([], |row| row.get::<_, String>(0))
        };
        self.connection.as_ref().is_some_and(|connection| mode(connection).is_ok_and(|mode| mode == "wal"))
    }

    /// After a commit; `adds` says that it only added rows.
    pub(super) fn tell(&self, adds: bool) {
        if let (Some(teller), Some(lock)) = (&self.teller, &self.lock) {
            teller.tell(lock, adds && !self.has_triggers);
        }
    }
}
