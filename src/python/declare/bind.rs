//! Binding classes to a store: a model gets the class's fields, and collections their paths, when they are first used.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::classes::twitter;
use crate::python::error::{Failure, SchemaError, raise};
use crate::python::fork::detached;
use crate::python::store::class::{Class, Definition};
use crate::python::store::world::World;
use crate::python::store::{Store, next_serial};
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::schema::path::Path;

impl Store {
    /// The model that a class has in this store; bound now if it was not yet.
    pub fn model(slf: &Bound<'_, Self>, ty: &Bound<'_, PyType>) -> PyResult<ModelId> {
        if let Some(model) = slf.get().read(slf.py()).model(ty) {
            return Ok(model);
        }
        if twitter::is_seed(ty) {
            let mut world = slf.get().lock_now(slf.py());
            if world.model(ty).is_none() {
                let declared = twitter::declare(slf.py(), &mut world);
                let old = slf.get().keep(&world);
                drop(world);
                drop(old);
                drop(declared.map_err(|failure| raise(slf, failure))?);
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
        // The models that they get if nobody is faster: those that a file knows by their tables, else the next ones.
        let numbers = |world: &World| {
            let mut fresh = (world.classes.len() as u32..).map(ModelId);
            let number = |(_, table): &(_, String)| world.unclaimed(table).or_else(|| fresh.next());
            tables.iter().map(number).collect::<Option<Vec<ModelId>>>().unwrap_or_default()
        };
        let models = numbers(&slf.get().read(py));
        let number = |ty: &Bound<'py, PyType>| {
            let here = found.iter().position(|(other, _)| other.is(ty)).map(|at| models[at]);
            here.or_else(|| slf.get().read(py).model(ty))
        };
        let mut declarations = Vec::new();
        let mut specs = Vec::new();
        for ((ty, definition), &model) in found.iter().zip(&models) {
            let declaration = definition.declaration(|ty| match tables.iter().find(|(other, _)| other.is(ty)) {
                Some((_, table)) => Ok(table.clone()),
                None => Self::table_of(slf, ty),
            })?;
            let spec = definition.spec(ty, number)?;
            let fill = spec.fill(py, slf.as_unbound(), |name| slf.get().read(py).is_gained(model, name))?;
            declarations.push((declaration, fill));
            specs.push(spec);
        }
        let mut world = slf.get().lock_now(py);
        let is_late = |(ty, _): &(Bound<'py, PyType>, Definition<'py>)| world.model(ty).is_some();
        if numbers(&world) != models || found.iter().any(is_late) {
            drop(world);
            return Self::bind(slf, ty);
        }
        let planned = world.engine.plan(declarations);
        let inner = &mut *world;
        let models = planned.map_err(Failure::from).and_then(|plan| detached(py, || inner.carry_out(plan)));
        let models = match models {
            Ok(models) => models,
            Err(failure) => {
                drop(world);
                return Err(raise(slf, failure));
            }
        };
        let mut replaced = Vec::new();
        for ((ty, _), (spec, model)) in found.iter().zip(specs.into_iter().zip(models)) {
            replaced.push(world.put_class(ty, model, Class::new(model, spec)));
        }
        let old = slf.get().keep(&world);
        drop(world);
        drop((old, replaced));
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
        Self::resolve(slf, |world| world.engine.schema().path(model, &name).map(Arc::new))?;
        Self::find_target(slf, model, &name)?;
        // Resolved and kept under one hold of the lock: a model may be defined anew at any other moment.
        Self::resolve(slf, |world| {
            let path = Arc::new(world.engine.schema().path(model, &name)?);
            let class = world.class(model);
            match class.paths.get(collection).filter(|_| class.spec.collections.get(collection) == Some(&name)) {
                Some(place) => Ok(place.get_or_init(|| path).clone()),
                None => Err(anew()),
            }
        })
    }

    /// Resolves a path; collections on the way whose targets are not known yet are looked up as they are met.
    pub fn resolve(slf: &Bound<'_, Self>, path: impl Fn(&World) -> Result<Arc<Path>>) -> PyResult<Arc<Path>> {
        loop {
            let tried = path(&slf.get().read(slf.py()));
            match tried {
                Err(Error::Undeclared { model, collection }) => Self::find_target(slf, model, &collection)?,
                tried => return tried.map_err(|error| raise(slf, error)),
            }
        }
    }

    /// Looks up the class of a collection's members, binds it, and tells the engine.
    fn find_target(slf: &Bound<'_, Self>, model: ModelId, collection: &str) -> PyResult<()> {
        let py = slf.py();
        let ty = slf.get().read(py).class(model).spec.maker.ty(py);
        if twitter::is_seed(&ty) {
            return Ok(());
        }
        let target = ty.getattr("__hasmany__")?.call_method1("target", (collection,))?.cast_into::<PyType>()?;
        let table = Self::table_of(slf, &target)?;
        slf.get().lock_now(py).engine.set_target(model, collection, &table);
        Ok(())
    }
}

/// Defines the class of a model anew in the stores that have it: all of them are asked first whether the rows fit.
/// Only another thread that writes between the question and the change can still make one of them refuse, and leave
/// the others changed.
#[pyfunction]
pub fn redefine<'py>(ty: &Bound<'py, PyType>, stores: Vec<Bound<'py, Store>>) -> PyResult<()> {
    let definition = Definition::of(ty)?;
    for apply in [false, true] {
        stores.iter().try_for_each(|store| Store::redefine(store, ty, &definition, apply))?;
    }
    Ok(())
}

