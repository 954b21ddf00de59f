//! One row that comes, goes, comes back or gets another value, with its entries in the indexes.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::store::cells::parents::number;
use crate::store::id::{NO_ROW, Row};
use crate::store::index::unique::{Unique, Vacant};
use crate::store::stop;
use crate::store::table::Table;
use crate::store::value::Value;

impl Table {
    /// Appends a row that does not live yet, and makes room for it in the indexes.
    pub fn append(&mut self, values: &[Value]) -> Row {
        let row = self.live.len() as Row;
        self.columns.iter_mut().zip(values).for_each(|(column, value)| column.make_room(value));
        self.live.make_room(1);
        self.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        self.live.push(false);
        self.or_undo(|table| table.make_room(row), |table| table.truncate(row as usize));
        row
    }

    /// Makes room in the indexes for a row, which has its cells.
    pub(super) fn make_room(&mut self, row: Row) {
        self.settle_keys();
        for ((column, inverse), mate) in self.columns.iter().zip(&mut self.inverses).zip(&self.mates) {
            if let Some(inverse) = inverse
                && let parent = column.parent(row)
                && parent != NO_ROW
            {
                inverse.make_room(parent, row, mate.map(|mate| self.columns[mate].parents()));
            }
        }
        self.uniques.iter_mut().for_each(|unique| _ = unique.make_room(&self.columns, 1, row));
    }

    /// Changes the table in steps; where that ends early, `undo` takes back what was done, and it goes on ending.
    pub(super) fn or_undo<T>(&mut self, work: impl FnOnce(&mut Self) -> T, undo: impl FnOnce(&mut Self)) -> T {
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|payload| {
            stop::deaf(|| undo(self));
            resume_unwind(payload)
        })
    }

    /// The row just appended lives from now on, with the cells it has. `vacant` is what was told of its only key. O(indexes).
    pub fn enter(&mut self, row: Row, vacant: Option<Vacant>) {
        self.live.set(row as usize, true);
        self.len += 1;
        for ((column, inverse), mate) in self.columns.iter().zip(&mut self.inverses).zip(&self.mates) {
            if let Some(inverse) = inverse
                && let parent = column.parent(row)
                && parent != NO_ROW
            {
                inverse.enter(parent, row, mate.map(|mate| self.columns[mate].parents()));
            }
        }
        match (vacant, &mut *self.uniques) {
            (Some(vacant), [unique]) => unique.put(vacant, row),
            _ => self.uniques.iter_mut().for_each(|unique| unique.enter(&self.columns, row)),
        }
        self.enter_orders(row, None);
    }

    /// A row that left lives again. O(indexes), times O(log n) for its entries in the inverses.
    pub fn restore(&mut self, row: Row) {
        self.version += 1;
        // Where everything was built again meanwhile, its entries are gone.
        self.make_room(row);
        self.enter(row, None);
    }

    /// A row lives no longer; its cells stay. O(indexes). `due` is told each list that should be tidied: field and
    /// parent.
    pub fn leave(&mut self, row: Row, mut due: impl FnMut(usize, Row)) {
        self.settle_keys();
        self.leave_orders(row, None);
        self.live.set(row as usize, false);
        self.len -= 1;
        self.version += 1;
        for (field, inverse) in self.inverses.iter_mut().enumerate() {
            if let Some(inverse) = inverse {
                let parent = self.columns[field].parent(row);
                let mates = self.mates[field].map(|mate| self.columns[mate].parents());
                if parent != NO_ROW && inverse.leave(parent, row, mates) {
                    due(field, parent);
                }
            }
        }
        self.uniques.iter_mut().for_each(|unique| unique.leave(&self.columns, row));
    }

    /// Makes room in a column for another value of a cell. Not for one that it had in this transaction.
    pub fn make_room_in_column(&mut self, field: usize, value: &Value) {
        self.columns[field].make_room(value);
    }

    /// Gives a cell of a live row another value and returns the one it had. `due` as in [`leave`](Self::leave).
    pub fn assign(&mut self, row: Row, field: usize, value: &Value, mut due: impl FnMut(usize, Row)) -> Value<'static> {
        let keyed = |unique: &&mut Unique| unique.fields.contains(&field);
        self.settle_keys();
        self.uniques.iter_mut().filter(keyed).for_each(|unique| unique.leave(&self.columns, row));
        // Only now: of several fields that are set one after the other, the first ones may give the row another's key, and
        // an index that grows takes each key once.
        self.or_undo(
            |table| table.make_room_for(row, field, value),
            |table| table.uniques.iter_mut().filter(keyed).for_each(|unique| unique.reenter(&table.columns, row)),
        );
        let old = self.move_cell(row, field, value, &mut due);
        self.uniques.iter_mut().filter(keyed).for_each(|unique| unique.enter(&self.columns, row));
        old
    }

    /// Changes a cell and the inverses that read it, in which there is room.
    pub(super) fn move_cell(
        &mut self,
        row: Row,
        field: usize,
        value: &Value,
        due: &mut impl FnMut(usize, Row),
    ) -> Value<'static> {
        let old = self.columns[field].get(row).into_owned();
        self.leave_orders(row, Some(field));
        self.columns[field].set(row, value);
        self.enter_orders(row, Some(field));
        if let Some(inverse) = &mut self.inverses[field] {
            let mates = self.mates[field].map(|mate| self.columns[mate].parents());
            if let Value::Row(parent) = old
                && inverse.leave(parent, row, mates)
            {
                due(field, parent);
            }
            if let Value::Row(parent) = *value {
                inverse.enter(parent, row, mates);
            }
        }
        if let Some(mate) = self.mates[field]
            && let Some(inverse) = &mut self.inverses[mate]
        {
            inverse.set_end(self.columns[mate].parent(row), row, self.columns[field].parents().cell(row));
        }
        old
    }

    /// Makes room in the indexes for another value of a cell of a live row.
    fn make_room_for(&mut self, row: Row, field: usize, value: &Value) {
        let keyed = |unique: &&mut Unique| unique.fields.contains(&field);
        self.uniques.iter_mut().filter(keyed).for_each(|unique| _ = unique.make_room(&self.columns, 1, row));
        self.make_room_in_inverses(row, field, value);
    }

    pub(super) fn make_room_in_inverses(&mut self, row: Row, field: usize, value: &Value) {
        let (Some(inverse), &Value::Row(parent)) = (&mut self.inverses[field], value) else { return };
        inverse.make_room(parent, row, self.mates[field].map(|mate| self.columns[mate].parents()));
        if let Some(mate) = self.mates[field]
            && let Some(inverse) = &mut self.inverses[mate]
        {
            inverse.make_room_for_end(self.columns[mate].parent(row), number(parent));
        }
    }

    /// Drops the stale entries of a list if they are many.
    pub fn tidy_list(&mut self, field: usize, parent: Row) {
        if let Some(inverse) = &mut self.inverses[field] {
            let parents = self.columns[field].parents();
            inverse.tidy(parent, |row| self.live.get(row as usize) && parents.of(row) == parent);
        }
    }
}
