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
}

impl Stats {
    pub fn of(engine: &Engine) -> Self {
        let models = engine.schema().models().iter().enumerate();
        let rows = models.map(|(at, model)| (engine.schema().label(model), engine.table(ModelId(at as u32)).len()));
        Stats { rows: rows.collect(), bytes: engine.bytes() }
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

    fn __repr__(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|(name, rows)| format!("{rows} {name}")).collect();
        format!("<Stats: {}; {} bytes>", rows.join(", "), self.bytes_total())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany._notebook")?.call_method1("stats", (slf,))
    }
}
