//! Locks of SQLite's that belong to it alone.
//!
//! SQLite locks files by POSIX record locks, which belong to the process: they are dropped when *anything* in the
//! process closes the file, and do not hold against it. Python comes with a SQLite of its own, so one process may well
//! have two that do not know of each other, one of which reads a file that the other has open, and believes when it
//! closes it that nobody else is there: it would delete the log under our feet
//! (<https://www.sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application>). Locks of
//! open file descriptions are the same locks with an owner of their own, so ours are taken as those. To Python's SQLite
//! we are another process then, which is what it is made for.
//!
//! That is one direction. The other: when *we* close a file, the locks of Python's SQLite are dropped. So files are not
//! closed while anybody has locks on them, but put away, and taken out again when they are next opened.

/// Makes our SQLite lock by open file descriptions, from the first call on. Elsewhere than on Linux it does nothing.
///
/// In a forked child, besides, files get other numbers. SQLite knows by device and inode which files the process has
/// open and locked already, and a child inherits that knowledge without anything behind it; under another number it
/// opens and locks a file for itself.
pub fn own_locks() {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    linux::replace_calls();
}

/// Closes a file that SQLite may have open elsewhere in this process, without dropping locks on it.
pub fn put_away(file: std::fs::File) {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    linux::put_away(std::os::fd::IntoRawFd::into_raw_fd(file));
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    drop(file);
}

/// Whether no SQLite in any process has a database open, as far as that can be known.
pub fn is_unused(path: &std::path::Path) -> bool {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    if let Ok(file) = std::fs::File::options().read(true).write(true).open(path) {
        let is_free = linux::is_free(std::os::fd::AsRawFd::as_raw_fd(&file), linux::SHARED);
        put_away(file);
        return is_free;
    }
    _ = path;
    false
}

/// Takes the right to write to an open file, whatever its name; false if somebody has it. It ends with the open file.
/// Where there are no such locks, it is always given.
pub fn lock_for_writing(file: &std::fs::File) -> std::io::Result<bool> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    return linux::lock_for_writing(std::os::fd::AsRawFd::as_raw_fd(file));
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    {
        _ = file;
        Ok(true)
    }
}

/// Gives that right back, and closes the file.
pub fn unlock(file: std::fs::File) {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    linux::unlock(std::os::fd::AsRawFd::as_raw_fd(&file));
    put_away(file);
}

/// Reads what a file has from a place on, where our locks are our own: elsewhere closing the file could drop SQLite's.
pub fn read_at(file: &std::fs::File, text: &mut [u8], at: u64) -> Option<()> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    return std::os::unix::fs::FileExt::read_exact_at(file, text, at).ok();
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    {
        _ = (file, text, at);
        None
    }
}

/// Writes to a place of a file, in one call; on Linux only.
pub fn write_at(file: &std::fs::File, text: &[u8], at: u64) -> Option<()> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    return std::os::unix::fs::FileExt::write_all_at(file, text, at).ok();
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    {
        _ = (file, text, at);
        None
    }
}

