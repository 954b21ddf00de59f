//! A join path read from both sides: which members an owner has, and which owners a member.

use crate::rank::damping::Powers;
use crate::rank::lists::{Listed, Lists};
use crate::store::Store;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::read::path::{Join, Path, Shape};
use crate::store::room;
use crate::store::schema::model::Model;
use crate::store::stop;
use crate::store::table::Table;

/// The join rows of a path, as links between owners and members: a pair counts once, however many join rows it has.
#[derive(Clone, Copy)]
pub struct Links<'a> {
    table: &'a Table,
    /// The model at the far end.
    pub members: ModelId,
    /// The model that owns.
    pub owners: ModelId,
    /// From owners to members.
    pub down: Direction,
    /// From members to owners.
    pub up: Direction,
    /// Plain lists of these links, where they were made.
    pub(super) lists: Option<&'a Lists>,
    /// Whether the lists are all there is: a condition leaves out the other join rows.
    is_narrowed: bool,
}

/// A jump costs as much as so many join rows in their order.
const JUMP: usize = 4;

/// As many join rows are read at a time: two lists of them stay in the processor's nearest memory.
const BLOCK: usize = 1 << 11;

/// One direction of the links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// The reference to where one comes from.
    from: usize,
    /// The reference to where they lead.
    to: usize,
    /// Whether every join row counts: no pair has two, and each leads somewhere.
    exact: bool,
    /// Whether it leads from owners to members.
    is_down: bool,
}

impl<'a> Links<'a> {
    /// The links of a join from `owners` to `members`.
    pub fn new(store: &'a Store, join: &Join, owners: ModelId, members: ModelId) -> Self {
        let (model, table) = (store.schema().model(join.model), store.table(join.model));
        let side = |from: usize, to: usize| {
            let exact = join.unique.is_some() && !is_optional(model, to);
            Direction { from, to, exact, is_down: from == join.near }
        };
        let (down, up) = (side(join.near, join.far), side(join.far, join.near));
        Links { table, members, owners, down, up, lists: None, is_narrowed: false }
    }

    /// These links read from lists of them, where there are any.
    pub fn with(self, lists: Option<&'a Lists>) -> Self {
        Links { lists: lists.or(self.lists), ..self }
    }

    /// Only these links, which are in lists.
    pub fn narrowed_to<'b>(&'b self, lists: &'b Lists) -> Links<'b> {
        Links { lists: Some(lists), is_narrowed: true, ..*self }
    }

    /// Whether a condition leaves some join rows out, or they have weights.
    pub fn is_narrowed(&self) -> bool {
        self.is_narrowed
    }

    /// Whether links count as much as their weights say.
    pub fn are_weighed(&self) -> bool {
        self.lists.is_some_and(|lists| lists.least.is_some())
    }

    /// The least that a row with links weighs.
    pub fn least(&self) -> f64 {
        self.lists.and_then(|lists| lists.least).unwrap_or(1.0)
    }

    /// Visits what a row is linked with, each once, with the weights of the links, which are 1 unless they say otherwise. In
    /// the order of the links if every join row counts, else ascending.
    #[inline]
    pub fn each(&self, side: Direction, row: Row, buffer: &mut Vec<Row>, visit: impl FnMut(Row, f64)) {
        self.meet(side, row, buffer).each(visit);
    }

