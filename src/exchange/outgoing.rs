//! Rows of one model as Arrow record batches.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{GenericByteBuilder, LargeStringBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, ByteArrayType, Date32Type, DurationMicrosecondType, Float64Type, Int64Type, LargeBinaryType,
    LargeUtf8Type, Time64MicrosecondType, TimestampMicrosecondType, UInt32Type,
};
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, GenericByteArray, Int64Array, LargeStringArray,
    PrimitiveArray, RecordBatch,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::exchange::columns::{Outgoing, outgoing};
use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::decimal::DIGITS;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::members::Values;
use crate::store::room;
use crate::store::schema::declaration::Kind;
use crate::store::stop;
use crate::store::table::Table;
use crate::store::types::{Storage, Type};
use crate::store::uuid;
use crate::store::value::Value;

/// Rows in a batch, at most: readers share out the batches of a large table among their threads.
pub const BATCH: usize = 1 << 16;

const UTC: &str = "UTC";

/// These rows of a model, in this order: their ids, then the fields in the order of their declaration, references as
/// ids, or as the keys of models that have one. No rows are no batches. O(cells).
pub fn batches(engine: &Store, model: ModelId, rows: &[Row]) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    collected(engine, model, rows, &outgoing(engine, model))
}

/// As [`batches`], as files keep rows: a reference `user` is `user_id`, an id in any case, and an enum what its values are.
pub fn kept_batches(engine: &Store, model: ModelId, rows: &[Row]) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let fields = engine.schema().model(model).fields.iter().enumerate();
    let outgoing = fields.map(|(at, field)| {
        let (name, kind) = match &field.kind {
            Kind::Value(of) => (field.name.clone(), Kind::Value(of.kept())),
            Kind::Reference(to, on_delete) => (format!("{}_id", field.name), Kind::Reference(*to, *on_delete)),
        };
        Outgoing { name, ups: Vec::new(), last: (model, at), kind, optional: field.optional }
    });
    collected(engine, model, rows, &outgoing.collect::<Vec<_>>())
}

/// Rows that live, from this one on: at most so many, and only the last of them goes over so many bytes of text. And the
/// one that lives after these.
pub fn some_rows(engine: &Store, model: ModelId, first: Row, most: usize, bytes: usize) -> (Vec<Row>, Option<Row>) {
    let table = engine.table(model);
    let is_long = |kind: &Kind<ModelId>| matches!(kind, Kind::Value(of) if matches!(of.storage(), Storage::Text | Storage::Bytes));
    let fields = engine.schema().model(model).fields.iter();
    let long = fields.zip(table.columns()).filter(|(field, _)| is_long(&field.kind));
    let long: Vec<&Column> = long.map(|(_, column)| column).collect();
    let size = |value: Value| match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    let (mut rows, mut size_of_all) = (Vec::new(), 0);
    for row in stop::looking(first..table.rows() as Row).filter(|&row| table.lives(row)) {
        if rows.len() >= most || size_of_all > bytes {
            return (rows, Some(row));
        }
        size_of_all += long.iter().map(|column| size(column.get(row))).sum::<usize>();
        room::push(&mut rows, row);
    }
    (rows, None)
}

/// The ids and these columns of rows.
fn collected(
    engine: &Store,
    model: ModelId,
    rows: &[Row],
    outgoing: &[Outgoing],
) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let table = engine.table(model);
    // Arrow's own builders end the process where there is no memory; so it is asked for before.
    let cells = table.columns().iter().map(|column| column.bytes() / column.len().max(1) + 16).sum::<usize>();
    room::check(rows.len() * (cells + 8));
    let id = Field::new("id", DataType::Int64, false);
    let fields = outgoing.iter().map(|out| Field::new(&out.name, data_type(&out.kind), out.optional));
    let schema = Arc::new(Schema::new(std::iter::once(id).chain(fields).collect::<Vec<_>>()));
    let batch = |rows: &[Row]| {
        stop::look();
        let fields = outgoing.iter().map(|out| outgoing_array(out, engine, rows));
        RecordBatch::try_new(schema.clone(), std::iter::once(ids(table, rows)).chain(fields).collect())
    };
    let batches = rows.chunks(BATCH).map(batch).collect::<Result<_, _>>()?;
    Ok((schema, batches))
}

/// A column of rows.
fn outgoing_array(out: &Outgoing, engine: &Store, rows: &[Row]) -> ArrayRef {
    let column = engine.table(out.last.0).column(out.last.1);
    if out.ups.is_empty() {
        return array(engine, &out.kind, column, rows);
    }
    let ends = out.ends(engine, rows);
    if !ends.contains(&NO_ROW) {
        return array(engine, &out.kind, column, &ends);
    }
    // Where a reference leads nowhere there is no cell: a column of the cells that there are, and none behind them.
    let known: Vec<Row> = ends.iter().copied().filter(|&row| row != NO_ROW).collect();
    let mut cells = column.gathered(&known);
    cells.set_optional(true);
    cells.push(&Value::None);
    let mut next = 0..known.len() as Row;
    let places: Vec<Row> =
        ends.iter().map(|&row| if row == NO_ROW { None } else { next.next() }.unwrap_or(known.len() as Row)).collect();
    array(engine, &out.kind, &cells, &places)
}

fn data_type(kind: &Kind<ModelId>) -> DataType {
    match kind {
        Kind::Reference(..) => DataType::Int64,
        Kind::Value(of) => value_type(*of),
    }
}

