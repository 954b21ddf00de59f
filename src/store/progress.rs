//! How far a long call is, for a thread that watches it.
//!
//! The call's own thread may hold locks, and must not wait for whoever shows a bar. So it only counts, and the watcher
//! looks now and then.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One for each look at a row.
    Rows,
    /// Of a file.
    Bytes,
}

/// How far a call is.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    total: OnceLock<(usize, Unit)>,
    /// A file that grows, whose bytes are done.
    file: OnceLock<PathBuf>,
}

impl Progress {
    /// What is done of how much; nothing as long as the whole is not known.
    pub fn seen(&self) -> Option<(usize, usize, Unit)> {
        let &(total, unit) = self.total.get()?;
        let written = self.file.get().and_then(|file| file.metadata().ok()).map_or(0, |file| file.len() as usize);
        Some((self.done.load(Ordering::Relaxed).max(written).min(total), total, unit))
    }
}

thread_local! {
    /// Of the call that this thread works for, where somebody watches it.
    static WATCHED: RefCell<Option<Arc<Progress>>> = const { RefCell::new(None) };
}

/// That of the call that this thread works for, if somebody watches.
pub fn watched() -> Option<Arc<Progress>> {
    WATCHED.with_borrow(Clone::clone)
}

/// Sets what this thread counts for, and sets it back when it goes.
struct Counting(Option<Arc<Progress>>);

impl Drop for Counting {
    fn drop(&mut self) {
        WATCHED.set(self.0.take());
    }
}

/// Works in a way that may be watched; each thread of a call that has several.
pub fn watch<T>(progress: Option<Arc<Progress>>, work: impl FnOnce() -> T) -> T {
    let _counting = Counting(WATCHED.replace(progress));
    work()
}

/// Says how much there is in all, unless whoever called has said it.
pub fn expect(total: usize, unit: Unit) {
    if let Some(progress) = watched() {
        _ = progress.total.set((total, unit));
    }
}

/// Says that a file is written, of about so many bytes. What it has by then is done.
pub fn expect_file(file: &Path, bytes: usize) {
    if let Some(progress) = watched() {
        _ = progress.file.set(file.to_owned());
        expect(bytes, Unit::Bytes);
    }
}

/// So much more is done.
pub fn advance(by: usize) {
    WATCHED.with_borrow(|progress| {
        if let Some(progress) = progress {
            progress.done.fetch_add(by, Ordering::Relaxed);
        }
    });
}

/// Between two times that rows are told there are so many.
const ROWS: usize = 1 << 12;

/// Counts rows, where somebody watches.
#[derive(Default)]
pub struct Tally(usize);

impl Tally {
    /// One more.
    #[inline]
    pub fn step(&mut self) {
        self.0 += 1;
        if self.0 == ROWS {
            advance(std::mem::take(&mut self.0));
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        advance(self.0);
    }
}

/// Items that are counted as they go by.
pub struct Counted<I> {
    items: I,
    tally: Tally,
}

/// As it says.
pub fn counted<I: Iterator>(items: impl IntoIterator<IntoIter = I>) -> Counted<I> {
    Counted { items: items.into_iter(), tally: Tally::default() }
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        let item = self.items.next()?;
        self.tally.step();
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_counted_to_the_last_row() {
        let progress = Arc::new(Progress::default());
        watch(Some(progress.clone()), || {
            assert_eq!(counted(0..ROWS + 7).count(), ROWS + 7);
            assert_eq!(progress.seen(), None);
            expect(2 * ROWS, Unit::Rows);
            expect(1, Unit::Bytes);
            assert_eq!(progress.seen(), Some((ROWS + 7, 2 * ROWS, Unit::Rows)));
            counted(0..2 * ROWS).for_each(drop);
        });
        assert_eq!(progress.seen(), Some((2 * ROWS, 2 * ROWS, Unit::Rows)));
    }

    #[test]
    fn others_are_not() {
        let progress = Arc::new(Progress::default());
        watch(Some(progress.clone()), || {
            watch(None, || advance(1));
            std::thread::spawn(|| advance(2)).join().unwrap();
        });
        advance(4);
        assert_eq!(progress.done.load(Ordering::Relaxed), 0);
    }
}
