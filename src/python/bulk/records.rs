//! A column that names records: themselves, or as what refers to them does.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::python::bulk::finished::Leaf;
use crate::python::bulk::incoming::Incoming;
use crate::python::bulk::keys;
use crate::python::collection::many::Many;
use crate::python::error::wrong_type;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, NO_ROW};
use crate::store::room;
use crate::store::write::bulk::NewCells;
use crate::store::write::given::Keys;

/// The ids of records of a collection's model that a column names: a collection, records, or values as a column of references to them
/// takes: keys where the model has one of one field, else ids. 0 where there is none. `label` is for errors. O(column).
#[pyfunction]
pub fn ids_of_records<'py>(
    many: &Bound<'py, Many>,
    column: &Bound<'py, PyAny>,
    label: &str,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let (py, many) = (many.py(), many.get());
    let (store, model, serial) = (many.store(py), many.model(), many.store(py).get().serial());
    let mut read = Incoming::of_records(store, model, label);
    read.read(store, column)?;
    read.read_pending()?;
    if read.is_single {
        return Err(wrong_type(label, "a list or an array", column));
    }
    let rows = read.len();
    let (steps, leaf) = read.into_leaf(rows);
    let ids = many.compute(py, |world| {
        world.under(serial)?;
        match leaf {
            Leaf::Ids(ids) => {
                let table = world.engine.table(model);
                let live = |id: Id| if table.find(id).is_some() { id as i64 } else { 0 };
                Ok(room::collected(ids.iter(0..rows).map(live)))
            }
            leaf => {
                let mut of = Keys::default();
                keys::add(&mut of, steps.get(1..).unwrap_or_default(), leaf);
                named(&world.engine, model, rows, of)
            }
        }
    })?;
    Ok(ids.into_pyarray(py))
}

/// The ids of the rows with these keys, 0 where there is none.
fn named(store: &Store, model: ModelId, rows: usize, keys: Keys) -> Result<Vec<i64>> {
    let Keys { fields, columns, nested } = keys;
    let values = fields.into_iter().zip(columns.into_iter().map(NewCells::Values));
    let found = store.rows_named(model, rows, values.chain(nested).collect())?;
    let table = store.table(model);
    let id = |row| if row == NO_ROW { 0 } else { table.id(row) as i64 };
    Ok(room::collected(found.into_iter().map(id)))
}
