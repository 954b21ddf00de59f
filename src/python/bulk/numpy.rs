//! NumPy arrays as Arrow arrays over the same memory.

use std::panic::AssertUnwindSafe;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray};
use arrow_buffer::{Buffer, ScalarBuffer};
use numpy::{Element, PyArray1, PyArrayDescrMethods, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyMemoryView;

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
                // Short ones and those longer than a double have no type in Rust.
                (b'f', 2 | 10..) => numpy.getattr("float64")?,
                _ => dtype.call_method1("newbyteorder", ("=",))?,
            };
            Some(from_numbers(&numpy.call_method1("ascontiguousarray", (array, native))?, label)?)
        }
        b'M' => Some(from_datetimes(array, &numpy)?),
        _ => None,
    })
}

/// A contiguous array of numbers, of this machine's order of bytes.
fn from_numbers(array: &Bound<'_, PyAny>, label: &str) -> PyResult<ArrayRef> {
    macro_rules! of_any {
        ($($type:ty),*) => {
            $(if let Ok(array) = array.cast::<PyArray1<<$type as ArrowPrimitiveType>::Native>>() {
                return over::<$type>(array);
            })*
        };
    }
    of_any!(Int64Type, Float64Type, UInt32Type, Int32Type, UInt64Type, Float32Type);
    of_any!(Int8Type, Int16Type, UInt8Type, UInt16Type);
    Err(FieldError::new_err(format!("{label}: an array of no type of numbers")))
}

/// An Arrow array over the memory of NumPy's, which lives as long; over a copy where that is not aligned.
#[expect(unsafe_code, reason = "the memory of an array is a pointer")]
fn over<T: ArrowPrimitiveType<Native: Element>>(array: &Bound<'_, PyArray1<T::Native>>) -> PyResult<ArrayRef> {
    let Some(start) = NonNull::new(array.data().cast::<u8>()).filter(|_| array.is_aligned() && !array.is_empty())
    else {
        return Ok(Arc::new(PrimitiveArray::<T>::from_iter_values(array.to_vec()?)));
    };
    let owner = Arc::new(AssertUnwindSafe(array.clone().into_any().unbind()));
    // SAFETY: it is contiguous, so there are so many bytes, and NumPy keeps them while the array has an owner, who lives
    // as long as the buffer. That no other thread writes to them while they are read is, as with all that reads arrays
    // without the interpreter, its own promise; whatever bytes are read are numbers.
    let buffer = unsafe { Buffer::from_custom_allocation(start, array.len() * size_of::<T::Native>(), owner) };
    Ok(Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::new(buffer, 0, array.len()), None)))
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
