//! A file that is not where it was opened: deleted, moved or replaced meanwhile.
//!
//! The system lets one go on writing to such a file, and nobody finds what was written.

use std::io::ErrorKind;

use rusqlite::config::DbConfig;

use crate::journal::Journal;
use crate::journal::beside::{Place, beside, has_no_log};
use crate::journal::error::{Error, Result};

impl Journal {
    /// Refuses if the file is not where it was opened: what is written to it then, nobody finds.
    pub(super) fn check_place(&self) -> Result<()> {
        if self.place.is_none() {
            return Ok(());
        }
        let what = match Place::of(&self.path) {
            Ok(place) if Some(place) == self.place => return Ok(()),
            Ok(_) => "another file is there now: this one was replaced while it was open",
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                "it was deleted or moved while it was open"
            }
            Err(error) => return Err(Error::system(&self.path, &error)),
        };
        Err(self.corrupt(&format!("{what}; nothing was changed: save() writes what the store holds to a new file")))
    }

    /// Closes a file that is not where it was opened. SQLite would remove what has the name of its log now, whose ever
    /// that is; only what still is this file's, and empty because all of it is in the file, is removed.
    pub(super) fn leave(&mut self) {
        if let Some(connection) = &self.connection {
            _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        drop(self.connection.take());
        let [log, index] = self.logs;
        let is_log = |suffix, place| Place::of(&beside(&self.path, suffix)).is_ok_and(|there| Some(there) == place);
        if self.writes && is_log("-wal", log) && has_no_log(&self.path) {
            _ = std::fs::remove_file(beside(&self.path, "-wal"));
            if is_log("-shm", index) {
                _ = std::fs::remove_file(beside(&self.path, "-shm"));
            }
        }
    }
}
