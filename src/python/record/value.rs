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
use crate::store::calendar::{DAY, EPOCH_ORDINAL, TIMES, Unit, day_and_rest};
use crate::store::text;
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

/// Reads an element of a column. It accepts what [`value`] does and, unlike that, a whole float for an int, 0 and 1 for a
/// bool, a datetime without a zone, which is UTC, a day for a datetime, text that says a value and, where its `unit` is
/// said, a number for a time. `what` is the model and field, for errors.
pub fn element<'a>(what: &str, of: Type, unit: Option<Unit>, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    let (model, field) = what.split_once('.').unwrap_or((what, ""));
    let error = match value(model, field, of, given) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(item) = numpy_item(given)? {
        return Ok(element(what, of, unit, &item)?.into_owned());
    }
    if given.is_instance_of::<PyString>() && text::is_read(of) && of != Type::Text {
        let Ok(Some(Value::Text(words))) = text_value(given) else { return Err(error) };
        return text::read(of, &words).map(Value::into_owned).map_err(|why| wrong_value(model, field, given, &why));
    }
    match kindly(of, unit, given) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(error),
        Err(Unread::Misfit(why)) => Err(wrong_value(model, field, given, why)),
        Err(Unread::Raised(error)) => Err(error),
    }
}

/// What an object of another type means in a column of this one; nothing where that is not sure.
fn kindly(of: Type, unit: Option<Unit>, given: &Bound<'_, PyAny>) -> ReadValue<'static> {
    match of {
        Type::Int => whole_float(given),
        Type::Bool => match whole_float(given)?.map_or_else(|| int_value(given), |whole| Ok(Some(whole)))? {
            Some(Value::Int(v @ (0 | 1))) => Ok(Some(Value::Bool(v == 1))),
            Some(_) => Err(Unread::Misfit("is neither 0 nor 1")),
            None => Ok(None),
        },
        Type::Time => match (given.cast::<PyDateTime>(), date_value(given)?) {
            (Ok(time), _) => Ok(as_utc(time)?.map(Value::Int)),
            (_, Some(Value::Int(day))) => Ok(Some(Value::Int(day * DAY))),
            _ => match counted(given, unit)? {
                Some(time) if TIMES.contains(&time) => Ok(Some(Value::Int(time))),
                Some(_) => Err(Unread::Misfit("is before year 1 or after year 9999 in UTC")),
                None => Ok(None),
            },
        },
        Type::Float | Type::Text | Type::Bytes | Type::Date => Ok(None),
    }
}

/// An int from a float; nothing for NaN and what is no float.
fn whole_float(given: &Bound<'_, PyAny>) -> ReadValue<'static> {
    match given.cast::<PyFloat>() {
        Ok(float) if float.value().is_nan() => Ok(None),
        Ok(_) if !given.call_method0("is_integer")?.is_truthy()? => Err(Unread::Misfit("is no whole number")),
        Ok(_) => int_value(&given.call_method0("__int__")?).map(|int| int.map(Value::into_owned)),
        Err(_) => Ok(None),
    }
}

/// A datetime without a zone as one in UTC, in microseconds; nothing where it has a zone.
fn as_utc(time: &Bound<'_, PyDateTime>) -> Result<Option<i64>, Unread> {
    let py = time.py();
    if !time.getattr(intern!(py, "tzinfo"))?.is_none() {
        return Ok(None);
    }
    let zone = PyDict::new(py);
    zone.set_item(intern!(py, "tzinfo"), PyTzInfo::utc(py)?)?;
    let time = time.call_method(intern!(py, "replace"), (), Some(&zone))?;
    Ok(microseconds(&time.cast_into().map_err(PyErr::from)?)?)
}

/// Microseconds, from a number of a unit; nothing where none is said, and for NaN and what is no number.
fn counted(given: &Bound<'_, PyAny>, unit: Option<Unit>) -> Result<Option<i64>, Unread> {
    let Some(unit) = unit else { return Ok(None) };
    let micros = match (given.cast::<PyFloat>(), int_value(given)?) {
        (Ok(float), _) if float.value().is_nan() => return Ok(None),
        (Ok(float), _) => unit.micros_of_float(float.value()),
        (_, Some(Value::Int(count))) => unit.micros(count),
        _ => return Ok(None),
    };
    micros.map(Some).ok_or(Unread::Misfit("is over 64 bits of microseconds"))
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
    let read = match of {
        Type::Text => text_value(given),
        Type::Int => int_value(given),
        Type::Float => float_value(given),
        Type::Bool => Ok(given.cast::<PyBool>().ok().map(|bool| Value::Bool(bool.is_true()))),
        Type::Bytes => Ok(given.cast::<PyBytes>().ok().map(|bytes| Value::Bytes(Cow::Borrowed(bytes.as_bytes())))),
        Type::Time => time_value(given),
        Type::Date => date_value(given),
    };
    match read {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(wrong_type(&format!("{model}.{field}"), of.name(), given)),
        Err(Unread::Misfit(why)) => Err(wrong_value(model, field, given, why)),
        Err(Unread::Raised(error)) => Err(error),
    }
}

/// Why an object of the right type was not read.
enum Unread {
    /// Its value does not fit.
    Misfit(&'static str),
    /// Code of its own raised this.
    Raised(PyErr),
}

impl From<PyErr> for Unread {
    fn from(error: PyErr) -> Self {
        Unread::Raised(error)
    }
}

/// A value; nothing for an object of another type.
type ReadValue<'a> = Result<Option<Value<'a>>, Unread>;

fn text_value<'a>(given: &'a Bound<'_, PyAny>) -> ReadValue<'a> {
    let Ok(text) = given.cast::<PyString>() else { return Ok(None) };
    let text = text.to_str().map_err(|_| Unread::Misfit("has a lone surrogate, which is no Unicode text"))?;
    Ok(Some(Value::Text(Cow::Borrowed(text))))
}

fn int_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    let Some(int) = integer(given)? else { return Ok(None) };
    int.extract::<i64>().map(|int| Some(Value::Int(int))).map_err(|_| Unread::Misfit("is over 64 bits"))
}

fn float_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    let float = match (given.cast::<PyFloat>(), integer(given)?) {
        (Ok(float), _) => float.value(),
        (_, Some(int)) => {
            int.extract::<f64>().map_err(|error| match error.is_instance_of::<PyOverflowError>(given.py()) {
                true => Unread::Misfit("is too large for a float"),
                false => Unread::Raised(error),
            })?
        }
        _ => return Ok(None),
    };
    match float.is_nan() {
        true => Err(Unread::Misfit("is no number; use None for a missing value")),
        false => Ok(Some(Value::Float(float))),
    }
}

fn time_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    let Ok(time) = given.cast::<PyDateTime>() else { return Ok(None) };
    if time.call_method0("utcoffset")?.is_none() {
        return Err(Unread::Misfit("has no time zone; give it one, as in datetime.now(UTC)"));
    }
    let time = microseconds(time)?.ok_or(Unread::Misfit("is before year 1 or after year 9999 in UTC"))?;
    Ok(Some(Value::Int(time)))
}

fn date_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    match given.cast::<PyDate>() {
        Ok(date) if !given.is_instance_of::<PyDateTime>() => {
            let days = date.call_method0("toordinal")?.extract::<i32>()?;
            Ok(Some(Value::Int((days - EPOCH_ORDINAL).into())))
        }
        _ => Ok(None),
    }
}

/// An int, or what says by `__index__` that it is one; no bool.
fn integer<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if given.is_instance_of::<PyBool>() {
        return Ok(None);
    }
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
