//! A page of an order that is not read: where it begins is found by its keys, where the rows lie.

use std::cmp::Ordering;

use crate::python::ask::beyond::whole;
use crate::python::collection::placed::Placing;
use crate::python::collection::unread::Unread;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::read::token::{Place, compare};

/// At most so many rows of an order beyond a place, or from its beginning on, in this direction; nothing where the place
/// can be none of it. O(log n) rows are placed, and those of the answer read.
pub fn sought(
    world: &World,
    unread: &Unread,
    placing: &Placing,
    after: Option<&Place>,
    reverse: bool,
    most: usize,
) -> Result<Option<Vec<Row>>> {
    let (mut low, mut high) = (0, unread.count(world));
    match after {
        None if reverse => low = high,
        None => {}
        Some(place) => {
            let place = whole(world, unread.model(), placing, place)?;
            let beyond = if reverse { Ordering::Less } else { Ordering::Greater };
            // Both ways those that are less come first.
            while low < high {
                let middle = low + (high - low) / 2;
                let Some(&row) = unread.rows(world, middle, 1).first() else { return Ok(None) };
                let Some(own) = placing.place(world, row)? else { return Ok(None) };
                let Some(order) = compare(&own, &place, beyond) else { return Ok(None) };
                match if reverse { order.is_lt() } else { order.is_le() } {
                    true => low = middle + 1,
                    false => high = middle,
                }
            }
        }
    }
    if !reverse {
        return Ok(Some(unread.rows(world, low, most)));
    }
    let start = low.saturating_sub(most);
    let mut rows = unread.rows(world, start, low - start);
    rows.reverse();
    Ok(Some(rows))
}
