//! Rows as dicts: `to_dict`, `to_dicts`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::exchange::outgoing;
use crate::python::ask::dotted::Dotted;
use crate::python::ask::table::Columns;
use crate::python::collection::many::Many;
use crate::python::error::{SchemaError, tried, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::record::value::text;
use crate::store::Store as Engine;
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::room;
use crate::store::schema::declaration::Kind;
use crate::store::stop;
use crate::store::types::Type;
use crate::store::value::Value;

#[pymethods]
impl Record {
    /// The row as a dict: `id`, then the fields, as Python values. A reference is the id that it leads to, or the key of
    /// its model where that has one (dotted, `"book.title"`, where the key has several fields). With names, these fields
    /// alone, in this order; a dotted name follows references, as in `Many.values`.
    ///
    /// Raises `SchemaError` for a name that is no field, or that is given twice; `DeletedError`. O(fields).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     tweet = User("alice").post_tweet("hello")
    /// ...     tweet.to_dict(), tweet.to_dict("message", "user.username")
    /// ({'id': 1, 'message': 'hello', 'user': 1}, {'message': 'hello', 'user.username': 'alice'})
    #[pyo3(signature = (*columns))]
    fn to_dict<'py>(&self, py: Python<'py>, columns: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyDict>> {
        let (store, paths) = (self.store(py), paths("to_dict", columns)?);
        let table = tried(|| {
            let world = store.get().read(py);
            table(&world.engine, self.model, &[world.engine.row(self.model, self.id())?], paths)
        });
        let dicts = table.map_err(|error| raise(store, error))?.to_dicts(py)?;
        Ok(dicts.get_item(0)?.cast_into()?)
    }
}

#[pymethods]
impl Many {
    /// A dict a member, in order, as `Record.to_dict` gives it, all of one moment. No record is built; other threads run
    /// while it is read. O(k x columns), about as quick as reading the values alone.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice = User("alice")
    /// ...     _ = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     alice.tweets.to_dicts("id", "message")
    /// [{'id': 1, 'message': 'one'}, {'id': 2, 'message': 'two'}]
    #[pyo3(signature = (*columns))]
    fn to_dicts<'py>(&self, py: Python<'py>, columns: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyList>> {
        let paths = paths("to_dicts", columns)?;
        let table = self.compute(py, |world| table(&world.engine, self.model(), &self.rows(world)?, paths))?;
        table.to_dicts(py)
    }
}

/// The names that a call gives.
fn paths(method: &str, columns: &Bound<'_, PyTuple>) -> PyResult<Vec<String>> {
    let mut paths: Vec<String> = Vec::new();
    for column in columns {
        let Ok(name) = column.cast::<PyString>() else {
            return Err(wrong_type(method, "names of fields", &column));
        };
        let name = text(name);
        if paths.contains(&name) {
            return Err(SchemaError::new_err(format!("{method}: '{name}' is named twice")));
        }
        paths.push(name);
    }
    Ok(paths)
}

/// What these paths lead to from rows of a model; without a path the columns in which the model goes out.
pub fn table(engine: &Engine, model: ModelId, rows: &[Row], mut paths: Vec<String>) -> Result<Columns> {
    if paths.is_empty() {
        paths = outgoing::columns(engine, model).into_iter().map(|(name, ..)| name).collect();
    }
    room::check(paths.len() * rows.len() * 16);
    let column = |path: &String| {
        let dotted = Dotted::parse(engine, model, path)?.into_key(engine, path)?;
        let (of, to) = match dotted.kind(engine) {
            Kind::Value(of) => (of, None),
            Kind::Reference(to, _) => (Type::Int, Some(engine.table(to))),
        };
        let mut cells = Column::new(of.storage(), true);
        for &row in stop::looking(rows.iter()) {
            let value = match (dotted.value(engine, row), to) {
                (Value::Row(row), Some(to)) => Value::Int(to.id(row) as i64),
                (value, _) => value,
            };
            cells.push(&value);
        }
        Ok((of, cells))
    };
    let columns = paths.iter().map(column).collect::<Result<_>>()?;
    Ok(Columns::of_columns(paths, columns))
}
