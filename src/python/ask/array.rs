//! Values as NumPy arrays.

use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice};

use crate::python::record::value;
use crate::store::cells::column::Column;
use crate::store::id::Row;
use crate::store::room;
use crate::store::types::Type;
use crate::store::value::Value;

/// Values, as an array is to hold them.
pub enum Array<'py> {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
    /// NumPy's name of the type, and counts of its unit.
    Time(&'static str, Vec<i64>),
    Object(Vec<Bound<'py, PyAny>>),
    /// Values that become objects once the lock is given back.
    Later(Type, Vec<Value<'static>>),
}

/// Bytes that a small object takes, and its place in a list.
pub const OBJECT: usize = 64;

impl<'py> Array<'py> {
    /// So many values of a type. Runs no Python code.
    pub fn read<'v>(py: Python<'py>, of: Type, len: usize, value: impl Fn(usize) -> Value<'v>) -> PyResult<Self> {
        let values = || (0..len).map(&value);
        // NaT is the smallest integer.
        let count = |value| if let Value::Int(v) = value { v } else { i64::MIN };
        let float = |value| if let Value::Float(v) = value { v } else { f64::NAN };
        let is_whole = || !values().any(|value| value.is_none());
        Ok(match of {
            Type::Time => Array::Time("datetime64[us]", room::collected(values().map(count))),
            Type::Date => Array::Time("datetime64[D]", room::collected(values().map(count))),
            Type::Duration => Array::Time("timedelta64[us]", room::collected(values().map(count))),
            Type::Float => Array::Float(room::collected(values().map(float))),
            Type::Bool if is_whole() => Array::Bool(room::collected(values().map(|value| value == Value::Bool(true)))),
            Type::Int if is_whole() => Array::Int(room::collected(values().map(count))),
            Type::Clock | Type::Uuid | Type::Decimal(_) | Type::Json => {
                room::check(len * OBJECT);
                Array::Later(of, room::collected(values().map(Value::into_owned)))
            }
            Type::Int | Type::Bool | Type::Text | Type::Bytes | Type::Enum(_) => {
                room::check(len * OBJECT);
                Array::Object(values().map(|value| value::object(py, of, &value)).collect::<PyResult<_>>()?)
            }
        })
    }

    /// As [`read`](Self::read), of a whole column: its numbers are handed over as they lie there.
    pub fn of_column(py: Python<'py>, of: Type, column: Column) -> PyResult<Self> {
        Ok(match of {
            Type::Int if column.first_none().is_none() => Array::Int(column.into_ints(0)),
            Type::Float => Array::Float(column.into_floats(f64::NAN)),
            // NaT is the smallest integer.
            Type::Time => Array::Time("datetime64[us]", column.into_ints(i64::MIN)),
            Type::Duration => Array::Time("timedelta64[us]", column.into_ints(i64::MIN)),
            _ => return Array::read(py, of, column.len(), |row| column.get(row as Row)),
        })
    }

    /// The array, with no lock held.
    pub fn finish(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Array::Int(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Float(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Bool(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Time(unit, values) => values.into_pyarray(py).call_method1("view", (unit,)),
            Array::Object(objects) => of_objects(py, objects),
            Array::Later(of, values) => {
                let objects = values.iter().map(|value| value::object(py, of, value));
                of_objects(py, objects.collect::<PyResult<_>>()?)
            }
        }
    }
}

/// An array of objects.
pub fn of_objects<'py>(py: Python<'py>, objects: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let array = py.import("numpy")?.call_method1("empty", (objects.len(), "object"))?;
    // One by one where they are lists: NumPy would look into them.
    match objects.iter().any(|object| object.is_instance_of::<PyList>()) {
        true => objects.into_iter().enumerate().try_for_each(|(at, object)| array.set_item(at, object))?,
        false => array.set_item(PySlice::full(py), PyList::new(py, objects)?)?,
    }
    Ok(array)
}
