//! `Many`: an ordered set of records.

use std::ops::{Deref, Range};
use std::sync::Arc;

use parking_lot::{Mutex, RwLockReadGuard};
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PySlice;

use crate::python::collection::walk::Walk;
use crate::python::declare::bind::anew;
use crate::python::error::raise;
use crate::python::record::handle::Record;
use crate::python::record::value::Cell;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::algebra::Side;
use crate::store::read::view::Start;
use crate::store::schema::path::Path;

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
    store: Py<Store>,
    members: Members,
}

/// What a collection holds.
enum Members {
    /// What a route leads to now, from one row or (`None`) from every row of its first model; the members' model; and
    /// the store's serial under which all this holds.
    Live { start: Option<Id>, route: Route, to: ModelId, serial: u32 },
    /// These rows, as long as they are there.
    Fixed(Box<Fixed>),
}

/// Where a path is kept.
enum Route {
    /// With the class: a collection by its place, so that making a `Many` takes neither a lock nor a count.
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

/// Rows by id, and where they were when somebody last looked.
pub struct Fixed {
    model: ModelId,
    ids: FixedIds,
    /// The rows that live, under a version of their table; nothing where that are all of a range.
    seen: Mutex<(u64, Option<Arc<[Row]>>)>,
}

/// The ids that a fixed collection was made with.
enum FixedIds {
    List(Box<[Id]>),
    /// Of rows that were created together: not written out, for there may be many.
    Range(Range<Id>),
}

impl FixedIds {
    fn iter(&self) -> Box<dyn ExactSizeIterator<Item = Id> + '_> {
        match self {
            FixedIds::List(ids) => Box::new(ids.iter().copied()),
            FixedIds::Range(ids) => Box::new((0..(ids.end - ids.start) as usize).map(|at| ids.start + at as Id)),
        }
    }
}

impl Fixed {
    /// To be made under the lock under which the rows were read.
    pub fn new(world: &World, model: ModelId, rows: Vec<Row>) -> Self {
        let table = world.engine.table(model);
        let ids = FixedIds::List(rows.iter().map(|&row| table.id(row)).collect());
        Fixed { model, ids, seen: Mutex::new((table.version(), Some(rows.into()))) }
    }

    /// The same of rows that were just created.
    pub fn created(world: &World, model: ModelId, rows: Range<Row>) -> Self {
        let table = world.engine.table(model);
        let ids = FixedIds::Range(table.id(rows.start)..table.id(rows.end));
        Fixed { model, ids, seen: Mutex::new((table.version(), None)) }
    }

    fn rows(&self, world: &World) -> Arc<[Row]> {
        let table = world.engine.table(self.model);
        let mut seen = self.seen.lock();
        match &*seen {
            (version, Some(rows)) if *version == table.version() => rows.clone(),
            _ => {
                let rows: Arc<[Row]> = self.ids.iter().filter_map(|id| table.find(id)).collect();
                *seen = (table.version(), Some(rows.clone()));
                rows
            }
        }
    }

    fn count(&self, world: &World) -> usize {
        match (&*self.seen.lock(), &self.ids) {
            ((version, None), FixedIds::Range(ids)) if *version == world.engine.table(self.model).version() => {
                return (ids.end - ids.start) as usize;
            }
            _ => {}
        }
        self.rows(world).len()
    }
}

/// The rows of a collection.
pub enum Rows {
    Own(Vec<Row>),
    Shared(Arc<[Row]>),
}

impl Deref for Rows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        match self {
            Rows::Own(rows) => rows,
            Rows::Shared(rows) => rows,
        }
    }
}

impl Rows {
    pub fn into_vec(self) -> Vec<Row> {
        match self {
            Rows::Own(rows) => rows,
            Rows::Shared(rows) => rows.to_vec(),
        }
    }
}

/// What a collection holds, for one hold of the lock: rows, or the path to them.
pub enum Held<'a> {
    Rows(Rows),
    Path(Start, &'a Path),
}

