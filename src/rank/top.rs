//! The members with the most of a collection.

use crate::rank::best::{Best, Scored};
use crate::store::Store;
use crate::store::id::Row;
use crate::store::parallel::in_parallel;
use crate::store::read::view::Start;
use crate::store::schema::path::Path;

/// Rows whose counts one thread takes at a time.
const PART: usize = 1 << 13;

impl Store {
    /// The `k` of these rows from which a path leads to most, with how many: zeros included. O(rows) where counts are
    /// known (an inverse, a join over a unique pair), else O(what the path meets from all of them), on all cores.
    pub fn top(&self, rows: &[Row], path: &Path, k: usize) -> Vec<Scored> {
        let part = |rows: &[Row], k: usize| {
            let mut best = Best::of(k, rows.len());
            rows.iter().for_each(|&row| best.offer(row, self.count(Start::Row(row), path) as f64));
            best.finish()
        };
        let parts = in_parallel(rows.len(), rows.chunks(PART), |rows, _| part(rows, k));
        let mut best = Best::of(k, rows.len());
        parts.iter().flatten().for_each(|scored| best.offer(scored.row, scored.score));
        best.finish()
    }
}
