//! A collection as a Python sequence: length, membership, places, slices, its text.

use std::ops::Range;

use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PySlice, PyString};

use crate::python::collection::ahead::{Ahead, Source};
use crate::python::collection::fixed::{Held, Rows};
use crate::python::collection::many::Many;
use crate::python::collection::walk::Walk;
use crate::python::error::{shown, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::store::id::Id;
use crate::store::room;

#[pymethods]
impl Many {
    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.store)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.read(py, |world| self.count(world))
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.__len__(py)? > 0)
    }

    fn __contains__(&self, record: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.holds(record)
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<Walk> {
        walk(self, py, false)
    }

    fn __reversed__(&self, py: Python<'_>) -> PyResult<Walk> {
        walk(self, py, true)
    }

    /// The member at a place, or those of a slice as a fixed collection. O(members shown) in all rows of a model, in a
    /// `has_many` of references and one through a unique pair, and in a fixed collection; where rows left and the list was
    /// not packed yet a scan of it; in others a walk up to the last member shown, which counts all of them where a place
    /// is counted from the end.
    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        if let Ok(slice) = index.cast::<PySlice>() {
            let part = match plain(slice)? {
                Some(places) => self.part(py, places, 1)?,
                None => {
                    // An index may be an object with code of its own: it is read before the lock is taken.
                    let slice = slice.indices(self.__len__(py)? as isize)?;
                    let (start, last) = (slice.start, slice.start + (slice.slicelength as isize - 1) * slice.step);
                    let places = if slice.slicelength == 0 {
                        0..0
                    } else {
                        start.min(last) as usize..start.max(last) as usize + 1
                    };
                    self.part(py, places, slice.step)?
                }
            };
            return Ok(Bound::new(py, part)?.into_any());
        }
        let place = match index.extract::<isize>() {
            Ok(place) => place,
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => return Err(out_of_range()),
            Err(_) if index.is_instance_of::<PyString>() => {
                let message = "a collection's index takes int or slice, not str; values(name) and column(name) read a field of \
                               all members";
                return Err(PyTypeError::new_err(message));
            }
            Err(_) => return Err(wrong_type("a collection's index", "int or slice", index)),
        };
        make::record(self.store(py), self.model(), at(self, py, place)?)
    }

    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        let message = "a collection is read from its store and cannot be copied or pickled; many[:] is a fixed collection of \
                       its members now, list(many) a list, many.ids their ids";
        Err(PyTypeError::new_err(message))
    }

    /// The place of a record. Raises `ValueError` where it is no member. O(k).
    fn index(&self, record: &Bound<'_, PyAny>) -> PyResult<usize> {
        let py = record.py();
        let missing = || PyValueError::new_err(format!("{} is not in the collection", shown(record)));
        if !self.holds(record)? {
            return Err(missing());
        }
        let id = record.cast::<Record>()?.get().id();
        self.ids_vec(py)?.iter().position(|&other| other == id).ok_or_else(missing)
    }

    /// 1 for a member, else 0.
    #[pyo3(name = "count", signature = (record=Counted::Nothing), text_signature = "($self, record)")]
    fn py_count(&self, record: Counted<'_>) -> PyResult<usize> {
        let Counted::Object(record) = &record else {
            let message = "count(record) is how often a record is a member; how many members there are is len(many)";
            return Err(PyTypeError::new_err(message));
        };
        self.holds(record).map(usize::from)
    }

    /// `<Many of 2 User: [User(1, username='alice'), User(2, username='bob')]>`
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (name, found) = (self.model_name(py), head(self, py, 5));
        let (count, ids) = match found {
            Ok(found) => found,
            Err(error) => return Ok(format!("<Many {name}: {}>", error.value(py))),
        };
        let mut shown = Vec::new();
        for &id in &ids {
            shown.push(Record::new(self.store.clone_ref(py), self.model(), id).describe(py)?);
        }
        if count > ids.len() {
            shown.push("…".to_owned());
        }
        Ok(format!("<Many of {count} {name}: [{}]>", shown.join(", ")))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.show")?.call_method1("collection", (slf,))
    }

    /// For IPython: what may stand between quotes in `values("...")`, `by="..."` and the like.
    fn _ipython_key_completions_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.completing")?.call_method1("of_collection", (slf,))
    }

    /// Pictures of it: `plot.degrees("likers")`, `plot.over_time("at")`, `plot.bipartite("events")`,
    /// `plot.overlap("events")`. Each returns matplotlib's Axes and takes some with `ax=`; see `hasmany.plot`.
    ///
    /// What they need is installed by `pip install hasmany[plot]`; without it each raises `ImportError`.
    #[getter]
    fn plot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.plot.short")?.getattr("Plots")?.call1((slf,))
    }
}