impl Held<'_> {
    pub fn side(&self) -> Side<'_> {
        match self {
            Held::Rows(rows) => Side::Rows(rows),
            Held::Path(start, path) => Side::Path(*start, path),
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
        drop(self.world(py)?);
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

    /// A fixed collection of the same model, computed from the rows of this one.
    pub fn derive(&self, py: Python<'_>, compute: impl FnOnce(&World, Rows) -> Vec<Row> + Send) -> PyResult<Many> {
        self.fix(py, self.model(), |world| Ok(compute(world, self.rows(world)?)))
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
            Members::Fixed(fixed) => fixed.model,
        }
    }

    /// Where a live collection comes from: the row, or none for every row, and the path.
    pub fn origin<'a>(&'a self, world: &'a World) -> Result<Option<(Option<Id>, &'a Arc<Path>)>> {
        match &self.members {
            Members::Live { start, route, serial, .. } => Ok(Some((*start, self.path(world, route, *serial)?))),
            Members::Fixed(_) => Ok(None),
        }
    }

    /// The path of a route. All rows of a model are that whatever its definition; any other path is of the
    /// definitions under which it was made.
    fn path<'a>(&self, world: &'a World, route: &'a Route, serial: u32) -> Result<&'a Arc<Path>> {
        let holds = serial == world.serial || matches!(route, Route::All(_));
        route.path(world).filter(|_| holds).ok_or_else(anew)
    }

    /// Where a live collection starts on its path; its owner must be there.
    fn start<'a>(
        &self,
        world: &'a World,
        start: Option<Id>,
        route: &'a Route,
        serial: u32,
    ) -> Result<(Start, &'a Path)> {
        let path = self.path(world, route, serial)?;
        match start {
            Some(id) => Ok((Start::Row(world.engine.row(path.from, id)?), path)),
            None => Ok((Start::Every, path)),
        }
    }

    /// The store, to read, with the path of this collection resolved in it.
    pub fn world<'a>(&'a self, py: Python<'a>) -> PyResult<RwLockReadGuard<'a, World>> {
        let store = self.store(py);
        let world = store.get().read(py);
        match &self.members {
            Members::Live { route: Route::Collection(model, place), serial, .. }
                if world.serial == *serial && world.path(*model, *place).is_none() =>
            {
                drop(world);
                Store::path(store, *model, *place)?;
                Ok(store.get().read(py))
            }
            _ => Ok(world),
        }
    }

    /// The ids that a fixed collection was made with, deleted ones included.
    pub fn fixed_ids(&self) -> impl Iterator<Item = Id> + '_ {
        let fixed = match &self.members {
            Members::Live { .. } => None,
            Members::Fixed(fixed) => Some(fixed.ids.iter()),
        };
        fixed.into_iter().flatten()
    }

    /// The members. O(1) for a fixed collection if nothing was deleted since it was read last; else as the path costs.
    pub fn rows(&self, world: &World) -> Result<Rows> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(Rows::Own(world.engine.members(start, path)))
            }
            Members::Fixed(fixed) => Ok(Rows::Shared(fixed.rows(world))),
        }
    }

    /// The members, or where they are to be found.
    pub fn members<'a>(&'a self, world: &'a World) -> Result<Held<'a>> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(Held::Path(start, path))
            }
            Members::Fixed(fixed) => Ok(Held::Rows(Rows::Shared(fixed.rows(world)))),
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
        }
    }

    /// Whether a live row is a member.
    fn has(&self, world: &World, row: Row) -> Result<bool> {
        match &self.members {
            Members::Live { start, route, serial, .. } => {
                let (start, path) = self.start(world, *start, route, *serial)?;
                Ok(world.engine.contains(start, path, row))
            }
            Members::Fixed(_) => Ok(self.rows(world)?.contains(&row)),
        }
    }

    /// How many members there are, and the ids of the first few.
    fn head(&self, py: Python<'_>, most: usize) -> PyResult<(usize, Vec<Id>)> {
        self.read(py, |world| {
            let (table, rows) = (world.engine.table(self.model()), self.rows(world)?);
            Ok((rows.len(), rows.iter().take(most).map(|&row| table.id(row)).collect()))
        })
    }

    /// Something read under the lock.
    pub fn read<T>(&self, py: Python<'_>, read: impl FnOnce(&World) -> Result<T>) -> PyResult<T> {
        let result = read(&*self.world(py)?);
        result.map_err(|error| raise(self.store(py), error))
    }

    /// The ids of the members.
    pub fn ids_vec(&self, py: Python<'_>) -> PyResult<Vec<Id>> {
        self.read(py, |world| {
            let table = world.engine.table(self.model());
            Ok(self.rows(world)?.iter().map(|&row| table.id(row)).collect())
        })
    }

    /// A walk over the members as they are now.
    fn iter(&self, py: Python<'_>, reverse: bool) -> PyResult<Walk> {
        self.read(py, |world| {
            let table = world.engine.table(self.model());
            let mut ids: Vec<Id> = self.rows(world)?.iter().map(|&row| table.id(row)).collect();
            if reverse {
                ids.reverse();
            }
            Ok(Walk::new(self.store(py), world, self.model(), ids))
        })
    }

    /// The member at a place, from the end where it is negative.
    fn at(&self, py: Python<'_>, place: isize) -> PyResult<Id> {
        let id = self.read(py, |world| {
            let rows = self.rows(world)?;
            let place = if place < 0 { place + rows.len() as isize } else { place };
            let row = usize::try_from(place).ok().and_then(|place| rows.get(place).copied());
            Ok(row.map(|row| world.engine.table(self.model()).id(row)))
        })?;
        id.ok_or_else(out_of_range)
    }

    /// Whether an object is a member.
    pub fn holds(&self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = object.py();
        let id = object.cast::<Record>().ok().map(|record| record.get());
        let id = id.filter(|record| record.is_in(&self.store) && record.model == self.model()).map(Record::id);
        self.read(py, |world| {
            match id.and_then(|id| world.engine.table(self.model()).find(id)) {
                Some(row) => self.has(world, row),
                // Not there, but a collection of a deleted record still says so.
                None => self.alive(world).map(|()| false),
            }
        })
    }

    /// Refuses a live collection whose owner is gone, or whose model was defined anew.
    pub fn alive(&self, world: &World) -> Result<()> {
        match &self.members {
            Members::Live { start, route, serial, .. } => self.start(world, *start, route, *serial).map(drop),
            Members::Fixed(_) => Ok(()),
        }
    }

    /// The name of the members' class.
    pub fn model_name(&self, py: Python<'_>) -> String {
        self.store(py).get().read(py).class(self.model()).spec.name.clone()
    }
}

