//! Values across the border: what a user passes, as the engine stores it, and back. Knows no store.

use std::borrow::Cow;

use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyDate, PyDateTime, PyDelta, PyDeltaAccess, PyDict, PyFloat, PyInt, PyString, PyTime,
    PyTimeAccess, PyType, PyTzInfo,
};

use crate::python::error::{wrong_type, wrong_value};
use crate::python::locks::assert_none_held;
use crate::python::record::{json, members};
use crate::store::calendar::{DAY, EPOCH_ORDINAL, LONGEST, TIMES, day_and_rest};
use crate::store::decimal::{self, DIGITS, TOO_FINE, TOO_LARGE};
use crate::store::types::{Storage, Type};
use crate::store::value::Value;
use crate::store::wide::Wide;

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
        Type::Duration => duration_value(given),
        Type::Clock => clock_value(given),
        Type::Uuid => uuid_value(given),
        Type::Json => return json::value(model, field, given),
        Type::Decimal(scale) => decimal_value(given, scale),
        Type::Enum(members) => match members::is_member(members, given)? {
            true => member_value(of, given),
            false => Ok(None),
        },
    };
    match read {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(wrong_type(&format!("{model}.{field}"), of.name(), given)),
        Err(Unread::Misfit(why)) => Err(wrong_value(model, field, given, why)),
        Err(Unread::Raised(error)) => Err(error),
    }
}

/// The type that an object is of by itself, where a field could have it; of a Decimal with as many digits as it has.
pub fn type_of(given: &Bound<'_, PyAny>) -> PyResult<Option<Type>> {
    Ok(Some(if given.is_instance_of::<PyBool>() {
        Type::Bool
    } else if given.is_instance(enum_class(given.py())?)? {
        return members::of_enum(&given.get_type()).map(Some);
    } else if given.is_instance_of::<PyString>() {
        Type::Text
    } else if given.is_instance_of::<PyBytes>() {
        Type::Bytes
    } else if given.is_instance_of::<PyFloat>() {
        Type::Float
    } else if given.is_instance_of::<PyDateTime>() {
        Type::Time
    } else if given.is_instance_of::<PyDate>() {
        Type::Date
    } else if given.is_instance_of::<PyTime>() {
        Type::Clock
    } else if given.is_instance_of::<PyDelta>() {
        Type::Duration
    } else if given.is_instance(uuid_class(given.py())?)? {
        Type::Uuid
    } else if given.is_instance(decimal_class(given.py())?)? {
        let exponent = given.call_method0("as_tuple")?.getattr("exponent")?;
        let digits = exponent.extract::<i64>().map_or(0, |exponent| (-exponent).clamp(0, DIGITS as i64));
        Type::Decimal(digits as u8)
    } else if json::is_marked(given)? {
        Type::Json
    } else if integer(given)?.is_some() {
        Type::Int
    } else {
        return Ok(None);
    }))
}

fn enum_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static ENUM: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    ENUM.import(py, "enum", "Enum")
}

/// Why an object of the right type was not read.
pub(super) enum Unread {
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
pub(super) type ReadValue<'a> = Result<Option<Value<'a>>, Unread>;

pub(super) fn text_value<'a>(given: &'a Bound<'_, PyAny>) -> ReadValue<'a> {
    let Ok(text) = given.cast::<PyString>() else { return Ok(None) };
    let text = text.to_str().map_err(|_| Unread::Misfit("has a lone surrogate, which is no Unicode text"))?;
    Ok(Some(Value::Text(Cow::Borrowed(text))))
}

pub(super) fn int_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
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

pub(super) fn date_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    match given.cast::<PyDate>() {
        Ok(date) if !given.is_instance_of::<PyDateTime>() => {
            let days = date.call_method0("toordinal")?.extract::<i32>()?;
            Ok(Some(Value::Int((days - EPOCH_ORDINAL).into())))
        }
        _ => Ok(None),
    }
}

/// The value of a member.
fn member_value<'a>(of: Type, given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    let value = given.getattr("_value_")?;
    let read = if of.storage() == Storage::Text { text_value(&value) } else { int_value(&value) };
    read.map(|value| value.map(Value::into_owned))
}

fn decimal_value<'a>(given: &Bound<'_, PyAny>, scale: u8) -> ReadValue<'a> {
    let text: String = match (given.is_instance(decimal_class(given.py())?)?, integer(given)?) {
        (true, _) => {
            if !given.call_method0("is_finite")?.is_truthy()? {
                return Err(Unread::Misfit("is no finite number; use None for a missing value"));
            }
            let exponent: i64 = given.call_method0("as_tuple")?.getattr("exponent")?.extract()?;
            let first: i64 = given.call_method0("adjusted")?.extract()?;
            let is_zero = !given.is_truthy()?;
            // Written out, such a number may fill the memory.
            match (is_zero, first > DIGITS as i64, exponent < -1000) {
                (true, ..) => "0".to_owned(),
                (_, true, _) => return Err(Unread::Misfit(TOO_LARGE)),
                (_, _, true) => return Err(Unread::Misfit(TOO_FINE)),
                _ => given.call_method1("__format__", ("f",))?.extract()?,
            }
        }
        (false, Some(int)) => match int.extract::<i128>() {
            Ok(int) => int.to_string(),
            Err(_) => return Err(Unread::Misfit(TOO_LARGE)),
        },
        (false, None) => return Ok(None),
    };
    let number = decimal::parsed(&text, scale).map_err(Unread::Misfit)?;
    Ok(Some(Value::Wide(number.into())))
}

fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}

fn uuid_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    match given.is_instance(uuid_class(given.py())?)? {
        true => Ok(Some(Value::Wide(Wide::of_uuid(given.getattr("int")?.extract()?)))),
        false => Ok(None),
    }
}

fn uuid_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static UUID: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    UUID.import(py, "uuid", "UUID")
}

fn clock_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    let Ok(time) = given.cast::<PyTime>() else { return Ok(None) };
    if !time.getattr("tzinfo")?.is_none() {
        return Err(Unread::Misfit("has a time zone; a time of day is kept without one"));
    }
    let minutes = i64::from(time.get_hour()) * 60 + i64::from(time.get_minute());
    let seconds = minutes * 60 + i64::from(time.get_second());
    Ok(Some(Value::Int(seconds * 1_000_000 + i64::from(time.get_microsecond()))))
}

fn duration_value<'a>(given: &Bound<'_, PyAny>) -> ReadValue<'a> {
    let Ok(duration) = given.cast::<PyDelta>() else { return Ok(None) };
    let micros = i64::from(duration.get_seconds()) * 1_000_000 + i64::from(duration.get_microseconds());
    let micros = i64::from(duration.get_days()).checked_mul(DAY).and_then(|days| days.checked_add(micros));
    match micros.filter(|micros| (-LONGEST..=LONGEST).contains(micros)) {
        Some(micros) => Ok(Some(Value::Int(micros))),
        None => Err(Unread::Misfit("is longer than 106,751,991 days, which 64 bits of microseconds hold")),
    }
}

/// An int, or what says by `__index__` that it is one; no bool.
pub fn integer<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
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
pub(super) fn microseconds(time: &Bound<'_, PyDateTime>) -> PyResult<Option<i64>> {
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
        (Type::Time, Value::Int(v)) => epoch(py)?.add(delta(py, *v)?),
        (Type::Date, Value::Int(v)) => {
            py.get_type::<PyDate>().call_method1("fromordinal", (v + i64::from(EPOCH_ORDINAL),))
        }
        (Type::Decimal(scale), Value::Wide(v)) => decimal_class(py)?.call1((decimal::text((*v).into(), scale),)),
        (Type::Uuid, Value::Wide(v)) => {
            let int = PyDict::new(py);
            int.set_item(intern!(py, "int"), v.uuid())?;
            uuid_class(py)?.call((), Some(&int))
        }
        (Type::Json, Value::Text(v)) => json::object(py, v),
        (Type::Clock, Value::Int(v)) => clock(py, *v).map(Bound::into_any),
        (Type::Duration, Value::Int(v)) => delta(py, *v).map(Bound::into_any),
        (Type::Enum(members), value) => members::member(members, &plain(py, value)?),
        (Type::Int | Type::Float | Type::Bool | Type::Text | Type::Bytes, value) => plain(py, value),
        (Type::Time | Type::Date | Type::Duration | Type::Clock | Type::Uuid | Type::Decimal(_) | Type::Json, v) => {
            plain(py, v)
        }
    }
}

/// So many microseconds as a timedelta.
fn delta(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyDelta>> {
    let (days, rest) = day_and_rest(micros);
    PyDelta::new(py, days as i32, (rest / 1_000_000) as i32, (rest % 1_000_000) as i32, false)
}

/// So many microseconds after midnight as a time.
fn clock(py: Python<'_>, time: i64) -> PyResult<Bound<'_, PyTime>> {
    let (minutes, rest) = (time / 60_000_000, time % 60_000_000);
    let (second, micros) = ((rest / 1_000_000) as u8, (rest % 1_000_000) as u32);
    PyTime::new(py, (minutes / 60) as u8, (minutes % 60) as u8, second, micros, None)
}

/// Whether making an object of a type runs Python code.
pub fn made_by_python(of: Type) -> bool {
    match of {
        Type::Time | Type::Date | Type::Duration | Type::Clock | Type::Uuid | Type::Decimal(_) | Type::Json => true,
        Type::Int | Type::Float | Type::Bool | Type::Text | Type::Bytes | Type::Enum(_) => false,
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
        Value::Wide(v) => i128::from(*v).into_pyobject(py)?.into_any(),
        Value::Row(row) => row.into_pyobject(py)?.into_any(),
    })
}

/// A keyword as text; a lone surrogate in it, which no name of a field has, becomes a replacement character.
pub fn text(name: &Bound<'_, PyAny>) -> String {
    name.cast::<PyString>().map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned())
}
