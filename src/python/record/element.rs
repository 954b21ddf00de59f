//! Elements of columns: read more kindly than single values.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDateTime, PyDict, PyFloat, PyString, PyTuple, PyTzInfo};

use crate::python::error::wrong_value;
use crate::python::record::value::{ReadValue, Unread, date_value, int_value, microseconds, text_value, value};
use crate::python::record::{instead, json};
use crate::store::calendar::{DAY, LONGEST, TIMES, Unit};
use crate::store::text;
use crate::store::types::{Storage, Type};
use crate::store::value::Value;
use crate::store::wide::Wide;

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
        "m" => {
            let name: String = given.getattr(intern!(py, "dtype"))?.getattr(intern!(py, "name"))?.extract()?;
            // Without a unit it is of no length, and in months of none that is known.
            match name.as_str() {
                "timedelta64" | "timedelta64[Y]" | "timedelta64[M]" => Ok(None),
                _ => {
                    let micros = given.call_method1(intern!(py, "astype"), ("timedelta64[us]",))?;
                    micros.call_method0(intern!(py, "item")).map(Some)
                }
            }
        }
        _ => given.call_method0(intern!(py, "item")).map(Some),
    }
}

/// Reads an element of a column. It accepts what [`value`] does and, unlike that, a whole float for an int, 0 and 1 for a
/// bool, a datetime without a zone, which is UTC, a day for a datetime, text that says a value and, where its `unit` is
/// said, a number for a time. `what` is the model and field, for errors.
pub fn element<'a>(what: &str, of: Type, unit: Option<Unit>, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    let (model, field) = what.split_once('.').unwrap_or((what, ""));
    if of == Type::Json {
        return json::element(model, field, given);
    }
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
        Ok(None) => Err(instead::listed(error, of, given)),
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
        Type::Uuid => match given.cast::<PyBytes>() {
            Ok(bytes) => match bytes.as_bytes().try_into() {
                Ok(bytes) => Ok(Some(Value::Wide(Wide::of_uuid(u128::from_be_bytes(bytes))))),
                Err(_) => Err(Unread::Misfit("is not the 16 bytes of a UUID")),
            },
            Err(_) => Ok(None),
        },
        Type::Clock => match counted(given, unit)? {
            Some(micros) if (0..DAY).contains(&micros) => Ok(Some(Value::Int(micros))),
            Some(_) => Err(Unread::Misfit("is not between midnight and midnight")),
            None => Ok(None),
        },
        Type::Duration => match counted(given, unit)? {
            Some(micros) if (-LONGEST..=LONGEST).contains(&micros) => Ok(Some(Value::Int(micros))),
            Some(_) => Err(Unread::Misfit("is over 64 bits of microseconds")),
            None => Ok(None),
        },
        Type::Enum(members) => match whole_float(given)?.map_or_else(|| int_value(given), |whole| Ok(Some(whole)))? {
            Some(Value::Int(int)) if of.storage() == Storage::Int64 => match members.of_int(int) {
                Some(_) => Ok(Some(Value::Int(int))),
                None => Err(Unread::Misfit("is the value of no member")),
            },
            _ => Ok(None),
        },
        Type::Float | Type::Text | Type::Bytes | Type::Date | Type::Decimal(_) | Type::Json => Ok(None),
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
    // An array of one NaN is not equal to itself either.
    let is_one = || !given.hasattr("__iter__").unwrap_or(true);
    given.ne(given).is_ok_and(|differs| differs) && is_one() || is_na()
}
