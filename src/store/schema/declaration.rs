//! Models as they are declared. Naming mistakes within one declaration are caught here.

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::store::error::{Error, Result, nearest};
use crate::store::id::ModelId;
use crate::store::types::Type;

/// What a delete does to the rows that refer to the deleted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnDelete {
    /// They forbid it.
    #[default]
    Restrict,
    /// They go too.
    Cascade,
    /// They refer to nothing from then on.
    Nullify,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<M> {
    /// A value of a type.
    Value(Type),
    /// Another row: a `belongs_to`. `M` is how its model is named: by table in a declaration, by id in a schema.
    Reference(M, OnDelete),
}

/// A field, as declared (`M` = `String`, the table of the model it refers to) or in a schema (`M` = [`ModelId`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<M = ModelId> {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind<M>,
    /// Whether it may hold nothing.
    pub optional: bool,
}

/// A collection as it was declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// The name of its members' class, as declared.
    pub of: String,
    /// The table of its members' model; empty while that is not known.
    pub target: String,
    /// The collection of the same model that it goes through.
    pub through: Option<String>,
    /// What to follow on the members of `through`.
    pub source: Option<String>,
    /// Which reference of the child, where it has several to this model.
    pub by: Option<String>,
    /// Whether it is the one row of a unique reference.
    pub is_one: bool,
    /// Which of the rows it has, and in which order.
    pub terms: Option<Terms>,
}

/// The condition and the order of a collection, as they were written. What they are the wing `ask` knows, which makes
/// paths: a schema keeps them and shows them.
#[derive(Clone)]
pub struct Terms {
    /// The condition.
    pub condition: Option<String>,
    /// The keys of the order.
    pub order: Vec<String>,
    /// Both, for who makes paths.
    pub said: Arc<dyn Any + Send + Sync>,
}

impl PartialEq for Terms {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.said, &other.said)
    }
}

impl Eq for Terms {}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(condition) = &self.condition {
            write!(f, " where {condition}")?;
        }
        match self.order.is_empty() {
            true => Ok(()),
            false => write!(f, " by {}", self.order.join(", ")),
        }
    }
}

/// A model as it is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// The name of its class.
    pub name: String,
    /// Its table, by which other declarations refer to it.
    pub table: String,
    /// Its fields and references, in order.
    pub fields: Vec<Field<String>>,
    /// Its collections. Their targets need not be declared yet.
    pub collections: Vec<Collection>,
    /// Unique tuples of fields, single ones included.
    pub unique: Vec<Vec<String>>,
    /// The fields with an index: an order of rows by them is kept. No file knows of it.
    pub indexed: Vec<String>,
    /// The unique fields whose values stand for a row outside; none where its id does.
    pub key: Vec<String>,
    /// What the class or its table was called, where that may still be so in a file.
    pub was: Vec<String>,
    /// What fields were called: the field, and a name that it had.
    pub fields_were: Vec<(String, String)>,
}

impl Declaration {
    /// Refuses what is wrong in itself, whatever else is declared.
    pub fn check(&self) -> Result<()> {
        let mut seen = HashSet::new();
        let names = self.fields.iter().map(|field| &field.name).chain(self.collections.iter().map(|c| &c.name));
        if let Some(twice) = names.into_iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Error::Schema(format!("{}.{twice} is declared twice", self.name)));
        }
        let nullified =
            |field: &&Field<String>| !field.optional && matches!(field.kind, Kind::Reference(_, OnDelete::Nullify));
        if let Some(field) = self.fields.iter().find(nullified) {
            let (model, field) = (&self.name, &field.name);
            return Err(Error::Schema(format!("{model}.{field}: on_delete=\"nullify\" needs an optional reference")));
        }
        for tuple in &self.unique {
            if tuple.is_empty() {
                return Err(Error::Schema(format!("{}: an empty unique tuple", self.name)));
            }
            self.unique_fields(tuple)?;
        }
        for name in &self.indexed {
            let field = self.fields.iter().find(|field| field.name == *name);
            let why = match field.map(|field| &field.kind) {
                Some(Kind::Value(Type::Json)) => "is Json, which has no order; index=True is for a field with one",
                Some(Kind::Value(_)) => continue,
                Some(Kind::Reference(..)) => {
                    "is a reference, and the rows that refer to a record are listed anyway; index=True is for a field"
                }
                None => "is no field",
            };
            return Err(Error::Schema(format!("{}.{name} {why}", self.name)));
        }
        for collection in &self.collections {
            if let Some(through) = &collection.through
                && !self.collections.iter().any(|other| other.name == *through)
            {
                let hint = nearest(through, self.collections.iter().map(|c| c.name.as_str()));
                let (model, name) = (&self.name, &collection.name);
                return Err(Error::Schema(format!("{model}.{name}: {model} has no collection '{through}'{hint}")));
            }
        }
        Ok(())
    }

    /// The fields that a unique tuple names, by index.
    pub(super) fn unique_fields(&self, tuple: &[String]) -> Result<Box<[usize]>> {
        let mut fields: Vec<usize> = Vec::new();
        for name in tuple {
            let Some(at) = self.fields.iter().position(|field| field.name == *name) else {
                let hint = nearest(name, self.fields.iter().map(|field| field.name.as_str()));
                return Err(Error::Schema(format!("{}: unique names '{name}', which is no field{hint}", self.name)));
            };
            if fields.contains(&at) {
                return Err(Error::Schema(format!("{}: unique names '{name}' twice", self.name)));
            }
            fields.push(at);
        }
        Ok(fields.into())
    }
}
