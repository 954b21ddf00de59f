//! Binding classes to a store: a model gets the class's fields when the class is first used there.

use std::sync::Arc;

use foldhash::HashMap;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::change::current;
use crate::python::declare::definition::Definition;
use crate::python::declare::seed;
use crate::python::error::{Failure, SchemaError};
use crate::python::fork::detached;
use crate::python::record::fill::Made;
use crate::python::record::handle::{Record, User};
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::class::{Class, Default, FieldSpec, Holds, Maker, Spec};
use crate::python::store::world::World;
use crate::store::id::ModelId;
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind};
use crate::store::write::declare::Filled;

/// A class in the store that class-level calls use, and what it says of its fields there.
pub struct BoundClass<'py> {
    pub store: Bound<'py, Store>,
    pub model: ModelId,
    pub spec: Arc<Spec>,
    /// The store's serial, under which all this holds.
    pub serial: u32,
}

impl<'py> BoundClass<'py> {
    /// The class of a model of this store.
    pub fn of(store: &Bound<'py, Store>, model: ModelId) -> Self {
        let (spec, serial) = store.get().spec(store.py(), model);
        BoundClass { store: store.clone(), model, spec, serial }
    }

    /// Of a class in the current store; bound now if it was not yet. Takes the lock once but for the first time.
    pub fn current(cls: &Bound<'py, PyType>) -> PyResult<Self> {
        let store = current::store(cls.py())?;
        let known = |world: &World, model| (model, world.class(model).spec.clone(), world.serial);
        let found = {
            let world = store.get().read(cls.py());
            world.model(cls).map(|model| known(&world, model))
        };
        let (model, spec, serial) = match found {
            Some(found) => found,
            None => {
                let model = model(&store, cls)?;
                known(&store.get().read(cls.py()), model)
            }
        };
        Ok(BoundClass { store, model, spec, serial })
    }
}

/// The store that class-level calls use, and the model that a class has there.
pub fn model_of<'py>(cls: &Bound<'py, PyType>) -> PyResult<(Bound<'py, Store>, ModelId)> {
    let store = current::store(cls.py())?;
    let model = model(&store, cls)?;
    Ok((store, model))
}

/// The model that a class has in this store; bound now if it was not yet.
pub fn model(store: &Bound<'_, Store>, ty: &Bound<'_, PyType>) -> PyResult<ModelId> {
    let known = || store.get().read(store.py()).model(ty);
    if let Some(model) = known() {
        return Ok(model);
    }
    match seed::is_seed(ty) {
        true => bind_seed(store)?,
        false => bind(store, ty)?,
    }
    let name = || ty.name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    known().ok_or_else(|| SchemaError::new_err(format!("{} is not declared", name())))
}

/// Declares the classes of the seed world, unless another thread was faster.
fn bind_seed(store: &Bound<'_, Store>) -> PyResult<()> {
    let py = store.py();
    let mut world = store.get().lock_now(py);
    if world.model(&py.get_type::<User>()).is_some() {
        return Ok(());
    }
    let declared = seed::declare(py, &mut world);
    let old = store.get().set_gc_roots(&world);
    drop(world);
    drop(old);
    declared.map(drop).map_err(|failure| raise(store, failure))
}

/// A class that a store does not have yet.
struct Unbound<'py> {
    ty: Bound<'py, PyType>,
    definition: Definition<'py>,
}

/// What unbound classes are to be in a store, in their order.
struct Draft {
    models: Vec<ModelId>,
    declarations: Vec<Filled>,
    specs: Vec<Spec>,
}

/// Declares a class and those that it refers to.
fn bind<'py>(store: &Bound<'py, Store>, ty: &Bound<'py, PyType>) -> PyResult<()> {
    let mut made = HashMap::default();
    loop {
        let classes = unbound(store, ty)?;
        let draft = draft(store, &classes, &mut made)?;
        if !declare(store, &classes, draft)? {
            // Another thread declared something meanwhile.
            continue;
        }
        for class in &classes {
            class.ty.getattr("__hasmany__")?.call_method1("bound_to", (store,))?;
        }
        return Ok(());
    }
}

