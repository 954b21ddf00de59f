//! Reading a record: a field, whether the row is there, the text that shows it.

use std::sync::atomic::Ordering::Relaxed;

use pyo3::prelude::*;

use crate::python::record::cell::Cell;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::store::world::{World, stale};
use crate::store::error::Result;

impl Record {
    /// The value of a field, by index. O(1).
    pub fn get<'py>(&self, py: Python<'py>, field: usize) -> PyResult<Bound<'py, PyAny>> {
        self.get_along(py, &[], field)
    }

    /// The value of a field, by index, of the row that required references lead to one after the other. One hold of the
    /// lock. O(references).
    pub fn get_along<'py>(&self, py: Python<'py>, references: &[usize], field: usize) -> PyResult<Bound<'py, PyAny>> {
        let store = self.store(py);
        let read = |world: &World| -> Result<PyResult<Cell<'py>>> {
            let (engine, mut model) = (&world.engine, self.model);
            let mut row = engine.row(model, self.id())?;
            for &reference in references {
                let to = world.refers_to(model, reference).ok_or_else(stale)?;
                row = engine.table(model).column(reference).parent(row);
                model = to;
            }
            // A class that lost a field is not told so by its older records.
            let column = engine.table(model).columns().get(field).ok_or_else(stale)?;
            let kind = &engine.schema().model(model).fields[field].kind;
            Ok(Cell::read(py, world, kind, &column.get(row)))
        };
        let cell = read(&store.get().read(py));
        cell.map_err(|error| raise(store, error))??.finish(store)
    }

    /// Raises `DeletedError` if the row is gone.
    pub fn alive(&self, py: Python<'_>) -> PyResult<()> {
        let store = self.store(py);
        if store.get().version() == self.seen.load(Relaxed) {
            return Ok(());
        }
        let found = {
            let world = store.get().read(py);
            world.engine.row(self.model, self.id()).map(|_| world.engine.version())
        };
        self.seen.store(found.map_err(|error| raise(store, error))?, Relaxed);
        Ok(())
    }

    /// `User(1, username='alice')`
    pub fn describe(&self, py: Python<'_>) -> PyResult<String> {
        let store = self.store(py);
        let mut cells = Vec::new();
        let spec = {
            let world = store.get().read(py);
            let spec = world.class(self.model).spec.clone();
            let Some(row) = world.engine.table(self.model).find(self.id()) else {
                return Ok(format!("<{} {}, deleted>", spec.name, self.id()));
            };
            for field in 0..spec.fields.len() {
                let value = world.engine.table(self.model).column(field).get(row);
                let to = world.refers_to(self.model, field);
                let name = to.map(|to| world.class(to).spec.name.clone());
                let kind = &world.engine.schema().model(self.model).fields[field].kind;
                cells.push((Cell::read(py, &world, kind, &value)?, name));
            }
            spec
        };
        let mut text = format!("{}({}", spec.name, self.id());
        for (field, (cell, to)) in spec.fields.iter().zip(cells) {
            let shown = match (cell, to) {
                (Cell::Record(_, _, id), Some(name)) => format!("{name}({id})"),
                (cell, _) => shorten(cell.finish(store)?.repr()?.to_string_lossy().into_owned()),
            };
            text += &format!(", {}={shown}", field.name);
        }
        Ok(text + ")")
    }

    /// The name of its class.
    pub fn model_name(&self, py: Python<'_>) -> String {
        self.store(py).get().model_name(py, self.model)
    }
}

/// At most 60 characters of a value.
fn shorten(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(60) {
        text.truncate(at);
        text.push('…');
    }
    text
}
