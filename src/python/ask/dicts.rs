//! Rows as dicts.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::exchange::outgoing;
use crate::python::ask::dotted::Dotted;
use crate::python::ask::table::Columns;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::error::tried;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
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
    /// its model where that has one (dotted, `"book.title"`, where the key has several fields). With columns, these alone, in
    /// this order, as in `Many.select`: fields, paths and expressions.
    ///
    /// Raises `SchemaError` for a name that is no field, or that is given twice; `DeletedError`. O(columns).
    ///
    /// >>> from hasmany import Store, User, col
    /// >>> with Store():
    /// ...     alice = User("alice")
    /// ...     tweet = alice.post_tweet("hello")
    /// ...     tweet.to_dict(), tweet.to_dict("message", "user.username"), alice.to_dict(col("tweets").count())
    /// ({'id': 1, 'message': 'hello', 'user': 1}, {'message': 'hello', 'user.username': 'alice'}, {'tweets.count()': 1})
    #[pyo3(signature = (*columns))]
    fn to_dict<'py>(&self, py: Python<'py>, columns: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyDict>> {
        let store = self.store(py);
        let alone = tried(|| {
            let world = store.get().read(py);
            let row = world.engine.row(self.model, self.id())?;
            Result::Ok(Fixed::new(&world, self.model, vec![row]))
        });
        let alone = Many::fixed(self.store.clone_ref(py), alone.map_err(|error| raise(store, error))?);
        match alone.to_dicts(py, columns)?.iter().next() {
            Some(dict) => Ok(dict.cast_into()?),
            // It was deleted between the two looks; and if that was undone, it is asked again.
            None => self.alive(py).and_then(|()| self.to_dict(py, columns)),
        }
    }
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
