//! `Rankings`: a ranking for each of many records, computed while they are read.

use std::sync::Arc;

use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::ask::ranked::{Sides, Wanted};
use crate::python::ask::operand::{Operand, Tree};
use crate::python::ask::table::Waiting as _;
use crate::python::collection::many::Many;
use crate::python::error::{shown, wrong_type};
use crate::python::rank::answered::answered;
use crate::python::rank::question::BoundQuestion;
use crate::python::rank::ranking::Ranking;
use crate::python::rank::waiting::Waiting;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::rank::ask::Who;

/// One ranking a record, as one table: what `similar` and `recommend` of a collection give.
///
/// Nothing is computed before it is read. `rankings[record]` computes that one. Read as an Arrow table, of `owner`,
/// `rank` (from 1), `member` (all int64) and `score` (float64), it computes batch by batch while it is read, on all
/// cores, with the interpreter released: so it never holds more than one batch, however many owners there are. Each
/// batch is of one moment of the store, and leaves out owners deleted meanwhile. `len` is the number of owners, and
/// `for batch in rankings` gives the batches, as pyarrow's.
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
#[pyclass(frozen, generic, module = "hasmany")]
pub struct Rankings {
    store: Py<Store>,
    /// A fixed collection.
    pub(super) owners: Py<Many>,
    pub(super) asked: Arc<BoundQuestion>,
    progress: bool,
}

impl Rankings {
    /// What each member of a collection is answered, once it is read.
    pub fn of(many: &Many, py: Python<'_>, asked: BoundQuestion, progress: bool) -> PyResult<Self> {
        many.read(py, |world| asked.check(world))?;
        let owners = Py::new(py, many.derive(py, |_, rows| rows.into_vec())?)?;
        Ok(Rankings { store: many.store(py).clone().unbind(), owners, asked: Arc::new(asked), progress })
    }

    pub fn store<'py>(&self, py: Python<'py>) -> &Bound<'py, Store> {
        self.store.bind(py)
    }

    /// Who ranks whom.
    pub fn sides(&self) -> Sides {
        self.asked.question.sides()
    }

    /// These columns, to be computed once they are read.
    pub fn waiting(&self, py: Python<'_>, wanted: Vec<Wanted<Operand>>) -> Waiting {
        let (store, owners, asked) = (self.store.clone_ref(py), self.owners.clone_ref(py), self.asked.clone());
        Waiting { store, owners, asked, wanted, progress: self.progress }
    }

    /// The rankings themselves as columns, and their names.
    pub fn ids(&self, py: Python<'_>) -> PyResult<(Vec<String>, Waiting)> {
        let id = || Tree::path("id").map_err(|error| raise(self.store.bind(py), error));
        let wanted = vec![Wanted::Owner(id()?), Wanted::Rank, Wanted::Member(id()?), Wanted::Score];
        Ok((["owner", "rank", "member", "score"].map(str::to_owned).into(), self.waiting(py, wanted)))
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

    /// Whether a record is one of the owners. Without it Python would compare batches with it, which ends pyarrow at `None`.
    fn __contains__(&self, record: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(record.is_instance_of::<Record>() && self.owners.get().holds(record)?)
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
        answered(store, Who::Owner(owner.get().id()), self.asked.clone())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.owners.get().model_name(py);
        Ok(format!("<Rankings of {} {name} by {}>", self.__len__(py)?, self.asked.question.name))
    }

    /// For notebooks: computes the rankings of the first few owners, and no more.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let owners = slf.get().owners.bind(slf.py());
        slf.py().import("hasmany.show")?.call_method1("rankings", (slf, owners, slf.get().asked.question.name.as_str()))
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
        let (names, waiting) = self.ids(py)?;
        Arc::new(waiting).stream(py, &names, requested_schema.as_ref())
    }

    /// The batches of that table one after the other, as record batches of pyarrow. Ctrl-C between two of them or in the midst of
    /// one is `KeyboardInterrupt`, which other readers of Arrow make an error of their own of.
    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.batches")?.call_method1("batches", (slf,))
    }

    /// Without it NumPy would make an array of objects.
    #[pyo3(signature = (dtype=None, *, copy=None))]
    fn __array__(&self, dtype: Option<&Bound<'_, PyAny>>, copy: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = (dtype, copy);
        let message = "rankings are a table, not an array: read them as one, as pyarrow.table(rankings) does";
        Err(PyTypeError::new_err(message))
    }
}
