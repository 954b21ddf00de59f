//! `Store.to_networkx`: all rows of a store, at one moment.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::python::error::raise_of_stop;
use crate::python::record::cell::Cell;
use crate::python::record::make;
use crate::python::store::Store;
use crate::python::store::class::Spec;
use crate::python::store::world::World;
use crate::store::cells::column::Column;
use crate::store::id::{Id, ModelId, NO_ROW, Row};
use crate::store::room;
use crate::store::schema::declaration::{Field, Kind};
use crate::store::stop::Stop;

#[pymethods]
impl Store {
    /// All rows as a `networkx.MultiDiGraph`: of the records themselves, with the edges that their references make.
    ///
    /// A record is a node with the attributes `model` (its name), `id` and its fields, and each reference of it that is
    /// set is an edge to the record it refers to, with the attribute `reference` (its name). A join row is an edge
    /// instead, from the record of its first reference to that of its second, with the attributes `model`, `id` and its
    /// fields: a row of a model with exactly two references that no reference leads to, if both are set.
    ///
    /// Result: a copy, as of one moment; later changes do not show in it. A field that is itself named `model` is
    /// left out. Raises `ImportError` without NetworkX. O(rows): about ten microseconds and several hundred bytes for
    /// a node or an edge.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store() as store:
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     tweet = alice.post_tweet("hello")
    /// ...     _ = bob.like_tweet(tweet)
    /// ...     graph = store.to_networkx()
    /// >>> graph.nodes[bob]
    /// {'model': 'User', 'id': 2, 'username': 'bob'}
    /// >>> graph.get_edge_data(bob, tweet), graph.get_edge_data(tweet, alice)
    /// ({0: {'model': 'Like', 'id': 1}}, {0: {'reference': 'user'}})
    fn to_networkx<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.bridges")?.call_method1("graph", (slf,))
    }
}

/// All rows of a store, model by model, read under one hold of the lock. Of each model: its name, whether a reference
/// leads to it, its records by id, the values of its fields by name, and by name its references: the place of the model
/// that they lead to, and the id there for each row, 0 for none.
#[pyfunction]
pub fn snapshot<'py>(store: &Bound<'py, Store>) -> PyResult<Vec<Shown<'py>>> {
    let sheets = {
        let world = store.get().read(store.py());
        // PyO3 panics where there is no memory for an object, so it is asked for before.
        let objects = world.engine.schema().models().iter().enumerate().map(|(at, model)| {
            let rows = world.engine.table(ModelId(at as u32)).len();
            rows * (200 + 100 * model.fields.len())
        });
        let bytes = objects.sum();
        if !room::is_there(bytes) {
            drop(world);
            return Err(raise_of_stop(store.py(), Stop::OutOfMemory));
        }
        let models = (0..world.classes.len()).map(|at| ModelId(at as u32));
        models.map(|model| Sheet::read(store.py(), &world, model)).collect::<PyResult<Vec<_>>>()?
    };
    sheets.into_iter().map(|sheet| sheet.show(store)).collect()
}

type Shown<'py> = (String, bool, Bound<'py, PyDict>, Bound<'py, PyDict>, Bound<'py, PyDict>);

/// The rows of one model, as they are read under the lock.
struct Sheet<'py> {
    model: ModelId,
    spec: Arc<Spec>,
    referred: bool,
    ids: Vec<Id>,
    /// By field.
    columns: Vec<SheetColumn<'py>>,
}

enum SheetColumn<'py> {
    Values(Vec<Cell<'py>>),
    References(ModelId, Vec<Id>),
}

impl<'py> Sheet<'py> {
    fn read(py: Python<'py>, world: &World, model: ModelId) -> PyResult<Self> {
        let (engine, of) = (&world.engine, world.engine.schema().model(model));
        let table = engine.table(model);
        let column = |(field, column): (&Field, &Column)| match field.kind {
            Kind::Reference(to, _) => {
                let id = |parent: Row| if parent == NO_ROW { 0 } else { engine.table(to).id(parent) };
                Ok(SheetColumn::References(to, table.live().map(|row| id(column.parent(row))).collect()))
            }
            Kind::Value(_) => {
                let cells = table.live().map(|row| Cell::read(py, world, &field.kind, &column.get(row)));
                cells.collect::<PyResult<_>>().map(SheetColumn::Values)
            }
        };
        Ok(Sheet {
            model,
            spec: world.class(model).spec.clone(),
            referred: !of.referrers.is_empty(),
            ids: table.live().map(|row| table.id(row)).collect(),
            columns: of.fields.iter().zip(table.columns()).map(column).collect::<PyResult<_>>()?,
        })
    }

    /// As Python objects, with no lock held.
    fn show(self, store: &Bound<'py, Store>) -> PyResult<Shown<'py>> {
        let py = store.py();
        let (records, fields, references) = (PyDict::new(py), PyDict::new(py), PyDict::new(py));
        for id in self.ids {
            records.set_item(id, make::record_by(&self.spec.maker, store, self.model, id)?)?;
        }
        for (field, column) in self.spec.fields.iter().zip(self.columns) {
            match column {
                SheetColumn::References(to, ids) => references.set_item(&field.name, (to.index(), ids))?,
                SheetColumn::Values(cells) => {
                    let values = cells.into_iter().map(|cell| cell.finish(store)).collect::<PyResult<Vec<_>>>()?;
                    fields.set_item(&field.name, values)?;
                }
            }
        }
        Ok((self.spec.name.clone(), self.referred, records, fields, references))
    }
}
