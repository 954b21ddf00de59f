//! The members of the collections of many rows, one after the other, and where those of each row begin.

use foldhash::HashSet;

use crate::ask::block::made;
use crate::ask::plan::Link;
use crate::store::Store;
use crate::store::id::{NO_ROW, Row};
use crate::store::read::path::{Hop, Order, Path, Shape};
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::Pace;

/// Up to so many members are compared with each other one by one.
const FEW: usize = 12;

/// Members by owner.
#[derive(Debug)]
pub struct Spread {
    /// Where the members of each owner begin; one more than there are owners.
    pub starts: Vec<usize>,
    /// The members.
    pub rows: Vec<Row>,
}

impl Spread {
    /// What a chain leads to from each of these rows.
    pub fn along(engine: &Store, rows: &[Row], chain: &[Link]) -> Self {
        let mut spread: Option<Spread> = None;
        let mut from: Option<Vec<Row>> = None;
        for link in chain {
            let owners: &[Row] = match (&from, &spread) {
                (Some(from), _) => from,
                (None, Some(spread)) => &spread.rows,
                (None, None) => rows,
            };
            match link {
                Link::Up(model, field) => {
                    let parents = engine.table(*model).column(*field).parents();
                    let up = |&row: &Row| if row == NO_ROW { NO_ROW } else { parents.of(row) };
                    from = Some(room::collected(owners.iter().map(up)));
                }
                Link::One(reference) => {
                    from = Some(room::collected(owners.iter().map(|&row| engine.one(*reference, row))));
                }
                Link::Many(path) => {
                    let next = Spread::read(engine, owners, path);
                    spread = Some(match spread {
                        Some(before) => before.followed_by(next),
                        None => next,
                    });
                    from = None;
                }
            }
        }
        spread.unwrap_or_else(|| Spread { starts: vec![0; rows.len() + 1], rows: Vec::new() })
    }

    /// The members of a collection of each of these rows, in order.
    fn read(engine: &Store, owners: &[Row], path: &Path) -> Self {
        if path.has_terms() {
            return Spread::hop_by_hop(engine, owners, &path.hops).distinct(path);
        }
        let mut starts = Vec::new();
        room::reserve(&mut starts, owners.len() + 1);
        starts.push(0);
        let mut members = Vec::new();
        if Start::Row(0).is_indexed(path) {
            let counts = owners.iter().map(|&row| if row == NO_ROW { 0 } else { engine.count(Start::Row(row), path) });
            room::reserve(&mut members, counts.sum());
        }
        let (mut seen, mut pace) = (Seen::default(), Pace::default());
        for &owner in owners {
            let from = members.len();
            if owner != NO_ROW {
                add_members(engine, owner, path, &mut members, &mut seen);
            }
            pace.steps(members.len() - from + 1);
            starts.push(members.len());
        }
        Spread { starts, rows: members }
    }

    /// What hops lead to from each of these rows, repeats included: all of them hop by hop, because a condition is asked
    /// of many rows in little more time than of one.
    fn hop_by_hop(engine: &Store, owners: &[Row], hops: &[Hop]) -> Self {
        let mut spread = Spread { starts: (0..=owners.len()).collect(), rows: room::collected(owners.iter().copied()) };
        let is_row: Vec<bool> = made(owners.len(), |at| owners[at] != NO_ROW);
        if is_row.contains(&false) {
            spread = spread.filtered(&is_row);
        }
        for hop in hops {
            spread = match hop {
                Hop::Up(reference) => {
                    let parents = engine.table(reference.model).column(reference.field).parents();
                    spread.rows.iter_mut().for_each(|row| *row = parents.of(*row));
                    let is_row = made(spread.rows.len(), |at| spread.rows[at] != NO_ROW);
                    if is_row.contains(&false) { spread.filtered(&is_row) } else { spread }
                }
                Hop::Down(reference) => {
                    let path = Path::down(*reference);
                    let next = Spread::read(engine, &spread.rows, &path);
                    spread.followed_by(next)
                }
                Hop::Keep(condition) => spread.filtered(&condition.holding(engine, &spread.rows)),
                Hop::Sorted(inner, order) => {
                    let mut next = Spread::hop_by_hop(engine, &spread.rows, inner);
                    next.sort(engine, &**order);
                    spread.followed_by(next)
                }
            };
        }
        spread
    }

    /// Each owner's members in an order. All are ordered at once; then each goes to its owner, in that order.
    fn sort(&mut self, engine: &Store, order: &dyn Order) {
        let (owners, mut next) = (self.owners(), self.starts.clone());
        let mut rows = room::filled(0, self.rows.len());
        for place in order.sorted(engine, &self.rows) {
            let at = &mut next[owners[place as usize] as usize];
            rows[*at] = self.rows[place as usize];
            *at += 1;
        }
        self.rows = rows;
    }

