//! `page`: a part of a collection, and where to go on.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::python::ask::beyond::{as_they_stood, in_order, whole};
use crate::python::ask::sought::sought;
use crate::python::collection::fixed::{Fixed, Held};
use crate::python::collection::many::Many;
use crate::python::collection::placed::{Placing, place_of};
use crate::python::collection::recipe::{Node, Recipe};
use crate::python::collection::unread::Unread;
use crate::python::store::world::World;
use crate::store::error::{Error, Result};
use crate::store::id::Row;
use crate::store::read::path::Path;
use crate::store::read::rowset::RowSet;
use crate::store::read::token::{self, Part, Place, compare};
use crate::store::read::view::Start;
use crate::store::read::window::Lined;
use crate::store::room;

/// To release the interpreter takes longer than to read so many.
const FEW: usize = 1024;

#[pymethods]
impl Many {
    /// At most `limit` members, and in `next` a token for the page after them, None on the last one.
    ///
    /// Pages follow the order of the collection (`reverse=True`: its reverse), whatever is created, changed or deleted
    /// between two calls, the last member of a page included: every member that stays and keeps its place is seen once.
    /// What is computed (`where`, `order_by`, `&`, `|`, `-`, `^`, `through`, and these of each other) may be computed anew
    /// for each page: a token says where one was, by the values of keys and by ids, and of which expression. A member whose
    /// key changed, or that now stands on another side of `|`, may be seen twice or not at all. A member of a join path
    /// stands at its first link: where that link goes and a later one stays, the member moves there. A collection that is
    /// declared with `order_by` goes on after the record with which the page ended, wherever that is now; where it is gone
    /// from the collection, that is a `SchemaError`.
    ///
    /// Of a sample, a slice, a list, what is computed of a collection declared with `order_by`, `through(repeat=True)`, and where more than eight computed collections stand in each other, a token is of
    /// exactly these ids; so is one of a collection in an order, or over several links, that was computed before rows were
    /// last written: compute it anew, or go on with the same one. Tokens are readable and not signed, and hold in other
    /// processes; of text and bytes over 48 bytes one holds the beginning, and what begins alike may be seen again where the
    /// row that it speaks of is gone or changed.
    ///
    /// O(limit) at any depth of all rows of a model, of a `has_many` of references and of one through a unique pair, and
    /// O(limit + log members) of these but the last in the order of a field that rises with age or has an index; of
    /// others a walk from the beginning to the page, and of computed ones what it costs to compute them.
    ///
    /// Raises `ValueError` for a limit under 1 and for a token that is malformed or of another collection.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = [User(name) for name in "cab"]
    /// ...     first = User.all().order_by("username").page(2)
    /// ...     _ = User("aa")
    /// ...     second = User.all().order_by("username").page(2, first.next)
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
        let asked = Asked { many: self, limit, reverse };
        let after = match after.map(token::parse) {
            Some(None) => return Err(no_token()),
            Some(place) => place,
            None => None,
        };
        let brief = self.read(py, |world| {
            if limit > FEW {
                return Ok(None);
            }
            if let Some(unread) = self.to_read() {
                return asked.of_unread(world, unread, after.as_ref());
            }
            match self.members(world)? {
                Held::Path(start, path) => match world.engine.lined(start, path) {
                    Some(lined) => asked.in_line(world, lined, after.as_ref()).map(Some),
                    None => Ok(None),
                },
                Held::Rows(_) => Ok(None),
            }
        })?;
        let page = match brief {
            Some(page) => page,
            None => self.compute(py, |world| asked.page(world, after.as_ref()))?,
        };
        let Some((items, next)) = page else { return Err(no_token()) };
        let items = Many::fixed(self.store(py).clone().unbind(), items);
        py.import("hasmany.tuples")?.call_method1("Page", (items, next))
    }
}

fn no_token() -> PyErr {
    PyValueError::new_err("this page token is malformed or of another collection")
}

/// What is said where a page cannot go on.
const GONE: &str = "the record with which that page ended is gone from this collection, whose order is not that of age, so it is \
                    not known where to go on; begin again";

/// What is asked for.
struct Asked<'a> {
    many: &'a Many,
    limit: usize,
    reverse: bool,
}

/// A token: what it is of, and a place.
type Token = (u64, Place);

/// The members, and the next token; nothing where the token that was given is none of this collection.
type Page = Option<(Fixed, Option<String>)>;

