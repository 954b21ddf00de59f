//! Where a store lives: its file, and who may write to it.

use std::fmt;
use std::path::PathBuf;

use pyo3::prelude::*;

use crate::journal::opener::Opener;
use crate::python::error::{ReadOnlyError, raise_of_file};

/// The file of a store.
pub struct File {
    pub path: PathBuf,
    pub read_only: bool,
    opener: Opener,
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path.display(), if self.read_only { ", read only" } else { "" })
    }
}

impl File {
    /// Opened by this process.
    pub fn new(path: PathBuf, read_only: bool) -> Self {
        File { path, read_only, opener: Opener::here() }
    }

    /// Raises `ReadOnlyError`.
    pub fn writable_or_raise(&self) -> PyResult<()> {
        let path = self.path.display();
        if self.read_only {
            let message = format!("{path} was opened with read_only=True; open it without that to write");
            return Err(ReadOnlyError::new_err(message));
        }
        self.opener.check(&self.path).map_err(raise_of_file)
    }
}
