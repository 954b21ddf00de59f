//! Rows, ids, and the way between them.

use crate::store::room;
use crate::store::stop::looking;

/// The number of a row inside its table. Ascending in order of creation; holds until the table is next squeezed.
pub type Row = u32;

/// The id of a row: 1, 2, 3 ... per model, never given twice.
pub type Id = u64;

/// The largest id: what SQLite and NumPy hold. The next id of a model may be one more.
pub const LAST_ID: Id = (1 << 63) - 1;

/// What stands for a number that is no id, among ids to which a reference may lead: nothing, for 0 means no reference
/// there. Of the smallest number there is none.
pub fn lost_id(number: i64) -> Option<Id> {
    match number {
        0 => Some(LAST_ID + 1),
        i64::MIN => None,
        number => Some(number as Id),
    }
}

/// The number that was given as an id.
pub fn given_as(id: Id) -> i64 {
    if id == LAST_ID + 1 { 0 } else { id as i64 }
}

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

/// The ids of a table's rows, ascending: a list of those of the first rows, then runs of ids that count on. The last run is
/// open: the rows that are still to come count on from it. A table whose rows were numbered one after the other has one
/// run and no list.
#[derive(Debug)]
pub struct Ids {
    listed: Vec<Id>,
    /// Those before the open one.
    runs: Vec<Run>,
    open: Run,
}

/// Rows whose ids count on, up to the next run.
#[derive(Clone, Copy, Debug)]
struct Run {
    row: Row,
    id: Id,
}

/// Runs are written out as a list where they are more than a sixteenth of their rows: 8 bytes a row are less than the
/// searches then. But so few are never too many.
const FEW_ROWS_A_RUN: usize = 16;
const FEW_RUNS: usize = 16;

impl Default for Ids {
    fn default() -> Self {
        Ids { listed: Vec::new(), runs: Vec::new(), open: Run { row: 0, id: 1 } }
    }
}

impl Ids {
    /// These ids, ascending, and then those from `next` on. O(ids).
    pub fn new(listed: Vec<Id>, next: Id) -> Self {
        let end = listed.len();
        let steps = listed.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
        let count = steps + 2;
        if count > FEW_RUNS && count > end / FEW_ROWS_A_RUN {
            return Ids { listed, runs: Vec::new(), open: Run { row: end as Row, id: next } };
        }
        let mut ids = Ids::default();
        room::reserve(&mut ids.runs, count);
        (0..).zip(&listed).for_each(|(row, &id)| ids.count_on(row, id));
        ids.count_on(end as Row, next);
        ids
    }

    /// The id of a row. O(1) in the list and the open run, else O(log runs).
    pub fn id(&self, row: Row) -> Id {
        let run = match (row >= self.open.row, self.listed.get(row as usize)) {
            (true, _) => self.open,
            (false, Some(&id)) => return id,
            (false, None) => self.runs[self.runs.partition_point(|run| run.row <= row).saturating_sub(1)],
        };
        run.id + Id::from(row - run.row)
    }

    /// The row an id would have; it may lie beyond the table's end. O(1) in the open run, else O(log n).
    pub fn row(&self, id: Id) -> Option<Row> {
        let open = self.open;
        if id >= open.id {
            let row = (id - open.id).checked_add(open.row.into())?;
            return Row::try_from(row).ok().filter(|&row| row != NO_ROW);
        }
        match self.runs.partition_point(|run| run.id <= id) {
            0 => self.listed.binary_search(&id).ok().map(|row| row as Row),
            after => {
                let (run, next) = (self.runs[after - 1], self.runs.get(after).unwrap_or(&open));
                let row = id - run.id + Id::from(run.row);
                (row < next.row.into()).then_some(row as Row)
            }
        }
    }

    /// The first row whose id is not less; it may lie beyond the table's end. Costs as [`row`](Self::row).
    pub fn first_from(&self, id: Id) -> Row {
        let open = self.open;
        if id >= open.id {
            return Row::try_from((id - open.id).saturating_add(open.row.into())).unwrap_or(NO_ROW);
        }
        match self.runs.partition_point(|run| run.id <= id) {
            0 => self.listed.partition_point(|&listed| listed < id) as Row,
            after => {
                let (run, next) = (self.runs[after - 1], self.runs.get(after).unwrap_or(&open));
                (id - run.id + Id::from(run.row)).min(next.row.into()) as Row
            }
        }
    }

