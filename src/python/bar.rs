//! A progress bar, if one was asked for. A call that reads Python's objects moves it itself ([`Bar`]); one that holds a
//! store's lock is watched by a thread that does ([`watched`]).

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

use crate::python::locks::assert_none_held;
use crate::store::progress::{self, Progress, Unit};

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

/// Does something long that says how far it is ([`progress`]), with a bar if one is wanted. No lock may be held.
pub fn watched<T>(py: Python<'_>, wanted: bool, call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    if !wanted {
        return call();
    }
    let progress = Arc::new(Progress::default());
    let shared = progress.clone();
    let seen = PyCFunction::new_closure(py, Some(c"seen"), None, move |_, _| {
        shared.seen().map(|(done, total, unit)| (done, total, name(unit)))
    })?;
    let end = py.import("hasmany._notebook")?.call_method1("watch", (seen,))?;
    let done = progress::watch(Some(progress), call);
    let ended = end.call0();
    done.and_then(|done| ended.map(|_| done))
}

fn name(unit: Unit) -> &'static str {
    match unit {
        Unit::Rows => " rows",
        Unit::Bytes => "B",
    }
}

/// How many rows the call that this thread works for looks at, where that is known to Python's side of it.
#[pyfunction]
pub fn expect_rows(rows: usize) {
    progress::expect(rows, Unit::Rows);
}
