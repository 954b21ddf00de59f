//! Where in an order a page begins.

use std::cmp::Ordering;
use std::ops::Range;

use crate::python::collection::placed::Placing;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::token::{self, Part, Place, compare};
use crate::store::room;

/// Where members are looked at one after the other, so many are placed together.
const BLOCK: usize = 4096;

/// How many of the members, which stand in the order of their places, come before a page: those up to what has this place,
/// in reverse what has it is none of them. Nothing where it can be no place of theirs. O(log n) members are placed; `row`
/// says which one is where.
pub fn split(
    world: &World,
    (model, placing): (ModelId, &Placing),
    (place, reverse): (&Place, bool),
    len: usize,
    row: impl Fn(usize) -> Option<Row>,
) -> Result<Option<usize>> {
    let place = whole(world, model, placing, place)?;
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(row) = row(middle) else { return Ok(None) };
        let Some(own) = placing.place(world, row)? else { return Ok(None) };
        let Some(order) = compare(&own, &place, ahead(reverse)) else { return Ok(None) };
        match if reverse { order.is_lt() } else { order.is_le() } {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(Some(low))
}

/// How places compare that are still to come.
pub fn ahead(reverse: bool) -> Ordering {
    if reverse { Ordering::Less } else { Ordering::Greater }
}

/// The places in a list of so many members that begin where it is split, in this direction; in reverse they are read from
/// their end.
pub fn run(split: usize, len: usize, reverse: bool, most: usize) -> Range<usize> {
    match reverse {
        true => split.saturating_sub(most)..split,
        false => split..split.saturating_add(most).min(len),
    }
}

/// Where a page goes on in a list whose members were in order once; some may have moved since.
pub enum Stood {
    /// Behind the member at this place of the list, which still stands where the page ended, and divides the list there: those
    /// before it have been seen, and none of those after it.
    Behind(usize),
    /// With these, with their places in the list: first so many that are beyond the place, as they stand now; then, on the last
    /// page and as far as there is room, what has no place any more and came after what was passed.
    With(Vec<(usize, Row)>, usize),
}

/// Where a page of so many goes on after a place, in a list in the direction of the page, each member with its place in the
/// list. Nothing where it can be no place of theirs. O(members).
pub fn as_they_stood(
    world: &World,
    placing: &Placing,
    all: &[(usize, Row)],
    (place, reverse): (&Place, bool),
    limit: usize,
) -> Result<Option<Stood>> {
    let most = limit.saturating_add(1);
    let (mut found, mut lost) = (Vec::<(Place, (usize, Row))>::new(), Vec::new());
    let (mut stands, mut passed, mut ahead_from) = (None, 0, usize::MAX);
    for (block, some) in all.chunks(BLOCK).enumerate() {
        let rows: Vec<Row> = some.iter().map(|(_, row)| *row).collect();
        for ((at, &member), own) in (block * BLOCK..).zip(some).zip(placing.places(world, &rows)?) {
            let Some(own) = own else {
                room::push(&mut lost, (at, member));
                continue;
            };
            match compare(&own, place, ahead(reverse)) {
                None => return Ok(None),
                Some(Ordering::Equal) => stands = Some((at, member.0)),
                Some(order) if order == ahead(reverse) => {
                    ahead_from = ahead_from.min(at);
                    room::push(&mut found, (own, member));
                }
                Some(_) => passed = at + 1,
            }
        }
        if found.len() / 2 >= most.max(BLOCK) {
            first(&mut found, reverse, most);
        }
    }
    if let Some((at, place)) = stands
        && passed <= at
        && at < ahead_from
    {
        return Ok(Some(Stood::Behind(place)));
    }
    first(&mut found, reverse, most);
    let count = found.len();
    let lost = lost.into_iter().filter(|&(at, _)| at >= passed).map(|(_, member)| member);
    let members = found.into_iter().map(|(_, member)| member);
    // Behind one that has no place nobody could go on: so with such a page ends.
    let members =
        if count > limit { room::collected(members) } else { room::collected(members.chain(lost).take(limit)) };
    Ok(Some(Stood::With(members, count)))
}

/// Leaves the first of some members by their places, in order.
fn first<T>(found: &mut Vec<(Place, T)>, reverse: bool, most: usize) {
    found.sort_by(|(one, _), (two, _)| {
        let order = compare(one, two, Ordering::Equal).unwrap_or(Ordering::Equal);
        if reverse { order.reverse() } else { order }
    });
    found.truncate(most);
}

/// The place of a member of a list that was in order once, if it still divides the list: those before it stand before it, and
/// those after it after it. Else whoever goes on there would pass over some.
pub fn split_by(
    world: &World,
    placing: &Placing,
    all: &[(usize, Row)],
    (at, row): (usize, Row),
) -> Result<Option<Place>> {
    let Some(place) = placing.place(world, row)? else { return Ok(None) };
    for some in all.chunks(BLOCK) {
        let rows: Vec<Row> = some.iter().map(|(_, row)| *row).collect();
        for (&(other, _), own) in some.iter().zip(placing.places(world, &rows)?) {
            let order = own.map(|own| compare(&own, &place, Ordering::Equal));
            if order.is_some_and(|order| order != Some(other.cmp(&at))) {
                return Ok(None);
            }
        }
    }
    Ok(Some(place))
}

/// A place whose cut keys are whole again, where the row that has them still does.
pub fn whole(world: &World, model: ModelId, placing: &Placing, place: &Place) -> Result<Place> {
    let row = place.iter().find_map(|part| match part {
        Part::Cut { id, .. } => world.engine.table(model).find(*id),
        _ => None,
    });
    let own = match row {
        Some(row) => placing.place(world, row)?.unwrap_or_default(),
        None => Vec::new(),
    };
    let part = |(at, part): (usize, &Part)| match (part, own.get(at)) {
        (Part::Cut { digest, .. }, Some(Part::Key(value, falls))) if token::digest(value) == *digest => {
            Part::Key(value.clone(), *falls)
        }
        _ => part.clone(),
    };
    Ok(place.iter().enumerate().map(part).collect())
}
