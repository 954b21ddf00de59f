//! Other values for many rows, as one change: what counts is what they have afterwards, so values may swap and shift
//! under a unique key.

use crate::store::cells::column::Column;
use crate::store::id::Row;
use crate::store::index::inverse::Inverse;
use crate::store::index::unique::Unique;
use crate::store::parallel::in_parallel;
use crate::store::stop::looking;
use crate::store::table::Table;
use crate::store::value::Value;

/// A row that would have the unique key of another.
#[derive(Debug)]
pub struct Clash {
    /// Which unique index says so.
    pub unique: usize,
    /// The row, and the other.
    pub rows: (Row, Row),
    /// The key.
    pub key: Vec<Value<'static>>,
}

/// Fewer rows than this are entered into the indexes one by one.
const FEW: usize = if cfg!(debug_assertions) { 4 } else { 1024 };

impl Table {
    /// Whether so many rows are worth building what is derived from the columns again: an eighth of the table.
    pub fn are_many(&self, rows: usize) -> bool {
        rows >= FEW && rows >= self.rows() / 8
    }

    /// Gives live rows, each once, other values in these fields; the values they had. On a clash, and where it ends
    /// early, nothing is changed. O(rows), times what an index costs; where they are an eighth of the table or more the
    /// indexes that read the fields are built again. `due` as in [`leave`](Self::leave).
    pub fn assign_all(
        &mut self,
        rows: &[Row],
        fields: &[(usize, Column)],
        mut due: impl FnMut(usize, Row),
    ) -> Result<Vec<(usize, Column)>, Clash> {
        // An index that waits stays what it is where no key changes.
        if self.uniques.iter().any(|unique| fields.iter().any(|(field, _)| unique.fields.contains(field))) {
            self.settle_keys();
        }
        let olds: Vec<_> = fields.iter().map(|(at, _)| (*at, self.columns[*at].gathered(rows))).collect();
        if self.are_many(rows.len()) {
            self.or_undo(|table| table.assign_many(rows, fields, &olds), |table| table.put_back(rows, &olds))?;
            return Ok(olds);
        }
        let mut clash = None;
        self.or_undo(
            |table| clash = table.assign_few(rows, fields, &mut due),
            |table| table.take_back_cells(rows, &olds),
        );
        match clash {
            None => Ok(olds),
            Some(clash) => {
                self.take_back_cells(rows, &olds);
                Err(clash)
            }
        }
    }

    fn assign_many(&mut self, rows: &[Row], fields: &[(usize, Column)], olds: &[(usize, Column)]) -> Result<(), Clash> {
        enum Index {
            Inverse(usize),
            Unique(usize),
        }
        enum Built {
            Inverse(usize, Inverse),
            Unique(usize, Unique, Option<(Row, Row)>),
        }
        self.forget_orders();
        self.put_cells(rows, fields);
        let is_set = |field: usize| fields.iter().any(|(other, _)| *other == field);
        let is_read = |field: usize| is_set(field) || self.mates[field].is_some_and(is_set);
        let inverses = (0..self.columns.len()).filter(|&field| self.inverses[field].is_some() && is_read(field));
        let uniques = (0..self.uniques.len()).filter(|&at| self.uniques[at].fields.iter().any(|&field| is_set(field)));
        let columns = &self.columns;
        let indexes = uniques.map(Index::Unique).chain(inverses.map(Index::Inverse));
        let built = in_parallel(self.len, indexes, |index, scratch| match index {
            Index::Inverse(field) => {
                let mates = self.mates[field].map(|mate| columns[mate].parents());
                Built::Inverse(
                    field,
                    Inverse::build(
                        columns[field].parents(),
                        mates,
                        self.live.ones_iter(),
                        scratch,
                        None::<fn(Row, Row)>,
                    ),
                )
            }
            Index::Unique(at) => {
                let (fields, mut first) = (self.uniques[at].fields.clone(), None);
                let duplicate = |one, two| first = first.or(Some((one, two)));
                let unique = Unique::build(fields, columns, self.live.ones_iter(), scratch, duplicate);
                Built::Unique(at, unique, first)
            }
        });
        let clash = built.iter().find_map(|built| match *built {
            Built::Unique(at, _, Some((one, two))) => Some((at, one, two)),
            _ => None,
        });
        if let Some((unique, one, two)) = clash {
            let clash = self.clash(unique, two, one);
            self.put_back(rows, olds);
            return Err(clash);
        }
        for built in built {
            match built {
                Built::Inverse(field, inverse) => self.inverses[field] = Some(inverse),
                Built::Unique(at, unique, _) => self.uniques[at] = unique,
            }
        }
        Ok(())
    }

