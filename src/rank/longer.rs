//! Paths of more steps than down to a join row and up from it: what they link is found by walking.

use std::ops::ControlFlow;

use crate::store::Store;
use crate::store::id::Row;
use crate::store::read::path::{Hop, Path};
use crate::store::read::view::Start;
use crate::store::room;

/// A path and the way back, as of customers to the products in their orders: a pair is linked once, by however many walks.
pub struct Longer<'a> {
    store: &'a Store,
    down: Path,
    up: Path,
}

impl<'a> Longer<'a> {
    /// Of any path.
    pub fn new(store: &'a Store, path: &Path) -> Self {
        let (down, up) = path.both_ways();
        Longer { store, down, up }
    }

    fn way(&self, is_down: bool) -> &Path {
        if is_down { &self.down } else { &self.up }
    }

    /// What a row is linked with, ascending, each once. O(rows on the path).
    pub fn read(&self, is_down: bool, row: Row, buffer: &mut Vec<Row>) {
        buffer.clear();
        _ = self.store.walk(Start::Row(row), self.way(is_down), |row| {
            room::push(buffer, row);
            ControlFlow::Continue(())
        });
        buffer.sort_unstable();
        buffer.dedup();
    }

    /// How many walks lead from a row. O(rows on the path).
    pub fn count(&self, is_down: bool, row: Row) -> usize {
        let mut count = 0;
        _ = self.store.walk(Start::Row(row), self.way(is_down), |_| {
            count += 1;
            ControlFlow::Continue(())
        });
        count
    }

    /// About how many rows a walk from all owners meets: those that it goes down to.
    pub fn rows(&self) -> usize {
        let rows = |hop: &Hop| if let Hop::Down(reference) = hop { self.store.table(reference.model).len() } else { 0 };
        self.down.hops.iter().map(rows).sum()
    }
}
