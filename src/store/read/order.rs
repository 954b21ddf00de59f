//! Rows in the order of a field, where nothing need be sorted: they lie in it, or an index has it.

use std::cmp::Ordering;
use std::ops::{Bound, ControlFlow, Range};
use std::sync::Arc;

use crate::store::Store;
use crate::store::id::{ModelId, Row};
use crate::store::index::ordered::Ordered;
use crate::store::index::pool::List;
use crate::store::read::find::{Subject, order};
use crate::store::read::path::{Path, Shape};
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::Pace;
use crate::store::table::Table;
use crate::store::table::orders::Part;
use crate::store::value::Value;

/// A part of a table's rows in the order of a field, or of their ids: entries at places, of which some may not count.
///
/// Entries ascend, rows that do not count among them, too; those without a value are last, and equal ones in the order of
/// their creation.
pub struct InOrder<'a> {
    table: &'a Table,
    part: Part,
    by: Subject,
    entries: Entries<'a>,
}

enum Entries<'a> {
    /// So many rows of a table, from the first.
    Every(usize),
    /// A list of an inverse.
    List(List<'a>),
    /// An index. Every entry counts.
    Kept(Arc<Ordered>),
}

/// The part of a table that a path leads to, if it is one.
pub fn part(start: Start, path: &Path) -> Option<(ModelId, Part)> {
    match (start, path.shape) {
        (Start::Every, Shape::All) => Some((path.to, Part::All)),
        (Start::Row(parent), Shape::Inverse(reference)) => {
            Some((reference.model, Part::List { field: reference.field, parent }))
        }
        _ => None,
    }
}

impl Store {
    /// A part of a model's rows in the order of their ids, of a field that rises with age, or of one with an index: what
    /// can be had without sorting, once it is known that the field rises, or its index is made.
    pub fn in_order(&self, model: ModelId, part: Part, by: Subject) -> Option<InOrder<'_>> {
        let table = self.table(model);
        let listed = || match part {
            Part::All => Entries::Every(table.rows()),
            Part::List { field, parent } => {
                Entries::List(table.inverse(field).map_or(List::empty(), |inverse| inverse.entries(parent)))
            }
        };
        let entries = match by {
            Subject::Id => listed(),
            Subject::Field(field) if table.column(field).rises() => listed(),
            Subject::Field(field) => Entries::Kept(table.order(field, part)?),
        };
        Some(InOrder { table, part, by, entries })
    }

    /// So many rows of a part in the order of their ids or of a field, after `skip` of them; as [`InOrder::slice`], and
    /// sorted where they cannot be had so.
    pub fn rows_in_order(&self, model: ModelId, (part, by, falls): Sorting, skip: usize, take: usize) -> Vec<Row> {
        if let Some(in_order) = self.in_order(model, part, by) {
            return in_order.slice(skip, take, falls);
        }
        let table = self.table(model);
        let mut rows = table.part(part);
        order(&mut rows, falls, |row| match by {
            Subject::Id => Value::Int(table.id(row) as i64),
            Subject::Field(field) => table.column(field).get(row),
        });
        rows.truncate(skip.saturating_add(take));
        rows.drain(..skip.min(rows.len()));
        rows
    }
}

/// Which rows are put in the order of what, and whether that falls.
pub type Sorting = (Part, Subject, bool);

