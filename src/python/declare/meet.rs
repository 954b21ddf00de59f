//! Before rows of a file are deleted: the classes that say what becomes of the rows that refer to them are bound, so
//! that their rules hold and not those of whoever wrote the file.

use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::HashMap;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::declare::bind;
use crate::python::record::make;
use crate::python::store::Store;
use crate::python::store::class::Maker;
use crate::python::store::world::World;
use crate::store::id::ModelId;
use crate::store::schema::declaration::{Kind, OnDelete};

/// How many classes came or were redefined in this process; what was looked for among them before is looked for again.
static CAME: AtomicU64 = AtomicU64::new(1);

/// A class came, or says something else now.
#[pyfunction]
pub fn class_came() {
    CAME.fetch_add(1, Ordering::Release);
}

/// Binds the classes that refer to the very class of a model whose rows are to be deleted, and whose tables the store's
/// file has; then, where rows of theirs go along, those that refer to them. Nothing to do in memory, where every model
/// has its class, and nothing once every table of the file has. Raises `SchemaError` where one does not fit its table,
/// or where two could be a table's.
pub fn meet_referrers(store: &Bound<'_, Store>, model: ModelId) -> PyResult<()> {
    if store.get().file().is_none_or(|file| file.read_only) || store.get().is_closed() {
        return Ok(());
    }
    let mut open = vec![model];
    let mut at = 0;
    while let Some(&model) = open.get(at) {
        at += 1;
        let came = CAME.load(Ordering::Acquire);
        let Some(unmet) = unmet(store, model, came) else { return Ok(()) };
        if let Some((ty, tables)) = unmet {
            let find = store.py().import("hasmany.definition")?.getattr("referring")?;
            for found in find.call1((ty, tables))?.try_iter()? {
                bind::model(store, found?.cast::<PyType>()?)?;
            }
            store.get().read(store.py()).class(model).met.store(came, Ordering::Release);
        }
        let cascading = cascading(&store.get().read(store.py()), model);
        for child in cascading {
            if !open.contains(&child) {
                open.push(child);
            }
        }
    }
    Ok(())
}

/// A class, and tables with the names of their classes.
type Unmet<'py> = (Bound<'py, PyType>, HashMap<String, String>);

/// The class of a model, unless it was asked for before and no class came since, and the tables that have no class yet.
/// Nothing at all if every table has.
fn unmet<'py>(store: &Bound<'py, Store>, model: ModelId, came: u64) -> Option<Option<Unmet<'py>>> {
    let world = store.get().read(store.py());
    let unclaimed = world.engine.schema().models().iter().filter(|model| model.is_unclaimed);
    let tables: HashMap<String, String> = unclaimed.map(|model| (model.table.clone(), model.name.clone())).collect();
    if tables.is_empty() {
        return None;
    }
    let class = world.class(model);
    let is_met = matches!(class.spec.maker, Maker::Unclaimed) || class.met.load(Ordering::Acquire) == came;
    Some((!is_met).then(|| (make::class(&class.spec.maker, store.py()), tables)))
}

/// The models whose rows go along with rows of this one.
fn cascading(world: &World, model: ModelId) -> Vec<ModelId> {
    let schema = world.engine.schema();
    let cascades = |model: ModelId, field: usize| {
        matches!(schema.model(model).fields[field].kind, Kind::Reference(_, OnDelete::Cascade))
    };
    let referrers = schema.model(model).referrers.iter();
    referrers.filter(|reference| cascades(reference.model, reference.field)).map(|reference| reference.model).collect()
}
