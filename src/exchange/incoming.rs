//! Arrow arrays into the engine's columns, chunk by chunk.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray, make_array};
use arrow_schema::{DataType, TimeUnit};

use crate::exchange::rows::Rows;
use crate::store::calendar::{DAYS, TIMES, day_and_rest};
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::stop::{Pace, looking};
use crate::store::types::Type;
use crate::store::value::Value;

/// Why an array was not taken.
#[derive(Debug)]
pub enum Misfit {
    /// The whole array is of a type that the column does not take.
    Type(String),
    /// A row of it does not fit: which one, and why.
    Row(usize, String),
    /// A row of it holds no id that a row could have.
    Id(usize, String),
}

type Result<T> = std::result::Result<T, Misfit>;

/// Appends an array's values to a column of a type. A null is no value, and so is NaN; a column that may not hold none
/// refuses both. Whole floats fit an int column, midnights without a zone a date column, and a time without a zone is
/// UTC; digits beyond the microsecond are dropped.
pub fn values(column: &mut Column, of: Type, array: &ArrayRef) -> Result<()> {
    let array = rows(array)?;
    let refuse = || Err(Misfit::Type(array.cells.data_type().to_string()));
    let mut sink = Sink { column, row: 0, pace: Pace::default() };
    if is_missing(&array) {
        return (0..array.len()).try_for_each(|_| sink.push(Ok(Value::None)));
    }
    match of {
        Type::Int => each_number(&array, |number| sink.push(int(number))).unwrap_or_else(refuse),
        Type::Float => each_number(&array, |number| sink.push(Ok(float(number)))).unwrap_or_else(refuse),
        Type::Bool => match array.cells.as_boolean_opt() {
            Some(bools) => array.each(bools, |v| sink.push(Ok(v.map_or(Value::None, Value::Bool)))),
            None => refuse(),
        },
        Type::Text => each_bytes(&array, true, |bytes| {
            sink.push(match bytes.map(std::str::from_utf8).transpose() {
                Ok(text) => Ok(text.map_or(Value::None, |text| Value::Text(Cow::Borrowed(text)))),
                Err(error) => Err(format!("is no UTF-8: {error}")),
            })
        })
        .unwrap_or_else(refuse),
        Type::Bytes => each_bytes(&array, false, |bytes| {
            sink.push(Ok(bytes.map_or(Value::None, |bytes| Value::Bytes(Cow::Borrowed(bytes)))))
        })
        .unwrap_or_else(refuse),
        Type::Time => each_time(&array, |time| sink.push(time)).unwrap_or_else(refuse),
        Type::Date => match array.cells.data_type() {
            DataType::Date32 => each::<Date32Type>(&array, |v| sink.push(day(v.map(|v| (v.into(), 0))))),
            DataType::Date64 => {
                each::<Date64Type>(&array, |v| sink.push(day(v.map(|v| (v.div_euclid(86_400_000), v % 86_400_000)))))
            }
            DataType::Timestamp(_, None) => {
                let day = |time: Read| match time? {
                    Value::Int(v) => day(Some(day_and_rest(v))),
                    _ => Ok(Value::None),
                };
                each_time(&array, |time| sink.push(day(time))).unwrap_or_else(refuse)
            }
            _ => refuse(),
        },
    }
}

