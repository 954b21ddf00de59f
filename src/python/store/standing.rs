//! What a store is to those who name none: whether somebody may mean it, and which others there are.
//!
//! A class-level call that finds no current store uses that of the process, unless another store may be meant. Every
//! store made by `Store(...)` stands in one list. Whether any of them may be meant is asked of all only after something
//! about one of them changed: else one number says that the last answer was no and still holds.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::python::locks::Alone;
use crate::python::store::place::File;

/// Where a store stands: its file, its blocks, and whether it was ever made current.
pub struct Standing {
    pub file: Option<File>,
    /// How many `with` and transaction blocks are open.
    blocks: AtomicUsize,
    /// How many `Store(path)` were not given back by a `with` block yet.
    openings: AtomicUsize,
    /// Whether it was ever in a block or the process's.
    was_current: AtomicBool,
    /// A [`ClosedBy`].
    closed: AtomicU8,
}

/// What closed a store.
#[derive(Clone, Copy, PartialEq)]
pub enum ClosedBy {
    Call = 1,
    Block = 2,
}

impl fmt::Display for ClosedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClosedBy::Call => "close()",
            ClosedBy::Block => "the end of its last `with` block",
        })
    }
}

/// All stores made by `Store(...)`, less those that are gone.
static ALL: Alone<Vec<Weak<Standing>>> = Alone::new(Vec::new());

/// How often something about a store changed, and at which count it was last found that none may be meant.
static CHANGES: AtomicU64 = AtomicU64::new(0);
static NONE_MEANT: AtomicU64 = AtomicU64::new(0);

impl Standing {
    pub fn new(file: Option<File>) -> Arc<Self> {
        Arc::new(Standing {
            file,
            blocks: AtomicUsize::new(0),
            openings: AtomicUsize::new(1),
            was_current: AtomicBool::new(false),
            closed: AtomicU8::new(0),
        })
    }

    /// Counts among those that may be meant; the process's own store does not.
    pub fn list(self: &Arc<Self>) {
        let mut all = ALL.lock();
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(self));
        changed();
    }

    /// A block of it begins.
    pub fn enter(&self) {
        self.blocks.fetch_add(1, Ordering::AcqRel);
        self.make_current();
    }

    /// Ends a block.
    pub fn leave(&self) {
        self.blocks.fetch_sub(1, Ordering::AcqRel);
        changed();
    }

    /// It is the process's, or in a block.
    pub fn make_current(&self) {
        self.was_current.store(true, Ordering::Release);
        changed();
    }

    /// Somebody opens the file that it has open.
    pub fn open_again(&self) {
        self.openings.fetch_add(1, Ordering::AcqRel);
    }

    /// Gives back one opening; whether that was the last, and no block is open.
    pub fn give_back(&self) -> bool {
        let left = |openings: usize| Some(openings.saturating_sub(1));
        let before = self.openings.fetch_update(Ordering::AcqRel, Ordering::Acquire, left).unwrap_or(0);
        before <= 1 && self.blocks.load(Ordering::Acquire) == 0
    }

    pub fn close(&self, by: ClosedBy) {
        self.closed.store(by as u8, Ordering::Release);
        changed();
    }

    /// What closed it, if it is closed.
    pub fn closed_by(&self) -> Option<ClosedBy> {
        match self.closed.load(Ordering::Acquire) {
            0 => None,
            by if by == ClosedBy::Block as u8 => Some(ClosedBy::Block),
            _ => Some(ClosedBy::Call),
        }
    }

    /// Why somebody who has no current store may mean this one; nothing if nobody does. Readers are never meant.
    fn why_meant(&self) -> Option<&'static str> {
        let is_open = self.closed_by().is_none();
        match &self.file {
            Some(file) if !file.is_writable() => None,
            _ if self.blocks.load(Ordering::Acquire) > 0 => {
                Some("is current in a block of another thread, task or context")
            }
            Some(_) => is_open.then_some("is open, and current nowhere"),
            None => {
                let is_unused = is_open && !self.was_current.load(Ordering::Acquire);
                is_unused.then_some("was made, and is current nowhere")
            }
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "the store in {file}"),
            None => f.write_str("a store in memory"),
        }
    }
}

/// A store in a file that nobody kept, and that was current nowhere: who opened it may believe to write to it.
static DROPPED: Alone<Option<String>> = Alone::new(None);
static IS_DROPPED: AtomicBool = AtomicBool::new(false);

impl Drop for Standing {
    fn drop(&mut self) {
        let is_writable = self.file.as_ref().is_some_and(File::is_writable);
        if is_writable && self.closed_by().is_none() && !self.was_current.load(Ordering::Acquire) {
            *DROPPED.lock() = Some(self.to_string());
            IS_DROPPED.store(true, Ordering::Release);
        }
    }
}

/// The last such store, once.
pub fn dropped() -> Option<String> {
    if IS_DROPPED.load(Ordering::Relaxed) && IS_DROPPED.swap(false, Ordering::AcqRel) {
        return DROPPED.lock().take();
    }
    None
}

/// Something about a store changed, so it is to be asked again whether one may be meant.
pub fn changed() {
    CHANGES.fetch_add(1, Ordering::AcqRel);
}

/// The stores that may be meant by who names none, each with why.
pub fn meant() -> Vec<String> {
    let changes = CHANGES.load(Ordering::Acquire);
    if NONE_MEANT.load(Ordering::Acquire) == changes {
        return Vec::new();
    }
    let all: Vec<Arc<Standing>> = ALL.lock().iter().filter_map(Weak::upgrade).collect();
    let meant: Vec<String> = all.iter().filter_map(|store| Some(format!("{store} {}", store.why_meant()?))).collect();
    if meant.is_empty() {
        NONE_MEANT.store(changes, Ordering::Release);
    }
    meant
}
