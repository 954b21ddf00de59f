//! How SQLite opens a file, whoever asks.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::store::progress;
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

/// Runs a statement that writes a copy of what a connection has: whoever watches sees how many bytes the copy has. What
/// it is going to have is not known, only that it is about as much as is in use here.
pub(super) fn growing(
    connection: &Connection,
    copy: &Path,
    statement: impl FnOnce() -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let sql = "SELECT (page_count - freelist_count) * page_size
        FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    let total = connection.query_row(sql, [], |row| row.get::<_, i64>(0))? as usize;
    progress::expect_file(copy, total);
    statement()?;
    progress::advance(total);
    Ok(())
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
