//! What a column of an input is for, by its name.

use pyo3::prelude::*;

use crate::python::error::SchemaError;
use crate::python::store::Store;
use crate::python::store::class::{Holds, Spec};
use crate::store::id::ModelId;
use crate::store::types::Type;

/// A reference that is followed: the field, and the model it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub field: usize,
    pub to: ModelId,
}

/// The fields of a model that a call names as its key.
#[derive(Clone, Debug)]
pub struct OwnKey {
    pub model: ModelId,
    pub fields: Vec<usize>,
}

/// What a column is for.
pub enum Target {
    /// The ids of the rows themselves.
    Id,
    /// The values of a field.
    Value(usize, Type),
    /// The rows at the end of references, by id or as records.
    Reference(Vec<Step>),
    /// The rows at the end of references, as records or by the key of their model: what it is shows when it is read.
    Keyed(Vec<Step>),
    /// The rows at the end of references, by the values of a field of theirs.
    Key { steps: Vec<Step>, by: usize, of: Type },
}

/// A name that leads on from a reference has at most so many parts, keys of keys included.
const LONGEST: usize = 64;

impl Target {
    /// What the column of this name is for. Raises `SchemaError` for a name that is no field.
    pub fn named(store: &Bound<'_, Store>, spec: &Spec, name: &str, own: Option<&OwnKey>) -> PyResult<Self> {
        if name == "id" {
            return Ok(Target::Id);
        }
        let mut parts = name.split('.');
        let first = parts.next().unwrap_or(name);
        let field = field_of(spec, name).ok_or_else(|| spec.no_field(first))?;
        let (mut to, mut steps) = match spec.fields[field].holds {
            Holds::Value(of) if first == name => return Ok(Target::Value(field, of)),
            Holds::Value(_) => return Err(no_reference(&spec.name, first)),
            Holds::Record(to, _) => (to, vec![Step { field, to }]),
        };
        if spec.fields[field].name != first && !key_of(store, &steps, own).is_empty() {
            let (reference, of) = (&spec.fields[field].name, &spec_of(store, to).name);
            return Err(SchemaError::new_err(format!(
                "{}.{first}: {of} has a key, so '{reference}' is the column of keys, and '{reference}.id' one of ids",
                spec.name
            )));
        }
        while let Some(part) = parts.next() {
            let target = spec_of(store, to);
            if part == "id" && target.field("id").is_none() {
                return match parts.next() {
                    None => Ok(Target::Reference(steps)),
                    Some(_) => Err(no_reference(&target.name, "id")),
                };
            }
            let by = target.field(part).ok_or_else(|| target.no_field(part))?;
            match target.fields[by].holds {
                Holds::Value(of) if parts.next().is_none() => return Ok(Target::Key { steps, by, of }),
                Holds::Value(_) => return Err(no_reference(&target.name, part)),
                Holds::Record(next, _) => {
                    (to, _) = (next, steps.push(Step { field: by, to: next }));
                    check_length(&spec.name, name, &steps)?;
                }
            }
        }
        match key_of(store, &steps, own).is_empty() {
            true => Ok(Target::Reference(steps)),
            false => Ok(Target::Keyed(steps)),
        }
    }

    /// What a column of these references is for where it holds plain values: the key of the model at their end, or
    /// of the model that this leads to. Raises `SchemaError` where the key has several fields, which are a column each.
    pub fn by_key(store: &Bound<'_, Store>, label: &str, mut steps: Vec<Step>, own: Option<&OwnKey>) -> PyResult<Self> {
        let mut name = label.split_once('.').map_or(label, |(_, name)| name).to_owned();
        loop {
            let Some(&Step { to, .. }) = steps.last() else { return Ok(Target::Reference(steps)) };
            let target = spec_of(store, to);
            let key = key_of(store, &steps, own);
            let by = match *key {
                [] => return Ok(Target::Reference(steps)),
                [by] => by,
                _ => {
                    let column = |&field: &usize| format!("'{name}.{}'", target.fields[field].name);
                    let columns: Vec<String> = key.iter().map(column).collect();
                    return Err(SchemaError::new_err(format!(
                        "{label}: the key of {} has several fields; pass a column each: {}",
                        target.name,
                        columns.join(", ")
                    )));
                }
            };
            match target.fields[by].holds {
                Holds::Value(of) => return Ok(Target::Key { steps, by, of }),
                Holds::Record(to, _) => {
                    name = format!("{name}.{}", target.fields[by].name);
                    steps.push(Step { field: by, to });
                }
            }
            check_length(&target.name, label, &steps)?;
        }
    }

    /// The field that the column fills; nothing for ids.
    pub fn field(&self) -> Option<usize> {
        match self {
            Target::Id => None,
            Target::Value(field, _) => Some(*field),
            Target::Reference(steps) | Target::Keyed(steps) | Target::Key { steps, .. } => {
                steps.first().map(|step| step.field)
            }
        }
    }

    /// The model at the end of references.
    pub fn leads_to(&self) -> Option<ModelId> {
        match self {
            Target::Reference(steps) | Target::Keyed(steps) => steps.last().map(|step| step.to),
            Target::Id | Target::Value(..) | Target::Key { .. } => None,
        }
    }

    /// Whether what names the row at the end of references, or is said of it, may be none.
    pub fn ends_optional(&self, store: &Bound<'_, Store>) -> bool {
        let (before, field) = match self {
            Target::Id | Target::Value(..) => return false,
            Target::Key { steps, by, .. } => (steps.last(), *by),
            Target::Reference(steps) | Target::Keyed(steps) => match &**steps {
                [.., before, last] => (Some(before), last.field),
                _ => return false,
            },
        };
        before.is_some_and(|step| spec_of(store, step.to).fields[field].optional)
    }

    /// Whether it is one column of several that name the rows together.
    pub fn is_part(&self) -> bool {
        match self {
            Target::Id | Target::Value(..) => false,
            Target::Reference(steps) | Target::Keyed(steps) => steps.len() > 1,
            Target::Key { .. } => true,
        }
    }
}

/// The field that a column of this name is for: the one before its first dot, or, as files name it, `user_id` for the
/// reference `user`.
pub fn field_of(spec: &Spec, name: &str) -> Option<usize> {
    let of = name.split('.').next().unwrap_or(name);
    let as_in_files = || {
        let reference = spec.field(name.strip_suffix("_id")?)?;
        matches!(spec.fields[reference].holds, Holds::Record(..)).then_some(reference)
    };
    spec.field(of).or_else(as_in_files)
}

/// The fields whose values stand for the rows at the end of references.
fn key_of(store: &Bound<'_, Store>, steps: &[Step], own: Option<&OwnKey>) -> Vec<usize> {
    match (steps, own) {
        ([step], Some(own)) if step.to == own.model => own.fields.clone(),
        ([.., step], _) => spec_of(store, step.to).key.clone(),
        ([], _) => Vec::new(),
    }
}

fn spec_of(store: &Bound<'_, Store>, model: ModelId) -> std::sync::Arc<Spec> {
    store.get().spec(store.py(), model).0
}

fn no_reference(model: &str, field: &str) -> PyErr {
    SchemaError::new_err(format!("{model}.{field} is no reference, so nothing of it can be named"))
}

fn check_length(model: &str, name: &str, steps: &[Step]) -> PyResult<()> {
    match steps.len() < LONGEST {
        true => Ok(()),
        false => Err(SchemaError::new_err(format!("{model}: {name} leads over {LONGEST} references, or to itself"))),
    }
}
