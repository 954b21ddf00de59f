//! Values across the border: what a user passes, as the engine stores it, and back.

use std::borrow::Cow;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyDate, PyDateTime, PyDelta, PyDeltaAccess, PyDict, PyFloat, PyInt, PyString, PyTuple, PyTzInfo,
};

use crate::python::error::{ForeignStoreError, wrong_type, wrong_value};
use crate::python::record::handle::Record;
use crate::python::store::Store;
use crate::python::store::class::{FieldSpec, Holds, Spec};
use crate::store::Store as Engine;
use crate::store::calendar::{EPOCH_ORDINAL, TIMES, day_and_rest};
use crate::store::error::Result;
use crate::store::id::{Id, ModelId};
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
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

    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Arg<'static> {
        match self {
            Arg::Value(value) => Arg::Value(value.into_owned()),
            Arg::Record(model, id) => Arg::Record(model, id),
        }
    }
}

/// All of them.
pub fn settle<'a>(engine: &Engine, args: &[Arg<'a>]) -> Result<Vec<Value<'a>>> {
    args.iter().map(|arg| arg.settle(engine)).collect()
}

/// The same with the fields that they are for.
pub fn settle_fields<'a>(engine: &Engine, args: &[(usize, Arg<'a>)]) -> Result<Vec<(usize, Value<'a>)>> {
    args.iter().map(|(field, arg)| Ok((*field, arg.settle(engine)?))).collect()
}

/// Reads what was passed for a field of a model of this store.
pub fn arg<'a>(store: &Py<Store>, spec: &Spec, field: &FieldSpec, given: &'a Bound<'_, PyAny>) -> PyResult<Arg<'a>> {
    if given.is_none() && field.optional {
        return Ok(Arg::Value(Value::None));
    }
    match &field.holds {
        Holds::Value(of) => match value(&spec.name, &field.name, *of, given) {
            Err(error) if error.is_instance_of::<PyTypeError>(given.py()) => match numpy_item(given)? {
                Some(item) => Ok(Arg::Value(value(&spec.name, &field.name, *of, &item)?.into_owned())),
                None => Err(error),
            },
            value => value.map(Arg::Value),
        },
        Holds::Record(model, ty) => {
            let id = record(store, *model, ty, given, || format!("{}.{}", spec.name, field.name))?;
            Ok(Arg::Record(*model, id))
        }
    }
}

/// The Python object that a NumPy scalar stands for.
pub fn numpy_item<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = given.py();
    let shape = given.getattr_opt(intern!(py, "shape"))?;
    let is_scalar = given.hasattr(intern!(py, "dtype"))? && shape.is_some_and(|shape| shape.is(PyTuple::empty(py)));
    if !is_scalar {
        return Ok(None);
    }
    let kind: String = given.getattr(intern!(py, "dtype"))?.getattr(intern!(py, "kind"))?.extract()?;
    match kind.as_str() {
        // Of nanoseconds `item()` is a bare count.
        "M" => {
            given.call_method1(intern!(py, "astype"), ("datetime64[us]",))?.call_method0(intern!(py, "item")).map(Some)
        }
        "m" => Ok(None),
        _ => given.call_method0(intern!(py, "item")).map(Some),
    }
}

/// Reads an element of a column, more kindly than a single value: a whole float fits an int field, and a datetime
/// without a zone is UTC. `what` is the model and field, for errors.
pub fn kindly<'a>(what: &str, of: Type, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    let py = given.py();
    let (model, field) = what.split_once('.').unwrap_or((what, ""));
    let error = match value(model, field, of, given) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(item) = numpy_item(given)? {
        return Ok(kindly(what, of, &item)?.into_owned());
    }
    match of {
        Type::Int
            if given.is_instance_of::<PyFloat>() && given.call_method0(intern!(py, "is_integer"))?.is_truthy()? =>
        {
            let whole = given.call_method0(intern!(py, "__int__"))?;
            Ok(value(model, field, of, &whole)?.into_owned())
        }
        Type::Int if given.is_instance_of::<PyFloat>() && !is_missing(given) => {
            Err(wrong_value(model, field, given, "is no whole number"))
        }
        Type::Time if given.is_instance_of::<PyDateTime>() && given.getattr(intern!(py, "tzinfo"))?.is_none() => {
            let zone = PyDict::new(py);
            zone.set_item(intern!(py, "tzinfo"), PyTzInfo::utc(py)?)?;
            let time = given.call_method(intern!(py, "replace"), (), Some(&zone))?;
            Ok(value(model, field, of, &time)?.into_owned())
        }
        _ => Err(error),
    }
}

