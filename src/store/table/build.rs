//! What is derived from the columns, built again as a whole: after many rows came, were read or were renumbered.

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::parents::renumbered;
use crate::store::id::{Id, Ids, NO_ROW, Row};
use crate::store::index::inverse::Inverse;
use crate::store::index::unique::Unique;
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::table::Table;

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

    /// Rebuilds everything derived from the columns and tells, for each unique index, of rows that have the key of
    /// another before them: (that, they). O(rows).
    pub fn rebuild(&mut self) -> Vec<Vec<(Row, Row)>> {
        match self.len == self.rows() {
            true => self.derive(0..self.len as Row),
            false => self.derive(self.live.clone().ones_iter()),
        }
    }

    fn derive(&mut self, rows: impl Iterator<Item = Row> + Clone + Send + Sync) -> Vec<Vec<(Row, Row)>> {
        enum Derived<'a> {
            Inverse(usize, &'a mut Inverse),
            Unique(&'a mut Unique),
        }
        let (columns, mates) = (&self.columns, &self.mates);
        let inverses = self.inverses.iter_mut().enumerate();
        let inverses = inverses.filter_map(|(field, inverse)| Some(Derived::Inverse(field, inverse.as_mut()?)));
        // The longest work first.
        let indexes = self.uniques.iter_mut().map(Derived::Unique).chain(inverses);
        let mut duplicates = in_parallel(self.len, indexes, |index, scratch| {
            let mut duplicates = Vec::new();
            match index {
                Derived::Inverse(field, inverse) => {
                    let mates = mates[field].map(|mate| columns[mate].parents());
                    *inverse = Inverse::build(columns[field].parents(), mates, rows.clone(), scratch);
                }
                Derived::Unique(unique) => {
                    unique.build(columns, rows.clone(), scratch, |one, two| duplicates.push((one, two)))
                }
            }
            duplicates
        });
        duplicates.truncate(self.uniques.len());
        duplicates
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
            unique.build(&self.columns, self.live.ones_iter(), &mut Scratch::new(), |_, _| ());
        }
    }
}
