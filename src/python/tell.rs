//! Telling Python's `logging` what happens: files that open and close, waiting, observers that raise.
//!
//! One logger, "hasmany" (`hasmany/telling.py`). Where nobody has imported `logging` nobody listens: nothing is imported,
//! and no text is made.

use std::fmt;
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::python::error::is_leaving;
use crate::python::locks::assert_none_held;

/// How much it matters, as `logging` numbers it.
#[derive(Clone, Copy)]
pub enum Level {
    Debug = 10,
    Info = 20,
    Warning = 30,
    Error = 40,
}

/// Tells what happened, if anybody listens. No lock may be held: handlers are Python code. What they raise goes to
/// `sys.unraisablehook`, because what is told has happened; but who wants to leave (Ctrl-C, `sys.exit()`) leaves.
pub fn tell(py: Python<'_>, level: Level, text: impl FnOnce() -> String) -> PyResult<()> {
    told(py, log(py, level, text, None))
}

/// As [`tell`], of an exception that nobody catches.
pub fn tell_of(py: Python<'_>, error: &PyErr, text: impl FnOnce() -> String) -> PyResult<()> {
    told(py, log(py, Level::Error, text, Some(error)))
}

fn told(py: Python<'_>, logged: PyResult<()>) -> PyResult<()> {
    match logged {
        Err(error) if !is_leaving(py, &error) => {
            error.write_unraisable(py, None);
            Ok(())
        }
        logged => logged,
    }
}

fn log(py: Python<'_>, level: Level, text: impl FnOnce() -> String, error: Option<&PyErr>) -> PyResult<()> {
    assert_none_held();
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    if !modules.contains(intern!(py, "logging"))? {
        return Ok(());
    }
    let logger = py.import(intern!(py, "hasmany.telling"))?.getattr(intern!(py, "logger"))?;
    if !logger.call_method1(intern!(py, "isEnabledFor"), (level as u8,))?.is_truthy()? {
        return Ok(());
    }
    let keywords = PyDict::new(py);
    if let Some(error) = error {
        keywords.set_item(intern!(py, "exc_info"), error.value(py))?;
    }
    // The text is an argument: it may have percent signs.
    logger.call_method(intern!(py, "log"), (level as u8, "%s", text()), Some(&keywords)).map(drop)
}

/// Somebody who waits, and says so: when it begins, and once more when it has lasted a second.
#[derive(Default)]
pub struct Waiter {
    begun: Option<Instant>,
    is_long: bool,
}

impl Waiter {
    /// What is worth a warning.
    const LONG: Duration = Duration::from_secs(1);

    /// Tells of it before another moment of waiting. No lock may be held.
    pub fn tell(&mut self, py: Python<'_>, for_what: impl fmt::Display) -> PyResult<()> {
        let Some(begun) = self.begun else {
            self.begun = Some(Instant::now());
            return tell(py, Level::Debug, || format!("waits for {for_what}"));
        };
        if self.is_long || begun.elapsed() < Self::LONG {
            return Ok(());
        }
        self.is_long = true;
        tell(py, Level::Warning, || format!("has waited a second for {for_what}"))
    }

    /// ", after 0.5 s of waiting"; nothing where nobody waited.
    pub fn how_long(&self) -> String {
        self.begun
            .map_or_else(String::new, |begun| format!(", after {:.1} s of waiting", begun.elapsed().as_secs_f64()))
    }
}