    /// Each owner's members once, at their first places.
    fn distinct(self, path: &Path) -> Self {
        if path.distinct {
            return self;
        }
        let (mut starts, mut members, mut seen) = (Vec::new(), Vec::new(), Seen::default());
        room::reserve(&mut starts, self.starts.len());
        room::reserve(&mut members, self.rows.len());
        starts.push(0);
        for owner in self.starts.windows(2) {
            seen.from.clear();
            seen.from.extend_from_slice(&self.rows[owner[0]..owner[1]]);
            seen.add_new(&mut members);
            starts.push(members.len());
        }
        Spread { starts, rows: members }
    }

    /// For each of my owners what follows from its members.
    fn followed_by(self, next: Spread) -> Spread {
        let starts = self.starts.iter().map(|&at| next.starts[at]).collect();
        Spread { starts, rows: next.rows }
    }

    /// Only those members for which something holds.
    pub fn filtered(&self, holds: &[bool]) -> Spread {
        let mut starts = Vec::new();
        room::reserve(&mut starts, self.starts.len());
        starts.push(0);
        let mut kept = Kept::new(holds);
        for owner in self.starts.windows(2) {
            kept.add(&self.rows[owner[0]..owner[1]], &holds[owner[0]..owner[1]]);
            starts.push(kept.len);
        }
        Spread { starts, rows: kept.rows() }
    }

    /// The place of each member's owner.
    pub fn owners(&self) -> Vec<u32> {
        let mut owners = Vec::new();
        room::reserve(&mut owners, self.rows.len());
        for (place, owner) in self.starts.windows(2).enumerate() {
            owners.resize(owner[1], place as u32);
        }
        owners
    }
}

/// The rows for which something holds. Each is written, and stays where it counts: a branch that nobody can predict costs
/// more.
pub struct Kept {
    rows: Vec<Row>,
    len: usize,
}

impl Kept {
    /// None yet; of rows for which this holds.
    pub fn new(holds: &[bool]) -> Self {
        let count = holds.iter().map(|&holds| usize::from(holds)).sum::<usize>();
        // One more than there are: what does not count is written behind them.
        Kept { rows: room::filled(NO_ROW, count + 1), len: 0 }
    }

    /// Those of more rows.
    #[inline]
    pub fn add(&mut self, rows: &[Row], holds: &[bool]) {
        let mut len = self.len;
        for (&row, &holds) in rows.iter().zip(holds) {
            self.rows[len] = row;
            len += usize::from(holds);
        }
        self.len = len;
    }

    /// All of them.
    pub fn rows(mut self) -> Vec<Row> {
        self.rows.truncate(self.len);
        self.rows
    }
}

/// What was met, to tell repeats.
#[derive(Default)]
struct Seen {
    rows: HashSet<Row>,
    from: Vec<Row>,
    to: Vec<Row>,
}

/// The members of one row's collection, each once.
fn add_members(engine: &Store, owner: Row, path: &Path, members: &mut Vec<Row>, seen: &mut Seen) {
    match path.shape {
        Shape::Inverse(reference) => {
            engine.table(reference.model).add_children(reference.field, owner, members);
        }
        Shape::Join(join) if join.unique.is_some() && join.whole => {
            engine.table(join.model).add_ends(join.near, join.far, owner, members);
        }
        Shape::All | Shape::Join(_) | Shape::Walk => {
            seen.from.clear();
            seen.from.push(owner);
            for hop in &path.hops {
                seen.hop(engine, hop);
            }
            room::spare_for(members, seen.from.len());
            match path.distinct {
                true => members.extend_from_slice(&seen.from),
                false => seen.add_new(members),
            }
        }
    }
}

impl Seen {
    /// From rows to where a hop leads from them, in order.
    fn hop(&mut self, engine: &Store, hop: &Hop) {
        let (from, to) = (&mut self.from, &mut self.to);
        to.clear();
        match *hop {
            Hop::Up(reference) => {
                let parents = engine.table(reference.model).column(reference.field).parents();
                let up = from.iter().map(|&row| parents.of(row)).filter(|&row| row != NO_ROW);
                up.for_each(|row| room::push(to, row));
            }
            Hop::Down(reference) => {
                let (table, mut pace) = (engine.table(reference.model), Pace::default());
                for &row in from.iter() {
                    let before = to.len();
                    table.add_children(reference.field, row, to);
                    pace.steps(to.len() - before + 1);
                }
            }
            // Paths with terms are read hop by hop.
            Hop::Keep(_) | Hop::Sorted(..) => to.extend_from_slice(from),
        }
        std::mem::swap(from, to);
    }

    /// Adds what was come to, each once.
    fn add_new(&mut self, members: &mut Vec<Row>) {
        let first = members.len();
        if self.from.len() <= FEW {
            for &row in &self.from {
                if !members[first..].contains(&row) {
                    members.push(row);
                }
            }
            return;
        }
        // To empty a set costs its room, which one long list may have left.
        match self.rows.capacity() > 16 * self.from.len() {
            true => self.rows = HashSet::default(),
            false => self.rows.clear(),
        }
        members.extend(self.from.iter().copied().filter(|&row| self.rows.insert(row)));
    }
}
