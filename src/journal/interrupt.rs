//! Whether somebody wants what runs to end: a statement can take as long as a file's author likes, by its triggers.

use std::sync::OnceLock;

use rusqlite::Connection;

static ASKED: OnceLock<fn() -> bool> = OnceLock::new();

/// How many of SQLite's instructions pass between two looks: some hundredths of a second.
const STEPS: i32 = 2_000_000;

/// Says how to find out whether to end. It is called with locks held, by any thread.
pub fn ask_by(asked: fn() -> bool) {
    _ = ASKED.set(asked);
}

/// Whether somebody wants it to end.
pub(super) fn is_asked() -> bool {
    ASKED.get().is_some_and(|asked| asked())
}

/// Lets statements be interrupted, which undoes them.
pub(super) fn hear(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.progress_handler(STEPS, Some(is_asked))
}
