//! Functions of one value.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use crate::ask::block::{Block, Cells, made};
use crate::ask::combine::{check, too_much};
use crate::ask::expr::Part;
use crate::store::calendar::{EPOCH_ORDINAL, day_and_rest};
use crate::store::error::Result;
use crate::store::types::Type;

/// Text in small letters.
pub fn lower<'a>(block: Block<'a>) -> Block<'a> {
    let Block { cells, nones, is_one } = block;
    let cells = match cells {
        Cells::Texts(cells) => Cells::Texts(made(cells.len(), |at| Cow::Owned(cells[at].to_lowercase()))),
        other => other,
    };
    Block { cells, nones, is_one }
}

/// Without the sign; `said` is for an error.
pub fn abs<'a>(block: Block<'a>, said: &str) -> Result<Block<'a>> {
    let Block { cells, nones, is_one } = block;
    let cells = match cells {
        Cells::Ints(cells) => {
            check(cells.iter().map(|&cell| cell == i64::MIN), &nones, said, "64 bits")?;
            Cells::Ints(made(cells.len(), |at| cells[at].wrapping_abs()).into())
        }
        Cells::Floats(cells) => Cells::Floats(made(cells.len(), |at| cells[at].abs()).into()),
        Cells::Wides(cells) => Cells::Wides(made(cells.len(), |at| cells[at].abs())),
        other => other,
    };
    Ok(Block { cells, nones, is_one })
}

/// To so many digits after the point, of a half to the even one, as Python's `round`.
pub fn round<'a>(block: Block<'a>, of: Type, digits: i32, said: &str) -> Result<Block<'a>> {
    let Block { cells, nones, is_one } = block;
    let cells = match (cells, of) {
        (Cells::Floats(cells), _) => Cells::Floats(made(cells.len(), |at| rounded(cells[at], digits)).into()),
        (Cells::Ints(cells), _) if digits < 0 => {
            let whole = made(cells.len(), |at| i64::try_from(to_power(cells[at].into(), digits.unsigned_abs())));
            check(whole.iter().map(std::result::Result::is_err), &nones, said, "64 bits")?;
            Cells::Ints(made(whole.len(), |at| whole[at].unwrap_or_default()).into())
        }
        (Cells::Wides(cells), Type::Decimal(scale)) if digits < i32::from(scale) => {
            let dropped = i32::from(scale) - digits;
            let end = 10_i128.pow(38);
            let whole = made(cells.len(), |at| to_power(cells[at], dropped.unsigned_abs()));
            match whole.iter().all(|whole| whole.abs() < end) {
                true => Cells::Wides(whole),
                false => return Err(too_much(said, "38 digits")),
            }
        }
        (cells, _) => cells,
    };
    Ok(Block { cells, nones, is_one })
}

/// To a multiple of a power of ten.
fn to_power(number: i128, power: u32) -> i128 {
    // Of a larger power every number is less than a half.
    let Some(power) = 10_i128.checked_pow(power) else { return 0 };
    let (whole, rest) = (number.div_euclid(power), number.rem_euclid(power));
    let is_up = rest > power - rest || rest == power - rest && whole % 2 != 0;
    (whole + i128::from(is_up)) * power
}

/// As the nearest decimal number of the float's exact value would be, which is how text is made of it.
fn rounded(float: f64, digits: i32) -> f64 {
    match digits {
        _ if !float.is_finite() => float,
        0 => float.round_ties_even(),
        // No float has more digits that count.
        1..=340 => format!("{float:.*}", digits as usize).parse().unwrap_or(float),
        341.. => float,
        _ => {
            let power = 10_f64.powi(-digits);
            if !power.is_finite() {
                return 0.0 * float;
            }
            // What is left of the multiple below is exact; a quotient would be rounded to a half before it is looked at.
            let size = float.abs();
            let below = (size / power).floor();
            let below = if below * power > size { below - 1.0 } else { below };
            let rest = size - below * power;
            let is_up = rest > power / 2.0 || rest == power / 2.0 && below % 2.0 == 1.0;
            ((below + f64::from(u8::from(is_up))) * power).copysign(float)
        }
    }
}

/// A number of the calendar, of times in UTC or dates.
pub fn part<'a>(block: Block<'a>, of: Type, part: Part) -> Block<'a> {
    let Block { cells, nones, is_one } = block;
    let number = |cell: i64| {
        let day = if of == Type::Time { day_and_rest(cell).0 } else { cell };
        let date = i32::try_from(day).ok().and_then(|day| NaiveDate::from_num_days_from_ce_opt(day + EPOCH_ORDINAL));
        date.map_or(0, |date| match part {
            Part::Year => i64::from(date.year()),
            Part::Month => date.month().into(),
            Part::Day => date.day().into(),
            Part::Weekday => date.weekday().num_days_from_monday().into(),
        })
    };
    let cells = match cells {
        Cells::Ints(cells) => Cells::Ints(made(cells.len(), |at| number(cells[at])).into()),
        other => other,
    };
    Block { cells, nones, is_one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_pythons() {
        assert_eq!((rounded(2.675, 2), rounded(2.5, 0), rounded(1250.0, -2)), (2.67, 2.0, 1200.0));
        assert_eq!((rounded(0.15, 1), rounded(-0.5, 0), rounded(5e-324, 400)), (0.1, -0.0, 5e-324));
        assert_eq!((to_power(15, 1), to_power(25, 1), to_power(-15, 1), to_power(-25, 1)), (20, 20, -20, -20));
        assert_eq!(to_power(i64::MAX.into(), 40), 0);
    }
}
