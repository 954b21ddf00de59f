//! Rows of one model as Arrow record batches.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::GenericByteBuilder;
use arrow_array::types::{ByteArrayType, LargeBinaryType, LargeUtf8Type};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, GenericByteArray, Int64Array, RecordBatch,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::store::Store;
use crate::store::column::Column;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::schema::{Kind, Model};
use crate::store::table::Table;
use crate::store::value::{Type, Value};

/// Rows in a batch, at most: readers share out the batches of a large table among their threads.
const BATCH: usize = 1 << 16;

const UTC: &str = "UTC";

/// These rows of a model, in this order: their ids, then the fields in the order of their declaration, references as
/// ids. No rows are no batches. O(cells).
pub fn batches(engine: &Store, model: ModelId, rows: &[Row]) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let (of, table) = (engine.schema().model(model), engine.table(model));
    let schema = Arc::new(schema(of));
    let batch = |rows: &[Row]| {
        let fields = of.fields.iter().zip(table.columns());
        let fields = fields.map(|(field, column)| array(engine, &field.kind, column, rows));
        RecordBatch::try_new(schema.clone(), std::iter::once(ids(table, rows)).chain(fields).collect())
    };
    let batches = rows.chunks(BATCH).map(batch).collect::<Result<_, _>>()?;
    Ok((schema, batches))
}

fn schema(model: &Model) -> Schema {
    let id = Field::new("id", DataType::Int64, false);
    let fields = model.fields.iter().map(|field| Field::new(&field.name, data_type(&field.kind), field.optional));
    Schema::new(std::iter::once(id).chain(fields).collect::<Vec<_>>())
}

fn data_type(kind: &Kind<ModelId>) -> DataType {
    match kind {
        Kind::Reference(..) | Kind::Value(Type::Int) => DataType::Int64,
        Kind::Value(Type::Float) => DataType::Float64,
        Kind::Value(Type::Bool) => DataType::Boolean,
        Kind::Value(Type::Text) => DataType::LargeUtf8,
        Kind::Value(Type::Bytes) => DataType::LargeBinary,
        Kind::Value(Type::Time) => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        Kind::Value(Type::Date) => DataType::Date32,
    }
}

fn ids(table: &Table, rows: &[Row]) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(rows.iter().map(|&row| table.id(row) as i64)))
}

/// One field of these rows.
fn array(engine: &Store, kind: &Kind<ModelId>, column: &Column, rows: &[Row]) -> ArrayRef {
    match kind {
        Kind::Reference(to, _) => Arc::new(references(engine.table(*to), column, rows)),
        Kind::Value(Type::Int) => Arc::new(cells::<_, Int64Array>(column, rows, count)),
        Kind::Value(Type::Float) => Arc::new(cells::<_, Float64Array>(column, rows, |value| match value {
            Value::Float(float) => Some(float),
            _ => None,
        })),
        Kind::Value(Type::Bool) => Arc::new(cells::<_, BooleanArray>(column, rows, |value| match value {
            Value::Bool(bool) => Some(bool),
            _ => None,
        })),
        Kind::Value(Type::Text) => Arc::new(strings::<LargeUtf8Type>(cells(column, rows, |value| match value {
            Value::Text(Cow::Borrowed(text)) => Some(text),
            _ => None,
        }))),
        Kind::Value(Type::Bytes) => Arc::new(strings::<LargeBinaryType>(cells(column, rows, |value| match value {
            Value::Bytes(Cow::Borrowed(bytes)) => Some(bytes),
            _ => None,
        }))),
        Kind::Value(Type::Time) => {
            Arc::new(cells::<_, TimestampMicrosecondArray>(column, rows, count).with_timezone(UTC))
        }
        Kind::Value(Type::Date) => Arc::new(cells::<_, Date32Array>(column, rows, |value| match value {
            Value::Date(days) => Some(days),
            _ => None,
        })),
    }
}

/// What these rows hold in a column. `of` takes a value of the column's type out of its wrapping.
fn cells<'a, T, A: FromIterator<Option<T>>>(
    column: &'a Column,
    rows: &[Row],
    of: impl Fn(Value<'a>) -> Option<T>,
) -> A {
    rows.iter().map(|&row| of(column.get(row))).collect()
}

fn count(value: Value) -> Option<i64> {
    match value {
        Value::Int(count) | Value::Time(count) => Some(count),
        _ => None,
    }
}

/// The ids of what these rows refer to in a column.
fn references(to: &Table, column: &Column, rows: &[Row]) -> Int64Array {
    let parents = column.parents();
    let id = |parent: Row| (parent != NO_ROW).then(|| to.id(parent) as i64);
    rows.iter().map(|&row| id(parents.of(row))).collect()
}

/// Text or bytes. Their sizes are summed first: a buffer that grew meanwhile would be copied, and stay too large.
fn strings<T: ByteArrayType>(cells: Vec<Option<&T::Native>>) -> GenericByteArray<T> {
    let size = |cell: &&T::Native| AsRef::<[u8]>::as_ref(*cell).len();
    let mut array = GenericByteBuilder::<T>::with_capacity(cells.len(), cells.iter().flatten().map(size).sum());
    cells.into_iter().for_each(|cell| array.append_option(cell));
    array.finish()
}
