//! Rows that somebody else created, after those that are here.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::change::Change;
use crate::store::id::{Id, ModelId};
use crate::store::stop::{self, looking};
use crate::store::table::insert::OnConflict;
use crate::store::write::bulk::NewCells;
use crate::store::write::fill::zero;

/// What a model has more than before.
#[derive(Debug)]
pub struct Growth {
    /// It.
    pub model: ModelId,
    /// Its new rows, ascending; the ids between them, and those after them up to `next`, were given to none.
    pub rows: Vec<NewRows>,
    /// The id of the next row.
    pub next: Id,
}

/// Rows with ids in a row.
#[derive(Debug)]
pub struct NewRows {
    /// The first id.
    pub first: Id,
    /// How many they are.
    pub count: usize,
    /// Their cells, by field: values, or ids for a reference.
    pub cells: Vec<NewCells>,
}

impl Store {
    /// Appends rows of several models, which may refer to each other. Where they do not fit nothing is changed, but that
    /// ids may be spent, and the result is false. Outside a transaction. O(rows), and O(rows of the table) where they are
    /// an eighth of it or more.
    pub fn grow(&mut self, growth: Vec<Growth>) -> bool {
        let fits = |growth: &Growth| {
            let (table, mut next) = (self.table(growth.model), self.table(growth.model).next_id());
            let mut ids = growth.rows.iter().map(|rows| (rows.first, rows.first + rows.count as Id));
            let ascends = ids.all(|(first, end)| std::mem::replace(&mut next, end) <= first && first < end);
            let wanted = growth.next.saturating_sub(table.next_id());
            let count: usize = growth.rows.iter().map(|rows| rows.count).sum();
            // Dead rows take memory, so they are not to be many.
            let few = (count + count / 2 + 64) as Id;
            ascends && next <= growth.next.max(table.next_id()) && wanted <= few && wanted <= table.room() as Id
        };
        if self.depth() > 0 || !growth.iter().all(fits) {
            return false;
        }
        let Some(settled) = self.settled_growth(growth) else { return false };
        self.begin();
        let done = catch_unwind(AssertUnwindSafe(|| settled.into_iter().all(|growth| self.append_grown(growth))));
        match done {
            Ok(true) => self.commit(|_, _| Ok::<_, ()>(())).is_ok(),
            Ok(false) => {
                self.rollback();
                false
            }
            Err(ended) => {
                stop::deaf(|| self.rollback());
                resume_unwind(ended)
            }
        }
    }

    fn settled_growth(&self, growth: Vec<Growth>) -> Option<Vec<Settled>> {
        let ids = |growth: &Growth| growth.rows.iter().map(|rows| (rows.first, rows.count as Id)).collect();
        let mut new: Vec<Vec<(Id, Id)>> = vec![Vec::new(); self.tables.len()];
        growth.iter().for_each(|growth| new[growth.model.index()] = ids(growth));
        let settled = growth.into_iter().map(|Growth { model, rows, next }| {
            let rows = rows.into_iter().map(|NewRows { first, count, cells }| {
                let cells = cells.into_iter().enumerate();
                let columns = cells.map(|(field, cells)| self.settled_new(model, field, cells, &new));
                let columns = columns.collect::<Option<Vec<Column>>>()?;
                columns.iter().all(|column| column.len() == count).then_some((first, count, columns))
            });
            Some(Settled { model, rows: rows.collect::<Option<_>>()?, next })
        });
        settled.collect()
    }

    /// Cells as the table stores them; `new` are the ids, by model, that are about to have rows: first and count.
    fn settled_new(&self, model: ModelId, field: usize, cells: NewCells, new: &[Vec<(Id, Id)>]) -> Option<Column> {
        match (cells, self.schema().refers_to(model, field)) {
            (NewCells::Values(column), None) if column.is_like(self.table(model).column(field)) => Some(column),
            (NewCells::Ids(ids), Some(to)) => self.rows_of_new_ids(to, ids, &new[to.index()]),
            _ => None,
        }
    }

    fn rows_of_new_ids(&self, to: ModelId, mut ids: Packed, new: &[(Id, Id)]) -> Option<Column> {
        let table = self.table(to);
        let next = table.next_id();
        for at in looking(0..ids.len()) {
            let row = match ids.get(at) {
                0 => continue,
                id if id < next => u64::from(table.find(id)?),
                // Every id from here on gets a row, of which some are dead.
                id if new.iter().any(|&(first, count)| first <= id && id - first < count) => {
                    table.rows() as u64 + (id - next)
                }
                _ => return None,
            };
            ids.set(at, row + 1);
        }
        Some(Column::referring(ids))
    }

    /// Appends what fits; false where a row has another's key.
    fn append_grown(&mut self, Settled { model, rows, next }: Settled) -> bool {
        for (first, count, columns) in rows {
            self.pass_ids(model, first);
            match self.tables[model.index()].insert(columns, count, OnConflict::Refuse, &[]) {
                Ok(rows) => self.log.push(Change::Create { model, rows }),
                Err(_) => return false,
            }
        }
        self.pass_ids(model, next);
        true
    }

    /// Appends dead rows for the ids before this one.
    fn pass_ids(&mut self, model: ModelId, next: Id) {
        let zeros: Vec<_> = self.schema.model(model).fields.iter().map(|field| zero(&field.kind)).collect();
        let table = &mut self.tables[model.index()];
        for _ in looking(table.next_id()..next) {
            table.append(&zeros);
        }
    }
}

/// As [`Growth`], with cells as tables store them.
struct Settled {
    model: ModelId,
    rows: Vec<(Id, usize, Vec<Column>)>,
    next: Id,
}
