//! Arrow arrays into the engine's columns, chunk by chunk.

use std::borrow::Cow;

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::DataType;

use crate::exchange::nested::each_json;
use crate::exchange::rows::Rows;
use crate::exchange::visit::{
    Micros, Misfit, Number, each_bytes, each_clock, each_day, each_decimal, each_duration, each_number, each_time,
};
use crate::store::calendar::{DAY, DAYS, LONGEST, TIMES, Unit, day_and_rest};
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::decimal;
use crate::store::id::lost_id;
use crate::store::stop::{Pace, looking};
use crate::store::text;
use crate::store::types::{Storage, Type};
use crate::store::value::Value;
use crate::store::wide::Wide;

pub(super) type Result<T> = std::result::Result<T, Misfit>;

/// Appends an array's values to a column of a type. A null is no value, and so is NaN; a column that may not hold none
/// refuses both. Whole floats fit an int column, 0 and 1 a column of bools, midnights without a zone a date column, days
/// a datetime column; a time without a zone is UTC, digits beyond the microsecond are dropped. Text is read as what it
/// says. Numbers are times only where their `unit` is said.
pub fn values(column: &mut Column, of: Type, unit: Option<Unit>, array: &ArrayRef) -> Result<()> {
    let array = rows(array)?;
    let mut sink = Sink { column, row: 0, pace: Pace::default() };
    if is_missing(&array) {
        return (0..array.len()).try_for_each(|_| sink.push(Ok(Value::None)));
    }
    let done = match of {
        Type::Int => each_number(&array, |number| sink.push(int(number))),
        Type::Float => each_number(&array, |number| sink.push(Ok(float(number)))),
        Type::Bool => match array.cells.as_boolean_opt() {
            Some(bools) => Some(array.each(bools, |v| sink.push(Ok(v.map_or(Value::None, Value::Bool))))),
            None => each_number(&array, |number| sink.push(bool(number))),
        },
        Type::Text => each_text(&array, &mut sink, |text| text::read(of, text)),
        Type::Bytes => each_bytes(&array, false, |bytes| {
            sink.push(Ok(bytes.map_or(Value::None, |bytes| Value::Bytes(Cow::Borrowed(bytes)))))
        }),
        Type::Time => moments(&array, unit, &mut sink),
        Type::Date => days(&array, &mut sink),
        Type::Duration => counts(&array, unit, &mut sink, each_duration, duration),
        Type::Enum(members) if of.storage() == Storage::Int64 => each_number(&array, |number| {
            sink.push(int(number).and_then(|value| match value.is_of(of) {
                true => Ok(value),
                false => Err(format!("{value} {}", members.misfit())),
            }))
        }),
        Type::Enum(_) => each_text(&array, &mut sink, |text| text::read(of, text)),
        Type::Decimal(scale) => decimals(&array, scale, &mut sink),
        Type::Uuid => each_bytes(&array, false, |bytes| sink.push(bytes.map_or(Ok(Value::None), uuid))),
        Type::Clock => counts(&array, unit, &mut sink, each_clock, clock),
        Type::Json => each_json(&array, &mut |value| sink.push(value)),
    };
    let done = match text::is_read(of) {
        true => done.or_else(|| each_text(&array, &mut sink, |text| text::read(of, text))),
        false => done,
    };
    done.unwrap_or_else(|| Err(Misfit::Type(refused(of, &array))))
}

/// What a column of this type does not take.
pub(super) fn refused(of: Type, array: &Rows) -> String {
    let hint = match of.is_counted() && array.cells.data_type().is_numeric() {
        true => "; numbers count time where their unit is said: unit=\"s\", \"ms\", \"us\" or \"ns\"",
        false => "",
    };
    format!("{}{hint}", array.cells.data_type())
}

/// Times, days, or numbers whose unit is said; nothing for any other array.
fn moments(array: &Rows, unit: Option<Unit>, sink: &mut Sink) -> Option<Result<()>> {
    counts(array, unit, sink, each_time, moment).or_else(|| each_day(array, |day| sink.push(midnight(day))))
}

/// What `each` visits, or numbers whose unit is said, as values that `of` makes of microseconds; nothing for any other
/// array.
fn counts(
    array: &Rows,
    unit: Option<Unit>,
    sink: &mut Sink,
    each: fn(&Rows, &mut Micros) -> Option<Result<()>>,
    of: fn(Option<i64>) -> Read,
) -> Option<Result<()>> {
    let mut push = |micros: Option<Option<i64>>| sink.push(micros.map_or(Ok(Value::None), of));
    each(array, &mut push).or_else(|| unit.and_then(|unit| each_number(array, |n| push(counted(n, unit)))))
}

/// Days, or midnights without a zone; nothing for any other array.
fn days(array: &Rows, sink: &mut Sink) -> Option<Result<()>> {
    let of_time = |time: Option<Option<i64>>| match time {
        Some(micros) => day(Some(day_and_rest(micros.unwrap_or(i64::MAX)))),
        None => Ok(Value::None),
    };
    match array.cells.data_type() {
        DataType::Timestamp(_, Some(_)) => None,
        DataType::Timestamp(_, None) => each_time(array, &mut |time| sink.push(of_time(time))),
        _ => each_day(array, |v| sink.push(day(v))),
    }
}

