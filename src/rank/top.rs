//! The members with the most of a collection.

use std::ops::Range;

use crate::rank::best::{Best, Scored, rounded};
use crate::rank::chosen::{Choice, chosen_rows, weights_of};
use crate::rank::linked::Linked;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::{NO_ROW, Reference, Row};
use crate::store::parallel::in_parallel;
use crate::store::read::path::{Path, Shape};
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::table::Table;

/// Rows whose counts one thread takes at a time, where each is found along the path.
const PART: usize = 1 << 13;

/// So many times as many rows are one thread's where their counts are known.
const KNOWN: usize = 1 << 3;

/// The largest of so many counts is looked at first.
const BLOCK: usize = 1 << 6;

impl Store {
    /// The `k` of these rows from which a path leads to most, with how many: zeros included. O(rows) where counts are
    /// known (an inverse, a join over a unique pair), else O(what the path meets from all of them), on all cores.
    pub fn top(&self, rows: &[Row], path: &Path, k: usize) -> Vec<Scored> {
        if let Some(known) = self.known(path) {
            return counted(known, rows.len(), |at| rows[at], k);
        }
        let part = |rows: &[Row], _: &mut _| {
            let mut best = Best::of(k, rows.len());
            rows.iter().for_each(|&row| best.offer(row, self.count(Start::Row(row), path) as f64));
            best.finish()
        };
        joined(k, rows.len(), in_parallel(rows.len(), rows.chunks(PART), part))
    }

    /// As [`top`](Self::top), of all live rows that the path leads from.
    pub fn top_of_all(&self, path: &Path, k: usize) -> Vec<Scored> {
        let table = self.table(path.from);
        match self.known(path) {
            // Without a list of them.
            Some(known) if table.len() == table.rows() => counted(known, table.rows(), |at| at as Row, k),
            _ => self.top(&table.live_rows(), path, k),
        }
    }

    /// The `k` of these rows with the most of what a question chooses of a path's join rows, or of the rows of a collection that is
    /// one hop down: how many members there are, or what the rows weigh together. Zeros included. O(join rows + rows).
    pub fn top_chosen(
        &self,
        rows: &[Row],
        (path, name): (&Path, &str),
        k: usize,
        choice: &Choice,
    ) -> Result<Vec<Scored>> {
        let mut best = Best::of(k, rows.len());
        let (model, near, far) = match path.bare {
            Shape::Inverse(Reference { model, field }) => (model, field, None),
            // A member that several rows lead to weighs what they do together, and counts once.
            Shape::Join(join) if choice.weight.is_some() || join.unique.is_some() => {
                (join.model, join.near, Some(join.far))
            }
            _ => {
                let linked = Linked::of(self, path, name, choice)?;
                let (links, mut buffer) = (linked.links(), Vec::new());
                rows.iter()
                    .for_each(|&row| best.offer(row, rounded(links.meet(links.down, row, &mut buffer).weight())));
                return Ok(best.finish());
            }
        };
        let chosen = chosen_rows(self, model, path, choice.condition.as_ref())?;
        let weights = choice.weight.as_ref().map(|(plan, said)| weights_of(self, model, &chosen, (plan, said)));
        let (weights, table) = (weights.transpose()?, self.table(model));
        let (owners, members) = (table.column(near).parents(), far.map(|far| table.column(far).parents()));
        let mut sums = room::filled(0.0, self.table(path.from).rows());
        for (at, &row) in chosen.iter().enumerate() {
            if let Some(sum) = sums.get_mut(owners.of(row) as usize)
                && members.is_none_or(|members| members.of(row) != NO_ROW)
            {
                *sum += weights.as_ref().map_or(1.0, |weights| weights[at]);
            }
        }
        rows.iter().for_each(|&row| best.offer(row, rounded(sums[row as usize])));
        Ok(best.finish())
    }

    /// How to count the collections of a path, where that takes no walk: the rows of a table that refer to one, by field.
    fn known(&self, path: &Path) -> Option<(&Table, usize)> {
        match path.shape {
            Shape::Inverse(reference) => Some((self.table(reference.model), reference.field)),
            Shape::Join(join) if join.unique.is_some() && join.whole => Some((self.table(join.model), join.near)),
            Shape::Join(_) | Shape::All | Shape::Walk => None,
        }
    }
}

/// The `k` rows that most of a table refer to by a field, of `len` rows that are found by their places.
fn counted((table, field): (&Table, usize), len: usize, row: impl Fn(usize) -> Row + Sync, k: usize) -> Vec<Scored> {
    let part = |places: Range<usize>, _: &mut _| {
        let mut best = Best::of(k, places.len());
        for start in places.clone().step_by(BLOCK) {
            let block = start..(start + BLOCK).min(places.end);
            // Most blocks have none of the best, and their largest tells.
            let largest = block.clone().fold(0, |largest, at| table.count(field, row(at)).max(largest));
            if !best.is_over(largest as f64) {
                block.for_each(|at| best.offer(row(at), table.count(field, row(at)) as f64));
            }
        }
        best.finish()
    };
    let size = PART * KNOWN;
    let parts = (0..len).step_by(size).map(|start| start..(start + size).min(len));
    joined(k, len, in_parallel(len / KNOWN, parts, part))
}

/// The best of the best of some parts.
fn joined(k: usize, len: usize, parts: Vec<Vec<Scored>>) -> Vec<Scored> {
    let mut best = Best::of(k, len);
    parts.iter().flatten().for_each(|scored| best.offer(scored.row, scored.score));
    best.finish()
}
