//! What is derived from the columns, built again as a whole: after many rows came, were read or were renumbered.

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::heap::push;
use crate::store::cells::parents::renumbered;
use crate::store::id::{Id, Ids, NO_ROW, Row};
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

    /// Puts in place what was derived; the duplicates.
    pub(super) fn put(&mut self, derived: Derived) -> Vec<Vec<(Row, Row)>> {
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
            Inverse(usize, Inverse),
            Unique(Unique, Vec<(Row, Row)>),
        }
        let columns = &self.columns;
        let inverses = (0..columns.len()).filter(|&field| self.inverses[field].is_some()).map(Index::Inverse);
        // The longest work first.
        let indexes = (0..self.uniques.len()).map(Index::Unique).chain(inverses);
        let built = in_parallel(self.len, indexes, |index, scratch| match index {
            Index::Inverse(field) => {
                let mates = self.mates[field].map(|mate| columns[mate].parents());
                Built::Inverse(field, Inverse::build(columns[field].parents(), mates, rows.clone(), scratch))
            }
            Index::Unique(at) => {
                let (fields, mut duplicates) = (self.uniques[at].fields.clone(), Vec::new());
                let duplicate = |one, two| push(&mut duplicates, (one, two));
                Built::Unique(Unique::build(fields, columns, rows.clone(), scratch, duplicate), duplicates)
            }
        });
        let mut derived = Derived::default();
        derived.inverses.resize_with(columns.len(), || None);
        for built in built {
            match built {
                Built::Inverse(field, inverse) => derived.inverses[field] = Some(inverse),
                Built::Unique(unique, duplicates) => {
                    derived.uniques.push(unique);
                    derived.duplicates.push(duplicates);
                }
            }
        }
        derived
    }

    /// Drops dead rows and renumbers the living. Returns the new number of each old row (`NO_ROW` for the dead), by
    /// which whoever refers to these rows must be renumbered. O(rows).
    pub fn squeeze(&mut self) -> Vec<Row> {
        let mut new = room::filled(NO_ROW, self.live.len());
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
        if let Some(inverse) = &mut self.inverses[field] {
            let kept = (0..new.len() as Row).filter(|&row| new[row as usize] != NO_ROW);
            inverse.keep_parents(kept);
        }
        if let Some(mate) = self.mates[field]
            && let Some(inverse) = &mut self.inverses[mate]
        {
            inverse.renumber_ends(|cell| renumbered(cell, new));
        }
        for unique in self.uniques.iter_mut().filter(|unique| unique.fields.contains(&field)) {
            let fields = std::mem::take(&mut unique.fields);
            *unique = Unique::new(Box::default());
            *unique = Unique::build(fields, &self.columns, self.live.ones_iter(), &mut Scratch::new(), |_, _| ());
        }
    }
}
