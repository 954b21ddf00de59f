//! Files: new ones, copies, and whether one is ours.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::journal::beside::{beside, check_logs, check_no_logs, has_no_log, open_regular};
use crate::journal::connect::growing;
use crate::journal::error::{Error, Result};
use crate::journal::lock::Lock;
use crate::journal::seal::{self, Digest};
use crate::journal::unfinished::Unfinished;
use crate::journal::write::Writer;
use crate::journal::{Journal, posix};
use crate::store::Store;
use crate::store::id::ModelId;
use crate::store::progress::{self, Unit, counted};

/// "hmny", in the header of a file.
const APPLICATION: u32 = 0x686d_6e79;

/// The version of what is described in `docs/design.md`.
const FORMAT: u32 = 1;

/// Whether a header says that it is of a store's file.
pub fn is_ours(header: &[u8; 100]) -> bool {
    header[68..72] == APPLICATION.to_be_bytes()
}

/// Where a file is, or would be: one name for each, so that one lock is for each.
pub fn resolved(path: &Path) -> Result<PathBuf> {
    let failed = |error: &std::io::Error| Error::system(path, error);
    match fs::canonicalize(path) {
        Ok(found) if found.is_dir() => Err(failed(&ErrorKind::IsADirectory.into())),
        Ok(found) => Ok(found),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(failed(&error)); // A link that leads nowhere, perhaps to a disk that is not there now.
            }
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Err(failed(&error)) };
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            Ok(fs::canonicalize(folder).map_err(|error| failed(&error))?.join(name))
        }
        Err(error) => Err(failed(&error)),
    }
}

/// Refuses what is no file of ours, by its first bytes and by what lies beside it; SQLite has not touched it then.
pub fn check_header(path: &Path) -> Result<()> {
    let mut header = [0; 100];
    let file = open_regular(path, File::options().read(true));
    let mut file = file.map_err(|error| Error::system(path, &error))?;
    let read = file.read(&mut header).map_err(|error| Error::system(path, &error));
    posix::put_away(file);
    let read = read?;
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let wrong = |what: &str| Err(Error::Corrupt(format!("{} {what}", path.display())));
    match (read, number(68), number(60)) {
        (0, ..) => wrong("is empty, so it is no store's file; delete it to start again"),
        _ if !header.starts_with(b"SQLite format 3\0") => wrong("is no SQLite file"),
        (..100, _, _) => wrong("is cut off within its first 100 bytes"),
        (_, APPLICATION, FORMAT) if has_nothing_to_undo(path) && !is_whole(path, &header) => wrong("is cut off"),
        (_, APPLICATION, FORMAT) => check_logs(path),
        (_, APPLICATION, format @ 2..) => wrong(&format!(
            "was written by a newer hasmany (format {format}, and this one knows {FORMAT}); upgrade hasmany to open it"
        )),
        (_, APPLICATION, format) => wrong(&format!("has the format {format}, which there never was")),
        _ => wrong("is a SQLite file of another application, not a store's"),
    }
}

/// Whether a file is what it is without a log, and without a journal by which SQLite puts back what it was.
fn has_nothing_to_undo(path: &Path) -> bool {
    has_no_log(path) && !beside(path, "-journal").metadata().is_ok_and(|journal| journal.len() > 0)
}

/// Whether a file has as many bytes as pages need.
fn is_whole(path: &Path, header: &[u8; 100]) -> bool {
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 1 << 16,
        size => size.max(1),
    };
    path.metadata().is_ok_and(|file| file.len() % page == 0)
}

/// Makes a file without models. It is there as a whole or not at all.
pub fn create(path: &Path, lock: &mut Lock) -> Result<()> {
    build(path, lock, None, |_, _| Ok(Some(seal::of_nothing())))
}

/// Makes a file under another name, fills it, seals it with what this gives, if anything, and gives it its name and these
/// permissions, if any.
fn build(
    path: &Path,
    lock: &mut Lock,
    permissions: Option<Permissions>,
    fill: impl FnOnce(Connection, &Path) -> Result<Option<Vec<Digest>>>,
) -> Result<()> {
    check_no_logs(path)?;
    let failed = |error: rusqlite::Error| Error::sqlite(path, "making it", &error);
    posix::own_locks();
    let unfinished = Unfinished::make(path, lock, permissions.is_some())?;
    let connection = Connection::open(&unfinished.path).map_err(failed)?;
    connection.execute_batch(&prologue()).map_err(failed)?;
    let digests = fill(connection, &unfinished.path)?;
    let connection = Connection::open(&unfinished.path).map_err(failed)?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF").map_err(failed)?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let sealed = match digests {
        Some(digests) => seal::write(&connection, Some(&digests)),
        None => seal::remove(&connection), // It came with the copy.
    };
    sealed.and_then(|()| connection.execute_batch("COMMIT")).map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))?;
    unfinished.publish(permissions)
}

