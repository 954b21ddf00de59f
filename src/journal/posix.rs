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
pub fn own_locks() {
    #[cfg(target_os = "linux")]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(linux::replace_fcntl);
    }
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "SQLite lets its system calls be replaced only in C")]
mod linux {
    use std::ffi::c_int;

    use libc::{F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_SETLK, fcntl, flock};
    use rusqlite::ffi::{sqlite3_syscall_ptr, sqlite3_vfs_find};

    /// What stands for `fcntl` in our SQLite.
    ///
    /// SQLite calls it as the variadic function it stands for. On Linux the third argument is passed in the same
    /// register either way.
    unsafe extern "C" fn with_own_locks(file: c_int, command: c_int, argument: *mut flock) -> c_int {
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

    pub fn replace_fcntl() {
        // SAFETY: null asks for the default file system, which lives as long as the process. Its third version has
        // `xSetSystemCall`, which takes the name of a system call and a function of its type, as `with_own_locks` is
        // (see there). Called once, before SQLite has opened any file here.
        unsafe {
            let files = sqlite3_vfs_find(std::ptr::null());
            if let Some(vfs) = files.as_ref()
                && vfs.iVersion >= 3
                && let Some(set) = vfs.xSetSystemCall
            {
                let ours = with_own_locks as unsafe extern "C" fn(c_int, c_int, *mut flock) -> c_int;
                let ours: sqlite3_syscall_ptr = Some(std::mem::transmute::<
                    unsafe extern "C" fn(c_int, c_int, *mut flock) -> c_int,
                    unsafe extern "C" fn(),
                >(ours));
                set(files, c"fcntl".as_ptr(), ours);
            }
        }
    }
}
