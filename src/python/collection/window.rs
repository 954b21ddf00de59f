//! Parts of a collection by their places.

use std::ops::Range;

use pyo3::prelude::*;

use crate::python::collection::fixed::{Fixed, Held};
use crate::python::collection::many::Many;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::room;

/// To release the interpreter takes longer than to read so many.
const FEW: usize = 1024;

impl Many {
    /// The members at these places; fewer where it ends before.
    pub fn rows_at(&self, world: &World, places: Range<usize>) -> Result<Vec<Row>> {
        Ok(match self.members(world)? {
            Held::Path(start, path) => world.engine.members_at(start, path, places),
            Held::Rows(rows) => {
                let places = places.start.min(rows.len())..places.end.min(rows.len());
                room::collected(rows[places].iter().copied())
            }
        })
    }

    /// How many members there are, and the first few.
    pub fn head(&self, world: &World, most: usize) -> Result<(usize, Vec<Row>)> {
        match self.members(world)? {
            Held::Path(start, path) if world.engine.lined(start, path).is_none() => {
                let mut rows = world.engine.members(start, path);
                let count = rows.len();
                rows.truncate(most);
                Ok((count, rows))
            }
            _ => Ok((self.count(world)?, self.rows_at(world, 0..most)?)),
        }
    }

    /// Every so many of the members at these places, backwards where that is negative, as a fixed collection.
    pub fn part(&self, py: Python<'_>, places: Range<usize>, step: isize) -> PyResult<Many> {
        let part = |world: &World| {
            let mut rows = self.rows_at(world, places.clone())?;
            if step < 0 {
                rows.reverse();
            }
            if step.unsigned_abs() > 1 {
                rows = room::collected(rows.into_iter().step_by(step.unsigned_abs()));
            }
            Ok(Fixed::new(world, self.model(), rows))
        };
        // To release the interpreter takes longer than to read a few.
        let is_brief = |world: &World| Ok(places.len() <= FEW && self.is_direct(world)?);
        let fixed = match self.read(py, |world| if is_brief(world)? { part(world).map(Some) } else { Ok(None) })? {
            Some(fixed) => fixed,
            None => self.compute(py, part)?,
        };
        Ok(Many::fixed(self.store.clone_ref(py), fixed))
    }

    /// Whether the members at some places are found without the others.
    fn is_direct(&self, world: &World) -> Result<bool> {
        Ok(match self.members(world)? {
            Held::Path(start, path) => world.engine.lined(start, path).is_some_and(|lined| lined.line.is_whole()),
            Held::Rows(_) => true,
        })
    }

    /// The members at these places, in this order.
    pub fn rows_of_places(&self, world: &World, places: &[usize]) -> Result<Vec<Row>> {
        let all = match self.members(world)? {
            Held::Path(start, path) => match world.engine.lined(start, path).filter(|lined| lined.line.is_whole()) {
                Some(lined) => {
                    let mut rows = Vec::new();
                    room::reserve(&mut rows, places.len());
                    for &place in places {
                        lined.take(&mut lined.line.from(place), 1, &mut rows);
                    }
                    return Ok(rows);
                }
                None => self.rows(world)?,
            },
            Held::Rows(rows) => rows,
        };
        Ok(room::collected(places.iter().filter_map(|&place| all.get(place).copied())))
    }
}