/// Appends an array's ids to a list; null and NaN become 0, which refers to nothing, where that is `optional`.
pub fn ids(ids: &mut Packed, array: &ArrayRef, optional: bool) -> Result<()> {
    let array = rows(array)?;
    // What most ids come as, without a look at each cell's type.
    if let (Some(cells), true) = (array.cells.as_primitive_opt::<Int64Type>(), array.are_plain()) {
        let values = cells.values();
        let (least, largest) = values.iter().fold((0, 0), |(least, all), &id| (least | id, all | id.wrapping_sub(1)));
        if least >= 0 && largest >= 0 {
            ids.fit(largest as u64 + 1);
            ids.extend(looking(values.iter().map(|&id| id as u64)));
            return Ok(());
        }
    }
    let mut row = 0;
    let mut push = |number: Number| {
        let id = match int(number) {
            Ok(Value::Int(id)) if id > 0 => id as u64,
            Ok(Value::None) if optional => 0,
            Ok(Value::None) => return Err(Misfit::Row(row, "may not be None".to_owned())),
            Ok(Value::Int(id)) => return Err(Misfit::Id(row, id.to_string())),
            Ok(_) => return Err(Misfit::Row(row, "is no id".to_owned())),
            Err(why) => return Err(Misfit::Row(row, why)),
        };
        if let Number::Float(float) = number
            && float >= EXACT
        {
            return Err(Misfit::Row(row, format!("is {float}, and a float over 2^53 is no exact id: pass integers")));
        }
        ids.push(id);
        row += 1;
        Ok(())
    };
    if array.cells.data_type() == &DataType::Null {
        return (0..array.len()).try_for_each(|_| push(Number::None));
    }
    each_number(&array, &mut push).unwrap_or_else(|| Err(Misfit::Type(array.cells.data_type().to_string())))
}

/// Where values go, and which row is next.
struct Sink<'a> {
    column: &'a mut Column,
    row: usize,
    pace: Pace,
}

impl Sink<'_> {
    fn push(&mut self, value: std::result::Result<Value<'_>, String>) -> Result<()> {
        match value {
            Ok(value) if self.column.takes(&value) => self.column.push(&value),
            Ok(value) if value.is_none() => return Err(Misfit::Row(self.row, "may not be None".to_owned())),
            Ok(value) => return Err(Misfit::Row(self.row, format!("does not take {value}"))),
            Err(why) => return Err(Misfit::Row(self.row, why)),
        }
        self.row += 1;
        self.pace.step();
        Ok(())
    }
}

/// A value, or why it does not fit.
type Read = std::result::Result<Value<'static>, String>;

/// A number as an array holds it.
#[derive(Clone, Copy)]
enum Number {
    None,
    Int(i64),
    Large(u64),
    Float(f64),
}

/// Exact as a float: the first integer that is over 64 bits.
const TWO_63: f64 = (1_u64 << 63) as f64;

/// From here on not every integer is a float.
pub const EXACT: f64 = (1_u64 << 53) as f64;

fn int(number: Number) -> Read {
    match number {
        Number::None => Ok(Value::None),
        Number::Int(v) => Ok(Value::Int(v)),
        Number::Large(v) => i64::try_from(v).map(Value::Int).map_err(|_| format!("{v} is over 64 bits")),
        Number::Float(v) if v.is_nan() => Ok(Value::None),
        Number::Float(v) if v.fract() == 0.0 && (-TWO_63..TWO_63).contains(&v) => Ok(Value::Int(v as i64)),
        Number::Float(v) if v.fract() == 0.0 => Err(format!("{v} is over 64 bits")),
        Number::Float(v) => Err(format!("{v} is no whole number")),
    }
}

fn float(number: Number) -> Value<'static> {
    match number {
        Number::None => Value::None,
        Number::Int(v) => Value::Float(v as f64),
        Number::Large(v) => Value::Float(v as f64),
        Number::Float(v) if v.is_nan() => Value::None,
        Number::Float(v) => Value::Float(v),
    }
}

/// A day, from days since 1970 and the rest of a day, which must be nothing.
fn day(day: Option<(i64, i64)>) -> Read {
    match day {
        None => Ok(Value::None),
        Some((day, 0)) if DAYS.contains(&day) => Ok(Value::Int(day)),
        Some((_, 0)) => Err("is before year 1 or after year 9999".to_owned()),
        Some(_) => Err("has a time of day, and the field is a date".to_owned()),
    }
}

/// Whether an array holds no value, of whatever type: an empty column of a table often comes as floats.
fn is_missing(array: &Rows) -> bool {
    let is_nan = |number| match number {
        Number::Float(v) if !v.is_nan() => Err(Misfit::Type(String::new())),
        _ => Ok(()),
    };
    match array.cells.data_type() {
        DataType::Null => true,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            each_number(array, is_nan).is_some_and(|all| all.is_ok())
        }
        _ => false,
    }
}

