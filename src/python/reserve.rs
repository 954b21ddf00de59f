//! Memory that is kept back. Where as much is asked for as there are rows, a call can end (`store/room.rs`); small things
//! are asked for by everybody, and where one of them cannot be had the standard library ends the process. So some
//! megabytes are kept, which nobody writes to and so take no memory but its addresses, given up for them when nothing else
//! is left, and the call ends when it next looks.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::store::stop;

const SIZE: usize = 8 << 20;

/// Larger things are asked for in `room.rs`.
const SMALL: usize = 2 << 20;

static KEPT: AtomicPtr<u8> = AtomicPtr::new(null_mut());

#[global_allocator]
static ALLOCATOR: KeepingBack = KeepingBack;

struct KeepingBack;

/// What is kept, as it is asked of the system.
const fn layout() -> Layout {
    match Layout::from_size_align(SIZE, 16) {
        Ok(layout) => layout,
        Err(_) => panic!("some megabytes"),
    }
}

/// Keeps memory back again where it was given up: asked before a call and after it, since there may be some only then.
#[inline]
pub fn keep_again() {
    if stop::is_low() {
        keep();
    }
}

/// Keeps memory back, if none is kept and there is some.
#[expect(unsafe_code, reason = "memory is asked of the system")]
pub fn keep() {
    if !KEPT.load(Ordering::Relaxed).is_null() {
        return;
    }
    // SAFETY: the layout is not of no bytes.
    let kept = unsafe { System.alloc(layout()) };
    if kept.is_null() {
        return;
    }
    stop::set_low(false);
    if KEPT.compare_exchange(null_mut(), kept, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        // SAFETY: it was just made with this layout, and nobody else has seen it.
        unsafe { System.dealloc(kept, layout()) };
    }
}

/// Gives up what is kept; whether there was something.
#[expect(unsafe_code, reason = "memory is given back to the system")]
fn give_up() -> bool {
    let kept = KEPT.swap(null_mut(), Ordering::AcqRel);
    if kept.is_null() {
        return false;
    }
    stop::set_low(true);
    // SAFETY: it was made with this layout, and who takes it out of its place has it alone.
    unsafe { System.dealloc(kept, layout()) };
    true
}

// SAFETY: all of it is the system's allocator's; asking it again keeps its promises.
#[expect(unsafe_code, reason = "an allocator")]
unsafe impl GlobalAlloc for KeepingBack {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let made = unsafe { System.alloc(layout) };
        match made.is_null() && layout.size() <= SMALL && give_up() {
            // SAFETY: as the caller promises.
            true => unsafe { System.alloc(layout) },
            false => made,
        }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let made = unsafe { System.alloc_zeroed(layout) };
        match made.is_null() && layout.size() <= SMALL && give_up() {
            // SAFETY: as the caller promises.
            true => unsafe { System.alloc_zeroed(layout) },
            false => made,
        }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        let made = unsafe { System.realloc(at, layout, size) };
        match made.is_null() && size <= SMALL && give_up() {
            // SAFETY: as the caller promises; what could not grow is where it was.
            true => unsafe { System.realloc(at, layout, size) },
            false => made,
        }
    }
}
