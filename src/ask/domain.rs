//! Rows that are asked, and how they are dealt into blocks.

use std::ops::Range;

use crate::ask::block::made;
use crate::ask::scope::Scope;
use crate::store::Store;
use crate::store::id::Row;

/// Rows that are asked.
#[derive(Clone, Debug)]
pub enum Domain<'r> {
    /// A table without gaps: not written out, for there may be many.
    Run(Range<Row>),
    /// These, in this order.
    List(&'r [Row]),
}

impl<'r> Domain<'r> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Domain::Run(rows) => rows.len(),
            Domain::List(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a place.
    #[inline]
    pub fn at(&self, place: usize) -> Row {
        match self {
            Domain::Run(rows) => rows.start + place as Row,
            Domain::List(rows) => rows[place],
        }
    }

    /// These rows in blocks of so many. No rows are one block.
    pub fn blocks(&self, most: usize) -> Vec<Domain<'r>> {
        match self {
            _ if self.is_empty() => vec![self.clone()],
            Domain::Run(rows) => {
                let block = |from: Row| Domain::Run(from..rows.end.min(from.saturating_add(most as Row)));
                rows.clone().step_by(most).map(block).collect()
            }
            Domain::List(rows) => rows.chunks(most).map(Domain::List).collect(),
        }
    }

    /// Does something with questions of these rows, which are a block.
    pub fn within<'a, T>(&self, engine: &'a Store, work: impl FnOnce(&Scope<'a, '_>) -> T) -> T {
        match self {
            Domain::Run(rows) => work(&Scope::new(engine, &made(rows.len(), |at| rows.start + at as Row))),
            Domain::List(rows) => work(&Scope::new(engine, rows)),
        }
    }
}
