//! How SQLite opens a file, whoever asks.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::store::stop;

/// Begins a transaction, and reads, so that it sees the file as it is now.
pub(super) const BEGIN: &str = "BEGIN; SELECT 1 FROM sqlite_schema";

/// Removes what SQLite left beside a file, if nobody has it open: the last to close it does.
pub(super) fn tidy(path: &Path) {
    _ = Connection::open_with_flags(path, FLAGS).and_then(|mut last| {
        distrust(&mut last)?;
        last.execute_batch(BEGIN)
    });
}

/// How many of SQLite's instructions pass between two looks whether the call is to end: some hundredths of a second.
const STEPS: i32 = 2_000_000;

/// What SQLite advises for files of others (<https://www.sqlite.org/security.html>): what a schema calls has no effects
/// elsewhere, SQLite's own tables are not written to, and cells are looked at before they are believed. And a statement
/// can be ended, which undoes it: by a file's triggers it may take as long as the file's author likes. Before the schema
/// is read.
pub(super) fn distrust(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.progress_handler(STEPS, Some(stop::is_asked))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.execute_batch("PRAGMA cell_size_check = ON")
}

/// Where a file may not be written, SQLite opens it for reading.
pub(super) const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_not_trusted() {
        let mut connection = Connection::open_in_memory().unwrap();
        distrust(&mut connection).unwrap();
        assert!(!connection.db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA).unwrap());
        assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
        let is_checked = connection.query_row("PRAGMA cell_size_check", [], |row| row.get::<_, bool>(0));
        assert!(is_checked.unwrap());
    }
}
