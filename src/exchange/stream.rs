//! Record batches as a stream of Arrow's C interface.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, SchemaRef};

use crate::exchange::foreign::{Refusal, field};
use crate::exchange::wanted::{cast, fitted};
use crate::store::stop::Stop;

type Result<T> = std::result::Result<T, ArrowError>;

/// A stream of record batches of a schema. Where a type is wanted, each column is handed out in that of its name if it
/// can be; refused is only a type whose structs are broken.
pub fn stream(
    schema: SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'static,
    wanted: Option<&FFI_ArrowSchema>,
) -> std::result::Result<FFI_ArrowArrayStream, String> {
    let wanted = match wanted.map(field) {
        Some(Err(Refusal::Broken(why))) => return Err(why),
        // One that is not known here, or no table: what there is, is handed out as it is.
        Some(Err(Refusal::Unknown(_))) | None => None,
        Some(Ok(field)) => match field.data_type() {
            DataType::Struct(fields) => Some(fields.clone()),
            _ => None,
        },
    };
    let schema = wanted.map_or(schema.clone(), |wanted| fitted(&schema, &wanted).into());
    Ok(FFI_ArrowArrayStream::new(Box::new(Batches { schema, batches: Some(batches) })))
}

/// What the stream reads. C calls it, so it must not unwind; and C reads its messages, so they hold no zero.
struct Batches<I> {
    schema: SchemaRef,
    /// Until the end, or an error.
    batches: Option<I>,
}

impl<I: Iterator<Item = Result<RecordBatch>>> Batches<I> {
    fn read(&mut self) -> Option<Result<RecordBatch>> {
        let batch = self.batches.as_mut()?.next()?;
        Some(batch.and_then(|batch| match batch.schema_ref() == &self.schema {
            true => Ok(batch),
            false => cast(&batch, &self.schema),
        }))
    }
}

impl<I: Iterator<Item = Result<RecordBatch>>> Iterator for Batches<I> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = catch_unwind(AssertUnwindSafe(|| self.read())).unwrap_or_else(|ended| Some(Err(why(&*ended))));
        if !matches!(read, Some(Ok(_))) {
            self.batches = None;
        }
        read.map(|batch| batch.map_err(without_zeros))
    }
}

impl<I: Iterator<Item = Result<RecordBatch>>> RecordBatchReader for Batches<I> {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

/// An unwinding as an error.
fn why(ended: &(dyn Any + Send)) -> ArrowError {
    match ended.downcast_ref() {
        Some(Stop::OutOfMemory) => ArrowError::MemoryError("there is not enough memory for this".to_owned()),
        Some(Stop::TooLarge) => {
            ArrowError::ComputeError("a number in the condition or the order of a collection is too large".to_owned())
        }
        Some(Stop::Interrupted) => ArrowError::ComputeError("interrupted".to_owned()),
        None => ArrowError::ComputeError("a fault of hasmany: please report it".to_owned()),
    }
}

fn without_zeros(error: ArrowError) -> ArrowError {
    match error {
        ArrowError::MemoryError(text) => ArrowError::MemoryError(text.replace('\0', "\\0")),
        error => {
            let text = error.to_string();
            if text.contains('\0') { ArrowError::ComputeError(text.replace('\0', "\\0")) } else { error }
        }
    }
}
