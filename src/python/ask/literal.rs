//! Values as Python writes them, so that they can be read again: by who reads a description, or runs a module.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use crate::python::record::value::object;
use crate::store::types::Type;
use crate::store::value::Value;

/// A value as it was written, where that is something of Python's own; else as the equal value that is: nobody who reads it
/// has the class of a number of NumPy, or the rules of a time zone.
pub fn of(given: &Bound<'_, PyAny>, of: Type, value: &Value) -> PyResult<String> {
    let py = given.py();
    match of {
        Type::Enum(_) => return member(given, value),
        Type::Json if is_plain(given)? => return repr(given),
        Type::Json => return Ok(format!("Json({})", repr(&object(py, of, value)?)?)),
        Type::Int
        | Type::Float
        | Type::Bool
        | Type::Text
        | Type::Bytes
        | Type::Time
        | Type::Date
        | Type::Duration
        | Type::Clock
        | Type::Uuid
        | Type::Decimal(_) => {}
    }
    if let Value::Float(float) = value
        && !float.is_finite()
    {
        return Ok(format!("float('{float}')").to_lowercase());
    }
    // Of most values: they are what they would become.
    let is_own = given.is_exact_instance_of::<PyInt>()
        || given.is_exact_instance_of::<PyString>()
        || given.is_exact_instance_of::<PyFloat>();
    if is_own {
        return repr(given);
    }
    let plain = object(py, of, value)?;
    let is_timed = matches!(of, Type::Time | Type::Clock);
    match plain.get_type().is(given.get_type()) && (!is_timed || is_of_no_zone(given)?) {
        true => repr(given),
        false => repr(&plain),
    }
}

fn repr(of: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(of.repr()?.to_string_lossy().into_owned())
}

/// Whether all that a marked value of JSON has in it is of Python's own types.
fn is_plain(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let mut open = vec![given.getattr(intern!(given.py(), "value"))?];
    while let Some(one) = open.pop() {
        if let Ok(list) = one.cast_exact::<PyList>() {
            open.extend(list.iter());
        } else if let Ok(dict) = one.cast_exact::<PyDict>() {
            open.extend(dict.iter().flat_map(|(key, value)| [key, value]));
        } else if !(one.is_none()
            || one.is_exact_instance_of::<PyString>()
            || one.is_exact_instance_of::<PyInt>()
            || one.is_exact_instance_of::<PyFloat>()
            || one.is_exact_instance_of::<PyBool>())
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a time has no rules of a zone, but at most a number of hours from UTC.
fn is_of_no_zone(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Some(zone) = given.getattr_opt(intern!(given.py(), "tzinfo"))? else { return Ok(true) };
    let fixed = given.py().import(intern!(given.py(), "datetime"))?.getattr(intern!(given.py(), "timezone"))?;
    Ok(zone.is_none() || zone.get_type().is(&fixed))
}

/// A member of an enum as Python shows it, whatever its class does.
fn member(given: &Bound<'_, PyAny>, value: &Value) -> PyResult<String> {
    let of = match value {
        Value::Int(_) => Type::Int,
        _ => Type::Text,
    };
    let value = repr(&object(given.py(), of, value)?)?;
    let (class, name) = (given.get_type().name()?, given.getattr(intern!(given.py(), "_name_"))?);
    let is_identifier = |name: &Bound<'_, PyString>| name.call_method0("isidentifier")?.is_truthy();
    match name.cast::<PyString>() {
        Ok(name) if is_identifier(name)? && is_identifier(&class)? => Ok(format!("<{class}.{name}: {value}>")),
        _ => Ok(value),
    }
}
