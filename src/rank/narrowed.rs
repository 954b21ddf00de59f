//! The links of a path, and of one with conditions those that they leave: as if there were no others.

use crate::rank::links::{Links, join_of};
use crate::rank::lists::{Lists, PART, Part, Side};
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::{NO_ROW, Row};
use crate::store::read::path::{Join, Path};
use crate::store::room;

/// The links of a path.
pub struct Linked<'a> {
    links: Links<'a>,
    /// Those that conditions leave.
    left: Option<Lists>,
}

impl<'a> Linked<'a> {
    /// Of a path that is a join; `name` is its collection, for the error. O(1), and O(join rows) where it has conditions.
    pub fn of(store: &'a Store, path: &Path, name: &str) -> Result<Self> {
        let join = join_of(store, path, name)?;
        let links = Links::new(store, &join, path.from, path.to);
        let left = (!path.conditions().is_empty()).then(|| left(store, path, join));
        Ok(Linked { links, left })
    }

    /// The links, to be read.
    pub fn links(&self) -> Links<'_> {
        match &self.left {
            Some(lists) => self.links.narrowed_to(lists),
            None => self.links,
        }
    }
}

/// Both sides' lists of the join rows for which all conditions hold, each pair once.
fn left(store: &Store, path: &Path, join: Join) -> Lists {
    let table = store.table(join.model);
    let mut rows = table.live_rows();
    for condition in path.conditions() {
        let mut holds = condition.holding(store, &rows).into_iter();
        rows.retain(|_| holds.next() == Some(true));
    }
    let ends = |field: usize| {
        let parents = table.column(field).parents();
        room::collected(rows.iter().map(|&row| parents.of(row)))
    };
    let (owners, members): (Vec<Row>, Vec<Row>) = (ends(join.near), ends(join.far));
    let is_once = join.unique.is_some();
    Lists {
        down: side(&owners, &members, store.table(path.from).rows(), is_once),
        up: side(&members, &owners, store.table(path.to).rows(), is_once),
    }
}

/// For each of so many rows what it is linked with: in the order of the links where no pair has two, else ascending, as all
/// links are read. What leads nowhere is left out.
fn side(from: &[Row], to: &[Row], universe: usize, is_once: bool) -> Side {
    let mut starts = room::filled(0_u32, universe + 1);
    let linked = || from.iter().zip(to).filter(|(one, other)| (**one as usize) < universe && **other != NO_ROW);
    linked().for_each(|(&one, _)| starts[one as usize + 1] += 1);
    for at in 0..universe {
        starts[at + 1] += starts[at];
    }
    let mut rows = room::filled(0 as Row, starts[universe] as usize);
    let mut next: Vec<u32> = room::collected(starts.iter().copied());
    for (&one, &other) in linked() {
        let at = &mut next[one as usize];
        rows[*at as usize] = other;
        *at += 1;
    }
    let mut part = |first: usize| {
        let last = (first + PART).min(universe);
        let mut part = Part::with_capacity(last - first, (starts[last] - starts[first]) as usize);
        for row in first..last {
            let list = &mut rows[starts[row] as usize..starts[row + 1] as usize];
            if !is_once {
                list.sort_unstable();
            }
            let is_new = |at: usize| is_once || at == 0 || list[at] != list[at - 1];
            (0..list.len()).filter(|&at| is_new(at)).for_each(|at| part.push(list[at]));
            part.end();
        }
        part
    };
    Side((0..universe).step_by(PART).map(&mut part).collect())
}
