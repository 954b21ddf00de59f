//! What can go wrong with a file. Each variant is one exception class in Python.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// What went wrong. Whatever failed has changed nothing.
#[derive(Debug)]
pub enum Error {
    /// The file is open for writing elsewhere, or was written by somebody else.
    Locked(String),
    /// The file is not what a store left.
    Corrupt(String),
    /// The store may not write: it was opened for reading, or by another process.
    ReadOnly(String),
    /// What a file cannot hold, or somebody else has forbidden there.
    Schema(String),
    /// Somebody wanted it to end.
    Interrupted(String),
    /// There is not as much memory as it needs.
    Memory(String),
    /// The operating system refused.
    System {
        /// Which error it was, as it numbers them.
        code: i32,
        /// The text for a person.
        message: String,
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Locked(text)
            | Error::Corrupt(text)
            | Error::ReadOnly(text)
            | Error::Schema(text)
            | Error::Interrupted(text)
            | Error::Memory(text) => f.write_str(text),
            Error::System { message, path, .. } => write!(f, "{message}: {}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

/// The result of everything that can go wrong.
pub type Result<T> = std::result::Result<T, Error>;

/// What is done when a table is made or changed: what SQLite does not take then is the model's fault, not the file's.
pub const DEFINING: &str = "defining a table";

/// The numbers of errors, which POSIX systems share.
pub mod code {
    #![allow(missing_docs, reason = "each is named by its name")]

    pub const NOT_FOUND: i32 = 2;
    pub const INPUT_OUTPUT: i32 = 5;
    pub const PERMISSION: i32 = 13;
    pub const EXISTS: i32 = 17;
    pub const IS_A_DIRECTORY: i32 = 21;
    pub const NO_SPACE: i32 = 28;
}

impl Error {
    /// What the operating system said of a file.
    pub fn system(path: &Path, error: &io::Error) -> Self {
        if error.kind() == ErrorKind::OutOfMemory {
            return Error::Memory(format!("{}: not enough memory; nothing was changed", path.display()));
        }
        let code = error.raw_os_error().unwrap_or(match error.kind() {
            ErrorKind::NotFound => code::NOT_FOUND,
            ErrorKind::PermissionDenied => code::PERMISSION,
            ErrorKind::AlreadyExists => code::EXISTS,
            ErrorKind::IsADirectory => code::IS_A_DIRECTORY,
            _ => code::INPUT_OUTPUT,
        });
        let text = error.to_string();
        let message = text.split(" (os error").next().unwrap_or_default().to_owned();
        Error::System { code, message, path: path.to_owned() }
    }

    /// What SQLite said of a file, while doing something.
    pub fn sqlite(path: &Path, doing: &str, error: &rusqlite::Error) -> Self {
        let shown = path.display();
        let system = |code, message: String| Error::System { code, message, path: path.to_owned() };
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                let message = format!("the disk is full while {doing}; nothing was changed: make room and try again");
                system(code::NO_SPACE, message)
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::FileLockingProtocolFailed) => {
                let message = format!("{error} while {doing}; nothing was changed: see to the disk and try again");
                system(code::INPUT_OUTPUT, message)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Error::Locked(format!("{shown}: another program is writing to this file; try again when it is done"))
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                system(code::PERMISSION, format!("it cannot be written ({error}); nothing was changed"))
            }
            // The engine lets nothing through that our own constraints refuse.
            Some(ErrorCode::ConstraintViolation) => Error::Schema(format!(
                "{shown}: a trigger, constraint or column that is not hasmany's refused it ({error}); nothing was changed"
            )),
            Some(ErrorCode::TooBig) => Error::Schema(format!("{shown}: a row of more than a gigabyte fits no file")),
            Some(ErrorCode::OperationInterrupted) => {
                Error::Interrupted(format!("{shown}: interrupted while {doing}; nothing was changed"))
            }
            Some(ErrorCode::OutOfMemory) => {
                Error::Memory(format!("{shown}: not enough memory while {doing}; nothing was changed"))
            }
            Some(ErrorCode::Unknown) if doing == DEFINING => Error::Schema(format!("{shown}: {error} while {doing}")),
            _ => Error::Corrupt(format!("{shown}: {error} while {doing}")),
        }
    }
}
