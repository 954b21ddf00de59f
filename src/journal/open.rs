//! Opening a file.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::journal::beside::{Place, beside, has_no_log};
use crate::journal::commits::Follower;
use crate::journal::connect::{FLAGS, distrust, tidy};
use crate::journal::described::{self, Described, ReadError};
use crate::journal::error::{Error, Result};
use crate::journal::indexes::CACHE;
use crate::journal::load::{Source, StoredModel};
use crate::journal::opener::Opener;
use crate::journal::seal::Known;
use crate::journal::{Durability, Journal, create, posix};
use crate::store::Store;

const OPENING: &str = "opening it";

/// Opens a file; where that fails, nothing lies beside it afterwards that was not there before.
fn leaving_no_trace<T>(path: &Path, is_writer: bool, open: impl FnOnce() -> Result<T>) -> Result<T> {
    let had_log = beside(path, "-wal").exists();
    let opened = open();
    let Err(error) = &opened else { return opened };
    let is_left = || !had_log && beside(path, "-wal").exists() && has_no_log(path);
    if is_left() {
        tidy(path);
    }
    // A file that SQLite cannot read, or a disk that is full, it cannot tidy.
    if is_left() && (is_writer || matches!(error, Error::Corrupt(_))) && posix::is_unused(path) {
        _ = std::fs::remove_file(beside(path, "-wal"));
        _ = std::fs::remove_file(beside(path, "-shm"));
    }
    opened
}

impl Journal {
    /// Opens a file for reading and writing, or makes it, and reads it. O(rows).
    pub fn open(path: &Path, durability: Durability) -> Result<(Self, Store)> {
        let path = create::resolved(path)?;
        let permissions = path.metadata().ok().map(|found| found.permissions());
        let mut lock = create::locked(&path, permissions)?;
        if !path.exists() {
            create::create(&path, &mut lock)?;
        }
        create::check_header(&path)?;
        let place = lock.seize(&path)?;
        let open = || Journal::open_locked(path.clone(), place, durability);
        let (mut journal, store) = leaving_no_trace(&path, true, open)?;
        journal.lock = Some(lock);
        Ok((journal, store))
    }

    fn open_locked(path: PathBuf, place: Place, durability: Durability) -> Result<(Self, Store)> {
        let mut journal = Journal::connect(path, true)?;
        journal.durability = durability;
        journal.batch(OPENING, "BEGIN IMMEDIATE")?;
        // SQLite opened it by its name, so it is that file if it is that now.
        journal.place = Some(place);
        journal.check_place()?;
        let store = journal.load()?;
        journal.rests = journal.counter_at_rest()?;
        journal.version = journal.data_version()?;
        // Nothing was changed; to commit that, SQLite would wait for those who read.
        journal.batch(OPENING, "ROLLBACK")?;
        if journal.rests.is_none() {
            // It was left so by whoever was killed, or was not the last to close it.
            journal.find_logs();
        }
        journal.batch(OPENING, journal.settings())?;
        journal.allow_checkpoints()?;
        Ok((journal, store))
    }

    /// Opens a file for reading beside its writer, and reads what was committed last. O(rows).
    pub fn read(path: &Path) -> Result<(Self, Store)> {
        let path = create::resolved(path)?;
        create::check_header(&path)?;
        leaving_no_trace(&path.clone(), false, || Journal::read_with(path))
    }

    fn read_with(path: PathBuf) -> Result<(Self, Store)> {
        let place = Place::of(&path).map_err(|error| Error::system(&path, &error))?;
        let begun = |mut journal: Journal| journal.begin_reading(OPENING).map(|era| (journal, era));
        let (mut journal, era) = match Journal::connect(path.clone(), false).and_then(begun) {
            // A folder where we can write nothing, not even what SQLite keeps beside a file, and nobody else is at it.
            Err(Error::System { .. } | Error::ReadOnly(_)) if !beside(&path, "-wal").exists() => {
                Journal::connect_unchanging(path).and_then(begun)?
            }
            journal => journal?,
        };
        journal.place = Some(place);
        journal.check_place()?;
        let store = journal.load()?;
        journal.follower.era = era;
        journal.version = journal.data_version()?;
        journal.batch(OPENING, "COMMIT")?;
        // The last to close a file leaves nothing beside it, and that may be a reader.
        journal.allow_checkpoints()?;
        Ok((journal, store))
    }

