//! A field of all members at once, or what else is asked of each: `ids`, `values`, `column`, `select`, `to_dicts`.

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::ask::answer::{Answer, answers};
use crate::ask::plan::Of;
use crate::python::ask::array::{Array, OBJECT};
use crate::python::ask::asking::{bound, checked, columns};
use crate::python::ask::dicts;
use crate::python::ask::dotted::Dotted;
use crate::python::ask::operand::Tree;
use crate::python::ask::table::Columns;
use crate::python::collection::many::Many;
use crate::python::error::{heard, raise_of_stop};
use crate::python::record::cell::Cell;
use crate::python::record::make;
use crate::python::record::value::{self, text};
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{Id, Row};
use crate::store::read::find::Subject;
use crate::store::room;
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
use crate::store::value::Value;

/// The values of a field: objects, or what becomes objects once the lock is given back.
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

    /// One value a member, in order, as a list of length len; of several columns a tuple a member. No record is built unless
    /// a column is a reference. A column is a field, a path over references ("doctor.name") or an expression (see `col`).
    /// Of a reference `user` it is the record, and `"user_id"` its id, as `select("user")` and `to_dicts()` give it. O(k).
    ///
    /// Raises `SchemaError` for a name that is no field.
    ///
    /// >>> from hasmany import Store, User, col
    /// >>> with Store():
    /// ...     alice = User("alice")
    /// ...     _ = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     alice.tweets.values("message"), alice.tweets.values("user.username"), alice.tweets.values("user_id")
    /// ...     User.all().values("username", col("tweets").count())
    /// (['one', 'two'], ['alice', 'alice'], [1, 1])
    /// [('alice', 2)]
    #[pyo3(signature = (*fields), text_signature = "($self, *fields)")]
    fn values<'py>(&self, py: Python<'py>, fields: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyList>> {
        if fields.len() == 1
            && let Ok(field) = fields.get_item(0)?.cast::<PyString>()
            && !is_over_one(self, py, field)?
        {
            return field_values(self, py, &text(field));
        }
        let columns = columns(fields, None, "values")?;
        if columns.is_empty() {
            return Err(PyTypeError::new_err("values takes at least one field, as in values(\"name\")"));
        }
        let trees: Vec<Tree> = columns.into_iter().map(|(tree, _)| tree).collect();
        bind(self, py, &trees, true)?;
        let answers = self.compute(py, |world| answered(self, world, &trees, true))?;
        let len = answers.first().map_or(0, Answer::len);
        // PyO3 panics where there is no memory for an object, so it is asked for before; a list is as large as two, and a
        // tuple and what leads to it as four.
        let cells: usize = answers.iter().map(|answer| answer.cells.len()).sum();
        heard(|| room::check((cells + len * (2 * answers.len() + 4)) * OBJECT))
            .map_err(|stop| raise_of_stop(py, stop))?;
        let store = self.store(py);
        let mut columns = answers.iter().map(|answer| objects(store, answer)).collect::<PyResult<Vec<_>>>()?;
        if let [_] = *columns {
            return PyList::new(py, columns.pop().unwrap_or_default());
        }
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let row = |_| PyTuple::new(py, columns.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>());
        PyList::new(py, (0..len).map(row).collect::<PyResult<Vec<_>>>()?)
    }

    /// One value a member, in order, as an array of shape (len,); a field, a path over references or an expression. O(k).
    ///
    /// int64, float64, bool, datetime64[us] (UTC), datetime64[D], timedelta64[us], object for the others, Json too; a reference
    /// is an int64 id, or the key of its model where that has one. Where a value is None: NaN among floats, NaT among
    /// datetimes, dates and timedeltas, else the array is of objects with None in it.
    fn column<'py>(&self, py: Python<'py>, field: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let plain = field.cast::<PyString>().ok();
        let Some(field) = plain.filter(|name| is_over_one(self, py, name).is_ok_and(|is_over_one| !is_over_one)) else {
            let table = self.select(py, &PyTuple::new(py, [field])?, None)?;
            return table.only(py);
        };
        let field = text(field);
        let read = self.read(py, |world| {
            let engine = &world.engine;
            let dotted = Dotted::parse(engine, self.model(), &field)?.into_key(engine, &field)?;
            let rows = self.rows(world)?;
            Ok(match dotted.kind(engine) {
                Kind::Value(of) => Array::read(py, of, rows.len(), |at| dotted.value(engine, rows[at])),
                Kind::Reference(to, _) => {
                    Array::read(py, Type::Int, rows.len(), |at| match dotted.value(engine, rows[at]) {
                        Value::Row(row) => Value::Int(engine.table(to).id(row) as i64),
                        _ => Value::None,
                    })
                }
            })
        })?;
        read?.finish(py)
    }

    /// Columns computed for each member, in the collection's order, as a `Table`: fields and paths by name, expressions (see
    /// `col`), and `name=` either. A column is called as its path, or as the expression is written without col(""), or as
    /// its keyword or alias says; two of one name are a `SchemaError`.
    ///
    /// A reference is its id, or the key of its model where that has one. Everything is read at one moment, column by
    /// column, and aggregates over several collections do not multiply each other. O(k) and the members of the collections
    /// that are asked; other threads run meanwhile.
    ///
    /// Raises `SchemaError` for a name that is not there, a path of many values without an aggregate, and types that do not
    /// go together; `OverflowError` where a sum of ints is over 64 bits.
    ///
    /// >>> from hasmany import Store, User, col
    /// >>> with Store():
    /// ...     ann, bea = User("ann"), User("bea")
    /// ...     one, two = bea.post_tweet("one"), bea.post_tweet("two")
    /// ...     _ = ann.like_tweet(one), ann.like_tweet(two)
    /// ...     User.all().select("username", likes=col("liked_tweets").count(), read=col("liked_tweets.message").list())
    /// username  likes  read
    /// ann           2  ['one', 'two']
    /// bea           0  []
    #[pyo3(signature = (*columns, **named), text_signature = "($self, *columns, **named)")]
    fn select(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Columns> {
        let columns = self::columns(columns, named, "select")?;
        if columns.is_empty() {
            return Err(PyTypeError::new_err(
                "select takes at least one column, as in select(\"name\"); the collection itself is a table of all fields",
            ));
        }
        let (trees, names): (Vec<Tree>, Vec<String>) = columns.into_iter().unzip();
        bind(self, py, &trees, false)?;
        let answers = self.compute(py, |world| answered(self, world, &trees, false))?;
        Ok(Columns::new(names, answers))
    }

    /// A dict a member, in order, of columns as in `select`; without any, of the id and the fields, references as ids (or
    /// the keys of their models).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = User("ann").post_tweet("hello")
    /// ...     User.all()[0].tweets.to_dicts(), User.all().to_dicts("username")
    /// ([{'id': 1, 'message': 'hello', 'user': 1}], [{'username': 'ann'}])
    #[pyo3(signature = (*columns), text_signature = "($self, *columns)")]
    pub fn to_dicts<'py>(&self, py: Python<'py>, columns: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyList>> {
        if !columns.is_empty() {
            return self.select(py, columns, None)?.to_dicts(py);
        }
        let table = |world: &World| Ok(dicts::table(&world.engine, self.model(), &self.rows(world)?, |_| false));
        self.compute(py, table)?.to_dicts(py)
    }
}

