//! Plans: expressions checked against a schema. What one says can be computed, but for sums that are too large.

use std::sync::Arc;

use foldhash::HashSet;

use crate::ask::expr::{Arithmetic, Comparison, Part, Total};
use crate::store::Store;
use crate::store::id::{ModelId, Reference, Row};
use crate::store::read::path::{Hop, Path};
use crate::store::read::rowset::RowSet;
use crate::store::types::Type;
use crate::store::value::Value;

/// What values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// None, always.
    Nothing,
    /// Of a type.
    Value(Type),
    /// Rows of a model.
    Row(ModelId),
}

impl Of {
    /// As messages call it.
    pub fn name(self, engine: &Store) -> String {
        match self {
            Of::Nothing => "None".to_owned(),
            Of::Value(of) => of.name().to_owned(),
            Of::Row(model) => engine.schema().model(model).name.clone(),
        }
    }

    /// Whether it is a type.
    pub fn is(self, of: Type) -> bool {
        self == Of::Value(of)
    }
}

/// One value for each row that is asked.
#[derive(Clone)]
pub struct Plan {
    /// How it is computed.
    pub step: Step,
    /// What the values are.
    pub of: Of,
    /// Whether it was written as a condition: a field of bools is none.
    pub is_condition: bool,
}

/// How values are computed. Rows that are asked are of the model that the plan was made for.
#[derive(Clone)]
pub enum Step {
    /// The row that is asked.
    Itself,
    /// What a reference of these rows leads to.
    Up(Box<Plan>, ModelId, usize),
    /// The one row that refers to each of these by a unique reference.
    One(Box<Plan>, Reference),
    /// The ids of these rows.
    Id(Box<Plan>, ModelId),
    /// A field of these rows that is no reference.
    Field(Box<Plan>, ModelId, usize),
    /// One value for all rows.
    Same(Value<'static>),
    /// In a plan for the members of a collection: what is said of the owner.
    OfOwner(Box<Plan>),
    /// Whether two compare so.
    Compare(Comparison, Box<Plan>, Box<Plan>),
    /// Whether the first is at least the second and less than the third.
    Between(Box<[Plan; 3]>),
    /// Whether a value is one of these.
    IsIn(Box<Plan>, Arc<Values>),
    /// Whether a row is one of these.
    IsAmong(Box<Plan>, Arc<Rows>),
    /// Whether there is no value.
    IsNone(Box<Plan>),
    /// The second where the first has no value.
    IfNone(Box<Plan>, Box<Plan>),
    /// Whether all hold.
    All(Vec<Plan>),
    /// Whether any holds.
    Any(Vec<Plan>),
    /// Whether it does not hold.
    Not(Box<Plan>),
    /// What two numbers make; as what an error calls it.
    Combine(Arithmetic, Box<Plan>, Box<Plan>, Arc<str>),
    /// Ints as floats.
    Float(Box<Plan>),
    /// Ints, or decimals, as decimals with more digits after the point.
    Scaled(Box<Plan>, u8),
    /// Whether a text has another in it, and where.
    HasText(Place, Box<Plan>, Box<Plan>),
    /// Small letters.
    Lower(Box<Plan>),
    /// So many digits after the point.
    Round(Box<Plan>, i32, Arc<str>),
    /// Without the sign.
    Abs(Box<Plan>, Arc<str>),
    /// A number of the calendar.
    Part(Part, Box<Plan>),
    /// Of many, one.
    Total(Total, Box<Plural>, Arc<str>),
    /// Whether a collection has a row.
    Has(Box<Plural>, Row),
}

/// Where in a text another is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Anywhere.
    Within,
    /// At its beginning.
    First,
    /// At its end.
    Last,
}

/// A value for each member of each row's collection.
#[derive(Clone)]
pub struct Plural {
    /// How the members are reached.
    pub chain: Vec<Link>,
    /// The model of the members.
    pub to: ModelId,
    /// What must hold of a member.
    pub filters: Vec<Plan>,
    /// What is asked of a member.
    pub value: Plan,
}

