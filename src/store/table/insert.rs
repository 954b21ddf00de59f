//! Many new rows at once: appended without living, entered into the indexes, alive. Until they live, refusing them is
//! cutting the columns back.

use std::ops::Range;

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::heap::push;
use crate::store::id::{Id, NO_ROW, Row};
use crate::store::index::inverse::Inverse;
use crate::store::index::unique::Unique;
use crate::store::parallel::in_parallel;
use crate::store::stop::looking;
use crate::store::table::Table;
use crate::store::value::Value;

/// What becomes of a new row that has the unique key of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// It is refused, and all others with it.
    Refuse,
    /// It is left out. Of several new ones with one key the first is created.
    Skip,
}

/// A new row that has the unique key of another.
#[derive(Debug)]
pub struct Conflict {
    /// Which unique index says so.
    pub unique: usize,
    /// Which of the new rows it is, from 0.
    pub row: Row,
    /// The key.
    pub key: Vec<Value<'static>>,
    /// The other; a new one has the number it would have had.
    pub other: Row,
}

/// Fewer rows than this are entered one by one.
const FEW: usize = if cfg!(debug_assertions) { 4 } else { 1024 };

/// The first row that has another's key: the unique index, that, and the row.
fn first_of(duplicates: &[Vec<(Row, Row)>]) -> Option<(usize, Row, Row)> {
    let each = duplicates.iter().enumerate().flat_map(|(at, rows)| rows.iter().map(move |&(one, two)| (at, one, two)));
    each.min_by_key(|&(_, _, row)| row)
}

impl Table {
    /// Appends rows and enters them. On a conflict that is not to be skipped, and where it ends early, the table is as
    /// it was. They get the next ids, or `ids`, which ascend from there on; of those none may be skipped. O(rows), times
    /// what an entry costs; where the rows are an eighth of the table or more everything derived is built again.
    pub fn insert(
        &mut self,
        columns: Vec<Column>,
        count: usize,
        on_conflict: OnConflict,
        ids: &[Id],
    ) -> Result<Range<Row>, Conflict> {
        debug_assert!(ids.is_empty() || ids.len() == count && on_conflict == OnConflict::Refuse);
        let first = self.rows();
        self.ids.make_room(ids);
        let append = |table: &mut Self| {
            table.columns.iter_mut().zip(columns).for_each(|(column, cells)| column.append(cells));
            table.live.extend(count, false);
        };
        self.or_undo(append, |table| table.truncate(first));
        // Of several unique indexes whether a row is skipped depends on which others are.
        let is_few = count < FEW || self.uniques.len() > 1 && on_conflict == OnConflict::Skip;
        if is_few {
            self.or_undo(Self::settle_keys, |table| table.truncate(first));
            self.or_undo(|table| table.insert_few(first, on_conflict), |table| table.take_back(first))?;
        } else if count * 8 > self.rows() || count * 32 > self.rows() && self.put_off_keys() {
            // Where an index waits, entering begins with building that and with moving lists that have no slack, which
            // costs what building all again does: once, it is left to wait.
            self.or_undo(|table| table.insert_many(first, on_conflict), |table| table.truncate(first))?;
        } else {
            self.or_undo(|table| table.insert_some(first, on_conflict), |table| table.take_back(first))?;
        }
        self.ids.give(first as Row, ids);
        (first as Row..self.rows() as Row).for_each(|row| self.enter_orders(row, None));
        Ok(first as Row..self.rows() as Row)
    }

    /// Enters the appended rows one by one.
    fn insert_few(&mut self, first: usize, on_conflict: OnConflict) -> Result<(), Conflict> {
        let mut kept = Bits::default();
        let mut refused = None;
        for row in looking(first as Row..self.rows() as Row) {
            let duplicate = |(at, unique): (usize, &Unique)| Some((at, unique.find_like(&self.columns, row)?));
            let duplicate = self.uniques.iter().enumerate().find_map(duplicate);
            kept.push(duplicate.is_none());
            match (duplicate, on_conflict) {
                (None, _) => self.uniques.iter_mut().for_each(|unique| unique.enter(&self.columns, row)),
                (Some(_), OnConflict::Skip) => {}
                (Some((unique, other)), OnConflict::Refuse) => {
                    refused = Some(self.conflict(first, unique, other, row));
                    break;
                }
            }
        }
        if let Some(conflict) = refused {
            self.take_back(first);
            return Err(conflict);
        }
        let whole = kept.count() == kept.len();
        if !whole {
            // Rows that are kept get other numbers.
            self.leave_uniques(first);
            self.keep_appended(first, kept.ones_iter().map(|row| first as Row + row));
        }
        let rows = first as Row..self.rows() as Row;
        for row in looking(rows.clone()) {
            self.make_room(row);
            for ((column, inverse), mate) in self.columns.iter().zip(&mut self.inverses).zip(&self.mates) {
                if let Some(inverse) = inverse
                    && let parent = column.parent(row)
                    && parent != NO_ROW
                {
                    inverse.enter(parent, row, mate.map(|mate| self.columns[mate].parents()));
                }
            }
        }
        if !whole {
            for unique in &mut self.uniques {
                looking(rows.clone()).for_each(|row| unique.enter(&self.columns, row));
            }
        }
        self.set_live(rows);
        Ok(())
    }

