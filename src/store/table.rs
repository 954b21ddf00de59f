//! One model's rows.

use super::bits::Bits;
use super::column::Column;
use super::id::{Id, Ids, NO_ROW, Row};
use super::inverse::Inverse;
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
    uniques: Vec<Unique>,
    version: u64,
}

impl Table {
    /// An empty table with these columns and unique keys.
    pub fn new(columns: Vec<Column>, references: &[bool], uniques: impl Iterator<Item = Box<[usize]>>) -> Self {
        let inverses = references.iter().map(|&is| is.then(Inverse::default)).collect();
        Table { columns, inverses, uniques: uniques.map(Unique::new).collect(), ..Table::default() }
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

    /// Whether a row lives and refers to this parent: the truth behind every inverse.
    pub fn refers(&self, field: usize, row: Row, parent: Row) -> bool {
        self.lives(row) && self.columns[field].rows()[row as usize] == parent
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
            None => (&[][..], true),
        };
        entries.iter().copied().filter(move |&row| clean || self.refers(field, row, parent))
    }

    /// The same as a slice, where no entry is stale.
    pub fn children_slice(&self, field: usize, parent: Row) -> Option<&[Row]> {
        let inverse = self.inverses[field].as_ref()?;
        (inverse.stale(parent) == 0).then(|| inverse.entries(parent))
    }

    /// Whether the table cannot number another row.
    pub fn is_full(&self) -> bool {
        self.live.len() >= NO_ROW as usize
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
        for (column, inverse) in self.columns.iter().zip(&mut self.inverses) {
            if let Some(inverse) = inverse
                && column.rows()[row as usize] != NO_ROW
            {
                inverse.enter(column.rows()[row as usize], row);
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
                let parent = self.columns[field].rows()[row as usize];
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
                inverse.enter(parent, row);
            }
        }
        self.uniques.iter_mut().filter(keyed).for_each(|unique| unique.enter(&self.columns, row));
        old
    }

    /// Drops the stale entries of a list if they are many.
    pub fn tidy_list(&mut self, field: usize, parent: Row) {
        if let Some(inverse) = &mut self.inverses[field] {
            let column = self.columns[field].rows();
            inverse.tidy(parent, |row| self.live.get(row as usize) && column[row as usize] == parent);
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
            column.keep(self.live.ones_iter());
        }
        self.ids.keep(self.live.ones_iter(), self.live.len());
        self.live = Bits::ones(self.len);
        self.version += 1;
        new
    }

    /// Builds everything derived anew from the columns; fails with the first two rows that share a unique key. O(rows).
    pub fn rebuild(&mut self) -> Result<(), (usize, Row, Row)> {
        for (column, inverse) in self.columns.iter().zip(&mut self.inverses) {
            if let Some(inverse) = inverse {
                *inverse = Inverse::build(column.rows(), self.live.ones_iter());
            }
        }
        for (at, unique) in self.uniques.iter_mut().enumerate() {
            *unique = Unique::new(unique.fields.clone());
            unique.build(&self.columns, self.live.ones_iter()).map_err(|(one, two)| (at, one, two))?;
        }
        Ok(())
    }

    /// The model a reference points to was squeezed.
    pub fn renumber(&mut self, field: usize, new: &[Row]) {
        self.columns[field].renumber(new);
        if let Some(inverse) = &mut self.inverses[field] {
            let kept = (0..new.len() as Row).filter(|&row| new[row as usize] != NO_ROW);
            inverse.keep_parents(kept);
        }
        for unique in self.uniques.iter_mut().filter(|unique| unique.fields.contains(&field)) {
            *unique = Unique::new(unique.fields.clone());
            self.live.ones_iter().for_each(|row| unique.enter(&self.columns, row));
        }
    }

    /// Replaces the columns and unique keys, for a model that is defined anew. Rows and ids stay.
    pub fn redefine(
        &mut self,
        change: impl FnOnce(Vec<Column>) -> (Vec<Column>, Vec<bool>),
        uniques: Vec<Box<[usize]>>,
    ) {
        let (columns, references) = change(std::mem::take(&mut self.columns));
        self.columns = columns;
        self.inverses = references.iter().map(|&is| is.then(Inverse::default)).collect();
        self.uniques = uniques.into_iter().map(Unique::new).collect();
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
