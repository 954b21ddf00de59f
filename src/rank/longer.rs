//! Paths of more steps than down to a join row and up from it: what they link is found by walking.

use std::ops::ControlFlow;

use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::id::{NO_ROW, Reference, Row};
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

    /// How many a row is linked with. O(rows on the path).
    pub fn degree(&self, is_down: bool, row: Row) -> usize {
        let mut linked = Vec::new();
        self.read(is_down, row, &mut linked);
        linked.len()
    }

    /// The owner and the member of each of the rows that lie lowest, [`NO_ROW`] where it has none: a step up leads to one row, so
    /// each of them is of one walk. None of a path that goes down again.
    pub fn pairs(&self) -> Option<(Vec<Row>, Vec<Row>)> {
        let turn = |way: &Path| way.hops.iter().position(|hop| matches!(hop, Hop::Up(_)));
        let (down, up) = (&self.down.hops[..turn(&self.down)?], &self.up.hops[turn(&self.up)?..]);
        let (last, lowest) = down.iter().enumerate().rev().find_map(|(at, hop)| match hop {
            Hop::Down(reference) => Some((at, reference.model)),
            Hop::Up(_) | Hop::Keep(_) | Hop::Sorted(..) => None,
        })?;
        let to_members = &self.down.hops[down.len()..];
        if to_members.iter().chain(up).any(|hop| matches!(hop, Hop::Down(_))) {
            return None;
        }
        let mut rows = self.store.table(lowest).live_rows();
        down[last + 1..].iter().for_each(|hop| self.climb(hop, &mut rows));
        rows.retain(|&row| row != NO_ROW);
        let mut owners = room::copied(&rows);
        up.iter().for_each(|hop| self.climb(hop, &mut owners));
        to_members.iter().for_each(|hop| self.climb(hop, &mut rows));
        Some((owners, rows))
    }

    /// A step of all of these rows, each of which may be [`NO_ROW`].
    fn climb(&self, hop: &Hop, rows: &mut [Row]) {
        match hop {
            Hop::Up(Reference { model, field }) => {
                let parents = self.store.table(*model).column(*field).parents();
                rows.iter_mut().filter(|row| **row != NO_ROW).for_each(|row| *row = parents.of(*row));
            }
            Hop::Keep(condition) => {
                let mut all = room::collected(rows.iter().copied().filter(|&row| row != NO_ROW));
                all.sort_unstable();
                all.dedup();
                let mut kept = Bits::zeros(all.last().map_or(0, |&last| last as usize + 1));
                for (&row, holds) in all.iter().zip(condition.holding(self.store, &all)) {
                    _ = kept.set(row as usize, holds);
                }
                rows.iter_mut()
                    .filter(|row| **row != NO_ROW && !kept.get(**row as usize))
                    .for_each(|row| *row = NO_ROW);
            }
            Hop::Down(_) | Hop::Sorted(..) => {}
        }
    }

    /// About how many rows a walk from all owners meets: those that it goes down to.
    pub fn rows(&self) -> usize {
        let rows = |hop: &Hop| if let Hop::Down(reference) = hop { self.store.table(reference.model).len() } else { 0 };
        self.down.hops.iter().map(rows).sum()
    }
}
