//! A path read from both sides: which members an owner has, and which owners a member.

use crate::rank::damping::Powers;
use crate::rank::lists::{Listed, Lists, Side};
use crate::rank::longer::Longer;
use crate::rank::met::Met;
use crate::rank::way::{Direction, Way};
use crate::store::Store;
use crate::store::id::{ModelId, Row};
use crate::store::read::path::Join;
use crate::store::room;
use crate::store::schema::model::Model;

/// The join rows of a path, as links between owners and members: a pair counts once, however many join rows it has. Of a longer
/// path a pair is linked where some walk leads from one to the other.
#[derive(Clone, Copy)]
pub struct Links<'a> {
    way: Way<'a>,
    /// The model at the far end.
    pub members: ModelId,
    /// The model that owns.
    pub owners: ModelId,
    /// From owners to members.
    pub down: Direction,
    /// From members to owners.
    pub up: Direction,
    /// Plain lists of these links, where they were made.
    lists: Option<&'a Lists>,
    /// Whether the lists are all there is: a condition leaves out the other join rows.
    is_narrowed: bool,
}

/// A jump costs as much as so many join rows in their order.
const JUMP: usize = 4;

impl<'a> Links<'a> {
    /// The links of a join from `owners` to `members`.
    pub fn new(store: &'a Store, join: &Join, owners: ModelId, members: ModelId) -> Self {
        let (model, table) = (store.schema().model(join.model), store.table(join.model));
        let side = |from: usize, to: usize| {
            let exact = join.unique.is_some() && !is_optional(model, to);
            Direction { from, to, exact, is_down: from == join.near }
        };
        let (down, up) = (side(join.near, join.far), side(join.far, join.near));
        Links { way: Way::Join(table), members, owners, down, up, lists: None, is_narrowed: false }
    }

    /// The links of a longer path.
    pub fn longer(path: &'a Longer<'a>, owners: ModelId, members: ModelId) -> Self {
        let side = |is_down| Direction { from: 0, to: 0, exact: false, is_down };
        Links {
            way: Way::Longer(path),
            members,
            owners,
            down: side(true),
            up: side(false),
            lists: None,
            is_narrowed: false,
        }
    }

    /// These links with the members as the owners.
    pub fn flipped(self) -> Self {
        Links { members: self.owners, owners: self.members, down: self.up, up: self.down, ..self }
    }

    /// Whether their owners are the members of the path.
    pub fn are_flipped(&self) -> bool {
        !self.down.is_down
    }

    /// Whether they are read by walking: what they lead to is not counted before it is read.
    pub fn are_walked(&self) -> bool {
        matches!(self.way, Way::Longer(_)) && self.lists.is_none()
    }

    /// These links read from lists of them, where there are any.
    pub fn with(self, lists: Option<&'a Lists>) -> Self {
        let is_narrowed = self.is_narrowed || lists.is_some() && matches!(self.way, Way::Longer(_));
        Links { lists: lists.or(self.lists), is_narrowed, ..self }
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
        self.lists.map(|lists| lists.of(side.is_down).list(row))
    }

    /// Both ends of each row that makes a pair, where links are walked and such rows are of one pair each.
    pub(super) fn pairs(&self) -> Option<(Vec<Row>, Vec<Row>)> {
        self.way.pairs()
    }

    /// The lists of members' owners, where links are in lists.
    pub(super) fn listed_up(&self) -> Option<&'a Side> {
        self.lists.map(|lists| lists.of(self.up.is_down))
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
        self.way.some(side, row, places, buffer);
        buffer.iter().for_each(|&row| visit(row, 1.0));
    }

    /// All that a row is linked with, where join rows are left out.
    #[inline]
    fn narrowed(&self, side: Direction, row: Row) -> Option<Listed<'a>> {
        if self.is_narrowed { self.listed(side, row) } else { None }
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
            self.way.gather(side, row, buffer);
        }
        Met { way: self.way, side, row, listed, buffer }
    }

    /// How many join rows reading a row's links looks at. O(1), but where they are walked.
    #[inline]
    pub fn reads(&self, side: Direction, row: Row) -> usize {
        self.narrowed(side, row).map_or_else(|| self.way.reads(side, row), |listed| listed.rows.len())
    }

    /// As [`reads`](Self::reads), of several rows together.
    pub fn reads_of(&self, side: Direction, rows: &[Row]) -> usize {
        rows.iter().map(|&row| self.reads(side, row)).sum()
    }

    /// Whether reading all join rows, in their order, is quicker than so many of them list by list, which jumps about.
    /// Only where every join row counts.
    pub fn is_most(&self, reads: usize) -> bool {
        !self.is_narrowed && self.down.exact && self.up.exact && reads > self.way.rows() / JUMP
    }

    /// Visits the owners and the members of all join rows, in their order, block by block: see [`Way::blocks`]. Only where
    /// [`is_most`](Self::is_most) says so.
    pub fn blocks(&self, visit: impl FnMut(&[Row], &[Row])) {
        self.way.blocks(self.down, visit);
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

    /// How many join rows there are, or rows on a longer path. O(1).
    pub fn len(&self) -> usize {
        self.way.count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many join rows count for a row, those of one pair each. O(1), but where they are walked.
    fn join_rows(&self, side: Direction, row: Row) -> usize {
        self.narrowed(side, row).map_or_else(|| self.way.join_rows(side, row), |listed| listed.rows.len())
    }
}

fn is_optional(model: &Model, field: usize) -> bool {
    model.fields[field].optional
}
