//! How Python classes and the models of a store belong together.

use std::cell::Cell;
use std::sync::{Arc, OnceLock};

use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{PyTypeInfo, ffi};

use crate::python::classes::twitter::{Like, Tweet, User};
use crate::python::error::SchemaError;
use crate::python::record::handle::Record;
use crate::python::record::value::{self, Arg};
use crate::python::store::Store;
use crate::store::error::nearest;
use crate::store::id::{Id, ModelId};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Collection, Declaration, Field, Kind, OnDelete};
use crate::store::schema::path::Path;
use crate::store::types::Type;
use crate::store::value::Value;

/// What a store knows of the class of one of its models.
pub struct Class {
    pub spec: Arc<Spec>,
    /// The paths of its collections, once they are resolved.
    pub paths: Vec<OnceLock<Arc<Path>>>,
    /// The path to all its rows.
    pub all: Arc<Path>,
}

/// What a class says of its fields, with the models they refer to in one store.
pub struct Spec {
    pub maker: Maker,
    pub name: String,
    pub fields: Vec<FieldSpec>,
    pub collections: Vec<String>,
}

/// One field of a class.
pub struct FieldSpec {
    pub name: String,
    pub holds: Holds,
    pub optional: bool,
    pub default: Default,
}

/// What a field holds.
pub enum Holds {
    Value(Type),
    Record(ModelId, Py<PyType>),
}

/// What a field gets when nothing is passed for it.
pub enum Default {
    Required,
    Value(Py<PyAny>),
    Factory(Py<PyAny>),
}

impl Spec {
    /// The index of a field.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// " (did you mean ...?)" among fields and collections.
    pub fn hint(&self, wrong: &str) -> String {
        let fields = self.fields.iter().map(|field| field.name.as_str());
        nearest(wrong, fields.chain(self.collections.iter().map(String::as_str)).chain(["id"]))
    }

    /// "Doctor has no field 'nmae' (did you mean 'name'?)"
    pub fn no_field(&self, wrong: &str) -> PyErr {
        if self.collections.iter().any(|collection| collection == wrong) {
            let what = "is a collection, not a field; once the record is there, use";
            return SchemaError::new_err(format!("{0}.{wrong} {what} .{wrong}.add() or .replace()", self.name));
        }
        SchemaError::new_err(format!("{} has no field '{wrong}'{}", self.name, self.hint(wrong)))
    }

    /// "neither Patient nor Appointment has a field 'reson' (did you mean 'reason'?)"
    pub fn no_field_of_pair(&self, link: &Spec, wrong: &str) -> PyErr {
        let fields = self.fields.iter().chain(&link.fields).map(|field| field.name.as_str());
        let hint = nearest(wrong, fields);
        SchemaError::new_err(format!("neither {} nor {} has a field '{wrong}'{hint}", self.name, link.name))
    }

    /// The arguments of a constructor call, one a field: positions first (fields of `skip` left out), then names, then
    /// defaults.
    pub fn arguments<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
        skip: &[usize],
    ) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
        let py = args.py();
        let mut given: Vec<Option<Bound<'py, PyAny>>> = vec![None; self.fields.len()];
        let places = (0..self.fields.len()).filter(|at| !skip.contains(at));
        if args.len() > places.clone().count() {
            let (name, most, got) = (&self.name, places.count(), args.len());
            return Err(PyTypeError::new_err(format!("{name} takes {most} positional arguments, {got} were given")));
        }
        places.zip(args.iter()).for_each(|(at, arg)| given[at] = Some(arg));
        for (name, arg) in kwargs.into_iter().flatten() {
            let name = text(&name);
            let at = self.field(&name).ok_or_else(|| self.no_field(&name))?;
            if skip.contains(&at) {
                let message = format!("{}.{name} is what the collection itself sets", self.name);
                return Err(SchemaError::new_err(message));
            }
            if given[at].is_some() {
                return Err(PyTypeError::new_err(format!("{} got {name} twice", self.name)));
            }
            given[at] = Some(arg);
        }
        let missing: Vec<&str> = (0..self.fields.len())
            .filter(|at| !skip.contains(at) && given[*at].is_none())
            .filter(|&at| matches!(self.fields[at].default, Default::Required))
            .map(|at| self.fields[at].name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(PyTypeError::new_err(format!("{} needs {}", self.name, missing.join(", "))));
        }
        for (at, place) in given.iter_mut().enumerate().filter(|(at, place)| !skip.contains(at) && place.is_none()) {
            *place = self.fields[at].default.get(py)?;
        }
        Ok(given)
    }

    /// The same as values for the engine. What is not given (a field of `skip`) is none.
    pub fn values<'a>(&self, store: &Py<Store>, given: &'a [Option<Bound<'_, PyAny>>]) -> PyResult<Vec<Arg<'a>>> {
        let read = |(field, given): (&FieldSpec, &'a Option<Bound<'_, PyAny>>)| match given {
            Some(given) => value::arg(store, self, field, given),
            None => Ok(Arg::Value(Value::None)),
        };
        self.fields.iter().zip(given).map(read).collect()
    }
}

