//! An order that is not read yet: a few of its rows cost these few, where they can be had without sorting all.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::python::collection::fixed::Fixed;
use crate::python::collection::recipe::Recipe;
use crate::python::store::pending::Pending;
use crate::python::store::world::World;
use crate::store::id::{ModelId, Row};
use crate::store::read::order::Sorting;
use crate::store::stop::Stop;
use crate::store::table::orders::Part;

/// A part of a model's rows in an order, as it was when it was asked for: the question, which holds until rows change,
/// and what was read.
pub struct Unread {
    model: ModelId,
    sorting: Sorting,
    /// What it is computed by, if that is known, and the moment at which it was asked.
    recipe: (Option<Recipe>, u64),
    read: OnceLock<Fixed>,
    /// There was no memory for it before rows changed.
    is_lost: AtomicBool,
}

impl Unread {
    /// To be kept among the questions of its world, under the same hold of the lock.
    pub fn new(model: ModelId, sorting: Sorting, recipe: (Option<Recipe>, u64)) -> Self {
        Unread { model, sorting, recipe, read: OnceLock::new(), is_lost: AtomicBool::new(false) }
    }

    /// The model of the rows.
    pub fn model(&self) -> ModelId {
        self.model
    }

    /// What it is computed by, and the moment since which its members stand as they do.
    pub fn recipe(&self) -> Option<(&Recipe, u64)> {
        self.recipe.0.as_ref().map(|recipe| (recipe, self.recipe.1))
    }

    /// What was read, if it was.
    pub fn known(&self) -> Option<&Fixed> {
        if self.is_lost.load(Ordering::Acquire) {
            Stop::OutOfMemory.throw();
        }
        self.read.get()
    }

    /// All rows, which are read now if they were not.
    pub fn fixed(&self, world: &World) -> &Fixed {
        match self.known() {
            Some(fixed) => fixed,
            // Nobody waits for whoever reads: that may have to wait for the interpreter. Two who read make the same.
            None => {
                let fixed = Fixed::new(world, self.model, self.rows(world, 0, usize::MAX));
                let (recipe, moment) = &self.recipe;
                let fixed = fixed.by(recipe.clone(), *moment);
                self.read.get_or_init(|| fixed)
            }
        }
    }

    /// How many rows there are. O(1) while they are not read.
    pub fn count(&self, world: &World) -> usize {
        match (self.known(), self.sorting.0) {
            (Some(fixed), _) => fixed.count(world),
            (None, Part::All) => world.engine.table(self.model).len(),
            (None, Part::List { field, parent }) => world.engine.table(self.model).count(field, parent),
        }
    }

    /// So many rows, after the first ones, of what is not read.
    pub fn rows(&self, world: &World, skip: usize, take: usize) -> Vec<Row> {
        world.engine.rows_in_order(self.model, self.sorting, skip, take)
    }
}

impl Pending<World> for Unread {
    fn settle(&self, world: &World) {
        self.fixed(world);
    }

    fn lose(&self) {
        self.is_lost.store(true, Ordering::Release);
    }
}