/// Sets the mode in which readers do not wait for the writer.
pub fn switch_to_wal(connection: &Connection, path: &Path) -> Result<()> {
    let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
    match mode.map_err(|error| Error::sqlite(path, "opening it", &error))?.as_str() {
        "wal" => Ok(()),
        _ => Err(Error::system(path, &std::io::Error::other("SQLite cannot keep a write-ahead log there"))),
    }
}

/// What every file begins with.
fn prologue() -> String {
    format!(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
        PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};
        BEGIN;
        CREATE TABLE hasmany_models (
            \"table\" TEXT NOT NULL UNIQUE, class TEXT NOT NULL, next_id INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE hasmany_fields (
            \"table\" TEXT NOT NULL, field TEXT NOT NULL, type TEXT NOT NULL, UNIQUE (\"table\", field)
        ) STRICT;
        COMMIT"
    )
}

/// Writes a store that is in memory to a new file. O(rows).
pub fn save(store: &Store, to: &Path) -> Result<()> {
    let to = new_file(to)?;
    let mut lock = locked(&to, None)?;
    build(&to, &mut lock, None, |connection, _| {
        let mut journal = Journal::over(connection, to.clone(), true)?;
        let models: Vec<ModelId> = (0..store.schema().models().len()).map(|at| ModelId(at as u32)).collect();
        journal.batch("writing", "BEGIN")?;
        journal.create_tables(store.schema(), &models)?;
        let writer = Writer { connection: journal.connection()?, tables: &journal.tables, store };
        let mut next = journal.next.clone();
        // A row is written, and then sorted into each index.
        let looks = |&model: &ModelId| store.table(model).len() * (1 + journal.tables[model.index()].indexes().len());
        progress::expect(models.iter().map(looks).sum(), Unit::Rows);
        for model in models {
            let table = store.table(model);
            let refused = |refused| journal.refused(store, refused);
            writer.drop_indexes(model).map_err(refused)?;
            writer.insert(model, counted(table.live()), |row, field| table.column(field).get(row)).map_err(refused)?;
            writer.make_indexes(model).map_err(refused)?;
        }
        writer.spend_ids(&mut next).map_err(|refused| journal.refused(store, refused))?;
        journal.batch("writing", "COMMIT")?;
        journal.digests(store, &journal.tables, &next)
    })
}

impl Journal {
    /// Writes what was committed last to a new file, which has the permissions of this one. O(rows).
    pub fn copy(&self, store: &Store, to: &Path) -> Result<()> {
        let to = new_file(to)?;
        let permissions = self.permissions.clone();
        let mut lock = locked(&to, permissions.clone())?;
        build(&to, &mut lock, permissions, |connection, path| {
            drop(connection);
            // SQLite writes a copy over an empty file, but over no other.
            File::create(path).map_err(|error| Error::system(path, &error))?;
            let name = path.to_str().ok_or_else(|| Error::system(&to, &ErrorKind::InvalidFilename.into()))?;
            let connection = self.connection()?;
            let copied = growing(connection, path, || connection.execute("VACUUM INTO ?", [name]).map(drop));
            copied.map_err(|error| Error::sqlite(&to, "writing a copy", &error))?;
            // What is in memory is what was copied, unless others have written, or a reader was left behind.
            match self.is_like(store)? {
                true => self.digests(store, &self.tables, &self.next),
                false => Ok(None),
            }
        })
    }
}

/// The right to write to a file, and nothing there that a process left unfinished which had it.
pub fn locked(path: &Path, permissions: Option<Permissions>) -> Result<Lock> {
    let mut lock = Lock::take(path, permissions)?;
    Unfinished::clean(path, &mut lock);
    Ok(lock)
}

/// Where a new file would be; `AlreadyExists` if it is there.
fn new_file(path: &Path) -> Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(Error::system(path, &ErrorKind::AlreadyExists.into())),
        Err(_) => resolved(path),
    }
}
