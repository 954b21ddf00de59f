//! `Many`: an ordered set of records.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::ask::domain::Domain;
use crate::python::change::door::settle_keys;
use crate::python::collection::fixed::{Fixed, Held, Rows};
use crate::python::collection::recipe::{Node, Recipe};
use crate::python::collection::unread::Unread;
use crate::python::error::tried;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::world::{World, stale};
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::path::{Path, Shape};
use crate::store::read::view::Start;
use crate::store::room;

/// An ordered set of records of one model: *live* where it is a relation, *fixed* where it was computed.
///
/// A live collection follows the store. A fixed one is the records it was computed with, less those deleted since.
/// `len`, `in` and everything that takes a field's name read columns and build no record. A live collection of a
/// deleted record raises `DeletedError`.
///
/// `&`, `|`, `-` and `^` take a collection or any iterable of records of the same model, keep the order of the left
/// side, and give a fixed collection; O(k) of both sides. `<=`, `<`, `>=`, `>` compare as sets do. `==` compares in
/// order with a list, a tuple or a collection, and as sets with a set. Assigning (`|=`) is a `TypeError`; the writers
/// are `add`, `create`, `remove`, `replace` and `clear`.
///
/// A collection is an Arrow table, too, `id` and then the fields, references as ids: `pl.DataFrame(tweet.likers)`,
/// `pa.table(tweet.likers)`, `pd.DataFrame.from_arrow(tweet.likers)`; DuckDB finds a variable that holds one by its
/// name. It is no NumPy array (`TypeError`): `ids` and `column` make those.
///
/// >>> from hasmany import Store, User
/// >>> with Store():
/// ...     alice, bob = User("alice"), User("bob")
/// ...     tweet = alice.post_tweet("hello")
/// ...     _ = bob.like_tweet(tweet)
/// ...     bob in tweet.likers, len(tweet.likers), tweet.likers.values("username")
/// (True, 1, ['bob'])
/// >>> import pyarrow
/// >>> pyarrow.table(tweet.likers).to_pylist()
/// [{'id': 2, 'username': 'bob'}]
#[pyclass(frozen, generic, module = "hasmany")]
pub struct Many {
    pub(super) store: Py<Store>,
    members: Members,
}

/// What a collection holds.
enum Members {
    /// What a route leads to now, from one row or (`None`) from every row of its first model; the members' model; and
    /// the store's serial under which all this holds.
    Live { start: Option<Id>, route: Route, to: ModelId, serial: u32 },
    /// These rows, as long as they are there.
    Fixed(Box<Fixed>),
    /// As fixed, from the order that there was when it was asked for.
    Unread(Arc<Unread>),
}

/// Where a path is kept.
enum Route {
    /// With the class: a collection by its place, so that making a `Many` takes neither a lock nor a count. Whoever makes
    /// one has resolved the path under the serial that it carries.
    Collection(ModelId, usize),
    /// With the class: all rows.
    All(ModelId),
    /// Nowhere else.
    Own(Arc<Path>),
}

impl Route {
    fn path<'a>(&'a self, world: &'a World) -> Option<&'a Arc<Path>> {
        match self {
            Route::Collection(model, collection) => world.path(*model, *collection),
            Route::All(model) => Some(&world.class(*model).all),
            Route::Own(path) => Some(path),
        }
    }
}

impl Many {
    /// What a path leads to.
    pub fn live(store: Py<Store>, start: Option<Id>, path: Arc<Path>, serial: u32) -> Self {
        let to = path.to;
        Many { store, members: Members::Live { start, route: Route::Own(path), to, serial } }
    }

    /// A collection of a row, by its place in the class.
    pub fn collection(store: Py<Store>, owner: Id, place: (ModelId, usize), to: ModelId, serial: u32) -> Self {
        let route = Route::Collection(place.0, place.1);
        Many { store, members: Members::Live { start: Some(owner), route, to, serial } }
    }