/// A class and those that it refers to, directly or not, less those that the store has.
fn unbound<'py>(store: &Bound<'py, Store>, ty: &Bound<'py, PyType>) -> PyResult<Vec<Unbound<'py>>> {
    let mut found: Vec<Unbound<'py>> = Vec::new();
    let mut open = vec![ty.clone()];
    while let Some(ty) = open.pop() {
        if store.get().read(store.py()).model(&ty).is_some() || found.iter().any(|other| other.ty.is(&ty)) {
            continue;
        }
        if seed::is_seed(&ty) {
            model(store, &ty)?;
            continue;
        }
        let definition = Definition::of(&ty)?;
        open.extend(definition.references().cloned());
        found.push(Unbound { ty, definition });
    }
    Ok(found)
}

/// The models that unbound classes get if nobody is faster: those that a file knows by their tables, else the next ones.
fn models_of(world: &World, classes: &[Unbound<'_>]) -> Vec<ModelId> {
    let mut fresh = world.classes.len() as u32;
    let mut next = || {
        fresh += 1;
        ModelId(fresh - 1)
    };
    classes.iter().map(|class| world.unclaimed(class.definition.table()).unwrap_or_else(&mut next)).collect()
}

/// Reads what classes say. Runs Python code: the defaults of fields that are new to existing rows.
fn draft<'py>(
    store: &Bound<'py, Store>,
    classes: &[Unbound<'py>],
    made: &mut HashMap<ModelId, Made>,
) -> PyResult<Draft> {
    let py = store.py();
    let models = models_of(&store.get().read(py), classes);
    let place = |ty: &Bound<'py, PyType>| classes.iter().position(|other| other.ty.is(ty));
    let model = |ty: &Bound<'py, PyType>| match place(ty) {
        Some(at) => Some(models[at]),
        None => store.get().read(py).model(ty),
    };
    let table = |ty: &Bound<'py, PyType>| match place(ty) {
        Some(at) => Ok(classes[at].definition.table().to_owned()),
        None => table_of(store, ty),
    };
    let (mut declarations, mut specs) = (Vec::new(), Vec::new());
    for (class, &id) in classes.iter().zip(&models) {
        let spec = class.definition.spec(&class.ty, model)?;
        let fill = made.entry(id).or_default().fill_new(store, &spec, id)?;
        declarations.push((class.definition.declaration(table)?, fill));
        specs.push(spec);
    }
    Ok(Draft { models, declarations, specs })
}

/// Declares the models in the engine and its file and says which classes they have; whether the draft still held.
fn declare(store: &Bound<'_, Store>, classes: &[Unbound<'_>], draft: Draft) -> PyResult<bool> {
    let py = store.py();
    let mut world = store.get().lock_now(py);
    let is_late = |class: &Unbound<'_>| world.model(&class.ty).is_some();
    let fills = draft.declarations.iter().map(|(_, fill)| fill);
    let mut filled = draft.models.iter().zip(&draft.specs).zip(fills);
    if models_of(&world, classes) != draft.models
        || classes.iter().any(is_late)
        || !filled.all(|((&model, spec), fill)| world.is_filled(model, spec, fill))
    {
        return Ok(false);
    }
    let inner = &mut *world;
    let planned = inner.engine.plan(draft.declarations).map_err(Failure::from);
    let declared = planned.and_then(|plan| detached(py, || inner.carry_out(plan)));
    let mut replaced = Vec::new();
    if let Ok(models) = &declared {
        for (class, (spec, &model)) in classes.iter().zip(draft.specs.into_iter().zip(models)) {
            replaced.push(world.put_class(&class.ty, model, Class::new(model, spec)));
        }
    }
    let old = store.get().set_gc_roots(&world);
    drop(world);
    drop((old, replaced));
    declared.map(|_| true).map_err(|failure| raise(store, failure))
}

/// The table of a class that is bound.
pub fn table_of(store: &Bound<'_, Store>, ty: &Bound<'_, PyType>) -> PyResult<String> {
    let model = model(store, ty)?;
    Ok(store.get().read(store.py()).engine.schema().model(model).table.clone())
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
        kw_only: false,
    };
    let of = schema.model(model);
    let fields = of.fields.iter().map(field).collect();
    Class::new(
        model,
        Spec { maker: Maker::Unclaimed, name: of.name.clone(), fields, collections: Vec::new(), key: Vec::new() },
    )
}
