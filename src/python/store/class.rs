//! What a store knows of the classes of its models.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::error::SchemaError;
use crate::python::locks::assert_none_held;
use crate::store::error::nearest;
use crate::store::id::ModelId;
use crate::store::read::path::Path;
use crate::store::types::Type;

/// What a store knows of the class of one of its models.
pub struct Class {
    pub spec: Arc<Spec>,
    /// The paths of its collections, once they are resolved.
    pub paths: Vec<OnceLock<Arc<Path>>>,
    /// The path to all its rows.
    pub all: Arc<Path>,
    /// How many classes there had been when it was last looked which of them refer to this one.
    pub met: AtomicU64,
}

/// What a class says of its fields, with the models they refer to in one store.
pub struct Spec {
    pub maker: Maker,
    pub name: String,
    pub fields: Vec<FieldSpec>,
    pub collections: Vec<String>,
    /// Those of its collections that are the one row of a unique reference.
    pub ones: Vec<String>,
    /// The fields whose values stand for a record; none where its id does.
    pub key: Vec<usize>,
}

/// One field of a class.
pub struct FieldSpec {
    pub name: String,
    pub holds: Holds,
    pub optional: bool,
    pub default: Default,
    /// The constructor takes it by name only.
    pub kw_only: bool,
    /// What it may be called in an older file.
    pub was: Vec<String>,
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

    /// Whether it has a collection of the name.
    pub fn is_collection(&self, name: &str) -> bool {
        self.collections.iter().any(|collection| collection == name)
    }

    /// Whether it has the one row of a unique reference under the name.
    pub fn is_one(&self, name: &str) -> bool {
        self.ones.iter().any(|one| one == name)
    }

    /// "neither Patient nor Appointment has a field 'reson' (did you mean 'reason'?)"
    pub fn no_field_of_pair(&self, link: &Spec, wrong: &str) -> PyErr {
        let fields = self.fields.iter().chain(&link.fields).map(|field| field.name.as_str());
        let hint = nearest(wrong, fields);
        SchemaError::new_err(format!("neither {} nor {} has a field '{wrong}'{hint}", self.name, link.name))
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

impl Default {
    /// The value, made now if there is a factory; nothing for a required field.
    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        assert_none_held();
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
        Class { spec: Arc::new(spec), paths, all: Arc::new(Path::all(model)), met: AtomicU64::new(0) }
    }
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

    /// Whether it is of the seed world, whose models are never redefined.
    pub fn is_seed(&self) -> bool {
        match self {
            Maker::User | Maker::Tweet | Maker::Like => true,
            Maker::Declared(..) | Maker::Unclaimed => false,
        }
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
}
