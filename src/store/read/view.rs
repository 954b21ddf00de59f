//! Reading along paths: what a collection holds.

use std::ops::ControlFlow;
use std::slice;
use std::sync::Arc;

use crate::store::Store;
use crate::store::id::{NO_ROW, Reference, Row};
use crate::store::read::path::{Condition, Hop, Join, Order, Path, Shape};
use crate::store::read::rowset::RowSet;
use crate::store::room;
use crate::store::stop::{self, Pace, ROWS, looking};

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At one live row.
    Row(Row),
    /// At every row of the model, one after the other.
    Every,
}

impl Start {
    /// Whether an index knows a path's members from here one by one, and how many they are.
    pub fn is_indexed(self, path: &Path) -> bool {
        match (self, path.shape) {
            (Start::Row(_), Shape::Inverse(_)) => true,
            (Start::Row(_), Shape::Join(join)) => join.unique.is_some() && join.whole,
            _ => false,
        }
    }
}

impl Store {
    /// The members of a collection, in order, each once. O(rows on the path).
    pub fn members(&self, start: Start, path: &Path) -> Vec<Row> {
        if (start, path.shape) == (Start::Every, Shape::All) {
            return self.table(path.to).live_rows();
        }
        if start.is_indexed(path) {
            let mut members = Vec::new();
            room::reserve(&mut members, self.count(start, path));
            self.members_in_blocks(start, path, |rows| members.extend_from_slice(rows));
            return members;
        }
        let mut members = Vec::new();
        let mut seen = RowSet::new(self.table(path.to).rows(), self.links(start, path));
        // A path without repeats from one row may have some from all rows together.
        let distinct = path.distinct && !matches!((start, path.shape), (Start::Every, Shape::Join(_)));
        _ = self.walk(start, path, |row| {
            if distinct || seen.insert(row) {
                room::push(&mut members, row);
            }
            ControlFlow::Continue(())
        });
        members
    }

    /// Visits the members of a collection, in order, each once; without a list of them where the path is indexed or has
    /// no hops.
    pub fn each_member(&self, start: Start, path: &Path, mut visit: impl FnMut(Row)) {
        match (start, path.shape) {
            (Start::Every, Shape::All) => self.table(path.to).live().for_each(visit),
            (Start::Row(row), Shape::All) => visit(row),
            (Start::Row(row), Shape::Inverse(Reference { model, field })) => {
                self.table(model).children(field, row).for_each(visit);
            }
            (Start::Row(row), Shape::Join(join)) if start.is_indexed(path) => {
                // No end is 0, which would be none.
                self.table(join.model).ends(join.near, join.far, row).for_each(|end| visit(end as Row - 1));
            }
            _ => self.members(start, path).into_iter().for_each(visit),
        }
    }

    /// As [`each_member`](Self::each_member), in blocks: several times as quick where the path is indexed.
    pub fn members_in_blocks(&self, start: Start, path: &Path, mut visit: impl FnMut(&[Row])) {
        match (start, path.shape) {
            (Start::Row(row), Shape::Inverse(Reference { model, field })) => {
                self.table(model).children_in_blocks(field, row, visit);
            }
            (Start::Row(row), Shape::Join(join)) if start.is_indexed(path) => {
                self.table(join.model).ends_in_blocks(join.near, join.far, row, visit);
            }
            _ => self.members(start, path).chunks(ROWS).for_each(|rows| {
                visit(rows);
                stop::look();
            }),
        }
    }

    /// How many members a collection has. O(1) for an inverse and for a join over a unique pair.
    pub fn count(&self, start: Start, path: &Path) -> usize {
        match (start, path.shape) {
            (Start::Row(_), Shape::All) => 1,
            (Start::Every, Shape::All) => self.table(path.to).len(),
            (Start::Row(row), Shape::Inverse(Reference { model, field })) => self.table(model).count(field, row),
            (Start::Row(row), Shape::Join(join)) if join.unique.is_some() && join.whole => {
                self.table(join.model).count(join.near, row)
            }
            _ => self.members(start, path).len(),
        }
    }

