//! One model's rows. [`insert`] appends many of them, [`build`] makes what is derived from the columns again.

pub mod assign;
pub mod blocks;
pub mod build;
pub mod insert;
pub mod key;
pub mod line;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicUsize;

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::parents::number;
use crate::store::id::{Id, Ids, LAST_ID, NO_ROW, Row};
use crate::store::index::inverse::Inverse;
use crate::store::index::pool::List;
use crate::store::index::unique::{Unique, Vacant};
use crate::store::room;
use crate::store::stop;
use crate::store::value::Value;

/// The rows of one model: their cells, which of them live, and what is derived from the two.
///
/// Rows are appended and never reused, so row order is the order of creation. A row that left keeps its cells until the
/// table is squeezed: undoing a delete needs nothing but the row's number.
#[derive(Debug, Default)]
pub struct Table {
    ids: Ids,
    live: Bits,
    len: usize,
    columns: Vec<Column>,
    /// By field; `Some` for references.
    inverses: Vec<Option<Inverse>>,
    /// By field: the other reference of a join model, if this is one of the two.
    mates: Vec<Option<usize>>,
    uniques: Vec<Unique>,
    version: u64,
    /// Entries of lists that were looked at in place of an index still to be built.
    looked_at: AtomicUsize,
}

impl Table {
    /// An empty table with these columns and unique keys.
    pub fn new(columns: Vec<Column>, references: &[bool], uniques: impl Iterator<Item = Box<[usize]>>) -> Self {
        let mut table = Table::default();
        table.define(columns, references, uniques);
        table
    }

    fn define(&mut self, columns: Vec<Column>, references: &[bool], uniques: impl Iterator<Item = Box<[usize]>>) {
        self.columns = columns;
        self.inverses = references.iter().map(|&is| is.then(Inverse::default)).collect();
        self.uniques = uniques.map(Unique::new).collect();
        // The two of a unique pair, or the only two there are.
        let all: Vec<usize> = (0..references.len()).filter(|&field| references[field]).collect();
        let keys = self.uniques.iter().map(|unique| &*unique.fields).chain([&*all]);
        let pair = keys.filter(|key| key.iter().all(|&field| references[field])).find(|key| key.len() == 2);
        self.mates = vec![None; references.len()];
        if let Some(&[one, two]) = pair {
            (self.mates[one], self.mates[two]) = (Some(two), Some(one));
        }
    }

    /// How many rows live. O(1).
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none lives.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many rows there are, dead ones included.
    pub fn rows(&self) -> usize {
        self.live.len()
    }

    /// Changes whenever rows left, came back or were renumbered: a list of live rows holds as long as this does.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether a row lives. O(1).
    pub fn lives(&self, row: Row) -> bool {
        self.live.get(row as usize)
    }

