//! Members that pass conditions: `where` and `find_by` of a collection.

use std::hash::{Hash, Hasher};
use std::ops;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::ask::domain::Domain;
use crate::ask::plan::Plan;
use crate::ask::{answer, digest, fields, narrow};
use crate::python::ask::asked::{Asked, asked, settled};
use crate::python::ask::asking::{all_of, bound, checked, keyword};
use crate::python::ask::expr::Expr;
use crate::python::ask::misplaced::misplaced;
use crate::python::ask::operand::Tree;
use crate::python::collection::fixed::{Held, Rows};
use crate::python::collection::many::Many;
use crate::python::collection::recipe::{Node, Recipe};
use crate::python::record::make;
use crate::python::record::value::text;
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::find::{Candidates, Subject, Test};
use crate::store::read::order::part;
use crate::store::read::path::Shape;
use crate::store::read::token;
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::value::Value;

/// What members must pass: tests of their own fields, and a condition.
pub struct Passing {
    tests: Vec<(Subject, Asked)>,
    condition: Option<Tree>,
}

/// What an index leaves to be asked.
struct Narrowed {
    /// Those who may pass, in order, where an index says so.
    few: Option<Vec<Row>>,
    /// What must hold of them or, where it does not, of all members; nothing where the index knows that it does.
    condition: Option<Plan>,
}

impl Passing {
    /// What the arguments of a call ask for; keywords with dots are paths.
    pub fn new(py: Python<'_>, many: &Many, conditions: Vec<Tree>, fields: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (spec, _) = many.store(py).get().spec(py, many.model());
        let is_path = |name: &Bound<'_, PyAny>| {
            let is_path = |name: &str| name.contains('.') || spec.is_one(name);
            name.cast::<PyString>().is_ok_and(|name| name.to_str().is_ok_and(is_path))
        };
        let (mut plain, mut all) = (fields.clone(), conditions);
        if fields.iter().any(|(name, _)| is_path(&name)) {
            plain = PyDict::new(py);
            for (name, given) in fields {
                match is_path(&name) {
                    true => all.push(keyword(Some(many), &text(&name), &given)?),
                    false => plain.set_item(name, given)?,
                }
            }
        }
        let (tests, condition) = (asked(many, &plain)?, all_of(all)?);
        let model = many.model();
        if let Some(tree) = &condition {
            bound(many.store(py), std::iter::once(tree), |checker| checker.condition(model, tree).map(drop))?;
        }
        Ok(Passing { tests, condition })
    }

    /// What tells it from others.
    fn digest(&self, world: &World, model: ModelId) -> Result<u64> {
        let mut state = token::hasher();
        for (subject, test) in settled(&world.engine, &self.tests)? {
            hash_test(&world.engine, model, subject, &test, &mut state);
        }
        if let Some(tree) = &self.condition {
            digest::hash(tree, &mut state, &|operand, state| operand.hash(world, state))?;
        }
        Ok(state.finish())
    }

    /// Its record.
    pub fn record<'py>(&self, py: Python<'py>, many: &Many) -> PyResult<Option<Bound<'py, PyAny>>> {
        let model = many.model();
        let id = many.read(py, |world| Ok(self.first(many, world)?.map(|row| world.engine.table(model).id(row))))?;
        id.map(|id| make::record(many.store(py), model, id)).transpose()
    }

    /// What is left to be asked, and of whom.
    fn narrowed(&self, many: &Many, world: &World) -> Result<Narrowed> {
        let (engine, model) = (&world.engine, many.model());
        let mut tests = settled(engine, &self.tests)?;
        let plan = match &self.condition {
            Some(tree) => Some(checked(world, |checker| checker.condition(model, tree))?),
            None => None,
        };
        // What an index may know, of fields by name and in the condition.
        let (by_name, mut is_all) = (tests.len(), true);
        if let Some(plan) = &plan {
            let own = narrow::own_tests(plan);
            tests.extend(own.0);
            is_all = own.1;
        }
        let found = match many.members(world)? {
            Held::Path(Start::Every, path) if path.shape == Shape::All => {
                engine.candidates(model, &tests).or_else(|| {
                    let rows = narrow::candidates_below(engine, plan.as_ref()?)?;
                    Some(Candidates { rows, passed: 0 })
                })
            }
            Held::Path(start, path) => match (engine.candidates_by_name(model, &tests), part(start, path)) {
                // One that is there is looked up as in `in`; it has no order to be in.
                (Some(mut found), _) if found.rows.len() < 2 => {
                    found.rows.retain(|&row| engine.contains(start, path, row));
                    Some(found)
                }
                (_, Some((_, part))) => engine.candidates_in(model, part, &tests),
                _ => None,
            },
            Held::Rows(_) => None,
        };
        let passed = found.as_ref().map_or(0, |found| found.passed);
        let is_left = !is_all || passed < tests.len();
        tests.truncate(by_name);
        let condition = is_left.then(|| fields::all_of(engine, model, tests, plan));
        Ok(Narrowed { few: found.map(|found| found.rows), condition })
    }

    /// The members that pass, in order.
    fn rows(&self, many: &Many, world: &World) -> Result<Vec<Row>> {
        let Narrowed { few, condition } = self.narrowed(many, world)?;
        let engine = &world.engine;
        match (few, condition) {
            (Some(few), Some(condition)) => answer::matching(engine, &Domain::List(&few), &condition),
            (Some(few), None) => Ok(few),
            (None, Some(condition)) => many.ask(world, |rows| answer::matching(engine, rows, &condition)),
            (None, None) => many.rows(world).map(Rows::into_vec),
        }
    }

    /// The first member that passes: no more are read than it takes to come to it, where they stand in a line.
    pub fn first(&self, many: &Many, world: &World) -> Result<Option<Row>> {
        let Narrowed { few, condition } = self.narrowed(many, world)?;
        let engine = &world.engine;
        let Some(condition) = condition else {
            return Ok(match few {
                Some(few) => few.first().copied(),
                None => many.rows_at(world, 0..1)?.first().copied(),
            });
        };
        let listed = |rows: &[Row]| {
            let mut rest = rows;
            answer::first(engine, &condition, |most| {
                let (part, others) = rest.split_at(most.min(rest.len()));
                rest = others;
                room::copied(part)
            })
        };
        match (few, many.members(world)?) {
            (Some(few), _) => listed(&few),
            (None, Held::Rows(rows)) => listed(&rows),
            (None, Held::Path(start, path)) => match engine.lined(start, path) {
                Some(lined) => {
                    let mut run = lined.line.all(false);
                    answer::first(engine, &condition, |most| {
                        let mut rows = Vec::new();
                        lined.take(&mut run, most, &mut rows);
                        rows
                    })
                }
                None => listed(&engine.members(start, path)),
            },
        }
    }
}

