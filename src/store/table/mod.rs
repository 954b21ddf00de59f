//! One model's rows. Row by row they come, go and change by what `change` does; [`insert`] appends many of them, [`build`] makes
//! what is derived from the columns again.

pub mod assign;
pub mod blocks;
pub mod build;
mod change;
pub mod insert;
pub mod key;
pub mod line;
pub mod orders;

use std::ops::Range;
use std::sync::atomic::AtomicUsize;

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::id::{Id, Ids, LAST_ID, NO_ROW, Row};
use crate::store::index::inverse::Inverse;
use crate::store::index::orders::Orders;
use crate::store::index::pool::List;
use crate::store::index::unique::Unique;
use crate::store::room;

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
    /// Of the fields with an index.
    orders: Vec<Orders>,
    version: u64,
    /// Entries of lists that were looked at in place of an index still to be built.
    looked_at: AtomicUsize,
}

impl Table {
    /// An empty table with these columns, unique keys, and fields with an index.
    pub fn new(
        columns: Vec<Column>,
        references: &[bool],
        uniques: impl Iterator<Item = Box<[usize]>>,
        indexed: &[usize],
    ) -> Self {
        let mut table = Table::default();
        table.define(columns, references, uniques, indexed);
        table
    }

    fn define(
        &mut self,
        columns: Vec<Column>,
        references: &[bool],
        uniques: impl Iterator<Item = Box<[usize]>>,
        indexed: &[usize],
    ) {
        self.columns = columns;
        self.orders = indexed.iter().map(|&field| Orders::new(field)).collect();
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
        match self.run() {
            Some(run) => room::collected(run),
            None => room::collected_with(self.len, self.live()),
        }
    }

    /// The [`live`](Self::live) rows, where no dead one is among them. O(1).
    pub fn run(&self) -> Option<Range<Row>> {
        (self.len == self.rows()).then_some(0..self.len as Row)
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

    /// Replaces the columns, unique keys and fields with an index, for a model that is redefined. Rows and ids stay.
    pub fn redefine(
        &mut self,
        change: impl FnOnce(Vec<Column>) -> (Vec<Column>, Vec<bool>),
        uniques: Vec<Box<[usize]>>,
        indexed: &[usize],
    ) {
        let (columns, references) = change(std::mem::take(&mut self.columns));
        self.define(columns, &references, uniques.into_iter(), indexed);
    }

    /// Gives back what the heap holds beyond the rows. Each part is made aside first.
    pub fn shrink(&mut self) {
        self.forget_orders();
        self.columns.iter_mut().for_each(Column::shrink);
        self.inverses.iter_mut().flatten().for_each(Inverse::shrink);
        self.uniques.iter_mut().for_each(|unique| unique.shrink(&self.columns));
    }

    /// Bytes on the heap of the rows themselves: columns, ids, liveness.
    pub fn bytes(&self) -> usize {
        self.ids.bytes() + self.live.bytes() + self.columns.iter().map(Column::bytes).sum::<usize>()
    }
}
