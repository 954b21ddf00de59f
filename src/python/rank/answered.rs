//! What records and collections are answered.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::python::rank::question::{self, BoundQuestion};
use crate::python::rank::ranking::Ranking;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::rank::ask::Who;

/// What a record is answered. That it was deleted is said before what is wrong with the question.
pub fn ranking(record: &Record, py: Python<'_>, asked: PyResult<BoundQuestion>) -> PyResult<Ranking> {
    let asked = asked.or_else(|error| record.alive(py).and(Err(error)))?;
    answered(record.store(py), Who::Owner(record.id()), Arc::new(asked))
}

/// What somebody is answered now.
pub fn answered(store: &Bound<'_, Store>, who: Who, asked: Arc<BoundQuestion>) -> PyResult<Ranking> {
    let answer = store.get().read_long(store.py(), |world| asked.answer(world, &who));
    let answer = answer.map_err(|error| raise(store, error))?;
    Ok(Ranking::answered(store.clone().unbind(), who, asked, answer))
}

/// How many are wanted: ten if nothing is said.
pub fn count(k: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    k.map_or(Ok(10), |k| question::count("k", k, 0))
}
