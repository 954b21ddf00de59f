//! Reading only the rows that are new.

use std::ops::Range;

use crate::journal::Journal;
use crate::journal::load::Part;
use crate::journal::table::SqlTable;
use crate::store::Store;
use crate::store::id::{Id, LAST_ID, ModelId};
use crate::store::write::grow::{Growth, NewRows};

/// As many runs of ids, with ids between them that came to nothing, are read one by one.
const RUNS: usize = 64;

impl Journal {
    /// Under a transaction, after rows were added and nothing else was done: gives the store what is new, and says whether
    /// that is any row. Nothing where that cannot be done; then all is to be read, which says why. O(new rows).
    pub(super) fn grow(&mut self, store: &mut Store) -> Option<bool> {
        let (mut growth, mut next) = (Vec::new(), self.next.clone());
        for (at, table) in self.tables.iter().enumerate().filter(|(_, table)| !table.name.is_empty()) {
            let model = ModelId(at as u32);
            next[at] = self.next_id(table)?;
            growth.push(self.growth(store, model, table, next[at])?);
        }
        let is_any = growth.iter().any(|growth| !growth.rows.is_empty());
        store.grow(growth).then(|| {
            self.next = next;
            is_any
        })
    }

    fn next_id(&self, table: &SqlTable) -> Option<Id> {
        let mut next =
            self.connection().ok()?.prepare_cached("SELECT next_id FROM hasmany_models WHERE \"table\" = ?").ok()?;
        let next: i64 = next.query_row([&table.name], |row| row.get(0)).ok()?;
        Id::try_from(next).ok().filter(|&next| next <= LAST_ID + 1)
    }

    fn growth(&self, store: &Store, model: ModelId, table: &SqlTable, next: Id) -> Option<Growth> {
        let of = store.schema().models().get(model.index())?;
        // What is only here, or was taken out, has its values from elsewhere.
        let is_there = |name: &str| table.fields[..table.declared].iter().any(|field| field.name == name);
        if !of.fields.iter().all(|field| is_there(&field.name)) {
            return None;
        }
        self.check_kinds(store.schema(), of, table).ok()?;
        let first = store.table(model).next_id();
        let read = |ids: Range<Id>| {
            let (schema, fields) = (store.schema(), &*of.fields);
            let part = Part { model: model.index(), table, schema, fields, fill: &[], ids, is_dense: false };
            self.source().ok()?.read(&part).ok()
        };
        let found = read(first..LAST_ID + 1)?;
        let (Some(&one), Some(&last)) = (found.ids.first(), found.ids.last()) else {
            return Some(Growth { model, rows: Vec::new(), next });
        };
        let whole = |ids: Range<Id>, cells| NewRows { first: ids.start, count: (ids.end - ids.start) as usize, cells };
        let runs = runs(&found.ids)?;
        let rows = match runs.len() {
            1 => vec![whole(one..last + 1, found.cells)],
            _ => runs.into_iter().map(|ids| Some(whole(ids.clone(), read(ids)?.cells))).collect::<Option<_>>()?,
        };
        Some(Growth { model, rows, next: next.max(last + 1) })
    }
}

/// The runs of ascending ids, unless they are many.
fn runs(ids: &[Id]) -> Option<Vec<Range<Id>>> {
    let mut runs: Vec<Range<Id>> = Vec::new();
    for &id in ids {
        match runs.last_mut() {
            Some(run) if run.end == id => run.end += 1,
            _ => runs.push(id..id + 1),
        }
        if runs.len() > RUNS {
            return None;
        }
    }
    Some(runs)
}
