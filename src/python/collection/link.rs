//! How members belong to the owner of a collection that can be written: by their reference, or by join rows.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::collection::many::Many;
use crate::python::declare::meet;
use crate::python::error::SchemaError;
use crate::python::record::arg::{self, Arg, settle};
use crate::python::record::said::{Said, new_row};
use crate::python::store::Store;
use crate::store::Store as Engine;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, Reference, Row};
use crate::store::read::path::{Join, Path, Shape};
use crate::store::read::view::Start;
use crate::store::value::Value;

/// A collection that can be written: its owner, how its members belong to it, and the store's serial under which that
/// holds.
pub struct Writable {
    owner: Id,
    pub path: Arc<Path>,
    pub link: Link,
    pub serial: u32,
}

#[derive(Clone, Copy)]
pub enum Link {
    Inverse(Reference),
    Join(Join),
}

/// What a call gives for fields of join rows, by field.
pub type GivenFields = Vec<(usize, Arg<'static>)>;

/// The values of a new join row but for its two references; empty on an inverse.
pub type LinkValues = Vec<Arg<'static>>;

impl Writable {
    /// How a collection can be written. Raises `SchemaError` where it cannot.
    pub fn of(many: &Many, py: Python<'_>) -> PyResult<Self> {
        let refuse = |why: String| Err(SchemaError::new_err(why));
        let name = || many.model_name(py);
        let (origin, serial) = many.read(py, |world| {
            many.alive(world)?;
            Ok((many.origin(world)?.map(|(start, path)| (start, path.clone())), world.serial))
        })?;
        match origin {
            None => refuse("this collection was computed and cannot be written".to_owned()),
            Some((None, path)) if path.shape == Shape::All => refuse(format!(
                "all() cannot be written; create a {0} with {0}(...), delete one with .delete()",
                name()
            )),
            Some((Some(owner), path)) => match path.bare {
                Shape::Inverse(reference) => Ok(Writable { owner, path, link: Link::Inverse(reference), serial }),
                Shape::Join(join) => Ok(Writable { owner, path, link: Link::Join(join), serial }),
                _ => refuse(format!(
                    "a collection over more than one join row cannot be written; link its {} by hand",
                    name()
                )),
            },
            Some(_) => refuse("a collection of all rows' members cannot be written".to_owned()),
        }
    }

    /// The owner's row.
    pub fn owner(&self, engine: &Engine) -> Result<Row> {
        engine.row(self.path.from, self.owner)
    }

    /// Whether a live row is a member.
    pub fn is_linked(&self, engine: &Engine, owner: Row, member: Row) -> bool {
        engine.contains(Start::Row(owner), &self.path, member)
    }

    /// Links a member: by its reference, and what conditions say of it, or by one more join row.
    pub fn link(&self, engine: &mut Engine, owner: Row, member: Row, link: &LinkValues, said: &Said) -> Result<()> {
        match self.link {
            Link::Inverse(Reference { model, field }) => {
                let own = said.iter().filter(|(other, _)| *other != field).cloned();
                let values: Vec<_> = std::iter::once((field, Value::Row(owner))).chain(own).collect();
                engine.set(model, member, &values)
            }
            Link::Join(join) => {
                self.check_vacant(engine, owner, member)?;
                let mut values = settle(engine, link)?;
                values[join.near] = Value::Row(owner);
                values[join.far] = Value::Row(member);
                engine.create(join.model, &values).map(drop)
            }
        }
    }

    /// Binds the classes that say what becomes of the rows that refer to join rows, which are to be deleted.
    pub fn meet_referrers(&self, store: &Bound<'_, Store>) -> PyResult<()> {
        match self.link {
            Link::Inverse(_) => Ok(()),
            Link::Join(join) => meet::meet_referrers(store, join.model),
        }
    }

    /// Unlinks members, which are linked.
    pub fn unlink(&self, engine: &mut Engine, owner: Row, members: &[Row]) -> Result<()> {
        match self.link {
            Link::Inverse(Reference { model, field }) => {
                let of = &engine.schema().model(model);
                if !of.fields[field].optional && !members.is_empty() {
                    return Err(Error::Schema(format!(
                        "{0}.{1} is required, so a {0} cannot be unlinked; delete it or set another {1}",
                        of.name, of.fields[field].name
                    )));
                }
                members.iter().try_for_each(|&row| engine.set(model, row, &[(field, Value::None)]))
            }
            Link::Join(join) => {
                let counts = |&link: &Row| engine.meets(&self.path, link);
                let links =
                    |&member: &Row| engine.links_between(&join, owner, member).filter(counts).collect::<Vec<_>>();
                let links: Vec<Row> = members.iter().flat_map(links).collect();
                engine.delete(join.model, &links).map(drop)
            }
        }
    }

    /// Reads the fields of one new join row; default factories are called. There is none on an inverse.
    pub fn link_values<'py>(
        &self,
        store: &Bound<'py, Store>,
        fields: Option<&Bound<'py, PyDict>>,
        said: &Said,
    ) -> PyResult<LinkValues> {
        let py = store.py();
        let Link::Join(join) = self.link else {
            self.given_fields(store, fields)?;
            return Ok(Vec::new());
        };
        let (spec, _) = store.get().spec(py, join.model);
        new_row(store, &spec, (&PyTuple::empty(py), fields), &[join.near, join.far], said)
    }

    /// Reads what a call gives for fields of join rows, without their defaults. Raises `SchemaError` for names that a
    /// join row does not have or the collection itself sets, and for any on an inverse.
    pub fn given_fields(&self, store: &Bound<'_, Store>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<GivenFields> {
        let given: Vec<_> = arg::keywords(fields).collect();
        if given.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        let Link::Join(join) = self.link else {
            let names = names.join(", ");
            return Err(SchemaError::new_err(format!("there is no join row that could hold {names}")));
        };
        let (spec, _) = store.get().spec(store.py(), join.model);
        let is_end = |name: &&&str| spec.field(name).is_some_and(|at| at == join.near || at == join.far);
        match names.iter().find(is_end) {
            Some(end) => Err(SchemaError::new_err(format!("{}.{end} is what the collection itself sets", spec.name))),
            None => arg::by_name(store.as_unbound(), &spec, given),
        }
    }
}
