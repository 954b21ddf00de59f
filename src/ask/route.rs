//! Paths against a schema: the one grammar of names with dots. A mistake is told with its step and the nearest name.

use std::sync::Arc;

use crate::store::error::{Error, Result, nearest};
use crate::store::id::{ModelId, Reference};
use crate::store::read::path::{Hop, Path};
use crate::store::schema::Schema;
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;

/// A step of a path.
pub enum Leg {
    /// Over a reference of a model, to another model.
    Up(ModelId, usize, ModelId),
    /// To the one row that refers to it by a unique reference, of that row's model.
    One(Reference),
    /// To the members of a collection.
    Many(Arc<Path>),
    /// The id: the end.
    Id(ModelId),
    /// A field that is no reference: the end.
    Field(ModelId, usize, Type),
}

/// The steps that a path takes from a model. `path` says where collections lead.
pub fn route(
    schema: &Schema,
    path: &dyn Fn(ModelId, &str) -> Result<Arc<Path>>,
    from: ModelId,
    parts: &[String],
) -> Result<Vec<Leg>> {
    let (mut model, mut legs) = (from, Vec::new());
    for (at, part) in parts.iter().enumerate() {
        let of = schema.model(model);
        let step = || match parts.len() {
            1 => String::new(),
            all => format!(" (step {} of {all} of '{}')", at + 1, parts.join(".")),
        };
        let is_last = at + 1 == parts.len();
        let field = match is_last {
            true => schema.field_named(model, part)?,
            false => of.fields.iter().position(|field| field.name == *part),
        };
        let leg = if let Some(field) = field {
            match of.fields[field].kind {
                Kind::Reference(to, _) => Leg::Up(model, field, to),
                Kind::Value(kind) => Leg::Field(model, field, kind),
            }
        } else if let Some(collection) = of.collections.iter().find(|collection| collection.name == *part) {
            let path = path(model, part)?;
            match *path.hops {
                [Hop::Down(reference)] if collection.is_one => Leg::One(reference),
                _ => Leg::Many(path),
            }
        } else if part == "id" {
            Leg::Id(model)
        } else {
            let names = of.fields.iter().map(|field| field.name.as_str()).chain(["id"]);
            let names = names.chain(of.collections.iter().map(|collection| collection.name.as_str()));
            let hint = nearest(part, names);
            let message = format!("{} has no field or collection '{part}'{}{hint}", of.name, step());
            return Err(Error::Schema(message));
        };
        model = match &leg {
            Leg::Up(.., to) => *to,
            Leg::One(reference) => reference.model,
            Leg::Many(path) => path.to,
            Leg::Id(_) | Leg::Field(..) if is_last => model,
            Leg::Id(_) | Leg::Field(..) => {
                return Err(Error::Schema(format!(
                    "{}.{part} is a value, so nothing of it can be followed{}; '{}' is asked of it",
                    of.name,
                    step(),
                    parts[at + 1]
                )));
            }
        };
        legs.push(leg);
    }
    Ok(legs)
}
