//! Members that pass tests: `where` and `find_by` of a collection.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::ask::asked::{asked, settled};
use crate::python::collection::many::Many;
use crate::python::record::make;
use crate::python::store::habits;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::schema::path::Shape;

/// Whether a collection is all rows of its model.
fn is_all(many: &Many, world: &World) -> Result<bool> {
    Ok(many.origin(world)?.is_some_and(|(start, path)| start.is_none() && path.shape == Shape::All))
}

/// The members that pass, as a fixed collection.
pub fn select(py: Python<'_>, many: &Many, fields: &Bound<'_, PyDict>) -> PyResult<Many> {
    let (asked, model) = (asked(many, fields)?, many.model());
    many.fix(py, model, |world| {
        let tests = settled(&world.engine, &asked)?;
        if is_all(many, world)? {
            return Ok(world.engine.select(model, &tests));
        }
        let mut rows = many.rows(world)?.into_vec();
        world.engine.filter(model, &mut rows, &tests);
        Ok(rows)
    })
}

/// The first member that passes.
pub fn first<'py>(py: Python<'py>, many: &Many, fields: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let asked = asked(many, fields)?;
    let model = many.model();
    let id = many.read(py, |world| {
        let tests = settled(&world.engine, &asked)?;
        let row = match is_all(many, world)? {
            true => world.engine.first(model, &tests),
            false => {
                let mut rows = many.rows(world)?.into_vec();
                world.engine.filter(model, &mut rows, &tests);
                rows.first().copied()
            }
        };
        Ok(row.map(|row| world.engine.table(model).id(row)))
    })?;
    id.map(|id| make::record(many.store(py), model, id)).transpose()
}

/// Refuses a condition that was passed by position.
pub fn by_name_only(py: Python<'_>, many: &Many, method: &str, args: &Bound<'_, PyTuple>) -> PyResult<()> {
    if args.is_empty() {
        return Ok(());
    }
    let (spec, _) = many.store(py).get().spec(py, many.model());
    Err(habits::positions(method, &spec))
}

#[pymethods]
impl Many {
    /// The members with these fields, as a fixed collection in the same order; fields as in `Record.where`. O(k).
    #[pyo3(name = "where", signature = (*args, **fields), text_signature = "($self, **fields)")]
    fn where_(&self, py: Python<'_>, args: &Bound<'_, PyTuple>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Many> {
        by_name_only(py, self, "where", args)?;
        select(py, self, &fields.cloned().unwrap_or_else(|| PyDict::new(py)))
    }

    /// The first member with these fields, or None; fields as in `Record.where`. O(k).
    #[pyo3(signature = (*args, **fields), text_signature = "($self, **fields)")]
    fn find_by<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        by_name_only(py, self, "find_by", args)?;
        first(py, self, &fields.cloned().unwrap_or_else(|| PyDict::new(py)))
    }
}
