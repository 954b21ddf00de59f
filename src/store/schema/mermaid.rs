//! A schema as an entity-relationship diagram in Mermaid's language
//! (<https://mermaid.js.org/syntax/entityRelationshipDiagram.html>).

use crate::store::schema::Schema;
use crate::store::schema::declaration::{Collection, Kind};
use crate::store::schema::model::Model;
use crate::store::types::Type;

impl Schema {
    /// An entity-relationship diagram in Mermaid's language: fields with their keys, collections, references as lines.
    /// What a field or collection is besides stands beside it as a comment. Names that Mermaid would not take as they are
    /// come between quotes, with its codes for what may not stand there; a file can hold any name.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("erDiagram\n");
        for model in &self.models {
            text += &format!("    {} {{\n        int id PK\n", name(&model.name));
            for at in 0..model.fields.len() {
                text += &field(model, at);
            }
            for collection in &model.collections {
                text += &many(collection);
            }
            text += "    }\n";
        }
        for model in &self.models {
            for (at, field) in model.fields.iter().enumerate() {
                if let Kind::Reference(to, _) = field.kind {
                    let parent = if field.optional { "|o" } else { "||" };
                    let children = if is_unique(model, at) { "o|" } else { "o{" };
                    let [to, from, label] = [&self.model(to).name, &model.name, &field.name].map(|text| name(text));
                    text += &format!("    {to} {parent}--{children} {from} : {label}\n");
                }
            }
        }
        text
    }
}

/// Whether a field alone is unique.
fn is_unique(model: &Model, at: usize) -> bool {
    model.unique.iter().any(|tuple| **tuple == [at])
}

fn field(model: &Model, at: usize) -> String {
    let field = &model.fields[at];
    let (of, refers) = match field.kind {
        // Its type is a word, with digits in brackets, which may stand in types.
        Kind::Value(of @ Type::Decimal(_)) => (of.name().to_owned(), false),
        Kind::Value(of) => (word(of.name()), false),
        Kind::Reference(..) => ("int".to_owned(), true),
    };
    let keys = [(refers, "FK"), (is_unique(model, at), "UK")].into_iter().filter_map(|(is, key)| is.then_some(key));
    let mut notes = Vec::new();
    if field.optional {
        notes.push("or None".to_owned());
    }
    for tuple in model.unique.iter().filter(|tuple| tuple.len() > 1 && tuple.contains(&at)) {
        let others = tuple.iter().filter(|&&other| other != at).map(|&other| model.fields[other].name.as_str());
        notes.push(format!("unique with {}", others.collect::<Vec<_>>().join(" and ")));
    }
    line(&of, &field.name, &keys.collect::<Vec<_>>().join(", "), notes)
}

fn many(collection: &Collection) -> String {
    let of = if collection.is_one { word(&collection.of) } else { format!("Many[{}]", word(&collection.of)) };
    let through = collection.through.as_ref().map(|name| format!("through {name}"));
    let terms = collection.terms.as_ref().map(|terms| terms.to_string().trim().to_owned());
    line(&of, &collection.name, "", through.into_iter().chain(terms).collect())
}

/// An attribute: a type, a name, its keys, and what is noted of it; first of all what it is called, where the name says it
/// otherwise.
fn line(of: &str, called: &str, keys: &str, mut notes: Vec<String>) -> String {
    let word = word(called);
    if word != called {
        notes.insert(0, called.to_owned());
    }
    let keys = if keys.is_empty() { String::new() } else { format!(" {keys}") };
    let comment = if notes.is_empty() { String::new() } else { format!(" \"{}\"", coded(&notes.join(", "))) };
    format!("        {of} {word}{keys}{comment}\n")
}

/// Words that stand for something else than a name, in any case.
const RESERVED: [&str; 11] =
    ["class", "classdef", "direction", "end", "erdiagram", "many", "one", "style", "subgraph", "title", "to"];

/// Words that stand for a key of an attribute, in any case.
const KEYS: [&str; 3] = ["pk", "fk", "uk"];

/// A name of an entity or relationship.
fn name(name: &str) -> String {
    let is_reserved = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name));
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match name.chars().all(is_letter) && name.starts_with(|c: char| !c.is_ascii_digit()) && !is_reserved {
        true => name.to_owned(),
        false => format!("\"{}\"", coded(name)),
    }
}

/// The nearest name that an attribute can have: it can stand between no quotes.
fn word(name: &str) -> String {
    let start = if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { "" } else { "_" };
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let end = if KEYS.iter().any(|key| key.eq_ignore_ascii_case(name)) { "_" } else { "" };
    format!("{start}{}{end}", name.chars().map(letter).collect::<String>())
}

/// Text between quotes: letters, digits and spaces, and codes for all else that has a meaning to Mermaid or in HTML.
fn coded(text: &str) -> String {
    let code = |c: char| match c {
        ' ' | '_' | '-' | '.' | ',' => c.to_string(),
        _ if c.is_alphanumeric() => c.to_string(),
        _ => format!("#{};", u32::from(c)),
    };
    text.chars().map(code).collect()
}
