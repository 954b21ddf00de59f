//! The engine's refusals as the exceptions that a user of a store sees, with the records that they are about.

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

use crate::python::error::{
    CorruptStoreError, DeletedError, DuplicateError, Failure, FieldError, NotFoundError, RestrictError, SchemaError,
    raise_of_file, raise_of_stop,
};
use crate::python::locks::assert_none_held;
use crate::python::record::make;
use crate::python::store::Store;
use crate::store::error::Error;

/// A failure as the exception that a user of this store sees.
pub fn raise(store: &Bound<'_, Store>, failure: impl Into<Failure>) -> PyErr {
    assert_none_held();
    match failure.into() {
        Failure::Engine(error) => {
            let text = error.to_string();
            raise_as(store, error, text)
        }
        Failure::File(error) => raise_of_file(store.py(), error),
        Failure::Stopped(stop) => raise_of_stop(store.py(), stop),
    }
}

fn raise_as(store: &Bound<'_, Store>, error: Error, text: String) -> PyErr {
    let py = store.py();
    match error {
        Error::InRow { error, .. } => raise_as(store, *error, text),
        Error::Schema(_) | Error::Undeclared { .. } => SchemaError::new_err(text),
        Error::Field { .. } => FieldError::new_err(text),
        Error::NotFound(_) | Error::Missing { is_deleted: false, .. } => NotFoundError::new_err(text),
        Error::Deleted { .. } | Error::Missing { is_deleted: true, .. } => DeletedError::new_err(text),
        Error::Corrupt(_) => CorruptStoreError::new_err(text),
        Error::Full { .. } | Error::Overflow(_) => PyOverflowError::new_err(text),
        Error::Duplicate { model, existing, .. } => {
            match existing.map(|existing| make::record(store, model, existing)).transpose() {
                Ok(existing) => DuplicateError::new_err((text, existing.map(Bound::unbind))),
                Err(error) => error,
            }
        }
        Error::Restrict { blockers, .. } => match blockers.into_iter().collect::<Vec<_>>().into_pyobject(py) {
            Ok(blockers) => RestrictError::new_err((text, blockers.unbind())),
            Err(error) => error,
        },
    }
}