/// How many members there are, and the ids of the first few.
fn head(many: &Many, py: Python<'_>, most: usize) -> PyResult<(usize, Vec<Id>)> {
    many.read(py, |world| {
        let (count, rows) = many.head(world, most)?;
        let table = world.engine.table(many.model());
        Ok((count, rows.into_iter().map(|row| table.id(row)).collect()))
    })
}

/// A walk over the members as they are now.
fn walk(many: &Many, py: Python<'_>, is_reverse: bool) -> PyResult<Walk> {
    many.read(py, |world| {
        let (store, model) = (many.store(py), many.model());
        if let Some(unread) = many.to_read() {
            let (order, len) = (unread.order().clone(), unread.count(world));
            let source = Source::Ordered { order, places: 0..len, is_reverse };
            return Ok(Walk::new(store, world, model, len, Ahead::begin(world, model, source)));
        }
        let (source, len) = match many.members(world)? {
            Held::Path(start, path) => match world.engine.lined(start, path) {
                Some(lined) => (Source::Lined(start, path.clone(), lined.line.all(is_reverse)), lined.line.len()),
                None => {
                    let mut rows = world.engine.members(start, path);
                    if is_reverse {
                        rows.reverse();
                    }
                    let table = world.engine.table(model);
                    let ids = room::collected(rows.into_iter().map(|row| table.id(row)));
                    return Ok(Walk::new(store, world, model, ids.len(), (ids, None)));
                }
            },
            Held::Rows(Rows::Shared(rows)) => {
                let len = rows.len();
                (Source::Rows { rows, places: 0..len, is_reverse }, len)
            }
            Held::Rows(Rows::Own(rows)) => {
                let (rows, len) = (room::shared(rows), many.count(world)?);
                (Source::Rows { rows, places: 0..len, is_reverse }, len)
            }
        };
        Ok(Walk::new(store, world, model, len, Ahead::begin(world, model, source)))
    })
}

/// The member at a place, from the end where it is negative.
fn at(many: &Many, py: Python<'_>, place: isize) -> PyResult<Id> {
    let id = many.read(py, |world| {
        let place = match usize::try_from(place) {
            Ok(place) => Some(place),
            Err(_) => many.count(world)?.checked_sub(place.unsigned_abs()),
        };
        let rows = match place {
            Some(place) => many.rows_at(world, place..place.saturating_add(1))?,
            None => many.alive(world).map(|()| Vec::new())?,
        };
        Ok(rows.first().map(|&row| world.engine.table(many.model()).id(row)))
    })?;
    id.ok_or_else(out_of_range)
}

/// The places of a slice that no count of members is needed for: from a place on, up to another.
fn plain(slice: &Bound<'_, PySlice>) -> PyResult<Option<Range<usize>>> {
    let end = |name, absent| {
        let end = slice.getattr(name)?;
        match end.cast_exact::<PyInt>() {
            Ok(end) => Ok(end.extract::<usize>().ok()),
            Err(_) => PyResult::Ok(end.is_none().then_some(absent).flatten()),
        }
    };
    let (Some(start), Some(stop), Some(1)) = (end("start", Some(0))?, end("stop", None)?, end("step", Some(1))?) else {
        return Ok(None);
    };
    Ok(Some(start..stop.max(start)))
}

/// What `count` was given.
enum Counted<'py> {
    Object(Bound<'py, PyAny>),
    Nothing,
}

impl<'py> FromPyObject<'_, 'py> for Counted<'py> {
    type Error = std::convert::Infallible;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> std::result::Result<Self, Self::Error> {
        Ok(Counted::Object(object.to_owned()))
    }
}

fn out_of_range() -> PyErr {
    PyIndexError::new_err("index out of range")
}
