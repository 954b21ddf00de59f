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

    /// An entity-relationship diagram in Mermaid's language. Names that it would not take as they are come between
    /// quotes, with its codes for what may not stand there; a file can hold any name.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("erDiagram\n");
        for model in &self.models {
            text += &format!("    {} {{\n        int id PK\n", name(&model.name));
            for field in &model.fields {
                let (of, key) = match field.kind {
                    Kind::Value(of) => (of.name(), ""),
                    Kind::Reference(..) => ("int", " FK"),
                };
                text += &format!("        {} {}{key}{}\n", word(of), word(&field.name), comment(&field.name));
            }
            text += "    }\n";
        }
        for model in &self.models {
            for field in &model.fields {
                if let Kind::Reference(to, _) = field.kind {
                    let parent = if field.optional { "|o" } else { "||" };
                    let [to, from, label] = [&self.model(to).name, &model.name, &field.name].map(|text| name(text));
                    text += &format!("    {to} {parent}--o{{ {from} : {label}\n");
                }
            }
        }
        text
    }
}

/// Whether Mermaid takes a name as it is.
fn is_word(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(is_letter) && name.starts_with(|c: char| !c.is_ascii_digit())
}

/// A name of an entity or relationship.
fn name(name: &str) -> String {
    if is_word(name) { name.to_owned() } else { format!("\"{}\"", coded(name)) }
}

/// The nearest name that an attribute can have: it can stand between no quotes.
fn word(name: &str) -> String {
    let start = if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { "" } else { "_" };
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("{start}{}", name.chars().map(letter).collect::<String>())
}

/// What an attribute's name is, where that says it otherwise.
fn comment(name: &str) -> String {
    if is_word(name) { String::new() } else { format!(" \"{}\"", coded(name)) }
}

/// Text between quotes: letters, digits and spaces, and codes for all else that has a meaning to Mermaid or in HTML.
fn coded(text: &str) -> String {
    let code = |c: char| match c {
        ' ' | '_' | '-' | '.' => c.to_string(),
        _ if c.is_alphanumeric() => c.to_string(),
        _ => format!("#{};", u32::from(c)),
    };
    text.chars().map(code).collect()
}
