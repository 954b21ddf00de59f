//! A field of all members at once: `ids`, `values`, `column`.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice, PyString};

use crate::python::ask::dotted::Dotted;
use crate::python::collection::many::Many;
use crate::python::record::cell::Cell;
use crate::python::record::value::{self, text};
use crate::store::Store as Engine;
use crate::store::id::Row;
use crate::store::read::find::Subject;
use crate::store::room;
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
use crate::store::value::Value;

/// The values of many rows, as an array is to hold them.
enum Array<'py> {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
    /// NumPy's name of the type, and counts of its unit.
    Time(&'static str, Vec<i64>),
    Object(Vec<Bound<'py, PyAny>>),
    /// Values that become objects once the lock is given back.
    Later(Type, Vec<Value<'static>>),
}

impl<'py> Array<'py> {
    /// The values of these rows. Runs no Python code.
    fn read(dotted: &Dotted, py: Python<'py>, engine: &Engine, rows: &[Row]) -> PyResult<Self> {
        let values = || rows.iter().map(|&row| dotted.value(engine, row));
        let of = match dotted.kind(engine) {
            Kind::Value(of) => of,
            Kind::Reference(to, _) => {
                let id = |value| if let Value::Row(row) = value { Some(engine.table(to).id(row) as i64) } else { None };
                let ids: Vec<Option<i64>> = room::collected(values().map(id));
                return ints_or_none(py, &ids);
            }
        };
        // NaT is the smallest integer.
        let count = |value| if let Value::Int(v) = value { v } else { i64::MIN };
        let float = |value| if let Value::Float(v) = value { v } else { f64::NAN };
        let is_whole = || !values().any(|value| value.is_none());
        Ok(match of {
            Type::Time => Array::Time("datetime64[us]", room::collected(values().map(count))),
            Type::Date => Array::Time("datetime64[D]", room::collected(values().map(count))),
            Type::Duration => Array::Time("timedelta64[us]", room::collected(values().map(count))),
            Type::Float => Array::Float(room::collected(values().map(float))),
            Type::Bool if is_whole() => Array::Bool(room::collected(values().map(|value| value == Value::Bool(true)))),
            Type::Int if is_whole() => Array::Int(room::collected(values().map(count))),
            Type::Clock | Type::Uuid | Type::Decimal(_) | Type::Json => {
                room::check(rows.len() * OBJECT);
                Array::Later(of, room::collected(values().map(Value::into_owned)))
            }
            Type::Int | Type::Bool | Type::Text | Type::Bytes | Type::Enum(_) => {
                room::check(rows.len() * OBJECT);
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

/// Bytes that a small object takes, and its place in a list.
const OBJECT: usize = 64;

/// The values of many rows: objects, or what becomes objects once the lock is given back.
enum Listed<'py> {
    Objects(PyResult<Vec<Bound<'py, PyAny>>>),
    Later(PyResult<Vec<Cell<'py>>>),
}

/// Numbers that are copied rather than handed over.
const SHORT: usize = 512;

#[pymethods]
impl Many {
    /// The members' ids, as an int64 array of shape (len,). O(k).
    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let ids = self.read(py, |world| {
            let table = world.engine.table(self.model());
            Ok(room::collected(self.rows(world)?.iter().map(|&row| table.id(row) as i64)))
        })?;
        // A long one is handed over with an object that owns it, which costs more than to copy a short one.
        Ok(if ids.len() <= SHORT { PyArray1::from_slice(py, &ids) } else { ids.into_pyarray(py) })
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
            // PyO3 panics where there is no memory for an object, so it is asked for before.
            room::check(rows.len() * OBJECT);
            match kind {
                Kind::Value(Type::Text) if let Subject::Field(field) = dotted.subject => {
                    let rows = rows.iter().map(|&row| dotted.follow(engine, row));
                    return Ok(Listed::Objects(Ok(store.get().texts.read(py, world, (dotted.model, field), rows))));
                }
                Kind::Value(of) if !value::made_by_python(of) => {
                    let object = |&row: &Row| value::object(py, of, &dotted.value(engine, row));
                    return Ok(Listed::Objects(rows.iter().map(object).collect()));
                }
                Kind::Value(_) | Kind::Reference(..) => {}
            }
            let read = |&row: &Row| Cell::read(py, world, &kind, &dotted.value(engine, row));
            Ok(Listed::Later(rows.iter().map(read).collect()))
        })?;
        match cells {
            Listed::Objects(objects) => PyList::new(py, objects?),
            Listed::Later(cells) => {
                let objects = cells?.into_iter().map(|cell| cell.finish(store)).collect::<PyResult<Vec<_>>>()?;
                PyList::new(py, objects)
            }
        }
    }

    /// One value a member, in order, as an array of shape (len,); dotted names as in `values`. O(k).
    ///
    /// int64, float64, bool, datetime64[us] (UTC), datetime64[D], timedelta64[us], object for the others, Json too; a reference
    /// is an int64 id, or the key of its model where that has one. Where a value is None: NaN among floats, NaT among
    /// datetimes, dates and timedeltas, else the array is of objects with None in it.
    fn column<'py>(&self, py: Python<'py>, field: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let field = text(field);
        let read = self.read(py, |world| {
            let dotted = Dotted::parse(&world.engine, self.model(), &field)?.into_key(&world.engine, &field)?;
            Ok(Array::read(&dotted, py, &world.engine, &self.rows(world)?))
        })?;
        match read? {
            Array::Int(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Float(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Bool(values) => Ok(values.into_pyarray(py).into_any()),
            Array::Time(unit, values) => values.into_pyarray(py).call_method1("view", (unit,)),
            Array::Object(objects) => array_of_objects(py, objects),
            Array::Later(of, values) => {
                let objects = values.iter().map(|value| value::object(py, of, value));
                array_of_objects(py, objects.collect::<PyResult<_>>()?)
            }
        }
    }
}

fn array_of_objects<'py>(py: Python<'py>, objects: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let array = py.import("numpy")?.call_method1("empty", (objects.len(), "object"))?;
    array.set_item(PySlice::full(py), PyList::new(py, objects)?)?;
    Ok(array)
}
