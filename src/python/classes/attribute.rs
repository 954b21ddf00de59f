//! What a declared model has in the place of its fields and collections.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::collection::many::Many;
use crate::python::declare::path;
use crate::python::record::handle::Record;
use crate::store::id::ModelId;

/// A field or reference of a declared model: reads the cell of a record.
#[pyclass(frozen, module = "hasmany")]
pub struct Field(Place);

/// A collection of a declared model: makes the `Many` of a record.
#[pyclass(frozen, module = "hasmany")]
pub struct Collection(Place);

/// Which one of which class.
struct Place {
    name: String,
    index: usize,
    /// The address of the class: a record of another has other fields at these indexes.
    owner: OnceLock<usize>,
    /// Of a collection: the serial of the store it was last looked up in, then the model of its members there.
    target: AtomicU64,
}

impl Place {
    fn new(name: String, index: usize) -> Self {
        Place { name, index, owner: OnceLock::new(), target: AtomicU64::new(0) }
    }

    /// The record to read, if it is of the class.
    fn record<'a>(&self, object: &'a Bound<'_, PyAny>) -> PyResult<&'a Record> {
        match object.cast::<Record>() {
            Ok(record) if self.owner.get() == Some(&(object.get_type_ptr() as usize)) => Ok(record.get()),
            _ => Err(PyTypeError::new_err(format!("{} is no field of this object", self.name))),
        }
    }

    /// The model of a collection's members in the record's store, and the serial under which that holds.
    fn target(&self, py: Python<'_>, record: &Record) -> PyResult<(ModelId, u32)> {
        let store = record.store(py);
        let (serial, known) = (store.get().serial(), self.target.load(Relaxed));
        if known >> 32 == u64::from(serial) {
            return Ok((ModelId(known as u32), serial));
        }
        record.alive(py)?;
        let to = path::path(store, record.model, self.index)?.to;
        self.target.store(u64::from(serial) << 32 | u64::from(to.0), Relaxed);
        Ok((to, serial))
    }
}

#[pymethods]
impl Field {
    #[new]
    fn __new__(name: String, index: usize) -> Self {
        Field(Place::new(name, index))
    }

    fn __set_name__(&self, owner: &Bound<'_, PyType>, _name: &Bound<'_, PyAny>) {
        self.0.owner.get_or_init(|| owner.as_ptr() as usize);
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        object: &Bound<'py, PyAny>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match object.is_none() {
            true => Ok(slf.clone().into_any()),
            false => slf.get().0.record(object)?.get(slf.py(), slf.get().0.index),
        }
    }

    fn __repr__(&self) -> String {
        format!("<field {}>", self.0.name)
    }
}

#[pymethods]
impl Collection {
    #[new]
    fn __new__(name: String, index: usize) -> Self {
        Collection(Place::new(name, index))
    }

    fn __set_name__(&self, owner: &Bound<'_, PyType>, _name: &Bound<'_, PyAny>) {
        self.0.owner.get_or_init(|| owner.as_ptr() as usize);
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        object: &Bound<'py, PyAny>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match object.is_none() {
            true => Ok(slf.clone().into_any()),
            false => {
                let (place, py) = (&slf.get().0, slf.py());
                let record = place.record(object)?;
                let (to, serial) = place.target(py, record)?;
                let many = Many::of_record(record, py, place.index, to, serial)?;
                Ok(Bound::new(py, many)?.into_any())
            }
        }
    }

    fn __repr__(&self) -> String {
        format!("<collection {}>", self.0.name)
    }
}
