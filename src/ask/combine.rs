//! Arithmetic: what two numbers make. With none it is none, as is what is divided by zero; what is too large is an error.

use crate::ask::block::{Block, Cells, made};
use crate::ask::compare::pairs;
use crate::ask::expr::Arithmetic;
use crate::store::decimal::DIGITS;
use crate::store::error::{Error, Result};

/// Which of so many pairs of values have a none in them.
fn nones(a: &Block, b: &Block, len: usize) -> Option<Vec<bool>> {
    let any = a.nones.is_some() || b.nones.is_some();
    any.then(|| made(len, |row| a.is_none(row) || b.is_none(row)))
}

/// What so many pairs of numbers make; `said` is for an error.
pub fn combined<'a>(how: Arithmetic, a: &Block, b: &Block, len: usize, said: &str) -> Result<Block<'a>> {
    let mut nones = nones(a, b, len);
    let cells = match (&a.cells, &b.cells) {
        (Cells::Ints(x), Cells::Ints(y)) if how == Arithmetic::Over => {
            let floats = pairs(x, y, a, b, len, |&x, &y| if y == 0 { f64::NAN } else { x as f64 / y as f64 });
            Cells::Floats(numbers(floats, &mut nones).into())
        }
        (Cells::Ints(x), Cells::Ints(y)) => {
            let of = |&x: &i64, &y: &i64| match how {
                Arithmetic::Plus => x.overflowing_add(y),
                Arithmetic::Minus => x.overflowing_sub(y),
                Arithmetic::Times | Arithmetic::Over => x.overflowing_mul(y),
            };
            let pairs = pairs(x, y, a, b, len, of);
            check(pairs.iter().map(|pair| pair.1), &nones, said, "64 bits")?;
            Cells::Ints(made(len, |at| pairs[at].0).into())
        }
        (Cells::Wides(x), Cells::Wides(y)) => {
            let of = |&x: &i128, &y: &i128| match how {
                Arithmetic::Plus => x.checked_add(y),
                Arithmetic::Minus => x.checked_sub(y),
                Arithmetic::Times | Arithmetic::Over => x.checked_mul(y),
            };
            let end = 10_i128.pow(DIGITS as u32);
            let sums = pairs(x, y, a, b, len, |x, y| of(x, y).filter(|sum| (-end + 1..end).contains(sum)));
            check(sums.iter().map(Option::is_none), &nones, said, "38 digits")?;
            Cells::Wides(made(len, |at| sums[at].unwrap_or_default()))
        }
        (Cells::Floats(x), Cells::Floats(y)) => {
            let floats = match how {
                Arithmetic::Plus => pairs(x, y, a, b, len, |x, y| x + y),
                Arithmetic::Minus => pairs(x, y, a, b, len, |x, y| x - y),
                Arithmetic::Times => pairs(x, y, a, b, len, |x, y| x * y),
                Arithmetic::Over => pairs(x, y, a, b, len, |x, y| if *y == 0.0 { f64::NAN } else { x / y }),
            };
            Cells::Floats(numbers(floats, &mut nones).into())
        }
        // Of anything else no plan is made.
        _ => return Err(Error::Schema(format!("{said} is no arithmetic"))),
    };
    Ok(Block::with(cells, nones))
}

/// Floats, of which those that are no number become none.
pub fn numbers(mut floats: Vec<f64>, nones: &mut Option<Vec<bool>>) -> Vec<f64> {
    // Without an end before the last, so that several are looked at at a time.
    if floats.iter().fold(false, |any, float| any | float.is_nan()) {
        let len = floats.len();
        let nones = nones.get_or_insert_with(|| made(len, |_| false));
        for (float, none) in floats.iter_mut().zip(nones) {
            if float.is_nan() {
                (*float, *none) = (0.0, true);
            }
        }
    }
    floats
}

/// Refuses what is too large, unless it is none.
pub fn check(too_large: impl Iterator<Item = bool>, nones: &Option<Vec<bool>>, said: &str, limit: &str) -> Result<()> {
    let is_none = |at: usize| nones.as_ref().is_some_and(|nones| nones[at]);
    match too_large.enumerate().any(|(at, too_large)| too_large && !is_none(at)) {
        true => Err(too_much(said, limit)),
        false => Ok(()),
    }
}

/// The error for a number that is too large.
pub fn too_much(said: &str, limit: &str) -> Error {
    Error::Overflow(format!("{said} is over {limit} for a row; nothing was wrapped or rounded"))
}

/// Ints as floats.
pub fn floats<'a>(block: Block<'a>) -> Block<'a> {
    let Block { cells, nones, is_one } = block;
    let cells = match cells {
        Cells::Ints(cells) => Cells::Floats(made(cells.len(), |at| cells[at] as f64).into()),
        other => other,
    };
    Block { cells, nones, is_one }
}

/// Ints, or decimals, with so many more digits after the point. What is too large then is larger than any decimal.
pub fn scaled<'a>(block: Block<'a>, digits: u8) -> Block<'a> {
    let Block { cells, nones, is_one } = block;
    let power = 10_i128.pow(u32::from(digits).min(DIGITS as u32));
    let scale = |number: i128| number.saturating_mul(power);
    let cells = match cells {
        Cells::Ints(cells) => Cells::Wides(made(cells.len(), |at| scale(cells[at].into()))),
        Cells::Wides(cells) => Cells::Wides(made(cells.len(), |at| scale(cells[at]))),
        other => other,
    };
    Block { cells, nones, is_one }
}