impl Spec {
    /// Shows the garbage collector what this holds.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.maker.traverse(visit)?;
        for field in &self.fields {
            if let Holds::Record(_, ty) = &field.holds {
                visit.call(ty)?;
            }
            if let Default::Value(object) | Default::Factory(object) = &field.default {
                visit.call(object)?;
            }
        }
        Ok(())
    }
}

impl Spec {
    /// What rows that are there get in the fields that are new: the default, or nothing.
    pub fn fill(
        &self,
        py: Python<'_>,
        store: &Py<Store>,
        is_new: impl Fn(&str) -> bool,
    ) -> PyResult<Vec<Value<'static>>> {
        let fill = |field: &FieldSpec| match is_new(&field.name).then(|| field.default.get(py)).transpose()?.flatten() {
            Some(default) => match value::arg(store, self, field, &default)?.into_owned() {
                Arg::Value(value) => Ok(value),
                Arg::Record(..) => Ok(Value::None),
            },
            None => Ok(Value::None),
        };
        self.fields.iter().map(fill).collect()
    }
}

impl Default {
    /// The value, made now if there is a factory; nothing for a required field.
    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Default::Required => Ok(None),
            Default::Value(value) => Ok(Some(value.bind(py).clone())),
            Default::Factory(factory) => factory.bind(py).call0().map(Some),
        }
    }
}

/// Makes records of one class.
pub enum Maker {
    User,
    Tweet,
    Like,
    /// A declared class, and whether its instances hold nothing of their own: no `__dict__`, no weak references.
    Declared(Py<PyType>, bool),
    /// Of a model that only a file knows: bare records, which have an id and can be deleted.
    Unclaimed,
}

impl Class {
    /// A class whose collections are not resolved yet.
    pub fn new(model: ModelId, spec: Spec) -> Self {
        let paths = spec.collections.iter().map(|_| OnceLock::new()).collect();
        Class { spec: Arc::new(spec), paths, all: Arc::new(Path::all(model)) }
    }

    /// What stands for the class of a model that only a file knows.
    pub fn unclaimed(py: Python<'_>, schema: &Schema, model: ModelId) -> Self {
        let field = |field: &Field| FieldSpec {
            name: field.name.clone(),
            holds: match field.kind {
                Kind::Value(of) => Holds::Value(of),
                Kind::Reference(to, _) => Holds::Record(to, py.get_type::<Record>().unbind()),
            },
            optional: field.optional,
            default: Default::Required,
        };
        let of = schema.model(model);
        let fields = of.fields.iter().map(field).collect();
        Class::new(model, Spec { maker: Maker::Unclaimed, name: of.name.clone(), fields, collections: Vec::new() })
    }
}

thread_local! {
    /// The record that [`Record`]'s `__new__` is to make on behalf of [`Maker::record`].
    static NEXT: Cell<Option<Record>> = const { Cell::new(None) };
}

/// What `Maker::record` asked for, if it is what called `__new__`.
pub fn take_next() -> Option<Record> {
    NEXT.take()
}

