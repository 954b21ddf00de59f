//! Rows in the order of what was asked of them.

use std::ops::Range;

use crate::ask::answer::{Question, answers};
use crate::ask::domain::Domain;
use crate::ask::plan::{Of, Plan, Step};
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::decimal;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::read::find::Subject;
use crate::store::read::token::{Part, Place};
use crate::store::room;
use crate::store::stop::Pace;
use crate::store::types::Type;
use crate::store::value::Value;

/// What rows are ordered by, where that is one field of their own or their id; and whether it falls.
pub fn own_field(keys: &[(Plan, bool)]) -> Option<(Subject, bool)> {
    let [(plan, falls)] = keys else { return None };
    match &plan.step {
        Step::Field(of, _, field) if of.is_itself() => Some((Subject::Field(*field), *falls)),
        Step::Id(of, _) if of.is_itself() => Some((Subject::Id, *falls)),
        _ => None,
    }
}

/// These rows in the order of some keys, each with whether it falls. None is last both ways; ties stay as they are.
/// O(n log n).
pub fn ordered(engine: &Store, rows: &Domain, keys: Vec<(Plan, bool)>) -> Result<Vec<Row>> {
    let (questions, falls): (Vec<_>, Vec<bool>) =
        keys.into_iter().map(|(plan, falls)| (Question::One(plan), falls)).unzip();
    let keys: Vec<Column> = answers(engine, rows, &questions)?.into_iter().map(|key| key.cells).collect();
    let places = places(&keys, falls.into_iter(), rows.len());
    Ok(room::collected(places.into_iter().map(|place| rows.at(place as usize))))
}

/// So many places in the order of some keys, each with whether it falls. None is last both ways; ties stay as they are.
pub fn places(keys: &[Column], falls: impl Iterator<Item = bool>, len: usize) -> Vec<u32> {
    let mut places: Vec<u32> = room::collected(0..len as u32);
    // Parts of these that are equal by all keys so far: the next one orders each.
    let mut ties: Vec<Range<usize>> = std::iter::once(0..places.len()).collect();
    for (cells, falls) in keys.iter().zip(falls) {
        let (key, mut next) = (Key { cells, falls }, Vec::new());
        ties.into_iter().for_each(|tie| key.order(&mut places, tie, &mut next));
        ties = next;
    }
    places
}

/// The keys of each of so many rows, each with whether it falls, as parts of places.
pub fn parts<'c>(keys: impl Iterator<Item = (&'c Column, bool)> + Clone, len: usize) -> Vec<Place> {
    let part = |at: Row, (cells, falls): (&Column, bool)| Part::Key(cells.get(at).into_owned(), falls);
    room::collected((0..len as Row).map(|at| keys.clone().map(|key| part(at, key)).collect()))
}

/// The `k` of these rows for which a number is largest, with it; those without one are left out. Of equal ones the older
/// row comes first. O(n), and O(k log k).
pub fn best(engine: &Store, rows: &Domain, number: Plan, k: usize) -> Result<Vec<(Row, f64)>> {
    let of = number.of;
    let answers = answers(engine, rows, &[Question::One(number)])?;
    let Some(key) = answers.first().map(|answer| &answer.cells) else { return Ok(Vec::new()) };
    let mut places: Vec<u32> = room::collected((0..rows.len() as u32).filter(|&at| !key.is_none(at)));
    let better =
        |a: &u32, b: &u32| key.get(*b).cmp(&key.get(*a)).then_with(|| rows.at(*a as usize).cmp(&rows.at(*b as usize)));
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
    Ok(places.into_iter().map(|at| (rows.at(at as usize), score(&key.get(at)))).collect())
}

/// What rows are ordered by.
#[derive(Clone, Copy)]
struct Key<'k> {
    /// Its value for each row.
    cells: &'k Column,
    /// Whether the largest come first.
    falls: bool,
}

/// A place in order: whether it has no value, the rank of the value, and the place, which is the last of what is compared,
/// so ties stay as they are.
type Ranked = u128;

/// Bits of a place.
const PLACE: u32 = u32::BITS;

/// So many parts are put in order at once, where there are many rows, and merged.
const PARTS: usize = 4;

/// Fewer are put in order at once.
const MANY: usize = 1 << 15;

