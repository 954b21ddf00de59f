//! Binding classes to a store: a model gets the class's fields when the class is first used there.

use std::ffi::CString;
use std::sync::Arc;

use foldhash::HashMap;
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::declare::definition::Definition;
use crate::python::declare::owned::store_of;
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
use crate::store::schema::model::Model;
use crate::store::write::declare::Filled;
use crate::store::write::takeover::LeftBehind;

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
        let store = store_of(cls)?;
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

/// Gives a class its model in this store now, not when it is first used there.
#[pyfunction(name = "bind")]
pub fn bind_class(store: &Bound<'_, Store>, ty: &Bound<'_, PyType>) -> PyResult<()> {
    model(store, ty).map(drop)
}

/// The store that class-level calls use, and the model that a class has there.
pub fn model_of<'py>(cls: &Bound<'py, PyType>) -> PyResult<(Bound<'py, Store>, ModelId)> {
    let store = store_of(cls)?;
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
        // Nothing where another thread declared something meanwhile.
        let Some(left_behind) = declare(store, &classes, draft)? else { continue };
        for class in &classes {
            class.ty.getattr("__hasmany__")?.call_method1("bound_to", (store,))?;
        }
        return warn_of(store, &classes, &left_behind);
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
    classes
        .iter()
        .map(|class| {
            let (table, was) = (class.definition.table(), class.definition.was());
            world.unclaimed(table, was).unwrap_or_else(&mut next)
        })
        .collect()
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
        check_was(&store.get().read(py), &class.definition)?;
        let spec = class.definition.spec(&class.ty, model)?;
        let fill = made.entry(id).or_default().fill_new(store, &spec, id)?;
        declarations.push((class.definition.declaration(table)?, fill));
        specs.push(spec);
    }
    Ok(Draft { models, declarations, specs })
}

/// Refuses a class that was called what another class of the same file is.
fn check_was(world: &World, definition: &Definition<'_>) -> PyResult<()> {
    let (schema, was) = (world.engine.schema(), definition.was());
    let had = |model: &&Model| !model.is_unclaimed && (was.contains(&model.table) || was.contains(&model.name));
    match schema.models().iter().find(had) {
        Some(other) if world.journal.is_some() && schema.by_table(definition.table()).is_none() => {
            let (name, table) = (definition.name(), definition.table());
            Err(SchemaError::new_err(format!(
                "{name} was {0}, and this file has no table '{table}', but the class {0} uses its table '{1}'; leave \
                 was=... out, or give {0} another table=...",
                other.name, other.table
            )))
        }
        _ => Ok(()),
    }
}

/// Declares the models in the engine and its file and says which classes they have; gives the values
/// in the file that each of them has no field for, or nothing where the draft did not hold any more.
fn declare(store: &Bound<'_, Store>, classes: &[Unbound<'_>], draft: Draft) -> PyResult<Option<Vec<Vec<LeftBehind>>>> {
    let py = store.py();
    let mut world = store.get().lock_now(py);
    let is_late = |class: &Unbound<'_>| world.model(&class.ty).is_some();
    let fills = draft.declarations.iter().map(|(_, fill)| fill);
    let mut filled = draft.models.iter().zip(&draft.specs).zip(fills);
    if models_of(&world, classes) != draft.models
        || classes.iter().any(is_late)
        || !filled.all(|((&model, spec), fill)| world.is_filled(model, spec, fill))
    {
        return Ok(None);
    }
    let inner = &mut *world;
    let mut planned = inner.engine.plan(draft.declarations).map_err(Failure::from);
    let left_behind = planned.iter_mut().flat_map(|plan| &mut plan.models);
    let left_behind = left_behind.map(|planned| std::mem::take(&mut planned.left_behind)).collect();
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
    declared.map(|_| Some(left_behind)).map_err(|failure| raise(store, failure))
}

/// Warns of values that rest in the file and that no field of the classes shows: once, when they are bound to the store.
fn warn_of(store: &Bound<'_, Store>, classes: &[Unbound<'_>], left_behind: &[Vec<LeftBehind>]) -> PyResult<()> {
    let py = store.py();
    let Some(file) = store.get().file() else { return Ok(()) };
    for (class, left) in classes.iter().zip(left_behind).filter(|(_, left)| !left.is_empty()) {
        let shown = left.iter().map(|(name, of, rows)| {
            let plural = if *rows == 1 { "" } else { "s" };
            format!("{name} ({of}, in {rows} row{plural})")
        });
        let (name, table) = (class.definition.name(), class.definition.table());
        let message = format!(
            "{file}: {name} has no field for values that rest in its table '{table}': {}. They stay there, and are read \
             again once the class has such a field, or one that says was=... of it",
            shown.collect::<Vec<_>>().join(", ")
        );
        let message = CString::new(message.replace('\0', " "))?;
        PyErr::warn(py, py.get_type::<PyUserWarning>().as_any(), &message, 1)?;
    }
    Ok(())
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
        was: Vec::new(),
    };
    let of = schema.model(model);
    let fields = of.fields.iter().map(field).collect();
    Class::new(
        model,
        Spec {
            maker: Maker::Unclaimed,
            name: of.name.clone(),
            fields,
            collections: Vec::new(),
            ones: Vec::new(),
            key: of.key.to_vec(),
        },
    )
}
