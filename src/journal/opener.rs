//! The process that opened a file: a forked child has inherited it and may only read.

use std::path::Path;

use crate::journal::error::{Error, Result};

/// Which process opened a file.
#[derive(Clone, Copy, Debug)]
pub struct Opener(u32);

impl Opener {
    /// This process.
    pub fn here() -> Self {
        Opener(std::process::id())
    }

    /// Whether this process opened the file.
    pub fn is_here(self) -> bool {
        self.0 == std::process::id()
    }

    /// Refuses in a forked child, with [`Error::ReadOnly`].
    pub fn check(self, path: &Path) -> Result<()> {
        match self.is_here() {
            true => Ok(()),
            false => Err(Error::ReadOnly(format!(
                "{} was opened by process {}; this process was forked from it and may only read: open the file here once \
                 the other has closed it",
                path.display(),
                self.0
            ))),
        }
    }
}
