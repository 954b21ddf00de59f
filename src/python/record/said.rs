//! A new row, of what is given for it and of what the conditions of a collection say.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::error::SchemaError;
use crate::python::record::arg::{self, Arg};
use crate::python::record::value::{object, text};
use crate::python::store::Store;
use crate::python::store::class::{Holds, Spec};
use crate::store::value::Value;

/// Values that conditions say fields of a row to have.
pub type Said = [(usize, Value<'static>)];

/// The keywords for a new row, with what conditions say where nothing is given: neither by name nor by position (fields
/// of `skip` have none).
pub fn completed<'py>(
    py: Python<'py>,
    spec: &Spec,
    (args, named): (&Bound<'py, PyTuple>, Option<&Bound<'py, PyDict>>),
    skip: &[usize],
    said: &Said,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    if said.is_empty() {
        return Ok(named.cloned());
    }
    let all = match named {
        Some(named) => named.copy()?,
        None => PyDict::new(py),
    };
    let names: Vec<String> = all.keys().iter().map(|name| text(&name)).collect();
    let places = (0..spec.fields.len()).filter(|at| !skip.contains(at) && !spec.fields[*at].kw_only);
    let positional: Vec<usize> = places.take(args.len()).collect();
    for (field, value) in said {
        let of = &spec.fields[*field];
        if positional.contains(field) || skip.contains(field) || names.contains(&of.name) {
            continue;
        }
        let object = match (&of.holds, value) {
            (Holds::Value(kind), value) if *value != Value::None => object(py, *kind, value)?,
            _ => py.None().into_bound(py),
        };
        all.set_item(&of.name, object)?;
    }
    Ok(Some(all))
}

/// Refuses values for a new row that contradict what conditions say.
pub fn check_given<'a>(
    store: &Bound<'_, Store>,
    spec: &Spec,
    given: impl IntoIterator<Item = (usize, &'a Arg<'a>)>,
    said: &Said,
) -> PyResult<()> {
    for (field, arg) in given {
        for (_, value) in said.iter().filter(|(at, _)| *at == field) {
            if !matches!(arg, Arg::Value(given) if given == value) {
                let name = &spec.fields[field].name;
                let shown = |value: &Value| match &spec.fields[field].holds {
                    Holds::Value(of) => value.shown(*of),
                    Holds::Record(..) => value.to_string(),
                };
                let given = match arg {
                    Arg::Value(given) => shown(given),
                    Arg::Record(model, id) => format!("{} {id}", store.get().model_name(store.py(), *model)),
                };
                return Err(SchemaError::new_err(format!(
                    "{}.{name}: {given} was given, and the condition of this collection is that it is {}",
                    spec.name,
                    shown(value)
                )));
            }
        }
    }
    Ok(())
}

/// The values of arguments by field, as they are checked.
pub fn by_field<'a>(args: &'a [Arg<'a>], skip: &'a [usize]) -> impl Iterator<Item = (usize, &'a Arg<'a>)> {
    args.iter().enumerate().filter(move |(field, _)| !skip.contains(field))
}

/// Reads one new row: what is given for it, what conditions say, and defaults.
pub fn new_row<'py>(
    store: &Bound<'py, Store>,
    spec: &Spec,
    (args, named): (&Bound<'py, PyTuple>, Option<&Bound<'py, PyDict>>),
    skip: &[usize],
    said: &Said,
) -> PyResult<Vec<Arg<'static>>> {
    let named = completed(store.py(), spec, (args, named), skip, said)?;
    let given = arg::arguments(spec, args, named.as_ref(), skip)?;
    let values: Vec<Arg<'static>> =
        arg::values(store.as_unbound(), spec, &given)?.into_iter().map(Arg::into_owned).collect();
    check_given(store, spec, by_field(&values, skip), said)?;
    Ok(values)
}
