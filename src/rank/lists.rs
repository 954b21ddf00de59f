//! Links in plain lists: all of them for a batch of questions, made by [`batch`](crate::rank::batch); or those that a
//! question chooses, with their weights, made by [`chosen`](crate::rank::chosen).

use crate::store::id::Row;
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
#[derive(Debug)]
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
