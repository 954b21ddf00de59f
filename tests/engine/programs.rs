//! Programs made up: what may be done to a store, right and wrong.
//!
//! Steps name models, rows and fields by [`Index`]: whatever there is when the step is run, so a program fits every
//! schema and stays a program when it is shrunk.

use std::borrow::Cow;

use hasmany::store::schema::declaration::{Declaration, Field, Kind, OnDelete};
use hasmany::store::types::{Storage, Type};
use hasmany::store::value::Value;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::Lines;
use super::declare::{optional, reference, value};
use super::schemas::{on_delete, tuple_of, type_of_value};

/// More cells than any model has fields.
const CELLS: usize = 12;

#[derive(Clone, Debug)]
pub enum Step {
    Create {
        model: Index,
        cells: Vec<Pick>,
    },
    Set {
        model: Index,
        row: Index,
        cells: Vec<(Index, Pick)>,
    },
    Delete {
        model: Index,
        rows: Vec<Index>,
    },
    /// Creates rows, all different, and deletes them together: enough to have the table squeezed without being asked.
    Churn {
        model: Index,
        rows: u8,
    },
    Begin,
    Commit,
    Rollback,
    Compact,
    Redeclare {
        model: Index,
        edit: Edit,
    },
}

/// What to put into a cell.
#[derive(Clone, Copy, Debug)]
pub enum Pick {
    /// One of few values of the field's type, or one of the rows it may refer to.
    Value(u8),
    /// Nothing where that is allowed.
    Empty,
    /// Nothing, allowed or not.
    None,
    /// A value of another type.
    Wrong,
    /// In a reference a row that is not there.
    Dead,
}

/// What becomes of a declaration.
#[derive(Clone, Debug)]
pub enum Edit {
    /// What may hold nothing may not any more, or the other way round.
    Optional(Index),
    OnDelete(Index, OnDelete),
    Insert {
        at: Index,
        kind: Kind<Index>,
        optional: bool,
        fill: Pick,
    },
    Remove(Index),
    Retype(Index, Type),
    Unique(Vec<Index>),
    NotUnique(Index),
}

/// Rows first, then anything.
pub fn program() -> impl Strategy<Value = Lines<Step>> {
    (vec(create(), 0..14), vec(step(), 0..30)).prop_map(|(rows, steps)| Lines([rows, steps].concat()))
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        10 => create(),
        10 => (index(), index(), vec((index(), pick()), 1..=3)).prop_map(|(model, row, cells)| Step::Set { model, row, cells }),
        6 => (index(), vec(index(), 1..4)).prop_map(|(model, rows)| Step::Delete { model, rows }),
        1 => (index(), 60..120u8).prop_map(|(model, rows)| Step::Churn { model, rows }),
        4 => Just(Step::Begin),
        3 => Just(Step::Commit),
        3 => Just(Step::Rollback),
        2 => Just(Step::Compact),
        3 => (index(), edit()).prop_map(|(model, edit)| Step::Redeclare { model, edit }),
    ]
}

fn create() -> impl Strategy<Value = Step> {
    let cell = prop_oneof![30 => value_pick(), 8 => Just(Pick::Empty), 1 => pick()];
    (any::<Index>(), vec(cell, CELLS)).prop_map(|(model, cells)| Step::Create { model, cells })
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![14 => value_pick(), 2 => Just(Pick::None), 1 => Just(Pick::Wrong), 1 => Just(Pick::Dead)]
}

/// Mostly a few that meet again.
fn value_pick() -> impl Strategy<Value = Pick> {
    prop_oneof![3 => 0..5u8, 1 => any::<u8>()].prop_map(Pick::Value)
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<Index>;
    let kind = prop_oneof![
        2 => type_of_value().prop_map(Kind::Value),
        1 => (index(), on_delete()).prop_map(|(to, on_delete)| Kind::Reference(to, on_delete)),
    ];
    let fill = prop_oneof![value_pick(), Just(Pick::None)];
    prop_oneof![
        2 => index().prop_map(Edit::Optional),
        2 => (index(), on_delete()).prop_map(|(field, on_delete)| Edit::OnDelete(field, on_delete)),
        3 => (index(), kind, any::<bool>(), fill)
            .prop_map(|(at, kind, optional, fill)| Edit::Insert { at, kind, optional, fill }),
        1 => index().prop_map(Edit::Remove),
        1 => (index(), type_of_value()).prop_map(|(field, of)| Edit::Retype(field, of)),
        2 => vec(index(), 1..=2).prop_map(Edit::Unique),
        1 => index().prop_map(Edit::NotUnique),
    ]
}

