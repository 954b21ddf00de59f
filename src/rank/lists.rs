//! Links in plain lists: all of them for a batch of questions, made by [`batch`](crate::rank::batch); or those that a
//! question chooses, with their weights, made by [`chosen`](crate::rank::chosen).

use std::ops::Range;

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
        room::spare_for(&mut self.rows, rows);
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
        let (down, up) = self.sides(None);
        Lists { down, up, least: None }
    }

    /// As [`lists`](Self::lists), where each row weighs something: a pair weighs what its rows do together.
    pub fn weighed_lists(&self, weights: &[f64]) -> Lists {
        let (down, up) = self.sides(Some(weights));
        Lists { down, up, least: Some(weights.iter().copied().fold(f64::INFINITY, f64::min)) }
    }

    /// From owners and from members, each on a core.
    fn sides(&self, weights: Option<&[f64]>) -> (Side, Side) {
        let ends = [(self.owners, self.members, self.universe.0), (self.members, self.owners, self.universe.1)];
        let work = |(from, to, universe), _: &mut _| {
            let grouped = Grouped::new((from, to), weights, universe);
            let part = |first: usize| {
                let rows = first..(first + PART).min(universe);
                if self.is_once { grouped.part(rows) } else { grouped.merged(rows) }
            };
            Side((0..universe).step_by(PART).map(part).collect())
        };
        let mut sides = in_parallel(self.owners.len(), ends, work).into_iter();
        (sides.next().unwrap_or_default(), sides.next().unwrap_or_default())
    }
}

/// The links of one side, grouped by what they lead from, each group in the order of the links. What leads nowhere is left out.
struct Grouped {
    /// Where the group of each row begins, and where the last one ends.
    starts: Vec<u32>,
    rows: Vec<Row>,
    weights: Option<Vec<f64>>,
}

impl Grouped {
    /// A counting sort. O(links + rows).
    fn new((from, to): (&[Row], &[Row]), weights: Option<&[f64]>, universe: usize) -> Self {
        let mut starts = room::filled(0_u32, universe + 1);
        let links = || {
            let ends = from.iter().zip(to).enumerate();
            ends.filter(|(_, (from, to))| (**from as usize) < universe && **to != NO_ROW)
        };
        links().for_each(|(_, (&from, _))| starts[from as usize + 1] += 1);
        for at in 0..universe {
            starts[at + 1] += starts[at];
        }
        let len = starts[universe] as usize;
        let mut grouped =
            Grouped { rows: room::filled(0, len), weights: weights.map(|_| room::filled(0.0, len)), starts };
        let mut next = room::copied(&grouped.starts);
        for (link, (&from, &to)) in links() {
            let at = next[from as usize] as usize;
            next[from as usize] += 1;
            grouped.rows[at] = to;
            if let (Some(into), Some(weights)) = (&mut grouped.weights, weights) {
                into[at] = weights[link];
            }
        }
        grouped
    }

    fn links(&self, rows: Range<usize>) -> Range<usize> {
        self.starts[rows.start] as usize..self.starts[rows.end] as usize
    }

    /// The lists of some rows as they are, where no pair has two links.
    fn part(&self, rows: Range<usize>) -> Part {
        let links = self.links(rows.clone());
        let ends = self.starts[rows.start + 1..=rows.end].iter().map(|end| end - links.start as u32);
        Part {
            ends: room::collected(ends),
            rows: room::copied(&self.rows[links.clone()]),
            weights: self.weights.as_ref().map(|weights| room::copied(&weights[links])),
        }
    }

    /// The lists of some rows, ascending, as all links are read; a pair has the sum of its links.
    fn merged(&self, rows: Range<usize>) -> Part {
        let mut part = Part::with_capacity(rows.len(), self.links(rows.clone()).len(), self.weights.is_some());
        let mut list: Vec<(Row, f64)> = Vec::new();
        for row in rows {
            let links = self.links(row..row + 1);
            room::spare_for(&mut list, links.len());
            list.extend(links.map(|at| (self.rows[at], self.weights.as_ref().map_or(1.0, |weights| weights[at]))));
            // Ties stay as they are, so that weights are added up in one order.
            list.sort_by_key(|&(other, _)| other);
            for pair in list.chunk_by(|(one, _), (two, _)| one == two) {
                part.push(pair[0].0, pair.iter().map(|(_, weight)| weight).sum());
            }
            part.end();
            list.clear();
        }
        part
    }
}
