//! `page`: a part of a collection, and where to go on.

use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::ControlFlow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::store::world::World;
use crate::store::cells::bits::Bits;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, Row};
use crate::store::read::path::Hop;
use crate::store::read::view::Start;

/// The place of a member: the ids of the rows by which the walk came to it first. Walks ascend by it, and it stays
/// right while rows come and go, the place's own row included.
type Place = Vec<Id>;

#[pymethods]
impl Many {
    /// At most `limit` members, and in `next` a token for the page after them, None on the last one. O(members).
    ///
    /// Pages follow the order of the collection (`reverse=True`: its reverse), whatever is created or deleted between
    /// two calls, the last member of a page included. A member of a join path stands at its first link: where that
    /// link goes and a later one stays, the member moves there. Pages of a fixed collection are of that collection:
    /// compute it once, not for each page. A collection that is declared with `order_by` goes on after the row at which the
    /// page ended, wherever that is now; where it is gone, that is a `SchemaError`. Raises `ValueError` for a limit under 1 and for a token that is malformed
    /// or of another collection.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = [User(name) for name in "abc"]
    /// ...     first = User.all().page(2)
    /// ...     second = User.all().page(2, first.next)
    /// ...     first.items.values("username"), second.items.values("username"), second.next
    /// (['a', 'b'], ['c'], None)
    #[pyo3(signature = (limit, after=None, *, reverse=false))]
    fn page<'py>(
        &self,
        py: Python<'py>,
        limit: &Bound<'py, PyInt>,
        after: Option<&str>,
        reverse: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let most = limit.gt(0)?.then(|| limit.extract().unwrap_or(usize::MAX));
        let Some(limit) = most else {
            return Err(PyValueError::new_err(format!("a page holds 1 or more, not {limit}")));
        };
        let page = self.compute(py, |world| {
            let fingerprint = fingerprint(self, world, reverse)?;
            let after = match after.map(|token| parse(token, fingerprint)) {
                Some(None) => return Ok(None),
                Some(place) => place,
                None => None,
            };
            let is_by_age = self.origin(world)?.is_none_or(|(_, path)| !path.is_sorted());
            let mut placed = placed(self, world)?;
            if reverse {
                placed.reverse();
            }
            if let Some(after) = after.as_ref().filter(|_| !is_by_age) {
                let Some(last) = placed.iter().position(|(place, _)| place == after) else {
                    return Err(Error::Schema(GONE.to_owned()));
                };
                placed.drain(..=last);
            } else if let Some(after) = after {
                let passed = |place: &Place| if reverse { *place >= after } else { *place <= after };
                placed.drain(..placed.partition_point(|(place, _)| passed(place)));
            }
            let next = (placed.len() > limit).then(|| token(fingerprint, &placed[limit - 1].0));
            let rows = placed.into_iter().take(limit).map(|(_, row)| row).collect();
            Ok(Some((Fixed::new(world, self.model(), rows), next)))
        })?;
        match page {
            Some((items, next)) => {
                let items = Many::fixed(self.store(py).clone().unbind(), items);
                py.import("hasmany.tuples")?.call_method1("Page", (items, next))
            }
            None => Err(PyValueError::new_err("this page token is malformed or of another collection")),
        }
    }
}

/// What is said where a page cannot go on.
const GONE: &str = "the row at which that page ended is gone from this collection, whose order is not that of age, so it is not \
                    known where to go on; begin again";

/// `a1b2c3….5.17`: the fingerprint, then the place.
fn token(fingerprint: u64, place: &Place) -> String {
    let ids: Vec<String> = place.iter().map(Id::to_string).collect();
    format!("{fingerprint:016x}.{}", ids.join("."))
}

fn parse(token: &str, fingerprint: u64) -> Option<Place> {
    let (of, place) = token.split_once('.')?;
    if of != format!("{fingerprint:016x}") {
        return None;
    }
    place.split('.').map(|id| id.parse().ok()).collect()
}

/// What a token must be of: this collection, in this direction.
fn fingerprint(many: &Many, world: &World, reverse: bool) -> Result<u64> {
    let mut state = foldhash::quality::FixedState::default().build_hasher();
    reverse.hash(&mut state);
    world.engine.schema().model(many.model()).table.hash(&mut state);
    match many.origin(world)? {
        Some((start, path)) => {
            start.hash(&mut state);
            hash_hops(world, &path.hops, &mut state);
        }
        None => many.fixed_ids().for_each(|id| id.hash(&mut state)),
    }
    Ok(state.finish())
}

fn hash_hops(world: &World, hops: &[Hop], state: &mut impl Hasher) {
    for hop in hops {
        match hop {
            Hop::Down(reference) | Hop::Up(reference) => {
                let model = world.engine.schema().model(reference.model);
                (matches!(hop, Hop::Up(_)), &model.table, &model.fields[reference.field].name).hash(state);
            }
            Hop::Keep(condition) => ("where", condition.text()).hash(state),
            Hop::Sorted(inner, order) => {
                ("by", order.text()).hash(state);
                hash_hops(world, inner, state);
            }
        }
    }
}

/// The members with their places, in order.
fn placed(many: &Many, world: &World) -> Result<Vec<(Place, Row)>> {
    let engine = &world.engine;
    let Some((start, path)) = many.origin(world)? else {
        let table = engine.table(many.model());
        let live = |(at, id): (usize, Id)| table.find(id).map(|row| (vec![at as Id], row));
        return Ok(many.fixed_ids().enumerate().filter_map(live).collect());
    };
    let start = match start {
        Some(id) => Start::Row(engine.row(path.from, id)?),
        None => Start::Every,
    };
    let mut placed = Vec::new();
    let mut seen = Bits::zeros(engine.table(path.to).rows());
    _ = engine.trace(start, path, |row, trail| {
        if !seen.set(row as usize, true) {
            placed.push((trail.iter().map(|&(model, row)| engine.table(model).id(row)).collect(), row));
        }
        ControlFlow::Continue(())
    });
    Ok(placed)
}
