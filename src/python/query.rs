//! Asking a collection by its members' fields: `where`, `find_by`, `order_by`, `values`, `column`, `ids`, `sample`, `through`.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use super::class::text;
use super::convert::{self, Arg, Cell};
use super::error::raise;
use super::many::{Fixed, Many, Rows};
use super::record::Record;
use super::store::{Store, World};
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::find::{self, Subject, Test};
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::path::{Path, Shape};
use crate::store::schema::Kind;
use crate::store::value::{Type, Value};

/// `between(low, high)`: at least `low` and less than `high`; None is an open end.
///
/// >>> from hasmany import User, between
/// >>> len(User.where(id=between(1, 1)))
/// 0
#[pyclass(frozen, module = "hasmany")]
pub struct Between {
    low: Py<PyAny>,
    high: Py<PyAny>,
}

#[pymethods]
impl Between {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("between({}, {})", self.low.bind(py).repr()?, self.high.bind(py).repr()?))
    }
}

/// For `where` and `find_by`: values from `low` on that are less than `high`; None is an open end.
///
/// >>> from hasmany import Store, User, between
/// >>> with Store():
/// ...     _ = [User(name) for name in "abc"]
/// ...     User.where(username=between("b", None)).values("username")
/// ['b', 'c']
#[pyfunction]
pub fn between(low: Bound<'_, PyAny>, high: Bound<'_, PyAny>) -> Between {
    Between { low: low.unbind(), high: high.unbind() }
}

/// A test as it was passed: records are not rows yet.
enum Asked<'a> {
    Is(Arg<'a>),
    In(Vec<Arg<'a>>),
    Between(Option<Arg<'a>>, Option<Arg<'a>>),
}

impl<'a> Asked<'a> {
    fn settle(&self, engine: &Engine) -> Result<Test<'a>> {
        let settle = |arg: &Option<Arg<'a>>| arg.as_ref().map(|arg| arg.settle(engine)).transpose();
        Ok(match self {
            Asked::Is(arg) => Test::Is(arg.settle(engine)?),
            Asked::In(args) => Test::any_of(args.iter().map(|arg| arg.settle(engine)).collect::<Result<_>>()?),
            Asked::Between(low, high) => Test::Between(settle(low)?, settle(high)?),
        })
    }
}

/// The tests that the keywords of a call ask for.
fn asked(many: &Many, fields: &Bound<'_, PyDict>) -> PyResult<Vec<(Subject, Asked<'static>)>> {
    let py = fields.py();
    let store = many.store(py);
    let spec = store.get().read(py).class(many.model()).spec.clone();
    let mut tests = Vec::new();
    for (name, given) in fields {
        let name = text(&name);
        let subject = match spec.field(&name) {
            Some(field) => Subject::Field(field),
            None if name == "id" => Subject::Id,
            None => return Err(spec.no_field(&name)),
        };
        let value = |given: &Bound<'_, PyAny>| -> PyResult<Arg<'static>> {
            match subject {
                _ if given.is_none() => Ok(Arg::Value(Value::None)),
                Subject::Field(field) => {
                    Ok(convert::arg(store.as_unbound(), &spec, &spec.fields[field], given)?.into_owned())
                }
                Subject::Id => convert::id(&spec.name, given).map(Arg::Value),
            }
        };
        let bound = |given: &Py<PyAny>| match given.is_none(py) {
            true => Ok(None),
            false => value(given.bind(py)).map(Some),
        };
        let test = if let Ok(between) = given.cast::<Between>() {
            Asked::Between(bound(&between.get().low)?, bound(&between.get().high)?)
        } else if is_single(&given)? {
            Asked::Is(value(&given)?)
        } else {
            Asked::In(given.try_iter()?.map(|element| value(&element?)).collect::<PyResult<_>>()?)
        };
        tests.push((subject, test));
    }
    Ok(tests)
}

/// Whether an object is one value rather than several.
fn is_single(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_value = given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>();
    Ok(is_value || given.is_instance_of::<Record>() || !given.hasattr("__iter__")?)
}

fn settled<'a>(engine: &Engine, asked: &[(Subject, Asked<'a>)]) -> Result<Vec<(Subject, Test<'a>)>> {
    asked.iter().map(|(subject, asked)| Ok((*subject, asked.settle(engine)?))).collect()
}