/// Appends an array's ids to a list; null and NaN become 0, which refers to nothing, where that is `optional`. Where they
/// `refer`, numbers that are no ids lead nowhere.
pub fn ids(ids: &mut Packed, array: &ArrayRef, optional: bool, refer: bool) -> Result<()> {
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
            Ok(Value::Int(id)) => match lost_id(id) {
                Some(lost) if refer => lost,
                _ => return Err(Misfit::Id(row, id.to_string())),
            },
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
pub(super) struct Sink<'a> {
    pub(super) column: &'a mut Column,
    pub(super) row: usize,
    pub(super) pace: Pace,
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

fn bool(number: Number) -> Read {
    match int(number) {
        Ok(Value::Int(v @ (0 | 1))) => Ok(Value::Bool(v == 1)),
        Ok(Value::Int(v)) => Err(format!("{v} is neither 0 nor 1")),
        read => read,
    }
}

/// So many of a unit in microseconds, unless these are over 64 bits; nothing of no number.
fn counted(number: Number, unit: Unit) -> Option<Option<i64>> {
    match number {
        Number::None => None,
        Number::Float(v) if v.is_nan() => None,
        Number::Float(v) => Some(unit.micros_of_float(v)),
        Number::Int(v) => Some(unit.micros(v)),
        Number::Large(v) => Some(i64::try_from(v).ok().and_then(|v| unit.micros(v))),
    }
}

/// A time that a datetime can show.
pub(super) fn moment(micros: Option<i64>) -> Read {
    match micros {
        Some(micros) if TIMES.contains(&micros) => Ok(Value::Int(micros)),
        _ => Err("is before year 1 or after year 9999 in UTC".to_owned()),
    }
}

fn uuid(bytes: &[u8]) -> Read {
    let bytes = bytes.try_into().map_err(|_| format!("has {} bytes, and a UUID has 16", bytes.len()))?;
    Ok(Value::Wide(Wide::of_uuid(u128::from_be_bytes(bytes))))
}

/// Decimals of any width and scale, and ints; nothing for any other array: a float is seldom the number that was meant.
fn decimals(array: &Rows, scale: u8, sink: &mut Sink) -> Option<Result<()>> {
    let scaled = |number: i128, from: i8| match decimal::rescaled(number, from, scale) {
        Ok(number) => Ok(Value::Wide(number.into())),
        Err(why) => Err(why.to_owned()),
    };
    each_decimal(array, |number, from| sink.push(number.map_or(Ok(Value::None), |number| scaled(number?, from))))
        .or_else(|| match array.cells.data_type().is_integer() {
            true => each_number(array, |number| {
                sink.push(match number {
                    Number::Int(v) => scaled(v.into(), 0),
                    Number::Large(v) => scaled(v.into(), 0),
                    Number::None | Number::Float(_) => Ok(Value::None),
                })
            }),
            false => None,
        })
}

/// A time between midnight and midnight.
pub(super) fn clock(micros: Option<i64>) -> Read {
    match micros {
        Some(micros) if (0..DAY).contains(&micros) => Ok(Value::Int(micros)),
        _ => Err("is not between midnight and midnight".to_owned()),
    }
}

/// A length that a timedelta of ours can have.
pub(super) fn duration(micros: Option<i64>) -> Read {
    match micros {
        Some(micros) if (-LONGEST..=LONGEST).contains(&micros) => Ok(Value::Int(micros)),
        _ => Err("is over 64 bits of microseconds".to_owned()),
    }
}

/// The time when a day begins in UTC.
fn midnight(day: Option<(i64, i64)>) -> Read {
    match day {
        None => Ok(Value::None),
        Some((day, millis)) if DAYS.contains(&day) => Ok(Value::Int(day * DAY + millis * 1000)),
        Some(_) => Err("is before year 1 or after year 9999".to_owned()),
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

/// Reads the cells of an array of text as what `read` says they mean; nothing for any other array.
pub(super) fn each_text(
    array: &Rows,
    sink: &mut Sink,
    read: impl for<'t> Fn(&'t str) -> std::result::Result<Value<'t>, Cow<'static, str>>,
) -> Option<Result<()>> {
    each_bytes(array, true, |bytes| {
        sink.push(match bytes.map(std::str::from_utf8).transpose() {
            Ok(None) => Ok(Value::None),
            Ok(Some(text)) => read(text).map_err(|why| format!("'{text:.60}' {why}")),
            Err(error) => Err(format!("is no UTF-8: {error}")),
        })
    })
}

pub(super) fn rows(array: &ArrayRef) -> Result<Rows> {
    Rows::new(array).map_err(|error| Misfit::Row(0, format!("begins a broken array: {error}")))
}
