//! SQLite files of other programs: what is in them, and rows of a store from theirs.
//!
//! Which models and types are made of a file is decided elsewhere, by a [`Profile`] of each column; here statements are
//! run. Nothing is written to such a file.

pub mod rows;
mod value;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags};

use crate::journal::beside::{beside, check_logs, open_regular};
use crate::journal::connect::{BEGIN, distrust};
use crate::journal::create::is_ours;
use crate::journal::error::{Error, Result};
use crate::journal::foreign::value::Form;
use crate::journal::posix;
use crate::store::progress::Tally;
use crate::store::stop::{Pace, looking};

const READING: &str = "reading it";

/// A file of another program, as it is at one moment.
pub struct ForeignFile {
    connection: Connection,
    path: PathBuf,
}

/// Which values there are in a column.
#[derive(Debug, Default)]
pub struct Profile {
    /// NULLs.
    pub nulls: u64,
    /// Whole numbers.
    pub ints: u64,
    /// The smallest and the largest of them.
    pub least: i64,
    /// See `least`.
    pub most: i64,
    /// Whole numbers that no float is exactly.
    pub inexact: u64,
    /// Floats.
    pub reals: u64,
    /// Text, empty text included.
    pub texts: u64,
    /// Empty text.
    pub empty: u64,
    /// Text that is a date.
    pub dates: u64,
    /// Text that is a date with a time of day.
    pub times: u64,
    /// Whether no two such texts can mean the same time.
    pub is_one_form: bool,
    /// Bytes, and text that is no UTF-8.
    pub bytes: u64,
    form: Option<Form>,
}

impl ForeignFile {
    /// Opens a file for reading. Refuses one of a store, and what is no SQLite file.
    pub fn open(path: &Path) -> Result<Self> {
        let path = std::fs::canonicalize(path).map_err(|error| Error::system(path, &error))?;
        let is_logged = check(&path)?;
        check_logs(&path)?;
        posix::own_locks();
        let failed = |error: rusqlite::Error| Error::sqlite(&path, READING, &error);
        // In the mode with a log SQLite would make one beside a file that nobody has open.
        let is_unchanging = is_logged && !beside(&path, "-wal").exists();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let encoded: String = path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("%{byte:02x}")).collect();
        let how = if is_unchanging { "?immutable=1" } else { "" };
        let mut connection = Connection::open_with_flags(format!("file:{encoded}{how}"), flags).map_err(failed)?;
        distrust(&mut connection).and_then(|()| connection.execute_batch(BEGIN)).map_err(failed)?;
        Ok(ForeignFile { connection, path })
    }

    /// The rows that a statement gives.
    pub fn rows(&self, sql: &str) -> Result<Vec<Vec<Value>>> {
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
            looking(rows).collect::<rusqlite::Result<Vec<Vec<Value>>>>()
        };
        read().map_err(|error| self.failed(&error))
    }

    /// What is in each column of what a statement gives. O(rows).
    pub fn profile(&self, sql: &str) -> Result<Vec<Profile>> {
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            let mut profiles: Vec<Profile> = (0..statement.column_count()).map(|_| Profile::default()).collect();
            let mut rows = statement.query([])?;
            let (mut pace, mut tally) = (Pace::default(), Tally::default());
            while let Some(row) = rows.next()? {
                pace.step();
                tally.step();
                for (at, profile) in profiles.iter_mut().enumerate() {
                    profile.count(row.get_ref(at)?);
                }
            }
            Ok(profiles)
        };
        read().map_err(|error: rusqlite::Error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> Error {
        Error::sqlite(&self.path, READING, error)
    }
}

impl Profile {
    fn count(&mut self, value: ValueRef) {
        match value {
            ValueRef::Null => self.nulls += 1,
            ValueRef::Integer(v) => {
                let is_first = self.ints == 0;
                self.least = if is_first { v } else { self.least.min(v) };
                self.most = if is_first { v } else { self.most.max(v) };
                self.inexact += u64::from(v as f64 as i128 != i128::from(v));
                self.ints += 1;
            }
            ValueRef::Real(_) => self.reals += 1,
            ValueRef::Blob(_) => self.bytes += 1,
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Err(_) => self.bytes += 1,
                Ok(text) => self.count_text(text),
            },
        }
    }

    fn count_text(&mut self, text: &str) {
        self.texts += 1;
        if text.is_empty() {
            self.empty += 1;
            return;
        }
        let form = Form::of(text);
        self.dates += u64::from(form.is_some_and(|form| form.is_date()));
        self.times += u64::from(form.is_some_and(|form| !form.is_date()));
        let is_first = self.texts - self.empty == 1;
        self.is_one_form =
            form.is_some_and(|form| !form.has_zone()) && (is_first || (self.is_one_form && self.form == form));
        self.form = form;
    }
}

/// Refuses what is no SQLite file, or one of a store; whether it is in the mode with a log.
fn check(path: &Path) -> Result<bool> {
    let failed = |error: std::io::Error| Error::system(path, &error);
    let mut header = [0; 100];
    let mut file = open_regular(path, File::options().read(true)).map_err(failed)?;
    let read = file.read(&mut header).map_err(failed);
    posix::put_away(file);
    let shown = path.display();
    match read? {
        100 if header.starts_with(b"SQLite format 3\0") && is_ours(&header) => Err(Error::Schema(format!(
            "{shown} is a store's file: Store({shown:?}) opens it, and its models() are the classes of all its tables"
        ))),
        100 if header.starts_with(b"SQLite format 3\0") => Ok(header[18] == 2),
        _ => Err(Error::Corrupt(format!("{shown} is no SQLite file"))),
    }
}
