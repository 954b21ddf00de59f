//! `Record.matrix`: a join model as a sparse matrix.

use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::declare::bind::model_of;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::record::value::text;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::ModelId;
use crate::store::read::matrix::{Axis, Matrix};

#[pymethods]
impl Record {
    /// The rows of this model as a sparse matrix. It has a row for each record of the model that the reference `rows`
    /// leads to and a column for each of the one that `columns` leads to, all that live, in order of creation. An
    /// entry is how many rows of this model refer to the two; with `values`, an int, float or bool field, the sum of
    /// it.
    ///
    /// Result: `Matrix(matrix, rows, columns)`, a `scipy.sparse.csr_array` of float64, of shape (len(rows),
    /// len(columns)), and fixed collections of what its rows and columns stand for. It is a copy; a collection from
    /// which a record was deleted since does not fit it any more. A row of this model that lacks one of the two is left
    /// out. A None in `values` adds nothing; a pair is stored even where its sum is 0. Indices are sorted, without
    /// repeats, and int32 where that is enough.
    ///
    /// Counts are float64, too: SciPy and scikit-learn compute with it as it is, integers they convert first, and some
    /// of implicit's models refuse those; float32 would miscount sums beyond 16,777,216, float64 does beyond 2**53.
    /// implicit takes `csr_matrix(matrix)`, which copies nothing.
    ///
    /// Raises `SchemaError` for a name that is no reference, or in `values` no field of numbers; `ImportError` without
    /// SciPy. O(rows of all three models), times O(log n) for the n rows of this model in one row of the matrix; other
    /// threads run meanwhile.
    ///
    /// >>> from hasmany import Like, Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = bob.like_tweet(one), bob.like_tweet(two), alice.like_tweet(two)
    /// ...     likes = Like.matrix("user", "tweet")
    /// ...     likes.matrix.toarray().tolist(), likes.rows.values("username")
    /// ([[0.0, 1.0], [1.0, 1.0]], ['alice', 'bob'])
    #[classmethod]
    #[pyo3(signature = (rows, columns, values=None))]
    fn matrix<'py>(
        cls: &Bound<'py, PyType>,
        rows: &Bound<'py, PyString>,
        columns: &Bound<'py, PyString>,
        values: Option<&Bound<'py, PyString>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("hasmany.bridges")?.call_method1("matrix", (cls, rows, columns, values))
    }
}

/// The entries, the column of each, and where each row begins.
type Arrays<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>);

/// What `Record.matrix` is made of: the arrays, the shape, and the records that rows and columns stand for.
#[pyfunction]
pub fn compressed_rows<'py>(
    cls: &Bound<'py, PyType>,
    rows: &Bound<'py, PyString>,
    columns: &Bound<'py, PyString>,
    values: Option<&Bound<'py, PyString>>,
) -> PyResult<(Arrays<'py>, (usize, usize), Many, Many)> {
    let py = cls.py();
    let (store, model) = model_of(cls)?;
    let (rows, columns, values) = (text(rows), text(columns), values.map(|values| text(values)));
    let read = |world: &World| Compressed::read(world, model, &rows, &columns, values.as_deref());
    let matrix = store.get().read_long(py, read).map_err(|error| raise(&store, error))?;
    let (indices, starts) = match matrix.indices {
        Indices::Int32(columns, starts) => (columns.into_pyarray(py).into_any(), starts.into_pyarray(py).into_any()),
        Indices::Int64(columns, starts) => (columns.into_pyarray(py).into_any(), starts.into_pyarray(py).into_any()),
    };
    let many = |fixed| Many::fixed(store.clone().unbind(), fixed);
    let arrays = (matrix.entries.into_pyarray(py).into_any(), indices, starts);
    Ok((arrays, matrix.shape, many(matrix.rows), many(matrix.columns)))
}

/// A matrix, and what its rows and columns stand for.
struct Compressed {
    entries: Vec<f64>,
    indices: Indices,
    shape: (usize, usize),
    rows: Fixed,
    columns: Fixed,
}

impl Compressed {
    fn read(world: &World, model: ModelId, rows: &str, columns: &str, values: Option<&str>) -> Result<Self> {
        let (engine, of) = (&world.engine, world.engine.schema().model(model));
        let (rows, columns) = (of.reference(rows)?, of.reference(columns)?);
        let values = values.map(|values| of.number(values)).transpose()?;
        let Matrix { entries, columns: of_entries, starts } = engine.matrix(model, rows, columns, values);
        let all = |(_, to): Axis| Fixed::new(world, to, engine.table(to).live_rows());
        let shape = (engine.table(rows.1).len(), engine.table(columns.1).len());
        let indices = Indices::new(of_entries, starts, shape.1);
        Ok(Compressed { entries, indices, shape, rows: all(rows), columns: all(columns) })
    }
}

/// The column of each entry, and where each row begins. SciPy wants both of one type.
enum Indices {
    Int32(Vec<i32>, Vec<i32>),
    Int64(Vec<i64>, Vec<i64>),
}

impl Indices {
    /// `width` is how many columns there are.
    fn new(columns: Vec<u32>, starts: Vec<usize>, width: usize) -> Self {
        match i32::try_from(columns.len().max(width)) {
            Ok(_) => {
                let columns = columns.into_iter().map(|column| column as i32).collect();
                Indices::Int32(columns, starts.into_iter().map(|start| start as i32).collect())
            }
            Err(_) => {
                let columns = columns.into_iter().map(i64::from).collect();
                Indices::Int64(columns, starts.into_iter().map(|start| start as i64).collect())
            }
        }
    }
}