/// Whether an object stands for a missing value: NaN, NaT, pandas' NA.
pub fn is_missing(given: &Bound<'_, PyAny>) -> bool {
    let is_na = || given.get_type().name().is_ok_and(|name| name == "NAType");
    given.ne(given).is_ok_and(|differs| differs) || is_na()
}

/// The id of a record of this model of this store. `what` says, for an error, what it was passed for.
pub fn record(
    store: &Py<Store>,
    model: ModelId,
    ty: &Py<pyo3::types::PyType>,
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
        _ => Err(wrong_type(&what(), &ty.bind(py).name()?.to_string(), given)),
    }
}

/// Reads an id to look for.
pub fn id(model: &str, given: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    value(model, "id", Type::Int, given).map(Value::into_owned)
}

/// Reads a value of a type.
fn value<'a>(model: &str, field: &str, of: Type, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    let refuse = || Err(wrong_type(&format!("{model}.{field}"), of.name(), given));
    let misfit = |why: &str| Err(wrong_value(model, field, given, why));
    let is_bool = given.is_instance_of::<PyBool>();
    match of {
        Type::Text => match given.cast::<PyString>() {
            Ok(text) => match text.to_str() {
                Ok(text) => Ok(Value::Text(Cow::Borrowed(text))),
                Err(_) => misfit("has a lone surrogate, which is no Unicode text"),
            },
            Err(_) => refuse(),
        },
        Type::Int if !is_bool => match integer(given)? {
            Some(int) => match int.extract::<i64>() {
                Ok(int) => Ok(Value::Int(int)),
                Err(_) => misfit("is over 64 bits"),
            },
            None => refuse(),
        },
        Type::Float if !is_bool => {
            let float = match (given.cast::<PyFloat>(), integer(given)?) {
                (Ok(float), _) => Ok(float.value()),
                (_, Some(int)) => int.extract::<f64>(),
                _ => return refuse(),
            };
            match float {
                Ok(float) if float.is_nan() => misfit("is no number; use None for a missing value"),
                Ok(float) => Ok(Value::Float(float)),
                Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => misfit("is too large for a float"),
                Err(error) => Err(error),
            }
        }
        Type::Bool => given.cast::<PyBool>().map(|bool| Value::Bool(bool.is_true())).or_else(|_| refuse()),
        Type::Bytes => {
            given.cast::<PyBytes>().map(|bytes| Value::Bytes(Cow::Borrowed(bytes.as_bytes()))).or_else(|_| refuse())
        }
        Type::Time => match given.cast::<PyDateTime>() {
            Ok(time) if time.call_method0("utcoffset")?.is_none() => {
                misfit("has no time zone; give it one, as in datetime.now(UTC)")
            }
            Ok(time) => match microseconds(time)? {
                Some(time) => Ok(Value::Int(time)),
                None => misfit("is before year 1 or after year 9999 in UTC"),
            },
            Err(_) => refuse(),
        },
        Type::Date => match given.cast::<PyDate>() {
            Ok(date) if !given.is_instance_of::<PyDateTime>() => {
                let days: i32 = date.call_method0("toordinal")?.extract()?;
                Ok(Value::Int((days - EPOCH_ORDINAL).into()))
            }
            _ => refuse(),
        },
        Type::Int | Type::Float => refuse(),
    }
}

