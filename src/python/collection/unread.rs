//! An order that is not read yet: a few of its rows cost these few, where they can be had without sorting all.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::ask::grouped::Grouped;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::recipe::Recipe;
use crate::python::store::pending::Pending;
use crate::python::store::world::World;
use crate::store::id::{ModelId, Row};
use crate::store::room;
use crate::store::stop::Stop;

/// So many more rows than are asked for are sorted each time; more only until as many were sorted as there are.
const MANY: usize = 4096;

/// A part of a model's rows in an order, as it was when it was asked for: the question, which holds until rows change,
/// and what was read.
pub struct Unread {
    order: Grouped,
    /// What it is computed by, if that is known, and the moment at which it was asked.
    recipe: (Option<Recipe>, u64),
    read: OnceLock<Fixed>,
    /// How many rows were sorted to read parts of it.
    sorted: AtomicUsize,
    /// There was no memory for it before rows changed.
    is_lost: AtomicBool,
}

impl Unread {
    /// To be kept among the questions of its world, under the same hold of the lock.
    pub fn new(order: Grouped, recipe: (Option<Recipe>, u64)) -> Self {
        Unread { order, recipe, read: OnceLock::new(), sorted: AtomicUsize::new(0), is_lost: AtomicBool::new(false) }
    }

    /// The order.
    pub fn order(&self) -> &Grouped {
        &self.order
    }

    /// The model of the rows.
    pub fn model(&self) -> ModelId {
        self.order.model()
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
                let all = 0..self.order.len(&world.engine);
                let fixed = Fixed::new(world, self.model(), self.order.rows(&world.engine, all));
                let (recipe, moment) = &self.recipe;
                let fixed = fixed.by(recipe.clone(), *moment);
                self.read.get_or_init(|| fixed)
            }
        }
    }

    /// How many rows there are. O(1) while they are not read.
    pub fn count(&self, world: &World) -> usize {
        match self.known() {
            Some(fixed) => fixed.count(world),
            None => self.order.len(&world.engine),
        }
    }

    /// So many rows, after the first ones, of what is not read. Where they are few among many that the first key does not
    /// tell from each other, and these were sorted before, all are read.
    pub fn rows(&self, world: &World, skip: usize, take: usize) -> Vec<Row> {
        let engine = &world.engine;
        let end = skip.saturating_add(take).min(self.order.len(engine));
        let places = skip.min(end)..end;
        let around = self.order.around(engine, places.clone());
        if around.len() - places.len() > MANY
            && self.sorted.fetch_add(around.len(), Ordering::Relaxed) + around.len() > self.order.len(engine)
        {
            return room::copied(&self.fixed(world).rows(world)[places]);
        }
        let mut rows = self.order.rows(engine, around.clone());
        rows.truncate(places.end - around.start);
        rows.drain(..places.start - around.start);
        rows
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