impl Key<'_> {
    /// Puts a part of these places in order, which ascend, and adds the parts of it that are equal.
    fn order(&self, places: &mut [u32], part: Range<usize>, ties: &mut Vec<Range<usize>>) {
        let mut ranked = self.ranked(&places[part.clone()]);
        put_in_order(&mut ranked);
        places[part.clone()].iter_mut().zip(&ranked).for_each(|(place, &ranked)| *place = ranked as u32);
        let mut from = part.start;
        for equal in ranked.chunk_by(|a, b| a >> PLACE == b >> PLACE) {
            let tie = from..from + equal.len();
            from = tie.end;
            match equal {
                [_] | [] => {}
                [first, ..] if first >> PLACE == NONE >> PLACE || self.is_exact() => room::push(ties, tie),
                _ => self.order_fully(places, tie, ties),
            }
        }
    }

    /// As [`order`](Self::order), of values that their ranks do not tell from each other.
    fn order_fully(&self, places: &mut [u32], part: Range<usize>, ties: &mut Vec<Range<usize>>) {
        let (part, mut from, mut pace) = (&mut places[part.clone()], part.start, Pace::default());
        // A stable sort takes half as much again.
        room::check(size_of_val(&*part));
        part.sort_by(|&a, &b| {
            pace.step();
            let order = self.cells.get(a).cmp(&self.cells.get(b));
            if self.falls { order.reverse() } else { order }
        });
        for equal in part.chunk_by(|&a, &b| self.cells.is_same(a, b)) {
            let tie = from..from + equal.len();
            from = tie.end;
            if equal.len() > 1 {
                room::push(ties, tie);
            }
        }
    }

    /// These places with their ranks: numbers of 64 bits in the order of the values.
    fn ranked(&self, places: &[u32]) -> Vec<Ranked> {
        let (ints, floats) = (self.cells.ints(), self.cells.floats());
        match (ints.is_empty(), floats.is_empty()) {
            (false, _) => self.ranked_by(places, |place| ints[place as usize] as u64 ^ SIGN),
            // The two zeros are one.
            (_, false) => self.ranked_by(places, |place| match (floats[place as usize] + 0.0).to_bits() {
                bits if bits & SIGN != 0 => !bits,
                bits => bits | SIGN,
            }),
            (true, true) => self.ranked_by(places, |place| rank(&self.cells.get(place))),
        }
    }

    fn ranked_by(&self, places: &[u32], rank: impl Fn(u32) -> u64) -> Vec<Ranked> {
        let (nones, turn) = (self.cells.nones(), if self.falls { !0 } else { 0 });
        room::collected(places.iter().map(|&place| {
            let rank = match nones.is_some_and(|nones| nones.get(place as usize)) {
                true => NONE,
                false => Ranked::from(rank(place) ^ turn) << PLACE,
            };
            rank | Ranked::from(place)
        }))
    }

    /// Whether values of one rank are equal.
    fn is_exact(&self) -> bool {
        !self.cells.ints().is_empty() || !self.cells.floats().is_empty()
    }
}

/// The rank of what has no value: behind all others.
const NONE: Ranked = 1 << (PLACE + u64::BITS);

const SIGN: u64 = 1 << 63;

/// A number in the order of the values of one type, as far as 64 bits tell them from each other.
fn rank(value: &Value) -> u64 {
    let first = |bytes: &[u8]| {
        let mut first = [0; 8];
        let len = bytes.len().min(8);
        first[..len].copy_from_slice(&bytes[..len]);
        u64::from_be_bytes(first)
    };
    match value {
        Value::None => 0,
        Value::Int(int) => *int as u64 ^ SIGN,
        Value::Bool(bool) => (*bool).into(),
        Value::Text(text) => first(text.as_bytes()),
        Value::Bytes(bytes) => first(bytes),
        Value::Wide(wide) => wide.halves()[0] ^ SIGN,
        Value::Row(row) => (*row).into(),
        // These are looked up in their column.
        Value::Float(_) => 0,
    }
}

/// Sorts, in several threads where there are many.
fn put_in_order(ranked: &mut [Ranked]) {
    let sort = |part: &mut [Ranked]| {
        let mut pace = Pace::default();
        part.sort_unstable_by(|a, b| {
            pace.step();
            a.cmp(b)
        });
    };
    if ranked.len() < MANY {
        return sort(ranked);
    }
    let len = ranked.len();
    in_parallel(len, ranked.chunks_mut(len.div_ceil(PARTS)), |part, _: &mut Scratch| sort(part));
    // A stable sort merges the parts that it finds in order; it takes half as much again.
    room::check(size_of_val(ranked));
    let mut pace = Pace::default();
    ranked.sort_by(|a, b| {
        pace.step();
        a.cmp(b)
    });
}