    /// The live rows, in order of creation.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = Row> + Clone + '_ {
        self.live.ones_iter()
    }

    /// The [`live`](Self::live) rows as a list. O(rows).
    pub fn live_rows(&self) -> Vec<Row> {
        if self.len == self.rows() {
            return room::collected(0..self.len as Row);
        }
        room::collected_with(self.len, self.live())
    }

    /// The id of a row. O(1).
    pub fn id(&self, row: Row) -> Id {
        self.ids.id(row)
    }

    /// Which rows live.
    pub fn live_bits(&self) -> &Bits {
        &self.live
    }

    /// The first row whose id is not less than this one, live or not; it may lie beyond the end. O(log n).
    pub fn first_from(&self, id: Id) -> Row {
        self.ids.first_from(id)
    }

    /// The live row with an id. O(1) for rows younger than the last squeeze, else O(log n).
    pub fn find(&self, id: Id) -> Option<Row> {
        self.ids.row(id).filter(|&row| self.lives(row))
    }

    /// The column of a field.
    pub fn column(&self, field: usize) -> &Column {
        &self.columns[field]
    }

    /// All columns, by field.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The unique indexes, in the order of their declaration.
    pub fn uniques(&self) -> &[Unique] {
        &self.uniques
    }

    /// The inverse of a reference; `None` for other fields.
    pub fn inverse(&self, field: usize) -> Option<&Inverse> {
        self.inverses[field].as_ref()
    }

    /// The other reference of a join model, whose cells long lists of this one keep.
    pub fn mate(&self, field: usize) -> Option<usize> {
        self.mates[field]
    }

    /// Whether a row lives and refers to this parent: the truth behind every inverse.
    pub fn refers(&self, field: usize, row: Row, parent: Row) -> bool {
        self.lives(row) && self.columns[field].parent(row) == parent
    }

    /// How many rows refer to a parent. O(1).
    pub fn count(&self, field: usize, parent: Row) -> usize {
        self.inverses[field].as_ref().map_or(0, |inverse| inverse.len(parent))
    }

    /// How many entries reading a parent's children looks at: those that do not count any more, too. O(1).
    pub fn entries(&self, field: usize, parent: Row) -> usize {
        self.inverses[field].as_ref().map_or(0, |inverse| inverse.entries(parent).len())
    }

    /// The rows that refer to a parent, in order of creation.
    pub fn children(&self, field: usize, parent: Row) -> impl DoubleEndedIterator<Item = Row> + '_ {
        let (entries, clean) = match &self.inverses[field] {
            Some(inverse) => (inverse.entries(parent), inverse.stale(parent) == 0),
            None => (List::empty(), true),
        };
        entries.iter().filter(move |&row| clean || self.refers(field, row, parent))
    }

    /// The cells of another reference, `mate`, of the rows that refer to a parent, in order of creation: from beside
    /// the list where they are kept, else from the column.
    pub fn ends(&self, field: usize, mate: usize, parent: Row) -> impl Iterator<Item = u64> + '_ {
        let inverse = self.inverses[field].as_ref();
        let (entries, clean) =
            inverse.map_or((List::empty(), true), |inverse| (inverse.entries(parent), inverse.stale(parent) == 0));
        let kept =
            inverse.filter(|_| clean && self.mates[field] == Some(mate)).and_then(|inverse| inverse.ends(parent));
        let from_list = if kept.is_none() { entries } else { List::empty() };
        let mates = self.columns[mate].parents();
        let rows = from_list.iter().filter(move |&row| clean || self.refers(field, row, parent));
        kept.into_iter().flat_map(|ends| ends.iter(0..ends.len())).chain(rows.map(move |row| mates.cell(row)))
    }

    /// The [`ends`](Self::ends) of the rows at these places of the list only; places of rows that do not count are passed over.
    pub fn ends_at(
        &self,
        field: usize,
        mate: usize,
        parent: Row,
        places: impl Iterator<Item = usize>,
    ) -> impl Iterator<Item = u64> {
        let entries = self.inverses[field].as_ref().map_or(List::empty(), |inverse| inverse.entries(parent));
        let mates = self.columns[mate].parents();
        let rows = places.take_while(move |&place| place < entries.len()).map(move |place| entries.get(place));
        rows.filter(move |&row| self.refers(field, row, parent)).map(move |row| mates.cell(row))
    }

    /// How many more rows the table can number: 2^32 - 2 in all, and up to the last id.
    pub fn room(&self) -> usize {
        let ids = (LAST_ID + 1).saturating_sub(self.next_id());
        (NO_ROW as usize - 1 - self.live.len()).min(usize::try_from(ids).unwrap_or(usize::MAX))
    }

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
    fn make_room(&mut self, row: Row) {
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
    fn or_undo<T>(&mut self, work: impl FnOnce(&mut Self) -> T, undo: impl FnOnce(&mut Self)) -> T {
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
    fn move_cell(&mut self, row: Row, field: usize, value: &Value, due: &mut impl FnMut(usize, Row)) -> Value<'static> {
        let old = self.columns[field].get(row).into_owned();
        self.columns[field].set(row, value);
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

    fn make_room_in_inverses(&mut self, row: Row, field: usize, value: &Value) {
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

    /// Gives back the bytes of overwritten text.
    pub fn tidy_text(&mut self, field: usize) {
        self.columns[field].tidy();
    }

    /// Comes in place of another table: lists of rows that were read from that one do not hold.
    pub fn succeed(&mut self, before: &Table) {
        self.version = before.version + 1;
    }

    /// The id of the next row.
    pub fn next_id(&self) -> Id {
        self.ids.id(self.rows() as Row)
    }

    /// Replaces the columns and unique keys, for a model that is redefined. Rows and ids stay.
    pub fn redefine(
        &mut self,
        change: impl FnOnce(Vec<Column>) -> (Vec<Column>, Vec<bool>),
        uniques: Vec<Box<[usize]>>,
    ) {
        let (columns, references) = change(std::mem::take(&mut self.columns));
        self.define(columns, &references, uniques.into_iter());
    }

    /// Gives back what the heap holds beyond the rows. Each part is made aside first.
    pub fn shrink(&mut self) {
        self.columns.iter_mut().for_each(Column::shrink);
        self.inverses.iter_mut().flatten().for_each(Inverse::shrink);
        self.uniques.iter_mut().for_each(|unique| unique.shrink(&self.columns));
    }

    /// Bytes on the heap of the rows themselves: columns, ids, liveness.
    pub fn bytes(&self) -> usize {
        self.ids.bytes() + self.live.bytes() + self.columns.iter().map(Column::bytes).sum::<usize>()
    }
}
