//! Rows, ids, and the way between them.

/// The number of a row inside its table. Ascending in order of creation; holds until the table is next squeezed.
pub type Row = u32;

/// The id of a row: 1, 2, 3 ... per model, never given twice.
pub type Id = u64;

/// The largest id: ids that come from elsewhere are kept in lists of numbers of so many bits.
pub const LAST_ID: Id = (1 << 57) - 1;

/// In a reference cell: refers to nothing. Also one more than the largest possible row.
pub const NO_ROW: Row = Row::MAX;

/// A model of one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(pub u32);

impl ModelId {
    /// Its place in the store's lists of models and tables.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A reference: the model that belongs, and which of its fields says to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The model whose rows hold the reference.
    pub model: ModelId,
    /// The field that holds it.
    pub field: usize,
}

/// The ids of a table's rows. Rows that survived a squeeze have theirs in a list, ascending; those appended since count
/// on from `next`. Without a squeeze the list is empty and nothing is stored.
#[derive(Debug)]
pub struct Ids {
    listed: Vec<Id>,
    /// The id of the first row that is not listed.
    next: Id,
}

impl Default for Ids {
    fn default() -> Self {
        Ids { listed: Vec::new(), next: 1 }
    }
}

impl Ids {
    /// These ids, ascending, and then those from `next` on.
    pub fn new(listed: Vec<Id>, next: Id) -> Self {
        Ids { listed, next }
    }

    /// The id of a row. O(1).
    pub fn id(&self, row: Row) -> Id {
        let row = row as usize;
        match self.listed.get(row) {
            Some(&id) => id,
            None => self.next + (row - self.listed.len()) as Id,
        }
    }

    /// What each row's id is more than the row, where that is the same for all. O(1).
    pub fn offset(&self) -> Option<Id> {
        self.listed.is_empty().then_some(self.next)
    }

    /// The row an id would have; it may lie beyond the table's end. O(1) for rows younger than the last squeeze, else
    /// O(log n).
    pub fn row(&self, id: Id) -> Option<Row> {
        let row = if id >= self.next {
            (id - self.next).checked_add(self.listed.len() as Id)?
        } else {
            self.listed.binary_search(&id).ok()? as Id
        };
        Row::try_from(row).ok().filter(|&row| row != NO_ROW)
    }

    /// Keeps the ids of these rows of a table of `len`, which are renumbered 0, 1, 2 ...
    pub fn keep(&mut self, rows: impl Iterator<Item = Row>, len: usize) {
        let end = self.id(len as Row);
        let mut listed: Vec<Id> = rows.map(|row| self.id(row)).collect();
        listed.shrink_to_fit();
        *self = Ids { listed, next: end };
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.listed.capacity() * size_of::<Id>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_from_one_and_survive_squeezes() {
        let mut ids = Ids::default();
        assert_eq!((ids.id(0), ids.row(1), ids.row(0)), (1, Some(0), None));
        ids.keep([1, 4].into_iter(), 6);
        assert_eq!((ids.id(0), ids.id(1), ids.id(2)), (2, 5, 7));
        assert_eq!((ids.row(2), ids.row(5), ids.row(7)), (Some(0), Some(1), Some(2)));
        assert_eq!((ids.row(1), ids.row(3), ids.row(6)), (None, None, None));
        ids.keep([1, 2].into_iter(), 3);
        assert_eq!((ids.id(0), ids.id(1), ids.id(2)), (5, 7, 8));
    }

    #[test]
    fn an_id_beyond_all_rows_is_none() {
        assert_eq!(Ids::default().row(Id::MAX), None);
        assert_eq!(Ids::default().row(Id::from(NO_ROW) + 1), None);
    }
}
