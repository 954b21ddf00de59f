//! One writer a file.

use std::fs::{File, OpenOptions, Permissions, TryLockError, remove_file};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::journal::beside::{Place, beside, open_regular};
use crate::journal::error::{Error, Result};
use crate::journal::posix;

/// How a lock's file begins.
const SIGN: &[u8] = b"hasmany lock\n";

/// How long is what a writer tells.
pub const TOLD: usize = 51;

/// What the writer of a file told, if there is one and it did.
pub fn told(of: &Path) -> Option<String> {
    let file = open_regular(&beside(of, "-lock"), File::options().read(true)).ok()?;
    let mut text = [0; SIGN.len() + TOLD];
    posix::read_at(&file, &mut text, 0)?;
    String::from_utf8(text.strip_prefix(SIGN)?.to_owned()).ok()
}

/// The right to write to a file: a lock on another file beside it, which is there as long as the right is, and, where
/// the system has such locks, one on the file itself, whatever its name is or becomes.
///
/// The operating system gives both back when the process ends, however it ends, and with it all that were forked
/// from it by means that the project does not hear of.
#[derive(Debug)]
pub struct Lock {
    /// Nothing once it is abandoned.
    file: Option<File>,
    path: PathBuf,
    /// Whether the lock's file is a store's, so that it may be written and removed.
    is_own: bool,
    /// The file itself, once it is locked.
    itself: Option<File>,
}

impl Lock {
    /// Takes the right to write to a file, which need not exist. The lock's file gets these permissions, if any.
    pub fn take(of: &Path, permissions: Option<Permissions>) -> Result<Self> {
        let path = beside(of, "-lock");
        let failed = |error: &std::io::Error| match error.kind() {
            ErrorKind::NotFound => Error::system(of, error),
            _ => Error::system(&path, error),
        };
        loop {
            let mut file = match open_or_make(&path, permissions.as_ref()) {
                // Removed since it was found.
                Err(error) if error.kind() == ErrorKind::NotFound && of.parent().is_some_and(Path::is_dir) => continue,
                file => file.map_err(|error| failed(&error))?,
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(is_taken(of)),
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
            // Whoever had it before may have removed the file since it was opened here.
            if !is_at(&file, &path) {
                continue;
            }
            let text = signed(&mut file).map_err(|error| failed(&error))?;
            let is_own = text.starts_with(SIGN);
            // A machine that ended may have left zeros, or a part of it.
            if !is_own && !SIGN.starts_with(&text) && text.iter().any(|&byte| byte != 0) {
                _ = file.unlock();
                return Err(Error::Corrupt(format!(
                    "{} is no lock of a store's; move it away, and open {} then",
                    path.display(),
                    of.display()
                )));
            }
            return Ok(Lock { file: Some(file), path, is_own, itself: None });
        }
    }

    /// Takes the file itself, too: it may have another name, by which somebody has it, or have been moved here. Says
    /// which file it is.
    pub fn seize(&mut self, of: &Path) -> Result<Place> {
        let options = &mut File::options();
        let file = open_regular(of, options.read(true).write(true)).map_err(|error| Error::system(of, &error))?;
        match posix::lock_for_writing(&file) {
            Ok(true) => {
                let place = Place::of_open(&file).map_err(|error| Error::system(of, &error));
                self.itself = Some(file);
                place
            }
            Ok(false) => {
                posix::put_away(file);
                Err(is_taken(of))
            }
            Err(error) => {
                posix::put_away(file);
                Err(Error::system(of, &error))
            }
        }
    }

    /// What the one who had the lock and was killed had noted.
    pub fn noted(&mut self) -> Option<String> {
        let text = self.is_own.then(|| signed(self.file.as_mut()?).ok()).flatten()?;
        let note = String::from_utf8(text.strip_prefix(SIGN)?.to_owned()).ok()?;
        (!note.is_empty()).then_some(note)
    }

    /// Notes something for whoever has the lock next if this process is killed.
    pub fn note(&mut self, text: &str) -> std::io::Result<()> {
        match &mut self.file {
            Some(file) if self.is_own => {
                file.set_len(SIGN.len() as u64)?;
                file.seek(SeekFrom::Start(SIGN.len() as u64))?;
                file.write_all(text.as_bytes())
            }
            _ => Ok(()),
        }
    }

    /// Notes something for those who read beside, after which nothing else is noted. It has always the same length.
    pub fn tell(&self, text: &str) {
        debug_assert_eq!(text.len(), TOLD);
        if let Some(file) = self.file.as_ref().filter(|_| self.is_own) {
            _ = posix::write_at(file, text.as_bytes(), SIGN.len() as u64);
        }
    }

    /// In a forked child: closes the files, and leaves them locked by the parent.
    pub fn abandon(mut self) {
        self.file = None;
        self.itself = None;
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(itself) = self.itself.take() {
            posix::unlock(itself);
        }
        let Some(file) = &self.file else { return };
        // Removed while it is locked: nobody else can have taken it, unless somebody removed it before. A forked child
        // may have the file open, too, so closing it is not enough.
        if self.is_own && is_at(file, &self.path) {
            _ = remove_file(&self.path);
        }
        _ = file.unlock();
    }
}

fn is_taken(of: &Path) -> Error {
    Error::Locked(format!(
        "{} is open for writing already, here or in another process, perhaps under another name; read_only=True reads \
         beside it, timeout= waits until it is closed",
        of.display()
    ))
}

fn open_or_make(path: &Path, permissions: Option<&Permissions>) -> std::io::Result<File> {
    let there = path.symlink_metadata();
    if there.is_err() {
        let fill = |file: &mut File| sign(file, permissions);
        let made = posix::make_named(path, fill).unwrap_or_else(|| make(path, permissions));
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made,
        }
    }
    if !path.symlink_metadata()?.is_file() {
        return Err(ErrorKind::AlreadyExists.into()); // A link: who knows where it leads.
    }
    let options = &mut OpenOptions::new();
    open_regular(path, options.read(true).write(true))
}