impl InOrder<'_> {
    /// How many entries there are. O(1).
    pub fn len(&self) -> usize {
        match &self.entries {
            Entries::Every(rows) => *rows,
            Entries::List(list) => list.len(),
            Entries::Kept(ordered) => ordered.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places of the entries whose values are within these bounds. O(log n).
    pub fn places(&self, low: &Bound<Value>, high: &Bound<Value>) -> Range<usize> {
        let start = match low {
            Bound::Unbounded => 0,
            Bound::Included(low) => self.partition(|row| self.compared(row, low).is_lt()),
            Bound::Excluded(low) => self.partition(|row| self.compared(row, low).is_le()),
        };
        let end = match high {
            Bound::Unbounded => self.with_value(),
            Bound::Included(high) => self.partition(|row| self.compared(row, high).is_le()),
            Bound::Excluded(high) => self.partition(|row| self.compared(row, high).is_lt()),
        };
        start..end.max(start)
    }

    /// Whether to read so many of these entries is quicker than to look at all: those of an index lie about in the table.
    pub fn is_worth(&self, places: &Range<usize>) -> bool {
        !matches!(self.entries, Entries::Kept(_)) || places.len() <= self.len() / 16
    }

    /// The rows at these places, in order of creation.
    pub fn rows(&self, places: Range<usize>) -> Vec<Row> {
        let mut rows = Vec::new();
        room::reserve(&mut rows, places.len());
        _ = self.each(places, |row| {
            rows.push(row);
            ControlFlow::Continue(())
        });
        if matches!(self.entries, Entries::Kept(_)) {
            rows.sort_unstable();
        }
        rows
    }

    /// So many rows of the order, after `skip` of them. `falls`: with the largest value first; none is last all the same,
    /// and equal ones in the order of their creation. O(log n) and the rows where every entry counts, and O(skip) more
    /// where some do not.
    pub fn slice(&self, skip: usize, take: usize, falls: bool) -> Vec<Row> {
        let mut rows = Vec::new();
        if take == 0 {
            return rows;
        }
        let visit = |row| {
            room::push(&mut rows, row);
            if rows.len() < take { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        _ = if falls { self.fall(skip, visit) } else { self.skip(0..self.len(), &mut { skip }, visit) };
        rows
    }

    /// The places in the order of what is equal to the row at a place, where every entry counts. O(log n).
    pub fn group(&self, place: usize, falls: bool) -> Range<usize> {
        let with_value = self.with_value();
        let entry = if falls && place < with_value { with_value - 1 - place } else { place };
        let Some(row) = self.row(entry) else { return place..place };
        if place >= with_value {
            return with_value..self.len();
        }
        let start = self.start_of_equal(entry + 1);
        let end = self.partition(|other| self.ordered(other, row).is_le());
        if falls { with_value - end..with_value - start } else { start..end }
    }

    /// Visits the rows with the largest value first, but for so many.
    fn fall(&self, mut skip: usize, mut visit: impl FnMut(Row) -> ControlFlow<()>) -> ControlFlow<()> {
        let with_value = self.with_value();
        let mut end = with_value;
        if self.all_count() {
            // To the end of those that are equal to the one at the mirrored place.
            end = match (with_value.checked_sub(skip + 1)).and_then(|place| self.row(place)) {
                Some(row) => self.partition(|other| self.ordered(other, row).is_le()),
                None => 0,
            };
            skip -= with_value - end;
        }
        while end > 0 {
            let start = self.start_of_equal(end);
            self.skip(start..end, &mut skip, &mut visit)?;
            end = start;
        }
        self.skip(with_value..self.len(), &mut skip, visit)
    }

    /// Visits rows at these places, but for the first so many, which are counted down.
    fn skip(
        &self,
        mut places: Range<usize>,
        skip: &mut usize,
        mut visit: impl FnMut(Row) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.all_count() {
            let skipped = (*skip).min(places.len());
            places.start += skipped;
            *skip -= skipped;
        }
        self.each(places, |row| match *skip {
            0 => visit(row),
            _ => {
                *skip -= 1;
                ControlFlow::Continue(())
            }
        })
    }

    /// Visits the rows at these places that count, forwards.
    fn each(&self, places: Range<usize>, mut visit: impl FnMut(Row) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut pace = Pace::default();
        let mut visit = |row: Row| {
            pace.step();
            if self.counts(row) { visit(row) } else { ControlFlow::Continue(()) }
        };
        match &self.entries {
            Entries::Every(_) => (places.start as Row..places.end as Row).try_for_each(visit),
            Entries::List(list) => places.map(|place| list.get(place)).try_for_each(visit),
            Entries::Kept(ordered) => ordered.rows(places).try_for_each(&mut visit),
        }
    }

    /// Where the entries begin whose values are equal to that of the last one before a place.
    fn start_of_equal(&self, end: usize) -> usize {
        let Some(last) = self.row(end - 1) else { return 0 };
        match end.checked_sub(2).and_then(|place| self.row(place)) {
            Some(before) if self.ordered(before, last).is_lt() => end - 1,
            Some(_) => self.partition(|row| self.ordered(row, last).is_lt()),
            None => 0,
        }
    }

    /// How many entries have a value: the first ones.
    fn with_value(&self) -> usize {
        match (&self.entries, self.by) {
            (Entries::Kept(_), Subject::Field(field)) if self.table.column(field).nones().is_some() => {
                self.partition(|row| !self.table.column(field).is_none(row))
            }
            _ => self.len(),
        }
    }

    /// How many entries come before the first for which this does not hold; it holds for none after that. O(log n).
    fn partition(&self, holds: impl Fn(Row) -> bool) -> usize {
        if let Entries::Kept(ordered) = &self.entries {
            return ordered.partition(holds);
        }
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.row(middle).is_some_and(&holds) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    fn row(&self, place: usize) -> Option<Row> {
        match &self.entries {
            Entries::Every(rows) => (place < *rows).then_some(place as Row),
            Entries::List(list) => (place < list.len()).then(|| list.get(place)),
            Entries::Kept(ordered) => ordered.get(place),
        }
    }

    fn counts(&self, row: Row) -> bool {
        match (&self.entries, self.part) {
            (Entries::Kept(_), _) => true,
            (_, Part::All) => self.table.lives(row),
            (_, Part::List { field, parent }) => self.table.refers(field, row, parent),
        }
    }

    /// Whether every entry counts. O(1).
    pub fn all_count(&self) -> bool {
        match (&self.entries, self.part) {
            (Entries::Kept(_), _) => true,
            (_, Part::All) => self.table.len() == self.table.rows(),
            (_, Part::List { field, parent }) => {
                self.table.inverse(field).is_none_or(|inverse| inverse.stale(parent) == 0)
            }
        }
    }

    /// How the values of two rows are ordered.
    fn ordered(&self, one: Row, two: Row) -> Ordering {
        match self.by {
            Subject::Id => one.cmp(&two),
            Subject::Field(field) => self.table.column(field).compared(one, two),
        }
    }

    /// How the value of a row and another are ordered; none is larger than any.
    fn compared(&self, row: Row, value: &Value) -> Ordering {
        match self.by {
            Subject::Id => Value::Int(self.table.id(row) as i64).cmp(value),
            Subject::Field(field) => match self.table.column(field).get(row) {
                Value::None => Ordering::Greater,
                cell => cell.cmp(value),
            },
        }
    }
}
