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
    let keys = answers(engine, rows, &questions)?.into_iter().map(|key| key.cells).collect();
    let places = places(keys, falls.into_iter(), rows.len());
    Ok(room::collected(places.into_iter().map(|place| rows[place as usize])))
}

/// So many places in the order of some keys, each with whether it falls. None is last both ways; ties stay as they are.
pub fn places(keys: Vec<Column>, falls: impl Iterator<Item = bool>, len: usize) -> Vec<u32> {
    let keys: Vec<Key> = keys.into_iter().zip(falls).map(|(key, falls)| Key::new(key, falls)).collect();
    let (mut pace, rest) = (Pace::default(), keys.get(1..).unwrap_or_default());
    let later = |a: u32, b: u32| rest.iter().map(|key| key.compared(a, b)).find(|order| order.is_ne());
    if let Some(Key::Ranks(ranks)) = keys.first() {
        let ranked = ranks.iter().zip(0..).map(|(&(is_none, rank), place)| (is_none, rank, place));
        let mut ranked: Vec<(bool, u64, u32)> = room::collected(ranked);
        // The place is the last of what is compared, so ties stay as they are.
        ranked.sort_unstable_by(|a, b| {
            pace.step();
            (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| later(a.2, b.2).unwrap_or_else(|| a.2.cmp(&b.2)))
        });
        return room::collected(ranked.into_iter().map(|(.., place)| place));
    }
    let mut places: Vec<u32> = room::collected(0..len as u32);
    // A stable sort takes half as much again.
    room::check(size_of_val(&*places));
    places.sort_by(|&a, &b| {
        pace.step();
        let mut orders = keys.iter().map(|key| key.compared(a, b));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    places
}

/// What rows are ordered by.
enum Key {
    /// Whether it is none, and a number that is ordered as the key is.
    Ranks(Vec<(bool, u64)>),
    /// The cells, and whether they fall.
    Cells(Column, bool),
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

impl Key {
    /// Ranks, of numbers that fill 64 bits; of other cells themselves.
    fn new(cells: Column, falls: bool) -> Self {
        const SIGN: u64 = 1 << 63;
        let turned = |rank: u64| if falls { !rank } else { rank };
        let is_none = |at: usize| cells.nones().is_some_and(|nones| nones.get(at));
        let ranked = |rank: &dyn Fn(usize) -> u64| {
            Key::Ranks(room::collected((0..cells.len()).map(|at| match is_none(at) {
                true => (true, 0),
                false => (false, turned(rank(at))),
            })))
        };
        let (ints, floats) = (cells.ints(), cells.floats());
        // The two zeros are one.
        let of_float = |at: usize| match (floats[at] + 0.0).to_bits() {
            bits if bits & SIGN != 0 => !bits,
            bits => bits | SIGN,
        };
        match (ints.is_empty(), floats.is_empty()) {
            (false, _) => ranked(&|at| ints[at] as u64 ^ SIGN),
            (_, false) => ranked(&of_float),
            (true, true) => Key::Cells(cells, falls),
        }
    }

    fn compared(&self, a: Row, b: Row) -> Ordering {
        match self {
            Key::Ranks(ranks) => ranks[a as usize].cmp(&ranks[b as usize]),
            Key::Cells(cells, falls) => match (cells.is_none(a), cells.is_none(b)) {
                (false, false) => {
                    let order = cells.get(a).cmp(&cells.get(b));
                    if *falls { order.reverse() } else { order }
                }
                (a, b) => a.cmp(&b),
            },
        }
    }
}
