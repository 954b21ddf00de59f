//! What a path leads to from many rows, each once: one time, or on and on.

use std::ops::ControlFlow;

use crate::store::Store;
use crate::store::id::Row;
use crate::store::read::path::Path;
use crate::store::read::rowset::RowSet;
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::{Pace, looking};

/// Rows in the order in which they were found.
struct Found {
    rows: Vec<Row>,
    seen: RowSet,
    universe: usize,
}

impl Found {
    fn new(universe: usize, expected: usize) -> Self {
        Found { rows: Vec::new(), seen: RowSet::new(universe, expected), universe }
    }

    /// Adds what a path leads to from a row.
    fn add(&mut self, store: &Store, row: Row, path: &Path) {
        _ = store.walk(Start::Row(row), path, |row| {
            if self.seen.insert(row) {
                room::push(&mut self.rows, row);
                self.seen.widen(self.universe);
            }
            ControlFlow::Continue(())
        });
    }
}

impl Store {
    /// What the hops of a path lead to from each of these rows in turn, each once.
    pub fn members_from(&self, rows: &[Row], path: &Path) -> Vec<Row> {
        self.found_from(rows, path).rows
    }

    /// As [`members_from`](Self::members_from), and what the path leads to from those, and so on: the nearest first. The path
    /// leads to the model from which it starts. O(links), each walked at most twice.
    pub fn members_beyond(&self, rows: &[Row], path: &Path) -> Vec<Row> {
        let mut found = self.found_from(rows, path);
        // What is found stands in a queue behind what was found before, so it is asked in the order of its distance.
        let (mut at, mut pace) = (0, Pace::default());
        while let Some(&row) = found.rows.get(at) {
            found.add(self, row, path);
            at += 1;
            pace.step();
        }
        found.rows
    }
    fn found_from(&self, rows: &[Row], path: &Path) -> Found {
        let mut found = Found::new(self.table(path.to).rows(), rows.len());
        looking(rows).for_each(|&row| found.add(self, row, path));
        found
    }
}
