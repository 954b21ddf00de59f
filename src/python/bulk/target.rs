//! What a column of an input is for, by its name.

use pyo3::prelude::*;

use crate::python::error::SchemaError;
use crate::python::store::Store;
use crate::python::store::class::{Holds, Spec};
use crate::store::id::ModelId;
use crate::store::types::Type;

/// What a column is for.
pub enum Target {
    /// The ids of the rows themselves.
    Id,
    /// The values of a field.
    Value(usize, Type),
    /// The rows that a reference refers to, by id.
    Reference { field: usize, to: ModelId, name: String },
    /// The rows that a reference refers to, by the values of a field of theirs.
    Key { field: usize, to: ModelId, by: usize, of: Type },
}

impl Target {
    /// What the column of this name is for. Raises `SchemaError` for a name that is no field.
    pub fn named(store: &Bound<'_, Store>, spec: &Spec, name: &str) -> PyResult<Self> {
        let label = format!("{}.{name}", spec.name);
        if name == "id" {
            return Ok(Target::Id);
        }
        let (of, by) = name.split_once('.').map_or((name, None), |(of, by)| (of, Some(by)));
        let field = field_of(spec, name).ok_or_else(|| spec.no_field(of))?;
        match (&spec.fields[field].holds, by) {
            (Holds::Value(of), None) => Ok(Target::Value(field, *of)),
            (Holds::Value(_), Some(_)) => {
                let message = format!("{}.{of} is no reference, so nothing of it can be named", spec.name);
                Err(SchemaError::new_err(message))
            }
            (Holds::Record(to, _), None | Some("id")) => {
                let (target, _) = store.get().spec(store.py(), *to);
                Ok(Target::Reference { field, to: *to, name: target.name.clone() })
            }
            (Holds::Record(to, _), Some(by)) => {
                let (target, _) = store.get().spec(store.py(), *to);
                let by = target.field(by).ok_or_else(|| target.no_field(by))?;
                match target.fields[by].holds {
                    Holds::Value(of) => Ok(Target::Key { field, to: *to, by, of }),
                    Holds::Record(..) => {
                        let message = format!("{label}: a reference cannot name a row; pass ids or records");
                        Err(SchemaError::new_err(message))
                    }
                }
            }
        }
    }

    /// The field that the column fills; nothing for ids.
    pub fn field(&self) -> Option<usize> {
        match *self {
            Target::Id => None,
            Target::Value(field, _) | Target::Reference { field, .. } | Target::Key { field, .. } => Some(field),
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