    #[inline]
    fn listed(&self, side: Direction, row: Row) -> Option<Listed<'a>> {
        self.lists.map(|lists| if side.is_down { &lists.down } else { &lists.up }.list(row))
    }

    /// As [`each`](Self::each), of these join rows of the row's list only, by their places in it.
    pub fn some(
        &self,
        side: Direction,
        row: Row,
        places: impl Iterator<Item = usize>,
        buffer: &mut Vec<Row>,
        mut visit: impl FnMut(Row, f64),
    ) {
        if let Some(Listed { rows, weights }) = self.narrowed(side, row) {
            let weight = |place: usize| weights.map_or(1.0, |weights| weights[place]);
            return places.take_while(|&place| place < rows.len()).for_each(|place| visit(rows[place], weight(place)));
        }
        buffer.clear();
        buffer.extend(
            self.table.ends_at(side.from, side.to, row, places).filter(|&end| end > 0).map(|end| end as Row - 1),
        );
        if !side.exact {
            buffer.sort_unstable();
            buffer.dedup();
        }
        buffer.iter().for_each(|&row| visit(row, 1.0));
    }

    /// All that a row is linked with, where join rows are left out.
    #[inline]
    fn narrowed(&self, side: Direction, row: Row) -> Option<Listed<'a>> {
        if self.is_narrowed { self.listed(side, row) } else { None }
    }

    /// Reads before anything is done with what is read: reading jumps about in a column, and in a loop of its own the
    /// processor has many of these reads under way at once.
    #[inline]
    fn gather(&self, side: Direction, row: Row, buffer: &mut Vec<Row>) {
        buffer.clear();
        let ends = self.table.ends(side.from, side.to, row);
        if side.exact {
            // No end is 0, which would be none.
            room::reserve(buffer, self.reads(side, row));
            return ends.for_each(|end| buffer.push(end as Row - 1));
        }
        buffer.extend(ends.filter(|&end| end > 0).map(|end| end as Row - 1));
        buffer.sort_unstable();
        buffer.dedup();
    }

    /// What a row is linked with, each once.
    pub fn list(&self, side: Direction, row: Row) -> Vec<Row> {
        let mut rows = Vec::new();
        room::reserve(&mut rows, self.reads(side, row));
        self.each(side, row, &mut Vec::new(), |row, _| rows.push(row));
        rows
    }

    /// How many a row is linked with. O(1) if every join row counts, else O(its join rows).
    #[inline]
    pub fn degree(&self, side: Direction, row: Row, buffer: &mut Vec<Row>) -> usize {
        self.meet(side, row, buffer).degree()
    }

    /// What a row is linked with, to be counted and then visited. Reads nothing if every join row counts.
    #[inline]
    pub fn meet<'b>(&'b self, side: Direction, row: Row, buffer: &'b mut Vec<Row>) -> Met<'a, 'b> {
        let listed = self.listed(side, row);
        if listed.is_none() && !side.exact {
            self.gather(side, row, buffer);
        }
        Met { links: self, side, row, listed, buffer }
    }

    /// How many join rows reading a row's links looks at. O(1).
    #[inline]
    pub fn reads(&self, side: Direction, row: Row) -> usize {
        self.narrowed(side, row).map_or_else(|| self.table.entries(side.from, row), |listed| listed.rows.len())
    }

    /// Whether reading all join rows, in their order, is quicker than so many of them list by list, which jumps about.
    /// Only where every join row counts.
    pub fn is_most(&self, reads: usize) -> bool {
        !self.is_narrowed && self.down.exact && self.up.exact && reads > self.table.rows() / JUMP
    }

    /// Visits the owners and the members of all join rows, in their order, block by block: two lists of one length. It is
    /// looked whether the call should end.
    pub fn blocks(&self, mut visit: impl FnMut(&[Row], &[Row])) {
        let (owners, members) =
            (self.table.column(self.down.from).parents(), self.table.column(self.down.to).parents());
        let (mut some, mut others, all_live) = (Vec::new(), Vec::new(), self.table.len() == self.table.rows());
        for start in (0..self.table.rows()).step_by(BLOCK) {
            if start.is_multiple_of(stop::ROWS) {
                stop::look();
            }
            let rows = start..(start + BLOCK).min(self.table.rows());
            owners.read(rows.clone(), &mut some);
            members.read(rows.clone(), &mut others);
            if !all_live {
                for list in [&mut some, &mut others] {
                    let mut row = rows.start as Row..;
                    list.retain(|_| row.next().is_some_and(|row| self.table.lives(row)));
                }
            }
            visit(&some, &others);
        }
    }

    /// What a row's links weigh where only some of them are read: without weights the number of its join rows.
    pub fn weight_of_all(&self, side: Direction, row: Row) -> f64 {
        match self.narrowed(side, row).and_then(|listed| listed.weights) {
            Some(weights) => weights.iter().sum(),
            None => self.join_rows(side, row) as f64,
        }
    }

    /// A power of that.
    pub fn power_of_all(&self, side: Direction, row: Row, powers: &mut Powers) -> f64 {
        match self.are_weighed() {
            true => powers.of_weight(self.weight_of_all(side, row)),
            false => powers.get(self.join_rows(side, row)),
        }
    }

    /// How many join rows there are. O(1).
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// How many join rows count for a row, those of one pair each. O(1).
    fn join_rows(&self, side: Direction, row: Row) -> usize {
        self.narrowed(side, row).map_or_else(|| self.table.count(side.from, row), |listed| listed.rows.len())
    }
}

