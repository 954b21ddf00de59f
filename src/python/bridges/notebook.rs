//! What a notebook needs to know of models and records to show and to complete them.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::collection::many::Many;
use crate::python::declare::bind;
use crate::python::declare::path::{path, path_at_hand};
use crate::python::error::SchemaError;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::store::Store;
use crate::python::store::class::Holds;
use crate::store::id::ModelId;
use crate::store::read::path::Path;
use crate::store::read::view::Start;
use crate::store::schema::declaration::{Field, Kind};

/// A model: its name, the fields of its key, and its fields.
type ShownModel = (String, Vec<String>, Vec<ShownField>);

/// A field: its name, its type, whether it is unique by itself, and the place of the model that a reference leads to.
type ShownField = (String, &'static str, bool, Option<usize>);

/// The model of a collection's members, or of a record, and then those that its references lead to.
#[pyfunction]
pub fn models_shown(of: &Bound<'_, PyAny>) -> PyResult<Vec<ShownModel>> {
    let py = of.py();
    let (store, model) = match of.cast::<Many>() {
        Ok(many) => (many.get().store(py).clone(), many.get().model()),
        Err(_) => {
            let record = of.cast::<Record>()?.get();
            (record.store(py).clone(), record.model)
        }
    };
    let world = store.get().read(py);
    let schema = world.engine.schema();
    let to = |field: &Field| match field.kind {
        Kind::Reference(to, _) => Some(to),
        Kind::Value(_) => None,
    };
    let mut models = vec![model];
    for to in schema.model(model).fields.iter().filter_map(to) {
        if !models.contains(&to) {
            models.push(to);
        }
    }
    let shown = |&id: &ModelId| {
        let model = schema.model(id);
        let name = |&at: &usize| model.fields[at].name.clone();
        let field = |(at, field): (usize, &Field)| {
            let of = match field.kind {
                Kind::Value(of) => of.name(),
                Kind::Reference(..) => "reference",
            };
            let is_unique = model.unique.iter().any(|tuple| **tuple == [at]);
            let place = to(field).and_then(|to| models.iter().position(|&model| model == to));
            (field.name.clone(), of, is_unique, place)
        };
        let key = model.key.iter().map(name).collect();
        (world.class(id).spec.name.clone(), key, model.fields.iter().enumerate().map(field).collect())
    };
    Ok(models.iter().map(shown).collect())
}

/// Of each collection of a record: its name, whether it is the one row of a unique reference, and how many members it has,
/// where an index knows that. Makes no table in a file; nothing of a record that is deleted.
#[pyfunction]
pub fn counted(record: &Bound<'_, Record>) -> PyResult<Vec<(String, bool, Option<usize>)>> {
    let (py, record) = (record.py(), record.get());
    let (spec, serial) = record.store(py).get().spec(py, record.model);
    let path = |name: &String| path_at_hand(record.store(py), record.model, name);
    let paths = spec.collections.iter().map(path).collect::<PyResult<Vec<_>>>()?;
    let world = record.store(py).get().read(py);
    let row = world.engine.table(record.model).find(record.id()).filter(|_| world.serial == serial);
    let Some(start) = row.map(Start::Row) else { return Ok(Vec::new()) };
    let count = |(name, path): (&String, Option<Arc<Path>>)| {
        let path = path.filter(|path| start.is_indexed(path));
        (name.clone(), spec.is_one(name), path.map(|path| world.engine.count(start, &path)))
    };
    Ok(spec.collections.iter().zip(paths).map(count).collect())
}

/// A name of a class: its own, what it is ("field", "one" row of a unique reference, "many"), and the class of what it leads to,
/// where that is known.
type Name<'py> = (String, &'static str, Option<Bound<'py, PyType>>);

/// The fields and collections of a class, which is bound to a store of the moment. Raises `SchemaError` for a class that cannot
/// work.
#[pyfunction]
pub fn names<'py>(cls: &Bound<'py, PyType>) -> PyResult<Vec<Name<'py>>> {
    let py = cls.py();
    let moment = Bound::new(py, Store::in_memory())?;
    let model = bind::model(&moment, cls)?;
    let (spec, _) = moment.get().spec(py, model);
    let mut names: Vec<Name> = Vec::new();
    for field in &spec.fields {
        let to = match &field.holds {
            Holds::Record(_, ty) => Some(ty.bind(py).clone()),
            Holds::Value(_) => None,
        };
        names.push((field.name.clone(), "field", to));
    }
    for (at, name) in spec.collections.iter().enumerate() {
        let to = match path(&moment, model, at) {
            Ok(path) => {
                let (to, _) = moment.get().spec(py, path.to);
                Some(make::class(&to.maker, py))
            }
            Err(error) if error.is_instance_of::<SchemaError>(py) => None,
            Err(error) => return Err(error),
        };
        names.push((name.clone(), if spec.is_one(name) { "one" } else { "many" }, to));
    }
    Ok(names)
}
