//! Conditions of values: how two compare, and whether one is among several.

use std::cmp::Ordering;

use crate::ask::block::{Block, Cells, made};
use crate::ask::expr::Comparison;
use crate::ask::plan::{Kept, Place, Values};
use crate::store::value::Value;

/// Whether so many pairs of values compare so. None equals none and nothing else, and is neither less nor greater.
pub fn compared(how: Comparison, a: &Block, b: &Block, len: usize) -> Vec<bool> {
    let mut truths = match (&a.cells, &b.cells) {
        (Cells::Ints(x), Cells::Ints(y)) => ordered(how, x, y, a, b, len),
        (Cells::Floats(x), Cells::Floats(y)) => ordered(how, x, y, a, b, len),
        (Cells::Bools(x), Cells::Bools(y)) => ordered(how, x, y, a, b, len),
        (Cells::Wides(x), Cells::Wides(y)) => ordered(how, x, y, a, b, len),
        (Cells::Rows(x), Cells::Rows(y)) => return ordered(how, x, y, a, b, len),
        (Cells::Texts(x), Cells::Texts(y)) => ordered(how, x, y, a, b, len),
        (Cells::Bytes(x), Cells::Bytes(y)) => ordered(how, x, y, a, b, len),
        // An int that a float can be compares as one.
        (Cells::Ints(x), Cells::Floats(y)) if a.is_one && is_exact(x[0]) => ordered(how, &[x[0] as f64], y, a, b, len),
        (Cells::Floats(x), Cells::Ints(y)) if b.is_one && is_exact(y[0]) => ordered(how, x, &[y[0] as f64], a, b, len),
        (Cells::Ints(x), Cells::Floats(y)) => pairs(x, y, a, b, len, |&x, &y| passes(how, int_and_float(x, y))),
        (Cells::Floats(x), Cells::Ints(y)) => {
            pairs(x, y, a, b, len, |&x, &y| passes(how, int_and_float(y, x).reverse()))
        }
        // Of two types that do not compare no plan is made.
        _ => made(len, |_| false),
    };
    if a.nones.is_some() || b.nones.is_some() {
        truths.iter_mut().enumerate().for_each(|(row, holds)| match (a.is_none(row), b.is_none(row)) {
            (false, false) => {}
            (a, b) => *holds = if a && b { how == Comparison::Equal } else { how == Comparison::Unequal },
        });
    }
    truths
}

fn passes(how: Comparison, order: Ordering) -> bool {
    match how {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::AtMost => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::AtLeast => order.is_ge(),
    }
}

/// A loop for each operator, so that the compiler can do several values at a time.
fn ordered<T: PartialOrd>(how: Comparison, x: &[T], y: &[T], a: &Block, b: &Block, len: usize) -> Vec<bool> {
    match how {
        Comparison::Equal => pairs(x, y, a, b, len, |x, y| x == y),
        Comparison::Unequal => pairs(x, y, a, b, len, |x, y| x != y),
        Comparison::Less => pairs(x, y, a, b, len, |x, y| x < y),
        Comparison::AtMost => pairs(x, y, a, b, len, |x, y| x <= y),
        Comparison::Greater => pairs(x, y, a, b, len, |x, y| x > y),
        Comparison::AtLeast => pairs(x, y, a, b, len, |x, y| x >= y),
    }
}

/// What a function makes of each of so many pairs.
pub fn pairs<X, Y, R>(x: &[X], y: &[Y], a: &Block, b: &Block, len: usize, of: impl Fn(&X, &Y) -> R) -> Vec<R> {
    match (a.is_one, b.is_one) {
        (false, false) => {
            let (x, y) = (&x[..len], &y[..len]);
            made(len, |at| of(&x[at], &y[at]))
        }
        (false, true) => {
            let x = &x[..len];
            made(len, |at| of(&x[at], &y[0]))
        }
        (true, false) => {
            let y = &y[..len];
            made(len, |at| of(&x[0], &y[at]))
        }
        (true, true) => made(len, |_| of(&x[0], &y[0])),
    }
}

/// Whether an int is surely a float.
fn is_exact(int: i64) -> bool {
    int.unsigned_abs() <= 1 << 53
}

/// Exactly, as Python compares them: not every int is a float.
fn int_and_float(int: i64, float: f64) -> Ordering {
    // 2^63, which no int reaches.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if float >= END {
        return Ordering::Less;
    }
    if float < -END {
        return Ordering::Greater;
    }
    let whole = float.floor();
    int.cmp(&(whole as i64)).then(if float > whole { Ordering::Less } else { Ordering::Equal })
}

/// Whether so many values are among others.
pub fn is_in(block: &Block, values: &Values, len: usize) -> Vec<bool> {
    made(len, |row| {
        if block.is_none(row) {
            return values.has_none;
        }
        let at = block.at(row);
        match (&values.kept, &block.cells) {
            (Kept::Ints(ints), Cells::Ints(cells)) => ints.contains(&cells[at]),
            (Kept::Texts(texts), Cells::Texts(cells)) => texts.contains(&*cells[at]),
            (Kept::Sorted(sorted), _) => sorted.binary_search_by(|value: &Value| value.cmp(&block.value(row))).is_ok(),
            (Kept::Ints(_) | Kept::Texts(_), _) => false,
        }
    })
}

/// Whether so many texts have another in them. None has none.
pub fn has_text(place: Place, a: &Block, b: &Block, len: usize) -> Vec<bool> {
    let (Cells::Texts(x), Cells::Texts(y)) = (&a.cells, &b.cells) else { return made(len, |_| false) };
    let mut truths = pairs(x, y, a, b, len, |x, y| match place {
        Place::Within => x.contains(&**y),
        Place::First => x.starts_with(&**y),
        Place::Last => x.ends_with(&**y),
    });
    truths.iter_mut().enumerate().for_each(|(row, holds)| *holds &= !a.is_none(row) && !b.is_none(row));
    truths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_and_floats_compare_exactly() {
        let big = (1 << 53) + 1;
        assert_eq!(int_and_float(big, (1_i64 << 53) as f64), Ordering::Greater);
        assert_eq!(int_and_float(i64::MAX, 9.3e18), Ordering::Less);
        assert_eq!(int_and_float(i64::MIN, f64::NEG_INFINITY), Ordering::Greater);
        assert_eq!((int_and_float(-1, -0.5), int_and_float(0, 0.5)), (Ordering::Less, Ordering::Less));
        assert_eq!((int_and_float(2, 2.0), int_and_float(3, 2.5)), (Ordering::Equal, Ordering::Greater));
    }
}