    /// Whether a live row is in a collection. O(1) for an inverse and for a join over a unique pair; O(links of the end
    /// that has fewer) for other joins.
    pub fn contains(&self, start: Start, path: &Path, member: Row) -> bool {
        match (start, path.shape) {
            (Start::Row(row), Shape::All) => row == member,
            (Start::Every, Shape::All) => true,
            (Start::Row(row), Shape::Inverse(Reference { model, field })) => {
                self.table(model).refers(field, member, row)
            }
            (Start::Row(row), Shape::Join(join)) => self.link(&join, row, member).is_some(),
            (Start::Row(row), Shape::Walk) if !matches!(path.bare, Shape::Walk) => {
                self.link_that_holds(path, row, member).is_some()
            }
            _ => self
                .walk(start, path, |row| if row == member { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
                .is_break(),
        }
    }

    /// The row that refers to another by a unique reference; [`NO_ROW`] where there is none. O(1).
    pub fn one(&self, Reference { model, field }: Reference, row: Row) -> Row {
        if row == NO_ROW { NO_ROW } else { self.table(model).children(field, row).next().unwrap_or(NO_ROW) }
    }

    /// Whether all conditions of a path, whose bare shape is an inverse or a join, hold for a child or a join row.
    pub fn meets(&self, path: &Path, row: Row) -> bool {
        path.conditions().into_iter().all(|condition| holds(self, condition, row))
    }

    /// The child or the first join row that makes a row a member of a collection whose bare shape is an inverse or a join.
    /// Costs as [`contains`](Self::contains).
    pub fn link_that_holds(&self, path: &Path, owner: Row, member: Row) -> Option<Row> {
        match path.bare {
            Shape::Inverse(Reference { model, field }) => {
                (self.table(model).refers(field, member, owner) && self.meets(path, member)).then_some(member)
            }
            Shape::Join(join) if join.unique.is_some() => {
                self.link(&join, owner, member).filter(|&link| self.meets(path, link))
            }
            Shape::Join(join) => self.links_between(&join, owner, member).find(|&link| self.meets(path, link)),
            Shape::All | Shape::Walk => None,
        }
    }

    /// The first join row between an owner and a member. O(1) over a unique pair, else O(links of the end that has
    /// fewer).
    pub fn link(&self, join: &Join, owner: Row, member: Row) -> Option<Row> {
        let table = self.table(join.model);
        match join.unique {
            Some(at) => {
                let key = if table.uniques()[at].fields[0] == join.near { [owner, member] } else { [member, owner] };
                let found = table.find_pair(at, key);
                self.note_keys(join.model);
                found
            }
            None => self.links_between(join, owner, member).next(),
        }
    }

    /// All join rows between an owner and a member, in order of creation. O(links of the end that has fewer).
    pub fn links_between(&self, join: &Join, owner: Row, member: Row) -> impl Iterator<Item = Row> + '_ {
        let table = self.table(join.model);
        let (few, row, other, wanted) = if table.entries(join.near, owner) <= table.entries(join.far, member) {
            (join.near, owner, join.far, member)
        } else {
            (join.far, member, join.near, owner)
        };
        let other = table.column(other).parents();
        table.children(few, row).filter(move |&link| other.of(link) == wanted)
    }

    /// About how many rows a walk will meet: exact for its first step.
    fn links(&self, start: Start, path: &Path) -> usize {
        match (start, path.hops.first()) {
            (Start::Row(row), Some(Hop::Down(reference))) => self.table(reference.model).count(reference.field, row),
            (Start::Row(_), _) => 1,
            (Start::Every, _) => self.table(path.from).len(),
        }
    }

    /// Visits what a path leads to, depth first, repeats included, until the visitor breaks.
    pub fn walk(&self, start: Start, path: &Path, mut visit: impl FnMut(Row) -> ControlFlow<()>) -> ControlFlow<()> {
        self.trace(start, path, |row, _| visit(row))
    }

    /// As [`walk`](Self::walk), and the visitor also sees by which rows it came: the start where the path starts at every row, then the
    /// row of each hop down, and for each order the row that was put in it before those by which that was come to. Walks
    /// visit in ascending order of these, as [`add_places`](Self::add_places) puts them in places.
    pub fn trace(
        &self,
        start: Start,
        path: &Path,
        mut visit: impl FnMut(Row, &[Row]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (mut trail, mut pace) = (Vec::new(), Pace::default());
        let mut visit = |row, trail: &[Row]| {
            pace.step();
            visit(row, trail)
        };
        match start {
            Start::Row(row) => self.descend(row, &path.hops, &mut trail, &mut visit),
            Start::Every => {
                for row in looking(self.table(path.from).live()) {
                    trail.push(row);
                    self.descend(row, &path.hops, &mut trail, &mut visit)?;
                    trail.pop();
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn descend(
        &self,
        row: Row,
        hops: &[Hop],
        trail: &mut Vec<Row>,
        visit: &mut impl FnMut(Row, &[Row]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match hops {
            [] => visit(row, trail),
            [Hop::Up(Reference { model, field }), rest @ ..] => match self.table(*model).column(*field).parent(row) {
                NO_ROW => ControlFlow::Continue(()),
                parent => self.descend(parent, rest, trail, visit),
            },
            [Hop::Keep(_) | Hop::Sorted(..), ..] | [Hop::Down(_), Hop::Keep(_), ..] => {
                self.descend_by_terms(row, hops, trail, visit)
            }
            [Hop::Down(Reference { model, field }), rest @ ..] => {
                for child in self.table(*model).children(*field, row) {
                    trail.push(child);
                    self.descend(child, rest, trail, visit)?;
                    trail.pop();
                }
                ControlFlow::Continue(())
            }
        }
    }

    /// As `descend`, of what has terms, in a function of its own: `descend` calls itself once a hop, so what it keeps is little.
    #[inline(never)]
    fn descend_by_terms(
        &self,
        row: Row,
        hops: &[Hop],
        trail: &mut Vec<Row>,
        visit: &mut impl FnMut(Row, &[Row]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match hops {
            // Of a whole list at once a condition costs little more than of one row.
            [Hop::Down(Reference { model, field }), Hop::Keep(condition), rest @ ..] => {
                let mut children = room::collected(self.table(*model).children(*field, row));
                keep(self, condition, &mut children);
                self.descend_each(&children, rest, trail, visit)
            }
            [Hop::Keep(condition), rest @ ..] => match holds(self, condition, row) {
                true => self.descend(row, rest, trail, visit),
                false => ControlFlow::Continue(()),
            },
            [Hop::Sorted(inner, order), rest @ ..] => {
                let (met, before) = (self.sorted_from(row, inner, order), trail.len());
                for (row, by) in met.in_order() {
                    trail.push(row);
                    trail.extend_from_slice(by);
                    self.descend(row, rest, trail, visit)?;
                    trail.truncate(before);
                }
                ControlFlow::Continue(())
            }
            hops => self.descend(row, hops, trail, visit),
        }
    }

    fn descend_each(
        &self,
        rows: &[Row],
        hops: &[Hop],
        trail: &mut Vec<Row>,
        visit: &mut impl FnMut(Row, &[Row]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for &row in rows {
            trail.push(row);
            self.descend(row, hops, trail, visit)?;
            trail.pop();
        }
        ControlFlow::Continue(())
    }

    /// What hops lead to from a row, repeats included, in an order.
    #[inline(never)]
    fn sorted_from(&self, from: Row, hops: &[Hop], order: &Arc<dyn Order>) -> Met {
        let (mut rows, mut trails, mut pace) = (Vec::new(), Vec::new(), Pace::default());
        _ = self.descend(from, hops, &mut Vec::new(), &mut |row, trail: &[_]| {
            pace.step();
            room::push(&mut rows, row);
            room::spare_for(&mut trails, trail.len());
            trails.extend_from_slice(trail);
            ControlFlow::Continue(())
        });
        Met { places: order.sorted(self, &rows), rows, trails }
    }
}

/// What a walk met, to be read in an order.
struct Met {
    rows: Vec<Row>,
    /// The trail of each, all equally long.
    trails: Vec<Row>,
    places: Vec<u32>,
}

impl Met {
    fn in_order(&self) -> impl Iterator<Item = (Row, &[Row])> {
        let width = self.trails.len() / self.rows.len().max(1);
        self.places.iter().map(move |&at| {
            let at = at as usize;
            (self.rows[at], &self.trails[at * width..(at + 1) * width])
        })
    }
}

/// Whether a condition holds for a row.
fn holds(store: &Store, condition: &Arc<dyn Condition>, row: Row) -> bool {
    condition.holding(store, slice::from_ref(&row)).first() == Some(&true)
}

/// Leaves those rows for which a condition holds.
fn keep(store: &Store, condition: &Arc<dyn Condition>, rows: &mut Vec<Row>) {
    let holding = condition.holding(store, rows);
    let mut holds = holding.into_iter();
    rows.retain(|_| holds.next() == Some(true));
}
