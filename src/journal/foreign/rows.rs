//! Rows of another program's file as those of a store.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;

use crate::journal::error::{Error, Result};
use crate::journal::foreign::{ForeignFile, value};
use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::{Id, LAST_ID, ModelId};
use crate::store::progress::Tally;
use crate::store::room;
use crate::store::schema::declaration::{Field, Kind};
use crate::store::stop::{Pace, looking};
use crate::store::value::Value;
use crate::store::write::bulk::NewCells;
use crate::store::write::fill::zero;
use crate::store::write::load::{LoadedRows, MisfitRow};

/// How many rows of a model do not fit as they are, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Misfit {
    /// Their model.
    pub model: ModelId,
    /// What is wrong, with the name of the field.
    pub why: String,
    /// Whether such a row is left out; else the field is none.
    pub is_left_out: bool,
}

/// The rows of one model.
struct Rows {
    model: ModelId,
    fields: Vec<Field>,
    ids: Vec<Id>,
    live: Bits,
    cells: Vec<Cells>,
}

enum Cells {
    Values(Column),
    /// Of a reference: an id a row, 0 for nothing.
    Ids(Vec<Id>),
}

/// Refers to something that is not there.
const NOWHERE: Id = Id::MAX;

type Misfits = BTreeMap<Misfit, usize>;

impl ForeignFile {
    /// Fills a store without rows: for each model, in their order, what a statement gives, which is the id, ascending, and
    /// the fields; a reference is an id, or negative where it leads nowhere. `before` are statements that make tables of
    /// the moment. Rows that do not fit are left out, or a field of theirs is none, and counted. O(rows).
    pub fn load(&self, store: &mut Store, before: &[String], selects: &[String]) -> Result<Vec<(Misfit, usize)>> {
        let prepared = before.iter().try_for_each(|sql| self.connection.execute_batch(sql));
        prepared.map_err(|error| self.failed(&error))?;
        let mut misfits = Misfits::new();
        let mut all = Vec::new();
        for (at, sql) in selects.iter().enumerate() {
            let model = ModelId(at as u32);
            let mut rows = Rows::new(model, store.schema().model(model).fields.clone());
            self.read_rows(&mut rows, sql, &mut misfits)?;
            all.push(rows);
        }
        while settle(&mut all, &mut misfits) {}
        store.load(all.into_iter().map(Rows::loaded).collect()).map_err(|MisfitRow { model, id, error }| {
            let name = &store.schema().model(model).name;
            Error::Schema(format!("{}: {name} {id}: {error}", self.path.display()))
        })?;
        Ok(misfits.into_iter().collect())
    }

    fn read_rows(&self, rows: &mut Rows, sql: &str, misfits: &mut Misfits) -> Result<()> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let mut found = statement.query([]).map_err(failed)?;
        let (mut pace, mut tally) = (Pace::default(), Tally::default());
        while let Some(row) = found.next().map_err(failed)? {
            pace.step();
            tally.step();
            let id = row.get::<_, i64>(0).map_err(failed)?;
            let last = rows.ids.last().map_or(0, |last| *last as i64);
            if id <= last || id as Id > LAST_ID {
                let message =
                    format!("{}: {id} after {last} is no id of a row; it changed meanwhile", self.path.display());
                return Err(Error::Locked(message));
            }
            room::push(&mut rows.ids, id as Id);
            let mut wrong = None;
            for at in 0..rows.fields.len() {
                let value = row.get_ref(at + 1).map_err(failed)?;
                if let Err(why) = rows.push(at, value) {
                    wrong.get_or_insert_with(|| format!("{} {why}", rows.fields[at].name));
                }
            }
            rows.live.push(wrong.is_none());
            if let Some(why) = wrong {
                count(misfits, rows.model, why, true);
            }
        }
        Ok(())
    }
}

fn count(misfits: &mut Misfits, model: ModelId, why: String, is_left_out: bool) {
    *misfits.entry(Misfit { model, why, is_left_out }).or_default() += 1;
}

