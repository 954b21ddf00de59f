//! Binding classes to a store: a model gets the class's fields, and collections their paths, when they are first used.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLockWriteGuard;
use pyo3::prelude::*;
use pyo3::sync::RwLockExt;
use pyo3::types::PyType;

use super::class::{Class, Definition, FieldSpec, Maker, Spec};
use super::convert;
use super::error::{SchemaError, raise};
use super::store::{Store, World, next_serial};
use super::twitter;
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::path::Path;
use crate::store::schema::Schema;
use crate::store::value::Value;

impl Store {
    /// The model that a class has in this store; bound now if it was not yet.
    pub fn model(slf: &Bound<'_, Self>, ty: &Bound<'_, PyType>) -> PyResult<ModelId> {
        if let Some(model) = slf.get().read(slf.py()).model(ty) {
            return Ok(model);
        }
        if twitter::is_seed(ty) {
            let mut world = slf.get().world.write_py_attached(slf.py());
            if world.model(ty).is_none() {
                twitter::declare(slf.py(), &mut world).map_err(|error| raise_in(world, slf, error))?;
            }
        } else {
            Self::bind(slf, ty)?;
        }
        let name = || ty.name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
        let model = slf.get().read(slf.py()).model(ty);
        model.ok_or_else(|| SchemaError::new_err(format!("{} is not declared", name())))
    }

    /// Declares a class and those that it refers to in the engine.
    fn bind<'py>(slf: &Bound<'py, Self>, ty: &Bound<'py, PyType>) -> PyResult<()> {
        let py = slf.py();
        let mut found: Vec<(Bound<'py, PyType>, Definition<'py>)> = Vec::new();
        let mut open = vec![ty.clone()];
        while let Some(ty) = open.pop() {
            if slf.get().read(py).model(&ty).is_some() || found.iter().any(|(other, _)| other.is(&ty)) {
                continue;
            }
            if twitter::is_seed(&ty) {
                Self::model(slf, &ty)?;
                continue;
            }
            let definition = Definition::of(&ty)?;
            open.extend(definition.references().cloned());
            found.push((ty, definition));
        }
        let tables: Vec<(Bound<'py, PyType>, String)> =
            found.iter().map(|(ty, definition)| (ty.clone(), definition.table().to_owned())).collect();
        let mut declarations = Vec::new();
        for (_, definition) in &found {
            declarations.push(definition.declaration(|ty| match tables.iter().find(|(other, _)| other.is(ty)) {
                Some((_, table)) => Ok(table.clone()),
                None => Self::table_of(slf, ty),
            })?);
        }
        // The models get the next numbers, in this order, if nobody was faster.
        let first = slf.get().read(py).classes.len();
        let number = |ty: &Bound<'py, PyType>| {
            let fresh = found.iter().position(|(other, _)| other.is(ty)).map(|at| ModelId((first + at) as u32));
            fresh.or_else(|| slf.get().read(py).model(ty))
        };
        let specs = found.iter().map(|(_, definition)| definition.spec(number)).collect::<PyResult<Vec<_>>>()?;
        let mut world = slf.get().world.write_py_attached(py);
        if world.classes.len() != first {
            drop(world);
            return Self::bind(slf, ty);
        }
        let models = world.engine.declare(declarations).map_err(|error| SchemaError::new_err(error.to_string()))?;
        for ((ty, _), (spec, model)) in found.iter().zip(specs.into_iter().zip(models)) {
            world.push_class(ty, model, Class::new(Maker::Declared(ty.clone().unbind()), model, spec));
        }
        drop(world);
        for (ty, _) in &found {
            ty.getattr("__hasmany__")?.call_method1("bound_to", (slf,))?;
        }
        Ok(())
    }

    /// The table of a class that is bound.
    fn table_of(slf: &Bound<'_, Self>, ty: &Bound<'_, PyType>) -> PyResult<String> {
        let model = Self::model(slf, ty)?;
        Ok(slf.get().read(slf.py()).engine.schema().model(model).table.clone())
    }

    /// The path of a collection of a model, by its place in the class. O(1) but for the first time.
    pub fn path(slf: &Bound<'_, Self>, model: ModelId, collection: usize) -> PyResult<Arc<Path>> {
        if let Some(path) = slf.get().read(slf.py()).path(model, collection) {
            return Ok(path.clone());
        }
        let name = slf.get().read(slf.py()).class(model).spec.collections.get(collection).cloned();
        let name = name.ok_or_else(|| SchemaError::new_err("this collection is not declared any more"))?;
        // The models on the way first; then, with the members' model known too, whether the path leads there.
        Self::resolve(slf, |schema| schema.path(model, &name))?;
        Self::find_target(slf, model, &name)?;
        let path = Arc::new(Self::resolve(slf, |schema| schema.path(model, &name))?);
        let world = slf.get().read(slf.py());
        let place = world.class(model).paths.get(collection);
        Ok(place.map_or_else(|| path.clone(), |place| place.get_or_init(|| path.clone()).clone()))
    }

    /// Resolves a path; collections on the way whose targets are not known yet are looked up as they are met.
    pub fn resolve(slf: &Bound<'_, Self>, path: impl Fn(&Schema) -> Result<Path>) -> PyResult<Path> {
        loop {
            let tried = path(slf.get().read(slf.py()).engine.schema());
            match tried {
                Err(Error::Undeclared { model, collection }) => Self::find_target(slf, model, &collection)?,
                tried => return tried.map_err(|error| raise(slf, error)),
            }
        }
    }

    /// Looks up the class of a collection's members, binds it, and tells the engine.
    fn find_target(slf: &Bound<'_, Self>, model: ModelId, collection: &str) -> PyResult<()> {
        let py = slf.py();
        let ty = slf.get().read(py).class(model).maker.ty(py);
        if twitter::is_seed(&ty) {
            return Ok(());
        }
        let target = ty.getattr("__hasmany__")?.call_method1("target", (collection,))?.cast_into::<PyType>()?;
        let table = Self::table_of(slf, &target)?;
        slf.get().world.write_py_attached(py).engine.set_target(model, collection, &table);
        Ok(())
    }
}

