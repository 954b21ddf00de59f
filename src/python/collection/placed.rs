//! Where the members of an expression stand now.

use std::ops::ControlFlow;

use foldhash::HashMap;

use crate::python::collection::recipe::{Keys, Node, Recipe};
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::cells::bits::Bits;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::algebra::Operator;
use crate::store::read::path::{Join, Order, Path, Shape};
use crate::store::read::rowset::RowSet;
use crate::store::read::token::{Part, Place};
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::looking;

/// By what members of an expression are placed, for one hold of the lock.
pub enum Placing<'a> {
    /// By a list: by the keys of its orders, if it has some, then by ids.
    List(By, Vec<&'a dyn Order>),
    /// As it was found.
    Found(HashMap<Row, Place>),
    /// By keys, then as before.
    Keyed(&'a dyn Keys, Box<Placing<'a>>),
    /// Those of the one side first, each side as it is.
    Sides(Bits, Box<Placing<'a>>, Box<Placing<'a>>),
}

/// The row by which a member stands in a list.
#[derive(Clone, Copy)]
pub enum By {
    /// The member itself.
    Own(ModelId),
    /// The one link to it from this row.
    Link(Join, Row),
}

impl By {
    fn model(self) -> ModelId {
        match self {
            By::Own(model) => model,
            By::Link(join, _) => join.model,
        }
    }

    fn row(self, engine: &Engine, member: Row) -> Option<Row> {
        match self {
            By::Own(_) => Some(member),
            By::Link(join, owner) => engine.link(&join, owner, member),
        }
    }

    /// The places of members by the list, of those that are in it.
    fn places(self, engine: &Engine, orders: &[&dyn Order], members: &[Row]) -> Vec<Option<Place>> {
        let rows = room::collected(members.iter().map(|&member| self.row(engine, member)));
        let known = room::collected(rows.iter().filter_map(|&row| row));
        let mut places = room::filled(Place::new(), known.len());
        for order in orders {
            places.iter_mut().zip(order.keys(engine, &known)).for_each(|(place, keys)| place.extend(keys));
        }
        let table = engine.table(self.model());
        places.iter_mut().zip(known).for_each(|(place, row)| place.push(Part::Number(table.id(row))));
        let mut places = places.into_iter();
        room::collected(rows.into_iter().map(|row| row.and_then(|_| places.next())))
    }
}

impl<'a> Placing<'a> {
    /// Of an expression, whose members are of this model. O(1) where they stand by ids and keys, else O(members). Raises
    /// where a row that it starts from is gone.
    pub fn new(world: &World, model: ModelId, recipe: &'a Recipe) -> Result<Self> {
        let engine = &world.engine;
        Ok(match recipe.node() {
            Node::Live { start, path, .. } => {
                let start = match start {
                    Some(id) => Start::Row(engine.row(path.from, *id)?),
                    None => Start::Every,
                };
                match (start, path.bare) {
                    (_, Shape::All) | (Start::Row(_), Shape::Inverse(_)) => {
                        Placing::List(By::Own(model), path.orders())
                    }
                    (Start::Row(row), Shape::Join(join)) if join.unique.is_some() && join.whole => {
                        Placing::List(By::Link(join, row), path.orders())
                    }
                    _ => Placing::Found(found(engine, &[(start, Vec::new())], path)),
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
                Placing::Found(found(engine, &starts, path))
            }
        })
    }

    /// Where these rows stand; nothing for one that is no member now.
    pub fn places(&self, world: &World, rows: &[Row]) -> Result<Vec<Option<Place>>> {
        let engine = &world.engine;
        Ok(match self {
            Placing::List(by, orders) => by.places(engine, orders, rows),
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

/// Members by how a walk comes to them first, each start after what is said of it. The starts are rows, or the only one is all.
fn found(engine: &Engine, starts: &[(Start, Place)], path: &Path) -> HashMap<Row, Place> {
    let Some(&(start, _)) = starts.first() else { return HashMap::default() };
    let mut seen = RowSet::new(engine.table(path.to).rows(), starts.len());
    let (mut rows, mut trails, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (start, before) in starts {
        _ = engine.trace(*start, path, |row, trail| {
            if seen.insert(row) {
                room::push(&mut rows, row);
                room::push(&mut places, before.clone());
                room::spare_for(&mut trails, trail.len());
                trails.extend_from_slice(trail);
            }
            ControlFlow::Continue(())
        });
    }
    room::check(trails.len() * 2 * size_of::<Part>());
    engine.add_places(start, path, &trails, &mut places);
    let mut found = HashMap::default();
    rows.into_iter().zip(places).for_each(|(row, place)| put(&mut found, row, || place));
    found
}

/// A row stands where it is met first.
fn put(places: &mut HashMap<Row, Place>, row: Row, place: impl FnOnce() -> Place) {
    if places.len() == places.capacity() {
        room::check((2 * places.len() + 4) * 2 * size_of::<(Row, Place)>());
    }
    places.entry(row).or_insert_with(place);
}
