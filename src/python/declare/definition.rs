//! What a class body said, as `hasmany.body` read it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::declare::terms::Terms;
use crate::python::error::SchemaError;
use crate::python::locks::assert_none_held;
use crate::python::record::handle::Record;
use crate::python::record::members;
use crate::python::store::class::{Default, FieldSpec, Holds, Maker, Spec};
use crate::store::id::ModelId;
use crate::store::schema::declaration::{Collection, Declaration, Field, Kind, OnDelete};
use crate::store::types::Type;

/// What a class body said, as `hasmany.body` read it: `cls.__hasmany__`, with all its references looked up.
#[derive(FromPyObject)]
pub struct Definition<'py> {
    name: String,
    table: String,
    fields: Vec<DefinedField<'py>>,
    collections: Vec<DefinedCollection<'py>>,
    unique: Vec<Vec<String>>,
    indexed: Vec<String>,
    key: Vec<String>,
    was: Vec<String>,
}

#[derive(FromPyObject)]
struct DefinedField<'py> {
    name: String,
    /// A field type, or a class.
    holds: Bound<'py, PyAny>,
    optional: bool,
    on_delete: String,
    required: bool,
    default: Bound<'py, PyAny>,
    factory: Option<Bound<'py, PyAny>>,
    kw_only: bool,
    was: Vec<String>,
}

#[derive(FromPyObject)]
struct DefinedCollection<'py> {
    name: String,
    of: String,
    through: Option<String>,
    source: Option<String>,
    by: Option<String>,
    one: bool,
    terms: Option<Bound<'py, Terms>>,
}

impl<'py> Definition<'py> {
    /// Reads a class; its references are looked up now.
    pub fn of(ty: &Bound<'py, PyType>) -> PyResult<Self> {
        assert_none_held();
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
        let were = |field: &DefinedField<'py>| {
            field.was.iter().map(|was| (field.name.clone(), was.clone())).collect::<Vec<_>>()
        };
        let collection = |collection: &DefinedCollection<'py>| Collection {
            name: collection.name.clone(),
            of: collection.of.clone(),
            target: String::new(),
            through: collection.through.clone(),
            source: collection.source.clone(),
            by: collection.by.clone(),
            is_one: collection.one,
            terms: collection.terms.as_ref().map(|terms| terms.get().0.clone()),
        };
        Ok(Declaration {
            name: self.name.clone(),
            table: self.table.clone(),
            fields: self.fields.iter().map(field).collect::<PyResult<_>>()?,
            collections: self.collections.iter().map(collection).collect(),
            unique: self.unique.clone(),
            indexed: self.indexed.clone(),
            key: self.key.clone(),
            was: self.was.clone(),
            fields_were: self.fields.iter().flat_map(were).collect(),
        })
    }

    /// Its table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// What the class or its table was called.
    pub fn was(&self) -> &[String] {
        &self.was
    }

    /// The name of its class.
    pub fn name(&self) -> &str {
        &self.name
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
            let (name, was) = (field.name.clone(), field.was.clone());
            Ok(FieldSpec { name, holds, optional: field.optional, default, kw_only: field.kw_only, was })
        };
        Ok(Spec {
            maker: Maker::declared(ty)?,
            name: self.name.clone(),
            fields: self.fields.iter().map(field).collect::<PyResult<_>>()?,
            collections: self.collections.iter().map(|collection| collection.name.clone()).collect(),
            ones: self.collections.iter().filter(|one| one.one).map(|one| one.name.clone()).collect(),
            key: self.key.iter().filter_map(|key| self.fields.iter().position(|field| field.name == *key)).collect(),
        })
    }
}

fn on_delete(name: &str) -> PyResult<OnDelete> {
    match name {
        "restrict" => Ok(OnDelete::Restrict),
        "cascade" => Ok(OnDelete::Cascade),
        "nullify" => Ok(OnDelete::Nullify),
        _ => Err(SchemaError::new_err(format!("on_delete is 'restrict', 'cascade' or 'nullify', not '{name}'"))),
    }
}

/// The type of a field by what `hasmany.annotation` says of it: its name or, of an enum, the class.
pub fn named_type(name: &Bound<'_, PyAny>) -> PyResult<Type> {
    if let Some(class) = name.getattr_opt("enum")? {
        return members::of_enum(&class);
    }
    let name: String = name.extract()?;
    Type::named(&name).ok_or_else(|| SchemaError::new_err(format!("'{name}' is no type of a field")))
}