#[pymethods]
impl Many {
    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.store)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.read(py, |world| self.count(world))
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.__len__(py)? > 0)
    }

    fn __contains__(&self, record: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.holds(record)
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<Walk> {
        self.iter(py, false)
    }

    fn __reversed__(&self, py: Python<'_>) -> PyResult<Walk> {
        self.iter(py, true)
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        if let Ok(slice) = index.cast::<PySlice>() {
            // An index may be an object with code of its own: it is read before the lock is taken.
            let len = self.__len__(py)?;
            let slice = slice.indices(len as isize)?;
            let places = |rows: Rows| {
                let place = |step: isize| (slice.start + step * slice.step) as usize;
                (0..slice.slicelength as isize).filter_map(|step| rows.get(place(step)).copied()).collect()
            };
            return Ok(Bound::new(py, self.derive(py, |_, rows| places(rows))?)?.into_any());
        }
        let place = match index.extract::<isize>() {
            Ok(place) => place,
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => return Err(out_of_range()),
            Err(_) => return Err(crate::python::error::wrong_type("a collection's index", "int or slice", index)),
        };
        Store::record(self.store(py), self.model(), self.at(py, place)?)
    }

    /// The place of a record. Raises `ValueError` where it is no member. O(k).
    fn index(&self, record: &Bound<'_, PyAny>) -> PyResult<usize> {
        let py = record.py();
        let missing = || PyValueError::new_err(format!("{} is not in the collection", shown(record)));
        if !self.holds(record)? {
            return Err(missing());
        }
        let id = record.cast::<Record>()?.get().id();
        self.ids_vec(py)?.iter().position(|&other| other == id).ok_or_else(missing)
    }

    /// 1 for a member, else 0.
    #[pyo3(name = "count")]
    fn py_count(&self, record: &Bound<'_, PyAny>) -> PyResult<usize> {
        self.holds(record).map(usize::from)
    }

    /// `<Many of 2 User: [User(1, username='alice'), User(2, username='bob')]>`
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (name, found) = (self.model_name(py), self.head(py, 5));
        let (count, ids) = match found {
            Ok(found) => found,
            Err(error) => return Ok(format!("<Many {name}: {}>", error.value(py))),
        };
        let mut shown = Vec::new();
        for &id in &ids {
            shown.push(Record::new(self.store.clone_ref(py), self.model(), id).describe(py)?);
        }
        if count > ids.len() {
            shown.push("…".to_owned());
        }
        Ok(format!("<Many of {count} {name}: [{}]>", shown.join(", ")))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany._notebook")?.call_method1("collection", (slf,))
    }
}

