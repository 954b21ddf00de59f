//! `__arrow_c_stream__`: a collection as a table, for whatever reads Arrow.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::{Field, SchemaRef};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::error::PyArrowError;
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};

use crate::exchange::outgoing;
use crate::python::collection::many::Many;

/// Record batches as a stream, cast to the requested schema where that can be done.
pub fn stream<'py>(
    py: Python<'py>,
    (schema, batches): (SchemaRef, Vec<RecordBatch>),
    requested: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let rows = Field::new_struct("", schema.fields().clone(), false);
    let arrays = batches.into_iter().map(|batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef));
    Ok(to_stream_pycapsule(py, Box::new(ArrayIterator::new(arrays, rows.into())), requested)?)
}

#[pymethods]
impl Many {
    /// The members as a table, for polars, pyarrow, pandas, DuckDB and whatever else reads Arrow streams: a capsule
    /// that holds an `ArrowArrayStream`.
    ///
    /// The columns are `id` (int64), then the fields in the order of their declaration: int64, float64, bool,
    /// large_string, large_binary, timestamp[us, UTC], date32; a reference is the int64 id. A column has nulls where
    /// its field is optional. The rows are a copy, all of one moment, in record batches of at most 65,536; none for
    /// no members. Columns are cast to the types of `requested_schema` where they can be.
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
        stream(py, batches.map_err(PyArrowError::from)?, requested_schema)
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
