//! Columns on their way out, in the type that a reader wants: the same values in another width, unit or layout. What
//! else it wants, it makes of them itself.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, BinaryType, BinaryViewType, ByteArrayType, Date32Type, Date64Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, LargeBinaryType, LargeUtf8Type, StringViewType, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type, Utf8Type,
};
use arrow_array::{Array, ArrayRef, GenericByteArray, GenericByteViewArray, PrimitiveArray, RecordBatch};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, TimeUnit};

use crate::store::room;

type Result<T> = std::result::Result<T, ArrowError>;

/// The columns of a table, each in the type of the wanted one of its name where it can be had so. One that may hold nulls
/// says so, whatever is wanted.
pub fn fitted(own: &Schema, wanted: &Fields) -> Schema {
    let fit = |field: &Arc<Field>| match wanted.find(field.name()) {
        Some((_, wanted)) if can_be(field.data_type(), wanted.data_type()) => {
            Field::new(field.name(), wanted.data_type().clone(), field.is_nullable() || wanted.is_nullable())
        }
        _ => (**field).clone(),
    };
    Schema::new(own.fields().iter().map(fit).collect::<Vec<_>>())
}

/// The batch with the columns of such a schema. An error names the column and the value that does not fit. O(cells) of
/// the columns that are of another type.
pub fn cast(batch: &RecordBatch, schema: &Arc<Schema>) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        let misfit = |why: String| ArrowError::CastError(format!("{}: {why}", field.name()));
        match column.data_type() == field.data_type() {
            true => Ok(column.clone()),
            false => {
                room::check(column.len() * 16);
                as_type(column, field.data_type()).map_err(misfit)
            }
        }
    });
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_>>()?)
}

