//! What a declared model has in the place of its fields and collections.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::collection::many::Many;
use crate::python::declare::path;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::record::raise::raise;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId};
use crate::store::read::view::Start;

/// A field, reference or collection of a declared model, read from a record.
#[pyclass(frozen, module = "hasmany")]
pub struct Attribute {
    name: String,
    /// Among the fields of the class, or among its collections.
    index: usize,
    /// The address of the class: a record of another has other attributes at these indexes.
    owner: OnceLock<usize>,
    /// Whether it is the one row of a unique reference.
    is_one: bool,
    /// Of a collection: the serial of the store it was last looked up in, then the model of its members there.
    target: Option<AtomicU64>,
}

impl Attribute {
    /// The record to read, if it is of the class.
    fn record<'a>(&self, object: &'a Bound<'_, PyAny>) -> PyResult<&'a Record> {
        match object.cast::<Record>() {
            Ok(record) if self.owner.get() == Some(&(object.get_type_ptr() as usize)) => Ok(record.get()),
            _ => Err(PyTypeError::new_err(format!("{} is no field of this object", self.name))),
        }
    }

    /// The one row that refers to a record by a unique reference, or None.
    fn one<'py>(&self, py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyAny>> {
        let store = record.store(py);
        record.alive(py)?;
        let path = path::path(store, record.model, self.index)?;
        let read = |world: &World| -> Result<Option<Id>> {
            let row = world.engine.row(record.model, record.id())?;
            Ok(world.engine.members(Start::Row(row), &path).first().map(|&row| world.engine.table(path.to).id(row)))
        };
        let found = read(&store.get().read(py)).map_err(|error| raise(store, error))?;
        found.map_or_else(|| Ok(py.None().into_bound(py)), |id| make::record(store, path.to, id))
    }

    /// The collection of a record.
    fn many<'py>(&self, py: Python<'py>, record: &Record, target: &AtomicU64) -> PyResult<Bound<'py, PyAny>> {
        let store = record.store(py);
        let (serial, known) = (store.get().serial(), target.load(Relaxed));
        let to = || {
            if known >> 32 == u64::from(serial) {
                return Ok(ModelId(known as u32));
            }
            let to = path::path(store, record.model, self.index)?.to;
            target.store(u64::from(serial) << 32 | u64::from(to.0), Relaxed);
            Ok(to)
        };
        Many::of_record(record, py, self.index, serial, to)
    }
}

#[pymethods]
impl Attribute {
    #[new]
    #[pyo3(signature = (name, index, is_collection, is_one=false))]
    fn __new__(name: String, index: usize, is_collection: bool, is_one: bool) -> Self {
        let target = is_collection.then(AtomicU64::default);
        Attribute { name, index, owner: OnceLock::new(), is_one, target }
    }

    fn __set_name__(&self, owner: &Bound<'_, PyType>, _name: &Bound<'_, PyAny>) {
        self.owner.get_or_init(|| owner.as_ptr() as usize);
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        object: &Bound<'py, PyAny>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if object.is_none() {
            return Ok(slf.clone().into_any());
        }
        let (attribute, py) = (slf.get(), slf.py());
        let record = attribute.record(object)?;
        match &attribute.target {
            None => record.get(py, attribute.index),
            Some(_) if attribute.is_one => attribute.one(py, record),
            Some(target) => attribute.many(py, record, target),
        }
    }

    fn __repr__(&self) -> String {
        let what = match self.target {
            Some(_) if self.is_one => "has_one",
            Some(_) => "collection",
            None => "field",
        };
        format!("<{what} {}>", self.name)
    }
}