    /// What each row's id is more than the row, where that is the same for all. O(1).
    pub fn offset(&self) -> Option<Id> {
        (self.listed.is_empty() && self.runs.is_empty()).then(|| self.open.id - Id::from(self.open.row))
    }

    /// Makes room for so many given ids: [`give`](Self::give) will not ask for memory.
    pub fn make_room(&mut self, given: &[Id]) {
        let mut next = self.open.id;
        let mut runs = 1;
        for &id in given {
            runs += usize::from(id != next);
            next = id + 1;
        }
        let runs = self.runs.len() + runs;
        room::reserve(&mut self.runs, runs + runs / 8);
    }

    /// The rows from this one on, the youngest, have these ids, which ascend from the next one on.
    pub fn give(&mut self, first: Row, given: &[Id]) {
        (first..).zip(given).for_each(|(row, &id)| self.count_on(row, id));
        let rows = first as usize + given.len() - self.listed.len();
        if self.runs.len() > 64 && self.runs.len() > rows / FEW_ROWS_A_RUN {
            room::if_any(|| self.write_out(first as usize + given.len()));
        }
    }

    /// Begins a run, unless the id is what counting on gives.
    fn count_on(&mut self, row: Row, id: Id) {
        let open = self.open;
        if open.id + Id::from(row - open.row) == id {
            return;
        }
        if open.row < row {
            self.runs.push(open);
        }
        self.open = Run { row, id };
    }

    /// Lists the ids of all rows of a table of `len`.
    fn write_out(&mut self, len: usize) {
        let mut listed = Vec::new();
        room::reserve(&mut listed, len + len / 8);
        listed.extend(looking(0..len as Row).map(|row| self.id(row)));
        let open = Run { row: len as Row, id: self.id(len as Row) };
        *self = Ids { listed, runs: Vec::new(), open };
    }

    /// Keeps the ids of these rows of a table of `len`, which are renumbered 0, 1, 2 ...
    pub fn keep(&mut self, rows: impl Iterator<Item = Row>, len: usize) {
        let end = self.id(len as Row);
        let mut listed: Vec<Id> = rows.map(|row| self.id(row)).collect();
        listed.shrink_to_fit();
        *self = Ids::new(listed, end);
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.listed.capacity() * size_of::<Id>() + self.runs.capacity() * size_of::<Run>()
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
    fn gaps_cost_a_run_each_and_many_of_them_a_list() {
        let mut ids = Ids::default();
        let mut all: Vec<Id> = (1..=1000).collect();
        for gap in 0..200 {
            let from = all[all.len() - 1] + if gap % 7 == 0 { 1 << 40 } else { 2 };
            let given: Vec<Id> = (from..from + if gap < 100 { 40 } else { 1 + gap % 2 }).collect();
            ids.make_room(&given);
            ids.give(all.len() as Row, &given);
            all.extend(given);
            if gap == 99 {
                assert!(ids.listed.is_empty() && ids.bytes() < 4096, "{}", ids.bytes());
            }
            assert!((0..).zip(&all).all(|(row, &id)| (ids.id(row), ids.row(id)) == (id, Some(row))));
            assert!((0..).zip(&all).all(|(row, &id)| (ids.first_from(id), ids.first_from(id + 1)) == (row, row + 1)));
            let is_known = |id: Id| all.binary_search(&id).is_ok() || id > from;
            assert!(all.iter().all(|&id| is_known(id + 1) || ids.row(id + 1).is_none()));
        }
        assert!(ids.bytes() <= all.len() * 9 + 4096);
        ids.keep((0..1000).step_by(2), all.len());
        assert!((0..500).all(|row| ids.id(row) == 2 * Id::from(row) + 1));
        assert_eq!(ids.id(500), all[all.len() - 1] + 1);
    }

    #[test]
    fn the_last_id_is_an_id() {
        let mut ids = Ids::default();
        ids.make_room(&[7, LAST_ID]);
        ids.give(0, &[7, LAST_ID]);
        assert_eq!((ids.id(0), ids.id(1), ids.id(2)), (7, LAST_ID, LAST_ID + 1));
        assert_eq!((ids.row(7), ids.row(8), ids.row(LAST_ID)), (Some(0), None, Some(1)));
    }

    #[test]
    fn an_id_beyond_all_rows_is_none() {
        assert_eq!(Ids::default().row(Id::MAX), None);
        assert_eq!(Ids::default().row(Id::from(NO_ROW) + 1), None);
    }
}