    /// Changes cells only.
    fn put_cells(&mut self, rows: &[Row], fields: &[(usize, Column)]) {
        for (field, cells) in fields {
            let column = &mut self.columns[*field];
            for (&row, at) in looking(rows.iter().zip(0..)) {
                let value = cells.get(at);
                column.make_room(&value);
                column.set(row, &value);
            }
        }
    }

    /// Puts back cells that these rows had: there is room for those.
    fn put_back(&mut self, rows: &[Row], olds: &[(usize, Column)]) {
        for (field, cells) in olds {
            rows.iter().zip(0..).for_each(|(&row, at)| self.columns[*field].set(row, &cells.get(at)));
        }
    }

    fn assign_few(
        &mut self,
        rows: &[Row],
        fields: &[(usize, Column)],
        due: &mut impl FnMut(usize, Row),
    ) -> Option<Clash> {
        self.leave_keys(rows, fields);
        self.move_cells(rows, fields, true, due);
        for at in 0..self.uniques.len() {
            if fields.iter().any(|(field, _)| self.uniques[at].fields.contains(field)) {
                for &row in rows {
                    if let Some(other) = self.uniques[at].find_like(&self.columns, row) {
                        return Some(self.clash(at, row, other));
                    }
                    self.uniques[at].enter(&self.columns, row);
                }
            }
        }
        None
    }

    /// As before [`assign_few`](Self::assign_few), however far that came.
    fn take_back_cells(&mut self, rows: &[Row], olds: &[(usize, Column)]) {
        self.leave_keys(rows, olds);
        self.move_cells(rows, olds, false, &mut |_, _| ());
        for unique in &mut self.uniques {
            if olds.iter().any(|(field, _)| unique.fields.contains(field)) {
                rows.iter().for_each(|&row| unique.enter(&self.columns, row));
            }
        }
    }

    fn leave_keys(&mut self, rows: &[Row], fields: &[(usize, Column)]) {
        for unique in &mut self.uniques {
            if fields.iter().any(|(field, _)| unique.fields.contains(field)) {
                rows.iter().for_each(|&row| unique.leave(&self.columns, row));
            }
        }
    }

    /// Changes cells, and the inverses with them. For cells that the rows had there is room in the columns; for `new` ones
    /// it is made.
    fn move_cells(&mut self, rows: &[Row], fields: &[(usize, Column)], new: bool, due: &mut impl FnMut(usize, Row)) {
        for (field, cells) in fields {
            for (&row, at) in rows.iter().zip(0..) {
                let value = cells.get(at);
                if !self.columns[*field].holds(row, &value) {
                    if new {
                        self.columns[*field].make_room(&value);
                    }
                    self.make_room_in_inverses(row, *field, &value);
                    self.move_cell(row, *field, &value, due);
                }
            }
        }
    }

    fn clash(&self, unique: usize, row: Row, other: Row) -> Clash {
        let fields = &self.uniques[unique].fields;
        let key = fields.iter().map(|&field| self.columns[field].get(row).into_owned()).collect();
        Clash { unique, rows: (row, other), key }
    }
}
