//! `Store.from_sqlite`: what Python's side of it, `hasmany/foreign.py`, asks of another program's file.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use rusqlite::types::Value;

use crate::journal::foreign::{ForeignFile, Profile};
use crate::python::bar::watched;
use crate::python::error::{raise_of_stop, tried};
use crate::python::file::open;
use crate::python::fork::detached;
use crate::python::record::raise::raise;
use crate::python::store::Store;

#[pymethods]
impl Store {
    /// A new store in memory of another program's SQLite file, with classes made from its tables: `store.models()`, or, to
    /// go on with, `print(store.schema.to_python())`.
    ///
    /// Classes are named after tables in the singular, fields after columns (`OrderDetails.UnitPrice`: `OrderDetail`,
    /// `unit_price`). A primary key of one column of positive whole numbers is the id; another one is the key of its
    /// class (`Customer.find("ALFKI")`), and ids are those of SQLite's rows; other unique columns are unique fields or tuples. Foreign keys are references, a table whose key is two of them is a join
    /// model with `has_many` through it on both sides. A type is what all values of a column are: int, float, bool (where
    /// so declared), str, bytes, date and datetime (ISO text; UTC where no zone is said). Where they are several it is str;
    /// empty text among numbers and dates is None. Rows that do not fit are left out, and references that lead nowhere are
    /// None where they may be; both are counted by reason in one `UserWarning`. Views and virtual tables are no models.
    ///
    /// Nothing is written to the file, and the store does not depend on it any more. O(rows), read twice, which `progress=True` shows. Raises
    /// `CorruptStoreError` for what is no SQLite file, `SchemaError` for one of a store, `FileNotFoundError` and other
    /// `OSError`.
    ///
    /// >>> import pathlib, sqlite3, tempfile
    /// >>> from hasmany import Store
    /// >>> path = pathlib.Path(tempfile.mkdtemp(), "music.db")
    /// >>> with sqlite3.connect(path) as db:
    /// ...     _ = db.execute("create table Artists (ArtistId integer primary key, Name text not null)")
    /// ...     _ = db.execute("create table Albums (Title text not null, ArtistId integer not null references Artists)")
    /// ...     _ = db.execute("insert into Artists values (7, 'Nina')")
    /// ...     _ = db.execute("insert into Albums values ('One', 7)")
    /// >>> store = Store.from_sqlite(path)
    /// >>> store.models()["Artist"].find(7).albums.values("title")
    /// ['One']
    #[staticmethod]
    #[pyo3(signature = (path, *, progress=false))]
    fn from_sqlite<'py>(path: &Bound<'py, PyAny>, progress: bool) -> PyResult<Bound<'py, PyAny>> {
        let py = path.py();
        // Nobody's default: it is not among the stores that could be meant.
        let store = Bound::new(py, Store::in_memory())?;
        watched(py, progress, || {
            py.import("hasmany.foreign")?.call_method1("fill", (&store, open::path(path)?, progress))
        })?;
        Ok(store.into_any())
    }
}

/// What statements give of another program's file.
#[pyfunction]
pub fn foreign_rows<'py>(
    store: &Bound<'py, Store>,
    path: &Bound<'py, PyAny>,
    sql: &str,
) -> PyResult<Bound<'py, PyList>> {
    let (py, path) = (store.py(), open::path(path)?);
    let read = detached(py, || tried(|| ForeignFile::open(&path)?.rows(sql)));
    let rows = PyList::empty(py);
    for row in read.map_err(|failure| raise(store, failure))? {
        let cells = row.into_iter().map(|value| object(py, value)).collect::<PyResult<Vec<_>>>()?;
        rows.append(cells)?;
    }
    Ok(rows)
}

fn object(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Integer(v) => v.into_pyobject(py)?.into_any(),
        Value::Real(v) => v.into_pyobject(py)?.into_any(),
        Value::Text(v) => v.into_pyobject(py)?.into_any(),
        Value::Blob(v) => PyBytes::new(py, &v).into_any(),
    })
}

/// What is in the columns of what a statement gives of another program's file.
#[derive(IntoPyObject)]
pub struct ColumnProfile {
    nulls: u64,
    ints: u64,
    least: i64,
    most: i64,
    inexact: u64,
    reals: u64,
    texts: u64,
    empty: u64,
    dates: u64,
    times: u64,
    is_one_form: bool,
    bytes: u64,
}

impl From<Profile> for ColumnProfile {
    fn from(of: Profile) -> Self {
        let Profile {
            nulls, ints, least, most, inexact, reals, texts, empty, dates, times, is_one_form, bytes, ..
        } = of;
        ColumnProfile { nulls, ints, least, most, inexact, reals, texts, empty, dates, times, is_one_form, bytes }
    }
}

/// What is in the columns of what a statement gives of another program's file.
#[pyfunction]
pub fn foreign_profile(store: &Bound<'_, Store>, path: &Bound<'_, PyAny>, sql: &str) -> PyResult<Vec<ColumnProfile>> {
    let path = open::path(path)?;
    let read = detached(store.py(), || tried(|| ForeignFile::open(&path)?.profile(sql)));
    Ok(read.map_err(|failure| raise(store, failure))?.into_iter().map(ColumnProfile::from).collect())
}

/// Fills a store without rows from another program's file: a statement a model, and those that come before. What did not
/// fit: the place of the model, why, whether rows were left out, and how many.
#[pyfunction]
pub fn foreign_load(
    store: &Bound<'_, Store>,
    path: &Bound<'_, PyAny>,
    before: Vec<String>,
    selects: Vec<String>,
) -> PyResult<Vec<(u32, String, bool, usize)>> {
    let (py, path) = (store.py(), open::path(path)?);
    let mut world = Store::lock_open(store)?;
    if world.engine.depth() > 0 || selects.len() != world.classes.len() {
        return Err(PyRuntimeError::new_err("the store is not as it was made"));
    }
    if let Err(stop) = world.settle() {
        drop(world);
        return Err(raise_of_stop(py, stop));
    }
    let mut fresh = world.engine.emptied();
    let loaded = detached(py, || tried(|| ForeignFile::open(&path)?.load(&mut fresh, &before, &selects)));
    if loaded.is_ok() {
        world.engine.succeed(fresh);
        store.get().publish(&world);
    }
    drop(world);
    let misfits = loaded.map_err(|failure| raise(store, failure))?;
    Ok(misfits.into_iter().map(|(of, rows)| (of.model.0, of.why, of.is_left_out, rows)).collect())
}
