//! `Ranking`: records and their scores, best first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyCapsule, PyList, PySlice, PyTuple, PyType};

use crate::ask::ranked::Wanted;
use crate::python::ask::operand::Tree;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::error::{shown, wrong_type};
use crate::python::rank::question::BoundQuestion;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::rank::ask::{Answer, Ranked, Who};
use crate::store::error::Error;
use crate::store::id::{Id, ModelId, Row};

/// Records and their scores, best first; of equal scores the older record first. What `top`, `similar` and `recommend`
/// give.
///
/// A fixed result: what it was when it was asked for, less what was deleted since. It is a collection of
/// `Scored(record, score)`, indexed and sliced like a list; `records` and `scores` are the two sides. `==` compares in
/// order with a list, a tuple or a ranking.
///
/// It is an Arrow table, too, of `rank` (int64, from 1), `id` (int64) and `score` (float64).
///
/// >>> from hasmany import Store, Tweet, User
/// >>> with Store():
/// ...     alice, bob = User("alice"), User("bob")
/// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
/// ...     _ = alice.like_tweet(two), bob.like_tweet(two), bob.like_tweet(one)
/// ...     [(tweet.message, score) for tweet, score in Tweet.all().top(10, by="likers")]
/// [('two', 2.0), ('one', 1.0)]
#[pyclass(frozen, generic, module = "hasmany")]
pub struct Ranking {
    store: Py<Store>,
    model: ModelId,
    entries: Box<[RankedEntry]>,
    /// Who asked what, where it is of links.
    asked: Option<(Who, Arc<BoundQuestion>)>,
    /// Whether long walks read only a part of their links, so that the scores are estimates.
    #[pyo3(get)]
    sampled: bool,
}

/// A record of a ranking.
#[derive(Clone)]
struct RankedEntry {
    id: Id,
    score: f64,
    /// What led there, if that was kept.
    reasons: Option<Box<[Id]>>,
}

impl Ranking {
    /// Of records of a model, by id.
    pub fn new(store: Py<Store>, model: ModelId, ranked: Vec<Ranked>) -> Self {
        let entries = ranked.into_iter().map(|(id, score)| RankedEntry { id, score, reasons: None }).collect();
        Ranking { store, model, entries, asked: None, sampled: false }
    }

    /// What somebody was answered.
    pub fn answered(store: Py<Store>, who: Who, asked: Arc<BoundQuestion>, answer: Answer) -> Self {
        let mut reasons = answer.reasons.into_iter().map(Vec::into_boxed_slice);
        let entry = |(id, score)| RankedEntry { id, score, reasons: reasons.next() };
        let entries = answer.ranked.into_iter().map(entry).collect();
        Ranking { store, model: asked.question.answers(), entries, asked: Some((who, asked)), sampled: answer.sampled }
    }

    /// The entries whose records are there.
    fn live<'a>(&'a self, world: &'a World) -> impl DoubleEndedIterator<Item = &'a RankedEntry> {
        let table = world.engine.table(self.model);
        self.entries.iter().filter(move |entry| table.find(entry.id).is_some())
    }

    /// Copies of them.
    fn copied(&self, py: Python<'_>) -> Vec<RankedEntry> {
        let world = self.store.get().read(py);
        self.live(&world).cloned().collect()
    }

    pub fn store<'py>(&self, py: Python<'py>) -> &Bound<'py, Store> {
        self.store.bind(py)
    }

    pub fn model(&self) -> ModelId {
        self.model
    }

    /// The rows that are there, and their scores.
    pub fn rows(&self, world: &World) -> impl Iterator<Item = (Row, f64)> {
        let table = world.engine.table(self.model);
        self.entries.iter().filter_map(move |entry| Some((table.find(entry.id)?, entry.score)))
    }

    fn ranked(&self, py: Python<'_>) -> Vec<Ranked> {
        let world = self.store.get().read(py);
        self.live(&world).map(|entry| (entry.id, entry.score)).collect()
    }

    fn scored<'py>(&self, py: Python<'py>, id: Id, score: f64) -> PyResult<Bound<'py, PyAny>> {
        static SCORED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let record = make::record(self.store.bind(py), self.model, id)?;
        SCORED.import(py, "hasmany.tuples", "Scored")?.call1((record, score))
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let scored = self.ranked(py).into_iter().map(|(id, score)| self.scored(py, id, score));
        PyList::new(py, scored.collect::<PyResult<Vec<_>>>()?)
    }

    /// The id of an object that is a record of my store and model.
    fn id_of(&self, object: &Bound<'_, PyAny>) -> Option<Id> {
        let record = object.cast::<Record>().ok()?.get();
        (record.is_in(&self.store) && record.model == self.model).then(|| record.id())
    }

    fn name(&self, py: Python<'_>) -> String {
        self.store.get().model_name(py, self.model)
    }
}

