//! `order_by`: members in the order of fields and expressions.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::ask::answer::{Question, answers};
use crate::ask::digest;
use crate::ask::domain::Domain;
use crate::ask::grouped::Grouped;
use crate::ask::order::{ordered, parts};
use crate::ask::plan::Plan;
use crate::python::ask::asking::{bound, checked, path_of};
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::Tree;
use crate::python::collection::fixed::{Fixed, Held};
use crate::python::collection::many::Many;
use crate::python::collection::recipe::{Keys, Node, Recipe};
use crate::python::collection::unread::Unread;
use crate::python::error::SchemaError;
use crate::python::record::value::text;
use crate::python::store::habits;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::order::part;
use crate::store::read::token::Place;

/// A key of an order, and whether it falls.
fn key(many: &Many, given: &Bound<'_, PyAny>) -> PyResult<(Tree, bool)> {
    if let Ok(expr) = given.cast::<Expr>() {
        return expr.get().key();
    }
    let name = text(given.cast::<PyString>().map_err(|_| habits::no_order(given))?);
    if let Some(advice) = habits::of_order(&name) {
        let model = many.model_name(given.py());
        return Err(SchemaError::new_err(format!("'{name}' is no field of {model}; {advice}")));
    }
    Ok((path_of(&name)?, false))
}

/// What an order holds.
enum Made {
    Unread(Arc<Unread>),
    Fixed(Fixed),
}

/// The keys of an order, each with whether it falls.
struct Keyed {
    model: ModelId,
    keys: Vec<(Tree, bool)>,
}

impl Keyed {
    fn plans(&self, world: &World) -> Result<Vec<(Plan, bool)>> {
        let plan =
            |(tree, falls): &(Tree, bool)| Ok((checked(world, |checker| checker.key(self.model, tree))?, *falls));
        self.keys.iter().map(plan).collect()
    }
}

impl Keys for Keyed {
    fn hash(&self, world: &World, mut state: &mut dyn Hasher) -> Result<()> {
        for (tree, falls) in &self.keys {
            falls.hash(&mut state);
            digest::hash(tree, state, &|operand, state| operand.hash(world, state))?;
        }
        Ok(())
    }

    fn of(&self, world: &World, rows: &[Row]) -> Result<Vec<Place>> {
        let plans = self.plans(world)?;
        let falls: Vec<bool> = plans.iter().map(|(_, falls)| *falls).collect();
        let questions: Vec<Question> = plans.into_iter().map(|(plan, _)| Question::One(plan)).collect();
        let keys = answers(&world.engine, &Domain::List(rows), &questions)?;
        Ok(parts(keys.iter().map(|key| &key.cells).zip(falls), rows.len()))
    }
}

#[pymethods]
impl Many {
    /// The members in the order of one key or several, as a fixed collection: names of fields, paths over references, or
    /// expressions (see `col`), each with the largest first where it is `.desc()`. `reverse=True` turns every key. None is
    /// last both ways, and ties stay in this collection's order.
    ///
    /// O(k log k). By `id` or one field, of all rows or of a collection of rows that refer to one, nothing is sorted where
    /// the field has an index (see `field`) or rises with age, as times mostly do: then `order_by("at")[:20]`, `[-1]`, a loop
    /// that ends early and the like cost what they show, and the order is read as a whole only for what asks all of it, at the
    /// latest before the next write. Where fields follow that first one, those that are equal by it are sorted. A
    /// collection through others is sorted.
    ///
    /// >>> from hasmany import Store, User, col
    /// >>> with Store():
    /// ...     _ = User("zoe"), User("adam"), User("eve")
    /// ...     User.all().order_by("username").values("username")
    /// ...     User.all().order_by(col("username").contains("e").desc(), "username").values("username")
    /// ['adam', 'eve', 'zoe']
    /// ['eve', 'zoe', 'adam']
    #[pyo3(signature = (*keys, reverse=false, **others), text_signature = "($self, *keys, reverse=False)")]
    fn order_by(
        &self,
        py: Python<'_>,
        keys: &Bound<'_, PyTuple>,
        reverse: bool,
        others: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Many> {
        if let Some((name, _)) = others.into_iter().flatten().next() {
            return Err(habits::no_option_of_order(&text(&name)));
        }
        if keys.is_empty() {
            return Err(habits::no_keys());
        }
        let keys = keys.iter().map(|given| key(self, &given)).collect::<PyResult<Vec<_>>>()?;
        let model = self.model();
        bound(self.store(py), keys.iter().map(|(tree, _)| tree), |checker| {
            keys.iter().try_for_each(|(tree, _)| checker.key(model, tree).map(drop))
        })?;
        let keys = keys.into_iter().map(|(tree, falls)| (tree, falls != reverse)).collect();
        let keyed = Arc::new(Keyed { model, keys });
        let made = self.compute(py, |world| {
            let plans = keyed.plans(world)?;
            let (of, moment) = self.recipe(world)?;
            let recipe = Recipe::over([&of], || Node::Ordered(of.clone(), keyed.clone()));
            if let Held::Path(start, path) = self.members(world)?
                && let Some((_, part)) = part(start, path)
                && let Some(order) = Grouped::of(&world.engine, model, part, &plans)
            {
                let unread = Arc::new(Unread::new(order, (recipe, moment)));
                world.questions.keep(&unread);
                return Ok(Made::Unread(unread));
            }
            let rows = self.ask(world, |rows| ordered(&world.engine, rows, plans))?;
            Ok(Made::Fixed(Fixed::new(world, model, rows).by(recipe, moment)))
        })?;
        let store = self.store(py).clone().unbind();
        Ok(match made {
            Made::Unread(unread) => Many::unread(store, unread),
            Made::Fixed(fixed) => Many::fixed(store, fixed),
        })
    }
}
