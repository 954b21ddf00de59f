//! The ids of rows that were computed once.

use std::ops::Range;
use std::sync::Arc;

use crate::store::id::{Id, Row};
use crate::store::room;

/// The ids that a fixed collection was made with.
pub enum FixedIds {
    List(Box<[Id]>),
    /// Of rows as they were numbered then, whose ids were all as much more than these: not written out, for `seen` mostly
    /// has the same list.
    Offset(Arc<[Row]>, Id),
    /// Of rows that were created together: not written out, for there may be many.
    Range(Range<Id>),
}

impl FixedIds {
    /// These.
    pub fn of(ids: &[Id]) -> Arc<Self> {
        Arc::new(FixedIds::List(room::collected(ids.iter().copied()).into()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            FixedIds::List(ids) => ids.len(),
            FixedIds::Offset(rows, _) => rows.len(),
            FixedIds::Range(ids) => (ids.end - ids.start) as usize,
        }
    }

    /// The id at a place.
    pub fn get(&self, at: usize) -> Id {
        match self {
            FixedIds::List(ids) => ids[at],
            FixedIds::Offset(rows, offset) => offset + Id::from(rows[at]),
            FixedIds::Range(ids) => ids.start + at as Id,
        }
    }

    /// All of them.
    pub fn iter(&self) -> Box<dyn ExactSizeIterator<Item = Id> + '_> {
        match self {
            FixedIds::List(ids) => Box::new(ids.iter().copied()),
            FixedIds::Offset(rows, offset) => Box::new(rows.iter().map(move |&row| offset + Id::from(row))),
            FixedIds::Range(ids) => Box::new((0..(ids.end - ids.start) as usize).map(|at| ids.start + at as Id)),
        }
    }
}
