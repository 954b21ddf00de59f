//! Columns that were computed, as Arrow record batches.

use std::sync::Arc;

use arrow_array::{ArrayRef, LargeListArray, RecordBatch};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use crate::exchange::outgoing::{BATCH, value_type, values};
use crate::store::cells::column::Column;
use crate::store::id::Row;
use crate::store::room;
use crate::store::stop;
use crate::store::types::Type;

/// A column: values of a type, or lists of them, one after the other.
pub struct Computed<'a> {
    pub name: &'a str,
    pub of: Type,
    pub cells: &'a Column,
    /// Of lists: where each begins, and where the last one ends.
    pub starts: Option<&'a [usize]>,
    /// Whether a value may be none.
    pub optional: bool,
}

/// The schema of these columns.
pub fn schema(columns: &[Computed]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Computed::field).collect::<Vec<_>>()))
}

/// So many rows of these columns, as batches of their schema. No rows are no batches.
pub fn batches(schema: &SchemaRef, columns: &[Computed], len: usize) -> Result<Vec<RecordBatch>, ArrowError> {
    // Arrow's own builders end the process where there is no memory; so it is asked for before.
    room::check(columns.iter().map(|column| column.cells.bytes() + column.cells.len() * 16).sum());
    let batch = |from: usize| {
        stop::look();
        let arrays = columns.iter().map(|column| column.array(from, len.min(from + BATCH))).collect();
        RecordBatch::try_new(schema.clone(), arrays)
    };
    (0..len).step_by(BATCH).map(batch).collect()
}

impl Computed<'_> {
    fn item(&self) -> Arc<Field> {
        Arc::new(Field::new("item", value_type(self.of), true))
    }

    fn field(&self) -> Field {
        match self.starts {
            Some(_) => Field::new(self.name, DataType::LargeList(self.item()), false),
            None => Field::new(self.name, value_type(self.of), self.optional),
        }
    }

    fn array(&self, from: usize, to: usize) -> ArrayRef {
        let cells = |from: usize, to: usize| {
            let rows: Vec<Row> = room::collected(from as Row..to as Row);
            values(self.of, self.cells, &rows)
        };
        let Some(starts) = self.starts else { return cells(from, to) };
        let starts = &starts[from..=to];
        let (first, last) = (starts[0], starts[starts.len() - 1]);
        let offsets = starts.iter().map(|start| (start - first) as i64).collect::<Vec<_>>();
        Arc::new(LargeListArray::new(self.item(), OffsetBuffer::new(offsets.into()), cells(first, last), None))
    }
}
