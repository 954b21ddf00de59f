//! The cells of an Arrow array, one after the other, whatever their width, unit or layout.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, PrimitiveArray, make_array};
use arrow_buffer::i256;
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use crate::exchange::rows::Rows;
use crate::store::calendar::{DAY, Unit};
use crate::store::decimal::TOO_LARGE;

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

/// What is done with a cell that counts time: nothing where it holds no value; microseconds, unless these are over 64 bits.
pub type Micros<'a> = dyn FnMut(Option<Option<i64>>) -> Result<()> + 'a;

/// A number as an array holds it.
#[derive(Clone, Copy)]
pub enum Number {
    None,
    Int(i64),
    Large(u64),
    Float(f64),
}

/// Visits the cells of an array of numbers; nothing for any other array.
pub fn each_number(array: &Rows, mut visit: impl FnMut(Number) -> Result<()>) -> Option<Result<()>> {
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

/// Visits the cells of an array of times, in microseconds unless these are over 64 bits; nothing for any other array.
pub fn each_time(array: &Rows, visit: &mut Micros) -> Option<Result<()>> {
    macro_rules! each {
        ($type:ty, $unit:expr) => {
            each::<$type>(array, |v| visit(v.map(|v| $unit.micros(v))))
        };
    }
    Some(match array.cells.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => each!(TimestampSecondType, Unit::Second),
        DataType::Timestamp(TimeUnit::Millisecond, _) => each!(TimestampMillisecondType, Unit::Milli),
        DataType::Timestamp(TimeUnit::Microsecond, _) => each!(TimestampMicrosecondType, Unit::Micro),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => each!(TimestampNanosecondType, Unit::Nano),
        _ => return None,
    })
}

/// Visits the cells of an array of durations, as [`each_time`] those of times.
pub fn each_duration(array: &Rows, visit: &mut Micros) -> Option<Result<()>> {
    macro_rules! each {
        ($type:ty, $unit:expr) => {
            each::<$type>(array, |v| visit(v.map(|v| $unit.micros(v))))
        };
    }
    Some(match array.cells.data_type() {
        DataType::Duration(TimeUnit::Second) => each!(DurationSecondType, Unit::Second),
        DataType::Duration(TimeUnit::Millisecond) => each!(DurationMillisecondType, Unit::Milli),
        DataType::Duration(TimeUnit::Microsecond) => each!(DurationMicrosecondType, Unit::Micro),
        DataType::Duration(TimeUnit::Nanosecond) => each!(DurationNanosecondType, Unit::Nano),
        DataType::Interval(IntervalUnit::MonthDayNano) => each_interval(array, visit),
        _ => return None,
    })
}

/// As [`each_duration`], of intervals, as DuckDB hands out durations: a day has 24 hours, a month no length.
fn each_interval(array: &Rows, visit: &mut Micros) -> Result<()> {
    let mut row = 0;
    each::<IntervalMonthDayNanoType>(array, |v| {
        row += 1;
        match v {
            Some(v) if v.months != 0 => Err(Misfit::Row(row - 1, "has months, which are of no length".to_owned())),
            v => visit(v.map(|v| i64::from(v.days).checked_mul(DAY)?.checked_add(Unit::Nano.micros(v.nanoseconds)?))),
        }
    })
}

/// Visits the cells of an array of times of day, as [`each_time`] those of times.
pub fn each_clock(array: &Rows, visit: &mut Micros) -> Option<Result<()>> {
    macro_rules! each {
        ($type:ty, $unit:expr) => {
            each::<$type>(array, |v| visit(v.map(|v| $unit.micros(v.into()))))
        };
    }
    Some(match array.cells.data_type() {
        DataType::Time32(TimeUnit::Second) => each!(Time32SecondType, Unit::Second),
        DataType::Time32(TimeUnit::Millisecond) => each!(Time32MillisecondType, Unit::Milli),
        DataType::Time64(TimeUnit::Microsecond) => each!(Time64MicrosecondType, Unit::Micro),
        DataType::Time64(TimeUnit::Nanosecond) => each!(Time64NanosecondType, Unit::Nano),
        _ => return None,
    })
}

/// Visits the cells of an array of decimals, with their scale, unless they are over 128 bits; nothing for any other array.
pub fn each_decimal(
    array: &Rows,
    mut visit: impl FnMut(Option<std::result::Result<i128, String>>, i8) -> Result<()>,
) -> Option<Result<()>> {
    let wide = |v: i256| v.to_i128().ok_or_else(|| TOO_LARGE.to_owned());
    Some(match *array.cells.data_type() {
        DataType::Decimal32(_, scale) => each::<Decimal32Type>(array, |v| visit(v.map(|v| Ok(v.into())), scale)),
        DataType::Decimal64(_, scale) => each::<Decimal64Type>(array, |v| visit(v.map(|v| Ok(v.into())), scale)),
        DataType::Decimal128(_, scale) => each::<Decimal128Type>(array, |v| visit(v.map(Ok), scale)),
        DataType::Decimal256(_, scale) => each::<Decimal256Type>(array, |v| visit(v.map(wide), scale)),
        _ => return None,
    })
}

/// Visits the cells of an array of days, with the milliseconds of the day that are beyond; nothing for any other array.
pub fn each_day(array: &Rows, mut visit: impl FnMut(Option<(i64, i64)>) -> Result<()>) -> Option<Result<()>> {
    const MILLIS: i64 = 86_400_000;
    Some(match array.cells.data_type() {
        DataType::Date32 => each::<Date32Type>(array, |v| visit(v.map(|v| (v.into(), 0)))),
        DataType::Date64 => {
            each::<Date64Type>(array, |v| visit(v.map(|v| (v.div_euclid(MILLIS), v.rem_euclid(MILLIS)))))
        }
        _ => return None,
    })
}

/// Visits the cells of an array of text or, where it is not to be text, of bytes; nothing for any other array. Text
/// comes as the bytes it is: what says that it is UTF-8 comes from elsewhere.
pub fn each_bytes(array: &Rows, text: bool, visit: impl FnMut(Option<&[u8]>) -> Result<()>) -> Option<Result<()>> {
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

pub fn each<T: ArrowPrimitiveType>(array: &Rows, mut visit: impl FnMut(Option<T::Native>) -> Result<()>) -> Result<()> {
    let cells: &PrimitiveArray<T> = array.cells.as_primitive();
    match array.are_plain() {
        true => cells.values().iter().try_for_each(|&v| visit(Some(v))),
        false => array.each(cells, visit),
    }
}
