//! A progress bar, if one was asked for.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::python::locks::assert_none_held;

/// A bar of tqdm, or nothing.
pub struct Bar(Option<Py<PyAny>>);

impl Bar {
    pub fn new(py: Python<'_>, wanted: bool, total: Option<usize>, unit: &str) -> PyResult<Self> {
        match wanted {
            true => Ok(Bar(Some(py.import("hasmany._notebook")?.call_method1("progress", (total, unit))?.unbind()))),
            false => Ok(Bar(None)),
        }
    }

    /// One that counts the values that `insert_all` reads; how many they will be is said where the arguments tell it.
    pub fn of_values(
        py: Python<'_>,
        wanted: bool,
        data: Option<&Bound<'_, PyAny>>,
        columns: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let total = match wanted {
            true => py.import("hasmany._notebook")?.call_method1("count_values", (data, columns))?.extract()?,
            false => None,
        };
        Bar::new(py, wanted, total, " values")
    }

    pub fn advance(&self, py: Python<'_>, by: usize) -> PyResult<()> {
        assert_none_held();
        self.0.as_ref().map_or(Ok(()), |bar| bar.call_method1(py, "update", (by,)).map(drop))
    }

    pub fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.as_ref().map_or(Ok(()), |bar| bar.call_method0(py, "close").map(drop))
    }
}
