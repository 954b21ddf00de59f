//! Sets of rows of one table: `&`, `|`, `-`, `^` in the order of the left one, and counts that build nothing.
//!
//! The sizes decide how. A side that is much smaller than the other, and may ask the other's index, asks it row by row;
//! a few rows are compared one by one; else one side becomes a set, as a bitmap where the table is not too large for it.

use foldhash::HashSet;

use super::Store;
use super::bits::Bits;
use super::id::Row;
use super::path::{Path, Shape};
use super::view::Start;

/// Up to this many rows are looked through one by one; above, a set is cheaper.
const FEW: usize = 12;

/// Asking an index costs as much as reading so many rows of a list.
const PROBE: usize = 16;

/// A set of rows of one table.
pub enum RowSet {
    /// One bit a row of the table.
    Bits(Bits),
    /// Where the bitmap would be mostly zeros.
    Hashed(HashSet<Row>),
}

impl RowSet {
    /// An empty set for about so many rows of a table with `universe` rows.
    pub fn new(universe: usize, expected: usize) -> Self {
        // A bitmap costs its zeros, a hashed row about as much as 256 of them.
        match universe / 256 <= expected {
            true => RowSet::Bits(Bits::zeros(universe)),
            false => RowSet::Hashed(HashSet::with_capacity_and_hasher(expected, Default::default())),
        }
    }

    fn of(rows: &[Row], universe: usize) -> Self {
        let mut set = Self::new(universe, rows.len());
        rows.iter().for_each(|&row| _ = set.insert(row));
        set
    }

    /// Adds a row; whether it is new.
    #[inline]
    pub fn insert(&mut self, row: Row) -> bool {
        match self {
            RowSet::Bits(bits) => !bits.set(row as usize, true),
            RowSet::Hashed(rows) => rows.insert(row),
        }
    }

    fn has(&self, row: Row) -> bool {
        match self {
            RowSet::Bits(bits) => bits.get(row as usize),
            RowSet::Hashed(rows) => rows.contains(&row),
        }
    }
}

/// The rows of a list that are (or are not) among others.
fn keep(rows: &[Row], others: &[Row], universe: usize, among: bool) -> Vec<Row> {
    if others.len() <= FEW {
        return rows.iter().copied().filter(|row| others.contains(row) == among).collect();
    }
    let others = RowSet::of(others, universe);
    rows.iter().copied().filter(|&row| others.has(row) == among).collect()
}

/// The rows of both.
pub fn and(left: &[Row], right: &[Row], universe: usize) -> Vec<Row> {
    keep(left, right, universe, true)
}

/// The rows of the left that are not in the right.
pub fn sub(left: &[Row], right: &[Row], universe: usize) -> Vec<Row> {
    keep(left, right, universe, false)
}

/// The rows of the left, then those that only the right has.
pub fn or(left: &[Row], right: &[Row], universe: usize) -> Vec<Row> {
    let mut rows = left.to_vec();
    rows.extend(sub(right, left, universe));
    rows
}

/// The rows that only the left has, then those that only the right has.
pub fn xor(left: &[Row], right: &[Row], universe: usize) -> Vec<Row> {
    let mut rows = sub(left, right, universe);
    rows.extend(sub(right, left, universe));
    rows
}

/// How many rows both have.
pub fn overlap(left: &[Row], right: &[Row], universe: usize) -> usize {
    let (few, many) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    if few.len() <= FEW {
        return many.iter().filter(|row| few.contains(row)).count();
    }
    let few = RowSet::of(few, universe);
    many.iter().filter(|&&row| few.has(row)).count()
}

/// The rows without repeats, each at its first place.
pub fn distinct(rows: &mut Vec<Row>, universe: usize) {
    let mut seen = RowSet::new(universe, rows.len());
    rows.retain(|&row| seen.insert(row));
}

