//! The condition and the order of a collection, as a class body says them.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString, PyTuple};

use crate::ask::expr::{Method, Node};
use crate::ask::terms::{Constant, Declared, Said, parts};
use crate::python::ask::asking::{keyword, path_of};
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::{Operand, Tree};
use crate::python::declare::terms::Terms;
use crate::python::error::{SchemaError, wrong_type};
use crate::python::record::value::text;
use crate::python::store::habits;

/// The terms of a collection: `condition`, a mapping of names and values or an expression, and the keys of its order.
/// Nothing where neither is said. Raises `SchemaError`.
#[pyfunction]
#[pyo3(signature = (condition, order, /))]
pub fn terms(condition: Option<&Bound<'_, PyAny>>, order: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Terms>> {
    if condition.is_none() && order.is_none() {
        return Ok(None);
    }
    let mut declared = Declared { conditions: Vec::new(), is_mapping: true, order: Vec::new() };
    let mut written = None;
    if let Some(given) = condition {
        if let Ok(expr) = given.cast::<Expr>() {
            declared.is_mapping = false;
            declared.conditions = parts(said(&expr.get().condition()?)?);
            written = Some(expr.get().written(given.py(), true));
        } else {
            let (conditions, text) = equalities(given)?;
            declared.conditions = conditions;
            written = Some(text);
        }
    }
    if let Some(given) = order {
        declared.order = keys(given)?;
    }
    Ok(Some(Terms(declared.terms(written))))
}

/// What a mapping of names and values says, and how that is written: its own repr may be one that nobody can read again.
fn equalities(given: &Bound<'_, PyAny>) -> PyResult<(Vec<Said>, String)> {
    let Ok(mapping) = given.cast::<PyMapping>() else {
        return Err(wrong_type("has_many: where", "a mapping of names and values or an expression", given));
    };
    let (mut all, mut written) = (Vec::new(), Vec::new());
    for item in mapping.items()?.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let Ok(name) = name.cast::<PyString>() else {
            return Err(wrong_type("has_many: a name in where", "str", &name));
        };
        let equality = said(&keyword(None, &text(name), &value)?)?;
        written.push(format!("'{}': {}", text(name), value_of(&equality)));
        all.push(equality);
    }
    match all.is_empty() {
        true => Err(SchemaError::new_err("has_many: where={} says nothing; leave it out")),
        false => Ok((all, format!("{{{}}}", written.join(", ")))),
    }
}

/// What a mapping says that a name is, as it is written there.
fn value_of(equality: &Said) -> String {
    match equality.node() {
        Node::Binary(_, _, value) => format!("{value:#}"),
        Node::Call(Method::Between, _, ends) => {
            let ends: Vec<String> = ends.iter().map(|end| format!("{end:#}")).collect();
            format!("between({})", ends.join(", "))
        }
        Node::Call(_, _, values) => values.iter().map(|value| format!("{value:#}")).collect(),
        Node::Path(_) | Node::Given(_) | Node::Junction(..) | Node::Not(_) => format!("{equality:#}"),
    }
}

/// The keys of an order: one, or a tuple or list of them.
fn keys(given: &Bound<'_, PyAny>) -> PyResult<Vec<(Said, bool)>> {
    let all: Vec<Bound<'_, PyAny>> = match given.is_instance_of::<PyString>() || given.is_instance_of::<Expr>() {
        true => vec![given.clone()],
        false if given.is_instance_of::<PyTuple>() || given.is_instance_of::<pyo3::types::PyList>() => {
            given.try_iter()?.collect::<PyResult<_>>()?
        }
        false => return Err(wrong_type("has_many: order_by", "a name, an expression or a tuple of these", given)),
    };
    if all.is_empty() {
        return Err(SchemaError::new_err("has_many: order_by=() says nothing; leave it out"));
    }
    let key = |given: &Bound<'_, PyAny>| {
        if let Ok(expr) = given.cast::<Expr>() {
            let (tree, falls) = expr.get().key()?;
            return Ok((said(&tree)?, falls));
        }
        let Ok(name) = given.cast::<PyString>() else {
            return Err(wrong_type("has_many: order_by", "names and expressions", given));
        };
        let name = text(name);
        match habits::of_order(&name) {
            Some(_) => Err(SchemaError::new_err(format!(
                "has_many: '{name}' is no name; write order_by=\"name\", or order_by=col(\"name\").desc() for the \
                 largest first"
            ))),
            None => Ok((said(&path_of(&name)?)?, false)),
        }
    };
    all.iter().map(key).collect()
}

/// An expression without anything of a store in it.
fn said(tree: &Tree) -> PyResult<Said> {
    let constant = |operand: &Operand| match operand.is_of_a_store() {
        false => Ok(Constant { given: operand.hollow(), shown: format!("{operand:#}").into() }),
        true => Err(PyTypeError::new_err(format!(
            "has_many: {operand} is of a store, and a class is of none; compare a field of what it leads to, as in \
             col(\"user.username\") == \"ann\""
        ))),
    };
    tree.changed(&constant, &|path| path.into())
}
