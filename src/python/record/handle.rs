//! `Record`: a handle to one row, and what every model can do.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::python::ask::order;
use crate::python::change::current;
use crate::python::collection::many::Many;
use crate::python::declare::bind::anew;
use crate::python::error::{FieldError, NotFoundError, raise};
use crate::python::record::value::{self, Arg, Cell};
use crate::python::store::class::{take_next, text};
use crate::python::store::{Store, counts};
use crate::store::id::{Id, ModelId};

/// A handle to one row of a store: what `User`, `Tweet`, `Like` and every declared model are.
///
/// It holds no data of its own. Two handles to one row are equal and hash alike; handles are always true and not
/// ordered. Once its row is deleted, everything but `==`, `hash`, `repr` and `id` raises `DeletedError`.
#[pyclass(frozen, subclass, module = "hasmany")]
pub struct Record {
    store: Py<Store>,
    pub model: ModelId,
    /// Atomic only because a loop over records uses one again that nobody kept; else it never changes.
    id: AtomicU64,
    /// The store's version when the row was last known to be there.
    seen: AtomicU64,
}

/// No store gets to this version.
const NEVER: u64 = u64::MAX;

impl Record {
    pub fn new(store: Py<Store>, model: ModelId, id: Id) -> Self {
        Record { store, model, id: AtomicU64::new(id), seen: AtomicU64::new(NEVER) }
    }

    /// Creates a row of a class in the current store, as its constructor does.
    pub fn create<'py>(
        cls: &Bound<'py, PyType>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Record> {
        let (store, model) = model_of(cls)?;
        Self::create_in(&store, model, args, kwargs)
    }

    /// The same in a store.
    pub fn create_in<'py>(
        store: &Bound<'py, Store>,
        model: ModelId,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Record> {
        let (spec, serial) = store.get().spec(store.py(), model);
        let given = spec.arguments(args, kwargs, &[])?;
        let args = spec.values(store.as_unbound(), &given)?;
        let id = Store::write(store, serial, |world| {
            let values = value::settle(&world.engine, &args)?;
            let row = world.engine.create(model, &values)?;
            Ok(world.engine.table(model).id(row))
        })?;
        Ok(Record::new(store.clone().unbind(), model, id))
    }

    pub fn id(&self) -> Id {
        self.id.load(Relaxed)
    }

    /// Points at another row. Only for a record that nobody else has.
    pub fn repoint(&self, id: Id) {
        self.id.store(id, Relaxed);
        self.seen.store(NEVER, Relaxed);
    }

    pub fn store<'py>(&self, py: Python<'py>) -> &Bound<'py, Store> {
        self.store.bind(py)
    }

    pub fn is_in(&self, store: &Py<Store>) -> bool {
        self.store.is(store)
    }

    /// The value of a field, by index. O(1).
    pub fn get<'py>(&self, py: Python<'py>, field: usize) -> PyResult<Bound<'py, PyAny>> {
        let store = self.store(py);
        let cell = {
            let world = store.get().read(py);
            match (world.engine.row(self.model, self.id()), world.engine.table(self.model).columns().get(field)) {
                (Ok(row), Some(column)) => {
                    let kind = &world.engine.schema().model(self.model).fields[field].kind;
                    Ok(Cell::read(py, &world.engine, kind, &column.get(row))?)
                }
                (Err(error), _) => Err(error),
                (_, None) => Err(anew()),
            }
        };
        cell.map_err(|error| raise(store, error))?.finish(store)
    }

    /// Sets fields, in one transaction.
    fn assign(&self, py: Python<'_>, given: &[(String, Bound<'_, PyAny>)]) -> PyResult<()> {
        let store = self.store(py);
        self.alive(py)?;
        let (spec, serial) = store.get().spec(py, self.model);
        let read = |(name, given): &(String, Bound<'_, PyAny>)| -> PyResult<(usize, Arg<'static>)> {
            let field = spec.field(name).ok_or_else(|| spec.no_field(name))?;
            Ok((field, value::arg(&self.store, &spec, &spec.fields[field], given)?.into_owned()))
        };
        let args = given.iter().map(read).collect::<PyResult<Vec<_>>>()?;
        Store::write(store, serial, |world| {
            let row = world.engine.row(self.model, self.id())?;
            let values = value::settle_fields(&world.engine, &args)?;
            world.engine.set(self.model, row, &values)
        })
    }

    /// A collection, by its place in the class and the model of its members. Takes no lock if nothing was deleted
    /// since this was called last. `serial` is that of the store when these were looked up.
    pub fn many(&self, py: Python<'_>, collection: usize, to: ModelId, serial: u32) -> PyResult<Many> {
        self.alive(py)?;
        Ok(Many::collection(self.store.clone_ref(py), self.id(), (self.model, collection), to, serial))
    }

    /// Raises `DeletedError` if the row is gone.
    pub fn alive(&self, py: Python<'_>) -> PyResult<()> {
        let store = self.store(py);
        if store.get().version() == self.seen.load(Relaxed) {
            return Ok(());
        }
        let found = {
            let world = store.get().read(py);
            world.engine.row(self.model, self.id()).map(|_| world.engine.version())
        };
        self.seen.store(found.map_err(|error| raise(store, error))?, Relaxed);
        Ok(())
    }

    /// `User(1, username='alice')`
    pub fn describe(&self, py: Python<'_>) -> PyResult<String> {
        let store = self.store(py);
        let mut cells = Vec::new();
        let spec = {
            let world = store.get().read(py);
            let spec = world.class(self.model).spec.clone();
            let Some(row) = world.engine.table(self.model).find(self.id()) else {
                return Ok(format!("<{} {}, deleted>", spec.name, self.id()));
            };
            for field in 0..spec.fields.len() {
                let value = world.engine.table(self.model).column(field).get(row);
                let to = world.refers_to(self.model, field);
                let name = to.map(|to| world.class(to).spec.name.clone());
                let kind = &world.engine.schema().model(self.model).fields[field].kind;
                cells.push((Cell::read(py, &world.engine, kind, &value)?, name));
            }
            spec
        };
        let mut text = format!("{}({}", spec.name, self.id());
        for (field, (cell, to)) in spec.fields.iter().zip(cells) {
            let shown = match (cell, to) {
                (Cell::Record(_, id), Some(name)) => format!("{name}({id})"),
                (cell, _) => shorten(cell.finish(store)?.repr()?.to_string_lossy().into_owned()),
            };
            text += &format!(", {}={shown}", field.name);
        }
        Ok(text + ")")
    }
}