/// Gives a file that has no name one, if nothing has it: both at once, so what the file holds and who has it locked holds
/// from the first moment on. Nothing where that cannot be done.
pub fn make_named(
    path: &std::path::Path,
    fill: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> Option<std::io::Result<std::fs::File>> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_TMPFILE);
        let mut file = options.read(true).write(true).open(path.parent()?).ok()?;
        match fill(&mut file).and_then(|()| linux::link(&file, path)) {
            Ok(()) => Some(Ok(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None, // There is no /proc.
            Err(error) => Some(Err(error)),
        }
    }
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    {
        _ = (path, fill);
        None
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[expect(unsafe_code, reason = "SQLite lets its system calls be replaced only in C")]
mod linux {
    use std::ffi::{CStr, CString, c_char, c_int};
    use std::mem::transmute;
    use std::sync::{Mutex, OnceLock, PoisonError};

    use libc::{F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_SETLK, F_UNLCK, F_WRLCK, O_ACCMODE, O_EXCL, O_TRUNC};
    use libc::{S_IFMT, S_IFREG, fcntl, flock};
    use rusqlite::ffi::{sqlite3_syscall_ptr, sqlite3_vfs_find};

    type Fcntl = unsafe extern "C" fn(c_int, c_int, *mut flock) -> c_int;
    type Fstat = unsafe extern "C" fn(c_int, *mut libc::stat) -> c_int;
    type Stat = unsafe extern "C" fn(*const c_char, *mut libc::stat) -> c_int;
    type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
    type Close = unsafe extern "C" fn(c_int) -> c_int;

    /// What SQLite takes each of them for until it calls it.
    type Call = unsafe extern "C" fn();

    /// The process that used SQLite first: this one or one that it was forked from.
    static FIRST: OnceLock<u32> = OnceLock::new();

    /// What stands for `fcntl` in our SQLite.
    ///
    /// SQLite calls it as the variadic function it stands for. On Linux the third argument is passed in the same
    /// register either way.
    unsafe extern "C" fn own_fcntl(file: c_int, command: c_int, argument: *mut flock) -> c_int {
        let own = match command {
            F_SETLK => F_OFD_SETLK,
            F_GETLK => F_OFD_GETLK,
            // SAFETY: passed on as it came; other commands take an integer or nothing there.
            _ => return unsafe { fcntl(file, command, argument) },
        };
        // SAFETY: with these two commands SQLite passes a lock of its own, which nobody else sees meanwhile.
        let lock = unsafe { &mut *argument };
        lock.l_pid = 0; // Must be, and SQLite need not have set it.
        // SAFETY: the command takes a pointer to a lock.
        unsafe { fcntl(file, own, lock as *mut flock) }
    }

    /// Files that were put away.
    static AWAY: Mutex<Vec<Away>> = Mutex::new(Vec::new());

    /// As many are kept at most.
    const MOST: usize = 64;

    struct Away {
        file: c_int,
        /// Device and inode.
        number: (u64, u64),
        /// Whether it is open for reading, writing or both.
        access: c_int,
        /// The process that opened it; a forked child's would share its locks.
        process: u32,
    }

    /// A lock of a kind on some bytes of a file, to its end if there is no length.
    fn lock(kind: c_int, start: i64, length: i64) -> flock {
        // SAFETY: a lock is a handful of numbers.
        let mut lock: flock = unsafe { std::mem::zeroed() };
        (lock.l_type, lock.l_start, lock.l_len) = (kind as _, start, length);
        lock
    }

    /// The bytes by which SQLite says that it has a database open.
    pub const SHARED: (i64, i64) = (0x4000_0000, 512);

    const ALL: (i64, i64) = (0, 0);

    /// The byte by which we say that we write a file: close to those that SQLite locks, and none of them.
    const WRITER: (i64, i64) = (SHARED.0 + 600, 1);

    pub fn lock_for_writing(file: c_int) -> std::io::Result<bool> {
        let mut lock = lock(F_WRLCK, WRITER.0, WRITER.1);
        // SAFETY: the command takes a pointer to a lock.
        if unsafe { fcntl(file, F_OFD_SETLK, &raw mut lock) } == 0 {
            return Ok(true);
        }
        match std::io::Error::last_os_error() {
            error if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
            error => Err(error),
        }
    }

    /// Whether nobody else has a lock on these bytes of a file.
    pub fn is_free(file: c_int, (start, length): (i64, i64)) -> bool {
        let mut lock = lock(F_WRLCK, start, length);
        // SAFETY: the command takes a pointer to a lock.
        let asked = unsafe { fcntl(file, F_OFD_GETLK, &raw mut lock) };
        asked != 0 || c_int::from(lock.l_type) == F_UNLCK
    }

    pub fn unlock(file: c_int) {
        let mut none = lock(F_UNLCK, 0, 0);
        // SAFETY: the command takes a pointer to a lock.
        unsafe { fcntl(file, F_OFD_SETLK, &raw mut none) };
    }

    pub fn link(file: &std::fs::File, path: &std::path::Path) -> std::io::Result<()> {
        let open = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
        let (open, path) = (CString::new(open)?, CString::new(path.as_os_str().as_encoded_bytes())?);
        // SAFETY: both are texts that end with a zero.
        let done = unsafe {
            libc::linkat(libc::AT_FDCWD, open.as_ptr(), libc::AT_FDCWD, path.as_ptr(), libc::AT_SYMLINK_FOLLOW)
        };
        if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    }

    fn look(file: c_int) -> Option<libc::stat> {
        // SAFETY: it is a handful of numbers, and the call writes it.
        unsafe {
            let mut found: libc::stat = std::mem::zeroed();
            (libc::fstat(file, &raw mut found) == 0).then_some(found)
        }
    }

    /// Takes a file out of use: closes it, unless closing would drop somebody's locks.
    pub fn put_away(file: c_int) -> c_int {
        let mut away = AWAY.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the caller gives up this one, and those that are away are out of use.
        let close = |file: c_int| unsafe { libc::close(file) };
        away.retain(|other| !is_free(other.file, ALL) || close(other.file) != 0);
        match look(file) {
            Some(found) if found.st_mode & S_IFMT == S_IFREG && !is_free(file, ALL) && away.len() < MOST => {
                unlock(file);
                // SAFETY: the command takes nothing.
                let flags = unsafe { fcntl(file, libc::F_GETFL) };
                let number = (found.st_dev, found.st_ino);
                away.push(Away { file, number, access: flags & O_ACCMODE, process: std::process::id() });
                0
            }
            _ => close(file),
        }
    }

    /// What stands for `close`.
    unsafe extern "C" fn own_close(file: c_int) -> c_int {
        put_away(file)
    }

    /// What stands for `open`: a file that was put away, if it is that.
    unsafe extern "C" fn own_open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
        // SAFETY: the path is SQLite's, and what was found is written before it is read.
        let found = unsafe {
            let mut found: libc::stat = std::mem::zeroed();
            (libc::stat(path, &raw mut found) == 0).then_some((found.st_dev, found.st_ino))
        };
        if let Some(number) = found
            && flags & (O_EXCL | O_TRUNC) == 0
        {
            let mut away = AWAY.lock().unwrap_or_else(PoisonError::into_inner);
            away.retain(|other| other.process == std::process::id());
            let is_it = |other: &Away| other.number == number && other.access == flags & O_ACCMODE;
            if let Some(at) = away.iter().position(is_it) {
                return away.remove(at).file;
            }
        }
        // SAFETY: passed on as it came.
        unsafe { libc::open(path, flags, mode) }
    }

    /// What stands for `fstat`.
    unsafe extern "C" fn own_fstat(file: c_int, found: *mut libc::stat) -> c_int {
        // SAFETY: passed on as it came; what was found is written if the call says so.
        unsafe { renumbered(libc::fstat(file, found), found) }
    }

    /// What stands for `stat`.
    unsafe extern "C" fn own_stat(path: *const c_char, found: *mut libc::stat) -> c_int {
        // SAFETY: as above.
        unsafe { renumbered(libc::stat(path, found), found) }
    }

    /// Gives a file that was found the number of a device that only this process has, if it was forked.
    unsafe fn renumbered(result: c_int, found: *mut libc::stat) -> c_int {
        let process = std::process::id();
        if result == 0 && FIRST.get() != Some(&process) {
            // SAFETY: the caller's, which SQLite passes to be written to.
            unsafe { (*found).st_dev ^= u64::from(process) << 32 };
        }
        result
    }

    pub fn replace_calls() {
        FIRST.get_or_init(|| {
            // SAFETY: each is a function of the type of the call whose name it has (for `fcntl` see there), which is
            // what SQLite takes it for again before it calls it.
            unsafe {
                replace(c"fcntl", transmute::<Fcntl, Call>(own_fcntl));
                replace(c"fstat", transmute::<Fstat, Call>(own_fstat));
                replace(c"open", transmute::<Open, Call>(own_open));
                replace(c"close", transmute::<Close, Call>(own_close));
                replace(c"stat", transmute::<Stat, Call>(own_stat));
            }
            std::process::id()
        });
    }

    /// Lets SQLite call something else. Before it has opened any file.
    unsafe fn replace(name: &CStr, own: Call) {
        // SAFETY: null asks for the default file system, which lives as long as the process. From its third version
        // on it has `xSetSystemCall`, which takes a name and a function of that call's type, as the caller promises.
        unsafe {
            let files = sqlite3_vfs_find(std::ptr::null());
            if let Some(vfs) = files.as_ref()
                && vfs.iVersion >= 3
                && let Some(set) = vfs.xSetSystemCall
            {
                let own: sqlite3_syscall_ptr = Some(own);
                set(files, name.as_ptr(), own);
            }
        }
    }
}