fn can_be(own: &DataType, wanted: &DataType) -> bool {
    match own {
        DataType::Int64 => wanted.is_integer(),
        DataType::Float64 => wanted.is_floating(),
        DataType::LargeUtf8 => matches!(wanted, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
        DataType::LargeBinary => matches!(wanted, DataType::Binary | DataType::LargeBinary | DataType::BinaryView),
        DataType::Timestamp(..) => matches!(wanted, DataType::Timestamp(..)),
        DataType::Duration(..) => matches!(wanted, DataType::Duration(..)),
        DataType::Time64(..) => matches!(wanted, DataType::Time32(..) | DataType::Time64(..)),
        DataType::Date32 => matches!(wanted, DataType::Date32 | DataType::Date64),
        other => other == wanted,
    }
}

/// A column in one of the types that it [`can_be`].
fn as_type(column: &ArrayRef, to: &DataType) -> std::result::Result<ArrayRef, String> {
    match to {
        DataType::Int8 => int::<Int8Type>(column),
        DataType::Int16 => int::<Int16Type>(column),
        DataType::Int32 => int::<Int32Type>(column),
        DataType::UInt8 => int::<UInt8Type>(column),
        DataType::UInt16 => int::<UInt16Type>(column),
        DataType::UInt32 => int::<UInt32Type>(column),
        DataType::UInt64 => int::<UInt64Type>(column),
        DataType::Float16 => float::<Float16Type>(column, <Float16Type as ArrowPrimitiveType>::Native::from_f64),
        DataType::Float32 => float::<Float32Type>(column, |v| v as f32),
        DataType::Utf8 => short::<LargeUtf8Type, Utf8Type>(column),
        DataType::Binary => short::<LargeBinaryType, BinaryType>(column),
        DataType::Utf8View => {
            Ok(Arc::new(GenericByteViewArray::<StringViewType>::from(column.as_bytes::<LargeUtf8Type>())))
        }
        DataType::BinaryView => {
            Ok(Arc::new(GenericByteViewArray::<BinaryViewType>::from(column.as_bytes::<LargeBinaryType>())))
        }
        DataType::Date64 => {
            Ok(Arc::new(column.as_primitive::<Date32Type>().unary::<_, Date64Type>(|day| i64::from(day) * 86_400_000)))
        }
        DataType::Duration(unit) => Ok(duration(column, *unit)?),
        DataType::Time32(unit) | DataType::Time64(unit) => Ok(clock(column, *unit)),
        DataType::Timestamp(unit, zone) => Ok(time(column, *unit, zone.clone())?),
        other => Err(format!("is no {other}")),
    }
}

fn int<T: ArrowPrimitiveType<Native: TryFrom<i64>>>(column: &ArrayRef) -> std::result::Result<ArrayRef, String> {
    let fit = |v: i64| T::Native::try_from(v).map_err(|_| format!("{v} does not fit {}", T::DATA_TYPE));
    Ok(Arc::new(column.as_primitive::<Int64Type>().try_unary::<_, T, _>(fit)?))
}

fn float<T: ArrowPrimitiveType>(
    column: &ArrayRef,
    rounded: impl Fn(f64) -> T::Native,
) -> std::result::Result<ArrayRef, String> {
    Ok(Arc::new(column.as_primitive::<Float64Type>().unary::<_, T>(rounded)))
}

/// Text or bytes with offsets of 32 bits, over the same memory.
fn short<Own, Short>(column: &ArrayRef) -> std::result::Result<ArrayRef, String>
where
    Own: ByteArrayType<Offset = i64>,
    Short: ByteArrayType<Offset = i32>,
{
    let column = column.as_bytes::<Own>();
    let short = |&offset: &i64| i32::try_from(offset).map_err(|_| "more than 2 GiB of text in a batch".to_owned());
    let offsets = column.offsets().iter().map(short).collect::<std::result::Result<ScalarBuffer<i32>, _>>()?;
    let nulls = column.nulls().cloned();
    let made = GenericByteArray::<Short>::try_new(OffsetBuffer::new(offsets), column.values().clone(), nulls);
    Ok(Arc::new(made.map_err(|error| error.to_string())?))
}

/// Times of day in another unit. Digits beyond the unit are dropped.
fn clock(column: &ArrayRef, unit: TimeUnit) -> ArrayRef {
    let column = column.as_primitive::<Time64MicrosecondType>();
    match unit {
        TimeUnit::Second => Arc::new(column.unary::<_, Time32SecondType>(|micros| (micros / 1_000_000) as i32)),
        TimeUnit::Millisecond => Arc::new(column.unary::<_, Time32MillisecondType>(|micros| (micros / 1000) as i32)),
        TimeUnit::Microsecond => Arc::new(column.clone()),
        TimeUnit::Nanosecond => Arc::new(column.unary::<_, Time64NanosecondType>(|micros| micros * 1000)),
    }
}

/// Durations in another unit. Digits beyond the unit are dropped.
fn duration(column: &ArrayRef, unit: TimeUnit) -> std::result::Result<ArrayRef, String> {
    let column = column.as_primitive::<DurationMicrosecondType>();
    let too_long = |micros: i64| format!("{micros} microseconds do not fit 64 bits of nanoseconds");
    let nanos = |micros: i64| micros.checked_mul(1000).ok_or_else(|| too_long(micros));
    Ok(match unit {
        TimeUnit::Second => Arc::new(column.unary::<_, DurationSecondType>(|micros| micros.div_euclid(1_000_000))),
        TimeUnit::Millisecond => Arc::new(column.unary::<_, DurationMillisecondType>(|micros| micros.div_euclid(1000))),
        TimeUnit::Microsecond => Arc::new(column.clone()),
        TimeUnit::Nanosecond => Arc::new(column.try_unary::<_, DurationNanosecondType, _>(nanos)?),
    })
}

/// Moments in another unit and zone. Digits beyond the unit are dropped.
fn time(column: &ArrayRef, unit: TimeUnit, zone: Option<Arc<str>>) -> std::result::Result<ArrayRef, String> {
    let column = column.as_primitive::<TimestampMicrosecondType>();
    let too_far = |micros: i64| format!("{micros} microseconds since 1970 do not fit 64 bits of nanoseconds");
    let nanos = |micros: i64| micros.checked_mul(1000).ok_or_else(|| too_far(micros));
    Ok(match unit {
        TimeUnit::Second => {
            let seconds: PrimitiveArray<TimestampSecondType> = column.unary(|micros| micros.div_euclid(1_000_000));
            Arc::new(seconds.with_timezone_opt(zone))
        }
        TimeUnit::Millisecond => {
            let millis: PrimitiveArray<TimestampMillisecondType> = column.unary(|micros| micros.div_euclid(1000));
            Arc::new(millis.with_timezone_opt(zone))
        }
        TimeUnit::Microsecond => Arc::new(column.clone().with_timezone_opt(zone)),
        TimeUnit::Nanosecond => {
            Arc::new(column.try_unary::<_, TimestampNanosecondType, _>(nanos)?.with_timezone_opt(zone))
        }
    })
}
