//! Work that is done by several threads at once, and the memory it uses again.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::store::progress;
use crate::store::room;
use crate::store::stop::{self, Together};

/// As many rows as this are worth a thread.
const MANY: usize = 1 << 15;

/// A buffer that one piece of work after another uses, so that memory is not asked for and given back each time.
pub type Scratch = Vec<u64>;

/// `len` numbers of unspecified value.
pub fn buffer(scratch: &mut Scratch, len: usize) -> &mut [u64] {
    if scratch.len() < len {
        // What is there need not be kept.
        *scratch = Scratch::new();
        *scratch = room::filled(0, len);
    }
    &mut scratch[..len]
}

/// Does `work` with each of some things that together stand for `rows` rows: at once, where the rows are many. Results
/// are in the order of the things; what takes longest should come first.
///
/// The threads live as long as the call. A pool of threads would be lost in a forked child, and wait there for ever.
pub fn in_parallel<T: Send, R: Send>(
    rows: usize,
    things: impl IntoIterator<Item = T>,
    work: impl Fn(T, &mut Scratch) -> R + Sync,
) -> Vec<R> {
    in_parallel_with(rows, things, work)
}

/// As [`in_parallel`], with another kind of scratch memory, which each thread makes once.
pub fn in_parallel_with<T: Send, R: Send, S: Default>(
    rows: usize,
    things: impl IntoIterator<Item = T>,
    work: impl Fn(T, &mut S) -> R + Sync,
) -> Vec<R> {
    let things: Vec<(usize, T)> = things.into_iter().enumerate().collect();
    // To ask for the cores reads files of the system: tens of microseconds.
    let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let threads = if rows < MANY || things.len() < 2 { 1 } else { cores().min(things.len()) };
    let queue = Mutex::new(things.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work_off = || {
        let (mut done, mut scratch) = (Vec::new(), S::default());
        while let Some((at, thing)) = next() {
            stop::look();
            done.push((at, work(thing, &mut scratch)));
        }
        done
    };
    let mut done = if threads > 1 { together(threads, work_off) } else { work_off() };
    done.sort_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Works in so many threads, or fewer, if there is no memory for more: this one and others.
fn together<R: Send>(threads: usize, work_off: impl Fn() -> Vec<R> + Sync) -> Vec<R> {
    let (together, caller, watched) = (Together::start(), std::thread::current(), progress::watched());
    let done = std::thread::scope(|scope| {
        let help = || {
            let done = progress::watch(watched.clone(), || together.help(&work_off));
            caller.unpark();
            done
        };
        let spawn = |_| std::thread::Builder::new().spawn_scoped(scope, help).ok();
        let helpers: Vec<_> = (1..threads).map_while(spawn).collect();
        let mut done = vec![together.work(&work_off)];
        // Only this thread can hear that the call is to end; the others hear it from here.
        while !helpers.iter().all(|helper| helper.is_finished()) {
            std::thread::park_timeout(Duration::from_millis(20));
            _ = stop::is_asked();
        }
        done.extend(helpers.into_iter().map(|helper| helper.join().unwrap_or_else(|panic| resume_unwind(panic))));
        done
    });
    together.all(done).into_iter().flatten().collect()
}
