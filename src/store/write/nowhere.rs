//! What is said of references that lead nowhere: all of them in one error.

use crate::store::Store;
use crate::store::error::Error;
use crate::store::id::{Id, ModelId, Row, given_as};
use crate::store::value::Value;
use crate::store::write::given::{Keys, NewCells};
use crate::store::write::lead::{Nowhere, in_row};
use crate::store::write::places::Out;

/// A reference of which some rows lead nowhere.
pub(super) struct Lost<'a> {
    /// Which.
    pub field: usize,
    /// What it leads to.
    pub to: ModelId,
    /// What it was given by, if not by ids.
    pub keys: Option<&'a Keys>,
    /// Which rows.
    pub nowhere: &'a Nowhere,
}

impl Lost<'_> {
    fn rows(&self, is_in: impl Fn(Row) -> bool) -> impl Iterator<Item = Row> {
        self.nowhere.rows.iter().copied().filter(move |&row| is_in(row))
    }
}

/// So many different values are shown.
const SHOWN: usize = 5;

impl Store {
    /// "row 3: Book.author: no Author has name 'dan'; author leads nowhere in 7 rows ('dan', 'eve'), editor in 2 (5)". Where
    /// the caller has a choice: of which rows are not left out, and with what may be done.
    pub(super) fn missing(&self, model: ModelId, lost: &[&Lost], choice: Option<&Out>) -> Error {
        let of = self.schema.model(model);
        let is_in = |row: Row| choice.is_none_or(|out| !out.has(row));
        let first = lost.iter().filter_map(|lost| Some((lost.rows(is_in).next()?, lost)));
        let Some((row, reference)) = first.min_by_key(|(row, _)| *row) else {
            return Error::NotFound(format!("{}: a reference leads nowhere", of.name));
        };
        let label = format!("{}.{}", of.name, of.fields[reference.field].name);
        let (mut message, is_deleted) = self.reason(&label, reference.to, reference.keys, reference.nowhere, row);
        if lost.iter().map(|lost| lost.rows(is_in).count()).sum::<usize>() > 1 {
            let told = lost.iter().enumerate().map(|(at, lost)| {
                let count = lost.rows(is_in).count();
                let (verb, rows) = if at == 0 { (" leads nowhere", plural(count)) } else { ("", "") };
                let name = &of.fields[lost.field].name;
                format!("{name}{verb} in {count}{rows} ({})", self.some_values(lost, is_in))
            });
            message = format!("{message}; {}", told.collect::<Vec<_>>().join(", "));
        }
        if choice.is_some() {
            message.push_str("; on_missing=\"skip\" leaves such rows out");
            if lost.iter().all(|lost| of.fields[lost.field].optional) {
                message.push_str(", \"none\" sets the reference to None");
            }
            if lost.iter().any(|lost| lost.keys.is_some()) {
                message.push_str(", \"create\" creates what a key names");
            }
        }
        in_row(row, Error::Missing { is_deleted, message })
    }

    /// Why a row's reference leads nowhere, and whether it once led to a row.
    fn reason(&self, label: &str, to: ModelId, keys: Option<&Keys>, nowhere: &Nowhere, row: Row) -> (String, bool) {
        let of = self.schema.model(to);
        let Some(keys) = keys else {
            let id = id_in(nowhere, row);
            return match id < self.table(to).next_id() {
                true => (format!("{label}: {} {id} was deleted", of.name), true),
                false => (format!("{label}: there is no {} {}", of.name, given_as(id)), false),
            };
        };
        for ((part, cells), lost) in keys.nested.iter().zip(&nowhere.nested) {
            if let (Some(of_part), Ok(_)) = (self.schema.refers_to(to, *part), lost.rows.binary_search(&row)) {
                let keys = if let NewCells::Keys(keys) = cells { Some(keys) } else { None };
                return self.reason(&format!("{label}.{}", of.fields[*part].name), of_part, keys, lost, row);
            }
        }
        (format!("{label}: no {} has {}", of.name, self.shown_keys(to, keys, row).join(", ")), false)
    }

    /// "name 'Paris'", "country.code 'FR'": what keys say in a row, a text a field.
    pub(super) fn shown_keys(&self, to: ModelId, keys: &Keys, row: Row) -> Vec<String> {
        let of = self.schema.model(to);
        let values = keys.fields.iter().zip(&keys.columns).filter(|(_, column)| !column.is_none(row));
        let one =
            |(&field, value): (&usize, Value)| format!("{} {}", of.fields[field].name, self.shown(to, field, &value));
        let mut shown: Vec<String> = values.map(|(field, column)| one((field, column.get(row)))).collect();
        for (part, cells) in &keys.nested {
            let name = &of.fields[*part].name;
            match (cells, self.schema.refers_to(to, *part)) {
                (NewCells::Ids(ids), _) if ids.get(row as usize) > 0 => {
                    shown.push(format!("{name} {}", given_as(ids.get(row as usize))));
                }
                (NewCells::Keys(keys), Some(of)) => {
                    shown.extend(self.shown_keys(of, keys, row).iter().map(|key| format!("{name}.{key}")));
                }
                _ => {}
            }
        }
        shown
    }

    /// Some of the different values that lead nowhere.
    fn some_values(&self, lost: &Lost, is_in: impl Fn(Row) -> bool) -> String {
        let mut values: Vec<String> = Vec::new();
        for row in lost.rows(is_in) {
            let value = match lost.keys {
                None => given_as(id_in(lost.nowhere, row)).to_string(),
                Some(keys) => match (&*keys.fields, &*keys.columns, keys.nested.is_empty()) {
                    ([field], [column], true) => self.shown(lost.to, *field, &column.get(row)),
                    _ => self.shown_keys(lost.to, keys, row).join(" and "),
                },
            };
            if !values.contains(&value) {
                values.push(if values.len() < SHOWN { value } else { "...".to_owned() });
            }
            if values.len() > SHOWN {
                break;
            }
        }
        values.join(", ")
    }
}

fn id_in(nowhere: &Nowhere, row: Row) -> Id {
    nowhere.rows.binary_search(&row).ok().and_then(|at| nowhere.ids.get(at).copied()).unwrap_or(0)
}

fn plural(count: usize) -> &'static str {
    if count == 1 { " row" } else { " rows" }
}
