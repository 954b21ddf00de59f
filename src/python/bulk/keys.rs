//! What the fields of new rows are filled with: columns, defaults, or the rows that natural keys name, which may have to
//! be created first.

use foldhash::HashSet;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::python::bulk::finished::Leaf;
use crate::python::bulk::incoming::Incoming;
use crate::python::bulk::target::Step;
use crate::python::error::{SchemaError, heard, raise_of_stop};
use crate::python::record::arg::{self, Arg};
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::class::{Default, Spec};
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::stop::Stop;
use crate::store::value::Value;
use crate::store::write::bulk::NewCells;

/// What a field of the new rows is filled with.
pub enum Fill {
    Cells(NewCells),
    /// A default that is a record, which becomes a row only under the lock.
    Record(ModelId, Id),
    Keys(Keys),
}

/// The defaults of a field for so many rows; a factory is called for each.
pub fn defaults(py: Python<'_>, store: &Bound<'_, Store>, spec: &Spec, at: usize, rows: usize) -> PyResult<Fill> {
    let field = &spec.fields[at];
    match &field.default {
        Default::Factory(factory) => {
            let mut column = Incoming::new(store, spec, &field.name)?;
            let list = PyList::empty(py);
            for _ in 0..rows {
                list.append(factory.bind(py).call0()?)?;
            }
            column.read(store, &list)?;
            Ok(Fill::Cells(column.into_cells(rows)))
        }
        Default::Value(value) => Ok(match arg::arg(store.as_unbound(), spec, field, value.bind(py))? {
            Arg::Value(value) => Fill::Cells(NewCells::Same(value.into_owned())),
            Arg::Record(model, id) => Fill::Record(model, id),
        }),
        Default::Required => Ok(Fill::Cells(NewCells::Same(Value::None))),
    }
}

/// A reference that is given by a unique key of the other model, a column for each of its fields.
pub struct Keys {
    pub to: ModelId,
    pub fields: Vec<usize>,
    pub columns: Vec<Column>,
    /// The fields of the key that are references.
    nested: Vec<(usize, Nested)>,
    create_missing: bool,
}

/// A reference that is part of a key.
enum Nested {
    Ids(Packed),
    Keys(Keys),
}

impl Keys {
    /// Of a reference to this model; no field yet.
    pub fn new(to: ModelId, create_missing: bool) -> Self {
        Keys { to, fields: Vec::new(), columns: Vec::new(), nested: Vec::new(), create_missing }
    }

    /// The key in a row: fields and values, in the order of the fields.
    fn of(&self, row: Row) -> Vec<(usize, Value<'static>)> {
        let columns = self.fields.iter().zip(&self.columns);
        let mut key: Vec<_> = columns.map(|(&field, column)| (field, column.get(row).into_owned())).collect();
        key.sort_unstable();
        key
    }

    /// Adds a field of the key, or of a key in it; whether there is place for it.
    pub fn add(&mut self, steps: &[Step], leaf: Leaf) -> bool {
        match (steps, leaf) {
            ([], Leaf::Values(field, column)) => {
                let is_free = !self.fields.contains(&field);
                self.fields.push(field);
                self.columns.push(column);
                is_free
            }
            (&[Step { field, .. }], Leaf::Ids(ids)) => {
                let is_free = self.nested.iter().all(|(other, _)| *other != field);
                self.nested.push((field, Nested::Ids(ids)));
                is_free
            }
            (&[Step { field, to }, ref rest @ ..], leaf) => {
                let at = self.nested.iter().position(|(other, _)| *other == field).unwrap_or_else(|| {
                    self.nested.push((field, Nested::Keys(Keys::new(to, self.create_missing))));
                    self.nested.len() - 1
                });
                match &mut self.nested[at].1 {
                    Nested::Keys(keys) => keys.add(rest, leaf),
                    Nested::Ids(_) => false,
                }
            }
            ([], Leaf::Ids(_)) => false,
        }
    }

    /// As the engine takes it.
    fn settled(self) -> NewCells {
        let nested = self.nested.into_iter().map(|(field, nested)| match nested {
            Nested::Ids(ids) => (field, NewCells::Ids(ids)),
            Nested::Keys(keys) => (field, keys.settled()),
        });
        NewCells::Keys { fields: self.fields, columns: self.columns, nested: nested.collect() }
    }

