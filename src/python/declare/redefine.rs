//! Redefining a model whose class is declared again, while its rows stay.

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::declare::bind::{self, table_of};
use crate::python::declare::definition::Definition;
use crate::python::declare::meet::class_came;
use crate::python::error::{Failure, SchemaError};
use crate::python::fork::detached;
use crate::python::record::fill::Made;
use crate::python::record::raise::raise;
use crate::python::store::class::Class;
use crate::python::store::{Store, next_serial};

/// Redefines classes of models in the stores that have them: all of these are asked first whether the rows fit.
/// Only another thread that writes between the question and the change can still make one of them refuse, and leave
/// the others changed.
#[pyfunction]
pub fn redefine<'py>(models: Vec<(Bound<'py, PyType>, Vec<Bound<'py, Store>>)>) -> PyResult<()> {
    class_came();
    let definitions = models.iter().map(|(ty, _)| Definition::of(ty)).collect::<PyResult<Vec<_>>>()?;
    let made = |stores: &Vec<_>| stores.iter().map(|_| Made::default()).collect();
    let mut made: Vec<Vec<Made>> = models.iter().map(|(_, stores)| made(stores)).collect();
    for apply in [false, true] {
        for (((ty, stores), definition), made) in models.iter().zip(&definitions).zip(&mut made) {
            for (store, made) in stores.iter().zip(made) {
                while !redefine_in(store, ty, definition, made, apply)? {
                    // Another thread created rows meanwhile.
                }
            }
        }
    }
    Ok(())
}

/// Redefines a model in one store; or only asks whether the rows fit. Whether what default factories made was enough.
fn redefine_in<'py>(
    store: &Bound<'py, Store>,
    ty: &Bound<'py, PyType>,
    definition: &Definition<'py>,
    made: &mut Made,
    apply: bool,
) -> PyResult<bool> {
    let py = store.py();
    let model = bind::model(store, ty)?;
    let declaration = definition.declaration(|ty| table_of(store, ty))?;
    let spec = definition.spec(ty, |ty| store.get().read(py).model(ty))?;
    let fill = made.fill_new(store, &spec, model)?;
    let mut world = Store::lock(store)?;
    if !world.is_filled(model, &spec, &fill) {
        return Ok(false);
    }
    let mut plan = world.engine.plan_redefinition(model, (declaration.clone(), fill.clone()));
    if plan.is_err() && store.get().is_closed() && store.get().file().is_some() {
        // Its rows are safe in the file, and should not stand in the way any more.
        if !apply {
            return Ok(true);
        }
        world.settle_or_lose();
        let nothing = world.engine.emptied();
        world.engine.succeed(nothing);
        plan = world.engine.plan_redefinition(model, (declaration, fill));
    }
    let inner = &mut *world;
    let done = plan.map_err(Failure::from).and_then(|plan| match apply {
        true => detached(py, || inner.carry_out(plan)).map(drop),
        false => Ok(()),
    });
    let mut old = (Vec::new(), None);
    if apply && done.is_ok() {
        // Paths of any class may have gone over this one.
        world.forget_paths();
        old.1 = world.put_class(ty, model, Class::new(model, spec));
        old.0 = store.get().set_gc_roots(&world);
        world.serial = next_serial();
        store.get().publish(&world);
    }
    drop(world);
    drop(old);
    let shown = || store.repr().map_or_else(|_| String::new(), |text| format!(", in {text}"));
    done.map(|()| true).map_err(|failure| match failure {
        Failure::Engine(error) => SchemaError::new_err(format!("{error}{}", shown())),
        failure => raise(store, failure),
    })
}
