//! Rows by their unique keys.
//!
//! The index of a pair of references is not built with the rows: that they do not repeat their lists have told, and
//! the shorter of two lists answers until something is changed or much was asked.

use std::sync::atomic::Ordering;

use crate::store::cells::column::Column;
use crate::store::cells::heap::push;
use crate::store::cells::parents::number;
use crate::store::id::{NO_ROW, Row};
use crate::store::index::unique::{Unique, Vacant};
use crate::store::parallel::Scratch;
use crate::store::room;
use crate::store::stop::looking;
use crate::store::table::Table;
use crate::store::value::Value;

impl Table {
    /// The row with these values, in the order of the fields of a unique key. O(1), or, where its index is still to be
    /// built, O(rows that refer to one of them).
    pub fn find_key(&self, unique: usize, key: &[&Value]) -> Option<Row> {
        match (self.uniques[unique].is_pending(), key) {
            (true, &[&Value::Row(one), &Value::Row(two)]) => self.find_pair(unique, [one, two]),
            (true, _) => None,
            (false, _) => self.uniques[unique].find(&self.columns, key),
        }
    }

    /// As [`find_key`](Self::find_key), of two references.
    #[inline]
    pub fn find_pair(&self, unique: usize, key: [Row; 2]) -> Option<Row> {
        match self.uniques[unique].is_pending() {
            true => self.find_pair_in_lists(unique, key),
            false => self.uniques[unique].find_pair(&self.columns, key),
        }
    }

    /// As [`find_key`](Self::find_key), of many: for each row of these columns, one a field, the row or `NO_ROW`.
    pub fn find_keys(&self, unique: usize, key: &[&Column]) -> Vec<Row> {
        let (index, len) = (&self.uniques[unique], key.first().map_or(0, |column| column.len()));
        match (index.is_pending(), key) {
            (true, &[one, two]) if len < self.rows() / 8 => room::collected((0..len as Row).map(|row| {
                let pair = (one.parent(row), two.parent(row));
                let is_whole = pair.0 != NO_ROW && pair.1 != NO_ROW;
                is_whole.then(|| self.find_pair(unique, [pair.0, pair.1])).flatten().unwrap_or(NO_ROW)
            })),
            (true, _) => {
                let (fields, rows) = (index.fields.clone(), 0..self.rows() as Row);
                Unique::build(fields, &self.columns, rows, &mut Scratch::new(), |_, _| ()).find_all(&self.columns, key)
            }
            (false, _) => index.find_all(&self.columns, key),
        }
    }

    /// Of the rows from one on, which are in no index yet, those whose pair an older row has, as the lists tell: (that,
    /// they). None where no index waits, or where building it costs less. What was looked at counts a quarter: one list
    /// after the other is read faster than one at a time.
    pub(super) fn find_repeats(&mut self, first: usize) -> Option<Vec<(Row, Row)>> {
        let unique = self.uniques.iter().position(Unique::is_pending)?;
        let fields = self.uniques[unique].fields.clone();
        let (rows, mut looked, mut repeats) = (first as Row..self.rows() as Row, 0, Vec::new());
        for row in looking(rows.clone()) {
            let pair = [fields[0], fields[1]].map(|field| self.columns[field].parent(row));
            if pair.contains(&NO_ROW) {
                continue;
            }
            let [list, mate] = self.shorter_list(unique, pair);
            looked += self.entries(list.0, list.1) + 8;
            if looked > self.len {
                return None;
            }
            if self.ends(list.0, mate.0, list.1).any(|cell| cell == number(mate.1))
                && let Some(other) = self.find_pair_in_lists(unique, pair)
            {
                push(&mut repeats, (other, row));
            }
        }
        // Those of each other.
        Unique::build(fields, &self.columns, rows, &mut Scratch::new(), |one, two| push(&mut repeats, (one, two)));
        *self.looked_at.get_mut() += looked / 4;
        Some(repeats)
    }

    /// Of the two lists that can tell of a pair the shorter: its field and parent; and those of the other.
    fn shorter_list(&self, unique: usize, [one, two]: [Row; 2]) -> [(usize, Row); 2] {
        let fields = &self.uniques[unique].fields;
        let (one, two) = ((fields[0], one), (fields[1], two));
        match self.entries(one.0, one.1) <= self.entries(two.0, two.1) {
            true => [one, two],
            false => [two, one],
        }
    }

    #[cold]
    fn find_pair_in_lists(&self, unique: usize, pair: [Row; 2]) -> Option<Row> {
        let [(few, row), (other, wanted)] = self.shorter_list(unique, pair);
        self.looked_at.fetch_add(self.entries(few, row) + 8, Ordering::Relaxed);
        let other = self.columns[other].parents();
        self.children(few, row).find(|&row| other.of(row) == wanted)
    }

    /// Whether so much was looked at in place of an index that building it is worth it.
    #[inline]
    pub fn is_key_due(&self) -> bool {
        self.looked_at.load(Ordering::Relaxed) > self.len / 4
    }

    /// Whether an index that is still to be built may be left so, though that costs about what building it would: once,
    /// since that is as good as having looked at so much in its place.
    pub(super) fn put_off_keys(&mut self) -> bool {
        let may = self.uniques.iter().any(Unique::is_pending) && !self.is_key_due();
        if may {
            *self.looked_at.get_mut() += self.len / 4 + 1;
        }
        may
    }

    /// Builds the indexes that are still to be built. O(rows) then.
    #[inline]
    pub fn settle_keys(&mut self) {
        if self.uniques.iter().any(Unique::is_pending) {
            self.uniques.iter_mut().for_each(|unique| unique.settle(&self.columns, &mut Scratch::new()));
            *self.looked_at.get_mut() = 0;
        }
    }

    /// What these values of a new row lead to, if the table's only key is a pair of references.
    pub fn pair_key(&self, values: &[Value]) -> Option<[Row; 2]> {
        match &*self.uniques {
            [unique] => match *unique.fields {
                [a, b] => match (&values[a], &values[b]) {
                    (&Value::Row(a), &Value::Row(b)) => Some([a, b]),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// The row with this key, or where it is to be entered, as long as nothing changes. Of a table with a
    /// [pair key](Self::pair_key).
    pub fn seek_pair(&self, key: [Row; 2]) -> Result<Row, Vacant> {
        match self.uniques[0].is_pending() {
            true => self.find_pair(0, key).ok_or(Vacant::UNKNOWN),
            false => self.uniques[0].seek_pair(&self.columns, key),
        }
    }

    /// Makes room for the next row in its only key; where it is to be entered then, which was this place before.
    pub fn make_room_for_pair(&mut self, key: [Row; 2], vacant: Vacant) -> Vacant {
        let (row, is_pending) = (self.live.len() as Row, self.uniques[0].is_pending());
        self.settle_keys();
        match self.uniques[0].make_room(&self.columns, 1, row) | is_pending {
            true => self.seek_pair(key).err().unwrap_or(vacant),
            false => vacant,
        }
    }
}
