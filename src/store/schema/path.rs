//! How a collection is reached: a path of hops.

use crate::store::id::{ModelId, Reference};

/// So many collections may lead through each other, and so many hops a path may have: walks go down a hop a call, also on
/// threads with small stacks, and each `through` may double the hops of the one before.
pub const DEEPEST: usize = 64;

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// From a parent to the rows that refer to it.
    Down(Reference),
    /// From a row to the one it refers to.
    Up(Reference),
}

/// How a collection is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The model it starts from.
    pub from: ModelId,
    /// The steps.
    pub hops: Vec<Hop>,
    /// The model of its members.
    pub to: ModelId,
    /// Whether it can be written, and how.
    pub shape: Shape,
    /// Whether no member can be reached twice from one row.
    pub distinct: bool,
}

/// The kind of a path, which decides whether and how it can be written.
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
        Path { from: model, hops: Vec::new(), to: model, shape: Shape::All, distinct: true }
    }
}