/// The Arrow type of values of a type.
pub fn value_type(of: Type) -> DataType {
    match of {
        Type::Int => DataType::Int64,
        Type::Float => DataType::Float64,
        Type::Bool => DataType::Boolean,
        // Polars takes the extension type of UUIDs for bytes; text is read by all.
        Type::Text | Type::Uuid | Type::Json => DataType::LargeUtf8,
        Type::Bytes => DataType::LargeBinary,
        Type::Decimal(scale) => DataType::Decimal128(DIGITS as u8, scale as i8),
        Type::Enum(members) => match members.values {
            Values::Texts(_) => DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::LargeUtf8)),
            Values::Ints(_) => DataType::Int64,
        },
        Type::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        Type::Date => DataType::Date32,
        Type::Duration => DataType::Duration(TimeUnit::Microsecond),
        Type::Clock => DataType::Time64(TimeUnit::Microsecond),
    }
}

fn ids(table: &Table, rows: &[Row]) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(rows.iter().map(|&row| table.id(row) as i64)))
}

/// One field of these rows.
fn array(engine: &Store, kind: &Kind<ModelId>, column: &Column, rows: &[Row]) -> ArrayRef {
    match kind {
        Kind::Reference(to, _) => Arc::new(references(engine.table(*to), column, rows)),
        Kind::Value(of) => values(*of, column, rows),
    }
}

/// The cells of these rows, which are of a type.
pub fn values(of: Type, column: &Column, rows: &[Row]) -> ArrayRef {
    match of {
        Type::Int => Arc::new(numbers::<Int64Type>(column, column.ints(), rows)),
        Type::Float => Arc::new(numbers::<Float64Type>(column, column.floats(), rows)),
        Type::Time => Arc::new(numbers::<TimestampMicrosecondType>(column, column.ints(), rows).with_timezone(UTC)),
        Type::Duration => Arc::new(numbers::<DurationMicrosecondType>(column, column.ints(), rows)),
        Type::Uuid => {
            let mut texts = LargeStringBuilder::with_capacity(rows.len(), rows.len() * 36);
            rows.iter().for_each(|&row| texts.append_option(uuid_text(&column.get(row))));
            Arc::new(texts.finish())
        }
        Type::Enum(members) => match &members.values {
            Values::Texts(texts) => {
                let place = |value| if let Value::Text(text) = value { members.of_text(&text) } else { None };
                let keys = rows.iter().map(|&row| place(column.get(row)).map(|place| place as u32)).collect();
                Arc::new(DictionaryArray::<UInt32Type>::new(keys, Arc::new(LargeStringArray::from_iter_values(texts))))
            }
            Values::Ints(_) => Arc::new(numbers::<Int64Type>(column, column.ints(), rows)),
        },
        Type::Decimal(_) => {
            let cells: Vec<i128> = rows.iter().map(|&row| column.wides()[row as usize].into()).collect();
            Arc::new(Decimal128Array::new(cells.into(), nulls(column, rows)).with_data_type(value_type(of)))
        }
        Type::Clock => Arc::new(numbers::<Time64MicrosecondType>(column, column.ints(), rows)),
        Type::Date => Arc::new(numbers::<Date32Type>(column, column.short_ints(), rows)),
        Type::Bool => {
            let is_true = |at: usize| column.get(rows[at]) == Value::Bool(true);
            Arc::new(BooleanArray::new(BooleanBuffer::collect_bool(rows.len(), is_true), nulls(column, rows)))
        }
        Type::Text | Type::Json => Arc::new(strings::<LargeUtf8Type>(column, rows, |value| match value {
            Value::Text(Cow::Borrowed(text)) => Some(text),
            _ => None,
        })),
        Type::Bytes => Arc::new(strings::<LargeBinaryType>(column, rows, |value| match value {
            Value::Bytes(Cow::Borrowed(bytes)) => Some(bytes),
            _ => None,
        })),
    }
}

fn uuid_text(value: &Value) -> Option<String> {
    if let Value::Wide(v) = value { Some(uuid::text(v.uuid())) } else { None }
}

fn numbers<T: ArrowPrimitiveType>(column: &Column, cells: &[T::Native], rows: &[Row]) -> PrimitiveArray<T> {
    let cells: Vec<T::Native> = rows.iter().map(|&row| cells[row as usize]).collect();
    PrimitiveArray::new(cells.into(), nulls(column, rows))
}

/// Which of these rows hold a value; nothing where all must.
fn nulls(column: &Column, rows: &[Row]) -> Option<NullBuffer> {
    let holds = |nones: &Bits| BooleanBuffer::collect_bool(rows.len(), |at| !nones.get(rows[at] as usize));
    column.nones().map(|nones| NullBuffer::new(holds(nones)))
}

/// The ids of what these rows refer to in a column.
fn references(to: &Table, column: &Column, rows: &[Row]) -> Int64Array {
    let parents = column.parents();
    let id = |parent: Row| (parent != NO_ROW).then(|| to.id(parent) as i64);
    rows.iter().map(|&row| id(parents.of(row))).collect()
}

/// Text or bytes. Their sizes are summed first: a buffer that grew meanwhile would be copied, and stay too large.
fn strings<'a, T: ByteArrayType>(
    column: &'a Column,
    rows: &[Row],
    of: impl Fn(Value<'a>) -> Option<&'a T::Native>,
) -> GenericByteArray<T> {
    let cells: Vec<Option<&T::Native>> = rows.iter().map(|&row| of(column.get(row))).collect();
    let size = |cell: &&T::Native| AsRef::<[u8]>::as_ref(*cell).len();
    let mut array = GenericByteBuilder::<T>::with_capacity(cells.len(), cells.iter().flatten().map(size).sum());
    cells.into_iter().for_each(|cell| array.append_option(cell));
    array.finish()
}