/// Whether a collection is all rows of its model.
fn is_all(many: &Many, world: &World) -> bool {
    many.origin(world).is_some_and(|(start, path)| start.is_none() && path.shape == Shape::All)
}

/// The members that pass, as a fixed collection.
pub fn select(py: Python<'_>, many: &Many, fields: &Bound<'_, PyDict>) -> PyResult<Many> {
    let asked = asked(many, fields)?;
    let store = many.store(py);
    let model = many.model();
    let rows = |world: &World| {
        let tests = settled(&world.engine, &asked)?;
        if is_all(many, world) {
            return Ok(world.engine.select(model, &tests));
        }
        let mut rows = many.rows(world)?.into_vec();
        world.engine.filter(model, &mut rows, &tests);
        Ok(rows)
    };
    drop(many.world(py)?);
    let fixed = store.get().read_long(py, |world| rows(world).map(|rows| Fixed::new(world, model, rows)));
    fixed.map(|fixed| Many::fixed(store.clone().unbind(), fixed)).map_err(|error| raise(store, error))
}

/// The first member that passes.
pub fn first<'py>(py: Python<'py>, many: &Many, fields: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let asked = asked(many, fields)?;
    let model = many.model();
    let id = many.read(py, |world| {
        let tests = settled(&world.engine, &asked)?;
        let row = match is_all(many, world) {
            true => world.engine.first(model, &tests),
            false => {
                let mut rows = many.rows(world)?.into_vec();
                world.engine.filter(model, &mut rows, &tests);
                rows.first().copied()
            }
        };
        Ok(row.map(|row| world.engine.table(model).id(row)))
    })?;
    id.map(|id| Store::record(many.store(py), model, id)).transpose()
}

/// A field named from a model, over references where it is dotted: "doctor.name".
struct Dotted {
    /// The references to go up.
    ups: Vec<(ModelId, usize)>,
    /// The model at the end, and what of it.
    model: ModelId,
    subject: Subject,
}

impl Dotted {
    fn parse(many: &Many, name: &Bound<'_, PyString>) -> PyResult<Self> {
        let (py, name) = (name.py(), &*text(name));
        let store = many.store(py);
        let world = store.get().read(py);
        let schema = world.engine.schema();
        let mut model = many.model();
        let mut ups = Vec::new();
        let result = (|| {
            let mut parts = name.split('.').peekable();
            while let Some(part) = parts.next() {
                if part == "id" && parts.peek().is_none() && schema.model(model).field("id").is_err() {
                    return Ok(Subject::Id);
                }
                let field = schema.model(model).field(part)?;
                match (&schema.model(model).fields[field].kind, parts.peek()) {
                    (_, None) => return Ok(Subject::Field(field)),
                    (Kind::Reference(to, _), _) => {
                        ups.push((model, field));
                        model = *to;
                    }
                    (Kind::Value(_), Some(_)) => {
                        let of = &schema.model(model).name;
                        let message = format!("{of}.{part} is no reference, so nothing of it can be followed");
                        return Err(crate::store::error::Error::Schema(message));
                    }
                }
            }
            schema.model(model).field(name).map(Subject::Field)
        })();
        drop(world);
        match result {
            Ok(subject) => Ok(Dotted { ups, model, subject }),
            Err(error) => Err(raise(store, error)),
        }
    }

    /// The row at the end, from a member.
    fn follow(&self, engine: &Engine, mut row: Row) -> Option<Row> {
        for &(model, field) in &self.ups {
            row = engine.table(model).column(field).rows()[row as usize];
            if row == NO_ROW {
                return None;
            }
        }
        Some(row)
    }

    /// The value for a member.
    fn value<'a>(&self, engine: &'a Engine, row: Row) -> Value<'a> {
        let table = engine.table(self.model);
        match (self.follow(engine, row), self.subject) {
            (None, _) => Value::None,
            (Some(row), Subject::Id) => Value::Int(table.id(row) as i64),
            (Some(row), Subject::Field(field)) => table.column(field).get(row),
        }
    }

    /// What the last field holds.
    fn kind(&self, engine: &Engine) -> Kind<ModelId> {
        match self.subject {
            Subject::Id => Kind::Value(Type::Int),
            Subject::Field(field) => engine.schema().model(self.model).fields[field].kind.clone(),
        }
    }
}

