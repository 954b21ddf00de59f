//! Paths of collections, looked up when they are first asked for; the classes on the way are bound as they are met.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::ask::resolve;
use crate::python::declare::bind::table_of;
use crate::python::declare::seed;
use crate::python::error::SchemaError;
use crate::python::record::make;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::world::{World, stale};
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::read::path::Path;

/// The path of a collection of a model, by its place in the class. O(1) but for the first time.
pub fn path(store: &Bound<'_, Store>, model: ModelId, collection: usize) -> PyResult<Arc<Path>> {
    if let Some(path) = store.get().read(store.py()).path(model, collection) {
        return Ok(path.clone());
    }
    let name = store.get().read(store.py()).class(model).spec.collections.get(collection).cloned();
    let name = name.ok_or_else(|| SchemaError::new_err("this collection is not declared any more"))?;
    // The models on the way first; then, with the members' model known too, whether the path leads there.
    look_up(store, |world| resolve::path(&world.engine, model, &name).map(Arc::new))?;
    find_target(store, model, &name)?;
    // Resolved and kept under one hold of the lock: a model may be redefined at any other moment.
    look_up(store, |world| {
        let path = Arc::new(resolve::path(&world.engine, model, &name)?);
        let class = world.class(model);
        match class.paths.get(collection).filter(|_| class.spec.collections.get(collection) == Some(&name)) {
            Some(place) => Ok(place.get_or_init(|| path).clone()),
            None => Err(stale()),
        }
    })
}

/// Looks something up that leads over collections; those whose targets are not known yet are looked up as they are met.
pub fn look_up<T>(store: &Bound<'_, Store>, asked: impl Fn(&World) -> Result<T>) -> PyResult<T> {
    loop {
        let tried = asked(&store.get().read(store.py()));
        match tried {
            Err(Error::Undeclared { model, collection }) => find_target(store, model, &collection)?,
            tried => return tried.map_err(|error| raise(store, error)),
        }
    }
}

/// Looks up the class of a collection's members, binds it, and tells the engine.
fn find_target(store: &Bound<'_, Store>, model: ModelId, collection: &str) -> PyResult<()> {
    if seed::is_seed(&class(store, model)) {
        return Ok(());
    }
    let table = table_of(store, &target(store, model, collection)?)?;
    store.get().lock_now(store.py()).engine.set_target(model, collection, &table);
    Ok(())
}

/// The class of a collection's members, as the class that declares it says.
fn target<'py>(store: &Bound<'py, Store>, model: ModelId, collection: &str) -> PyResult<Bound<'py, PyType>> {
    let target = class(store, model).getattr("__hasmany__")?.call_method1("target", (collection,))?;
    Ok(target.cast_into::<PyType>()?)
}

fn class<'py>(store: &Bound<'py, Store>, model: ModelId) -> Bound<'py, PyType> {
    let maker = store.get().read(store.py()).class(model).spec.maker.clone_ref(store.py());
    make::class(&maker, store.py())
}

/// The path of a collection of a model, if it leads over classes that this store knows already, or may as well get to know,
/// because no file would get a table of it. Nothing where the collection cannot work.
pub fn path_at_hand(store: &Bound<'_, Store>, model: ModelId, name: &str) -> PyResult<Option<Arc<Path>>> {
    let py = store.py();
    loop {
        let tried = path_under(&store.get().read(py), model, name);
        let (of, collection) = match tried {
            Ok(path) => return Ok(Some(path)),
            Err(Error::Undeclared { model, collection }) => (model, collection),
            Err(_) => return Ok(None),
        };
        let looked_up = target(store, of, &collection).and_then(|target| {
            let is_known = store.get().file().is_none() || store.get().read(py).model(&target).is_some();
            if is_known { find_target(store, of, &collection).map(|()| true) } else { Ok(false) }
        });
        match looked_up {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if error.is_instance_of::<SchemaError>(py) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

/// The path of a collection of a model. Raises `SchemaError` that names the nearest. Takes the lock once but for the first
/// time.
pub fn path_named(store: &Bound<'_, Store>, model: ModelId, name: &str) -> PyResult<Arc<Path>> {
    let (place, known) = {
        let world = store.get().read(store.py());
        let place = world.class(model).spec.collections.iter().position(|collection| collection == name);
        (place, place.and_then(|place| world.path(model, place).cloned()))
    };
    match (known, place) {
        (Some(known), _) => Ok(known),
        (None, Some(place)) => path(store, model, place),
        (None, None) => look_up(store, |world| resolve::path(&world.engine, model, name).map(Arc::new)),
    }
}

/// The path of a collection of a model, under the lock: the one that is known, else looked up now.
pub fn path_under(world: &World, model: ModelId, name: &str) -> Result<Arc<Path>> {
    let place = world.class(model).spec.collections.iter().position(|collection| collection == name);
    match place.and_then(|place| world.path(model, place)) {
        Some(known) => Ok(known.clone()),
        None => resolve::path(&world.engine, model, name).map(Arc::new),
    }
}
