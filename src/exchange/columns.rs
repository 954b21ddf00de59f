//! The columns in which rows of a model go out: to Arrow, and as dicts.

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::room;
use crate::store::schema::declaration::Kind;
use crate::store::stop;
use crate::store::types::Type;
use crate::store::value::Value;

/// Their names, types (ids are ints) and whether they may hold nothing. "id",
/// then the fields; of a reference to a model whose key has several fields a dotted one each.
pub fn columns(engine: &Store, model: ModelId) -> Vec<(String, Type, bool)> {
    let of = |out: Outgoing| (out.name.clone(), out.of(), out.optional);
    std::iter::once(("id".to_owned(), Type::Int, false)).chain(outgoing(engine, model).into_iter().map(of)).collect()
}

/// The [`columns`] of rows, but for those whose names are left out. O(cells).
pub fn cells(
    engine: &Store,
    model: ModelId,
    rows: &[Row],
    is_out: impl Fn(&str) -> bool,
) -> Vec<(String, Type, Column)> {
    let ids = rows.iter().map(|&row| engine.table(model).id(row) as i64);
    let ids = ("id".to_owned(), Type::Int, Column::of_ints(room::collected(ids), None));
    let kept = outgoing(engine, model).into_iter().filter(|out| !is_out(&out.name));
    std::iter::once(ids).chain(kept.map(|out| (out.name.clone(), out.of(), out.cells(engine, rows)))).collect()
}

pub(super) fn outgoing(engine: &Store, model: ModelId) -> Vec<Outgoing> {
    let mut outgoing = Vec::new();
    for (at, field) in engine.schema().model(model).fields.iter().enumerate() {
        add(engine, (model, at), &mut Vec::new(), field.name.clone(), field.optional, &mut outgoing);
    }
    outgoing
}

/// A column that goes out: a field, or one at the end of references to models with keys.
pub(super) struct Outgoing {
    pub name: String,
    /// The references to go up.
    pub ups: Vec<(ModelId, usize)>,
    /// The field at the end.
    pub last: (ModelId, usize),
    pub kind: Kind<ModelId>,
    pub optional: bool,
}

/// Adds the columns of a field: of a reference to a model with a key those of the key, named with dots where they are
/// several.
fn add(
    engine: &Store,
    last: (ModelId, usize),
    ups: &mut Vec<(ModelId, usize)>,
    name: String,
    optional: bool,
    outgoing: &mut Vec<Outgoing>,
) {
    let kind = engine.schema().model(last.0).fields[last.1].kind.clone();
    // Keys that lead to themselves go out as ids.
    if let Kind::Reference(to, _) = kind
        && let key = &engine.schema().model(to).key
        && !key.is_empty()
        && !ups.contains(&last)
    {
        ups.push(last);
        for &field in key {
            let name = match is_one(engine, to) {
                true => name.clone(),
                false => format!("{name}.{}", engine.schema().model(to).fields[field].name),
            };
            add(engine, (to, field), ups, name, optional, outgoing);
        }
        ups.pop();
        return;
    }
    outgoing.push(Outgoing { name, ups: ups.clone(), last, kind, optional });
}

/// Whether the key of a model is one column.
fn is_one(engine: &Store, mut model: ModelId) -> bool {
    // Keys that lead to themselves are ids after one round.
    for _ in engine.schema().models() {
        let of = engine.schema().model(model);
        match *of.key {
            [] => return true,
            [by] => match of.fields[by].kind {
                Kind::Reference(to, _) => model = to,
                Kind::Value(_) => return true,
            },
            _ => return false,
        }
    }
    true
}

impl Outgoing {
    /// What its values are: ids are ints.
    fn of(&self) -> Type {
        match self.kind {
            Kind::Value(of) => of,
            Kind::Reference(..) => Type::Int,
        }
    }

    /// The rows in which its cells stand, or `NO_ROW`.
    pub fn ends(&self, engine: &Store, rows: &[Row]) -> Vec<Row> {
        let mut ends = rows.to_vec();
        for &(model, field) in &self.ups {
            let parents = engine.table(model).column(field).parents();
            ends.iter_mut().filter(|row| **row != NO_ROW).for_each(|row| *row = parents.of(*row));
        }
        ends
    }

    /// Its values, ids of references.
    fn cells(&self, engine: &Store, rows: &[Row]) -> Column {
        let column = engine.table(self.last.0).column(self.last.1);
        let mut cells = Column::new(self.of().storage(), true);
        for row in stop::looking(self.ends(engine, rows)) {
            let value = if row == NO_ROW { Value::None } else { column.get(row) };
            match (&self.kind, value) {
                (Kind::Reference(to, _), Value::Row(row)) => cells.push(&Value::Int(engine.table(*to).id(row) as i64)),
                (_, value) => cells.push(&value),
            }
        }
        cells
    }
}
