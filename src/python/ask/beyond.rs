//! Where in a computed collection a page begins.

use crate::python::collection::placed::Placing;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::token::{self, Part, Place};
use crate::store::room;

/// Where members are looked at one after the other, so many are placed together.
const BLOCK: usize = 4096;

/// Those of members in the order of their places that are beyond one: the others come first.
pub fn in_order<'a>(
    world: &World,
    placing: &Placing,
    all: &'a [(usize, Row)],
    mut is_beyond: impl FnMut(&Place) -> bool,
) -> Result<&'a [(usize, Row)]> {
    let (mut low, mut high) = (0, all.len());
    while low < high {
        let middle = (low + high) / 2;
        match placing.place(world, all[middle].1)?.is_some_and(|own| is_beyond(&own)) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Ok(&all[low..])
}

/// Where in the list those are that are beyond a place, of members of which some may have moved since they were put in order.
///
/// What has no place any more comes where it stood, after what was passed.
pub fn as_they_stood(
    world: &World,
    placing: &Placing,
    all: &[(usize, Row)],
    mut is_beyond: impl FnMut(&Place) -> bool,
) -> Result<Vec<usize>> {
    let (mut found, mut lost, mut passed) = (Vec::new(), Vec::new(), 0);
    for (block, some) in all.chunks(BLOCK).enumerate() {
        let rows: Vec<Row> = some.iter().map(|(_, row)| *row).collect();
        for (at, own) in (block * BLOCK..).zip(placing.places(world, &rows)?) {
            match own {
                Some(own) if is_beyond(&own) => room::push(&mut found, at),
                Some(_) => passed = at + 1,
                None => room::push(&mut lost, at),
            }
        }
    }
    lost.into_iter().filter(|&at| at >= passed).for_each(|at| room::push(&mut found, at));
    found.sort_unstable();
    Ok(found)
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