/// At most 60 characters of a value.
fn shorten(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(60) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// The store that class-level calls use, and the model that a class has there.
pub fn model_of<'py>(cls: &Bound<'py, PyType>) -> PyResult<(Bound<'py, Store>, ModelId)> {
    let store = current::store(cls.py())?;
    let model = Store::model(&store, cls)?;
    Ok((store, model))
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
        match take_next() {
            Some(record) => Ok(record),
            None => Record::create(cls, args, kwargs),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
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

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }

    fn __reduce_ex__(&self, py: Python<'_>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = model_name(self, py);
        Err(PyTypeError::new_err(format!("a {name} is a handle into a store and cannot be pickled; pass its .id")))
    }

    /// Only asked for names that are not there.
    fn __getattr__(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = &*text(name);
        let spec = self.store(py).get().read(py).class(self.model).spec.clone();
        if !name.starts_with('_') {
            self.alive(py)?;
        }
        Err(PyAttributeError::new_err(format!("{} has no attribute '{name}'{}", spec.name, spec.hint(name))))
    }

    fn __setattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let (record, py) = (slf.get(), slf.py());
        let spec = record.store(py).get().read(py).class(record.model).spec.clone();
        let text = &*text(name);
        if spec.field(text).is_some() {
            return record.assign(py, &[(text.to_owned(), value)]);
        }
        record.alive(py)?;
        if spec.collections.iter().any(|collection| collection == text) {
            let message = format!("{}.{text} cannot be assigned; use .{text}.replace()", spec.name);
            return Err(PyAttributeError::new_err(message));
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
        let given: Vec<_> = fields.into_iter().flatten().map(|(name, value)| (text(&name), value)).collect();
        slf.get().assign(slf.py(), &given)?;
        Ok(slf)
    }

    /// Deletes the row, and what goes with it by `on_delete="cascade"`; returns how many rows of each model went.
    ///
    /// All or nothing. Raises `RestrictError` where rows that stay refer to it, `DeletedError`. O(rows that go).
    ///
    /// >>> from hasmany import User
    /// >>> user = User("carol")
    /// >>> _ = user.post_tweet("hello")
    /// >>> user.delete()
    /// {'User': 1, 'Tweet': 1}
    fn delete<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let store = self.store(py);
        let went = Store::write_long(store, store.get().serial(), |world| {
            let row = world.engine.row(self.model, self.id())?;
            let went = world.engine.delete(self.model, &[row])?;
            Ok(counts(&world.engine, went))
        })?;
        PyDict::from_sequence(&went.into_pyobject(py)?)
    }

    /// All records of the model, live, in order of creation.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = User("a"), User("b")
    /// ...     User.all().values("username")
    /// ['a', 'b']
    #[classmethod]
    fn all(cls: &Bound<'_, PyType>) -> PyResult<Many> {
        let (store, model) = model_of(cls)?;
        Ok(Many::all(store.unbind(), model))
    }

    /// The record with an id, or the first with these fields. Raises `NotFoundError`.
    ///
    /// O(1) by id, by a unique field or a whole unique tuple; O(children) by a reference; else O(rows).
    ///
    /// >>> from hasmany import User
    /// >>> dave = User("dave")
    /// >>> User.find(dave.id) == dave == User.find(username="dave")
    /// True
    #[classmethod]
    #[pyo3(signature = (id=None, /, **fields), text_signature = "(id=..., /, **fields)")]
    fn find<'py>(
        cls: &Bound<'py, PyType>,
        id: Option<&Bound<'py, PyAny>>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        let (store, model) = model_of(cls)?;
        let tests = PyDict::new(py);
        if let Some(fields) = fields {
            tests.update(fields.as_mapping())?;
        }
        if let Some(id) = id {
            match value::id(&cls.name()?.to_string(), id) {
                Ok(_) => tests.set_item("id", id)?,
                // No row has an id of more than 64 bits.
                Err(error) if error.is_instance_of::<FieldError>(py) => tests.set_item("id", 0)?,
                Err(error) => return Err(error),
            }
        }
        if tests.is_empty() {
            return Err(PyTypeError::new_err(format!("{}.find takes an id or fields", cls.name()?)));
        }
        let many = Many::all(store.unbind(), model);
        match order::first(py, &many, &tests)? {
            Some(record) => Ok(record),
            None => Err(NotFoundError::new_err(format!("no {} with {}", cls.name()?, shown_fields(&tests)?))),
        }
    }

    /// The first record with these fields, or None. Costs as `find`.
    ///
    /// >>> from hasmany import User
    /// >>> User.find_by(username="nobody of that name") is None
    /// True
    #[classmethod]
    #[pyo3(signature = (**fields))]
    fn find_by<'py>(
        cls: &Bound<'py, PyType>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (store, model) = model_of(cls)?;
        order::first(cls.py(), &Many::all(store.unbind(), model), &given(cls.py(), fields))
    }

    /// The first record with these fields; where there is none, a new one with them.
    ///
    /// >>> from hasmany import User
    /// >>> User.find_or_create(username="erin") == User.find_or_create(username="erin")
    /// True
    #[classmethod]
    #[pyo3(signature = (**fields))]
    fn find_or_create<'py>(
        cls: &Bound<'py, PyType>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (store, model) = model_of(cls)?;
        let fields = given(cls.py(), fields);
        let many = Many::all(store.clone().unbind(), model);
        if let Some(record) = order::first(cls.py(), &many, &fields)? {
            return Ok(record);
        }
        let (spec, serial) = store.get().spec(cls.py(), model);
        let arguments = spec.arguments(&PyTuple::empty(cls.py()), Some(&fields), &[])?;
        let args = spec.values(store.as_unbound(), &arguments)?;
        let wanted = order::asked(&many, &fields)?;
        let id = Store::write(&store, serial, |world| {
            // Another thread may have been faster.
            let tests = order::settled(&world.engine, &wanted)?;
            let row = match world.engine.first(model, &tests) {
                Some(row) => row,
                None => {
                    let values = value::settle(&world.engine, &args)?;
                    world.engine.create(model, &values)?
                }
            };
            Ok(world.engine.table(model).id(row))
        })?;
        Store::record(&store, model, id)
    }

    /// The records with these fields, as a fixed collection in order of creation.
    ///
    /// A field is compared with a value, with `None` (rows without one), with a list or collection (any of them), or
    /// with `between(low, high)`. O(1) on a unique field or tuple, O(children) on a reference, else O(rows).
    ///
    /// >>> from hasmany import Store, User, between
    /// >>> with Store():
    /// ...     _ = [User(name) for name in ("ann", "bea", "cat")]
    /// ...     User.where(username=between("b", None)).values("username")
    /// ['bea', 'cat']
    #[classmethod]
    #[pyo3(name = "where", signature = (**fields))]
    fn where_(cls: &Bound<'_, PyType>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Many> {
        let (store, model) = model_of(cls)?;
        order::select(cls.py(), &Many::all(store.unbind(), model), &given(cls.py(), fields))
    }
}

/// The keywords of a call.
fn given<'py>(py: Python<'py>, fields: Option<&Bound<'py, PyDict>>) -> Bound<'py, PyDict> {
    fields.cloned().unwrap_or_else(|| PyDict::new(py))
}

/// `username='x', id=3`
fn shown_fields(fields: &Bound<'_, PyDict>) -> PyResult<String> {
    let shown = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| Ok(format!("{name}={}", value.repr()?));
    Ok(fields.iter().map(shown).collect::<PyResult<Vec<_>>>()?.join(", "))
}

fn model_name(record: &Record, py: Python<'_>) -> String {
    record.store(py).get().read(py).class(record.model).spec.name.clone()
}