/// An operator on two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Store {
    /// What an operator makes of two sets of rows of one table. O(rows of both), and O(rows of the smaller) where the
    /// larger is an inverse or a join over a unique pair.
    pub fn combine(&self, operator: Operator, left: Side, right: Side, universe: usize) -> Vec<Row> {
        match operator {
            Operator::And => {
                if let Some(rows) = self.and_by_index(left, right) {
                    return rows;
                }
                and(&self.rows(left), &self.rows(right), universe)
            }
            Operator::Sub => self.without(left, right, universe),
            Operator::Or => {
                let mut rows = self.rows(left).into_owned();
                rows.extend(match right {
                    Side::Rows(right) => sub(right, &rows, universe),
                    Side::Path(..) => self.without(right, left, universe),
                });
                rows
            }
            Operator::Xor => {
                let mut rows = self.without(left, right, universe);
                rows.extend(self.without(right, left, universe));
                rows
            }
        }
    }

    /// How many rows both sets have. Costs as [`combine`](Self::combine).
    pub fn overlap(&self, left: Side, right: Side, universe: usize) -> usize {
        let (few, many) = if self.size(left) <= self.size(right) { (left, right) } else { (right, left) };
        match self.index(few, many) {
            Some((start, path)) => self.rows(few).iter().filter(|&&row| self.contains(start, path, row)).count(),
            None => overlap(&self.rows(few), &self.rows(many), universe),
        }
    }

    /// The rows of the left that are not in the right.
    fn without(&self, left: Side, right: Side, universe: usize) -> Vec<Row> {
        let rows = self.rows(left);
        match self.index(left, right) {
            Some((start, path)) => rows.iter().copied().filter(|&row| !self.contains(start, path, row)).collect(),
            None => sub(&rows, &self.rows(right), universe),
        }
    }

    /// The rows of both by asking the index of the larger, where that is worth it.
    fn and_by_index(&self, left: Side, right: Side) -> Option<Vec<Row>> {
        if let Some((start, path)) = self.index(left, right) {
            return Some(self.rows(left).iter().copied().filter(|&row| self.contains(start, path, row)).collect());
        }
        let (start, path) = self.index(right, left)?;
        let place = |&row: &Row| Some((self.place(start, path, row)?, row));
        let mut rows: Vec<(Row, Row)> = self.rows(right).iter().filter_map(place).collect();
        rows.sort_unstable();
        Some(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The path of `many`, if each row of `few` should be looked up there.
    fn index<'a>(&self, few: Side, many: Side<'a>) -> Option<(Start, &'a Path)> {
        let Side::Path(start, path) = many else { return None };
        let is_indexed = match (start, path.shape) {
            (Start::Row(_), Shape::Inverse(_)) => true,
            (Start::Row(_), Shape::Join(join)) => join.unique.is_some() && join.whole,
            _ => false,
        };
        (is_indexed && self.size(few) * PROBE < self.size(many)).then_some((start, path))
    }

    /// What orders the members of an indexed path, for one that is a member: its own row, or that of its link.
    fn place(&self, start: Start, path: &Path, member: Row) -> Option<Row> {
        match (start, path.shape) {
            (Start::Row(owner), Shape::Join(join)) => self.link(&join, owner, member),
            _ => self.contains(start, path, member).then_some(member),
        }
    }

    /// How many rows a side has, or a great many where that is not known beforehand.
    fn size(&self, side: Side) -> usize {
        match side {
            Side::Rows(rows) => rows.len(),
            Side::Path(start, path) if path.distinct => self.count(start, path),
            Side::Path(..) => usize::MAX / PROBE,
        }
    }

    fn rows<'a>(&self, side: Side<'a>) -> std::borrow::Cow<'a, [Row]> {
        match side {
            Side::Rows(rows) => rows.into(),
            Side::Path(start, path) => self.members(start, path).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            prop_assert_eq!(set(and(&left, &right, 60)), &a & &b);
            prop_assert_eq!(set(or(&left, &right, 60)), &a | &b);
            prop_assert_eq!(set(sub(&left, &right, 60)), &a - &b);
            prop_assert_eq!(set(xor(&left, &right, 60)), &a ^ &b);
            prop_assert_eq!(overlap(&left, &right, 60), (&a & &b).len());
            prop_assert!(and(&left, &right, 60).iter().eq(left.iter().filter(|row| b.contains(row))));
            prop_assert_eq!(and(&left, &right, 60_000), and(&left, &right, 60));
        }
    }
}
