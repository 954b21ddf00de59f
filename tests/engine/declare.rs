//! Few words for declarations.

use hasmany::store::schema::declaration::{Collection, Declaration, Field, Kind, OnDelete};
use hasmany::store::types::Type;

/// A model without fields; its table is its name in small letters with an `s`.
pub fn model(name: &str) -> Declaration {
    Declaration { name: name.to_owned(), table: name.to_lowercase() + "s", ..Declaration::default() }
}

/// A required field of a type.
pub fn value(name: &str, of: Type) -> Field<String> {
    Field { name: name.to_owned(), kind: Kind::Value(of), optional: false }
}

/// A required reference.
pub fn reference(name: &str, table: &str, on_delete: OnDelete) -> Field<String> {
    Field { name: name.to_owned(), kind: Kind::Reference(table.to_owned(), on_delete), optional: false }
}

/// A field like this one that may hold nothing.
pub fn optional(field: Field<String>) -> Field<String> {
    Field { optional: true, ..field }
}

/// A collection of the rows that refer to the owner.
pub fn many(name: &str, target: &str) -> Collection {
    Collection { name: name.to_owned(), target: target.to_owned(), ..Collection::default() }
}

/// A collection through another one.
pub fn through(name: &str, through: &str, source: &str) -> Collection {
    let (through, source) = (Some(through.to_owned()), Some(source.to_owned()));
    Collection { name: name.to_owned(), through, source, ..Collection::default() }
}

/// Unique tuples by the names of their fields: `unique(&["user tweet", "name"])`.
pub fn unique(tuples: &[&str]) -> Vec<Vec<String>> {
    tuples.iter().map(|tuple| tuple.split(' ').map(str::to_owned).collect()).collect()
}