impl Asked<'_> {
    fn page(&self, world: &World, after: Option<&Token>) -> Result<Page> {
        if let Some(unread) = self.many.to_read()
            && let Some(page) = self.of_unread(world, unread, after)?
        {
            return Ok(page);
        }
        if let Some(fixed) = self.many.computed(world) {
            return self.of_computed(world, fixed, after);
        }
        match self.many.members(world)? {
            Held::Path(start, path) => match world.engine.lined(start, path) {
                Some(lined) => self.in_line(world, lined, after),
                None if path.is_sorted() => self.in_an_order(world, start, path, after),
                None => self.on_a_walk(world, start, path, after),
            },
            Held::Rows(_) => Ok(None),
        }
    }

    /// What a token must be of: an expression, in this direction.
    fn of(&self, world: &World, recipe: &Recipe) -> Result<u64> {
        let mut state = token::hasher();
        (recipe.fingerprint(world)?, self.reverse).hash(&mut state);
        Ok(state.finish())
    }

    fn of_live(&self, world: &World) -> Result<u64> {
        self.of(world, &self.many.recipe(world)?.0)
    }

    fn fixed(&self, world: &World, rows: Vec<Row>) -> Fixed {
        Fixed::new(world, self.many.model(), rows)
    }

    /// A page of members that stand in a line.
    fn in_line(&self, world: &World, lined: Lined, after: Option<&Token>) -> Result<Page> {
        let of = self.of_live(world)?;
        let mut run = match after {
            None => lined.line.all(self.reverse),
            Some((given, place)) => match place[..] {
                [Part::Number(id)] if *given == of => lined.line.beyond(id, self.reverse),
                _ => return Ok(None),
            },
        };
        let mut rows = Vec::new();
        let last = lined.take(&mut run, self.limit, &mut rows);
        let last = last.filter(|_| lined.line.next(&mut run).is_some());
        let next = last.map(|row| token::text(of, &[Part::Number(lined.line.id(row))], 0));
        Ok(Some((self.fixed(world, rows), next)))
    }

    /// A page of members whose order is declared: it goes on after the member with which the page before ended, wherever
    /// that stands now.
    fn in_an_order(&self, world: &World, start: Start, path: &Path, after: Option<&Token>) -> Result<Page> {
        let (engine, of) = (&world.engine, self.of_live(world)?);
        let mut rows = engine.members(start, path);
        if self.reverse {
            rows.reverse();
        }
        let from = match after {
            None => 0,
            Some((given, place)) => match place[..] {
                [Part::Number(id)] if *given == of => {
                    let row = engine.table(path.to).find(id);
                    let at = row.and_then(|row| rows.iter().position(|&other| other == row));
                    at.ok_or_else(|| Error::Schema(GONE.to_owned()))? + 1
                }
                _ => return Ok(None),
            },
        };
        let rest = &rows[from..];
        let id = |row: &Row| token::text(of, &[Part::Number(engine.table(path.to).id(*row))], 0);
        let next = rest.get(self.limit).and_then(|_| rest.get(self.limit - 1)).map(id);
        Ok(Some((self.fixed(world, room::collected(rest.iter().take(self.limit).copied())), next)))
    }

    /// A page of members that a walk comes to: forwards it ends with the page.
    fn on_a_walk(&self, world: &World, start: Start, path: &Path, after: Option<&Token>) -> Result<Page> {
        let (engine, of) = (&world.engine, self.of_live(world)?);
        if after.is_some_and(|(given, _)| *given != of) {
            return Ok(None);
        }
        let (mut found, mut is_one) = (Vec::<(Place, Row)>::new(), true);
        let mut seen = RowSet::new(engine.table(path.to).rows(), engine.table(path.to).len());
        _ = engine.trace(start, path, |row, trail| {
            if !seen.insert(row) {
                return ControlFlow::Continue(());
            }
            let place: Place = place_of(engine, trail).collect();
            let order = after.map(|(_, after)| compare(&place, after, Ordering::Equal));
            is_one &= order != Some(None);
            let is_beyond = match order {
                None => true,
                Some(order) => order == Some(if self.reverse { Ordering::Less } else { Ordering::Greater }),
            };
            if is_beyond {
                room::push(&mut found, (place, row));
            }
            match is_one && (self.reverse || found.len() <= self.limit) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        if !is_one {
            return Ok(None);
        }
        if self.reverse {
            found.reverse();
        }
        let next = (found.len() > self.limit).then(|| token::text(of, &found[self.limit - 1].0, 0));
        let rows = room::collected(found.into_iter().take(self.limit).map(|(_, row)| row));
        Ok(Some((self.fixed(world, rows), next)))
    }

    /// A page of an order that is not read, which it stays; nothing where it has to be.
    fn of_unread(&self, world: &World, unread: &Unread, after: Option<&Token>) -> Result<Option<Page>> {
        let Some((recipe, _)) = unread.recipe() else { return Ok(None) };
        let (Ok(placing), Ok(of)) = (Placing::new(world, unread.model(), recipe), self.of(world, recipe)) else {
            return Ok(None);
        };
        let place = match after {
            Some((given, _)) if *given != of => return Ok(None),
            after => after.map(|(_, place)| place),
        };
        let found = sought(world, unread, &placing, place, self.reverse, self.limit.saturating_add(1))?;
        let Some(mut rows) = found else { return Ok(Some(None)) };
        let mut next = None;
        if rows.len() > self.limit {
            rows.truncate(self.limit);
            let last = rows[self.limit - 1];
            let Some(place) = placing.place(world, last)? else { return Ok(None) };
            next = Some(token::text(of, &place, world.engine.table(unread.model()).id(last)));
        }
        Ok(Some(Some((self.fixed(world, rows), next))))
    }

    /// A page of a computed collection: a token says where one was in its expression or, where that cannot be known, in its
    /// list.
    fn of_computed(&self, world: &World, fixed: &Fixed, after: Option<&Token>) -> Result<Page> {
        // What it was computed of may be gone, or of before a redefinition: then it is a list.
        let recipe = fixed.recipe().map(|(recipe, moment)| (recipe, recipe.is_steady() || *moment == world.moment));
        let known = recipe.and_then(|(recipe, is_now)| {
            let placing = Placing::new(world, fixed.model(), recipe).ok()?;
            Some((self.of(world, recipe).ok()?, placing, is_now))
        });
        let listed = || self.of(world, &Recipe::of(Node::Listed(fixed.model(), fixed.all_ids().clone())));
        let found = match (after, &known) {
            (None, _) => self.from(world, fixed, None),
            (Some((given, place)), Some((of, placing, is_now))) if given == of => {
                match self.beyond(world, fixed, (placing, *is_now), place)? {
                    Some(found) => found,
                    None => return Ok(None),
                }
            }
            (Some((given, place)), _) => match place[..] {
                [Part::Number(at)] if *given == listed()? => self.from(world, fixed, Some(at)),
                _ => return Ok(None),
            },
        };
        let next = match found.get(self.limit) {
            None => None,
            Some(_) => {
                let (at, row) = found[self.limit - 1];
                let place = match &known {
                    Some((of, placing, true)) => placing.place(world, row)?.map(|place| (*of, place)),
                    _ => None,
                };
                let (of, place) = match place {
                    Some(token) => token,
                    None => (listed()?, vec![Part::Number(at as u64)]),
                };
                Some(token::text(of, &place, world.engine.table(fixed.model()).id(row)))
            }
        };
        let rows = found.into_iter().take(self.limit).map(|(_, row)| row).collect();
        Ok(Some((self.fixed(world, rows), next)))
    }

    /// The members from a place in the list on, one more than a page, each with its place.
    fn from(&self, world: &World, fixed: &Fixed, after: Option<u64>) -> Vec<(usize, Row)> {
        let (ids, table) = (fixed.all_ids(), world.engine.table(fixed.model()));
        let after = after.map(|at| usize::try_from(at).unwrap_or(usize::MAX).min(ids.len()));
        let places = match self.reverse {
            true => 0..after.unwrap_or(ids.len()),
            false => after.map_or(0, |at| (at + 1).min(ids.len()))..ids.len(),
        };
        let there = |at: usize| table.find(ids.get(at)).map(|row| (at, row));
        let most = self.limit.saturating_add(1);
        match self.reverse {
            true => room::collected(places.rev().filter_map(there).take(most)),
            false => room::collected(places.filter_map(there).take(most)),
        }
    }

    /// As [`from`](Self::from), the members beyond a place of the expression; nothing where it can be none of it.
    fn beyond(
        &self,
        world: &World,
        fixed: &Fixed,
        (placing, is_now): (&Placing, bool),
        place: &Place,
    ) -> Result<Option<Vec<(usize, Row)>>> {
        let place = whole(world, fixed.model(), placing, place)?;
        let beyond = if self.reverse { Ordering::Less } else { Ordering::Greater };
        let mut is_one = true;
        let is_beyond = |own: &Place| {
            let order = compare(own, &place, beyond);
            is_one &= order.is_some();
            order == Some(beyond)
        };
        let all = self.all(world, fixed);
        let most = self.limit.saturating_add(1);
        let found = match is_now {
            true => room::collected(in_order(world, placing, &all, is_beyond)?.iter().copied().take(most)),
            false => {
                let found = as_they_stood(world, placing, &all, is_beyond)?;
                room::collected(found.into_iter().take(most).map(|at| all[at]))
            }
        };
        Ok(is_one.then_some(found))
    }

    /// All members with their places in the list, in this direction.
    fn all(&self, world: &World, fixed: &Fixed) -> Vec<(usize, Row)> {
        let table = world.engine.table(fixed.model());
        let there = fixed.all_ids().iter().enumerate().filter_map(|(at, id)| table.find(id).map(|row| (at, row)));
        let mut all = room::collected(there);
        if self.reverse {
            all.reverse();
        }
        all
    }
}