impl Maker {
    pub fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Maker::User => Maker::User,
            Maker::Tweet => Maker::Tweet,
            Maker::Like => Maker::Like,
            Maker::Declared(ty, bare) => Maker::Declared(ty.clone_ref(py), *bare),
            Maker::Unclaimed => Maker::Unclaimed,
        }
    }

    /// Of a class that a model declared.
    pub fn declared(ty: &Bound<'_, PyType>) -> PyResult<Self> {
        let none = |offset: &str| PyResult::Ok(ty.getattr(offset)?.extract::<isize>()? == 0);
        let bare = none("__dictoffset__")? && none("__weakrefoffset__")?;
        Ok(Maker::Declared(ty.clone().unbind(), bare))
    }

    /// Whether a record that nobody has can be pointed at another row without anybody noticing.
    pub fn is_reusable(&self) -> bool {
        !matches!(self, Maker::Declared(_, false))
    }

    /// Shows the garbage collector what this holds.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Maker::Declared(ty, _) => visit.call(ty),
            _ => Ok(()),
        }
    }

    /// The class.
    pub fn ty<'py>(&self, py: Python<'py>) -> Bound<'py, PyType> {
        match self {
            Maker::User => py.get_type::<User>(),
            Maker::Tweet => py.get_type::<Tweet>(),
            Maker::Like => py.get_type::<Like>(),
            Maker::Declared(ty, _) => ty.bind(py).clone(),
            Maker::Unclaimed => py.get_type::<Record>(),
        }
    }

    /// A record that points at a row.
    pub fn record<'py>(&self, store: &Bound<'py, Store>, model: ModelId, id: Id) -> PyResult<Bound<'py, PyAny>> {
        let py = store.py();
        let record = Record::new(store.clone().unbind(), model, id);
        Ok(match self {
            Maker::User => Bound::new(py, User::of(record))?.into_any(),
            Maker::Tweet => Bound::new(py, Tweet::of(record))?.into_any(),
            Maker::Like => Bound::new(py, Like::of(record))?.into_any(),
            Maker::Declared(ty, _) => subclass_instance(ty.bind(py), record)?,
            Maker::Unclaimed => Bound::new(py, record)?.into_any(),
        })
    }
}

/// An instance of a Python subclass of [`Record`] with this content. PyO3 has no call for that; `Record.__new__` with
/// the subclass as its type is one, and takes the content from [`NEXT`].
#[expect(unsafe_code, reason = "PyO3 offers no way to make an instance of a Python subclass from Rust")]
fn subclass_instance<'py>(ty: &Bound<'py, PyType>, record: Record) -> PyResult<Bound<'py, PyAny>> {
    static NEW: PyOnceLock<ffi::newfunc> = PyOnceLock::new();
    static NO_ARGS: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();
    let py = ty.py();
    let new = NEW.get_or_init(py, || {
        // SAFETY: the slot `Py_tp_new` of a type is null or a `newfunc`, and `Option<newfunc>` is null or a `newfunc`.
        let slot = unsafe { ffi::PyType_GetSlot(Record::type_object_raw(py), ffi::Py_tp_new) };
        // SAFETY: as above.
        let slot = unsafe { std::mem::transmute::<*mut std::ffi::c_void, Option<ffi::newfunc>>(slot) };
        slot.unwrap_or(ffi::PyType_GenericNew)
    });
    let args = NO_ARGS.get_or_init(py, || PyTuple::empty(py).unbind());
    NEXT.set(Some(record));
    // SAFETY: `new` is `Record`'s own `tp_new`, `ty` is a subclass of `Record` (`Definition::of` lets no other be
    // bound), `args` is a tuple, and `tp_new` takes null for no keywords. It returns a new reference, or null with an
    // exception set.
    unsafe { Bound::from_owned_ptr_or_err(py, new(ty.as_type_ptr(), args.as_ptr(), std::ptr::null_mut())) }
}

/// What a class body said, as `hasmany.model` read it: `cls.__hasmany__`, with all its references looked up.
#[derive(FromPyObject)]
pub struct Definition<'py> {
    name: String,
    table: String,
    fields: Vec<DefinedField<'py>>,
    collections: Vec<DefinedCollection>,
    unique: Vec<Vec<String>>,
}

#[derive(FromPyObject)]
struct DefinedField<'py> {
    name: String,
    /// The name of a field type, or a class.
    holds: Bound<'py, PyAny>,
    optional: bool,
    on_delete: String,
    required: bool,
    default: Bound<'py, PyAny>,
    factory: Option<Bound<'py, PyAny>>,
}