/// What a test is, in a digest: rows by their ids.
fn hash_test(engine: &Engine, model: ModelId, subject: Subject, test: &Test, mut state: &mut dyn Hasher) {
    let (name, to) = match subject {
        Subject::Id => ("id", None),
        Subject::Field(field) => {
            (&*engine.schema().model(model).fields[field].name, engine.schema().refers_to(model, field))
        }
    };
    name.hash(&mut state);
    let mut one = |value: &Value| match (value, to) {
        (Value::Row(row), Some(to)) => engine.table(to).id(*row).hash(&mut state),
        _ => token::hash_value(value, state),
    };
    match test {
        Test::Is(value) => one(value),
        Test::In(values) => {
            one(&Value::Int(values.len() as i64));
            // Rows ascend as their ids do.
            values.iter().for_each(one);
        }
        Test::Between(low, high) => {
            for end in [low, high] {
                let (kind, value) = match end {
                    ops::Bound::Unbounded => (0, None),
                    ops::Bound::Included(value) => (1, Some(value)),
                    ops::Bound::Excluded(value) => (2, Some(value)),
                };
                one(&Value::Int(kind));
                value.into_iter().for_each(&mut one);
            }
        }
    }
}

/// The members that pass, as a fixed collection.
pub fn select(py: Python<'_>, many: &Many, conditions: Vec<Tree>, fields: &Bound<'_, PyDict>) -> PyResult<Many> {
    let wanted = Passing::new(py, many, conditions, fields)?;
    many.fix_by(py, many.model(), |world| {
        let rows = wanted.rows(many, world)?;
        let (of, moment) = many.recipe(world)?;
        // A collection in it may be of before a redefinition: it still has its rows.
        let digest = wanted.digest(world, many.model()).ok();
        Ok((rows, digest.and_then(|digest| Recipe::over([&of], || Node::Where(of.clone(), digest))), moment))
    })
}

/// The first member that passes.
pub fn first<'py>(py: Python<'py>, many: &Many, fields: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyAny>>> {
    Passing::new(py, many, Vec::new(), fields)?.record(py, many)
}

/// Conditions that were passed by position: expressions.
pub fn conditions(py: Python<'_>, many: &Many, method: &str, args: &Bound<'_, PyTuple>) -> PyResult<Vec<Tree>> {
    let condition = |given: Bound<'_, PyAny>| match given.cast::<Expr>() {
        Ok(expr) => expr.get().condition(),
        Err(_) => {
            let (spec, _) = many.store(py).get().spec(py, many.model());
            Err(misplaced(method, &spec, &given))
        }
    };
    args.iter().map(condition).collect()
}

/// Refuses a condition that was passed by position.
pub fn by_name_only(py: Python<'_>, many: &Many, method: &str, args: &Bound<'_, PyTuple>) -> PyResult<()> {
    let Some(given) = args.iter().next() else { return Ok(()) };
    let (spec, _) = many.store(py).get().spec(py, many.model());
    Err(misplaced(method, &spec, &given))
}

#[pymethods]
impl Many {
    /// The members for which all conditions hold, as a fixed collection in the same order: expressions (see `col`), and
    /// fields by name as in `Record.where`. O(k), and less where an id or a unique field says which.
    #[pyo3(name = "where", signature = (*conditions, **fields), text_signature = "($self, *conditions, **fields)")]
    fn where_(
        &self,
        py: Python<'_>,
        conditions: &Bound<'_, PyTuple>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Many> {
        let conditions = self::conditions(py, self, "where", conditions)?;
        select(py, self, conditions, &fields.cloned().unwrap_or_else(|| PyDict::new(py)))
    }

    /// The first member with these fields, or None; fields as in `Record.where`. O(k), and O(1) where an id or a unique
    /// field says which and `in` is O(1).
    #[pyo3(signature = (*args, **fields), text_signature = "($self, **fields)")]
    fn find_by<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        by_name_only(py, self, "find_by", args)?;
        first(py, self, &fields.cloned().unwrap_or_else(|| PyDict::new(py)))
    }
}
