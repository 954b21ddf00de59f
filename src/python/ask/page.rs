//! `page`: a part of a collection, and where to go on.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::python::ask::beyond::{ahead, run, split};
use crate::python::collection::fixed::{Fixed, Held};
use crate::python::collection::many::Many;
use crate::python::collection::placed::Placing;
use crate::python::collection::recipe::Recipe;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
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
    /// for each page: a token says where one was, by the values of keys and by ids, and of which expression. So it does of a
    /// collection that is declared with `order_by`. A member whose key changed, or that now stands on another side of `|`,
    /// may be seen twice or not at all. A member of a join path stands at its first link: where that link goes and a later
    /// one stays, the member moves there.
    ///
    /// Of a sample, a slice, a list, `through(repeat=True)`, and where more than eight computed collections stand in each
    /// other, a token is of exactly these ids; so is one of a collection in an order, or over several links, that was
    /// computed before rows were last written, where one has moved past the end of the page since: go on with the same one, or
    /// compute and page in one transaction. Tokens are readable and not signed, and hold in other
    /// processes; of text and bytes over 48 bytes one holds the beginning, and what begins alike may be seen again where the
    /// row that it speaks of is gone or changed.
    ///
    /// O(limit) at any depth of all rows of a model, of a `has_many` of references and of one through a unique pair, and
    /// O(limit + log members) of these but the last in the order of a field that rises with age or has an index; of
    /// others a walk from the beginning to the page, and of computed ones, and of those that are declared with `order_by`,
    /// what it costs to compute them.
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

/// What is asked for.
pub struct Asked<'a> {
    pub many: &'a Many,
    pub limit: usize,
    pub reverse: bool,
}

/// A token: what it is of, and a place.
pub type Token = (u64, Place);

/// The members, and the next token; nothing where the token that was given is none of this collection.
pub type Page = Option<(Fixed, Option<String>)>;

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
    pub fn of(&self, world: &World, recipe: &Recipe) -> Result<u64> {
        let mut state = token::hasher();
        (recipe.fingerprint(world)?, self.reverse).hash(&mut state);
        Ok(state.finish())
    }

    fn of_live(&self, world: &World) -> Result<u64> {
        self.of(world, &self.many.recipe(world)?.0)
    }

    pub fn fixed(&self, world: &World, rows: Vec<Row>) -> Fixed {
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

    /// A page of members whose order is declared.
    fn in_an_order(&self, world: &World, start: Start, path: &Path, after: Option<&Token>) -> Result<Page> {
        let (recipe, _) = self.many.recipe(world)?;
        let (of, placing) = (self.of(world, &recipe)?, Placing::new(world, path.to, &recipe)?);
        let place = match after {
            Some((given, _)) if *given != of => return Ok(None),
            after => after.map(|(_, place)| place),
        };
        let all = world.engine.members(start, path);
        let row = |at: usize| all.get(at).copied();
        let Some(split) = self.split(world, (path.to, &placing), place, all.len(), row)? else { return Ok(None) };
        let mut rows = room::copied(&all[run(split, all.len(), self.reverse, self.limit.saturating_add(1))]);
        if self.reverse {
            rows.reverse();
        }
        let next = self.cut(world, path.to, (of, &placing), &mut rows)?;
        Ok(next.map(|next| (self.fixed(world, rows), next)))
    }

    /// How many members come before the page, of those that stand in order: in reverse, how many there are up to its end.
    pub fn split(
        &self,
        world: &World,
        placing: (ModelId, &Placing),
        after: Option<&Place>,
        len: usize,
        row: impl Fn(usize) -> Option<Row>,
    ) -> Result<Option<usize>> {
        match after {
            None => Ok(Some(if self.reverse { len } else { 0 })),
            Some(place) => split(world, placing, (place, self.reverse), len, row),
        }
    }

    /// Leaves as many rows as a page has, and says the next token, if there are more; nothing where that has no place.
    pub fn cut(
        &self,
        world: &World,
        model: ModelId,
        (of, placing): (u64, &Placing),
        rows: &mut Vec<Row>,
    ) -> Result<Option<Option<String>>> {
        if rows.len() <= self.limit {
            return Ok(Some(None));
        }
        rows.truncate(self.limit);
        let last = rows[self.limit - 1];
        let id = world.engine.table(model).id(last);
        Ok(placing.place(world, last)?.map(|place| Some(token::text(of, &place, id))))
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
            let mut place = [Place::new()];
            engine.add_places(start, path, trail, &mut place);
            let [place] = place;
            let order = after.map(|(_, after)| compare(&place, after, Ordering::Equal));
            is_one &= order != Some(None);
            let is_beyond = order.is_none_or(|order| order == Some(ahead(self.reverse)));
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
}
