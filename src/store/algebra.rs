//! Sets of rows of one table, as lists without repeats: `&`, `|`, `-`, `^` in the order of the left one, and their
//! counts.

use super::bits::Bits;
use super::id::Row;

/// Up to this many rows are looked through one by one; above, a bitmap of the table is cheaper.
const FEW: usize = 12;

/// The rows of one side, to ask for each row of the other.
enum Side<'a> {
    Few(&'a [Row]),
    Many(Bits),
}

impl<'a> Side<'a> {
    /// `universe` is how many rows the table has.
    fn of(rows: &'a [Row], universe: usize) -> Self {
        if rows.len() <= FEW {
            return Side::Few(rows);
        }
        let mut bits = Bits::zeros(universe);
        rows.iter().for_each(|&row| _ = bits.set(row as usize, true));
        Side::Many(bits)
    }

    fn has(&self, row: Row) -> bool {
        match self {
            Side::Few(rows) => rows.contains(&row),
            Side::Many(bits) => bits.get(row as usize),
        }
    }
}

fn only(rows: &[Row], keep: impl Fn(Row) -> bool) -> Vec<Row> {
    rows.iter().copied().filter(|&row| keep(row)).collect()
}

/// The rows of both.
pub fn and(left: &[Row], right: &[Row], universe: usize) -> Vec<Row> {
    let right = Side::of(right, universe);
    only(left, |row| right.has(row))
}

/// The rows of the left that are not in the right.
pub fn sub(left: &[Row], right: &[Row], universe: usize) -> Vec<Row> {
    let right = Side::of(right, universe);
    only(left, |row| !right.has(row))
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
    let few = Side::of(few, universe);
    many.iter().filter(|&&row| few.has(row)).count()
}

/// The rows without repeats, each at its first place.
pub fn distinct(rows: &mut Vec<Row>, universe: usize) {
    let mut seen = Bits::zeros(universe);
    rows.retain(|&row| !seen.set(row as usize, true));
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
            prop_assert_eq!(and(&left, &right, 60), only(&left, |row| b.contains(&row)));
        }
    }
}