/// The values of many rows: objects, or what becomes objects once the lock is given back.
enum Cells<'py> {
    Objects(PyResult<Vec<Bound<'py, PyAny>>>),
    Later(PyResult<Vec<Cell<'py>>>),
}

#[pymethods]
impl Many {
    /// The members' ids, as an int64 array of shape (len,). O(k).
    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let ids = self.read(py, |world| {
            let table = world.engine.table(self.model());
            Ok(self.rows(world)?.iter().map(|&row| table.id(row) as i64).collect::<Vec<_>>())
        })?;
        Ok(ids.into_pyarray(py))
    }

    /// One value a member, in order, as a list of length len; no record is built unless the field is a reference. A dotted
    /// name follows references: "doctor.name". O(k).
    ///
    /// Raises `SchemaError` for a name that is no field.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice = User("alice")
    /// ...     _ = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     alice.tweets.values("message"), alice.tweets.values("user.username")
    /// (['one', 'two'], ['alice', 'alice'])
    fn values<'py>(&self, py: Python<'py>, field: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyList>> {
        let dotted = Dotted::parse(self, field)?;
        let store = self.store(py);
        let cells = self.read(py, |world| {
            let engine = &world.engine;
            let rows = self.rows(world)?;
            let to = match dotted.kind(engine) {
                Kind::Reference(to, _) => Some(to),
                // These become objects without any Python code, so at once.
                Kind::Value(of) if !matches!(of, Type::Time | Type::Date) => {
                    let object = |&row: &Row| convert::object(py, &dotted.value(engine, row));
                    return Ok(Cells::Objects(rows.iter().map(object).collect()));
                }
                Kind::Value(_) => None,
            };
            let read = |&row: &Row| Cell::read(py, engine, &dotted.value(engine, row), to);
            Ok(Cells::Later(rows.iter().map(read).collect()))
        })?;
        match cells {
            Cells::Objects(objects) => PyList::new(py, objects?),
            Cells::Later(cells) => {
                let objects = cells?.into_iter().map(|cell| cell.finish(store)).collect::<PyResult<Vec<_>>>()?;
                PyList::new(py, objects)
            }
        }
    }

    /// One value a member, in order, as an array of shape (len,); dotted names as in `values`. O(k).
    ///
    /// int64, float64, bool, datetime64[us] (UTC), datetime64[D], object for str and bytes; a reference is an int64 id. Where a
    /// value is None: NaN among floats, NaT among times and dates, else the array is of objects with None in it.
    fn column<'py>(&self, py: Python<'py>, field: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let dotted = Dotted::parse(self, field)?;
        let store = self.store(py);
        let world = self.world(py)?;
        let rows = match self.rows(&world) {
            Ok(rows) => rows,
            Err(error) => {
                drop(world);
                return Err(raise(store, error));
            }
        };
        let engine = &world.engine;
        let values = || rows.iter().map(|&row| dotted.value(engine, row));
        let whole = !values().any(|value| value.is_none());
        let kind = dotted.kind(engine);
        let ints = |of: &dyn Fn(Value) -> i64| values().map(of).collect::<Vec<i64>>();
        match kind {
            Kind::Value(Type::Float) => {
                let floats = values().map(|value| if let Value::Float(v) = value { v } else { f64::NAN });
                let floats: Vec<f64> = floats.collect();
                drop(world);
                Ok(floats.into_pyarray(py).into_any())
            }
            Kind::Value(of @ (Type::Time | Type::Date)) => {
                // NaT is the smallest integer.
                let times = ints(&|value| match value {
                    Value::Time(v) => v,
                    Value::Date(v) => v.into(),
                    _ => i64::MIN,
                });
                drop(world);
                let unit = if of == Type::Time { "datetime64[us]" } else { "datetime64[D]" };
                times.into_pyarray(py).call_method1("view", (unit,))
            }
            Kind::Value(Type::Int) if whole => {
                let ints = ints(&|value| if let Value::Int(v) = value { v } else { 0 });
                drop(world);
                Ok(ints.into_pyarray(py).into_any())
            }
            Kind::Reference(to, _) if whole => {
                let table = engine.table(to);
                let ids = ints(&|value| if let Value::Row(row) = value { table.id(row) as i64 } else { 0 });
                drop(world);
                Ok(ids.into_pyarray(py).into_any())
            }
            Kind::Value(Type::Bool) if whole => {
                let bools: Vec<bool> = values().map(|value| value == Value::Bool(true)).collect();
                drop(world);
                Ok(bools.into_pyarray(py).into_any())
            }
            kind => {
                let object = |value: Value| match (&kind, value) {
                    (Kind::Reference(to, _), Value::Row(row)) => {
                        convert::object(py, &Value::Int(engine.table(*to).id(row) as i64))
                    }
                    (_, value) => convert::object(py, &value),
                };
                let objects = values().map(object).collect::<PyResult<Vec<_>>>();
                drop(world);
                object_array(py, objects?)
            }
        }
    }

    /// The members with these fields, as a fixed collection in the same order; fields as in `Record.where`. O(k).
    #[pyo3(name = "where", signature = (**fields))]
    fn where_(&self, py: Python<'_>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Many> {
        select(py, self, &fields.cloned().unwrap_or_else(|| PyDict::new(py)))
    }

    /// The first member with these fields, or None; fields as in `Record.where`. O(k).
    #[pyo3(signature = (**fields))]
    fn find_by<'py>(
        &self,
        py: Python<'py>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        first(py, self, &fields.cloned().unwrap_or_else(|| PyDict::new(py)))
    }

    /// The members in the order of a field, as a fixed collection. Stable; None is last both ways; dotted names as in
    /// `values`, and "id". O(k log k).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = User("zoe"), User("adam")
    /// ...     User.all().order_by("username").values("username")
    /// ['adam', 'zoe']
    #[pyo3(signature = (field, *, reverse=false))]
    fn order_by(&self, py: Python<'_>, field: &Bound<'_, PyString>, reverse: bool) -> PyResult<Many> {
        let dotted = Dotted::parse(self, field)?;
        self.derive(py, |world, rows| {
            let mut rows = rows.into_vec();
            // Records are ordered by age: rows are.
            find::order(&mut rows, reverse, |row| dotted.value(&world.engine, row));
            rows
        })
    }

    /// The records that a reference or a collection of the members leads to, each once, in the order of the members: live
    /// where this collection is live. Raises `SchemaError` for a name that leads nowhere.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     _ = bob.like_tweet(alice.post_tweet("hello"))
    /// ...     bob.liked_tweets.through("user").values("username")
    /// ['alice']
    fn through(&self, py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<Many> {
        let (store, name) = (self.store(py), &*text(name));
        let origin = self.origin(&*self.world(py)?).map(|(start, path)| (start, path.clone()));
        if let Some((start, path)) = origin {
            let path = Store::resolve(store, |schema| schema.extended(&path, name))?;
            return Ok(Many::live(store.clone().unbind(), start, Arc::new(path)));
        }
        let from = Path::all(self.model());
        let path = Store::resolve(store, |schema| schema.extended(&from, name))?;
        let fixed = store.get().read_long(py, |world| {
            let rows = self.rows(world)?;
            Ok(Fixed::new(world, path.to, world.engine.members_from(&rows, &path)))
        });
        fixed.map(|fixed| Many::fixed(store.clone().unbind(), fixed)).map_err(|error| raise(store, error))
    }

    /// `k` members drawn without replacement, each set of `k` as likely as any other, as a fixed collection in the order of
    /// the draw; the same `seed` draws the same from the same members. Raises `ValueError` where there are fewer. O(members).
    #[pyo3(signature = (k, *, seed=None))]
    fn sample(&self, py: Python<'_>, k: isize, seed: Option<i64>) -> PyResult<Many> {
        let len = self.read(py, |world| self.count(world))?;
        let Some(k) = usize::try_from(k).ok().filter(|&k| k <= len) else {
            return Err(PyValueError::new_err(format!("cannot draw {k} of {len} members")));
        };
        let mut random = match seed {
            Some(seed) => fastrand::Rng::with_seed(seed as u64),
            None => fastrand::Rng::new(),
        };
        self.derive(py, |_, rows: Rows| {
            let mut rows = rows.into_vec();
            // The first k steps of a Fisher-Yates shuffle.
            let k = k.min(rows.len());
            for at in 0..k {
                let other = random.usize(at..rows.len());
                rows.swap(at, other);
            }
            rows.truncate(k);
            rows
        })
    }
}

/// A NumPy array of objects.
fn object_array<'py>(py: Python<'py>, objects: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let array = py.import("numpy")?.call_method1("empty", (objects.len(), "object"))?;
    array.set_item(pyo3::types::PySlice::full(py), PyList::new(py, objects)?)?;
    Ok(array)
}
