//! NumPy arrays as Arrow arrays over the same memory.

use std::sync::Arc;

use arrow_array::types::{
    ArrowTimestampType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray};
use numpy::{PyArray1, PyArrayDescrMethods, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyMemoryView;
use pyo3_arrow::PyArray;

use crate::python::error::FieldError;

/// Whether NumPy should say what an object holds: an array, unless it masks some of it, or a view of memory.
pub fn is_buffer(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_array = given.cast::<PyUntypedArray>().is_ok();
    Ok(is_array && !given.hasattr("mask")? || given.is_instance_of::<PyMemoryView>())
}

/// A NumPy array as an Arrow array, without a copy where it holds numbers; nothing where its elements are objects to
/// NumPy, which are read one by one.
pub fn from_numpy(array: &Bound<'_, PyUntypedArray>, label: &str) -> PyResult<Option<ArrayRef>> {
    let py = array.py();
    if array.ndim() > 1 {
        return Err(FieldError::new_err(format!("{label}: an array of {} dimensions", array.ndim())));
    }
    let numpy = py.import("numpy")?;
    if array.ndim() == 0 {
        return Ok(None);
    }
    let dtype = array.dtype();
    Ok(match dtype.kind() {
        b'b' => {
            // As bytes: a view of other memory may hold some that are neither 0 nor 1.
            let whole = numpy.call_method1("ascontiguousarray", (array,))?.call_method1("view", ("uint8",))?;
            let bytes = whole.cast_into::<PyArray1<u8>>()?.to_vec()?;
            Some(Arc::new(bytes.into_iter().map(|byte| Some(byte != 0)).collect::<BooleanArray>()))
        }
        b'i' | b'u' | b'f' => {
            let native = match (dtype.kind(), dtype.itemsize()) {
                // Neither is a type of Arrow's that a buffer could be.
                (b'f', 2 | 16) => numpy.getattr("float64")?,
                _ => dtype.call_method1("newbyteorder", ("=",))?,
            };
            let whole = numpy.call_method1("ascontiguousarray", (array, native))?;
            Some(whole.extract::<PyArray>()?.into_inner().0)
        }
        b'M' => Some(from_datetimes(array, &numpy)?),
        _ => None,
    })
}

/// An array of `datetime64` of any unit; NaT is null.
fn from_datetimes(array: &Bound<'_, PyUntypedArray>, numpy: &Bound<'_, PyModule>) -> PyResult<ArrayRef> {
    let (unit, step): (String, i64) = numpy.call_method1("datetime_data", (array.dtype(),))?.extract()?;
    let unit = match unit.as_str() {
        "s" | "ms" | "us" | "ns" if step == 1 => unit,
        "ms" | "us" | "ns" | "ps" | "fs" | "as" => "us".to_owned(),
        _ => "s".to_owned(),
    };
    let native = array.call_method1("astype", (format!("datetime64[{unit}]"),))?;
    let counts = native.call_method1("view", ("int64",))?.cast_into::<PyArray1<i64>>()?.to_vec()?;
    Ok(match unit.as_str() {
        "s" => timestamps::<TimestampSecondType>(counts),
        "ms" => timestamps::<TimestampMillisecondType>(counts),
        "us" => timestamps::<TimestampMicrosecondType>(counts),
        _ => timestamps::<TimestampNanosecondType>(counts),
    })
}

fn timestamps<T: ArrowTimestampType>(counts: Vec<i64>) -> ArrayRef {
    // NaT is the smallest of all integers.
    Arc::new(counts.into_iter().map(|count| (count > i64::MIN).then_some(count)).collect::<PrimitiveArray<T>>())
}