/// Visits the cells of an array of numbers; nothing for any other array.
fn each_number(array: &Rows, mut visit: impl FnMut(Number) -> Result<()>) -> Option<Result<()>> {
    macro_rules! each {
        ($type:ty, $number:expr) => {
            each::<$type>(array, |v| visit(v.map_or(Number::None, $number)))
        };
    }
    Some(match array.cells.data_type() {
        DataType::Int8 => each!(Int8Type, |v| Number::Int(v.into())),
        DataType::Int16 => each!(Int16Type, |v| Number::Int(v.into())),
        DataType::Int32 => each!(Int32Type, |v| Number::Int(v.into())),
        DataType::Int64 => each!(Int64Type, Number::Int),
        DataType::UInt8 => each!(UInt8Type, |v| Number::Int(v.into())),
        DataType::UInt16 => each!(UInt16Type, |v| Number::Int(v.into())),
        DataType::UInt32 => each!(UInt32Type, |v| Number::Int(v.into())),
        DataType::UInt64 => each!(UInt64Type, Number::Large),
        DataType::Float16 => each!(Float16Type, |v| Number::Float(v.to_f64())),
        DataType::Float32 => each!(Float32Type, |v| Number::Float(v.into())),
        DataType::Float64 => each!(Float64Type, Number::Float),
        _ => return None,
    })
}

/// Visits the cells of an array of times; nothing for any other array.
fn each_time(array: &Rows, mut visit: impl FnMut(Read) -> Result<()>) -> Option<Result<()>> {
    let time = |micros: Option<i64>| match micros {
        Some(micros) if TIMES.contains(&micros) => Ok(Value::Int(micros)),
        _ => Err("is before year 1 or after year 9999 in UTC".to_owned()),
    };
    macro_rules! each {
        ($type:ty, $micros:expr) => {
            each::<$type>(array, |v| visit(v.map_or(Ok(Value::None), |v| time($micros(v)))))
        };
    }
    Some(match array.cells.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => each!(TimestampSecondType, |v: i64| v.checked_mul(1_000_000)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => each!(TimestampMillisecondType, |v: i64| v.checked_mul(1000)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => each!(TimestampMicrosecondType, Some),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            each!(TimestampNanosecondType, |v: i64| Some(v.div_euclid(1000)))
        }
        _ => return None,
    })
}

/// Visits the cells of an array of text or, where it is not to be text, of bytes; nothing for any other array. Text
/// comes as the bytes it is: what says that it is UTF-8 comes from elsewhere.
fn each_bytes(array: &Rows, text: bool, visit: impl FnMut(Option<&[u8]>) -> Result<()>) -> Option<Result<()>> {
    let as_bytes = match array.cells.data_type() {
        DataType::Utf8 if text => DataType::Binary,
        DataType::LargeUtf8 if text => DataType::LargeBinary,
        DataType::Utf8View if text => DataType::BinaryView,
        other if !text => other.clone(),
        _ => return None,
    };
    let cells = match array.cells.to_data().into_builder().data_type(as_bytes).build() {
        Ok(data) => make_array(data),
        Err(error) => return Some(Err(Misfit::Row(0, format!("begins a broken array: {error}")))),
    };
    Some(match cells.data_type() {
        DataType::Binary => array.each(cells.as_binary::<i32>(), visit),
        DataType::LargeBinary => array.each(cells.as_binary::<i64>(), visit),
        DataType::BinaryView => array.each(cells.as_binary_view(), visit),
        DataType::FixedSizeBinary(_) => array.each(cells.as_fixed_size_binary(), visit),
        _ => return None,
    })
}

fn each<T: ArrowPrimitiveType>(array: &Rows, mut visit: impl FnMut(Option<T::Native>) -> Result<()>) -> Result<()> {
    let cells: &PrimitiveArray<T> = array.cells.as_primitive();
    match array.are_plain() {
        true => cells.values().iter().try_for_each(|&v| visit(Some(v))),
        false => array.each(cells, visit),
    }
}

fn rows(array: &ArrayRef) -> Result<Rows> {
    Rows::new(array).map_err(|error| Misfit::Row(0, format!("begins a broken array: {error}")))
}