#[pymethods]
impl Ranking {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)?;
        self.asked.as_ref().map_or(Ok(()), |(_, asked)| asked.traverse(&visit))
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.live(&self.store.get().read(py)).count()
    }

    fn __contains__(&self, scored: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(pair) = scored.cast::<PyTuple>() else { return Ok(false) };
        let (Ok(record), Ok(score), 2) = (pair.get_item(0), pair.get_item(1), pair.len()) else { return Ok(false) };
        let (Some(id), Ok(score)) = (self.id_of(&record), score.extract::<f64>()) else { return Ok(false) };
        Ok(self.ranked(scored.py()).contains(&(id, score)))
    }

    fn __iter__(slf: Bound<'_, Self>) -> RankingWalk {
        RankingWalk { ranking: slf.unbind(), at: AtomicUsize::new(0), reverse: false }
    }

    fn __reversed__(slf: Bound<'_, Self>) -> RankingWalk {
        RankingWalk { ranking: slf.unbind(), at: AtomicUsize::new(0), reverse: true }
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        let out_of_range = || PyIndexError::new_err("index out of range");
        if let Ok(slice) = index.cast::<PySlice>() {
            // An index may be an object with code of its own: the entries are copied before, under the lock.
            let live = self.copied(py);
            let slice = slice.indices(live.len() as isize)?;
            let place = |step: usize| (slice.start + step as isize * slice.step) as usize;
            let entries = (0..slice.slicelength).filter_map(|step| live.get(place(step)).cloned()).collect();
            let (store, asked) = (self.store.clone_ref(py), self.asked.clone());
            let part = Ranking { store, model: self.model, entries, asked, sampled: self.sampled };
            return Ok(Bound::new(py, part)?.into_any());
        }
        let place = match index.extract::<isize>() {
            Ok(place) => place,
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => return Err(out_of_range()),
            Err(_) => return Err(wrong_type("a ranking's index", "int or slice", index)),
        };
        let found = {
            let world = self.store.get().read(py);
            let mut live = self.live(&world).map(|entry| (entry.id, entry.score));
            if place < 0 { live.nth_back(place.unsigned_abs() - 1) } else { live.nth(place.unsigned_abs()) }
        };
        let (id, score) = found.ok_or_else(out_of_range)?;
        self.scored(py, id, score)
    }

    fn __eq__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let equal = if let Ok(other) = other.cast::<Ranking>() {
            let other = other.get();
            let (mine, theirs) = (self.ranked(py), other.ranked(py));
            mine == theirs && (mine.is_empty() || self.model == other.model && self.store.is(&other.store))
        } else if other.is_instance_of::<PyList>() {
            self.list(py)?.eq(other)?
        } else if other.is_instance_of::<PyTuple>() {
            self.list(py)?.to_tuple().eq(other)?
        } else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        Ok(PyBool::new(py, equal).to_owned().into_any())
    }

    /// `<Ranking of 2 Tweet: [2.0 Tweet(2, message='two', user=User(1)), ...]>`
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        const SHOWN: usize = 5;
        let ranked = self.ranked(py);
        let mut parts = Vec::new();
        for &(id, score) in ranked.iter().take(SHOWN) {
            let record = Record::new(self.store.clone_ref(py), self.model, id);
            parts.push(format!("{} {}", short(score), record.describe(py)?));
        }
        if ranked.len() > SHOWN {
            parts.push("…".to_owned());
        }
        Ok(format!("<Ranking of {} {}: [{}]>", ranked.len(), self.name(py), parts.join(", ")))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.show")?.call_method1("ranking", (slf,))
    }

    /// Of a recommendation: up to three of the asker's own members that contributed most to its score, as a fixed
    /// collection, most first; of equal ones the older first.
    ///
    /// Known with the ranking for its first 64: O(k), and no change of the store since makes it another answer, but for
    /// deleted members, which are left out. Beyond those the store is asked as it is now, as `recommend` costs at most.
    /// Of a sampled ranking: what contributed most to the links that were read.
    ///
    /// Raises `ValueError` for a record that is not in the ranking, `TypeError` for a ranking that is no recommendation.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
    /// ...     found = alice.recommend("liked_tweets")
    /// ...     found.records.values("message"), found.why(two).values("message")
    /// (['two'], ['one'])
    fn why(&self, record: &Bound<'_, PyAny>) -> PyResult<Many> {
        let (py, store) = (record.py(), self.store.bind(record.py()));
        let recommended = self.asked.as_ref().filter(|(_, asked)| asked.question.is_recommendation());
        let Some((who, asked)) = recommended else {
            return Err(PyTypeError::new_err("only a ranking of recommend() or also() says why"));
        };
        let entry = self.id_of(record).and_then(|id| {
            let world = self.store.get().read(py);
            self.live(&world).find(|entry| entry.id == id).cloned()
        });
        let Some(entry) = entry else {
            return Err(PyValueError::new_err(format!("{} is not in the ranking", shown(record))));
        };
        let fixed = store.get().read_long(py, |world| {
            let ids = match entry.reasons {
                Some(ids) => ids,
                None => asked.why(world, who, entry.id)?.into(),
            };
            let table = world.engine.table(asked.question.members());
            let rows = ids.iter().filter_map(|&id| table.find(id)).collect();
            Ok::<_, Error>(Fixed::new(world, asked.question.members(), rows))
        });
        Ok(Many::fixed(self.store.clone_ref(py), fixed.map_err(|error| raise(store, error))?))
    }

    /// The records, best first, as a fixed collection. O(k).
    #[getter]
    fn records(&self, py: Python<'_>) -> Many {
        let fixed = {
            let world = self.store.get().read(py);
            let table = world.engine.table(self.model);
            Fixed::new(&world, self.model, self.entries.iter().filter_map(|entry| table.find(entry.id)).collect())
        };
        Many::fixed(self.store.clone_ref(py), fixed)
    }

    /// The scores, best first: float64, shape (len,). O(k).
    #[getter]
    fn scores<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let scores: Vec<f64> = self.ranked(py).into_iter().map(|(_, score)| score).collect();
        scores.into_pyarray(py)
    }

    /// The ranking as a table, for whatever reads Arrow: a capsule that holds an `ArrowArrayStream`.
    ///
    /// The columns are `rank` (int64, from 1), `id` (int64) and `score` (float64). `requested_schema` is
    /// heard as that of a collection is. O(k).
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let id = Tree::path("id").map_err(|error| raise(self.store(py), error))?;
        let names = ["rank", "id", "score"].map(str::to_owned).into();
        let table = self.table(py, names, &[Wanted::Rank, Wanted::Member(id), Wanted::Score])?;
        table.__arrow_c_stream__(py, requested_schema)
    }

    /// Without it NumPy would make an array of objects.
    #[pyo3(signature = (dtype=None, *, copy=None))]
    fn __array__(&self, dtype: Option<&Bound<'_, PyAny>>, copy: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = (dtype, copy);
        Err(PyTypeError::new_err("a ranking is a table, not an array: take .scores or .records.ids"))
    }
}

