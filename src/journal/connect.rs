//! How SQLite opens a file, whoever asks.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// Begins a transaction, and reads, so that it sees the file as it is now.
pub(super) const BEGIN: &str = "BEGIN; SELECT 1 FROM sqlite_schema";

/// Removes what SQLite left beside a file, if nobody has it open: the last to close it does.
pub(super) fn tidy(path: &Path) {
    _ = Connection::open_with_flags(path, FLAGS).and_then(|last| last.execute_batch(BEGIN));
}

/// Where a file may not be written, SQLite opens it for reading.
pub(super) const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
