//! Rows in the order of what was asked of them.

use std::cmp::Ordering;

use crate::ask::answer::{Question, answers};
use crate::ask::plan::{Of, Plan};
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::decimal;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::room;
use crate::store::stop::Pace;
use crate::store::types::Type;
use crate::store::value::Value;

/// These rows in the order of some keys, each with whether it falls. None is last both ways; ties stay as they are.
/// O(n log n).
pub fn ordered(engine: &Store, rows: &[Row], keys: Vec<(Plan, bool)>) -> Result<Vec<Row>> {
    let (questions, falls): (Vec<_>, Vec<bool>) =
        keys.into_iter().map(|(plan, falls)| (Question::One(plan), falls)).unzip();
    let keys = answers(engine, rows, &questions)?;
    let ranks = match (&*keys, &*falls) {
        ([key], [falls]) => ranks(&key.cells, *falls),
        _ => None,
    };
    if let Some(mut ranks) = ranks {
        let mut pace = Pace::default();
        // The place is a part of what is compared, so ties stay as they are.
        ranks.sort_unstable_by(|a, b| {
            pace.step();
            a.cmp(b)
        });
        return Ok(room::collected(ranks.into_iter().map(|(.., place)| rows[place as usize])));
    }
    let mut places: Vec<u32> = room::collected(0..rows.len() as u32);
    // A stable sort takes half as much again.
    room::check(size_of_val(&*places));
    let mut pace = Pace::default();
    places.sort_by(|&a, &b| {
        pace.step();
        let by = |(key, falls): (&Column, &bool)| compared(key, *falls, a, b);
        let mut orders = keys.iter().map(|key| &key.cells).zip(&falls).map(by);
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(room::collected(places.into_iter().map(|place| rows[place as usize])))
}

/// The `k` of these rows for which a number is largest, with it; those without one are left out. Of equal ones the older
/// row comes first. O(n), and O(k log k).
pub fn best(engine: &Store, rows: &[Row], number: Plan, k: usize) -> Result<Vec<(Row, f64)>> {
    let of = number.of;
    let answers = answers(engine, rows, &[Question::One(number)])?;
    let Some(key) = answers.first().map(|answer| &answer.cells) else { return Ok(Vec::new()) };
    let mut places: Vec<u32> = room::collected((0..rows.len() as u32).filter(|&at| !key.is_none(at)));
    let better =
        |a: &u32, b: &u32| key.get(*b).cmp(&key.get(*a)).then_with(|| rows[*a as usize].cmp(&rows[*b as usize]));
    if k < places.len() {
        places.select_nth_unstable_by(k, better);
        places.truncate(k);
    }
    places.sort_unstable_by(better);
    let score = |value: &Value| match (value, of) {
        (Value::Int(int), _) => *int as f64,
        (Value::Float(float), _) => *float,
        (Value::Wide(number), Of::Value(Type::Decimal(scale))) => {
            decimal::text((*number).into(), scale).parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    };
    Ok(places.into_iter().map(|at| (rows[at as usize], score(&key.get(at)))).collect())
}

fn compared(key: &Column, falls: bool, a: Row, b: Row) -> Ordering {
    match (key.is_none(a), key.is_none(b)) {
        (false, false) => {
            let order = key.get(a).cmp(&key.get(b));
            if falls { order.reverse() } else { order }
        }
        (a, b) => a.cmp(&b),
    }
}

/// For each of some numbers whether it is none, a number that is ordered as it is, and its place.
fn ranks(key: &Column, falls: bool) -> Option<Vec<(bool, u64, u32)>> {
    const SIGN: u64 = 1 << 63;
    let turned = |rank: u64| if falls { !rank } else { rank };
    let is_none = |at: usize| key.nones().is_some_and(|nones| nones.get(at));
    let ranked = |rank: &dyn Fn(usize) -> u64| {
        room::collected((0..key.len()).map(|at| match is_none(at) {
            true => (true, 0, at as u32),
            false => (false, turned(rank(at)), at as u32),
        }))
    };
    let (ints, floats) = (key.ints(), key.floats());
    if !ints.is_empty() {
        return Some(ranked(&|at| ints[at] as u64 ^ SIGN));
    }
    // The two zeros are one.
    let of_float = |at: usize| match (floats[at] + 0.0).to_bits() {
        bits if bits & SIGN != 0 => !bits,
        bits => bits | SIGN,
    };
    (!floats.is_empty()).then(|| ranked(&of_float))
}
