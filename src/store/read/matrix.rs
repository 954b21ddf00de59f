//! A join model as a sparse matrix: one of its references says the row, another the column.

use crate::store::Store;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::room;
use crate::store::stop::Pace;
use crate::store::table::Table;
use crate::store::value::Value;

/// A matrix of compressed rows. A row's entries ascend by column, and each column is there once.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Where each row's entries begin, and then where the last one's end.
    pub starts: Vec<usize>,
    /// The column of each entry.
    pub columns: Vec<u32>,
    /// The entries.
    pub entries: Vec<f64>,
}

/// A reference by its field, and the model that it refers to.
pub type Axis = (usize, ModelId);

impl Store {
    /// For each live row of the model that `rows` refers to, and each of the one that `columns` refers to, both in
    /// order of creation: how many join rows are between them, or the sum of their `values`, a field of numbers. Join
    /// rows without one of the two are left out. O(rows of all three models), times O(log n) for the n join rows of
    /// one row.
    pub fn matrix(&self, join: ModelId, rows: Axis, columns: Axis, values: Option<usize>) -> Matrix {
        match values {
            Some(field) => self.weighed(join, rows, columns, self.numbers(join, field)),
            None => self.weighed(join, rows, columns, |_| 1.0),
        }
    }

    /// What a field of numbers holds in a row: 1 and 0 for true and false, 0 for none.
    fn numbers(&self, model: ModelId, field: usize) -> impl Fn(Row) -> f64 + '_ {
        let column = self.table(model).column(field);
        move |row| match column.get(row) {
            Value::Int(number) => number as f64,
            Value::Float(number) => number,
            Value::Bool(true) => 1.0,
            _ => 0.0,
        }
    }

    fn weighed(&self, join: ModelId, rows: Axis, columns: Axis, weight: impl Fn(Row) -> f64) -> Matrix {
        let (table, owners, places) = (self.table(join), self.table(rows.1), Places::of(self.table(columns.1)));
        let parents = table.column(columns.0).parents();
        let mut matrix = Matrix::with_capacity(owners.len(), table.len());
        let (mut children, mut links): (Vec<Row>, Vec<u64>) = (Vec::new(), Vec::new());
        let mut pace = Pace::default();
        for owner in owners.live() {
            children.clear();
            room::reserve(&mut children, table.entries(rows.0, owner));
            table.children(rows.0, owner).for_each(|child| {
                pace.step();
                children.push(child);
            });
            links.clear();
            room::reserve(&mut links, children.len());
            // Cells all over the column: a loop of nothing else has many of them on their way from memory at once.
            links.extend(children.iter().map(|&child| u64::from(parents.of(child)) << 32 | u64::from(child)));
            links.sort_unstable();
            matrix.push(&links, &places, &weight);
        }
        matrix
    }
}

impl Matrix {
    fn with_capacity(rows: usize, entries: usize) -> Self {
        let mut matrix = Matrix { starts: Vec::new(), columns: Vec::new(), entries: Vec::new() };
        room::reserve(&mut matrix.starts, rows + 1);
        room::reserve(&mut matrix.columns, entries);
        room::reserve(&mut matrix.entries, entries);
        matrix.starts.push(0);
        matrix
    }

    /// Appends a row of these links, which ascend: the row of the column's record in the upper half, the join row in
    /// the lower.
    fn push(&mut self, links: &[u64], places: &Places, weight: impl Fn(Row) -> f64) {
        let links = links.iter().map(|&link| ((link >> 32) as Row, link as Row));
        let mut last = NO_ROW;
        // Where there is no parent that is the largest number, and last.
        for (parent, join) in links.take_while(|&(parent, _)| parent != NO_ROW) {
            match self.entries.last_mut() {
                Some(entry) if parent == last => *entry += weight(join),
                _ => {
                    self.columns.push(places.place(parent));
                    self.entries.push(weight(join));
                    last = parent;
                }
            }
        }
        self.starts.push(self.columns.len());
    }
}

/// How many live rows come before each; nothing where every row lives, and its number is its place.
struct Places(Option<Vec<u32>>);

impl Places {
    fn of(table: &Table) -> Self {
        Places((table.len() < table.rows()).then(|| {
            let mut places = room::filled(0, table.rows());
            table.live().zip(0..).for_each(|(row, place)| places[row as usize] = place);
            places
        }))
    }

    fn place(&self, row: Row) -> u32 {
        self.0.as_ref().map_or(row, |places| places[row as usize])
    }
}
