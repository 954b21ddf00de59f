//! What was passed by position to `where` or `find_by` and is no condition: what it is says what was meant.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyCFunction, PyDict, PyList, PyTuple};

use crate::python::ask::expr::Expr;
use crate::python::store::class::Spec;
use crate::python::store::habits;

/// The error for an argument by position.
pub fn misplaced(method: &str, spec: &Spec, given: &Bound<'_, PyAny>) -> PyErr {
    let first = spec.fields.first().map_or("id", |field| field.name.as_str());
    let message = if given.is_exact_instance_of::<PyBool>() {
        Some(compared(method, first, given))
    } else if let Some(expr) = of_uncalled(given) {
        Some(format!("{expr} is a method: its brackets are missing, {expr}()"))
    } else if given.is_exact_instance_of::<PyDict>() {
        Some(format!("a dict of fields is passed as {method}(**mapping), as in {method}(**{{\"{first}\": value}})"))
    } else if method == "where" && are_conditions(given) {
        let way = "pass each by itself, where(a, b) or where(*conditions), or join them, where((a) & (b))";
        Some(format!("{way}; | joins conditions of which any is to hold"))
    } else {
        None
    };
    match message {
        Some(message) => PyTypeError::new_err(format!("{}.{method}: {message}", spec.name)),
        None => habits::positions(method, spec),
    }
}

/// Of a comparison that Python made by itself, of a method, a class's field or by `is`.
fn compared(method: &str, field: &str, given: &Bound<'_, PyAny>) -> String {
    let ways = match method {
        "where" => format!(
            "a method needs its brackets, col(\"at\").year() == 2026; a field is col(\"{field}\") == value or \
             where({field}=value); `is None` is col(\"{field}\").is_none(), and `in` is .is_in(values)"
        ),
        _ => format!("write {method}({field}=value)"),
    };
    format!("this is {given}, which Python made of a condition before any row was asked: {ways}")
}

/// The method that was meant, `col("at").is_none`, of one that was not called.
fn of_uncalled(given: &Bound<'_, PyAny>) -> Option<String> {
    let method = given.cast_exact::<PyCFunction>().ok()?;
    let expr = method.getattr("__self__").ok()?.cast_into_exact::<Expr>().ok()?;
    Some(format!("{}.{}", expr.get().written(method.py(), false), method.getattr("__name__").ok()?))
}

/// Whether it lists expressions and nothing else.
fn are_conditions(given: &Bound<'_, PyAny>) -> bool {
    let is_listed = given.is_exact_instance_of::<PyList>() || given.is_exact_instance_of::<PyTuple>();
    let elements = || given.try_iter().map(|all| all.collect::<PyResult<Vec<_>>>());
    is_listed
        && matches!(elements(), Ok(Ok(all)) if !all.is_empty() && all.iter().all(|one| one.is_instance_of::<Expr>()))
}
