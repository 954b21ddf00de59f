//! What ends a call before it is done: somebody wants it to, or memory runs out.
//!
//! Both unwind the stack, past code that would have nothing to say of them, to [`hear`], whose caller turns them into an
//! error. Nothing is printed, as a panic would. So whatever changes the store in steps must be able to unwind at each
//! that looks or asks for memory: it makes things aside and puts them in place at the end, makes room first and changes
//! then, or takes back what it did. Where none of these can be, it is [`deaf`].

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Why a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Whoever called wants it to.
    Interrupted,
    /// There is not as much memory as it needs.
    OutOfMemory,
    /// A number in the condition or the order of a collection is too large: what reads collections has no other error.
    TooLarge,
}

impl Stop {
    /// Unwinds.
    pub fn throw(self) -> ! {
        resume_unwind(Box::new(self))
    }

    /// What an unwinding was for; it goes on where that was something else: a fault of ours.
    pub fn of(payload: Box<dyn Any + Send>) -> Self {
        match payload.downcast::<Stop>() {
            Ok(stop) => *stop,
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Asking costs, where other threads keep the interpreter busy.
const PAUSE: Duration = Duration::from_millis(50);

/// Between two looks as many rows are worked on.
pub const ROWS: usize = 1 << 16;

/// How a thread hears that its work should end.
#[derive(Clone, Copy)]
enum Ear {
    Deaf,
    /// It asks, and tells those who help it.
    Caller {
        asked: fn() -> bool,
        last: Option<Instant>,
    },
    /// It is told.
    Helper,
}

thread_local! {
    static EAR: Cell<Ear> = const { Cell::new(Ear::Deaf) };
    /// What the threads of one call tell each other, where it has several.
    static TOLD: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Sets how this thread hears, and sets it back when it goes.
struct Wearing(Ear);

impl Wearing {
    #[inline]
    fn new(ear: Ear) -> Self {
        Wearing(EAR.replace(ear))
    }
}

impl Drop for Wearing {
    #[inline]
    fn drop(&mut self) {
        EAR.set(self.0);
    }
}

/// Does something that ends early where `asked` says so; or with what it was unwound for.
///
/// `asked` is called by this thread now and then, with locks held.
#[inline]
pub fn hear<T>(asked: fn() -> bool, work: impl FnOnce() -> T) -> std::thread::Result<T> {
    let _ear = Wearing::new(Ear::Caller { asked, last: None });
    catch_unwind(AssertUnwindSafe(work))
}

/// Does something that must not be left half done.
pub fn deaf<T>(work: impl FnOnce() -> T) -> T {
    let _ear = Wearing::new(Ear::Deaf);
    work()
}

/// Whether the call should end.
pub fn is_asked() -> bool {
    if matches!(EAR.get(), Ear::Deaf) {
        return false;
    }
    let is_told = TOLD.with_borrow(|told| told.as_ref().is_some_and(|told| told.load(Ordering::Relaxed)));
    let Ear::Caller { asked, last } = EAR.get() else { return is_told };
    let now = Instant::now();
    if is_told || last.is_some_and(|last| now.duration_since(last) < PAUSE) {
        return is_told;
    }
    EAR.set(Ear::Caller { asked, last: Some(now) });
    // What is done in the time of one pause need not be asked about.
    let is_asked = last.is_some() && asked();
    TOLD.with_borrow(|told| told.as_ref().map(|told| told.fetch_or(is_asked, Ordering::Relaxed)));
    is_asked
}

/// Unwinds where the call should end.
pub fn look() {
    if is_short() {
        Stop::OutOfMemory.throw();
    }
    if is_asked() {
        Stop::Interrupted.throw();
    }
}

/// Whether what is kept back for small things was given up.
static IS_LOW: AtomicBool = AtomicBool::new(false);

/// Says that memory ran so low that small things hardly find any; or that it is better.
pub fn set_low(is_low: bool) {
    IS_LOW.store(is_low, Ordering::Relaxed);
}

/// Whether memory is so low.
pub fn is_low() -> bool {
    IS_LOW.load(Ordering::Relaxed)
}

/// Whether memory is so low that what can end should.
pub fn is_short() -> bool {
    is_low() && !matches!(EAR.get(), Ear::Deaf)
}

/// Counts rows, to [`look`] after each [`ROWS`] of them.
#[derive(Clone, Default)]
pub struct Pace(usize);

impl Pace {
    /// One more.
    #[inline]
    pub fn step(&mut self) {
        self.steps(1);
    }

    /// So many more.
    #[inline]
    pub fn steps(&mut self, rows: usize) {
        self.0 += rows;
        if self.0 >= ROWS {
            self.0 = 0;
            look();
        }
    }
}

/// Items that go by at a [`Pace`].
#[derive(Clone)]
pub struct Looking<I> {
    items: I,
    pace: Pace,
}

/// As it says.
pub fn looking<I: Iterator>(items: impl IntoIterator<IntoIter = I>) -> Looking<I> {
    Looking { items: items.into_iter(), pace: Pace::default() }
}

impl<I: Iterator> Iterator for Looking<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.pace.step();
        self.items.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

/// What several threads of one call hear together.
pub struct Together(Arc<AtomicBool>);

impl Together {
    /// From now on this thread, which has called, tells the others what it hears.
    pub fn start() -> Self {
        let told = Arc::new(AtomicBool::new(false));
        TOLD.set(Some(told.clone()));
        Together(told)
    }

    /// Works as one of these threads; if it unwinds, the others end, too.
    pub fn work<T>(&self, work: impl FnOnce() -> T) -> std::thread::Result<T> {
        let done = catch_unwind(AssertUnwindSafe(work));
        self.0.fetch_or(done.is_err(), Ordering::Relaxed);
        done
    }

    /// As [`work`](Self::work), in a thread that was started for it.
    pub fn help<T>(&self, work: impl FnOnce() -> T) -> std::thread::Result<T> {
        EAR.set(Ear::Helper);
        TOLD.set(Some(self.0.clone()));
        self.work(work)
    }

    /// All that they came to; or unwinds for what ended them: a fault rather than a stop, and memory rather than what
    /// it made the others do.
    pub fn all<T>(self, done: Vec<std::thread::Result<T>>) -> Vec<T> {
        TOLD.set(None);
        let (mut all, mut ended) = (Vec::with_capacity(done.len()), Vec::new());
        done.into_iter().for_each(|one| match one {
            Ok(one) => all.push(one),
            Err(payload) => ended.push(payload),
        });
        let weight = |payload: &Box<dyn Any + Send>| match payload.downcast_ref() {
            None => 2,
            Some(Stop::OutOfMemory | Stop::TooLarge) => 1,
            Some(Stop::Interrupted) => 0,
        };
        match ended.into_iter().max_by_key(weight) {
            Some(payload) => resume_unwind(payload),
            None => all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_where_it_looks_and_only_if_it_hears() {
        // Some seconds in all, were it not ended.
        let work = || {
            looking(0..4 * ROWS)
                .map(|at| {
                    if at % 256 == 0 {
                        std::thread::sleep(Duration::from_micros(500))
                    }
                })
                .count()
        };
        assert_eq!(hear(|| true, work).map_err(Stop::of), Err(Stop::Interrupted));
        assert_eq!(hear(|| false, work).map_err(Stop::of), Ok(4 * ROWS));
        assert_eq!(hear(|| true, || deaf(work)).map_err(Stop::of), Ok(4 * ROWS));
        assert_eq!(work(), 4 * ROWS);
    }

    #[test]
    fn helpers_end_with_whom_they_help() {
        let endless = || loop {
            look();
            std::thread::yield_now();
        };
        let done = hear(
            || true,
            || {
                let together = Together::start();
                let done = std::thread::scope(|scope| {
                    let helper = scope.spawn(|| together.help(endless));
                    let mine = together.work(endless);
                    vec![mine, helper.join().unwrap_or_else(|panic| resume_unwind(panic))]
                });
                together.all::<()>(done)
            },
        );
        assert_eq!(done.map_err(Stop::of), Err(Stop::Interrupted));
    }
}
