//! Links in plain lists: all of them for a batch of questions, made by [`batch`](crate::rank::batch); or those that a
//! question chooses, with their weights, made by [`chosen`](crate::rank::chosen).

use crate::store::id::{NO_ROW, Row};
use crate::store::parallel::in_parallel;
use crate::store::room;

/// What each row is linked with, from both sides: 4 bytes a link and side, 12 where they have weights, and 4 a row.
#[derive(Debug)]
pub struct Lists {
    /// From a path's owners to its members.
    pub down: Side,
    /// From its members to its owners.
    pub up: Side,
    /// The least weight of a link, where they have weights: no row with links weighs less.
    pub least: Option<f64>,
}

/// What a row is linked with, and the weight of each link where they have weights.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The rows at the other ends.
    pub rows: &'a [Row],
    /// As many.
    pub weights: Option<&'a [f64]>,
}

/// The lists of one side, in parts of [`PART`] rows.
#[derive(Debug, Default)]
pub struct Side(pub Vec<Part>);

/// Rows whose lists lie together.
#[derive(Debug)]
pub struct Part {
    /// Where each row's list ends; the first begins at 0.
    ends: Vec<u32>,
    rows: Vec<Row>,
    weights: Option<Vec<f64>>,
}

/// How many rows a part is of, but for the last.
pub const PART: usize = 1 << 10;

impl Lists {
    /// From owners to members, or back.
    #[inline]
    pub fn of(&self, is_down: bool) -> &Side {
        if is_down { &self.down } else { &self.up }
    }
}

impl Side {
    /// What a row is linked with.
    #[inline]
    pub fn list(&self, row: Row) -> Listed<'_> {
        const NONE: Listed<'static> = Listed { rows: &[], weights: None };
        self.0.get(row as usize / PART).map_or(NONE, |part| part.list(row as usize % PART))
    }

    /// Visits all rows and what they are linked with, in their order.
    pub fn each(&self, mut visit: impl FnMut(Row, &[Row])) {
        for (at, part) in self.0.iter().enumerate() {
            (0..part.ends.len()).for_each(|row| visit((at * PART + row) as Row, part.list(row).rows));
        }
    }
}

impl Listed<'_> {
    /// Visits the rows and the weights of their links, 1 where there are none.
    #[inline]
    pub fn each(self, mut visit: impl FnMut(Row, f64)) {
        match self.weights {
            None => self.rows.iter().for_each(|&row| visit(row, 1.0)),
            Some(weights) => self.rows.iter().zip(weights).for_each(|(&row, &weight)| visit(row, weight)),
        }
    }
}

impl Part {
    /// Without lists yet, with room for so many of so many rows in all.
    pub fn with_capacity(lists: usize, rows: usize, are_weighed: bool) -> Self {
        let mut part = Part { ends: Vec::new(), rows: Vec::new(), weights: are_weighed.then(Vec::new) };
        room::reserve(&mut part.ends, lists);
        room::reserve(&mut part.rows, rows);
        part.weights.iter_mut().for_each(|weights| room::reserve(weights, rows));
        part
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        room::reserve(&mut self.rows, rows);
    }

    /// Appends to the list that is not ended yet.
    #[inline]
    pub fn push(&mut self, row: Row, weight: f64) {
        self.rows.push(row);
        self.weights.iter_mut().for_each(|weights| weights.push(weight));
    }

    /// Ends a list.
    pub fn end(&mut self) {
        self.ends.push(self.rows.len() as u32);
    }

    #[inline]
    fn list(&self, row: usize) -> Listed<'_> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        let places = start as usize..self.ends[row] as usize;
        Listed { rows: &self.rows[places.clone()], weights: self.weights.as_ref().map(|weights| &weights[places]) }
    }
}

/// Rows that link an owner and a member each.
pub struct Pairs<'a> {
    /// By row: who has; [`NO_ROW`] where nobody does.
    pub owners: &'a [Row],
    /// By row: what is had.
    pub members: &'a [Row],
    /// Whether no pair has two rows.
    pub is_once: bool,
    /// How many owners there may be, and members.
    pub universe: (usize, usize),
}

impl Pairs<'_> {
    /// Both sides' lists, each pair once. O(pairs + rows).
    pub fn lists(&self) -> Lists {
        // Weights that are nothing take no memory.
        let (down, up) = self.sides(&vec![(); self.owners.len()], None);
        Lists { down, up, least: None }
    }

    /// As [`lists`](Self::lists), where each row weighs something: a pair weighs what its rows do together.
    pub fn weighed_lists(&self, weights: &[f64]) -> Lists {
        let sum = |links: &[(Row, f64)]| links.iter().map(|(_, weight)| weight).sum();
        let (down, up) = self.sides(weights, Some(&sum));
        Lists { down, up, least: Some(weights.iter().copied().fold(f64::INFINITY, f64::min)) }
    }

    /// From owners and from members, each on a core.
    fn sides<W: Copy + Default + Sync>(&self, weights: &[W], sum: Sum<W>) -> (Side, Side) {
        let ends = [(self.owners, self.members, self.universe.0), (self.members, self.owners, self.universe.1)];
        let work = |(from, to, universe), _: &mut _| side((from, to), weights, universe, self.is_once, sum);
        let mut sides = in_parallel(self.owners.len(), ends, work).into_iter();
        (sides.next().unwrap_or_default(), sides.next().unwrap_or_default())
    }
}

/// What several join rows of a pair weigh together.
type Sum<'a, W> = Option<&'a (dyn Fn(&[(Row, W)]) -> f64 + Sync)>;

/// For each of so many rows what it is linked with: in the order of the links where no pair has two, else ascending, as all
/// links are read. What leads nowhere is left out.
fn side<W: Copy + Default>(
    (from, to): (&[Row], &[Row]),
    weights: &[W],
    universe: usize,
    is_once: bool,
    sum: Sum<W>,
) -> Side {
    let mut starts = room::filled(0_u32, universe + 1);
    let ends = || {
        from.iter().zip(to).zip(weights).filter(|((one, other), _)| (**one as usize) < universe && **other != NO_ROW)
    };
    ends().for_each(|((&one, _), _)| starts[one as usize + 1] += 1);
    for at in 0..universe {
        starts[at + 1] += starts[at];
    }
    let mut links = room::filled((0 as Row, W::default()), starts[universe] as usize);
    let mut next: Vec<u32> = room::collected(starts.iter().copied());
    for ((&one, &other), &weight) in ends() {
        let at = &mut next[one as usize];
        links[*at as usize] = (other, weight);
        *at += 1;
    }
    let mut part = |first: usize| {
        let last = (first + PART).min(universe);
        let mut part = Part::with_capacity(last - first, (starts[last] - starts[first]) as usize, sum.is_some());
        for row in first..last {
            let list = &mut links[starts[row] as usize..starts[row + 1] as usize];
            if !is_once {
                // Ties stay as they are, so that weights are added up in one order.
                list.sort_by_key(|&(other, _)| other);
            }
            for pair in list.chunk_by(|(one, _), (two, _)| !is_once && one == two) {
                part.push(pair[0].0, sum.map_or(1.0, |sum| sum(pair)));
            }
            part.end();
        }
        part
    };
    Side((0..universe).step_by(PART).map(&mut part).collect())
}
