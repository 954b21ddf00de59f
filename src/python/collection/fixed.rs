//! What a collection holds: rows that were computed once, or the path to those that there are now.

use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::python::locks::Inner;
use crate::python::store::world::World;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::algebra::Side;
use crate::store::read::path::Path;
use crate::store::read::view::Start;
use crate::store::room;

/// Rows by id, and where they were when somebody last looked.
pub struct Fixed {
    model: ModelId,
    ids: FixedIds,
    /// The rows that live, under a version of their table; nothing where that are all of a range.
    seen: Inner<(u64, Option<Arc<[Row]>>)>,
}

/// The ids that a fixed collection was made with.
enum FixedIds {
    List(Box<[Id]>),
    /// Of rows as they were numbered then, whose ids were all as much more than these: not written out, for `seen` mostly
    /// has the same list.
    Offset(Arc<[Row]>, Id),
    /// Of rows that were created together: not written out, for there may be many.
    Range(Range<Id>),
}

impl FixedIds {
    fn iter(&self) -> Box<dyn ExactSizeIterator<Item = Id> + '_> {
        match self {
            FixedIds::List(ids) => Box::new(ids.iter().copied()),
            FixedIds::Offset(rows, offset) => Box::new(rows.iter().map(move |&row| offset + Id::from(row))),
            FixedIds::Range(ids) => Box::new((0..(ids.end - ids.start) as usize).map(|at| ids.start + at as Id)),
        }
    }
}

impl Fixed {
    /// To be made under the lock under which the rows were read.
    pub fn new(world: &World, model: ModelId, rows: Vec<Row>) -> Self {
        let table = world.engine.table(model);
        let rows = room::shared(rows);
        let ids = match table.offset() {
            Some(offset) => FixedIds::Offset(rows.clone(), offset),
            None => FixedIds::List(room::collected(rows.iter().map(|&row| table.id(row))).into()),
        };
        Fixed { model, ids, seen: Inner::new((table.version(), Some(rows))) }
    }

    /// Rows that were just created together.
    pub fn created(world: &World, model: ModelId, rows: Range<Row>) -> Self {
        let table = world.engine.table(model);
        let ids = FixedIds::Range(table.id(rows.start)..table.id(rows.end));
        Fixed { model, ids, seen: Inner::new((table.version(), None)) }
    }

    /// The model of the rows.
    pub fn model(&self) -> ModelId {
        self.model
    }

    /// The ids that it was made with, deleted ones included.
    pub fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.ids.iter()
    }

    /// How many ids it was made with.
    pub fn made_with(&self) -> usize {
        match &self.ids {
            FixedIds::List(ids) => ids.len(),
            FixedIds::Offset(rows, _) => rows.len(),
            FixedIds::Range(ids) => (ids.end - ids.start) as usize,
        }
    }

    /// The rows that live. O(1) if nothing was deleted since this was asked last.
    pub fn rows(&self, world: &World) -> Arc<[Row]> {
        let table = world.engine.table(self.model);
        let mut seen = self.seen.lock();
        match &*seen {
            (version, Some(rows)) if *version == table.version() => rows.clone(),
            _ => {
                let rows = room::shared(room::collected(self.ids.iter().filter_map(|id| table.find(id))));
                *seen = (table.version(), Some(rows.clone()));
                rows
            }
        }
    }

    /// How many of the rows live.
    pub fn count(&self, world: &World) -> usize {
        match (&*self.seen.lock(), &self.ids) {
            ((version, None), FixedIds::Range(ids)) if *version == world.engine.table(self.model).version() => {
                return (ids.end - ids.start) as usize;
            }
            _ => {}
        }
        self.rows(world).len()
    }
}

/// The rows of a collection.
pub enum Rows {
    Own(Vec<Row>),
    Shared(Arc<[Row]>),
}

impl Deref for Rows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        match self {
            Rows::Own(rows) => rows,
            Rows::Shared(rows) => rows,
        }
    }
}

impl Rows {
    pub fn into_vec(self) -> Vec<Row> {
        match self {
            Rows::Own(rows) => rows,
            Rows::Shared(rows) => room::collected(rows.iter().copied()),
        }
    }
}

/// What a collection holds, for one hold of the lock: rows, or the path to them.
pub enum Held<'a> {
    Rows(Rows),
    Path(Start, &'a Path),
}

impl Held<'_> {
    pub fn side(&self) -> Side<'_> {
        match self {
            Held::Rows(rows) => Side::Rows(rows),
            Held::Path(start, path) => Side::Path(*start, path),
        }
    }
}