#[derive(FromPyObject)]
struct DefinedCollection {
    name: String,
    of: String,
    through: Option<String>,
    source: Option<String>,
    by: Option<String>,
}

impl<'py> Definition<'py> {
    /// Reads a class; its references are looked up now.
    pub fn of(ty: &Bound<'py, PyType>) -> PyResult<Self> {
        if !ty.is_subclass_of::<Record>()? {
            return Err(SchemaError::new_err(format!("{} is no subclass of Model", ty.name()?)));
        }
        match ty.getattr_opt("__hasmany__")? {
            Some(definition) => definition.call_method0("resolved")?.extract(),
            None => Err(PyTypeError::new_err(format!("{} is no model: nothing is declared in it", ty.name()?))),
        }
    }

    /// The classes that it refers to.
    pub fn references(&self) -> impl Iterator<Item = &Bound<'py, PyType>> {
        self.fields.iter().filter_map(|field| field.holds.cast::<PyType>().ok())
    }

    /// Its declaration for the engine. `table` gives the table of a class.
    pub fn declaration(&self, table: impl Fn(&Bound<'py, PyType>) -> PyResult<String>) -> PyResult<Declaration> {
        let field = |field: &DefinedField<'py>| {
            let kind = match field.holds.cast::<PyType>() {
                Ok(ty) => Kind::Reference(table(ty)?, on_delete(&field.on_delete)?),
                Err(_) => Kind::Value(named_type(&field.holds)?),
            };
            Ok(Field { name: field.name.clone(), kind, optional: field.optional })
        };
        let collection = |collection: &DefinedCollection| Collection {
            name: collection.name.clone(),
            of: collection.of.clone(),
            target: String::new(),
            through: collection.through.clone(),
            source: collection.source.clone(),
            by: collection.by.clone(),
        };
        Ok(Declaration {
            name: self.name.clone(),
            table: self.table.clone(),
            fields: self.fields.iter().map(field).collect::<PyResult<_>>()?,
            collections: self.collections.iter().map(collection).collect(),
            unique: self.unique.clone(),
        })
    }

    /// Its table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// What a store keeps of it. `model` gives the model that a class has in that store.
    pub fn spec(
        &self,
        ty: &Bound<'py, PyType>,
        model: impl Fn(&Bound<'py, PyType>) -> Option<ModelId>,
    ) -> PyResult<Spec> {
        let field = |field: &DefinedField<'py>| {
            let holds = match field.holds.cast::<PyType>() {
                Ok(ty) => match model(ty) {
                    Some(model) => Holds::Record(model, ty.clone().unbind()),
                    None => return Err(SchemaError::new_err(format!("{} is not declared", ty.name()?))),
                },
                Err(_) => Holds::Value(named_type(&field.holds)?),
            };
            let default = match &field.factory {
                Some(factory) => Default::Factory(factory.clone().unbind()),
                None if field.required => Default::Required,
                None => Default::Value(field.default.clone().unbind()),
            };
            Ok(FieldSpec { name: field.name.clone(), holds, optional: field.optional, default })
        };
        Ok(Spec {
            maker: Maker::declared(ty)?,
            name: self.name.clone(),
            fields: self.fields.iter().map(field).collect::<PyResult<_>>()?,
            collections: self.collections.iter().map(|collection| collection.name.clone()).collect(),
        })
    }
}

/// A keyword as text; a lone surrogate in it, which no name of a field has, becomes a replacement character.
pub fn text(name: &Bound<'_, PyAny>) -> String {
    name.cast::<PyString>().map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned())
}

fn on_delete(name: &str) -> PyResult<OnDelete> {
    match name {
        "restrict" => Ok(OnDelete::Restrict),
        "cascade" => Ok(OnDelete::Cascade),
        "nullify" => Ok(OnDelete::Nullify),
        _ => Err(SchemaError::new_err(format!("on_delete is 'restrict', 'cascade' or 'nullify', not '{name}'"))),
    }
}

fn named_type(name: &Bound<'_, PyAny>) -> PyResult<Type> {
    let name: String = name.extract()?;
    Type::named(&name).ok_or_else(|| SchemaError::new_err(format!("'{name}' is no type of a field")))
}