impl Edit {
    /// The declaration after the edit, and for each of its fields what a row that does not have it is to hold.
    pub fn apply(&self, old: &Declaration, tables: &[String]) -> (Declaration, Vec<Pick>) {
        let mut new = old.clone();
        let mut fill = vec![Pick::None; new.fields.len()];
        match self {
            Edit::Insert { at, kind, optional, fill: pick } if new.fields.len() < CELLS => {
                let at = at.index(new.fields.len() + 1);
                new.fields.insert(at, inserted(old, kind, *optional, tables));
                fill.insert(at, *pick);
            }
            Edit::NotUnique(at) if !new.unique.is_empty() => _ = new.unique.remove(at.index(old.unique.len())),
            Edit::Insert { .. } | Edit::NotUnique(_) => {}
            _ if old.fields.is_empty() => {}
            Edit::Optional(at) => at.get_mut(&mut new.fields).optional ^= true,
            Edit::Retype(at, of) => {
                at.get_mut(&mut new.fields).kind = Kind::Value(*of);
                if *of == Type::Json {
                    new.indexed.clear();
                }
            }
            Edit::OnDelete(at, how) => {
                if let Kind::Reference(_, on_delete) = &mut at.get_mut(&mut new.fields).kind {
                    *on_delete = *how;
                }
            }
            Edit::Unique(places) => {
                let names: Vec<String> = old.fields.iter().map(|field| field.name.clone()).collect();
                new.unique.push(tuple_of(places, &names));
            }
            Edit::Remove(at) => {
                let name = new.fields.remove(at.index(old.fields.len())).name;
                new.unique.retain(|tuple| !tuple.contains(&name));
                new.indexed.retain(|indexed| *indexed != name);
                fill.pop();
            }
        }
        (new, fill)
    }
}

/// A field with a name that no other has.
fn inserted(declaration: &Declaration, kind: &Kind<Index>, may_be_none: bool, tables: &[String]) -> Field<String> {
    let taken = |name: &String| declaration.fields.iter().any(|field| field.name == *name);
    let name = (0..).map(|number| format!("n{number}")).find(|name| !taken(name)).expect("numbers do not end");
    match kind {
        Kind::Value(of) if !may_be_none => value(&name, *of),
        Kind::Value(of) => optional(value(&name, *of)),
        Kind::Reference(to, on_delete) => optional(reference(&name, to.get::<String>(tables), *on_delete)),
    }
}

/// A value of a type: different seeds give different ones, as far as the type has them.
pub fn some_value(of: Type, seed: u8) -> Value<'static> {
    match of.storage() {
        Storage::Int64 => {
            Value::Int([0, -1, i64::MAX, i64::MIN].get(usize::from(seed)).copied().unwrap_or(seed.into()))
        }
        Storage::Float => {
            Value::Float([0.0, -0.0, f64::INFINITY, -1.5].get(usize::from(seed)).copied().unwrap_or(seed.into()))
        }
        Storage::Bool => Value::Bool(seed % 2 == 1),
        Storage::Text if of == Type::Json => Value::Text(Cow::Owned(format!("[{seed}]"))),
        // None of them is JSON.
        Storage::Text => Value::Text(Cow::Owned("añ€".repeat(seed.into()))),
        Storage::Bytes => Value::Bytes(Cow::Owned(vec![255; seed.into()])),
        Storage::Int32 => Value::Int(i64::from(seed) - 2),
        Storage::Wide => Value::Wide(((i128::from(seed) - 2) << (seed % 65)).into()),
    }
}

/// A value that a field of this kind does not take.
pub fn wrong_value<M>(kind: &Kind<M>) -> Value<'static> {
    let Kind::Value(of) = kind else { return Value::Int(0) };
    match of.storage() {
        Storage::Int64 => Value::Bool(false),
        Storage::Int32 => Value::Int(1 << 31),
        Storage::Float => Value::Float(f64::NAN),
        Storage::Text => Value::Bytes(Cow::Borrowed(b"text")),
        Storage::Bool | Storage::Bytes | Storage::Wide => Value::Int(0),
    }
}