/// What a row is linked with. Where every join row counts, it is read only when it is visited.
pub struct Met<'a, 'b> {
    links: &'b Links<'a>,
    side: Direction,
    row: Row,
    listed: Option<Listed<'a>>,
    buffer: &'b mut Vec<Row>,
}

impl<'a> Met<'a, '_> {
    /// How many rows it is linked with. O(1).
    #[inline]
    pub fn degree(&self) -> usize {
        match self.listed {
            Some(listed) => listed.rows.len(),
            None if self.side.exact => self.links.table.count(self.side.from, self.row),
            None => self.buffer.len(),
        }
    }

    /// What its links weigh: their number, unless they have weights. Costs as [`degree`](Self::degree), and O(links) with weights.
    #[inline]
    pub fn weight(&self) -> f64 {
        self.weights().map_or_else(|| self.degree() as f64, |weights| weights.iter().sum())
    }

    /// The sum of the squares of the weights.
    #[inline]
    pub fn square(&self) -> f64 {
        let square = |weights: &[f64]| weights.iter().map(|weight| weight * weight).sum();
        self.weights().map_or_else(|| self.degree() as f64, square)
    }

    /// A power of what its links weigh.
    #[inline]
    pub fn power(&self, powers: &mut Powers) -> f64 {
        match self.weights() {
            None => powers.get(self.degree()),
            Some(weights) => powers.of_weight(weights.iter().sum()),
        }
    }

    #[inline]
    fn weights(&self) -> Option<&'a [f64]> {
        self.listed.and_then(|listed| listed.weights)
    }

    /// Visits them as [`Links::each`] does.
    #[inline]
    pub fn each(self, mut visit: impl FnMut(Row, f64)) {
        if let Some(listed) = self.listed {
            return listed.each(visit);
        }
        if self.side.exact {
            self.links.gather(self.side, self.row, self.buffer);
        }
        self.buffer.iter().for_each(|&row| visit(row, 1.0));
    }
}

fn is_optional(model: &Model, field: usize) -> bool {
    model.fields[field].optional
}

/// The join of a path, or why its owners share nothing. `name` is the path's collection, for the error.
pub fn join_of(store: &Store, path: &Path, name: &str) -> Result<Join> {
    let model = |id: ModelId| &store.schema().model(id).name;
    let (from, to) = (model(path.from), model(path.to));
    match path.bare {
        Shape::Join(join) => Ok(join),
        Shape::Inverse(_) => Err(Error::Schema(format!(
            "{from}.{name} has no links to walk: each {to} in it belongs to one {from} only, so none is shared; name a \
             collection through a join model"
        ))),
        Shape::All | Shape::Walk => Err(Error::Schema(format!(
            "{from}.{name} leads to {to} in {} steps and not over one join row, down and up; name a collection through \
             a join model",
            path.references().len()
        ))),
    }
}