/// Where a file cannot be made whole at once.
fn make(path: &Path, permissions: Option<&Permissions>) -> std::io::Result<File> {
    let mut file = OpenOptions::new().create_new(true).read(true).write(true).open(path)?;
    // Before it is locked: whoever else locks it first waits for that.
    match sign(&mut file, permissions) {
        Ok(()) => Ok(file),
        Err(error) => {
            if file.try_lock().is_ok() && is_at(&file, path) {
                _ = remove_file(path);
            }
            Err(error)
        }
    }
}

fn sign(file: &mut File, permissions: Option<&Permissions>) -> std::io::Result<()> {
    permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions.clone()))?;
    file.write_all(SIGN)
}

/// What is in a lock's file. One that is made just now is empty for a moment.
fn signed(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for _ in 0..20 {
        text.clear();
        file.seek(SeekFrom::Start(0))?;
        file.take(1 << 10).read_to_end(&mut text)?;
        if !text.is_empty() {
            break;
        }
        sleep(Duration::from_millis(5));
    }
    Ok(text)
}

fn is_at(file: &File, path: &Path) -> bool {
    Place::of_open(file).ok() == Place::of(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("hasmany-lock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let lock = Lock::take(&path, None).unwrap();
        assert!(matches!(Lock::take(&path, None), Err(Error::Locked(_))));
        drop(lock);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        drop(Lock::take(&path, None).unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(Lock::take(&path, None), Err(Error::System { code: 2, .. })));
    }

    #[test]
    fn what_a_power_cut_leaves_of_a_lock_stops_nobody() {
        let folder = std::env::temp_dir().join(format!("hasmany-torn-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (path, lock) = (folder.join("a.db"), folder.join("a.db-lock"));
        for left in [&[0; 13][..], &[0; 60], b"hasm"] {
            std::fs::write(&lock, left).unwrap();
            drop(Lock::take(&path, None).unwrap());
            assert_eq!(std::fs::read(&lock).unwrap(), left); // It may be somebody else's.
        }
        std::fs::write(&lock, b"else").unwrap();
        assert!(matches!(Lock::take(&path, None), Err(Error::Corrupt(_))));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_a_killed_one_noted_is_found_by_the_next() {
        let folder = std::env::temp_dir().join(format!("hasmany-noted-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let mut lock = Lock::take(&path, None).unwrap();
        lock.note("something longer").unwrap();
        lock.note("something").unwrap();
        lock.abandon();
        assert_eq!(Lock::take(&path, None).unwrap().noted().as_deref(), Some("something"));
        assert_eq!(Lock::take(&path, None).unwrap().noted(), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
