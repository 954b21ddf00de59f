//! Files that are made under another name, which nobody else has, and get their own when they are whole.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::journal::beside::beside;
use crate::journal::error::{Error, Result};
use crate::journal::lock::Lock;

/// A file that is not whole yet. Unless it is [`publish`](Self::publish)ed, it goes with this.
///
/// Its name is in the lock's file before it is made, so that whoever has the lock after a process that was killed knows
/// that it is nobody's.
#[derive(Debug)]
pub struct Unfinished {
    pub path: PathBuf,
    to: PathBuf,
}

/// What its name has between that of the file and a number.
const MARK: &str = "-new-";

impl Unfinished {
    /// An empty file that becomes `to`. Nobody else reads it meanwhile if it is to be `private`.
    pub fn make(to: &Path, lock: &mut Lock, private: bool) -> Result<Self> {
        let failed = |error: &std::io::Error| Error::system(to, error);
        loop {
            let path = beside(&stem(to), &format!("{MARK}{:016x}", fastrand::u64(..)));
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.symlink_metadata().is_ok() {
                continue;
            }
            lock.note(&name).map_err(|error| failed(&error))?;
            match create_new(&path, private) {
                Ok(_) => return Ok(Unfinished { path, to: to.to_owned() }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    /// Gives the file its name, if nobody has it, and these permissions, if any.
    pub fn publish(self, permissions: Option<Permissions>) -> Result<()> {
        let failed = |error: &std::io::Error| Error::system(&self.to, error);
        if let Some(permissions) = permissions {
            fs::set_permissions(&self.path, permissions).map_err(|error| failed(&error))?;
        }
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(|error| failed(&error))?;
        match fs::hard_link(&self.path, &self.to) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(failed(&error)),
            // Not every file system has links. Others than stores may make a file of this name between the two calls.
            Err(_) if self.to.symlink_metadata().is_ok() => return Err(failed(&ErrorKind::AlreadyExists.into())),
            Err(_) => fs::rename(&self.path, &self.to).map_err(|error| failed(&error))?,
        }
        // The name is to last as long as the file.
        if let Some(folder) = self.to.parent() {
            _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }

    /// Removes what a process left unfinished that had the lock and was killed.
    pub fn clean(of: &Path, lock: &mut Lock) {
        let Some(name) = lock.noted() else { return };
        let start = stem(of).file_name().map(|stem| format!("{}{MARK}", stem.to_string_lossy())).unwrap_or_default();
        let is_number = |rest: &str| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if name.strip_prefix(&start).is_some_and(is_number) {
            let mut path = stem(of);
            path.as_mut_os_string().push(&name[start.len() - MARK.len()..]);
            remove(&path);
        }
        _ = lock.note("");
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// The name, unless it is so long that nothing can be added.
fn stem(of: &Path) -> PathBuf {
    match of.file_name().is_some_and(|name| name.len() > 200) {
        true => of.with_file_name("hasmany"),
        false => of.to_owned(),
    }
}

fn remove(path: &Path) {
    ["", "-journal", "-wal", "-shm"].iter().for_each(|suffix| _ = fs::remove_file(beside(path, suffix)));
}

fn create_new(path: &Path, private: bool) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    if private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    options.create_new(true).write(true).open(path)
}
