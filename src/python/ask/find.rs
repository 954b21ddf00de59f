//! Finding records of a model: `all`, `find`, `find_by`, `find_or_create`, `where`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyMapping, PyTuple, PyType};

use crate::python::ask::select::Passing;
use crate::python::ask::single::{Between, is_single};
use crate::python::ask::{keyed, select};
use crate::python::change::door;
use crate::python::collection::create::NewMember;
use crate::python::collection::link::Writable;
use crate::python::collection::many::Many;
use crate::python::declare::bind::{BoundClass, model_of};
use crate::python::error::{FieldError, NotFoundError, SchemaError, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::said::new_row;
use crate::python::record::{arg, make, value};
use crate::python::store::Store;
use crate::python::store::class::{Holds, Spec};
use crate::python::store::habits;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::Row;

#[pymethods]
impl Record {
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

    /// The record with an id, or the first with these fields. Of a model with a key the argument is the key, a tuple
    /// where that has several fields, and `find(id=5)` finds by id. Raises `NotFoundError`.
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
        let (spec, _) = store.get().spec(py, model);
        if let Some(key) = id.filter(|_| !spec.key.is_empty()) {
            keyed::add_key(&spec, key, &tests)?;
        } else if let Some(id) = id {
            match value::id(&cls.name()?.to_string(), id) {
                Ok(_) => tests.set_item("id", id)?,
                // No row has an id of more than 64 bits.
                Err(error) if error.is_instance_of::<FieldError>(py) => tests.set_item("id", 0)?,
                Err(error) if error.is_instance_of::<PyTypeError>(py) => {
                    let (name, hint) = (cls.name()?, "an id or fields by name, as in");
                    let example = "find(name=value), and where(id=[1, 2]) finds several";
                    let message = format!("{name}.find takes {hint} {example}; {}", error.value(py));
                    return Err(PyTypeError::new_err(message));
                }
                Err(error) => return Err(error),
            }
        }
        if tests.is_empty() {
            return Err(PyTypeError::new_err(format!("{}.find takes an id or fields", cls.name()?)));
        }
        let many = Many::all(store.unbind(), model);
        let found = select::first(py, &many, &tests);
        match found.map_err(|error| by_id_hint(py, error, &spec, id))? {
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
    #[pyo3(signature = (*args, **fields), text_signature = "(**fields)")]
    fn find_by<'py>(
        cls: &Bound<'py, PyType>,
        args: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (store, model) = model_of(cls)?;
        let many = Many::all(store.unbind(), model);
        select::by_name_only(cls.py(), &many, "find_by", args)?;
        select::first(cls.py(), &many, &given(cls.py(), fields))
    }

    /// The first record with these fields; where there is none, a new one with them and with `defaults`, a mapping of
    /// other fields, which are never compared.
    ///
    /// Costs as `find`. Raises as the constructor does, `TypeError` for a list or `between` as a value, and `SchemaError`
    /// for a name that is no field.
    ///
    /// >>> from hasmany import Model, Store, User, field
    /// >>> User.find_or_create(username="erin") == User.find_or_create(username="erin")
    /// True
    /// >>> class Page(Model):
    /// ...     path: str = field(unique=True)
    /// ...     visits: int = 0
    /// >>> with Store():
    /// ...     [Page.find_or_create(path="/", defaults={"visits": visits}).visits for visits in (1, 2)]
    /// [1, 1]
    #[classmethod]
    #[pyo3(signature = (*, defaults=None, **fields))]
    fn find_or_create<'py>(
        cls: &Bound<'py, PyType>,
        defaults: Option<Bound<'py, PyAny>>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let BoundClass { store, model, spec, serial } = BoundClass::current(cls)?;
        let many = Many::all(store.clone().unbind(), model);
        first_or_made(cls.py(), &many, &spec, (serial, defaults, fields), |all| {
            let values = new_row(&store, &spec, (&PyTuple::empty(all.py()), Some(all)), &[], &[])?;
            Ok(move |engine: &mut Engine| {
                let values = arg::settle(engine, &values)?;
                engine.create(model, &values)
            })
        })
    }

    /// The records with these fields, as a fixed collection in order of creation.
    ///
    /// A field is compared with a value, with `None` (rows without one), with a list or collection (any of them), or
    /// with `between(low, high)`; a reference also with an id, or the key of its model where that has one (a tuple, where
    /// it has several fields). `user_id` is the reference `user`, unless its model has a key. What a `Json` field is to equal
    /// is marked: `where(tags=Json(["a", "b"]))`. A name may be a path over references: `where(**{"user.username": "ann"})`.
    /// Conditions by position are expressions (see `col`). All must hold. O(1) on a unique field or tuple, O(children) on a
    /// reference, else O(rows).
    ///
    /// >>> from hasmany import Store, User, between
    /// >>> with Store():
    /// ...     _ = [User(name) for name in ("ann", "bea", "cat")]
    /// ...     User.where(username=between("b", None)).values("username")
    /// ['bea', 'cat']
    #[classmethod]
    #[pyo3(name = "where", signature = (*conditions, **fields), text_signature = "(*conditions, **fields)")]
    fn where_<'py>(
        cls: &Bound<'py, PyType>,
        conditions: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Many> {
        let (store, model) = model_of(cls)?;
        let many = Many::all(store.unbind(), model);
        let conditions = select::conditions(cls.py(), &many, "where", conditions)?;
        select::select(cls.py(), &many, conditions, &given(cls.py(), fields))
    }
}

