//! Binding classes to a store: a model gets the class's fields when the class is first used there.

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::change::current;
use crate::python::declare::definition::Definition;
use crate::python::declare::seed;
use crate::python::error::{Failure, SchemaError};
use crate::python::fork::detached;
use crate::python::record::arg;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::class::{Class, Default, FieldSpec, Holds, Maker, Spec};
use crate::python::store::world::World;
use crate::store::id::ModelId;
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind};

/// The store that class-level calls use, and the model that a class has there.
pub fn model_of<'py>(cls: &Bound<'py, PyType>) -> PyResult<(Bound<'py, Store>, ModelId)> {
    let store = current::store(cls.py())?;
    let model = model(&store, cls)?;
    Ok((store, model))
}

/// The model that a class has in this store; bound now if it was not yet.
pub fn model(slf: &Bound<'_, Store>, ty: &Bound<'_, PyType>) -> PyResult<ModelId> {
    if let Some(model) = slf.get().read(slf.py()).model(ty) {
        return Ok(model);
    }
    if seed::is_seed(ty) {
        let mut world = slf.get().lock_now(slf.py());
        if world.model(ty).is_none() {
            let declared = seed::declare(slf.py(), &mut world);
            let old = slf.get().set_gc_roots(&world);
            drop(world);
            drop(old);
            drop(declared.map_err(|failure| raise(slf, failure))?);
        }
    } else {
        bind(slf, ty)?;
    }
    let name = || ty.name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    let model = slf.get().read(slf.py()).model(ty);
    model.ok_or_else(|| SchemaError::new_err(format!("{} is not declared", name())))
}

/// Declares a class and those that it refers to in the engine.
fn bind<'py>(slf: &Bound<'py, Store>, ty: &Bound<'py, PyType>) -> PyResult<()> {
    let py = slf.py();
    let mut found: Vec<(Bound<'py, PyType>, Definition<'py>)> = Vec::new();
    let mut open = vec![ty.clone()];
    while let Some(ty) = open.pop() {
        if slf.get().read(py).model(&ty).is_some() || found.iter().any(|(other, _)| other.is(&ty)) {
            continue;
        }
        if seed::is_seed(&ty) {
            model(slf, &ty)?;
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
            None => table_of(slf, ty),
        })?;
        let spec = definition.spec(ty, number)?;
        let fill = arg::fill(py, slf.as_unbound(), &spec, |name| slf.get().read(py).is_gained(model, name))?;
        declarations.push((declaration, fill));
        specs.push(spec);
    }
    let mut world = slf.get().lock_now(py);
    let is_late = |(ty, _): &(Bound<'py, PyType>, Definition<'py>)| world.model(ty).is_some();
    if numbers(&world) != models || found.iter().any(is_late) {
        drop(world);
        return bind(slf, ty);
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
    let old = slf.get().set_gc_roots(&world);
    drop(world);
    drop((old, replaced));
    for (ty, _) in &found {
        ty.getattr("__hasmany__")?.call_method1("bound_to", (slf,))?;
    }
    Ok(())
}

/// The table of a class that is bound.
pub fn table_of(slf: &Bound<'_, Store>, ty: &Bound<'_, PyType>) -> PyResult<String> {
    let model = model(slf, ty)?;
    Ok(slf.get().read(slf.py()).engine.schema().model(model).table.clone())
}

/// Classes for the models that only a file knows, as it knows them now; gives back what they had before.
pub fn put_unclaimed_classes(py: Python<'_>, world: &mut World) -> Vec<Class> {
    let mut replaced = Vec::new();
    let schema = world.engine.schema();
    for (at, _) in schema.models().iter().enumerate().filter(|(_, model)| model.is_unclaimed) {
        let class = unclaimed(py, schema, ModelId(at as u32));
        match world.classes.get_mut(at) {
            Some(place) => replaced.push(std::mem::replace(place, class)),
            None => world.classes.push(class),
        }
    }
    replaced
}

/// What stands for the class of a model that only a file knows.
fn unclaimed(py: Python<'_>, schema: &Schema, model: ModelId) -> Class {
    let field = |field: &Field| FieldSpec {
        name: field.name.clone(),
        holds: match field.kind {
            Kind::Value(of) => Holds::Value(of),
            Kind::Reference(to, _) => Holds::Record(to, py.get_type::<Record>().unbind()),
        },
        optional: field.optional,
        default: Default::Required,
    };
    let of = schema.model(model);
    let fields = of.fields.iter().map(field).collect();
    Class::new(model, Spec { maker: Maker::Unclaimed, name: of.name.clone(), fields, collections: Vec::new() })
}
