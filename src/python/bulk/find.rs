//! Rows by their keys in bulk: `ids_of` and `find_all`.

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::python::bar::Bar;
use crate::python::bulk::table::InputTable;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::declare::bind::BoundClass;
use crate::python::error::{SchemaError, heard, raise_of_stop};
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::room;
use crate::store::write::bulk::NewCells;

#[pymethods]
impl Record {
    /// The ids of the rows with these unique keys, as an int64 array as long as the columns: 0 where there is none.
    ///
    /// Columns are as `insert_all` takes them, one for each field of a unique field or tuple. A reference that leads
    /// nowhere is in no key. O(k). Raises `SchemaError` where the fields are not unique, and as `insert_all` does for
    /// values that do not fit.
    ///
    /// >>> from hasmany import Model, Store
    /// >>> class City(Model, key="code"):
    /// ...     code: str
    /// >>> with Store():
    /// ...     _ = City.insert_all(code=["A", "B"])
    /// ...     City.ids_of(code=["B", "Z", "A", "B"]).tolist()
    /// [2, 0, 1, 2]
    #[classmethod]
    #[pyo3(signature = (**columns))]
    fn ids_of<'py>(
        cls: &Bound<'py, PyType>,
        columns: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let ids = named(cls, "ids_of", columns, |world, model, rows| {
            let table = world.engine.table(model);
            let id = |row: Row| if row == NO_ROW { 0 } else { table.id(row) as i64 };
            room::collected(rows.into_iter().map(id))
        })?;
        Ok(ids.1.into_pyarray(cls.py()))
    }

    /// The rows with these unique keys, each once, at its first place in the columns, as a fixed collection; keys that no
    /// row has are left out. Columns, cost and errors as `ids_of`.
    ///
    /// With `delete_all` it unlinks pairs in bulk.
    ///
    /// >>> from hasmany import Like, Store, Tweet, User
    /// >>> with Store():
    /// ...     users, tweet = User.insert_all(username=["a", "b", "c"]), Tweet("hello", User("d"))
    /// ...     _ = Like.insert_all(user=users, tweet=tweet)
    /// ...     Like.find_all(user=[3, 1, 4], tweet=[1, 1, 1]).delete_all(), tweet.likers.values("username")
    /// ({'Like': 2}, ['b'])
    #[classmethod]
    #[pyo3(signature = (**columns))]
    fn find_all(cls: &Bound<'_, PyType>, columns: Option<&Bound<'_, PyDict>>) -> PyResult<Many> {
        let (store, found) = named(cls, "find_all", columns, |world, model, rows| {
            let rows = world.engine.each_once(model, rows);
            Fixed::new(world, model, rows)
        })?;
        Ok(Many::fixed(store, found))
    }
}

/// What becomes of the rows that columns of keys name; `NO_ROW` stands for those that are not there.
fn named<T: Send>(
    cls: &Bound<'_, PyType>,
    method: &str,
    columns: Option<&Bound<'_, PyDict>>,
    finish: impl FnOnce(&World, ModelId, Vec<Row>) -> T + Send,
) -> PyResult<(Py<Store>, T)> {
    let py = cls.py();
    let class = BoundClass::current(cls)?;
    let (store, spec) = (&class.store, &class.spec);
    let what = format!("{}.{method}", spec.name);
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else {
        return Err(PyTypeError::new_err(format!("{what} takes a column for each field of a unique key")));
    };
    let read = || {
        let mut table = InputTable::new(store, spec, None, Bar::new(py, false, None, "")?);
        for (name, column) in columns {
            let name = text(&name);
            if name == "id" {
                let way = format!("{}.where(id=[...])", spec.name);
                return Err(SchemaError::new_err(format!("{what} takes keys; rows by their ids are {way}")));
            }
            table.read_column(&name, &column)?;
        }
        let rows = table.rows()?;
        table.read_pending()?;
        PyResult::Ok((rows, table.given(rows)?.1))
    };
    let (count, fields) = heard(read).map_err(|stop| raise_of_stop(py, stop))??;
    let (model, serial) = (class.model, class.serial);
    // Rows hold for one hold of the lock.
    let find = |world: &World| {
        world.under(serial)?;
        let given = fields.into_iter().enumerate().filter_map(|(at, fill)| Some((at, fill?)));
        let cells = given.map(|(at, fill)| Ok((at, fill.settled(&world.engine)?)));
        let cells = cells.collect::<Result<Vec<(usize, NewCells)>>>()?;
        Ok(finish(world, model, world.engine.rows_named(model, count, cells)?))
    };
    let found = store.get().read_long(py, |world| -> Result<T> { find(world) }).map_err(|error| raise(store, error))?;
    Ok((class.store.clone().unbind(), found))
}
