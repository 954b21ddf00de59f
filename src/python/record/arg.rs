//! Arguments: what is passed for the fields of one row. They become values of the engine only under the store's lock.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::python::error::{ForeignStoreError, SchemaError, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::value::{self, text};
use crate::python::record::{element, instead};
use crate::python::store::Store;
use crate::python::store::class::{Default, FieldSpec, Holds, Spec};
use crate::python::store::habits;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId};
use crate::store::value::Value;

/// A value on its way in. A record becomes a row only under the store's lock.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    Value(Value<'a>),
    Record(ModelId, Id),
}

impl<'a> Arg<'a> {
    /// The value as the engine takes it; a record must still be there.
    pub fn settle(&self, engine: &Engine) -> Result<Value<'a>> {
        match self {
            Arg::Value(value) => Ok(value.clone()),
            Arg::Record(model, id) => engine.row(*model, *id).map(Value::Row),
        }
    }

    /// An equal argument that borrows nothing.
    pub fn into_owned(self) -> Arg<'static> {
        match self {
            Arg::Value(value) => Arg::Value(value.into_owned()),
            Arg::Record(model, id) => Arg::Record(model, id),
        }
    }
}

/// The values of all arguments.
pub fn settle<'a>(engine: &Engine, args: &[Arg<'a>]) -> Result<Vec<Value<'a>>> {
    args.iter().map(|arg| arg.settle(engine)).collect()
}

/// The values of arguments with the fields that they are for.
pub fn settle_fields<'a>(engine: &Engine, args: &[(usize, Arg<'a>)]) -> Result<Vec<(usize, Value<'a>)>> {
    args.iter().map(|(field, arg)| Ok((*field, arg.settle(engine)?))).collect()
}

/// Reads what was passed for a field of a model of this store.
pub fn arg<'a>(store: &Py<Store>, spec: &Spec, field: &FieldSpec, given: &'a Bound<'_, PyAny>) -> PyResult<Arg<'a>> {
    if given.is_none() && field.optional {
        return Ok(Arg::Value(Value::None));
    }
    match &field.holds {
        Holds::Value(of) => match value::value(&spec.name, &field.name, *of, given) {
            Err(error) if error.is_instance_of::<PyTypeError>(given.py()) => match element::numpy_item(given)? {
                Some(item) => match value::value(&spec.name, &field.name, *of, &item) {
                    Ok(value) => Ok(Arg::Value(value.into_owned())),
                    Err(error) => Err(instead::single(error, *of, &item)),
                },
                None => Err(instead::single(error, *of, given)),
            },
            read => read.map(Arg::Value),
        },
        Holds::Record(model, ty) => {
            let id = record(store, *model, ty, given, || format!("{}.{}", spec.name, field.name))?;
            Ok(Arg::Record(*model, id))
        }
    }
}

/// The id of a record of this model of this store. `what` says, for an error, what it was passed for.
pub fn record(
    store: &Py<Store>,
    model: ModelId,
    ty: &Py<PyType>,
    given: &Bound<'_, PyAny>,
    what: impl Fn() -> String,
) -> PyResult<Id> {
    let py = given.py();
    match given.cast::<Record>() {
        Ok(record) if record.get().is_in(store) && record.get().model == model => Ok(record.get().id()),
        Ok(record) if given.get_type().is(ty) && !record.get().is_in(store) => {
            let shown = record.repr()?;
            Err(ForeignStoreError::new_err(format!("{}: {shown} is of another store", what())))
        }
        _ => {
            let wanted = ty.bind(py).name()?.to_string();
            let error = wrong_type(&what(), &wanted, given);
            let (target, _) = store.bind(py).get().spec(py, model);
            Err(PyTypeError::new_err(format!("{}{}", error.value(py), habits::of_member(&target, given))))
        }
    }
}

/// The keywords of a call, by name.
pub fn keywords<'py>(
    given: Option<&Bound<'py, PyDict>>,
) -> impl Iterator<Item = (String, Bound<'py, PyAny>)> + use<'py> {
    given.cloned().into_iter().flatten().map(|(name, value)| (text(&name), value))
}

/// Values for fields by name, as `update` takes them. Raises `SchemaError` for a name that is no field.
pub fn by_name<'py>(
    store: &Py<Store>,
    spec: &Spec,
    given: impl IntoIterator<Item = (String, Bound<'py, PyAny>)>,
) -> PyResult<Vec<(usize, Arg<'static>)>> {
    let read = |(name, given): (String, Bound<'py, PyAny>)| {
        let field = spec.field(&name).ok_or_else(|| spec.no_field(&name))?;
        Ok((field, arg(store, spec, &spec.fields[field], &given)?.into_owned()))
    };
    given.into_iter().map(read).collect()
}

/// The arguments of a constructor call, one a field: positions first (fields of `skip` left out), then names, then
/// defaults.
pub fn arguments<'py>(
    spec: &Spec,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    skip: &[usize],
) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
    let py = args.py();
    let mut given: Vec<Option<Bound<'py, PyAny>>> = vec![None; spec.fields.len()];
    let places = (0..spec.fields.len()).filter(|at| !skip.contains(at) && !spec.fields[*at].kw_only);
    if args.len() > places.clone().count() {
        let (name, most, got) = (&spec.name, places.count(), args.len());
        return Err(PyTypeError::new_err(format!("{name} takes {most} positional arguments, {got} were given")));
    }
    places.zip(args.iter()).for_each(|(at, arg)| given[at] = Some(arg));
    for (name, arg) in kwargs.into_iter().flatten() {
        let name = text(&name);
        let at = spec.field(&name).ok_or_else(|| spec.no_field(&name))?;
        if skip.contains(&at) {
            let message = format!("{}.{name} is what the collection itself sets", spec.name);
            return Err(SchemaError::new_err(message));
        }
        if given[at].is_some() {
            return Err(PyTypeError::new_err(format!("{} got {name} twice", spec.name)));
        }
        given[at] = Some(arg);
    }
    let missing: Vec<&str> = (0..spec.fields.len())
        .filter(|at| !skip.contains(at) && given[*at].is_none())
        .filter(|&at| matches!(spec.fields[at].default, Default::Required))
        .map(|at| spec.fields[at].name.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(PyTypeError::new_err(format!("{} needs {}", spec.name, missing.join(", "))));
    }
    for (at, place) in given.iter_mut().enumerate().filter(|(at, place)| !skip.contains(at) && place.is_none()) {
        *place = spec.fields[at].default.get(py)?;
    }
    Ok(given)
}

/// Arguments, one a field, as values for the engine. What is not given (a field of `skip`) is none.
pub fn values<'a>(store: &Py<Store>, spec: &Spec, given: &'a [Option<Bound<'_, PyAny>>]) -> PyResult<Vec<Arg<'a>>> {
    let read = |(field, given): (&FieldSpec, &'a Option<Bound<'_, PyAny>>)| match given {
        Some(given) => arg(store, spec, field, given),
        None => Ok(Arg::Value(Value::None)),
    };
    spec.fields.iter().zip(given).map(read).collect()
}