impl Many {
    /// Whether an object is the record of my store and model with this id.
    pub fn is_member_id(&self, object: &Bound<'_, PyAny>, id: Id) -> bool {
        object.cast::<Record>().is_ok_and(|record| {
            let record = record.get();
            record.id() == id && record.model == self.model() && record.is_in(&self.store)
        })
    }
}

fn out_of_range() -> PyErr {
    PyIndexError::new_err("index out of range")
}

/// The repr of an object that may have none.
pub fn shown(object: &Bound<'_, PyAny>) -> String {
    object.repr().map_or_else(|_| "an object".to_owned(), |text| text.to_string_lossy().into_owned())
}

/// `many |= other` would bind a name, not change the relation.
pub fn no_in_place(operator: &str) -> PyErr {
    PyTypeError::new_err(format!("{operator} does not change a collection; use add(), remove() or replace()"))
}

/// What a notebook shows of a collection: the model's name, the fields' names, how many members there are, and the
/// values of the first few, each row after its id.
#[pyfunction]
pub fn preview<'py>(many: &Bound<'py, Many>, most: usize) -> PyResult<(String, Vec<String>, usize, Vec<Cells<'py>>)> {
    let (py, many) = (many.py(), many.get());
    let (spec, _) = many.store(py).get().spec(py, many.model());
    let (count, cells) = many.read(py, |world| {
        let (table, rows) = (world.engine.table(many.model()), many.rows(world)?);
        let fields = &world.engine.schema().model(many.model()).fields;
        let cell = |row: Row, at: usize| Cell::read(py, &world.engine, &fields[at].kind, &table.column(at).get(row));
        let row = |&row: &Row| {
            let cells = (0..table.columns().len()).map(|field| cell(row, field)).collect::<PyResult<Vec<_>>>();
            (table.id(row), cells)
        };
        Ok((rows.len(), rows.iter().take(most).map(row).collect::<Vec<_>>()))
    })?;
    let mut shown = Vec::new();
    for (id, cells) in cells {
        let mut row = vec![id.into_pyobject(py)?.into_any()];
        for cell in cells? {
            row.push(cell.finish(many.store(py))?);
        }
        shown.push(row);
    }
    Ok((spec.name.clone(), spec.fields.iter().map(|field| field.name.clone()).collect(), count, shown))
}

/// The values of a row.
type Cells<'py> = Vec<Bound<'py, PyAny>>;
