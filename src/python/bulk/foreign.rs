//! Arrow arrays that come from elsewhere, from the capsules in which producers hand them over.

use pyo3::exceptions::{PyNotImplementedError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::exchange::foreign::{Foreign, Refusal};
use crate::python::capsule::{held_schema, taken_array, taken_stream};
use crate::python::error::{FieldError, heard, raise_of_stop};
use crate::python::panic::quietly;
use crate::python::record::value::text;

/// Reads something of a column or table; what the Arrow crates panic over after all is an error of the input, and what
/// was read is thrown away.
pub fn carefully<T>(label: &str, read: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let broken = || Err(FieldError::new_err(format!("{label}: a broken Arrow array")));
    heard(|| quietly(read))
        .map_or_else(|stop| Err(Python::attach(|py| raise_of_stop(py, stop))), |read| read.unwrap_or_else(broken))
}

/// Whether an object hands over Arrow arrays.
pub fn is_producer(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_one = given.hasattr("__arrow_c_array__")? || given.hasattr("__arrow_c_stream__")?;
    Ok(is_one && !(is_of_polars(given)? && given.getattr_opt("dtype")?.is_some_and(|of| are_to_be_listed(&of))))
}

/// The columns of a frame of polars in which some are Python objects, for which it would hand over their addresses, or
/// nothing but nulls, which it does not hand over as the interface has them.
pub fn columns_with_objects<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    if !is_of_polars(given)? || !given.hasattr("get_columns")? {
        return Ok(None);
    }
    let columns = given.call_method0("get_columns")?.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let is_any = columns.iter().any(|column| column.getattr("dtype").is_ok_and(|of| are_to_be_listed(&of)));
    Ok(is_any.then_some(columns))
}

/// Columns, and what they are called.
pub type NamedColumns<'py> = Vec<(String, Bound<'py, PyAny>)>;

/// The columns of a frame of pandas, by name, where one of those that `is_meant` holds Python objects: as Arrow these are
/// other values.
pub fn columns_of_pandas<'py>(
    given: &Bound<'py, PyAny>,
    is_meant: impl Fn(&str) -> bool,
) -> PyResult<Option<NamedColumns<'py>>> {
    if !is_of_pandas(given)? || !given.hasattr("columns")? {
        return Ok(None);
    }
    let mut columns = Vec::new();
    let mut is_any = false;
    for item in given.call_method0("items")?.try_iter()? {
        let (name, column): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item?.extract()?;
        let name = text(&name);
        is_any |= is_meant(&name) && are_objects_of_pandas(&column)?;
        columns.push((name, column));
    }
    Ok(is_any.then_some(columns))
}

/// Whether a series of pandas holds Python objects.
pub fn are_objects_of_pandas(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(is_of_pandas(given)?
        && given.getattr_opt("dtype")?.is_some_and(|of| of.str().is_ok_and(|name| name == "object")))
}

fn is_of_pandas(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let module = given.get_type().module()?.to_string_lossy().into_owned();
    Ok(module == "pandas" || module.starts_with("pandas."))
}

fn is_of_polars(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(given.get_type().module()?.to_string_lossy().starts_with("polars."))
}

/// Whether cells of this type are read one by one.
fn are_to_be_listed(dtype: &Bound<'_, PyAny>) -> bool {
    dtype.repr().is_ok_and(|name| matches!(&*name.to_string_lossy(), "Object" | "Null"))
}

/// What a producer hands over. Raises what it raises, and `FieldError` where the structs are broken; nothing is read,
/// with a `FieldError` to say so, of a type that is not known here or of a stream that gives no type.
pub fn foreign(label: &str, given: &Bound<'_, PyAny>) -> PyResult<Result<Foreign, PyErr>> {
    let read = match given.hasattr("__arrow_c_array__")? {
        true => {
            let made = given.call_method0("__arrow_c_array__")?;
            let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = made.extract()?;
            let (schema, array) = (held_schema(&schema)?, taken_array(&array)?);
            quietly(|| Foreign::from_array(schema, array))
        }
        false => {
            let made = given.call_method0("__arrow_c_stream__")?.cast_into::<PyCapsule>()?;
            let stream = taken_stream(&made)?;
            quietly(|| Foreign::from_stream(stream))
        }
    };
    let error = |why: &str| FieldError::new_err(format!("{label}: {why}"));
    match read {
        Some(Ok(arrays)) => Ok(Ok(arrays)),
        Some(Err(Refusal::Unknown(why))) => Ok(Err(error(&why))),
        Some(Err(Refusal::Broken(why))) => Err(error(&format!("a broken Arrow array: {why}"))),
        None => Err(error("a broken Arrow array: nothing of it can be read")),
    }
}

/// Whether a producer says by this that it cannot make Arrow arrays of its objects; anything else is a fault of its own.
pub fn is_refusal(py: Python<'_>, error: &PyErr) -> bool {
    let is_said = error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyValueError>(py)
        || error.is_instance_of::<PyNotImplementedError>(py);
    is_said && !error.is_instance_of::<FieldError>(py)
}
