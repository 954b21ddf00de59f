//! Locks of SQLite's that belong to it alone.
//!
//! SQLite locks files by POSIX record locks, which belong to the process: they are dropped when *anything* in the
//! process closes the file, and do not hold against it. Python comes with a SQLite of its own, so one process may well
//! have two that do not know of each other, one of which reads a file that the other has open, and believes when it
//! closes it that nobody else is there: it would delete the log under our feet
//! (<https://www.sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application>). Locks of
//! open file descriptions are the same locks with an owner of their own, so ours are taken as those. To Python's SQLite
//! we are another process then, which is what it is made for.

/// Makes our SQLite lock by open file descriptions, from the first call on. Elsewhere than on Linux it does nothing.
///
/// In a forked child, besides, files get other numbers. SQLite knows by device and inode which files the process has
/// open and locked already, and a child inherits that knowledge without anything behind it; under another number it
/// opens and locks a file for itself.
pub fn own_locks() {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    linux::replace_calls();
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[expect(unsafe_code, reason = "SQLite lets its system calls be replaced only in C")]
mod linux {
    use std::ffi::{CStr, c_char, c_int};
    use std::mem::transmute;
    use std::sync::OnceLock;

    use libc::{F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_SETLK, fcntl, flock};
    use rusqlite::ffi::{sqlite3_syscall_ptr, sqlite3_vfs_find};

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
                replace(c"fcntl", transmute::<unsafe extern "C" fn(_, _, _) -> _, _>(own_fcntl));
                replace(c"fstat", transmute::<unsafe extern "C" fn(_, _) -> _, _>(own_fstat));
                replace(c"stat", transmute::<unsafe extern "C" fn(_, _) -> _, _>(own_stat));
            }
            std::process::id()
        });
    }

    /// Lets SQLite call something else. Before it has opened any file.
    unsafe fn replace(name: &CStr, own: unsafe extern "C" fn()) {
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
