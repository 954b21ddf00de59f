//! What a collection holds: rows that were computed once, or the path to those that there are now.

use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::python::collection::ids::FixedIds;
use crate::python::collection::recipe::Recipe;
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
    ids: Arc<FixedIds>,
    /// What it was computed by, where it is not simply these rows; and the moment since which its members stand as they do.
    recipe: Option<(Recipe, u64)>,
    /// The rows that live, under a version of their table; nothing where that are all of a range.
    seen: Inner<(u64, Option<Arc<[Row]>>)>,
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
        Fixed { model, ids: Arc::new(ids), recipe: None, seen: Inner::new((table.version(), Some(rows))) }
    }

    /// Rows that were just created together.
    pub fn created(world: &World, model: ModelId, rows: Range<Row>) -> Self {
        let table = world.engine.table(model);
        let ids = FixedIds::Range(table.id(rows.start)..table.id(rows.end));
        Fixed { model, ids: Arc::new(ids), recipe: None, seen: Inner::new((table.version(), None)) }
    }

    /// As it is, but computed by a recipe at a moment.
    pub fn by(self, recipe: Option<Recipe>, moment: u64) -> Self {
        Fixed { recipe: recipe.map(|recipe| (recipe, moment)), ..self }
    }

    /// What it was computed by, and the moment since which its members stand as they do.
    pub fn recipe(&self) -> Option<&(Recipe, u64)> {
        self.recipe.as_ref()
    }

    /// The ids that it was made with, to be held.
    pub fn all_ids(&self) -> &Arc<FixedIds> {
        &self.ids
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
        self.ids.len()
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
        match (&*self.seen.lock(), &*self.ids) {
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
    Path(Start, &'a Arc<Path>),
}

impl Held<'_> {
    pub fn side(&self) -> Side<'_> {
        match self {
            Held::Rows(rows) => Side::Rows(rows),
            Held::Path(start, path) => Side::Path(*start, path),
        }
    }
}