/// Defines the class of a model anew in the stores that have it: all of them are asked first whether the rows fit.
#[pyfunction]
pub fn redefine<'py>(ty: &Bound<'py, PyType>, stores: Vec<Bound<'py, Store>>) -> PyResult<()> {
    let py = ty.py();
    let definition = Definition::of(ty)?;
    for apply in [false, true] {
        for store in &stores {
            let model = Store::model(store, ty)?;
            let declaration = definition.declaration(|ty| Store::table_of(store, ty))?;
            let spec = definition.spec(|ty| store.get().read(py).model(ty))?;
            let fill: Vec<Value<'static>> = spec.fill(py, store.as_unbound())?;
            let mut world = Store::lock(store)?;
            if !apply {
                let fits = world.engine.fits(model, declaration, &fill);
                drop(world);
                let shown = || store.repr().map_or_else(|_| String::new(), |text| format!(", in {text}"));
                fits.map_err(|error| SchemaError::new_err(format!("{error}{}", shown())))?;
                continue;
            }
            let done = world.engine.redeclare(model, declaration, &fill);
            store.get().version.store(world.engine.version(), Ordering::Release);
            if let Err(error) = done {
                drop(world);
                return Err(raise(store, error));
            }
            // Paths of any class may have gone over this one.
            for class in &mut world.classes {
                class.paths.iter_mut().for_each(|path| _ = path.take());
            }
            store.get().serial.store(next_serial(), Ordering::Release);
            let class = Class::new(Maker::Declared(ty.clone().unbind()), model, spec);
            let class = std::mem::replace(&mut world.classes[model.index()], class);
            drop(world);
            drop(class);
        }
    }
    Ok(())
}

impl Spec {
    /// What rows that are there get in a field that is new: its default, or nothing.
    fn fill(&self, py: Python<'_>, store: &Py<Store>) -> PyResult<Vec<Value<'static>>> {
        let fill = |field: &FieldSpec| match field.default.get(py)? {
            Some(default) => match convert::arg(store, self, field, &default)?.into_owned() {
                convert::Arg::Value(value) => Ok(value),
                convert::Arg::Record(..) => Ok(Value::None),
            },
            None => Ok(Value::None),
        };
        self.fields.iter().map(fill).collect()
    }
}

/// Gives the lock back before an exception is made.
fn raise_in(world: RwLockWriteGuard<'_, World>, slf: &Bound<'_, Store>, error: Error) -> PyErr {
    drop(world);
    raise(slf, error)
}
