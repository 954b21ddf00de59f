//! A schema as text.

use std::fmt;

use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind};

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, model) in self.models.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            let class = if model.is_unclaimed { ", which no class declares" } else { "" };
            writeln!(f, "{} (table {}{class})", model.name, model.table)?;
            for field in &model.fields {
                writeln!(f, "    {}: {}", field.name, self.kind_name(field))?;
            }
            for tuple in &model.unique {
                let names: Vec<&str> = tuple.iter().map(|&at| model.fields[at].name.as_str()).collect();
                writeln!(f, "    unique {}", names.join(", "))?;
            }
            for collection in &model.collections {
                let through = collection.through.as_ref().map(|name| format!(" through {name}")).unwrap_or_default();
                let terms = collection.terms.as_ref().map(ToString::to_string).unwrap_or_default();
                let many = if collection.is_one { "one" } else { "many" };
                writeln!(f, "    {}: {many} {}{through}{terms}", collection.name, collection.of)?;
            }
        }
        Ok(())
    }
}

impl Schema {
    /// What a field holds, as text.
    pub(in crate::store) fn kind_name(&self, field: &Field) -> String {
        let name = match field.kind {
            Kind::Value(of) => of.name(),
            Kind::Reference(to, _) => &self.model(to).name,
        };
        let says_none = field.optional && !matches!(field.kind, Kind::Value(of) if of.is_document());
        format!("{name}{}", if says_none { " | None" } else { "" })
    }
}