impl Rows {
    fn new(model: ModelId, fields: Vec<Field>) -> Self {
        let cells = |field: &Field| match field.kind {
            Kind::Value(of) => Cells::Values(Column::new(of.storage(), field.optional)),
            Kind::Reference(..) => Cells::Ids(Vec::new()),
        };
        let cells = fields.iter().map(cells).collect();
        Rows { model, fields, ids: Vec::new(), live: Bits::default(), cells }
    }

    fn push(&mut self, at: usize, value: ValueRef) -> std::result::Result<(), String> {
        let field = &self.fields[at];
        match (&mut self.cells[at], &field.kind) {
            (Cells::Values(column), Kind::Value(of)) => {
                let read = value::read(*of, value).and_then(|value| match &value {
                    Value::None if !field.optional => Err("is nothing".to_owned()),
                    value if column.takes(value) => Ok(value.clone()),
                    _ => Err("is too long".to_owned()),
                });
                column.push(read.as_ref().unwrap_or(&zero(&field.kind)));
                read.map(drop)
            }
            (Cells::Ids(ids), _) => {
                let id = match value {
                    ValueRef::Null => 0,
                    ValueRef::Integer(id) if id > 0 && id as Id <= LAST_ID => id as Id,
                    _ => NOWHERE,
                };
                room::push(ids, id);
                if id == 0 && !field.optional { Err("is nothing".to_owned()) } else { Ok(()) }
            }
            (Cells::Values(_), Kind::Reference(..)) => Err("is of another kind".to_owned()),
        }
    }

    /// Whether a row of this id counts.
    fn has(&self, id: Id) -> bool {
        // Ids without gaps are found at once.
        let guess = (id as usize).wrapping_sub(1);
        let place = if self.ids.get(guess) == Some(&id) { Ok(guess) } else { self.ids.binary_search(&id) };
        place.is_ok_and(|place| self.live.get(place))
    }

    fn loaded(self) -> LoadedRows {
        let next = self.ids.last().map_or(1, |last| last + 1);
        let cells = |cells: Cells| match cells {
            Cells::Values(column) => NewCells::Values(column),
            Cells::Ids(ids) => {
                let mut packed = Packed::default();
                looking(ids).for_each(|id| packed.push(id));
                NewCells::Ids(packed)
            }
        };
        LoadedRows::new(self.ids, next, self.live, self.cells.into_iter().map(cells).collect())
    }
}

/// Looks where references lead: an optional one that leads nowhere becomes none, with a required one the row is left out,
/// and so others may lead nowhere now; whether any was left out.
fn settle(all: &mut [Rows], misfits: &mut Misfits) -> bool {
    let mut left_out = false;
    for at in 0..all.len() {
        for field in 0..all[at].fields.len() {
            let Kind::Reference(to, _) = all[at].fields[field].kind else { continue };
            let dangling = dangling(all, at, field, to);
            let rows = &mut all[at];
            let (optional, why) = (rows.fields[field].optional, format!("{} leads nowhere", rows.fields[field].name));
            for row in dangling {
                if let Cells::Ids(ids) = &mut rows.cells[field] {
                    ids[row] = 0;
                }
                // Of a row that is left out nothing counts any more.
                if rows.live.get(row) {
                    count(misfits, rows.model, why.clone(), !optional);
                    if !optional {
                        rows.live.set(row, false);
                        left_out = true;
                    }
                }
            }
        }
    }
    left_out
}

/// The rows whose reference leads to no row that counts.
fn dangling(all: &[Rows], at: usize, field: usize, to: ModelId) -> Vec<usize> {
    let Cells::Ids(ids) = &all[at].cells[field] else { return Vec::new() };
    let target = &all[to.index()];
    let is_dangling = |(_, id): &(usize, &Id)| **id != 0 && !target.has(**id);
    looking(ids.iter().enumerate()).filter(is_dangling).map(|(row, _)| row).collect()
}
