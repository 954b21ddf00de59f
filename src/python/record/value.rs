//! Values across the border: what a user passes, as the engine stores it, and back. Knows no store.

use std::borrow::Cow;

use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyDate, PyDateTime, PyDelta, PyDeltaAccess, PyDict, PyFloat, PyInt, PyString, PyTuple, PyTzInfo,
};

use crate::python::error::{wrong_type, wrong_value};
use crate::python::locks::assert_none_held;
use crate::store::calendar::{EPOCH_ORDINAL, TIMES, day_and_rest};
use crate::store::types::Type;
use crate::store::value::Value;

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

/// Reads an element of a column. It accepts what [`value`] does and, unlike that, a whole float for an int and a datetime
/// without a zone, which is UTC. `what` is the model and field, for errors.
pub fn element<'a>(what: &str, of: Type, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    let py = given.py();
    let (model, field) = what.split_once('.').unwrap_or((what, ""));
    let error = match value(model, field, of, given) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(item) = numpy_item(given)? {
        return Ok(element(what, of, &item)?.into_owned());
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

/// Reads an id to look for.
pub fn id(model: &str, given: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    value(model, "id", Type::Int, given).map(Value::into_owned)
}

/// Reads a value of a type. `model` and `field` are for errors.
pub fn value<'a>(model: &str, field: &str, of: Type, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    assert_none_held();
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
/// is therefore left until the lock is given back.
pub fn object<'py>(py: Python<'py>, of: Type, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    if made_by_python(of) {
        assert_none_held();
    }
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

/// A keyword as text; a lone surrogate in it, which no name of a field has, becomes a replacement character.
pub fn text(name: &Bound<'_, PyAny>) -> String {
    name.cast::<PyString>().map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned())
}
