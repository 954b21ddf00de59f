//! Memory that may not be there. Where as much is asked for as there are rows, it is asked for here, and where there is
//! none the call ends ([`Stop::OutOfMemory`]); the standard library's vectors would end the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::store::stop::{self, Stop};

/// Makes room for so many items in all, and no more than these.
#[inline]
pub fn reserve<T>(items: &mut Vec<T>, len: usize) {
    if len > items.capacity() {
        grow(items, len);
    }
}

#[cold]
fn grow<T>(items: &mut Vec<T>, len: usize) {
    if stop::is_short() || items.try_reserve_exact(len - items.len()).is_err() {
        Stop::OutOfMemory.throw();
    }
}

/// So many times the same.
pub fn filled<T: Clone>(item: T, len: usize) -> Vec<T> {
    // Asked for and given back: only the library's own way takes pages of zeros without writing them.
    if len * size_of::<T>() >= LARGE {
        grow(&mut Vec::<T>::new(), len);
    }
    vec![item; len]
}

/// Memory of so many bytes is the system's, page by page, and may not be there.
const LARGE: usize = 1 << 16;

/// Appends to a list that is soon gone again: it grows by doubling.
#[inline]
pub fn push<T>(items: &mut Vec<T>, item: T) {
    spare(items);
    items.push(item);
}

/// Makes room for so many more in such a list.
#[inline]
pub fn spare_for<T>(items: &mut Vec<T>, more: usize) {
    let len = items.len() + more;
    if items.capacity() < len {
        let doubled = 2 * items.capacity();
        reserve(items, len.max(doubled));
    }
}

/// Makes room for one more in such a list.
#[inline]
pub fn spare<T>(items: &mut Vec<T>) {
    if items.len() == items.capacity() {
        let len = 2 * items.len() + 4;
        reserve(items, len);
    }
}

/// A copy.
pub fn copied<T: Copy>(items: &[T]) -> Vec<T> {
    let mut copy = Vec::new();
    reserve(&mut copy, items.len());
    copy.extend_from_slice(items);
    copy
}

/// All of these, in a vector; it is looked whether the call should end.
pub fn collected<T>(from: impl IntoIterator<Item = T>) -> Vec<T> {
    let from = from.into_iter();
    collected_with(from.size_hint().0, from)
}

/// As [`collected`], of about so many.
pub fn collected_with<T>(len: usize, from: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items = Vec::new();
    reserve(&mut items, len);
    stop::looking(from).for_each(|item| push(&mut items, item));
    items
}

/// Does what would be good to have done, if there is memory for it; whether it was done. It must change nothing before
/// it has all it needs.
pub fn if_any(work: impl FnOnce()) -> bool {
    match stop::hear(|| false, work).map_err(Stop::of) {
        Ok(()) => true,
        Err(Stop::OutOfMemory) => false,
        Err(stop) => stop.throw(),
    }
}

/// Makes what would be good to have, if there is memory for it. May end early for another reason.
pub fn made<T>(make: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(make)).map_err(Stop::of) {
        Ok(made) => Some(made),
        Err(Stop::OutOfMemory) => None,
        Err(stop) => stop.throw(),
    }
}

/// Does what must not fail halfway: where memory runs out the process ends, rather than going on with half of it.
pub fn must<T>(work: impl FnOnce() -> T) -> T {
    stop::deaf(|| catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(|payload| match Stop::of(payload) {
        Stop::OutOfMemory => {
            eprintln!("hasmany: memory ran out in the midst of undoing or redefining; the process ends");
            std::process::abort()
        }
        stop => stop.throw(),
    })
}

/// Whether so many bytes could be had.
pub fn is_there(bytes: usize) -> bool {
    Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}

/// Ends the call unless so many bytes could be had: for what others allocate.
pub fn check(bytes: usize) {
    if !is_there(bytes) {
        Stop::OutOfMemory.throw();
    }
}

/// These items, to be held by several.
pub fn shared<T>(items: Vec<T>) -> Arc<[T]> {
    if size_of_val(&*items) >= LARGE {
        check(size_of_val(&*items));
    }
    items.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_ends_the_call() {
        let too_large = || filled(0_u64, usize::MAX / 16).len();
        assert_eq!(stop::hear(|| false, too_large).map_err(Stop::of), Err(Stop::OutOfMemory));
        assert!(!if_any(|| _ = too_large()));
        assert_eq!((made(too_large), made(|| 1)), (None, Some(1)));
        assert_eq!(collected(0..100_000).len(), 100_000);
    }
}
