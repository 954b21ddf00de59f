//! Expressions on their way to a store: what a call was given, checked against the schema, with the classes on the way bound.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::ask::check::{Checker, Said};
use crate::ask::expr::{Comparison, Junction, Method, Operator};
use crate::ask::plan::Of;
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::{Operand, Tree};
use crate::python::ask::single::{Between, is_single};
use crate::python::collection::many::Many;
use crate::python::declare::path;
use crate::python::error::SchemaError;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::ModelId;

/// A path as an expression.
pub fn path_of(name: &str) -> PyResult<Tree> {
    if name.is_empty() {
        return Err(SchemaError::new_err("'' is no field; the members themselves are col(\"\")"));
    }
    Tree::path(name).map_err(|error| SchemaError::new_err(error.to_string()))
}

/// A column, by its path or as an expression, and its name.
pub fn column(given: &Bound<'_, PyAny>, method: &str) -> PyResult<(Tree, String)> {
    if let Ok(expr) = given.cast::<Expr>() {
        return expr.get().column();
    }
    match given.cast::<PyString>() {
        Ok(name) => path_of(&text(name)).map(|tree| (tree, text(name))),
        Err(_) => {
            let of = given.get_type().name()?;
            Err(PyTypeError::new_err(format!("{method} takes names of fields and expressions, not {of}")))
        }
    }
}

/// The columns of a call, by position and by name.
pub fn columns(
    given: &Bound<'_, PyTuple>,
    named: Option<&Bound<'_, PyDict>>,
    method: &str,
) -> PyResult<Vec<(Tree, String)>> {
    let mut columns = given.iter().map(|given| column(&given, method)).collect::<PyResult<Vec<_>>>()?;
    for (name, given) in named.into_iter().flatten() {
        let (tree, _) = column(&given, method)?;
        columns.push((tree, text(&name)));
    }
    if let Some(at) = (1..columns.len()).find(|&at| columns[..at].iter().any(|(_, name)| *name == columns[at].1)) {
        let name = &columns[at].1;
        return Err(SchemaError::new_err(format!(
            "{method}: two columns are called '{name}'; give one another name, as in other=col(\"...\") or .alias(\"other\")"
        )));
    }
    Ok(columns)
}

/// A condition that a keyword asks of members, or says of those of no store yet: `**{"movie.title": "Alien"}`.
pub fn keyword(many: Option<&Many>, name: &str, given: &Bound<'_, PyAny>) -> PyResult<Tree> {
    let path = path_of(name)?;
    let call = |method, arguments| path.clone().call(method, arguments);
    let tree = if let Ok(between) = given.cast::<Between>() {
        let end = |end: &Py<PyAny>| Operand::one(end.bind(given.py())).map(Tree::given);
        call(Method::Between, vec![end(&between.get().low)?, end(&between.get().high)?])
    } else if let Ok(expr) = given.cast::<Expr>() {
        return Err(PyTypeError::new_err(format!(
            "{name}=... takes a value; with an expression write where(col(\"{name}\") == {})",
            expr.repr()?
        )));
    } else if is_single(given)? || given.is_instance_of::<PyTuple>() && has_long_key(many, given.py(), &path)? {
        Tree::binary(Operator::Compare(Comparison::Equal), path, Tree::given(Operand::naming(given)?))
    } else {
        call(Method::IsIn, vec![Tree::given(Operand::several(given)?)])
    };
    tree.map_err(|error| SchemaError::new_err(error.to_string()))
}

/// Whether a path leads to a model whose key has several fields: a tuple is one such key, not several values.
fn has_long_key(many: Option<&Many>, py: Python<'_>, path: &Tree) -> PyResult<bool> {
    let Some(many) = many else { return Ok(false) };
    path::look_up(many.store(py), |world| {
        let given = |operand: &Operand| Ok(operand.hollow());
        let path_of = |model: ModelId, name: &str| path::path_under(world, model, name);
        let checker = Checker { engine: &world.engine, given: &given, path: &path_of, is_lasting: false };
        let of = match checker.said(many.model(), path)? {
            Said::One(plan) => plan.of,
            Said::Many(many) | Said::List(many) => many.plural.value.of,
            Said::Given(_) => Of::Nothing,
        };
        Ok(matches!(of, Of::Row(model) if world.engine.schema().model(model).key.len() > 1))
    })
}

/// All of several conditions.
pub fn all_of(conditions: Vec<Tree>) -> PyResult<Option<Tree>> {
    let mut conditions = conditions.into_iter();
    let Some(first) = conditions.next() else { return Ok(None) };
    let joined = conditions.try_fold(first, |all, one| Tree::join(Junction::All, all, one));
    joined.map(Some).map_err(|error| SchemaError::new_err(error.to_string()))
}

/// Checks expressions, and binds the classes of what they lead over: after that they can be checked under the lock.
pub fn bound<'t>(
    store: &Bound<'_, Store>,
    trees: impl Iterator<Item = &'t Tree>,
    check: impl Fn(&Checker<'_, Operand>) -> Result<()>,
) -> PyResult<()> {
    for tree in trees {
        tree.each_given(&mut |operand| operand.check(store))?;
    }
    path::look_up(store, |world| {
        let given = |operand: &Operand| Ok(operand.hollow());
        let path = |model: ModelId, name: &str| path::path_under(world, model, name);
        check(&Checker { engine: &world.engine, given: &given, path: &path, is_lasting: false })
    })
}

/// Does something with a checker of this store, under its lock.
pub fn checked<T>(world: &World, work: impl FnOnce(&Checker<'_, Operand>) -> Result<T>) -> Result<T> {
    let given = |operand: &Operand| operand.given(world);
    let path = |model: ModelId, name: &str| path::path_under(world, model, name);
    work(&Checker { engine: &world.engine, given: &given, path: &path, is_lasting: false })
}