/// A step on the way to members.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// To the members of a collection.
    Many(Arc<Path>),
    /// To what a reference leads to.
    Up(ModelId, usize),
    /// To the one row that refers by a unique reference.
    One(Reference),
}

/// Values to be found among.
pub struct Values {
    /// Whether none is one of them.
    pub has_none: bool,
    /// The others.
    pub kept: Kept,
}

/// Values of one type, however they are found quickest.
pub enum Kept {
    /// Of whole numbers.
    Ints(HashSet<i64>),
    /// Of text.
    Texts(HashSet<Box<str>>),
    /// Of anything, ascending.
    Sorted(Vec<Value<'static>>),
}

/// Rows to be found among.
pub struct Rows {
    /// Whether no row is one of them.
    pub has_none: bool,
    /// The others.
    pub rows: Vec<Row>,
    /// Those as a set, to look rows up in.
    pub set: RowSet,
}

impl Plan {
    /// Of these values, computed so.
    pub fn new(step: Step, of: Of) -> Self {
        Plan { step, of, is_condition: false }
    }

    /// A condition.
    pub fn condition(step: Step) -> Self {
        Plan { step, of: Of::Value(Type::Bool), is_condition: true }
    }

    /// The row itself.
    pub fn itself(model: ModelId) -> Self {
        Plan::new(Step::Itself, Of::Row(model))
    }

    /// Whether it is the row itself.
    pub fn is_itself(&self) -> bool {
        matches!(self.step, Step::Itself)
    }

    /// Visits the plans of the same rows in it.
    fn each_part(&self, visit: &mut dyn FnMut(&Plan)) {
        match &self.step {
            Step::Itself | Step::Same(_) | Step::Total(..) | Step::Has(..) | Step::OfOwner(_) => {}
            Step::Up(a, ..)
            | Step::One(a, _)
            | Step::Id(a, _)
            | Step::Field(a, ..)
            | Step::IsIn(a, _)
            | Step::IsAmong(a, _)
            | Step::IsNone(a)
            | Step::Not(a)
            | Step::Float(a)
            | Step::Scaled(a, _)
            | Step::Lower(a)
            | Step::Round(a, ..)
            | Step::Abs(a, _)
            | Step::Part(_, a) => visit(a),
            Step::Compare(_, a, b) | Step::IfNone(a, b) | Step::Combine(_, a, b, _) | Step::HasText(_, a, b) => {
                visit(a);
                visit(b);
            }
            Step::Between(all) => all.iter().for_each(visit),
            Step::All(all) | Step::Any(all) => all.iter().for_each(visit),
        }
    }

    /// About how many members are read to compute it for all rows: 0 where it reads no collection.
    pub fn widest(&self, engine: &Store) -> usize {
        match &self.step {
            Step::Total(_, plural, _) | Step::Has(plural, _) => plural.widest(engine),
            Step::OfOwner(of) => of.widest(engine),
            _ => {
                let mut widest = 0;
                self.each_part(&mut |part| widest = widest.max(part.widest(engine)));
                widest
            }
        }
    }

    /// Whether it is computed of the owner, too: then it may differ between two places of one member.
    pub fn is_of_owner(&self) -> bool {
        let mut is_of_owner = matches!(self.step, Step::OfOwner(_));
        self.each_part(&mut |part| is_of_owner |= part.is_of_owner());
        is_of_owner
    }
}

impl Plural {
    /// About how many members there are in all.
    pub fn widest(&self, engine: &Store) -> usize {
        let hop = |hop: &Hop| match hop {
            Hop::Down(reference) => engine.table(reference.model).len(),
            Hop::Up(_) | Hop::Keep(_) | Hop::Sorted(..) => 0,
        };
        let link = |link: &Link| match link {
            Link::Many(path) => path.references().into_iter().map(hop).max().unwrap_or(0),
            Link::Up(..) | Link::One(_) => 0,
        };
        let inside = self.filters.iter().chain([&self.value]).map(|plan| plan.widest(engine));
        self.chain.iter().map(link).chain(inside).max().unwrap_or(0)
    }
}
