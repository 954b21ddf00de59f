//! Which rows one statement changes: many, where they are many, because a statement a row costs several times the row.

use rusqlite::{Result, Statement};

/// The rows of one statement, by their ids, which ascend.
pub enum Batch<'a> {
    /// One alone.
    One(&'a i64),
    /// Ids without gaps.
    Run(&'a [i64]),
    /// Others, at most [`LONGEST`].
    List(&'a [i64]),
}

/// So many ids a list has at most: more make a row no cheaper.
const LONGEST: usize = 256;

/// Ids without gaps are a run where they are so many, and others a list.
const FEW: usize = if cfg!(debug_assertions) { 3 } else { 16 };

/// Ids, which ascend, each once, for as few statements as they need.
pub fn batches(ids: &[i64]) -> Vec<Batch<'_>> {
    let (mut batches, mut listed, mut end) = (Vec::new(), 0, 0);
    for run in ids.chunk_by(|one, two| one + 1 == *two) {
        if run.len() >= FEW {
            batches.extend(lists(&ids[listed..end]));
            batches.push(Batch::Run(run));
            listed = end + run.len();
        }
        end += run.len();
    }
    batches.extend(lists(&ids[listed..]));
    batches
}

fn lists(ids: &[i64]) -> impl Iterator<Item = Batch<'_>> {
    let (long, short) = ids.split_at(if ids.len() % LONGEST < FEW { ids.len() / LONGEST * LONGEST } else { ids.len() });
    long.chunks(LONGEST).map(Batch::List).chain(short.iter().map(Batch::One))
}

impl<'a> Batch<'a> {
    /// Its ids.
    pub fn ids(&self) -> &'a [i64] {
        match *self {
            Batch::One(id) => std::slice::from_ref(id),
            Batch::Run(ids) | Batch::List(ids) => ids,
        }
    }

    /// What a statement says of them in its WHERE. Of a list the range is said, too: a file's statistics may be old, and
    /// a plan that reads the table reads no more of it then.
    pub fn condition(&self) -> String {
        match self {
            Batch::One(_) => "\"id\" = ?".to_owned(),
            Batch::Run(_) => "\"id\" BETWEEN ? AND ?".to_owned(),
            Batch::List(_) => format!("\"id\" BETWEEN ? AND ? AND \"id\" IN (?{})", ", ?".repeat(LONGEST - 1)),
        }
    }

    /// Binds its ids to the parameters from this one on.
    pub fn bind(&self, statement: &mut Statement, from: usize) -> Result<()> {
        let (ids, last) = (self.ids(), self.ids().len() - 1);
        statement.raw_bind_parameter(from, ids[0])?;
        if !matches!(self, Batch::One(_)) {
            statement.raw_bind_parameter(from + 1, ids[last])?;
        }
        if matches!(self, Batch::List(_)) {
            // A shorter list names its last id again.
            (0..LONGEST).try_for_each(|at| statement.raw_bind_parameter(from + 2 + at, ids[at.min(last)]))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_is_in_one_batch(gaps in proptest::collection::vec(prop_oneof![6 => Just(1), 1 => 2..9_i64], 0..2000)) {
            let ids: Vec<i64> = gaps.iter().scan(0, |id, gap| { *id += gap; Some(*id) }).collect();
            let batches = batches(&ids);
            let told: Vec<i64> = batches.iter().flat_map(|batch| batch.ids().iter().copied()).collect();
            prop_assert_eq!(&told, &ids);
            for batch in batches {
                match batch {
                    Batch::One(_) => {}
                    Batch::Run(ids) => prop_assert_eq!(ids[ids.len() - 1] - ids[0], ids.len() as i64 - 1),
                    Batch::List(ids) => prop_assert!(!ids.is_empty() && ids.len() <= LONGEST),
                }
            }
        }
    }
}
