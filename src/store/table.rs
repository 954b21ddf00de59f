//! One model's rows.

use std::ops::Range;

use super::bits::Bits;
use super::column::{self, Column};
use super::id::{Id, Ids, NO_ROW, Row};
use super::inverse::Inverse;
use super::parallel::{Scratch, in_parallel};
use super::pool::List;
use super::unique::Unique;
use super::value::Value;

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
}

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

    /// The same as a list. O(rows).
    pub fn live_rows(&self) -> Vec<Row> {
        if self.len == self.rows() {
            return (0..self.len as Row).collect();
        }
        let mut rows = Vec::with_capacity(self.len);
        rows.extend(self.live());
        rows
    }

    /// The id of a row. O(1).
    pub fn id(&self, row: Row) -> Id {
        self.ids.id(row)
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

    /// The same of the rows at these places of the list only; places of rows that do not count are passed over.
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

    /// How many more rows the table can number: 2^32 - 2 in all.
    pub fn room(&self) -> usize {
        NO_ROW as usize - 1 - self.live.len()
    }

    /// Appends a row that does not live yet.
    pub fn append(&mut self, values: &[Value]) -> Row {
        let row = self.live.len() as Row;
        self.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        self.live.push(false);
        row
    }

    /// The row just appended lives from now on, with the cells it has. O(indexes).
    pub fn enter(&mut self, row: Row) {
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
        self.uniques.iter_mut().for_each(|unique| unique.enter(&self.columns, row));
    }

    /// A row that left lives again. O(indexes), times O(log n) for its entries in the inverses.
    pub fn restore(&mut self, row: Row) {
        self.version += 1;
        self.enter(row);
    }

    /// A row lives no longer; its cells stay. O(indexes). `due` is told each list that should be tidied: field and
    /// parent.
    pub fn leave(&mut self, row: Row, mut due: impl FnMut(usize, Row)) {
        self.live.set(row as usize, false);
        self.len -= 1;
        self.version += 1;
        for (field, inverse) in self.inverses.iter_mut().enumerate() {
            if let Some(inverse) = inverse {
                let parent = self.columns[field].parent(row);
                if parent != NO_ROW && inverse.leave(parent) {
                    due(field, parent);
                }
            }
        }
        self.uniques.iter_mut().for_each(|unique| unique.leave(&self.columns, row));
    }

    /// Gives a cell of a live row another value and returns the one it had. `due` as in [`leave`](Self::leave).
    pub fn assign(&mut self, row: Row, field: usize, value: &Value, mut due: impl FnMut(usize, Row)) -> Value<'static> {
        let keyed = |unique: &&mut Unique| unique.fields.contains(&field);
        self.uniques.iter_mut().filter(keyed).for_each(|unique| unique.leave(&self.columns, row));
        let old = self.columns[field].get(row).into_owned();
        self.columns[field].set(row, value);
        if let Some(inverse) = &mut self.inverses[field] {
            if let Value::Row(parent) = old
                && inverse.leave(parent)
            {
                due(field, parent);
            }
            if let Value::Row(parent) = *value {
                inverse.enter(parent, row, self.mates[field].map(|mate| self.columns[mate].parents()));
            }
        }
        if let Some(mate) = self.mates[field]
            && let Some(inverse) = &mut self.inverses[mate]
        {
            inverse.set_end(self.columns[mate].parent(row), row, self.columns[field].parents().cell(row));
        }
        self.uniques.iter_mut().filter(keyed).for_each(|unique| unique.enter(&self.columns, row));
        old
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

    /// Drops dead rows and renumbers the living. Returns the new number of each old row (`NO_ROW` for the dead), by
    /// which whoever refers to these rows must be renumbered. O(rows).
    pub fn squeeze(&mut self) -> Vec<Row> {
        let mut new = vec![NO_ROW; self.live.len()];
        self.live.ones_iter().zip(0..).for_each(|(row, number)| new[row as usize] = number);
        for column in &mut self.columns {
            column.keep(0, self.live.ones_iter());
        }
        self.ids.keep(self.live.ones_iter(), self.live.len());
        self.live = Bits::ones(self.len);
        self.version += 1;
        new
    }

    /// Numbers the rows of an empty table, the first by these ids, the others up to `next`, and says which of them
    /// live. Their cells come with [`fill`](Self::fill).
    pub fn load(&mut self, ids: Vec<Id>, next: Id, live: Bits) {
        let unlisted = live.len() - ids.len();
        self.ids = Ids::new(ids, next - unlisted as Id);
        self.len = live.count();
        self.live = live;
    }

    /// The cells of the rows, by field; of required fields all have a value. Returns duplicates as
    /// [`rebuild`](Self::rebuild) does.
    pub fn fill(&mut self, columns: Vec<Column>) -> Vec<Vec<(Row, Row)>> {
        self.columns.iter_mut().zip(columns).for_each(|(column, cells)| column.append(cells));
        self.rebuild()
    }

    /// Comes in place of another table: lists of rows that were read from that one do not hold.
    pub fn succeed(&mut self, before: &Table) {
        self.version = before.version + 1;
    }

    /// The id of the next row.
    pub fn next_id(&self) -> Id {
        self.ids.id(self.rows() as Row)
    }

    /// Builds everything derived anew from the columns and tells, for each unique index, of rows that have the key of
    /// another before them: (that, they). O(rows).
    pub fn rebuild(&mut self) -> Vec<Vec<(Row, Row)>> {
        match self.len == self.rows() {
            true => self.derive(0..self.len as Row),
            false => self.derive(self.live.clone().ones_iter()),
        }
    }

    fn derive(&mut self, rows: impl Iterator<Item = Row> + Clone + Send + Sync) -> Vec<Vec<(Row, Row)>> {
        enum Index<'a> {
            Inverse(usize, &'a mut Inverse),
            Unique(&'a mut Unique),
        }
        let (columns, mates) = (&self.columns, &self.mates);
        let inverses = self.inverses.iter_mut().enumerate();
        let inverses = inverses.filter_map(|(field, inverse)| Some(Index::Inverse(field, inverse.as_mut()?)));
        // The longest work first.
        let indexes = self.uniques.iter_mut().map(Index::Unique).chain(inverses);
        let mut duplicates = in_parallel(self.len, indexes, |index, scratch| {
            let mut duplicates = Vec::new();
            match index {
                Index::Inverse(field, inverse) => {
                    let mates = mates[field].map(|mate| columns[mate].parents());
                    *inverse = Inverse::build(columns[field].parents(), mates, rows.clone(), scratch);
                }
                Index::Unique(unique) => {
                    unique.build(columns, rows.clone(), scratch, |one, two| duplicates.push((one, two)))
                }
            }
            duplicates
        });
        duplicates.truncate(self.uniques.len());
        duplicates
    }

    /// Appends rows and enters them. On a conflict that is not to be skipped the table is as it was. O(rows), times
    /// what an entry costs; where the rows are an eighth of the table or more everything derived is built anew.
    pub fn insert(
        &mut self,
        columns: Vec<Column>,
        count: usize,
        on_conflict: OnConflict,
    ) -> Result<Range<Row>, Conflict> {
        let first = self.rows();
        self.columns.iter_mut().zip(columns).for_each(|(column, cells)| column.append(cells));
        self.live.extend(count, false);
        let few = count < 1024 || count < self.rows() / 8;
        match few || self.uniques.len() > 1 && on_conflict == OnConflict::Skip {
            true => self.insert_few(first, on_conflict)?,
            false => self.insert_many(first, on_conflict)?,
        }
        Ok(first as Row..self.rows() as Row)
    }

    /// Enters the appended rows one by one.
    fn insert_few(&mut self, first: usize, on_conflict: OnConflict) -> Result<(), Conflict> {
        let mut entered: Vec<Row> = Vec::with_capacity(self.rows() - first);
        let mut refused = None;
        for row in first as Row..self.rows() as Row {
            let duplicate = |(at, unique): (usize, &Unique)| Some((at, unique.find_like(&self.columns, row)?));
            match (self.uniques.iter().enumerate().find_map(duplicate), on_conflict) {
                (None, _) => {
                    self.uniques.iter_mut().for_each(|unique| unique.enter(&self.columns, row));
                    entered.push(row);
                }
                (Some(_), OnConflict::Skip) => {}
                (Some((unique, other)), OnConflict::Refuse) => {
                    refused = Some(self.conflict(first, unique, other, row));
                    break;
                }
            }
        }
        let whole = entered.len() == self.rows() - first;
        if !whole {
            for unique in &mut self.uniques {
                entered.iter().for_each(|&row| unique.leave(&self.columns, row));
            }
        }
        if let Some(conflict) = refused {
            self.truncate(first);
            return Err(conflict);
        }
        if !whole {
            self.keep_appended(first, entered.into_iter());
        }
        let rows = first as Row..self.rows() as Row;
        self.set_live(rows.clone());
        for ((column, inverse), mate) in self.columns.iter().zip(&mut self.inverses).zip(&self.mates) {
            if let Some(inverse) = inverse {
                let mates = mate.map(|mate| self.columns[mate].parents());
                let entries = rows.clone().map(|row| (column.parent(row), row)).filter(|&(parent, _)| parent != NO_ROW);
                entries.for_each(|(parent, row)| inverse.enter(parent, row, mates));
            }
        }
        if !whole {
            for unique in &mut self.uniques {
                rows.clone().for_each(|row| unique.enter(&self.columns, row));
            }
        }
        Ok(())
    }

    /// Enters the appended rows by building everything derived anew. Where rows may be skipped there is one unique
    /// index at most: with several, whether a row is skipped depends on which others are.
    fn insert_many(&mut self, first: usize, on_conflict: OnConflict) -> Result<(), Conflict> {
        self.set_live(first as Row..self.rows() as Row);
        let duplicates = self.rebuild();
        let each =
            duplicates.iter().enumerate().flat_map(|(at, rows)| rows.iter().map(move |&(one, two)| (at, one, two)));
        let Some((unique, other, row)) = each.min_by_key(|&(_, _, row)| row) else { return Ok(()) };
        if on_conflict == OnConflict::Refuse {
            let conflict = self.conflict(first, unique, other, row);
            self.truncate(first);
            self.rebuild();
            return Err(conflict);
        }
        let mut kept = Bits::ones(self.rows());
        duplicates.iter().flatten().for_each(|&(_, row)| _ = kept.set(row as usize, false));
        kept.fill(0..first, false);
        self.live.fill(first..self.rows(), false);
        self.len -= self.rows() - first;
        self.keep_appended(first, kept.ones_iter());
        self.set_live(first as Row..self.rows() as Row);
        self.rebuild();
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
    fn truncate(&mut self, rows: usize) {
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

    /// The model a reference points to was squeezed.
    pub fn renumber(&mut self, field: usize, new: &[Row]) {
        self.columns[field].renumber(new);
        if let Some(inverse) = &mut self.inverses[field] {
            let kept = (0..new.len() as Row).filter(|&row| new[row as usize] != NO_ROW);
            inverse.keep_parents(kept);
        }
        if let Some(mate) = self.mates[field]
            && let Some(inverse) = &mut self.inverses[mate]
        {
            inverse.renumber_ends(|cell| column::renumbered(cell, new));
        }
        for unique in self.uniques.iter_mut().filter(|unique| unique.fields.contains(&field)) {
            unique.build(&self.columns, self.live.ones_iter(), &mut Scratch::new(), |_, _| ());
        }
    }

    /// Replaces the columns and unique keys, for a model that is defined anew. Rows and ids stay.
    pub fn redefine(
        &mut self,
        change: impl FnOnce(Vec<Column>) -> (Vec<Column>, Vec<bool>),
        uniques: Vec<Box<[usize]>>,
    ) {
        let (columns, references) = change(std::mem::take(&mut self.columns));
        self.define(columns, &references, uniques.into_iter());
    }

    /// Gives back what the heap holds beyond the rows.
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
