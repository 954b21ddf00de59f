//! Values for existing rows in fields that they do not have yet: the default, from a factory one for each row.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::HashMap;
use pyo3::prelude::*;

use crate::python::record::arg::{self, Arg};
use crate::python::store::Store;
use crate::python::store::class::{Default, FieldSpec, Spec};
use crate::python::store::world::World;
use crate::store::id::{Id, ModelId};
use crate::store::value::Value;
use crate::store::write::fill::Fill;

/// What default factories made for the rows of one model, by field. Kept while it is tried again whether all rows have
/// what they need, so that a factory is called once a row.
#[derive(Default)]
pub struct Made(HashMap<String, Arc<HashMap<Id, Value<'static>>>>);

impl Made {
    /// For each field what existing rows get in it. Runs Python code.
    ///
    /// `is_wanted` says whether rows may lack a value in a field, and `rows` which; these are asked for only where there
    /// is a factory.
    pub fn fill(
        &mut self,
        store: &Bound<'_, Store>,
        spec: &Spec,
        is_wanted: impl Fn(&World, &FieldSpec) -> bool,
        rows: impl Fn(&World, &FieldSpec) -> Vec<Id>,
    ) -> PyResult<Vec<Fill>> {
        let py = store.py();
        let fill = |field: &FieldSpec| {
            if !is_wanted(&store.get().read(py), field) {
                return Ok(Fill::default());
            }
            match &field.default {
                Default::Required => Ok(Fill::default()),
                Default::Value(_) => Ok(Fill::same(default(store, spec, field)?)),
                Default::Factory(_) => {
                    let rows = rows(&store.get().read(py), field);
                    let made = Arc::make_mut(self.0.entry(field.name.clone()).or_default());
                    for id in rows {
                        if let Entry::Vacant(place) = made.entry(id) {
                            place.insert(default(store, spec, field)?);
                        }
                    }
                    Ok(Fill::each(self.0.entry(field.name.clone()).or_default().clone()))
                }
            }
        };
        spec.fields.iter().map(fill).collect()
    }

    /// What rows hold now in the fields with a factory that the file does not have, or had once: they keep it.
    pub fn keep(&mut self, store: &Bound<'_, Store>, spec: &Spec, model: ModelId) {
        let world = store.get().read(store.py());
        let of = |name: &str| world.engine.schema().model(model).fields.iter().position(|field| field.name == name);
        let table = world.engine.table(model);
        for field in spec.fields.iter().filter(|field| matches!(field.default, Default::Factory(_))) {
            if let (Some(at), true) = (of(&field.name), world.is_made_here(model, &field.name)) {
                let made = Arc::make_mut(self.0.entry(field.name.clone()).or_default());
                made.extend(table.live().map(|row| (table.id(row), table.column(at).get(row).into_owned())));
            }
        }
    }

    /// For a class that is declared in a store where its model may have rows.
    pub fn fill_new(&mut self, store: &Bound<'_, Store>, spec: &Spec, model: ModelId) -> PyResult<Vec<Fill>> {
        let is_wanted = |world: &World, field: &FieldSpec| world.is_gained(model, field) || world.is_back(model, field);
        let mut fills = self.fill(store, spec, is_wanted, |world, field| world.wanting(model, field))?;
        let world = store.get().read(store.py());
        for (fill, field) in fills.iter_mut().zip(&spec.fields) {
            fill.is_back = world.is_back(model, field);
        }
        Ok(fills)
    }
}

fn default(store: &Bound<'_, Store>, spec: &Spec, field: &FieldSpec) -> PyResult<Value<'static>> {
    let Some(default) = field.default.get(store.py())? else { return Ok(Value::None) };
    Ok(match arg::arg(store.as_unbound(), spec, field, &default)?.into_owned() {
        Arg::Value(value) => value,
        Arg::Record(..) => Value::None,
    })
}
