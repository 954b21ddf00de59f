//! `Store.stats()`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::store::Store as Engine;
use crate::store::id::ModelId;

/// How many rows each model of a store has, and how many bytes they and each index hold.
///
/// >>> from hasmany import Store, User
/// >>> with Store() as store:
/// ...     _ = User("alice")
/// ...     store.stats().rows
/// {'User': 1, 'Tweet': 0, 'Like': 0}
#[pyclass(frozen, module = "hasmany")]
pub struct Stats {
    rows: Vec<(String, usize)>,
    bytes: Vec<(String, usize)>,
    changed_elsewhere: Option<bool>,
}

impl Stats {
    pub fn of(engine: &Engine, changed_elsewhere: Option<bool>) -> Self {
        let models = engine.schema().models().iter().enumerate();
        let rows = models.map(|(at, model)| (engine.schema().label(model), engine.table(ModelId(at as u32)).len()));
        Stats { rows: rows.collect(), bytes: engine.bytes(), changed_elsewhere }
    }
}

impl Stats {
    /// With one more part, if it holds anything.
    pub fn with(mut self, part: &str, bytes: usize) -> Self {
        if bytes > 0 {
            self.bytes.push((part.to_owned(), bytes));
        }
        self
    }
}

#[pymethods]
impl Stats {
    /// Rows per model.
    #[getter]
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        PyDict::from_sequence(&self.rows.clone().into_pyobject(py)?)
    }

    /// Bytes per model and index, capacity included: what the allocator was asked for. "strings" are the Python
    /// strings that `values` made last, which it hands out again; `compact()` forgets them.
    #[getter]
    fn bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        PyDict::from_sequence(&self.bytes.clone().into_pyobject(py)?)
    }

    /// The sum of `bytes`.
    #[getter]
    fn bytes_total(&self) -> usize {
        self.bytes.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Whether another program changed rows, columns or fields of the file between the last time that a store closed it
    /// and the time that this one opened it (or read it again by `refresh()`). `VACUUM` and `ANALYZE` change none.
    ///
    /// None where that is not known: in memory, once the store is closed, and where the file was not closed by its last
    /// writer alone, because that was killed or others had the file open.
    ///
    /// >>> import pathlib, sqlite3, tempfile
    /// >>> from hasmany import Store, User
    /// >>> path = pathlib.Path(tempfile.mkdtemp(), "users.db")
    /// >>> with Store(path):
    /// ...     _ = User("alice")
    /// >>> with sqlite3.connect(path) as connection:
    /// ...     _ = connection.execute("update users set username = 'anne'")
    /// >>> connection.close()
    /// >>> with Store(path) as store:
    /// ...     User.all().values("username"), store.stats().changed_elsewhere
    /// (['anne'], True)
    #[getter]
    fn changed_elsewhere(&self) -> Option<bool> {
        self.changed_elsewhere
    }

    fn __repr__(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|(name, rows)| format!("{rows} {name}")).collect();
        format!("<Stats: {}; {} bytes>", rows.join(", "), self.bytes_total())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.show")?.call_method1("stats", (slf,))
    }
}
