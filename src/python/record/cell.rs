//! A cell on its way out: read under the lock, an object after it.

use pyo3::prelude::*;

use crate::python::record::make;
use crate::python::record::value::{made_by_python, object};
use crate::python::store::Store;
use crate::python::store::class::Maker;
use crate::python::store::world::World;
use crate::store::id::{Id, ModelId};
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
use crate::store::value::Value;

/// A cell that was read under the lock and becomes an object after it.
pub enum Cell<'py> {
    /// An object already: making it ran no Python code.
    Object(Bound<'py, PyAny>),
    /// A value whose object Python makes.
    Later(Type, Value<'static>),
    /// A record, with what makes it: the lock need not be taken again.
    Record(Maker, ModelId, Id),
}

impl<'py> Cell<'py> {
    /// Reads a cell of a field of this kind.
    pub fn read(py: Python<'py>, world: &World, kind: &Kind<ModelId>, value: &Value) -> PyResult<Self> {
        Ok(match (kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) => {
                let maker = world.class(*to).spec.maker.clone_ref(py);
                Cell::Record(maker, *to, world.engine.table(*to).id(*row))
            }
            (Kind::Reference(..), _) => Cell::Object(py.None().into_bound(py)),
            (Kind::Value(of), value) if made_by_python(*of) => Cell::Later(*of, value.clone().into_owned()),
            (Kind::Value(of), value) => Cell::Object(object(py, *of, value)?),
        })
    }

    /// The object, with no lock held.
    pub fn finish(self, store: &Bound<'py, Store>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Cell::Object(object) => Ok(object),
            Cell::Later(of, value) => object(store.py(), of, &value),
            Cell::Record(maker, model, id) => make::record_by(&maker, store, model, id),
        }
    }
}
