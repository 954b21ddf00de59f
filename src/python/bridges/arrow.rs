//! `__arrow_c_stream__`: a collection as a table, for whatever reads Arrow.

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::exchange::{outgoing, stream};
use crate::python::capsule::{held_schema, of_stream};
use crate::python::collection::many::Many;
use crate::python::error::FieldError;

/// Record batches as a stream, in the types of the requested schema where they can be had so.
pub fn stream<'py>(
    py: Python<'py>,
    schema: SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
    requested: Option<&Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let requested = requested.map(held_schema).transpose()?;
    let broken = |why: String| FieldError::new_err(format!("requested_schema: {why}"));
    of_stream(py, stream::stream(schema, batches, requested).map_err(broken)?)
}

/// As [`stream`], of batches that are there already.
pub fn whole<'py>(
    py: Python<'py>,
    batches: Result<(SchemaRef, Vec<RecordBatch>), ArrowError>,
    requested: Option<&Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let (schema, batches) = batches.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    stream(py, schema, batches.into_iter().map(Ok), requested)
}

#[pymethods]
impl Many {
    /// The members as a table, for polars, pyarrow, pandas, DuckDB and whatever else reads Arrow streams: a capsule
    /// that holds an `ArrowArrayStream`.
    ///
    /// The columns are `id` (int64), then the fields in the order of their declaration: int64, float64, bool,
    /// large_string (of Json its text), large_binary, timestamp[us, UTC], date32; a reference is the int64 id, or
    /// the key of its model where that has one (`author`, or `book.author` and `book.title`). A column has nulls where
    /// its field is optional. The rows are a copy, all of one moment, in record batches of at most 65,536; none for
    /// no members. A column is handed out in the type that `requested_schema` has for its name where that is another
    /// width, unit or layout of the same values (int16, float32, string, string_view, timestamp[s], ...), else as it
    /// is; a value that does not fit it is an error of the reader's.
    ///
    /// Raises `DeletedError` where the owner of a live collection was deleted, `SchemaError` where its path leads
    /// nowhere.
    /// O(k x fields); other threads run meanwhile.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let batches =
            self.compute(py, |world| Ok(outgoing::batches(&world.engine, self.model(), &self.rows(world)?)))?;
        whole(py, batches, requested_schema.as_ref())
    }

    /// Without it NumPy would wrap the collection whole, as an array without dimensions.
    #[pyo3(signature = (dtype=None, *, copy=None))]
    fn __array__(&self, dtype: Option<&Bound<'_, PyAny>>, copy: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = (dtype, copy);
        let instead = "take .ids, .column(name) or .values(name); pandas reads it with DataFrame.from_arrow()";
        Err(PyTypeError::new_err(format!("a collection is a table, not an array: {instead}")))
    }

    /// Comparing with an array, or joining with an array of records, is for the collection's own operators.
    #[classattr]
    fn __array_ufunc__() -> Option<bool> {
        None
    }
}
