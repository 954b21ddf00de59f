//! What a collection was computed by: as much of it as tells another of the same question, and finds a place again.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::python::collection::ids::FixedIds;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::algebra::Operator;
use crate::store::read::path::{Hop, Path, Shape};
use crate::store::read::token::{Place, hasher};

/// So many computed collections stand in each other; deeper ones are of their ids. Each may keep a list.
const DEEPEST: usize = 8;

/// An expression whose value is a collection.
#[derive(Clone)]
pub struct Recipe {
    node: Arc<Node>,
    depth: usize,
}

/// What an expression is.
pub enum Node {
    /// What a path leads to, from one row or from all.
    Live { start: Option<Id>, path: Arc<Path>, serial: u32 },
    /// These rows.
    Listed(ModelId, Arc<FixedIds>),
    /// Those of another that pass what has this digest.
    Where(Recipe, u64),
    /// Another in an order.
    Ordered(Recipe, Arc<dyn Keys>),
    /// What an operator makes of two. Of `|` and `^` the rows, too: how many of them, the first, come from the left.
    Combined { operator: Operator, left: Recipe, right: Recipe, rows: Arc<FixedIds>, from_left: usize },
    /// What a path leads to from the rows of another, and these.
    Through { of: Recipe, rows: Arc<FixedIds>, path: Arc<Path>, serial: u32 },
}

/// The keys of an order.
pub trait Keys: Send + Sync {
    /// What they are, for a digest.
    fn hash(&self, world: &World, state: &mut dyn Hasher) -> Result<()>;

    /// Those of each of these rows, in the order in which they count.
    fn of(&self, world: &World, rows: &[Row]) -> Result<Vec<Place>>;
}

impl Recipe {
    /// Of what is no other's.
    pub fn of(node: Node) -> Self {
        Recipe { node: Arc::new(node), depth: 0 }
    }

    /// Computed of others; nothing where they stand too deep in each other.
    pub fn over<const N: usize>(parts: [&Recipe; N], node: impl FnOnce() -> Node) -> Option<Self> {
        let depth = parts.iter().map(|part| part.depth + 1).max().unwrap_or(0);
        (depth <= DEEPEST).then(|| Recipe { node: Arc::new(node()), depth })
    }

    /// What an operator makes of two, each with the moment since which its members stand as they do: these rows, the first
    /// of them from the left.
    pub fn combined(
        operator: Operator,
        (left, of_left): (Recipe, u64),
        (right, of_right): (Recipe, u64),
        rows: &Arc<FixedIds>,
        from_left: usize,
    ) -> (Option<Self>, u64) {
        let moment = match operator {
            Operator::And | Operator::Sub => of_left,
            Operator::Or | Operator::Xor => of_left.min(of_right),
        };
        let parts = [&left.clone(), &right.clone()];
        let recipe = Recipe::over(parts, || Node::Combined { operator, left, right, rows: rows.clone(), from_left });
        (recipe, moment)
    }

    /// What it is.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Whether no write moves a member that stays: by its own id, or by its place in a list.
    pub fn is_steady(&self) -> bool {
        match &*self.node {
            Node::Live { start, path, .. } => match path.bare {
                Shape::All => true,
                // Of all owners together it stands after its own, which may change.
                Shape::Inverse(_) => start.is_some() && !path.is_sorted(),
                Shape::Join(_) | Shape::Walk => false,
            },
            Node::Listed(..) => true,
            Node::Where(of, _) => of.is_steady(),
            Node::Combined { operator: Operator::And | Operator::Sub, left, .. } => left.is_steady(),
            Node::Ordered(..) | Node::Combined { .. } | Node::Through { .. } => false,
        }
    }

    /// What tells it from others: the same in every process, for names stand in it, not numbers. Raises where a model on
    /// the way was redefined.
    pub fn fingerprint(&self, world: &World) -> Result<u64> {
        let mut state = hasher();
        match &*self.node {
            Node::Live { start, path, serial } => {
                (0, start).hash(&mut state);
                hash_path(world, path, *serial, &mut state)?;
            }
            Node::Listed(model, ids) => {
                1.hash(&mut state);
                world.engine.schema().model(*model).table.hash(&mut state);
                ids.iter().for_each(|id| id.hash(&mut state));
            }
            Node::Where(of, condition) => (2, of.fingerprint(world)?, condition).hash(&mut state),
            Node::Ordered(of, keys) => {
                (3, of.fingerprint(world)?).hash(&mut state);
                keys.hash(world, &mut state)?;
            }
            Node::Combined { operator, left, right, .. } => {
                (4, operator, left.fingerprint(world)?, right.fingerprint(world)?).hash(&mut state);
            }
            Node::Through { of, path, serial, .. } => {
                (5, of.fingerprint(world)?).hash(&mut state);
                hash_path(world, path, *serial, &mut state)?;
            }
        }
        Ok(state.finish())
    }
}

fn hash_path(world: &World, path: &Path, serial: u32, state: &mut impl Hasher) -> Result<()> {
    let schema = world.engine.schema();
    // All rows of a model are that whatever its definition.
    if path.shape != Shape::All {
        world.under(serial)?;
    }
    schema.model(path.from).table.hash(state);
    hash_hops(world, &path.hops, state);
    Ok(())
}

fn hash_hops(world: &World, hops: &[Hop], state: &mut impl Hasher) {
    for hop in hops {
        match hop {
            Hop::Down(reference) | Hop::Up(reference) => {
                let model = world.engine.schema().model(reference.model);
                (matches!(hop, Hop::Up(_)), &model.table, &model.fields[reference.field].name).hash(state);
            }
            Hop::Keep(condition) => ("where", condition.text()).hash(state),
            Hop::Sorted(inner, order) => {
                ("by", order.text()).hash(state);
                hash_hops(world, inner, state);
            }
        }
    }
}
