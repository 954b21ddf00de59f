//! How a collection is reached: a path of hops.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use crate::store::Store;
use crate::store::id::{ModelId, Reference, Row};
use crate::store::read::token::Place;
use crate::store::value::Value;

/// So many collections may lead through each other, and so many hops a path may have: walks go down a hop a call, also on
/// threads with small stacks, and each `through` may double the hops of the one before.
pub const DEEPEST: usize = 64;

/// One step of a path.
#[derive(Clone, Debug)]
pub enum Hop {
    /// From a parent to the rows that refer to it.
    Down(Reference),
    /// From a row to the one it refers to.
    Up(Reference),
    /// To the row itself, where a condition holds for it.
    Keep(Arc<dyn Condition>),
    /// To what these hops lead to from a row, in an order of its own.
    Sorted(Arc<[Hop]>, Arc<dyn Order>),
}

/// What must hold of rows on a path. Who makes paths knows what it is; a path only asks.
pub trait Condition: Any + Debug + Send + Sync {
    /// For which of these live rows it holds. Ends the call where a number in it is too large.
    fn holding(&self, store: &Store, rows: &[Row]) -> Vec<bool>;

    /// What rows are given to meet it; nothing where it is an expression, which does not say.
    fn given(&self) -> Option<&Equalities>;

    /// As it was written.
    fn text(&self) -> &str;

    /// As a message says it: of long values the beginning.
    fn shown(&self) -> &str;

    /// What was declared, by its address: two conditions of one declaration and one text are the same.
    fn declared(&self) -> usize;
}

/// The order of rows on a path.
pub trait Order: Any + Debug + Send + Sync {
    /// The places of these live rows in the order; ties as they are.
    fn sorted(&self, store: &Store, rows: &[Row]) -> Vec<u32>;

    /// The keys of each of these live rows: how places in the order begin. Ends the call as [`Condition::holding`].
    fn keys(&self, store: &Store, rows: &[Row]) -> Vec<Place>;

    /// As it was written.
    fn text(&self) -> &str;

    /// As [`Condition::declared`].
    fn declared(&self) -> usize;
}

/// The values that a condition says fields to have.
#[derive(Clone, Debug, Default)]
pub struct Equalities {
    /// Of the row itself.
    pub own: Vec<(usize, Value<'static>)>,
    /// Of what it refers to next on the path.
    pub next: Vec<(usize, Value<'static>)>,
}

impl PartialEq for Hop {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Hop::Down(one), Hop::Down(two)) | (Hop::Up(one), Hop::Up(two)) => one == two,
            (Hop::Keep(one), Hop::Keep(two)) => one.declared() == two.declared() && one.text() == two.text(),
            (Hop::Sorted(one, by), Hop::Sorted(two, other)) => {
                by.declared() == other.declared() && by.text() == other.text() && one == two
            }
            _ => false,
        }
    }
}

/// How a collection is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The model it starts from.
    pub from: ModelId,
    /// The steps.
    pub hops: Vec<Hop>,
    /// The model of its members.
    pub to: ModelId,
    /// How it is read.
    pub shape: Shape,
    /// Whether and how it can be written: its shape without conditions and orders. With them a list is none of an index's,
    /// and is read as any walk.
    pub bare: Shape,
    /// Whether no member can be reached twice from one row.
    pub distinct: bool,
}

/// The kind of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No hop: the row itself, or all rows of the model.
    All,
    /// One hop down: writers set the reference.
    Inverse(Reference),
    /// Down to a join model and up its other reference: writers create and delete join rows.
    Join(Join),
    /// Anything longer is read only.
    Walk,
}

/// A join model between two others, seen from one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    /// The join model.
    pub model: ModelId,
    /// Its reference to the owner.
    pub near: usize,
    /// Its reference to the member.
    pub far: usize,
    /// Its unique index of exactly this pair, if there is one.
    pub unique: Option<usize>,
    /// Whether `far` is never none.
    pub whole: bool,
}

impl Path {
    /// All rows of a model.
    pub fn all(model: ModelId) -> Self {
        let shape = Shape::All;
        Path { from: model, hops: Vec::new(), to: model, shape, bare: shape, distinct: true }
    }

    /// The rows that refer to one of those that a reference leads to. `from` is not known, and not asked for.
    pub fn down(reference: Reference) -> Self {
        let (shape, model) = (Shape::Inverse(reference), reference.model);
        Path { from: model, hops: vec![Hop::Down(reference)], to: model, shape, bare: shape, distinct: true }
    }

    /// The steps over references, from the first to the last.
    pub fn references(&self) -> Vec<&Hop> {
        steps(&self.hops).filter(|hop| matches!(hop, Hop::Down(_) | Hop::Up(_))).collect()
    }

    /// The conditions on it.
    pub fn conditions(&self) -> Vec<&Arc<dyn Condition>> {
        steps(&self.hops)
            .filter_map(|hop| match hop {
                Hop::Keep(condition) => Some(condition),
                Hop::Down(_) | Hop::Up(_) | Hop::Sorted(..) => None,
            })
            .collect()
    }

    /// The orders of the rows that it begins with, the one that counts first first.
    pub fn orders(&self) -> Vec<&dyn Order> {
        let (mut orders, mut hops) = (Vec::new(), &*self.hops);
        while let [Hop::Sorted(inner, order), ..] = hops {
            orders.push(&**order);
            hops = inner;
        }
        orders
    }

    /// Whether its members stand in another order than that of age.
    pub fn is_sorted(&self) -> bool {
        self.hops.iter().any(|hop| matches!(hop, Hop::Sorted(..)))
    }

    /// Its steps without orders, and those back from where it leads: the same pairs of rows, from either end.
    pub fn both_ways(&self) -> (Path, Path) {
        let there: Vec<Hop> = steps(&self.hops).cloned().collect();
        let back = there.iter().rev().map(|hop| match hop {
            Hop::Down(reference) => Hop::Up(*reference),
            Hop::Up(reference) => Hop::Down(*reference),
            Hop::Keep(_) | Hop::Sorted(..) => hop.clone(),
        });
        let walk = |from, hops, to| Path { from, hops, to, shape: Shape::Walk, bare: Shape::Walk, distinct: false };
        let back = walk(self.to, back.collect(), self.from);
        (walk(self.from, there, self.to), back)
    }

    /// Whether it has conditions or an order.
    pub fn has_terms(&self) -> bool {
        self.hops.iter().any(|hop| matches!(hop, Hop::Keep(_) | Hop::Sorted(..)))
    }
}

/// The steps, those in others in the place of these.
fn steps(hops: &[Hop]) -> Box<dyn Iterator<Item = &Hop> + '_> {
    Box::new(hops.iter().flat_map(|hop| match hop {
        Hop::Sorted(inner, _) => steps(inner),
        hop => Box::new(std::iter::once(hop)),
    }))
}

/// How many steps there are, those in others with them.
pub fn length(hops: &[Hop]) -> usize {
    steps(hops).count()
}