    /// Refuses to create rows whose key is that of another row, too.
    fn check_to_create(&self, store: &Bound<'_, Store>) -> PyResult<()> {
        let Some((field, _)) = self.nested.first() else { return Ok(()) };
        let (spec, _) = store.get().spec(store.py(), self.to);
        let (of, field) = (&spec.name, &spec.fields[*field].name);
        Err(SchemaError::new_err(format!(
            "create_missing: {of}.{field} is part of the key of {of} and leads to another row; insert the {of} rows first"
        )))
    }
}

/// What the keys of all columns name that is not there yet.
pub struct Missing {
    /// For each reference to be created by key: the rows of the input that are the first with such a key.
    pub unknown: Vec<Vec<Row>>,
    pub parents: Vec<NewParents>,
}

/// New rows of another model.
pub struct NewParents {
    pub model: ModelId,
    pub rows: usize,
    pub cells: Vec<Fill>,
}

impl Fill {
    /// The key, if its rows are to be created where they are missing.
    pub fn to_create(&self) -> Option<&Keys> {
        match self {
            Fill::Keys(keys) if keys.create_missing => Some(keys),
            _ => None,
        }
    }

    /// As the engine takes it; a record must still be there.
    pub fn settled(self, engine: &Engine) -> Result<NewCells> {
        Ok(match self {
            Fill::Cells(cells) => cells,
            Fill::Record(model, id) => NewCells::Same(Value::Row(engine.row(model, id)?)),
            Fill::Keys(keys) => keys.settled(),
        })
    }
}

/// What is to be created for the keys of these fields, with defaults for all that the key does not say.
pub fn missing(store: &Bound<'_, Store>, fields: &[Fill]) -> PyResult<Missing> {
    let py = store.py();
    let mut missing = Missing { unknown: Vec::new(), parents: Vec::new() };
    // Two references may name rows of one model by the same keys.
    let mut named: HashSet<(ModelId, Vec<(usize, Value<'static>)>)> = HashSet::default();
    for keys in fields.iter().filter_map(Fill::to_create) {
        keys.check_to_create(store)?;
        let find = |world: &World| world.engine.unknown_keys(keys.to, &keys.fields, &keys.columns);
        let unknown = store.get().read_long(py, find).map_err(|error| raise(store, error))?;
        let reserve = || {
            if named.try_reserve(unknown.len()).is_err() {
                Stop::OutOfMemory.throw()
            }
        };
        heard(reserve).map_err(|stop| raise_of_stop(py, stop))?;
        let fresh: Vec<Row> = unknown.iter().copied().filter(|&row| named.insert((keys.to, keys.of(row)))).collect();
        missing.unknown.push(unknown);
        if !fresh.is_empty() {
            missing.parents.push(parents(store, keys, &fresh)?);
        }
    }
    Ok(missing)
}

/// The new rows that these keys name.
fn parents(store: &Bound<'_, Store>, keys: &Keys, places: &[Row]) -> PyResult<NewParents> {
    let (spec, _) = store.get().spec(store.py(), keys.to);
    let fill = |at: usize| match (keys.fields.iter().position(|&field| field == at), &spec.fields[at].default) {
        (Some(key), _) => {
            let mut cells = keys.columns[key].empty_like();
            places.iter().for_each(|&row| cells.push(&keys.columns[key].get(row)));
            Ok(Fill::Cells(NewCells::Values(cells)))
        }
        (None, Default::Required) => Err(needs_more(&spec, at, places[0])),
        (None, _) => defaults(store.py(), store, &spec, at, places.len()),
    };
    let cells = (0..spec.fields.len()).map(fill).collect::<PyResult<_>>()?;
    Ok(NewParents { model: keys.to, rows: places.len(), cells })
}

fn needs_more(spec: &Spec, field: usize, row: Row) -> PyErr {
    let (name, field) = (&spec.name, &spec.fields[field].name);
    PyTypeError::new_err(format!("row {row}: a new {name} needs {field}, too; create it first"))
}