#[pymethods]
impl Many {
    /// The first member with these fields; where there is none, a new one with them and with `defaults`, a mapping of
    /// other fields, which are never compared: linked as `create` links it. One transaction.
    ///
    /// Costs as `where` of this collection. Raises as `create` does, `SchemaError` where the collection cannot be written
    /// and for a name that is no field, `TypeError` for a list or `between` as a value.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice = User("alice")
    /// ...     first, again = (alice.tweets.find_or_create(message="hello") for _ in range(2))
    /// ...     first == again, len(alice.tweets)
    /// (True, 1)
    #[pyo3(signature = (*, defaults=None, **fields))]
    fn find_or_create<'py>(
        &self,
        py: Python<'py>,
        defaults: Option<Bound<'py, PyAny>>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let target = Writable::of(self, py)?;
        let (spec, _) = self.store(py).get().spec(py, self.model());
        first_or_made(py, self, &spec, (target.serial, defaults, fields), |all| {
            let member = NewMember::of(self, target, &PyTuple::empty(py), Some(all))?;
            Ok(move |engine: &mut Engine| member.make(engine))
        })
    }
}

/// The first of these records with some fields; where there is none, what is made of them and of defaults, in the change that
/// saw that there is none. The serial is that under which it is made.
fn first_or_made<'py, M: FnOnce(&mut Engine) -> Result<Row>>(
    py: Python<'py>,
    many: &Many,
    spec: &Spec,
    (serial, defaults, fields): (u32, Option<Bound<'py, PyAny>>, Option<&Bound<'py, PyDict>>),
    made: impl FnOnce(&Bound<'py, PyDict>) -> PyResult<M>,
) -> PyResult<Bound<'py, PyAny>> {
    let (store, model, fields) = (many.store(py), many.model(), given(py, fields));
    let all = of_new_row(store, spec, defaults.as_ref(), &fields)?;
    single_values(store, spec, &fields)?;
    let passing = Passing::new(py, many, Vec::new(), &fields)?;
    if let Some(record) = passing.record(py, many)? {
        return Ok(record);
    }
    let make = made(&all)?;
    let id = door::write(store, serial, |world| {
        // Another thread may have been faster.
        let row = match passing.first(many, world)? {
            Some(row) => row,
            None => make(&mut world.engine)?,
        };
        Ok(world.engine.table(model).id(row))
    })?;
    make::record_by(&spec.maker, store, model, id)
}

/// Of a model with a key: says how to find by id, where a number is no key.
fn by_id_hint(py: Python<'_>, error: PyErr, spec: &Spec, key: Option<&Bound<'_, PyAny>>) -> PyErr {
    let is_number = key.is_some_and(|key| key.is_instance_of::<PyInt>());
    match is_number && !spec.key.is_empty() && error.is_instance_of::<PyTypeError>(py) {
        true => PyTypeError::new_err(format!("{}; by id: {}.find(id=...)", error.value(py), spec.name)),
        false => error,
    }
}

/// What a new row gets: these fields and `defaults`, which are looked at whether they are needed or not.
fn of_new_row<'py>(
    store: &Bound<'py, Store>,
    spec: &Spec,
    defaults: Option<&Bound<'py, PyAny>>,
    fields: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let all = fields.copy()?;
    let Some(defaults) = defaults else { return Ok(all) };
    let name = &spec.name;
    if spec.field("defaults").is_some() {
        return Err(SchemaError::new_err(format!(
            "{name}.find_or_create: 'defaults' is a field of {name} and an option of this call; with the field use \
             {name}.find_by(defaults=...) or {name}(defaults=...), for a new row's other fields the constructor"
        )));
    }
    let Ok(defaults) = defaults.cast::<PyMapping>() else {
        return Err(wrong_type(&format!("{name}.find_or_create: defaults"), "a mapping of fields", defaults));
    };
    let mut others = Vec::new();
    for item in defaults.items()?.iter() {
        let (key, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
        if all.contains(&key)? {
            return Err(PyTypeError::new_err(format!("{name}.find_or_create got {key} twice")));
        }
        all.set_item(&key, &value)?;
        others.push((value::text(&key), value));
    }
    arg::by_name(store.as_unbound(), spec, others)?;
    Ok(all)
}

/// Refuses what stands for several values: a new row has one.
fn single_values(store: &Bound<'_, Store>, spec: &Spec, fields: &Bound<'_, PyDict>) -> PyResult<()> {
    for (name, given) in fields {
        let by = value::text(&name);
        if spec.field(&by).is_none() && by != "id" && !by.contains('.') {
            // `user_id` could find a row, but not make one.
            return Err(habits::no_condition(spec, &by));
        }
        if given.is_instance_of::<Between>() || !is_single(&given)? {
            let of = given.get_type().name()?;
            let is_json = |field: usize| matches!(spec.fields[field].holds, Holds::Value(of) if of.is_document());
            let mark = match spec.field(&value::text(&name)).is_some_and(is_json) {
                true => format!("; for this {of} itself write {name}=Json(...)"),
                false => String::new(),
            };
            return Err(PyTypeError::new_err(format!(
                "{}.find_or_create: {name} takes one value, not {of}{mark}; to look for any of several, use where or find_by",
                spec.name
            )));
        }
        // A new row takes records, not keys.
        if let Some(field) = spec.field(&value::text(&name)).map(|field| &spec.fields[field])
            && matches!(field.holds, Holds::Record(..))
        {
            arg::arg(store.as_unbound(), spec, field, &given)?;
        }
    }
    Ok(())
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
