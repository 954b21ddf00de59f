//! `where=`, `weight=` and `recent=` of rankings: which join rows count, and how much.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyMapping, PyString};

use crate::ask::plan::Of;
use crate::python::ask::asking::{all_of, bound, checked, column, keyword};
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::Tree;
use crate::python::error::wrong_type;
use crate::python::record::raise::raise;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::rank::chosen::{Age, Choice};
use crate::rank::linked::join_of;
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::read::path::{Path, Shape};
use crate::store::types::Type;

/// What any ranking of links may be given.
#[derive(Clone, Copy, Default)]
pub struct Given<'a, 'py> {
    pub within: Option<&'a Bound<'py, PyAny>>,
    pub condition: Option<&'a Bound<'py, PyAny>>,
    pub weight: Option<&'a Bound<'py, PyAny>>,
    pub recent: Option<&'a Bound<'py, PyAny>>,
}

/// What is said of the join rows of a path.
#[derive(Default)]
pub struct Choosing {
    condition: Option<Tree>,
    weight: Option<(Tree, String)>,
    recent: Option<Newest>,
    /// The join model, where something is said.
    join: Option<ModelId>,
}

/// What tells which links are the newest.
enum Newest {
    /// Their order.
    Last,
    /// What is largest, and how that was written.
    Largest(Tree, String),
}

impl Choosing {
    /// What a call was given, checked. Raises `SchemaError` for a path without a join row, and for names that the join model lacks.
    pub fn new(store: &Bound<'_, Store>, (path, name): (&Path, &str), given: Given<'_, '_>) -> PyResult<Self> {
        let Given { condition, weight, recent, .. } = given;
        let recent = recent.map(newest).transpose()?.flatten();
        if condition.is_none() && weight.is_none() && recent.is_none() {
            return Ok(Choosing::default());
        }
        let join = match path.bare {
            // What refers to each owner, which only top() asks for.
            Shape::Inverse(reference) => reference.model,
            _ => {
                let join = join_of(&store.get().read(store.py()).engine, path, name);
                join.map_err(|error| raise(store, error))?.model
            }
        };
        let condition = condition.map(self::condition).transpose()?.flatten();
        let weight = weight.map(|weight| column(weight, "weight")).transpose()?;
        let trees = condition.iter().chain(weight.as_ref().map(|(tree, _)| tree));
        let is_condition = |tree: &Tree| condition.as_ref().is_some_and(|condition| std::ptr::eq(condition, tree));
        for tree in trees {
            bound(store, std::iter::once(tree), |checker| match is_condition(tree) {
                true => checker.condition(join, tree).map(drop),
                false => checker.number(join, tree).map(drop),
            })?;
        }
        if let Some(Newest::Largest(tree, said)) = &recent {
            bound(store, std::iter::once(tree), |checker| match checker.key(join, tree)?.of {
                Of::Value(Type::Int | Type::Float | Type::Decimal(_)) => Ok(()),
                Of::Value(Type::Time | Type::Date | Type::Duration | Type::Clock) => Ok(()),
                other => Err(Error::Schema(format!(
                    "recent={said:?} is {}; which links are the newest is told by times and numbers, or, with recent=True, by \
                     their order",
                    other.name(checker.engine)
                ))),
            })?;
        }
        Ok(Choosing { condition, weight, recent, join: Some(join) })
    }

    /// It as it is now, under the store's lock.
    pub fn choice(&self, world: &World) -> Result<Choice> {
        let Some(join) = self.join else { return Ok(Choice::default()) };
        checked(world, |checker| {
            let condition = self.condition.as_ref().map(|tree| checker.condition(join, tree)).transpose()?;
            let weight = self.weight.as_ref().map(|(tree, said)| Ok((checker.number(join, tree)?, said.clone())));
            let recent = self.recent.as_ref().map(|newest| match newest {
                Newest::Last => Ok(Age::Order),
                Newest::Largest(tree, said) => Ok(Age::By(checker.key(join, tree)?, said.clone())),
            });
            Ok(Choice { condition, weight: weight.transpose()?, recent: recent.transpose()? })
        })
    }
}

/// Which links are the newest: by their order, or by a field, path or expression of the join row.
fn newest(given: &Bound<'_, PyAny>) -> PyResult<Option<Newest>> {
    if let Ok(by_order) = given.cast::<PyBool>() {
        return Ok(by_order.is_true().then_some(Newest::Last));
    }
    if !given.is_instance_of::<PyString>() && !given.is_instance_of::<Expr>() {
        return Err(wrong_type("recent", "True, a field of the join row or an expression, as in recent=\"at\"", given));
    }
    column(given, "recent").map(|(tree, said)| Some(Newest::Largest(tree, said)))
}

/// A condition on join rows: an expression, or a mapping of their fields.
fn condition(given: &Bound<'_, PyAny>) -> PyResult<Option<Tree>> {
    if let Ok(expr) = given.cast::<Expr>() {
        return expr.get().condition().map(Some);
    }
    let Ok(mapping) = given.cast::<PyMapping>() else {
        return Err(wrong_type(
            "where",
            "an expression, as in where=col(\"stars\") >= 4, or a mapping of fields",
            given,
        ));
    };
    let fields = mapping.items()?.iter().map(|item| {
        let (name, value) = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let name = name.cast::<PyString>().map_err(|_| wrong_type("where: a field's name", "str", &name))?;
        keyword(None, &text(name), &value)
    });
    all_of(fields.collect::<PyResult<_>>()?)
}