/// An int, or what says by `__index__` that it is one; no bool reaches this.
fn integer<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if given.is_instance_of::<PyInt>() {
        return Ok(Some(given.clone()));
    }
    match given.get_type().hasattr("__index__")? {
        true => given.call_method0("__index__").map(Some),
        false => Ok(None),
    }
}

/// 1970-01-01 00:00 UTC, from which Python itself does the calendar.
fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyDateTime>> {
    static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let make = || {
        let utc = PyTzInfo::utc(py)?;
        PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
    };
    Ok(EPOCH.get_or_try_init(py, make)?.bind(py))
}

/// Microseconds since 1970 of an aware datetime, if that is in a year that UTC can show.
fn microseconds(time: &Bound<'_, PyDateTime>) -> PyResult<Option<i64>> {
    let since = time.sub(epoch(time.py())?)?.cast_into::<PyDelta>()?;
    let seconds = i64::from(since.get_days()) * 86_400 + i64::from(since.get_seconds());
    let time = seconds * 1_000_000 + i64::from(since.get_microseconds());
    Ok(TIMES.contains(&time).then_some(time))
}

/// A value of a type, or none, as a Python object. Runs no Python code, but for a type that is [`made_by_python`], which
/// therefore needs [`Cell`] under a lock.
pub fn object<'py>(py: Python<'py>, of: Type, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match (of, value) {
        (Type::Time, Value::Int(v)) => {
            let (day, rest) = day_and_rest(*v);
            let delta = PyDelta::new(py, day as i32, (rest / 1_000_000) as i32, (rest % 1_000_000) as i32, false)?;
            epoch(py)?.add(delta)
        }
        (Type::Date, Value::Int(v)) => {
            py.get_type::<PyDate>().call_method1("fromordinal", (v + i64::from(EPOCH_ORDINAL),))
        }
        (Type::Int | Type::Float | Type::Bool | Type::Text | Type::Bytes | Type::Time | Type::Date, value) => {
            plain(py, value)
        }
    }
}

/// Whether making an object of a type runs Python code.
pub fn made_by_python(of: Type) -> bool {
    match of {
        Type::Time | Type::Date => true,
        Type::Int | Type::Float | Type::Bool | Type::Text | Type::Bytes => false,
    }
}

/// A value as the object that its storage suggests. Runs no Python code.
fn plain<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::None => py.None().into_bound(py),
        Value::Int(v) => v.into_pyobject(py)?.into_any(),
        Value::Float(v) => PyFloat::new(py, *v).into_any(),
        Value::Bool(v) => PyBool::new(py, *v).to_owned().into_any(),
        Value::Text(v) => PyString::new(py, v).into_any(),
        Value::Bytes(v) => PyBytes::new(py, v).into_any(),
        Value::Row(row) => row.into_pyobject(py)?.into_any(),
    })
}

/// A cell that was read under the lock and becomes an object after it.
pub enum Cell<'py> {
    /// An object already: making it ran no Python code.
    Object(Bound<'py, PyAny>),
    /// A value whose object Python makes.
    Later(Type, Value<'static>),
    /// A record.
    Record(ModelId, Id),
}

impl<'py> Cell<'py> {
    /// Reads a cell of a field of this kind.
    pub fn read(py: Python<'py>, engine: &Engine, kind: &Kind<ModelId>, value: &Value) -> PyResult<Self> {
        Ok(match (kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) => Cell::Record(*to, engine.table(*to).id(*row)),
            (Kind::Reference(..), _) => Cell::Object(py.None().into_bound(py)),
            (Kind::Value(of), value) if made_by_python(*of) => Cell::Later(*of, value.clone().into_owned()),
            (Kind::Value(of), value) => Cell::Object(object(py, *of, value)?),
        })
    }

    /// The object, with no lock held.
    pub fn finish(self, store: &Bound<'py, Store>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Cell::Object(object) => Ok(object),
            Cell::Later(of, value) => object(store.py(), of, &value),
            Cell::Record(model, id) => Store::record(store, model, id),
        }
    }
}
