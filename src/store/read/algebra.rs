//! Sets of rows of one table: `&`, `|`, `-`, `^` in the order of the left one, and counts that build nothing.
//!
//! The sizes decide how. A side that is much smaller than the other, and may ask the other's index, asks it row by
//! row; a few rows are compared one by one; else one side becomes a set, as a bitmap where the table is not too large
//! for it.

use std::sync::Arc;

use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::id::Row;
use crate::store::read::path::{Join, Path, Shape};
use crate::store::read::rowset::RowSet;
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::{self, Pace, ROWS, looking};

/// Up to this many rows are looked through one by one; above, a set is cheaper.
const FEW: usize = 12;

/// Asking an index costs as much as reading so many rows of a list.
const PROBE: usize = 16;

/// An operator on two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `&`
    And,
    /// `|`
    Or,
    /// `-`
    Sub,
    /// `^`
    Xor,
}

/// One side of an operator.
#[derive(Clone, Copy, Debug)]
pub enum Side<'a> {
    /// Rows, each once.
    Rows(&'a [Row]),
    /// What a path leads to.
    Path(Start, &'a Path),
}

/// By what rows are looked up in a side.
enum Found<'a> {
    /// The set that is kept beside its list.
    Set(Arc<Bits>),
    /// The index of its path: the rows are few.
    Index(Start, &'a Path),
    Nothing,
}

/// The row and the join over a unique pair that a side comes from, if it does.
fn joined(side: Side) -> Option<(Row, Join)> {
    match side {
        Side::Path(start @ Start::Row(owner), path) if start.is_indexed(path) => match path.shape {
            Shape::Join(join) => Some((owner, join)),
            _ => None,
        },
        _ => None,
    }
}

impl Store {
    /// What an operator makes of two sets of rows of one table, which has `universe` rows. O(rows of both), and
    /// O(rows of the smaller) where the larger is an inverse or a join over a unique pair.
    pub fn combine(&self, operator: Operator, left: Side, right: Side, universe: usize) -> Vec<Row> {
        self.combine_sides(operator, left, right, universe).0
    }

    /// As [`combine`](Self::combine), and how many of the rows, the first, come from the left.
    pub fn combine_sides(&self, operator: Operator, left: Side, right: Side, universe: usize) -> (Vec<Row>, usize) {
        let (mut of_left, mut of_right) = (Vec::new(), Vec::new());
        let (left, right) = (self.readable(left, &mut of_left), self.readable(right, &mut of_right));
        let mut rows = match operator {
            Operator::And => self.and_by_index(left, right).unwrap_or_else(|| self.keep(left, right, universe, true)),
            Operator::Sub | Operator::Xor => self.keep(left, right, universe, false),
            Operator::Or => {
                let mut rows = Vec::new();
                room::reserve(&mut rows, self.size(left));
                self.each(left, |row| room::push(&mut rows, row));
                rows
            }
        };
        let from_left = rows.len();
        if matches!(operator, Operator::Or | Operator::Xor) {
            self.keep(right, left, universe, false).into_iter().for_each(|row| room::push(&mut rows, row));
        }
        (rows, from_left)
    }

    /// How many rows both sets have. Costs as [`combine`](Self::combine).
    pub fn overlap(&self, left: Side, right: Side, universe: usize) -> usize {
        let (mut of_left, mut of_right) = (Vec::new(), Vec::new());
        let (left, right) = (self.readable(left, &mut of_left), self.readable(right, &mut of_right));
        let (few, many) = if self.size(left) <= self.size(right) { (left, right) } else { (right, left) };
        let mut shared = 0;
        match self.kept_or_index(few, many, universe) {
            Found::Set(marks) => match self.marks(few, universe) {
                Some(others) => shared = marks.shared(&others),
                None => {
                    let set = RowSet::Kept(marks);
                    self.each_block(few, |rows| shared += set.count(rows));
                }
            },
            Found::Index(start, path) => {
                self.each(few, |row| shared += usize::from(self.contains(start, path, row)));
            }
            Found::Nothing => {
                let few = self.set_of(few, universe);
                self.each_block(many, |rows| shared += few.count(rows));
            }
        }
        shared
    }

    /// The rows of one side that are (or are not) in the other.
    fn keep(&self, rows: Side, others: Side, universe: usize, inside: bool) -> Vec<Row> {
        let mut kept = Vec::new();
        let set = match self.kept_or_index(rows, others, universe) {
            Found::Index(start, path) => {
                self.each(rows, |row| {
                    if self.contains(start, path, row) == inside {
                        room::push(&mut kept, row);
                    }
                });
                return kept;
            }
            Found::Set(marks) => RowSet::Kept(marks),
            Found::Nothing => self.set_of(others, universe),
        };
        room::reserve(&mut kept, self.size(rows));
        self.each_block(rows, |rows| set.keep(rows, inside, &mut kept));
        kept
    }

    /// By what the rows of one side are looked up in the other.
    fn kept_or_index<'a>(&self, rows: Side, others: Side<'a>, universe: usize) -> Found<'a> {
        match self.index(rows, others) {
            // Worth asking, not worth making.
            Some((start, path)) => match self.kept_marks(others) {
                Some(marks) => Found::Set(marks),
                None => Found::Index(start, path),
            },
            None => self.marks(others, universe).map_or(Found::Nothing, Found::Set),
        }
    }

    /// The set that is kept beside a side's list, if there is one.
    fn kept_marks(&self, side: Side) -> Option<Arc<Bits>> {
        let (owner, join) = joined(side)?;
        self.table(join.model).kept_marks(join.near, join.far, owner)
    }

    /// The set of [`kept_marks`](Self::kept_marks), which is made where it pays.
    fn marks(&self, side: Side, universe: usize) -> Option<Arc<Bits>> {
        let (owner, join) = joined(side)?;
        self.table(join.model).marks(join.near, join.far, owner, universe)
    }

    /// The rows of both, where the left one is so much larger that its index is asked.
    fn and_by_index(&self, left: Side, right: Side) -> Option<Vec<Row>> {
        let (start, path) = self.index(right, left)?;
        let mut placed: Vec<(Row, Row)> = Vec::new();
        self.each(right, |row| placed.extend(self.place(start, path, row).map(|place| (place, row))));
        placed.sort_unstable();
        Some(placed.into_iter().map(|(_, row)| row).collect())
    }

    /// The path of `many`, if each row of `few` should be looked up there.
    fn index<'a>(&self, few: Side, many: Side<'a>) -> Option<(Start, &'a Path)> {
        match many {
            Side::Path(start, path) if self.size(few) * PROBE < self.size(many) => Some((start, path)),
            _ => None,
        }
    }

    /// What orders the members of an indexed path, for one that is a member: its own row, or that of its link.
    fn place(&self, start: Start, path: &Path, member: Row) -> Option<Row> {
        match (start, path.shape) {
            (Start::Row(owner), Shape::Join(join)) => self.link(&join, owner, member),
            _ => self.contains(start, path, member).then_some(member),
        }
    }

    /// A side as it is read: one that no index knows becomes the rows it has.
    fn readable<'a>(&self, side: Side<'a>, rows: &'a mut Vec<Row>) -> Side<'a> {
        match side {
            Side::Path(start, path) if !start.is_indexed(path) => {
                *rows = self.members(start, path);
                Side::Rows(rows)
            }
            _ => side,
        }
    }

    fn size(&self, side: Side) -> usize {
        match side {
            Side::Rows(rows) => rows.len(),
            Side::Path(start, path) => self.count(start, path),
        }
    }

    fn each(&self, side: Side, mut visit: impl FnMut(Row)) {
        match side {
            Side::Rows(rows) => looking(rows).for_each(|&row| visit(row)),
            Side::Path(start, path) => {
                let mut pace = Pace::default();
                self.each_member(start, path, |row| {
                    pace.step();
                    visit(row);
                });
            }
        }
    }

    fn each_block(&self, side: Side, mut visit: impl FnMut(&[Row])) {
        match side {
            Side::Rows(rows) => rows.chunks(ROWS).for_each(|rows| {
                visit(rows);
                stop::look();
            }),
            Side::Path(start, path) => self.members_in_blocks(start, path, visit),
        }
    }

    fn set_of(&self, side: Side, universe: usize) -> RowSet {
        let size = self.size(side);
        let mut set = if size <= FEW { RowSet::Few(Vec::with_capacity(size)) } else { RowSet::new(universe, size) };
        self.each_block(side, |rows| set.add(rows));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::read::rowset::distinct;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        proptest::collection::vec(0..60u32, 0..50).prop_map(|mut rows| {
            distinct(&mut rows, 60);
            rows
        })
    }

    proptest! {
        #[test]
        fn as_sets_do(left in rows(), right in rows()) {
            let (a, b): (BTreeSet<_>, BTreeSet<_>) = (left.iter().copied().collect(), right.iter().copied().collect());
            let set = |rows: Vec<Row>| {
                let set: BTreeSet<Row> = rows.iter().copied().collect();
                assert_eq!(set.len(), rows.len(), "repeats");
                set
            };
            let store = Store::default();
            for universe in [60, 60_000] {
                let combine = |operator| store.combine(operator, Side::Rows(&left), Side::Rows(&right), universe);
                prop_assert_eq!(set(combine(Operator::And)), &a & &b);
                prop_assert_eq!(set(combine(Operator::Or)), &a | &b);
                prop_assert_eq!(set(combine(Operator::Sub)), &a - &b);
                prop_assert_eq!(set(combine(Operator::Xor)), &a ^ &b);
                prop_assert_eq!(store.overlap(Side::Rows(&left), Side::Rows(&right), universe), (&a & &b).len());
                prop_assert!(combine(Operator::And).iter().eq(left.iter().filter(|row| b.contains(row))));
            }
        }
    }
}