/// Whether a name leads over the one row of a unique reference: only expressions do.
fn is_over_one(many: &Many, py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<bool> {
    let name = text(name);
    many.read(py, |world| Ok(Dotted::is_over_one(&world.engine, many.model(), &name)))
}

/// Checks what is asked of members, and binds the classes on the way.
fn bind(many: &Many, py: Python<'_>, trees: &[Tree], with_rows: bool) -> PyResult<()> {
    bound(many.store(py), trees.iter(), |checker| {
        trees.iter().try_for_each(|tree| checker.column(many.model(), tree, with_rows).map(drop))
    })
}

/// The columns of the members, under the lock.
fn answered(many: &Many, world: &World, trees: &[Tree], with_rows: bool) -> Result<Vec<Answer>> {
    let question = |tree| checked(world, |checker| checker.column(many.model(), tree, with_rows));
    let questions = trees.iter().map(question).collect::<Result<Vec<_>>>()?;
    many.ask(world, |rows| answers(&world.engine, rows, &questions))
}

/// The values of a column as objects, a list each where they are several. No lock is held, for records are made.
fn objects<'py>(store: &Bound<'py, Store>, answer: &Answer) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = store.py();
    let maker = match answer.of {
        Of::Row(model) => Some((store.get().spec(py, model).0, model)),
        Of::Value(_) | Of::Nothing => None,
    };
    let object = |at: usize| -> PyResult<Bound<'py, PyAny>> {
        if at.is_multiple_of(4096) {
            py.check_signals()?;
        }
        match (&maker, answer.of, answer.cells.get(at as Row)) {
            (Some((spec, model)), _, Value::Int(id)) => make::record_by(&spec.maker, store, *model, id as Id),
            (None, Of::Value(of), value) => value::object(py, of, &value),
            _ => Ok(py.None().into_bound(py)),
        }
    };
    match &answer.starts {
        None => (0..answer.len()).map(object).collect(),
        Some(starts) => {
            let list = |of: &[usize]| {
                let objects = (of[0]..of[1]).map(object).collect::<PyResult<Vec<_>>>()?;
                PyList::new(py, objects).map(Bound::into_any)
            };
            starts.windows(2).map(list).collect()
        }
    }
}

/// One field of each member.
fn field_values<'py>(many: &Many, py: Python<'py>, field: &str) -> PyResult<Bound<'py, PyList>> {
    let store = many.store(py);
    let cells = many.read(py, |world| {
        let engine = &world.engine;
        let dotted = Dotted::parse(engine, many.model(), field)?;
        let rows = many.rows(world)?;
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
