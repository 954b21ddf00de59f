//! A model of a store: its fields, references and collections, found by name.

use crate::store::error::{Error, Result, nearest};
use crate::store::id::{ModelId, Reference};
use crate::store::schema::declaration::{Collection, Field, Kind};

/// A model of a store.
#[derive(Clone, Debug)]
pub struct Model {
    /// The name of its class.
    pub name: String,
    /// Its table.
    pub table: String,
    /// Its fields and references, in order.
    pub fields: Vec<Field>,
    /// Its collections.
    pub collections: Vec<Collection>,
    /// Unique tuples, as indexes into `fields`.
    pub unique: Vec<Box<[usize]>>,
    /// The fields with an index, as indexes into `fields`.
    pub indexed: Box<[usize]>,
    /// The fields whose values stand for a row outside, as indexes into `fields`; none where its id does.
    pub key: Box<[usize]>,
    /// The references of all models to this one.
    pub referrers: Vec<Reference>,
    /// Whether it is only known from a file: whoever declares its table next claims it.
    pub is_unclaimed: bool,
}

impl Model {
    /// The index of a field, or an error that names the nearest.
    pub fn field(&self, name: &str) -> Result<usize> {
        self.fields.iter().position(|field| field.name == name).ok_or_else(|| {
            if self.collections.iter().any(|collection| collection.name == name) {
                return Error::Schema(format!("{}.{name} is a collection, not a field", self.name));
            }
            let names = self.fields.iter().map(|field| field.name.as_str()).chain(["id"]);
            Error::Schema(format!("{} has no field '{name}'{}", self.name, nearest(name, names)))
        })
    }

    /// The index of a reference and the model that it refers to, or an error that names the nearest or all of them.
    pub fn reference(&self, name: &str) -> Result<(usize, ModelId)> {
        let references = self.fields.iter().enumerate().filter_map(|(at, field)| match field.kind {
            Kind::Reference(to, _) => Some((field.name.as_str(), at, to)),
            Kind::Value(_) => None,
        });
        if let Some((_, at, to)) = references.clone().find(|(other, ..)| *other == name) {
            return Ok((at, to));
        }
        let names: Vec<&str> = references.map(|(name, ..)| name).collect();
        let hint = match nearest(name, names.iter().copied()) {
            hint if hint.is_empty() && !names.is_empty() => format!("; it has {}", names.join(", ")),
            hint => hint,
        };
        Err(Error::Schema(format!("{} has no reference '{name}'{hint}", self.name)))
    }

    /// The index of a field of numbers, or an error that names the nearest.
    pub fn number(&self, name: &str) -> Result<usize> {
        let field = self.field(name)?;
        match self.fields[field].kind {
            Kind::Value(of) if of.is_number() => Ok(field),
            Kind::Value(_) | Kind::Reference(..) => {
                Err(Error::Schema(format!("{}.{name} is no int, float or bool and cannot be summed", self.name)))
            }
        }
    }

    /// A collection, or an error that names the nearest.
    pub fn collection(&self, name: &str) -> Result<&Collection> {
        self.collections.iter().find(|collection| collection.name == name).ok_or_else(|| {
            let names = self.collections.iter().map(|collection| collection.name.as_str());
            Error::Schema(format!("{} has no collection '{name}'{}", self.name, nearest(name, names)))
        })
    }

    /// Where the unique tuple of exactly these two fields is among `unique`, if it is declared.
    pub fn unique_pair(&self, one: usize, two: usize) -> Option<usize> {
        self.unique.iter().position(|fields| **fields == [one, two] || **fields == [two, one])
    }
}
