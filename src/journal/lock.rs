//! One writer a file.

use std::fs::{File, OpenOptions, TryLockError, remove_file};
use std::path::{Path, PathBuf};

use crate::journal::error::{Error, Result};

/// The right to write to a file, held by a lock on another file beside it, which is there as long as the right is.
///
/// The operating system gives the lock back when the process ends, however it ends, and with it all that were forked
/// from it by means that the project does not hear of.
#[derive(Debug)]
pub struct Lock {
    /// Nothing once it is abandoned.
    file: Option<File>,
    path: PathBuf,
}

impl Lock {
    /// Takes the right to write to a file, which need not exist.
    pub fn take(of: &Path) -> Result<Self> {
        let path = beside(of, "-lock");
        loop {
            let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            let file = opened.map_err(|error| Error::system(of, &error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::Locked(format!(
                        "{} is open for writing already, here or in another process; read_only=True reads beside it",
                        of.display()
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(Error::system(of, &error)),
            }
            // Whoever had it before may have removed the file since it was opened here.
            if is_at(&file, &path) {
                return Ok(Lock { file: Some(file), path });
            }
        }
    }
}

impl Lock {
    /// In a forked child: closes the file, and leaves it locked by the parent.
    pub fn abandon(mut self) {
        self.file = None;
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(file) = &self.file else { return };
        // Removed while it is locked: nobody else can have taken it, unless somebody removed it before. A forked child
        // may have the file open, too, so closing it is not enough.
        if is_at(file, &self.path) {
            _ = remove_file(&self.path);
        }
        _ = file.unlock();
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().map(id).ok() == path.metadata().map(id).ok()
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// The file of the same name with something added.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("hasmany-lock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let lock = Lock::take(&path).unwrap();
        assert!(matches!(Lock::take(&path), Err(Error::Locked(_))));
        drop(lock);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        drop(Lock::take(&path).unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(Lock::take(&path), Err(Error::System { code: 2, .. })));
    }
}
