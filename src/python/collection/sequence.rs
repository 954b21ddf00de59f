//! A collection as a Python sequence: length, membership, places, slices, its text.

use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PySlice, PyString};

use crate::python::collection::fixed::Rows;
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

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        if let Ok(slice) = index.cast::<PySlice>() {
            // An index may be an object with code of its own: it is read before the lock is taken.
            let len = self.__len__(py)?;
            let slice = slice.indices(len as isize)?;
            let places = |rows: Rows| {
                let place = |step: isize| (slice.start + step * slice.step) as usize;
                (0..slice.slicelength as isize).filter_map(|step| rows.get(place(step)).copied()).collect()
            };
            return Ok(Bound::new(py, self.derive(py, |_, rows| places(rows))?)?.into_any());
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
        slf.py().import("hasmany._notebook")?.call_method1("collection", (slf,))
    }
}

/// How many members there are, and the ids of the first few.
fn head(many: &Many, py: Python<'_>, most: usize) -> PyResult<(usize, Vec<Id>)> {
    many.read(py, |world| {
        let (table, rows) = (world.engine.table(many.model()), many.rows(world)?);
        Ok((rows.len(), rows.iter().take(most).map(|&row| table.id(row)).collect()))
    })
}

/// A walk over the members as they are now.
fn walk(many: &Many, py: Python<'_>, reverse: bool) -> PyResult<Walk> {
    many.read(py, |world| {
        let table = world.engine.table(many.model());
        let mut ids: Vec<Id> = room::collected(many.rows(world)?.iter().map(|&row| table.id(row)));
        if reverse {
            ids.reverse();
        }
        Ok(Walk::new(many.store(py), world, many.model(), ids))
    })
}

/// The member at a place, from the end where it is negative.
fn at(many: &Many, py: Python<'_>, place: isize) -> PyResult<Id> {
    let id = many.read(py, |world| {
        let rows = many.rows(world)?;
        let place = if place < 0 { place + rows.len() as isize } else { place };
        let row = usize::try_from(place).ok().and_then(|place| rows.get(place).copied());
        Ok(row.map(|row| world.engine.table(many.model()).id(row)))
    })?;
    id.ok_or_else(out_of_range)
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