    /// Enters the appended rows into the indexes that there are, each on a thread of its own and in the order of its
    /// memory.
    fn insert_some(&mut self, first: usize, on_conflict: OnConflict) -> Result<(), Conflict> {
        let duplicates = self.enter_all(first);
        let Some((unique, other, row)) = first_of(&duplicates) else {
            self.set_live(first as Row..self.rows() as Row);
            return Ok(());
        };
        if on_conflict == OnConflict::Refuse {
            let conflict = self.conflict(first, unique, other, row);
            self.take_back(first);
            return Err(conflict);
        }
        // Rows that are kept get other numbers, under which they are entered again.
        self.leave_indexes(first);
        let mut kept = Bits::ones(self.rows() - first);
        duplicates.iter().flatten().for_each(|&(_, row)| _ = kept.set(row as usize - first, false));
        self.keep_appended(first, kept.ones_iter().map(|row| first as Row + row));
        self.enter_all(first);
        self.set_live(first as Row..self.rows() as Row);
        Ok(())
    }

    /// Enters the rows from one on into all indexes; for each unique one, those that are not in it because another has
    /// their key: (that, they).
    fn enter_all(&mut self, first: usize) -> Vec<Vec<(Row, Row)>> {
        enum Index<'a> {
            Inverse(usize, &'a mut Inverse),
            Unique(&'a mut Unique),
        }
        let waiting = self.find_repeats(first);
        if waiting.is_none() {
            // What waits is built.
            *self.looked_at.get_mut() = 0;
        }
        let waits = waiting.is_some();
        let rows = first as Row..self.rows() as Row;
        let (columns, mates, count) = (&self.columns, &self.mates, rows.len());
        let inverses = self.inverses.iter_mut().enumerate();
        let inverses = inverses.filter_map(|(field, inverse)| Some(Index::Inverse(field, inverse.as_mut()?)));
        let indexes = self.uniques.iter_mut().map(Index::Unique).chain(inverses);
        let mut duplicates = in_parallel(8 * count, indexes, |index, scratch| {
            let mut duplicates = Vec::new();
            match index {
                Index::Unique(unique) if waits && unique.is_pending() => {}
                Index::Inverse(field, inverse) => {
                    let mates = mates[field].map(|mate| columns[mate].parents());
                    inverse.enter_all(columns[field].parents(), mates, rows.clone(), scratch);
                }
                Index::Unique(unique) => {
                    unique.settle(columns, scratch);
                    unique.make_room(columns, count, rows.end);
                    let duplicate = |one, two| push(&mut duplicates, (one, two));
                    unique.enter_all(columns, looking(rows.clone()), scratch, duplicate);
                }
            }
            duplicates
        });
        duplicates.truncate(self.uniques.len());
        if let Some(repeats) = waiting
            && let Some(at) = self.uniques.iter().position(Unique::is_pending)
        {
            if repeats.is_empty() {
                self.uniques[at].wait_for(self.live.len());
            }
            duplicates[at] = repeats;
        }
        duplicates
    }

    /// Drops rows that were appended, of which some are in some indexes.
    fn take_back(&mut self, first: usize) {
        self.leave_indexes(first);
        self.truncate(first);
    }

    /// The rows from one on, which do not live, are in no index any more, if they were.
    fn leave_indexes(&mut self, first: usize) {
        self.leave_uniques(first);
        for (column, inverse) in self.columns.iter().zip(&mut self.inverses) {
            if let Some(inverse) = inverse {
                let parents = (first..self.live.len()).map(|row| column.parent(row as Row));
                parents.for_each(|parent| inverse.retract(parent, first as Row));
            }
        }
    }

    /// The rows from one on are in no unique index any more, if they were.
    fn leave_uniques(&mut self, first: usize) {
        for unique in self.uniques.iter_mut().filter(|unique| !unique.is_pending()) {
            (first..self.live.len()).for_each(|row| unique.leave(&self.columns, row as Row));
        }
    }

    /// Enters the appended rows by building everything derived again.
    fn insert_many(&mut self, first: usize, on_conflict: OnConflict) -> Result<(), Conflict> {
        self.set_live(first as Row..self.rows() as Row);
        let mut derived = self.derived();
        let duplicates = std::mem::take(&mut derived.duplicates);
        let Some((unique, other, row)) = first_of(&duplicates) else {
            self.put(derived);
            return Ok(());
        };
        drop(derived);
        if on_conflict == OnConflict::Refuse {
            let conflict = self.conflict(first, unique, other, row);
            self.truncate(first);
            return Err(conflict);
        }
        let mut kept = Bits::ones(self.rows());
        duplicates.iter().flatten().for_each(|&(_, row)| _ = kept.set(row as usize, false));
        kept.fill(0..first, false);
        self.live.fill(first..self.rows(), false);
        self.len -= self.rows() - first;
        self.keep_appended(first, kept.ones_iter());
        self.set_live(first as Row..self.rows() as Row);
        let derived = self.derived();
        self.put(derived);
        Ok(())
    }

    fn conflict(&self, first: usize, unique: usize, other: Row, row: Row) -> Conflict {
        let fields = &self.uniques[unique].fields;
        let key = fields.iter().map(|&field| self.columns[field].get(row).into_owned()).collect();
        Conflict { unique, row: row - first as Row, key, other }
    }

    fn set_live(&mut self, rows: Range<Row>) {
        self.len += rows.len();
        self.live.fill(rows.start as usize..rows.end as usize, true);
    }

    /// Of the rows appended from `first` on, keeps these, which do not live yet.
    fn keep_appended(&mut self, first: usize, kept: impl Iterator<Item = Row> + Clone) {
        self.live.truncate(first);
        self.live.extend(kept.clone().count(), false);
        self.columns.iter_mut().for_each(|column| column.keep(first, kept.clone()));
    }

    /// Drops rows that were appended and are not entered.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.len -= self.live.ones_from(rows);
        self.live.truncate(rows);
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
    }

    /// As [`leave`](Self::leave) of many rows.
    pub fn leave_all(&mut self, rows: Range<Row>) {
        let (start, end) = (rows.start as usize, rows.end as usize);
        self.len -= rows.len();
        self.live.fill(start..end, false);
        self.version += 1;
        self.rebuild();
    }
}
