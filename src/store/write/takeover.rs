//! Which cells the fields of a new definition take up: those of the old field of the same name or of a name that they had,
//! as they are or as numbers of another type.

use crate::store::Store;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId};
use crate::store::schema::declaration::{Field, Kind};
use crate::store::schema::model::Model;
use crate::store::types::Type;
use crate::store::write::convert::{converted, is_conversion};
use crate::store::write::fill::Fill;

/// The old field that a new one goes on with, if there is one: by its name; where there is none, by a name that it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heritage {
    /// It, whatever it holds.
    pub before: Option<usize>,
    /// It, where its cells are kept.
    pub source: Option<usize>,
}

/// Whether an old field is what a new one was called. A reference that is back left numbers, named as its column.
fn is_called(name: &str, old: &Field, new: &Field, fill: &Fill) -> bool {
    let left_numbers =
        || fill.is_back && matches!((&old.kind, &new.kind), (Kind::Value(Type::Int), Kind::Reference(..)));
    old.name == name || (left_numbers() && old.name.strip_suffix("_id") == Some(name))
}

/// Whether a new field takes up the cells of an old one.
fn is_kept(old: &Field, new: &Field, fill: &Fill) -> bool {
    match (&old.kind, &new.kind) {
        (Kind::Value(one), Kind::Value(two)) => one.kept() == two.kept() || is_conversion(*one, *two),
        (Kind::Reference(one, _), Kind::Reference(two, _)) => one == two,
        (Kind::Value(Type::Int), Kind::Reference(..)) => fill.is_back && old.name != new.name,
        (Kind::Value(_), Kind::Reference(..)) | (Kind::Reference(..), Kind::Value(_)) => false,
    }
}

/// Values of an old field that no new one takes up: its name, what it holds, and in how many rows.
pub type LeftBehind = (String, String, usize);

impl Store {
    /// What each field of a new definition goes on with. Refuses where two would go on with one, or one with two.
    pub(super) fn heritage(
        &self,
        id: ModelId,
        model: &Model,
        were: &[(String, String)],
        fill: &[Fill],
    ) -> Result<Vec<Heritage>> {
        let old = &self.schema().model(id).fields;
        let refuse = |field: &Field, why: String| Err(Error::Schema(format!("{}.{}: {why}", model.name, field.name)));
        let mut found: Vec<Heritage> = Vec::new();
        for (field, fill) in model.fields.iter().zip(fill) {
            let named = |name: &str| old.iter().position(|other| is_called(name, other, field, fill));
            let mut names = were.iter().filter(|(of, _)| *of == field.name).filter_map(|(_, was)| named(was));
            let before = match named(&field.name) {
                Some(own) => Some(own),
                None => match (names.next(), names.next()) {
                    (Some(one), Some(two)) => {
                        let (one, two) = (&old[one].name, &old[two].name);
                        return refuse(field, format!("there are both {one} and {two}, which was=... says it was"));
                    }
                    (one, _) => one,
                },
            };
            let source = before.filter(|&at| is_kept(&old[at], field, fill));
            found.push(Heritage { before, source });
        }
        for (at, (field, heritage)) in model.fields.iter().zip(&found).enumerate() {
            let same = |other: &usize| *other != at && found[*other].before == heritage.before;
            if let (Some(before), Some(other)) = (heritage.before, (0..found.len()).find(same)) {
                let (before, other) = (&old[before].name, &model.fields[other].name);
                return refuse(field, format!("it and {other} would both take up what is there as {before}"));
            }
        }
        Ok(found)
    }

    /// For each field, whether the cells that it keeps become values of another type.
    pub(super) fn conversions(&self, id: ModelId, model: &Model, sources: &[Option<usize>]) -> Vec<bool> {
        let old = &self.schema().model(id).fields;
        let is_other = |(field, source): (&Field, &Option<usize>)| match (source.map(|at| &old[at].kind), &field.kind) {
            (Some(Kind::Value(from)), Kind::Value(to)) => is_conversion(*from, *to),
            _ => false,
        };
        model.fields.iter().zip(sources).map(is_other).collect()
    }

    /// The fields that go on under another name, each with the name that what is there gets: a reference that was taken
    /// out is there as numbers, named as its column.
    pub(super) fn renamings(&self, id: ModelId, model: &Model, sources: &[Option<usize>]) -> Vec<(String, String)> {
        let old = &self.schema().model(id).fields;
        let pair = |(field, source): (&Field, &Option<usize>)| {
            let before = &old[(*source)?];
            let name = match (&before.kind, &field.kind) {
                (Kind::Value(_), Kind::Reference(..)) => format!("{}_id", field.name),
                _ => field.name.clone(),
            };
            (before.name != name).then(|| (before.name.clone(), name))
        };
        model.fields.iter().zip(sources).filter_map(pair).collect()
    }

    /// The values that no field of a new definition takes up. O(rows) for each such field.
    pub(super) fn left_behind(&self, id: ModelId, sources: &[Option<usize>]) -> Vec<LeftBehind> {
        let (old, table) = (self.schema().model(id), self.table(id));
        let left = old.fields.iter().enumerate().filter(|(at, _)| !sources.contains(&Some(*at)));
        let left = left.map(|(at, field)| {
            let rows = table.live().filter(|&row| !table.column(at).is_none(row)).count();
            let of = self.schema().kind_name(field).trim_end_matches(" | None").to_owned();
            (field.name.clone(), of, rows)
        });
        left.filter(|(_, _, rows)| *rows > 0).collect()
    }

    /// The first row whose value cannot be one of a field's new type, and the value as a message shows it.
    pub(super) fn inexact(&self, id: ModelId, source: usize, to: Type) -> Option<(Id, String)> {
        let is_other = matches!(self.schema().model(id).fields[source].kind, Kind::Value(of) if is_conversion(of, to));
        let table = Some(self.table(id)).filter(|_| is_other)?;
        let wrong = |row: &_| converted(&table.column(source).get(*row), to).is_none();
        let row = table.live().find(wrong)?;
        Some((table.id(row), table.column(source).get(row).to_string()))
    }
}
