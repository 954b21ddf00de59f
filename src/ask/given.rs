//! What stands in an expression besides paths, as a store has it.

use crate::store::id::{ModelId, Row};
use crate::store::types::Type;
use crate::store::value::Value;

/// What was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// None.
    Nothing,
    /// A value of a type.
    Value(Value<'static>, Type),
    /// A live row.
    Row(ModelId, Row),
    /// The members of a collection, each once.
    Rows(ModelId, Vec<Row>),
    /// Several, of whatever kind.
    Several(Vec<Given>),
}