impl Store {
    /// Defines a model anew; or only asks whether the rows fit.
    fn redefine<'py>(
        slf: &Bound<'py, Self>,
        ty: &Bound<'py, PyType>,
        definition: &Definition<'py>,
        apply: bool,
    ) -> PyResult<()> {
        let (store, py) = (slf.get(), slf.py());
        let model = Self::model(slf, ty)?;
        let declaration = definition.declaration(|ty| Self::table_of(slf, ty))?;
        let spec = definition.spec(ty, |ty| store.read(py).model(ty))?;
        let fill = spec.fill(py, slf.as_unbound(), |name| store.read(py).is_gained(model, name))?;
        let mut world = Self::lock(slf)?;
        let mut plan = world.engine.plan_anew(model, (declaration.clone(), fill.clone()));
        if plan.is_err() && store.is_closed() && store.file.is_some() {
            // Its rows are safe in the file, and should not stand in the way any more.
            if !apply {
                return Ok(());
            }
            let nothing = world.engine.emptied();
            world.engine.succeed(nothing);
            plan = world.engine.plan_anew(model, (declaration, fill));
        }
        let plan = plan.map_err(Failure::from);
        let inner = &mut *world;
        let mut carry_out = |plan| detached(py, || inner.carry_out(plan)).map(drop);
        let done = plan.and_then(|plan| if apply { carry_out(plan) } else { Ok(()) });
        let mut old = (Vec::new(), None);
        if apply && done.is_ok() {
            // Paths of any class may have gone over this one.
            for class in &mut world.classes {
                class.paths.iter_mut().for_each(|path| _ = path.take());
            }
            old.1 = world.put_class(ty, model, Class::new(model, spec));
            old.0 = store.keep(&world);
            world.serial = next_serial();
            store.publish(&world);
        }
        drop(world);
        drop(old);
        let shown = || slf.repr().map_or_else(|_| String::new(), |text| format!(", in {text}"));
        done.map_err(|failure| match failure {
            Failure::Engine(error) => SchemaError::new_err(format!("{error}{}", shown())),
            failure => raise(slf, failure),
        })
    }
}

/// What was looked up before a model was defined anew does not hold any more.
pub fn anew() -> Error {
    Error::Schema("a model on the way was just defined anew; ask for the collection or record again".to_owned())
}
