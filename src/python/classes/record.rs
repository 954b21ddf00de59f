//! `Record`: what every model can do with one row.

use std::hash::{BuildHasher, Hasher};

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::python::change::door;
use crate::python::declare::bind::BoundClass;
use crate::python::declare::meet::meet_referrers;
use crate::python::declare::path::path_named;
use crate::python::record::arg;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::record::value::text;
use crate::store::id::{Id, Reference};
use crate::store::read::path::Hop;

/// Creates a row of a class in the current store, as its constructor does.
pub fn create<'py>(
    cls: &Bound<'py, PyType>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Record> {
    create_of(&BoundClass::current(cls)?, args, kwargs)
}

/// Creates a row of a class in the store where it is bound.
pub fn create_of<'py>(
    class: &BoundClass<'py>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Record> {
    let BoundClass { store, model, spec, serial } = class;
    let given = arg::arguments(spec, args, kwargs, &[])?;
    let args = arg::values(store.as_unbound(), spec, &given)?;
    let id = door::write(store, *serial, |world| {
        let values = arg::settle(&world.engine, &args)?;
        let row = world.engine.create(*model, &values)?;
        Ok(world.engine.table(*model).id(row))
    })?;
    Ok(Record::new(store.clone().unbind(), *model, id))
}

/// Sets fields, in one transaction.
fn assign<'py>(
    record: &Record,
    py: Python<'py>,
    given: impl IntoIterator<Item = (String, Bound<'py, PyAny>)>,
) -> PyResult<()> {
    let store = record.store(py);
    record.alive(py)?;
    let (spec, serial) = store.get().spec(py, record.model);
    let args = arg::by_name(store.as_unbound(), &spec, given)?;
    door::write(store, serial, |world| {
        let row = world.engine.row(record.model, record.id())?;
        let values = arg::settle_fields(&world.engine, &args)?;
        world.engine.set(record.model, row, &values)
    })
}

#[pymethods]
impl Record {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = None)]
    fn __new__<'py>(
        cls: &Bound<'py, PyType>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Record> {
        match make::take_next() {
            Some(record) => Ok(record),
            None => create(cls, args, kwargs),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.traverse(&visit)
    }

    /// The row's id: 1, 2, 3 ... per model, in order of creation, never used again. O(1).
    #[getter(id)]
    fn py_id(&self) -> Id {
        self.id()
    }

    fn __eq__(&self, other: &Bound<'_, Record>) -> bool {
        let other = other.get();
        self.id() == other.id() && self.model == other.model && self.store.is(&other.store)
    }

    fn __hash__(&self) -> u64 {
        let mut state = foldhash::fast::FixedState::default().build_hasher();
        state.write_usize(self.store.as_ptr() as usize);
        state.write_u32(self.model.0);
        state.write_u64(self.id());
        state.finish()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.describe(py)
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.show")?.call_method1("record", (slf,))
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }

    fn __reduce_ex__(&self, py: Python<'_>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = self.model_name(py);
        Err(PyTypeError::new_err(format!("a {name} is a handle into a store and cannot be pickled; pass its .id")))
    }

    fn __setattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let (record, py) = (slf.get(), slf.py());
        let spec = record.store(py).get().read(py).class(record.model).spec.clone();
        let text = &*text(name);
        if spec.field(text).is_some() {
            return assign(record, py, [(text.to_owned(), value)]);
        }
        record.alive(py)?;
        if spec.is_one(text) {
            let (name, by) = (&spec.name, reference_of(record, py, text)?);
            return Err(PyAttributeError::new_err(format!(
                "{name}.{text} cannot be assigned: it is the row whose {by} is this {name}; set that"
            )));
        }
        if spec.collections.iter().any(|collection| collection == text) {
            let message = format!("{}.{text} cannot be assigned; use .{text}.replace()", spec.name);
            return Err(PyAttributeError::new_err(message));
        }
        if text == "id" {
            return Err(PyAttributeError::new_err(format!("{}.id is given by the store and stays", spec.name)));
        }
        // A property that the class defines.
        match slf.get_type().getattr_opt(name)? {
            Some(attribute) if attribute.hasattr("__set__")? => {
                attribute.call_method1("__set__", (slf, value)).map(drop)
            }
            Some(_) => Err(PyAttributeError::new_err(format!("{}.{text} cannot be set", spec.name))),
            None => {
                let hint = spec.hint(text);
                Err(PyAttributeError::new_err(format!("{} has no attribute '{text}'{hint}", spec.name)))
            }
        }
    }

    /// Sets several fields in one transaction, and returns the record.
    ///
    /// Raises `SchemaError` for a name that is no field, `TypeError` or `FieldError` for a value that does not fit,
    /// `DuplicateError`, `DeletedError`. On any of them nothing is set.
    ///
    /// >>> from hasmany import User
    /// >>> User("bob").update(username="rob").username
    /// 'rob'
    #[pyo3(signature = (**fields))]
    fn update<'py>(slf: Bound<'py, Self>, fields: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        assign(slf.get(), slf.py(), arg::keywords(fields))?;
        Ok(slf)
    }

    /// Deletes the row, and what goes with it by `on_delete="cascade"`; returns how many rows of each model went.
    ///
    /// All or nothing. Raises `RestrictError` where rows that stay refer to it, `DeletedError`. O(rows that go). In a file
    /// the rules of `on_delete` are those of the classes that this program declares, whether they were used yet or not;
    /// where two of them have one table, or one does not fit its table, it is a `SchemaError`.
    ///
    /// >>> from hasmany import User
    /// >>> user = User("carol")
    /// >>> _ = user.post_tweet("hello")
    /// >>> user.delete()
    /// {'User': 1, 'Tweet': 1}
    fn delete<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let store = self.store(py);
        meet_referrers(store, self.model)?;
        let went = door::write_long(store, store.get().serial(), |world| {
            let row = world.engine.row(self.model, self.id())?;
            let went = world.engine.delete(self.model, &[row])?;
            Ok(door::counts(&world.engine, went))
        })?;
        PyDict::from_sequence(&went.into_pyobject(py)?)
    }
}

/// The unique reference of which a has_one is the other side: "Profile.user".
fn reference_of(record: &Record, py: Python<'_>, name: &str) -> PyResult<String> {
    let store = record.store(py);
    let path = path_named(store, record.model, name)?;
    let world = store.get().read(py);
    let schema = world.engine.schema();
    Ok(match *path.hops {
        [Hop::Down(Reference { model, field })] => {
            format!("{}.{}", schema.model(model).name, schema.model(model).fields[field].name)
        }
        _ => schema.model(path.to).name.clone(),
    })
}
