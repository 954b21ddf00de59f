//! Reading a record: a field, whether the row is there, the text that shows it.

use std::sync::atomic::Ordering::Relaxed;

use pyo3::prelude::*;

use crate::python::record::cell::Cell;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::store::world::stale;

impl Record {
    /// The value of a field, by index. O(1).
    pub fn get<'py>(&self, py: Python<'py>, field: usize) -> PyResult<Bound<'py, PyAny>> {
        let store = self.store(py);
        let cell = {
            let world = store.get().read(py);
            match (world.engine.row(self.model, self.id()), world.engine.table(self.model).columns().get(field)) {
                (Ok(row), Some(column)) => {
                    let kind = &world.engine.schema().model(self.model).fields[field].kind;
                    Ok(Cell::read(py, &world.engine, kind, &column.get(row))?)
                }
                (Err(error), _) => Err(error),
                (_, None) => Err(stale()),
            }
        };
        cell.map_err(|error| raise(store, error))?.finish(store)
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
                cells.push((Cell::read(py, &world.engine, kind, &value)?, name));
            }
            spec
        };
        let mut text = format!("{}({}", spec.name, self.id());
        for (field, (cell, to)) in spec.fields.iter().zip(cells) {
            let shown = match (cell, to) {
                (Cell::Record(_, id), Some(name)) => format!("{name}({id})"),
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