    fn connect(path: PathBuf, writes: bool) -> Result<Self> {
        posix::own_locks();
        let connection = Connection::open_with_flags(&path, FLAGS);
        let connection = connection.map_err(|error| Error::sqlite(&path, OPENING, &error))?;
        if writes && connection.is_readonly("main").unwrap_or(false) {
            return Err(Error::system(&path, &std::io::ErrorKind::PermissionDenied.into()));
        }
        Self::over(connection, path, writes)
    }

    pub(super) fn connect_unchanging(path: PathBuf) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let encoded: String = path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("%{byte:02x}")).collect();
        let connection = Connection::open_with_flags(format!("file:{encoded}?immutable=1"), flags);
        let connection = connection.map_err(|error| Error::sqlite(&path, OPENING, &error))?;
        let mut journal = Self::over(connection, path, false)?;
        journal.is_unchanging = true;
        Ok(journal)
    }

    /// A journal without tables yet.
    pub(super) fn over(mut connection: Connection, path: PathBuf, writes: bool) -> Result<Self> {
        let prepared = distrust(&mut connection);
        prepared.map_err(|error| Error::sqlite(&path, OPENING, &error))?;
        let journal = Journal {
            connection: Some(connection),
            lock: None,
            writes,
            place: None,
            logs: [None; 2],
            permissions: path.metadata().ok().map(|found| found.permissions()),
            path,
            tables: Vec::new(),
            next: Vec::new(),
            strangers: Vec::new(),
            reads_otherwise: false,
            has_triggers: false,
            version: 0,
            is_foreign: false,
            seal: Cell::new(Known::None),
            changed_elsewhere: None,
            rests: None,
            is_waking: false,
            durability: Durability::Normal,
            is_unchanging: false,
            teller: None,
            follower: Follower::default(),
            opener: Opener::here(),
            may_tidy: false,
        };
        let connection = journal.connection()?;
        connection.set_prepared_statement_cache_capacity(256);
        // What cannot be read must stay as it is.
        let kept = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        kept.map_err(|error| journal.failed(OPENING, &error))?;
        // Foreign keys are the engine's work; names in others' views may dangle while a table is rebuilt.
        let settings = "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON";
        journal.batch(OPENING, &format!("{settings}; PRAGMA cache_size = -{CACHE}"))?;
        Ok(journal)
    }

    fn allow_checkpoints(&mut self) -> Result<()> {
        let allowed = self.connection()?.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        allowed.map_err(|error| self.failed(OPENING, &error))?;
        self.may_tidy = true;
        Ok(())
    }

    /// The store in the file, under a transaction.
    fn load(&mut self) -> Result<Store> {
        let Described { tables, strangers } = self.read_tables()?;
        let declarations = tables.iter().map(|(table, _)| table.declaration()).collect();
        let mut store = Store::unclaimed(declarations).map_err(|error| self.corrupt(&error.to_string()))?;
        let places = tables.iter().map(|(table, next)| StoredModel { table: Some(table), next: *next, fill: &[] });
        self.source()?.load(&mut store, &places.collect::<Vec<_>>())?;
        (self.tables, self.next) = tables.into_iter().unzip();
        self.note_seal(self.verify(&store, &self.tables, &self.next)?);
        self.strangers = strangers;
        self.has_triggers = self.finds_triggers()?;
        Ok(store)
    }

    pub(super) fn read_tables(&self) -> Result<Described> {
        described::read(self.connection()?).map_err(|error| match error {
            ReadError::Sqlite(error) => self.failed("reading its tables", &error),
            ReadError::Wrong(what) => self.corrupt(&what),
        })
    }

    pub(super) fn source(&self) -> Result<Source<'_>> {
        Ok(Source { path: &self.path, connection: self.connection()?, is_alone: self.writes })
    }
}