    /// A collection of a record, by its place in the class: the one that was made last, if it is that. Takes no lock of
    /// the store if nothing was deleted since the record was last found. `serial` is that of the store when `to`, the
    /// model of the members, is looked up.
    pub fn of_record<'py>(
        record: &Record,
        py: Python<'py>,
        collection: usize,
        serial: u32,
        to: impl FnOnce() -> PyResult<ModelId>,
    ) -> PyResult<Bound<'py, PyAny>> {
        record.alive(py)?;
        if let Some(kept) = record.kept(py, collection, serial) {
            return Ok(kept.into_bound(py));
        }
        let (store, to) = (record.store(py).clone().unbind(), to()?);
        let many = Many::collection(store, record.id(), (record.model, collection), to, serial);
        let many = Bound::new(py, many)?.into_any();
        record.keep(collection, serial, many.clone().unbind());
        Ok(many)
    }

    /// All records of a model.
    pub fn all(store: Py<Store>, model: ModelId) -> Self {
        let serial = store.get().serial();
        Many { store, members: Members::Live { start: None, route: Route::All(model), to: model, serial } }
    }

    /// These rows.
    pub fn fixed(store: Py<Store>, fixed: Fixed) -> Self {
        Many { store, members: Members::Fixed(Box::new(fixed)) }
    }

    /// Something computed under the lock, with the interpreter released.
    pub fn compute<T: Send>(&self, py: Python<'_>, f: impl FnOnce(&World) -> Result<T> + Send) -> PyResult<T> {
        let store = self.store(py);
        store.get().read_long(py, f).map_err(|error| raise(store, error))
    }

    /// A fixed collection of rows of a model, computed so.
    pub fn fix(
        &self,
        py: Python<'_>,
        model: ModelId,
        rows: impl FnOnce(&World) -> Result<Vec<Row>> + Send,
    ) -> PyResult<Many> {
        let fixed = self.compute(py, |world| Ok(Fixed::new(world, model, rows(world)?)))?;
        Ok(Many::fixed(self.store.clone_ref(py), fixed))
    }

    /// A fixed collection of rows of a model, with what they were computed by.
    pub fn fix_by(
        &self,
        py: Python<'_>,
        model: ModelId,
        rows: impl FnOnce(&World) -> Result<(Vec<Row>, Option<Recipe>, u64)> + Send,
    ) -> PyResult<Many> {
        let fixed = self.compute(py, |world| {
            let (rows, recipe, moment) = rows(world)?;
            Ok(Fixed::new(world, model, rows).by(recipe, moment))
        })?;
        Ok(Many::fixed(self.store.clone_ref(py), fixed))
    }

    /// A fixed collection of the same model, computed from the rows of this one.
    pub fn derive(&self, py: Python<'_>, compute: impl FnOnce(&World, Rows) -> Vec<Row> + Send) -> PyResult<Many> {
        self.fix(py, self.model(), |world| Ok(compute(world, self.rows(world)?)))
    }

    /// An order that is kept among the questions of its world.
    pub fn unread(store: Py<Store>, unread: Arc<Unread>) -> Self {
        Many { store, members: Members::Unread(unread) }
    }

    pub fn store<'py>(&self, py: Python<'py>) -> &Bound<'py, Store> {
        self.store.bind(py)
    }

    pub fn is_in(&self, store: &Py<Store>) -> bool {
        self.store.is(store)
    }

    /// The model of the members.
    pub fn model(&self) -> ModelId {
        match &self.members {
            Members::Live { to, .. } => *to,
            Members::Fixed(fixed) => fixed.model(),
            Members::Unread(unread) => unread.model(),
        }
    }

    /// Where a live collection comes from: the row, or none for every row, and the path.
    pub fn origin<'a>(&'a self, world: &'a World) -> Result<Option<(Option<Id>, &'a Arc<Path>)>> {
        match &self.members {
            Members::Live { start, route, serial, .. } => Ok(Some((*start, self.path(world, route, *serial)?))),
            Members::Fixed(_) | Members::Unread(_) => Ok(None),
        }
    }

    /// The path of a route. All rows of a model are that whatever its definition; any other path is of the
    /// definitions under which it was made.
    fn path<'a>(&self, world: &'a World, route: &'a Route, serial: u32) -> Result<&'a Arc<Path>> {
        let holds = serial == world.serial || matches!(route, Route::All(_));
        route.path(world).filter(|_| holds).ok_or_else(stale)
    }

    /// Where a live collection starts on its path; its owner must be there.
    fn start<'a>(
        &self,
        world: &'a World,
        start: Option<Id>,
        route: &'a Route,
        serial: u32,
    ) -> Result<(Start, &'a Arc<Path>)> {
        let path = self.path(world, route, serial)?;
        match start {
            Some(id) => Ok((Start::Row(world.engine.row(path.from, id)?), path)),
            None => Ok((Start::Every, path)),
        }
    }

    /// What a computed collection holds; it is read if it was not.
    pub fn computed(&self, world: &World) -> Option<&Fixed> {
        match &self.members {
            Members::Live { .. } => None,
            Members::Fixed(fixed) => Some(fixed),
            Members::Unread(unread) => Some(unread.fixed(world)),
        }
    }

    /// An order that is not read yet.
    pub fn to_read(&self) -> Option<&Unread> {
        match &self.members {
            Members::Unread(unread) if unread.known().is_none() => Some(unread),
            _ => None,
        }
    }

    /// What it is computed by, and the moment since which its members stand as they do.
    pub fn recipe(&self, world: &World) -> Result<(Recipe, u64)> {
        let (recipe, fixed) = match &self.members {
            Members::Live { start, route, serial, .. } => {
                let path = self.path(world, route, *serial)?.clone();
                return Ok((Recipe::of(Node::Live { start: *start, path, serial: *serial }), world.moment));
            }
            Members::Fixed(fixed) => (fixed.recipe().map(|(recipe, moment)| (recipe, *moment)), Some(&**fixed)),
            Members::Unread(unread) => (unread.recipe(), None),
        };
        let listed = || {
            let fixed = fixed.or_else(|| self.computed(world))?;
            Some(Recipe::of(Node::Listed(fixed.model(), fixed.all_ids().clone())))
        };
        Ok(match recipe {
            Some((recipe, moment)) if !recipe.is_steady() => (recipe.clone(), moment),
            Some((recipe, _)) => (recipe.clone(), world.moment),
            None => (listed().ok_or_else(stale)?, world.moment),
        })
    }

    /// The members. O(1) for a fixed collection if nothing was deleted since it was read last; else as the path costs.
    pub fn rows(&self, world: &World) -> Result<Rows> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(Rows::Own(world.engine.members(start, path)))
            }
            Members::Fixed(fixed) => Ok(Rows::Shared(fixed.rows(world))),
            Members::Unread(unread) => Ok(Rows::Shared(unread.fixed(world).rows(world))),
        }
    }

    /// Does something with the members as rows that are asked.
    pub fn ask<T>(&self, world: &World, work: impl FnOnce(&Domain) -> Result<T>) -> Result<T> {
        match self.members(world)? {
            Held::Path(Start::Every, path)
                if path.shape == Shape::All
                    && let Some(run) = world.engine.table(path.to).run() =>
            {
                work(&Domain::Run(run))
            }
            Held::Path(start, path) => work(&Domain::List(&world.engine.members(start, path))),
            Held::Rows(rows) => work(&Domain::List(&rows)),
        }
    }

    /// The members, or where they are to be found.
    pub fn members<'a>(&'a self, world: &'a World) -> Result<Held<'a>> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(Held::Path(start, path))
            }
            Members::Fixed(_) | Members::Unread(_) => self.rows(world).map(Held::Rows),
        }
    }

    /// How many members there are.
    pub fn count(&self, world: &World) -> Result<usize> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(world.engine.count(start, path))
            }
            Members::Fixed(fixed) => Ok(fixed.count(world)),
            Members::Unread(unread) => Ok(unread.count(world)),
        }
    }

    /// Whether it is known without counting that there are fewer members than are worth releasing the interpreter for.
    pub fn is_few(&self, world: &World, few: usize) -> Result<bool> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(start.is_indexed(path) && world.engine.count(start, path) < few)
            }
            Members::Fixed(fixed) => Ok(fixed.made_with() < few),
            Members::Unread(unread) => Ok(unread.count(world) < few),
        }
    }

    /// Whether a live row is a member.
    fn has(&self, world: &World, row: Row) -> Result<bool> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(world.engine.contains(start, path, row))
            }
            Members::Fixed(_) | Members::Unread(_) => Ok(self.rows(world)?.contains(&row)),
        }
    }

    /// Something read under the lock.
    pub fn read<T>(&self, py: Python<'_>, read: impl FnOnce(&World) -> Result<T>) -> PyResult<T> {
        let store = self.store(py);
        let result = tried(|| read(&store.get().read(py)));
        result.map_err(|error| raise(store, error))
    }

    /// The ids of the members.
    pub fn ids_vec(&self, py: Python<'_>) -> PyResult<Vec<Id>> {
        self.read(py, |world| {
            let table = world.engine.table(self.model());
            Ok(room::collected(self.rows(world)?.iter().map(|&row| table.id(row))))
        })
    }

    /// Whether an object is a member.
    pub fn holds(&self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = object.py();
        let id = object.cast::<Record>().ok().map(|record| record.get());
        let id = id.filter(|record| record.is_in(&self.store) && record.model == self.model()).map(Record::id);
        let (holds, is_key_due) = self.read(py, |world| {
            let holds = match id.and_then(|id| world.engine.table(self.model()).find(id)) {
                Some(row) => self.has(world, row)?,
                // Not there, but a collection of a deleted record still says so.
                None => self.alive(world).map(|()| false)?,
            };
            Ok((holds, world.engine.is_key_due()))
        })?;
        if is_key_due {
            settle_keys(self.store(py))?;
        }
        Ok(holds)
    }

    /// Refuses a live collection whose owner is gone, or whose model was redefined.
    pub fn alive(&self, world: &World) -> Result<()> {
        match &self.members {
            Members::Live { start, route, serial, .. } => self.start(world, *start, route, *serial).map(drop),
            Members::Fixed(_) | Members::Unread(_) => Ok(()),
        }
    }

    /// The name of the members' class.
    pub fn model_name(&self, py: Python<'_>) -> String {
        self.store(py).get().model_name(py, self.model())
    }

    /// Whether an object is the record of my store and model with this id.
    pub fn is_member_id(&self, object: &Bound<'_, PyAny>, id: Id) -> bool {
        object.cast::<Record>().is_ok_and(|record| {
            let record = record.get();
            record.id() == id && record.model == self.model() && record.is_in(&self.store)
        })
    }
}
