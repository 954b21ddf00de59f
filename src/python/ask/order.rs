//! `order_by`: members in the order of fields and expressions.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::ask::order::ordered;
use crate::python::ask::asking::{bound, checked, path_of};
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::Tree;
use crate::python::collection::many::Many;
use crate::python::error::SchemaError;
use crate::python::record::value::text;
use crate::python::store::habits;
use crate::store::error::Result;

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

#[pymethods]
impl Many {
    /// The members in the order of one key or several, as a fixed collection: names of fields, paths over references, or
    /// expressions (see `col`), each with the largest first where it is `.desc()`. `reverse=True` turns every key. None is
    /// last both ways, and ties stay in this collection's order. O(k log k).
    ///
    /// >>> from hasmany import Store, User, col
    /// >>> with Store():
    /// ...     _ = User("zoe"), User("adam"), User("eve")
    /// ...     User.all().order_by("username").values("username")
    /// ...     User.all().order_by(col("username").contains("e").desc(), "username").values("username")
    /// ['adam', 'eve', 'zoe']
    /// ['eve', 'zoe', 'adam']
    #[pyo3(signature = (*keys, reverse=false), text_signature = "($self, *keys, reverse=False)")]
    fn order_by(&self, py: Python<'_>, keys: &Bound<'_, PyTuple>, reverse: bool) -> PyResult<Many> {
        if keys.is_empty() {
            return Err(habits::no_keys());
        }
        let keys = keys.iter().map(|given| key(self, &given)).collect::<PyResult<Vec<_>>>()?;
        let model = self.model();
        bound(self.store(py), keys.iter().map(|(tree, _)| tree), |checker| {
            keys.iter().try_for_each(|(tree, _)| checker.key(model, tree).map(drop))
        })?;
        self.fix(py, model, |world| {
            let plan = |(tree, falls): &(Tree, bool)| {
                Ok((checked(world, |checker| checker.key(model, tree))?, *falls != reverse))
            };
            let plans = keys.iter().map(plan).collect::<Result<Vec<_>>>()?;
            self.ask(world, |rows| ordered(&world.engine, rows, plans))
        })
    }
}
