//! `Rankings`: a ranking for each of many records, computed while they are read.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use pyo3::exceptions::{PyKeyError, PyKeyboardInterrupt, PyRuntimeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::exchange::ranked;
use crate::python::bar::Bar;
use crate::python::bridges::arrow::stream;
use crate::python::collection::many::Many;
use crate::python::error::{interrupt, shown, wrong_type};
use crate::python::rank::question::BoundQuestion;
use crate::python::rank::ranking::Ranking;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::store::id::Id;

/// Rows of a batch, about.
const BATCH: usize = 1 << 16;

/// Owners of a batch, at most: the store is held that long, and the bar moves that often.
const OWNERS: usize = 512;

/// Owners of a batch, at least, to keep all cores busy.
const FEWEST: usize = 16;

/// One ranking a record, as one table: what `similar` and `recommend` of a collection give.
///
/// Nothing is computed before it is read. `rankings[record]` computes that one. Read as an Arrow table, of `owner`,
/// `rank` (from 1), `member` (all int64) and `score` (float64), it computes batch by batch while it is read, on all
/// cores, with the interpreter released: so it never holds more than one batch, however many owners there are. Each
/// batch is of one moment of the store, and leaves out owners deleted meanwhile. `len` is the number of owners.
///
/// >>> import pyarrow
/// >>> from hasmany import Store, User
/// >>> with Store():
/// ...     alice, bob = User("alice"), User("bob")
/// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
/// ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
/// ...     rankings = User.all().recommend("liked_tweets", 5)
/// ...     table = pyarrow.table(rankings).select(["owner", "rank", "member"])
/// >>> len(rankings), table.to_pylist()
/// (2, [{'owner': 1, 'rank': 1, 'member': 2}])
#[pyclass(frozen, module = "hasmany")]
pub struct Rankings {
    store: Py<Store>,
    /// A fixed collection.
    owners: Py<Many>,
    asked: Arc<BoundQuestion>,
    progress: bool,
}

impl Rankings {
    pub fn new(store: Py<Store>, owners: Py<Many>, asked: BoundQuestion, progress: bool) -> Self {
        Rankings { store, owners, asked: Arc::new(asked), progress }
    }
}

#[pymethods]
impl Rankings {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)?;
        visit.call(&self.owners)?;
        self.asked.traverse(&visit)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.owners.get().read(py, |world| self.owners.get().count(world))
    }

    /// The ranking of one of the owners, computed now. Raises `KeyError` for a record that is none of them.
    fn __getitem__(&self, record: &Bound<'_, PyAny>) -> PyResult<Ranking> {
        let (py, store) = (record.py(), self.store.bind(record.py()));
        let Ok(owner) = record.cast::<Record>() else {
            let name = store.get().model_name(py, self.asked.question.owners());
            return Err(wrong_type("rankings[...]", &name, record));
        };
        if !self.owners.get().holds(record)? {
            return Err(PyKeyError::new_err(format!("{} is none of the owners", shown(record))));
        }
        let owner = owner.get().id();
        let answer = store.get().read_long(py, |world| self.asked.answer(world, owner));
        let answer = answer.map_err(|error| raise(store, error))?;
        Ok(Ranking::answered(self.store.clone_ref(py), owner, self.asked.clone(), answer))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.owners.get().model_name(py);
        Ok(format!("<Rankings of {} {name} by {}>", self.__len__(py)?, self.asked.question.name))
    }

    /// The rankings as a table, for whatever reads Arrow: a capsule that holds an `ArrowArrayStream`.
    ///
    /// It is computed while it is read, batch by batch: what fails then, fails the reader.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let owners = self.owners.get().ids_vec(py)?;
        let bar = Bar::new(py, self.progress, Some(owners.len()), " rankings")?;
        let (store, asked) = (self.store.clone_ref(py), self.asked.clone());
        let batches = Batches { store, asked, owners, at: 0, bar: Some(bar) };
        stream(py, ranked::many_schema(), batches, requested_schema.as_ref())
    }

    /// Without it NumPy would make an array of objects.
    #[pyo3(signature = (dtype=None, *, copy=None))]
    fn __array__(&self, dtype: Option<&Bound<'_, PyAny>>, copy: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = (dtype, copy);
        let message = "rankings are a table, not an array: read them as one, as pyarrow.table(rankings) does";
        Err(PyTypeError::new_err(message))
    }
}

/// The batches still to be computed.
struct Batches {
    store: Py<Store>,
    asked: Arc<BoundQuestion>,
    owners: Vec<Id>,
    at: usize,
    /// Until it is closed.
    bar: Option<Bar>,
}

impl Batches {
    /// The next batch, nothing at the end. Whoever reads may hold the interpreter or not; while the store is waited for
    /// and read it is released.
    fn compute(&mut self, py: Python<'_>) -> PyResult<Option<RecordBatch>> {
        py.check_signals()?;
        let size = (BATCH / self.asked.question.k.max(1)).clamp(FEWEST, OWNERS);
        let owners = &self.owners[self.at..self.owners.len().min(self.at + size)];
        if owners.is_empty() {
            return Ok(None);
        }
        let read = |rankings: Vec<_>| ranked::many(&rankings).map_err(|error| error.to_string());
        let store = self.store.bind(py);
        let batch = store.get().read_long(py, |world| self.asked.answer_all(world, owners).map(read));
        let batch = batch.map_err(|error| raise(store, error))?.map_err(PyRuntimeError::new_err)?;
        self.at += owners.len();
        self.bar.as_ref().map_or(Ok(()), |bar| bar.advance(py, owners.len()))?;
        Ok(Some(batch))
    }

    fn close(&mut self, py: Python<'_>) -> PyResult<()> {
        self.at = self.owners.len();
        self.bar.take().map_or(Ok(()), |bar| bar.close(py))
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let computed = Python::try_attach(|py| {
            let mut computed = self.compute(py);
            if !matches!(computed, Ok(Some(_))) {
                let closed = self.close(py);
                computed = computed.and_then(|end| closed.map(|()| end));
            }
            computed.map_err(|error| {
                let text = error.to_string();
                if error.is_instance_of::<PyKeyboardInterrupt>(py) {
                    // The reader makes an error of its own of this: so it is raised once it has ended.
                    interrupt(py);
                }
                text
            })
        });
        let computed = computed.unwrap_or_else(|| Err("the interpreter is shutting down".to_owned()));
        computed.map_err(ArrowError::ComputeError).transpose()
    }
}

impl Drop for Batches {
    /// A reader may stop before the end.
    fn drop(&mut self) {
        if self.bar.is_some() {
            Python::try_attach(|py| {
                if let Err(error) = self.close(py) {
                    error.write_unraisable(py, None);
                }
            });
        }
    }
}
