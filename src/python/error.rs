//! The engine's refusals as Python exceptions. The classes themselves are in `hasmany/errors.py`: each is also a
//! builtin exception, which only Python can say.

use pyo3::exceptions::{
    PyException, PyKeyboardInterrupt, PyMemoryError, PyOSError, PyOverflowError, PyRuntimeError, PySystemExit,
    PyTypeError,
};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::journal;
use crate::python::reserve;
use crate::store::error::Error;
use crate::store::stop::{self, Stop};

pyo3::import_exception!(hasmany.errors, SchemaError);
pyo3::import_exception!(hasmany.errors, FieldError);
pyo3::import_exception!(hasmany.errors, NotFoundError);
pyo3::import_exception!(hasmany.errors, DeletedError);
pyo3::import_exception!(hasmany.errors, DuplicateError);
pyo3::import_exception!(hasmany.errors, RestrictError);
pyo3::import_exception!(hasmany.errors, ForeignStoreError);
pyo3::import_exception!(hasmany.errors, ReadOnlyError);
pyo3::import_exception!(hasmany.errors, NoCurrentStoreError);
pyo3::import_exception!(hasmany.errors, StoreClosedError);
pyo3::import_exception!(hasmany.errors, StoreLockedError);
pyo3::import_exception!(hasmany.errors, CorruptStoreError);

/// Imports all of them.
pub fn import(py: Python<'_>) -> PyResult<()> {
    py.import("hasmany.errors")?;
    for class in [
        py.get_type::<SchemaError>(),
        py.get_type::<FieldError>(),
        py.get_type::<NotFoundError>(),
        py.get_type::<DeletedError>(),
        py.get_type::<DuplicateError>(),
        py.get_type::<RestrictError>(),
        py.get_type::<ForeignStoreError>(),
        py.get_type::<ReadOnlyError>(),
        py.get_type::<NoCurrentStoreError>(),
        py.get_type::<StoreClosedError>(),
        py.get_type::<StoreLockedError>(),
        py.get_type::<CorruptStoreError>(),
    ] {
        debug_assert!(class.is_subclass_of::<PyException>()?, "it is what was imported");
    }
    Ok(())
}

/// Why something could not be done: the engine says so, or the file does, or it was ended.
pub enum Failure {
    Engine(Error),
    File(journal::error::Error),
    Stopped(Stop),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Failure::Stopped(stop)
    }
}

/// Does something that may take long, or much memory: it ends early where Ctrl-C was pressed, or there is no more.
pub fn heard<T>(work: impl FnOnce() -> T) -> Result<T, Stop> {
    reserve::keep_again();
    let done = stop::hear(is_interrupted, work).map_err(Stop::of);
    reserve::keep_again();
    done
}

/// As [`heard`], of what may fail.
pub fn tried<T, E: Into<Failure>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, Failure> {
    heard(work)?.map_err(Into::into)
}

/// What ended a call, as an exception. A handler for Ctrl-C that somebody has put in place of Python's is called, and may
/// raise something else. No lock may be held.
pub fn raise_of_stop(py: Python<'_>, stop: Stop) -> PyErr {
    match stop {
        Stop::Interrupted => interrupted(py, "interrupted; nothing was changed"),
        Stop::OutOfMemory => PyMemoryError::new_err("there is not enough memory for this; nothing was changed"),
        Stop::TooLarge => PyOverflowError::new_err(
            "in the condition or the order of a collection a number is over 64 bits (or 38 digits) for a row; nothing was \
             wrapped, rounded or changed",
        ),
    }
}

/// As if Ctrl-C were pressed now.
#[expect(unsafe_code, reason = "PyO3 has no word for it")]
pub fn interrupt(_py: Python<'_>) {
    // SAFETY: the interpreter is held.
    unsafe { pyo3::ffi::PyErr_SetInterrupt() };
}

fn interrupted(py: Python<'_>, text: &str) -> PyErr {
    match py.check_signals() {
        Err(raised) if !raised.is_instance_of::<PyKeyboardInterrupt>(py) => raised,
        _ => PyKeyboardInterrupt::new_err(text.to_owned()),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Engine(error)
    }
}