/// Four digits, and of whole numbers all.
pub fn short(score: f64) -> String {
    if score.fract() == 0.0 { format!("{score:.0}") } else { format!("{:.1$}", score, digits(score)) }
}

fn digits(score: f64) -> usize {
    (3 - score.abs().log10().floor() as i64).clamp(0, 300) as usize
}

/// A walk over a ranking. Each step looks whether the record is still there.
#[pyclass(frozen, module = "hasmany")]
pub struct RankingWalk {
    ranking: Py<Ranking>,
    at: AtomicUsize,
    reverse: bool,
}

#[pymethods]
impl RankingWalk {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.ranking)
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let ranking = self.ranking.get();
        loop {
            let at = self.at.fetch_add(1, Relaxed);
            let len = ranking.entries.len();
            let Some(left) = len.checked_sub(at.saturating_add(1)) else { return Ok(None) };
            let RankedEntry { id, score, .. } = ranking.entries[if self.reverse { left } else { at }];
            let lives = ranking.store.get().read(py).engine.table(ranking.model).find(id).is_some();
            if lives {
                return ranking.scored(py, id, score).map(Some);
            }
        }
    }

    fn __length_hint__(&self) -> usize {
        self.ranking.get().entries.len().saturating_sub(self.at.load(Relaxed))
    }
}
