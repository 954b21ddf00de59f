//! Where a store lives: its file, and who may write to it.

use std::fmt;
use std::path::{Path, PathBuf};

use pyo3::prelude::*;

use crate::journal::Durability;
use crate::journal::opener::Opener;
use crate::python::error::ReadOnlyError;

/// The file of a store.
pub struct File {
    pub path: PathBuf,
    pub read_only: bool,
    pub durability: Durability,
    /// Which file it is, whatever its name.
    identity: Option<Identity>,
    opener: Opener,
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path.display(), if self.read_only { ", read only" } else { "" })
    }
}

impl File {
    /// Just opened by this process.
    pub fn new(path: PathBuf, read_only: bool, durability: Durability) -> Self {
        let identity = identity(&path);
        File { path, read_only, durability, identity, opener: Opener::here() }
    }

    /// Whether this process may write to it.
    pub fn is_writable(&self) -> bool {
        !self.read_only && self.opener.is_here()
    }

    /// Whether a path leads to it.
    pub fn is_at(&self, path: &Path) -> bool {
        self.identity.is_some() && self.identity == identity(path)
    }

    /// Raises `ReadOnlyError`.
    pub fn writable_or_raise(&self) -> PyResult<()> {
        let path = self.path.display();
        if self.read_only {
            let message = format!("{path} was opened with read_only=True; open it without that to write");
            return Err(ReadOnlyError::new_err(message));
        }
        self.opener.check(&self.path).map_err(|error| ReadOnlyError::new_err(error.to_string()))
    }
}

/// The device and the number of a file there.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Its path without links.
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    std::fs::canonicalize(path).ok()
}
