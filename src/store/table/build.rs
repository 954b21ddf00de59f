//! What is derived from the columns, built again as a whole: after many rows came, were read or were renumbered.

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::heap::push;
use crate::store::cells::parents::renumbered;
use crate::store::id::{Id, Ids, NO_ROW, Row};
use crate::store::index::deal;
use crate::store::index::inverse::Inverse;
use crate::store::index::unique::Unique;
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::room;
use crate::store::table::Table;

/// What is derived from the columns.
#[derive(Default)]
pub(super) struct Derived {
    inverses: Vec<Option<Inverse>>,
    uniques: Vec<Unique>,
    /// For each unique index rows that are not in it, because another has their key: (that, they).
    pub duplicates: Vec<Vec<(Row, Row)>>,
}

impl Table {
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

    /// Builds everything that is derived from the columns and tells, for each unique index, of rows that have the key
    /// of another before them: (that, they). What was there before is given up first. O(rows).
    pub fn rebuild(&mut self) -> Vec<Vec<(Row, Row)>> {
        self.inverses.iter_mut().flatten().for_each(|inverse| *inverse = Inverse::default());
        self.uniques.iter_mut().for_each(|unique| *unique = Unique::new(std::mem::take(&mut unique.fields)));
        let derived = self.derived();
        self.put(derived)
    }

    /// Many live rows, each once, live no longer; as [`leave`](Self::leave), but what is derived from the columns is built
    /// again. Where it ends early nothing is changed. O(rows of the table).
    pub fn leave_many(&mut self, rows: &[Row]) {
        self.or_undo(|table| table.turn(rows, false), |table| table.mark(rows, true));
    }

    /// Many rows that left live again. O(rows of the table).
    pub fn restore_many(&mut self, rows: &[Row]) {
        self.or_undo(|table| table.turn(rows, true), |table| table.mark(rows, false));
    }

    fn turn(&mut self, rows: &[Row], live: bool) {
        self.mark(rows, live);
        let derived = self.derived();
        self.put(derived);
    }

    /// Says that rows live, or that they do not, and nothing else of them.
    fn mark(&mut self, rows: &[Row], live: bool) {
        rows.iter().for_each(|&row| _ = self.live.set(row as usize, live));
        self.len = self.live.count();
        self.version += 1;
    }

    /// Puts in place what was derived; the duplicates.
    pub(super) fn put(&mut self, derived: Derived) -> Vec<Vec<(Row, Row)>> {
        self.forget_orders();
        (self.inverses, self.uniques) = (derived.inverses, derived.uniques);
        derived.duplicates
    }

    /// Everything that is derived from the columns, beside what there is. O(rows).
    pub(super) fn derived(&self) -> Derived {
        match self.len == self.rows() {
            true => self.derive(0..self.len as Row),
            false => self.derive(self.live.ones_iter()),
        }
    }

    fn derive(&self, rows: impl Iterator<Item = Row> + Clone + Send + Sync) -> Derived {
        enum Index {
            Inverse(usize),
            Unique(usize),
        }
        enum Built {
            Inverse(usize, Inverse, Vec<(Row, Row)>),
            Unique(Unique, Vec<(Row, Row)>),
        }
        let columns = &self.columns;
        let inverses = (0..columns.len()).filter(|&field| self.inverses[field].is_some()).map(Index::Inverse);
        let can_wait = self.can_wait();
        // The longest work first.
        let indexes = (0..self.uniques.len()).filter(|&at| Some(at) != can_wait).map(Index::Unique).chain(inverses);
        let teller = can_wait.map(|at| self.uniques[at].fields[0]);
        let built = in_parallel(self.len, indexes, |index, scratch| match index {
            Index::Inverse(field) => {
                let mates = self.mates[field].map(|mate| columns[mate].parents());
                let mut repeats = Vec::new();
                let repeat = |one, two| push(&mut repeats, (one, two));
                let repeat = (teller == Some(field)).then_some(repeat);
                let inverse = Inverse::build(columns[field].parents(), mates, rows.clone(), scratch, repeat);
                Built::Inverse(field, inverse, repeats)
            }
            Index::Unique(at) => {
                let (fields, mut duplicates) = (self.uniques[at].fields.clone(), Vec::new());
                let duplicate = |one, two| push(&mut duplicates, (one, two));
                Built::Unique(Unique::build(fields, columns, rows.clone(), scratch, duplicate), duplicates)
            }
        });
        let (mut derived, mut told) = (Derived::default(), Vec::new());
        derived.inverses.resize_with(columns.len(), || None);
        for built in built {
            match built {
                Built::Inverse(field, inverse, repeats) => {
                    derived.inverses[field] = Some(inverse);
                    if teller == Some(field) {
                        told = repeats;
                    }
                }
                Built::Unique(unique, duplicates) => {
                    derived.uniques.push(unique);
                    derived.duplicates.push(duplicates);
                }
            }
        }
        if let Some(at) = can_wait {
            told.sort_unstable_by_key(|&(_, row)| row);
            derived.uniques.insert(at, Unique::pending(self.uniques[at].fields.clone(), self.len));
            derived.duplicates.insert(at, told);
        }
        derived
    }

    /// The unique index that need not be built yet: of a pair of references whose lists tell of repeats, over rows that
    /// all live.
    fn can_wait(&self) -> Option<usize> {
        if self.len < self.rows() || self.len == 0 {
            return None;
        }
        self.uniques.iter().position(|unique| match *unique.fields {
            [one, two] if self.mates[one] == Some(two) => {
                deal::can_tell(self.len as Row - 1, self.columns[two].parents())
            }
            _ => false,
        })
    }

    /// Drops dead rows and renumbers the living. Returns the new number of each old row (`NO_ROW` for the dead), by
    /// which whoever refers to these rows must be renumbered. O(rows).
    pub fn squeeze(&mut self) -> Vec<Row> {
        let mut new = room::filled(NO_ROW, self.live.len());
        self.forget_orders();
        self.live.ones_iter().zip(0..).for_each(|(row, number)| new[row as usize] = number);
        for column in &mut self.columns {
            column.keep(0, self.live.ones_iter());
        }
        self.ids.keep(self.live.ones_iter(), self.live.len());
        self.live = Bits::ones(self.len);
        self.version += 1;
        new
    }

    /// The model a reference points to was squeezed.
    pub fn renumber(&mut self, field: usize, new: &[Row]) {
        self.columns[field].renumber(new);
        self.forget_orders_of(field);
        if let Some(inverse) = &mut self.inverses[field] {
            let kept = (0..new.len() as Row).filter(|&row| new[row as usize] != NO_ROW);
            inverse.keep_parents(kept);
        }
        if let Some(mate) = self.mates[field]
            && let Some(inverse) = &mut self.inverses[mate]
        {
            inverse.renumber_ends(|cell| renumbered(cell, new));
        }
        let is_built = |unique: &&mut Unique| unique.fields.contains(&field) && !unique.is_pending();
        for unique in self.uniques.iter_mut().filter(is_built) {
            let fields = std::mem::take(&mut unique.fields);
            *unique = Unique::new(Box::default());
            *unique = Unique::build(fields, &self.columns, self.live.ones_iter(), &mut Scratch::new(), |_, _| ());
        }
    }
}
