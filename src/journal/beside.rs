//! What lies beside a file under names of its own: SQLite's logs, and our lock.
//!
//! SQLite takes whatever has such a name for its own: it applies it, writes over it or deletes it. So it is looked at
//! before SQLite is.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::journal::error::{Error, Result};
use crate::journal::posix;

/// What SQLite keeps beside a file, and how it begins.
const LOGS: [(&str, &[&[u8]]); 3] = [
    ("-journal", &[&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]]),
    ("-wal", &[&[0x37, 0x7f, 0x06, 0x82], &[0x37, 0x7f, 0x06, 0x83]]),
    ("-shm", &[&3_007_000_u32.to_ne_bytes()]),
];

/// The file of the same name with something added.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether everything is in the file itself.
pub fn has_no_log(path: &Path) -> bool {
    !beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0)
}

/// Opens what is a file, and nothing that would make one wait: a pipe, a terminal.
pub fn open_regular(path: &Path, options: &mut OpenOptions) -> std::io::Result<File> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK);
    match path.metadata()? {
        found if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        found if !found.is_file() => Err(std::io::Error::other("is no file, but a pipe, a socket or a device")),
        _ => options.open(path),
    }
}

/// Refuses to make a file where a log lies that waits for another, which was there and may come back.
pub fn check_no_logs(path: &Path) -> Result<()> {
    let there = LOGS.iter().map(|(suffix, _)| beside(path, suffix)).find(|log| log.symlink_metadata().is_ok());
    there.map_or(Ok(()), |log| {
        let message = format!(
            "{} is not there, and this is, which may hold what was committed to a database of that name: put the \
             database back, or move this away",
            path.display()
        );
        Err(Error::System { code: crate::journal::error::code::EXISTS, message, path: log })
    })
}

/// Refuses where a file that is no log of SQLite's has the name of one.
pub fn check_logs(path: &Path) -> Result<()> {
    for (suffix, marks) in LOGS {
        let log = beside(path, suffix);
        let Ok(found) = log.symlink_metadata() else { continue };
        let mut start = [0; 8];
        let read = match found.is_file() {
            false => None,
            true => read_start(&log, &mut start).map_err(|error| Error::system(&log, &error))?,
        };
        let start = read.map(|read| &start[..read]);
        // A machine or process that ended may have left zeros, or a part of it.
        let is_of = |mark: &&[u8]| {
            let mut rest = start.unwrap_or(&[1]).iter().zip(*mark).skip_while(|(one, two)| one == two);
            rest.all(|(&byte, _)| byte == 0)
        };
        if !marks.iter().any(is_of) {
            return Err(Error::Corrupt(format!(
                "{} lies beside a store and is nothing of SQLite's, which would delete it; move it away, and open the \
                 store then",
                log.display()
            )));
        }
    }
    Ok(())
}

/// How many bytes there are at the start of a file, up to eight; nothing if it has gone meanwhile, as logs do.
fn read_start(path: &Path, start: &mut [u8; 8]) -> std::io::Result<Option<usize>> {
    let mut file = match open_regular(path, File::options().read(true)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(0)),
        file => file?,
    };
    let read = file.read(start);
    posix::put_away(file);
    read.map(Some)
}

/// Which file is at a path: its device and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(u64, u64);

impl Place {
    /// Of the file that is there.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        fs::metadata(path).map(|found| Place::from(&found))
    }

    /// Of an open file.
    pub fn of_open(file: &File) -> std::io::Result<Self> {
        file.metadata().map(|found| Place::from(&found))
    }

    #[cfg(unix)]
    fn from(found: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Place(found.dev(), found.ino())
    }

    /// Elsewhere an open file can be neither removed nor replaced.
    #[cfg(not(unix))]
    fn from(_: &fs::Metadata) -> Self {
        Place(0, 0)
    }
}
