//! Rows as dicts.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::exchange::columns;
use crate::python::ask::table::Columns;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::error::tried;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};

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

/// Rows of a model as they go out, as a table: the id and the fields, but for those whose names are left out.
pub fn table(engine: &Engine, model: ModelId, rows: &[Row], is_out: impl Fn(&str) -> bool) -> Columns {
    let (names, columns) =
        columns::cells(engine, model, rows, is_out).into_iter().map(|(name, of, cells)| (name, (of, cells))).unzip();
    Columns::of_columns(names, columns)
}
