//! Asking a collection by its members' fields: `where`, `find_by`, `order_by`, `values`, `column`, `ids`, `sample`,
//! `through`.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PySlice, PyString};

use crate::python::collection::many::{Many, Rows};
use crate::python::record::handle::Record;
use crate::python::record::value::{self, Arg, Cell};
use crate::python::store::Store;
use crate::python::store::class::text;
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::read::find::{self, Subject, Test};
use crate::store::schema::declaration::Kind;
use crate::store::schema::path::{Path, Shape};
use crate::store::types::Type;
use crate::store::value::Value;

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
pub enum Asked<'a> {
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
pub fn asked(many: &Many, fields: &Bound<'_, PyDict>) -> PyResult<Vec<(Subject, Asked<'static>)>> {
    let py = fields.py();
    let store = many.store(py);
    let (spec, _) = store.get().spec(py, many.model());
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
                    Ok(value::arg(store.as_unbound(), &spec, &spec.fields[field], given)?.into_owned())
                }
                Subject::Id => value::id(&spec.name, given).map(Arg::Value),
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
pub fn is_single(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_value = given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>();
    Ok(is_value || given.is_instance_of::<Record>() || !given.hasattr("__iter__")?)
}

/// The same as tests for the engine; records that they name must be there.
pub fn settled<'a>(engine: &Engine, asked: &[(Subject, Asked<'a>)]) -> Result<Vec<(Subject, Test<'a>)>> {
    asked.iter().map(|(subject, asked)| Ok((*subject, asked.settle(engine)?))).collect()
}

/// Whether a collection is all rows of its model.
fn is_all(many: &Many, world: &World) -> Result<bool> {
    Ok(many.origin(world)?.is_some_and(|(start, path)| start.is_none() && path.shape == Shape::All))
}

/// The members that pass, as a fixed collection.
pub fn select(py: Python<'_>, many: &Many, fields: &Bound<'_, PyDict>) -> PyResult<Many> {
    let (asked, model) = (asked(many, fields)?, many.model());
    many.fix(py, model, |world| {
        let tests = settled(&world.engine, &asked)?;
        if is_all(many, world)? {
            return Ok(world.engine.select(model, &tests));
        }
        let mut rows = many.rows(world)?.into_vec();
        world.engine.filter(model, &mut rows, &tests);
        Ok(rows)
    })
}

