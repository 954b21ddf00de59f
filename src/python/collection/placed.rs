//! Where the members of an expression stand now.

use std::ops::ControlFlow;

use foldhash::HashMap;

use crate::python::collection::recipe::{Keys, Node, Recipe};
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::cells::bits::Bits;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::read::algebra::Operator;
use crate::store::read::path::{Join, Path, Shape};
use crate::store::read::token::{Part, Place};
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::looking;

/// By what members of an expression are placed, for one hold of the lock.
pub enum Placing<'a> {
    /// By their own ids.
    Own(ModelId),
    /// By the ids of the links of a row.
    Link(Join, Row),
    /// As it was found.
    Found(HashMap<Row, Place>),
    /// By keys, then as before.
    Keyed(&'a dyn Keys, Box<Placing<'a>>),
    /// Those of the one side first, each side as it is.
    Sides(Bits, Box<Placing<'a>>, Box<Placing<'a>>),
}

impl<'a> Placing<'a> {
    /// Of an expression, whose members are of this model. O(1) where they stand by ids and keys, else O(members). Raises
    /// where a row that it starts from is gone, and where a path has an order, whose keys are not known here.
    pub fn new(world: &World, model: ModelId, recipe: &'a Recipe) -> Result<Self> {
        let engine = &world.engine;
        Ok(match recipe.node() {
            Node::Live { path, .. } | Node::Through { path, .. } if path.is_sorted() => {
                return Err(Error::Schema("an order that is declared says no places".to_owned()));
            }
            Node::Live { start, path, .. } => {
                let start = match start {
                    Some(id) => Start::Row(engine.row(path.from, *id)?),
                    None => Start::Every,
                };
                match (start, path.shape) {
                    (_, Shape::All | Shape::Inverse(_)) if engine.lined(start, path).is_some() => Placing::Own(model),
                    (Start::Row(row), Shape::Join(join)) if start.is_indexed(path) => Placing::Link(join, row),
                    _ => Placing::Found(trails(engine, [(start, Vec::new())], path)),
                }
            }
            Node::Listed(of, ids) => {
                let mut places = HashMap::default();
                for (at, id) in looking(ids.iter()).enumerate() {
                    if let Some(row) = engine.table(*of).find(id) {
                        put(&mut places, row, || vec![Part::Number(at as u64)]);
                    }
                }
                Placing::Found(places)
            }
            Node::Where(of, _) => Placing::new(world, model, of)?,
            Node::Ordered(of, keys) => Placing::Keyed(&**keys, Box::new(Placing::new(world, model, of)?)),
            Node::Combined { operator: Operator::And | Operator::Sub, left, .. } => Placing::new(world, model, left)?,
            Node::Combined { left, right, rows, from_left, .. } => {
                let table = engine.table(model);
                let mut bits = Bits::zeros(table.rows());
                rows.iter().take(*from_left).filter_map(|id| table.find(id)).for_each(|row| bits.raise(row as usize));
                let side = |of| Placing::new(world, model, of).map(Box::new);
                Placing::Sides(bits, side(left)?, side(right)?)
            }
            Node::Through { of, rows, path, .. } => {
                let (table, placing) = (engine.table(path.from), Placing::new(world, path.from, of)?);
                let mut starts = Vec::new();
                let rows = room::collected(rows.iter().filter_map(|id| table.find(id)));
                for (row, place) in rows.iter().zip(placing.places(world, &rows)?) {
                    if let Some(place) = place {
                        room::push(&mut starts, (Start::Row(*row), place));
                    }
                }
                Placing::Found(trails(engine, starts, path))
            }
        })
    }

    /// Where these rows stand; nothing for one that is no member now.
    pub fn places(&self, world: &World, rows: &[Row]) -> Result<Vec<Option<Place>>> {
        let engine = &world.engine;
        Ok(match self {
            Placing::Own(model) => {
                let table = engine.table(*model);
                room::collected(rows.iter().map(|&row| Some(vec![Part::Number(table.id(row))])))
            }
            Placing::Link(join, owner) => {
                let id = |link| vec![Part::Number(engine.table(join.model).id(link))];
                room::collected(rows.iter().map(|&row| engine.link(join, *owner, row).map(id)))
            }
            Placing::Found(places) => room::collected(rows.iter().map(|row| places.get(row).cloned())),
            Placing::Keyed(keys, then) => {
                let mut places = keys.of(world, rows)?.into_iter();
                let then = then.places(world, rows)?.into_iter();
                room::collected(then.map(|then| {
                    let mut place = places.next()?;
                    place.extend(then?);
                    Some(place)
                }))
            }
            Placing::Sides(left, first, second) => {
                let (mut of_first, mut of_second) = (Vec::new(), Vec::new());
                for &row in rows {
                    room::push(if left.get(row as usize) { &mut of_first } else { &mut of_second }, row);
                }
                let mut first = first.places(world, &of_first)?.into_iter();
                let mut second = second.places(world, &of_second)?.into_iter();
                room::collected(rows.iter().map(|&row| {
                    let is_left = left.get(row as usize);
                    let mut place = vec![Part::Number(u64::from(!is_left))];
                    place.extend(if is_left { first.next() } else { second.next() }??);
                    Some(place)
                }))
            }
        })
    }

    /// Where a row stands.
    pub fn place(&self, world: &World, row: Row) -> Result<Option<Place>> {
        self.places(world, &[row]).map(|places| places.into_iter().next().flatten())
    }
}

/// Members by the rows over which a walk comes to them first, each start after what is said of it.
fn trails(engine: &Engine, starts: impl IntoIterator<Item = (Start, Place)>, path: &Path) -> HashMap<Row, Place> {
    let mut places = HashMap::default();
    for (start, before) in starts {
        _ = engine.trace(start, path, |row, trail| {
            put(&mut places, row, || before.iter().cloned().chain(place_of(engine, trail)).collect());
            ControlFlow::Continue(())
        });
    }
    places
}

/// The ids of the rows by which a walk came to a member.
pub fn place_of(engine: &Engine, trail: &[(ModelId, Row)]) -> impl Iterator<Item = Part> {
    trail.iter().map(|&(model, row)| Part::Number(engine.table(model).id(row)))
}

/// A row stands where it is met first.
fn put(places: &mut HashMap<Row, Place>, row: Row, place: impl FnOnce() -> Place) {
    if places.len() == places.capacity() {
        room::check((2 * places.len() + 4) * 2 * size_of::<(Row, Place)>());
    }
    places.entry(row).or_insert_with(place);
}
