//! A schema as text and as a diagram.

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
                let through = collection.through.as_ref().map(|name| format!(" through {name}"));
                writeln!(f, "    {}: many {}{}", collection.name, collection.of, through.unwrap_or_default())?;
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
        format!("{name}{}", if field.optional { " | None" } else { "" })
    }

    /// An entity-relationship diagram in Mermaid's language.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("erDiagram\n");
        for model in &self.models {
            text += &format!("    {} {{\n        int id PK\n", model.name);
            for field in &model.fields {
                let (of, key) = match field.kind {
                    Kind::Value(of) => (of.name(), ""),
                    Kind::Reference(..) => ("int", " FK"),
                };
                text += &format!("        {of} {}{key}\n", field.name);
            }
            text += "    }\n";
        }
        for model in &self.models {
            for field in &model.fields {
                if let Kind::Reference(to, _) = field.kind {
                    let parent = if field.optional { "|o" } else { "||" };
                    text += &format!("    {} {parent}--o{{ {} : {}\n", self.model(to).name, model.name, field.name);
                }
            }
        }
        text
    }
}