impl From<journal::error::Error> for Failure {
    fn from(error: journal::error::Error) -> Self {
        Failure::File(error)
    }
}

/// A file's failure as the exception that a user sees.
pub fn raise_of_file(py: Python<'_>, error: journal::error::Error) -> PyErr {
    use journal::error::Error;
    match error {
        Error::Locked(text) => StoreLockedError::new_err(text),
        Error::Corrupt(text) => CorruptStoreError::new_err(text),
        Error::ReadOnly(text) => ReadOnlyError::new_err(text),
        Error::Schema(text) => SchemaError::new_err(text),
        Error::Interrupted(text) => interrupted(py, &text),
        Error::Memory(text) => PyMemoryError::new_err(text),
        // Python picks the subclass by the number: `FileNotFoundError`, `PermissionError` and the like.
        Error::System { code, message, path } => PyOSError::new_err((code, message, path.into_os_string())),
    }
}

/// Whether somebody wants to leave, by Ctrl-C or `sys.exit()`, which no callback's failure is.
pub fn is_leaving(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyKeyboardInterrupt>(py) || error.is_instance_of::<PySystemExit>(py)
}

/// A failure that has no store any more which could say more.
pub fn raise_of_failure(py: Python<'_>, failure: Failure) -> PyErr {
    match failure {
        Failure::Engine(error) => PyRuntimeError::new_err(error.to_string()),
        Failure::File(error) => raise_of_file(py, error),
        Failure::Stopped(stop) => raise_of_stop(py, stop),
    }
}

/// Whether Ctrl-C was pressed, in the thread that hears it. It stays pressed, until somebody raises it. Runs no Python
/// code, so it may be asked with locks held.
#[expect(unsafe_code, reason = "PyO3 can only run the handler, which is Python code")]
pub fn is_interrupted() -> bool {
    Python::try_attach(|py| {
        // SAFETY: the interpreter is held.
        let is_pressed = unsafe { pyo3::ffi::PyOS_InterruptOccurred() } != 0;
        if is_pressed {
            interrupt(py);
        }
        is_pressed
    })
    .unwrap_or(false)
}

/// "Tweet.user takes User, not str".
pub fn wrong_type(what: &str, wanted: &str, got: &Bound<'_, PyAny>) -> PyErr {
    let got = match got.is_none() {
        true => "None".to_owned(),
        false => got.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string()),
    };
    PyTypeError::new_err(format!("{what} takes {wanted}, not {got}"))
}

/// "Doctor.age: 9223372036854775808 is over 64 bits".
pub fn wrong_value(model: &str, field: &str, value: &Bound<'_, PyAny>, why: &str) -> PyErr {
    let mut shown = value.repr().map_or_else(|_| "?".to_owned(), |text| text.to_string_lossy().into_owned());
    if let Some((cut, _)) = shown.char_indices().nth(80) {
        shown.truncate(cut);
        shown.push('…');
    }
    FieldError::new_err(format!("{model}.{field}: {shown} {why}"))
}

/// What ends a block that an exception leaves (`__exit__`'s arguments): that exception goes on, and says what failed
/// besides.
pub fn beside_exception(ended: PyResult<()>, exc: &Bound<'_, PyTuple>) -> PyResult<()> {
    let py = exc.py();
    match (ended, exc.get_item(1)) {
        (Err(error), Ok(left_by)) if !left_by.is_none() && error.is_instance_of::<PyException>(py) => {
            let text = format!("besides, the store could not be closed: {error}");
            left_by.call_method1("add_note", (text,)).map(drop)
        }
        (ended, _) => ended,
    }
}

/// An error of one row of many: its text begins with "row 3: ".
pub fn in_row(py: Python<'_>, row: usize, error: PyErr) -> PyErr {
    let text = format!("row {row}: {}", error.value(py));
    match error.get_type(py).call1((text,)) {
        Ok(named) => PyErr::from_value(named),
        Err(_) => error,
    }
}

/// The repr of an object that may have none.
pub fn shown(object: &Bound<'_, PyAny>) -> String {
    object.repr().map_or_else(|_| "an object".to_owned(), |text| text.to_string_lossy().into_owned())
}