/// The first member that passes.
pub fn first<'py>(py: Python<'py>, many: &Many, fields: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let asked = asked(many, fields)?;
    let model = many.model();
    let id = many.read(py, |world| {
        let tests = settled(&world.engine, &asked)?;
        let row = match is_all(many, world)? {
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
    /// Looks a name up. To be used under the same hold of the lock.
    fn parse(engine: &Engine, mut model: ModelId, name: &str) -> Result<Self> {
        let schema = engine.schema();
        let (ups, last) = name.rsplit_once('.').map_or(("", name), |(ups, last)| (ups, last));
        let mut path = Vec::new();
        for part in ups.split('.').filter(|part| !part.is_empty()) {
            let field = schema.model(model).field(part)?;
            let Kind::Reference(to, _) = schema.model(model).fields[field].kind else {
                let of = &schema.model(model).name;
                return Err(Error::Schema(format!("{of}.{part} is no reference, so nothing of it can be followed")));
            };
            path.push((model, field));
            model = to;
        }
        let subject = match last {
            "id" => Subject::Id,
            _ => Subject::Field(schema.model(model).field(last)?),
        };
        Ok(Dotted { ups: path, model, subject })
    }

    /// The row at the end, from a member.
    fn follow(&self, engine: &Engine, mut row: Row) -> Option<Row> {
        for &(model, field) in &self.ups {
            row = engine.table(model).column(field).parent(row);
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

/// The values of many rows, as an array is to hold them.
enum Array<'py> {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
    /// NumPy's name of the type, and counts of its unit.
    Time(&'static str, Vec<i64>),
    Object(Vec<Bound<'py, PyAny>>),
}

impl Dotted {
    /// The values of these rows. Runs no Python code.
    fn read<'py>(&self, py: Python<'py>, engine: &Engine, rows: &[Row]) -> PyResult<Array<'py>> {
        let values = || rows.iter().map(|&row| self.value(engine, row));
        let of = match self.kind(engine) {
            Kind::Value(of) => of,
            Kind::Reference(to, _) => {
                let id = |value| if let Value::Row(row) = value { Some(engine.table(to).id(row) as i64) } else { None };
                let ids: Vec<Option<i64>> = values().map(id).collect();
                return ints_or_none(py, &ids);
            }
        };
        // NaT is the smallest integer.
        let count = |value| if let Value::Int(v) = value { v } else { i64::MIN };
        let float = |value| if let Value::Float(v) = value { v } else { f64::NAN };
        let is_whole = || !values().any(|value| value.is_none());
        Ok(match of {
            Type::Time => Array::Time("datetime64[us]", values().map(count).collect()),
            Type::Date => Array::Time("datetime64[D]", values().map(count).collect()),
            Type::Float => Array::Float(values().map(float).collect()),
            Type::Bool if is_whole() => Array::Bool(values().map(|value| value == Value::Bool(true)).collect()),
            Type::Int if is_whole() => Array::Int(values().map(count).collect()),
            Type::Int | Type::Bool | Type::Text | Type::Bytes => {
                Array::Object(values().map(|value| value::object(py, of, &value)).collect::<PyResult<_>>()?)
            }
        })
    }
}

/// Integers; where one is none, as objects.
fn ints_or_none<'py>(py: Python<'py>, ints: &[Option<i64>]) -> PyResult<Array<'py>> {
    match ints.iter().copied().collect::<Option<Vec<i64>>>() {
        Some(ints) => Ok(Array::Int(ints)),
        None => {
            let value = |int: &Option<i64>| int.map_or(Value::None, Value::Int);
            let objects = ints.iter().map(|int| value::object(py, Type::Int, &value(int)));
            Ok(Array::Object(objects.collect::<PyResult<_>>()?))
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

    /// One value a member, in order, as a list of length len; no record is built unless the field is a reference. A
    /// dotted name follows references: "doctor.name". O(k).
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
        let (store, field) = (self.store(py), text(field));
        let cells = self.read(py, |world| {
            let engine = &world.engine;
            let dotted = Dotted::parse(engine, self.model(), &field)?;
            let rows = self.rows(world)?;
            let kind = dotted.kind(engine);
            match kind {
                Kind::Value(Type::Text) if let Subject::Field(field) = dotted.subject => {
                    let rows = rows.iter().map(|&row| dotted.follow(engine, row));
                    return Ok(Cells::Objects(Ok(store.get().texts.read(py, world, (dotted.model, field), rows))));
                }
                Kind::Value(of) if !value::made_by_python(of) => {
                    let object = |&row: &Row| value::object(py, of, &dotted.value(engine, row));
                    return Ok(Cells::Objects(rows.iter().map(object).collect()));
                }
                Kind::Value(_) | Kind::Reference(..) => {}
            }
            let read = |&row: &Row| Cell::read(py, engine, &kind, &dotted.value(engine, row));
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
    /// int64, float64, bool, datetime64[us] (UTC), datetime64[D], object for str and bytes; a reference is an int64
    /// id. Where a value is None: NaN among floats, NaT among times and dates, else the array is of objects with None
    /// in it.
    fn column<'py>(&self, py: Python<'py>, field: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let field = text(field);
        let read = self.read(py, |world| {
            let dotted = Dotted::parse(&world.engine, self.model(), &field)?;
            Ok(dotted.read(py, &world.engine, &self.rows(world)?))
        })?;
        match read? {
            Array::Int(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Float(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Bool(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Time(unit, values) => values.into_pyarray(py).call_method1("view", (unit,)),
            Array::Object(objects) => {
                let array = py.import("numpy")?.call_method1("empty", (objects.len(), "object"))?;
                array.set_item(PySlice::full(py), PyList::new(py, objects)?)?;
                Ok(array)
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
        let field = text(field);
        self.fix(py, self.model(), |world| {
            let dotted = Dotted::parse(&world.engine, self.model(), &field)?;
            let mut rows = self.rows(world)?.into_vec();
            // By a reference: records are ordered by age, as rows are.
            find::order(&mut rows, reverse, |row| dotted.value(&world.engine, row));
            Ok(rows)
        })
    }

    /// The records that a reference or a collection of the members leads to, each once, in the order of the members:
    /// live where this collection is live. Raises `SchemaError` for a name that leads nowhere.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     _ = bob.like_tweet(alice.post_tweet("hello"))
    /// ...     bob.liked_tweets.through("user").values("username")
    /// ['alice']
    fn through(&self, py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<Many> {
        let (store, name) = (self.store(py), &*text(name));
        let serial = store.get().serial();
        let origin = self.read(py, |world| Ok(self.origin(world)?.map(|(start, path)| (start, path.clone()))))?;
        let from = origin.as_ref().map_or_else(|| Arc::new(Path::all(self.model())), |(_, path)| path.clone());
        let path = Store::resolve(store, |world| world.engine.schema().extended(&from, name).map(Arc::new))?;
        if let Some((start, _)) = origin {
            return Ok(Many::live(store.clone().unbind(), start, path, serial));
        }
        self.fix(py, path.to, |world| Ok(world.engine.members_from(&self.rows(world)?, &path)))
    }

    /// `k` members drawn without replacement, each set of `k` as likely as any other, as a fixed collection in the
    /// order of the draw; the same `seed` draws the same from the same members. Raises `ValueError` where there are
    /// fewer. O(members).
    #[pyo3(signature = (k, *, seed=None))]
    fn sample(&self, py: Python<'_>, k: &Bound<'_, PyInt>, seed: Option<&Bound<'_, PyInt>>) -> PyResult<Many> {
        let len = self.read(py, |world| self.count(world))?;
        let Some(k) = k.extract::<usize>().ok().filter(|&k| k <= len) else {
            return Err(PyValueError::new_err(format!("cannot draw {k} of {len} members")));
        };
        let mut random = match seed {
            // Of any size: Python's hash of an int does not differ between runs.
            Some(seed) => fastrand::Rng::with_seed(seed.hash()? as u64),
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
