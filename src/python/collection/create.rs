//! Creating members through a collection.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::change::door;
use crate::python::collection::link::{Link, LinkValues, Writable};
use crate::python::collection::many::Many;
use crate::python::record::arg::{self, Arg};
use crate::python::record::make;
use crate::python::record::said::new_row;
use crate::python::record::value::text;
use crate::python::store::class::Spec;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::path::Equalities;
use crate::store::value::Value;

#[pymethods]
impl Many {
    /// Creates a member, linked, and returns it. One transaction.
    ///
    /// Positions and names are the member's fields; on an inverse the reference to this owner is left out. A name
    /// that only the join model has goes to the join row. Raises as the member's constructor does, and `SchemaError`
    /// where the collection cannot be written.
    #[pyo3(signature = (*args, **fields))]
    fn create<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let member = NewMember::of(self, Writable::of(self, py)?, args, fields)?;
        let store = self.store(py);
        let id = door::write(store, member.target.serial, |world| {
            let row = member.make(&mut world.engine)?;
            Ok(world.engine.table(self.model()).id(row))
        })?;
        make::record(store, self.model(), id)
    }
}

/// A member that is to be made, linked: what was given for it, and defaults.
pub struct NewMember {
    target: Writable,
    model: ModelId,
    values: Vec<Arg<'static>>,
    link: LinkValues,
    said: Equalities,
}

impl NewMember {
    /// Reads what is given; default factories are called.
    pub fn of(
        many: &Many,
        target: Writable,
        args: &Bound<'_, PyTuple>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let (py, model) = (args.py(), many.model());
        let store = many.store(py);
        let (spec, _) = store.get().spec(py, model);
        let (own, of_link) = match target.link {
            Link::Inverse(_) => (fields.cloned(), None),
            Link::Join(join) => {
                let (own, of_link) = split(fields, &spec, &store.get().spec(py, join.model).0, py)?;
                (Some(own), Some(of_link))
            }
        };
        let near = match target.link {
            Link::Inverse(reference) => Some(reference.field),
            Link::Join(_) => None,
        };
        let said = target.said(many, py)?;
        let of_member = if near.is_some() { &said.own } else { &said.next };
        let values = new_row(store, &spec, (args, own.as_ref()), near.as_slice(), of_member)?;
        let link = target.link_values(store, of_link.as_ref(), &said.own)?;
        Ok(NewMember { target, model, values, link, said })
    }

    /// Makes it.
    pub fn make(&self, engine: &mut Engine) -> Result<Row> {
        let target = &self.target;
        let owner = target.owner(engine)?;
        let mut values = arg::settle(engine, &self.values)?;
        let row = match target.link {
            Link::Inverse(reference) => {
                values[reference.field] = Value::Row(owner);
                engine.create(self.model, &values)?
            }
            Link::Join(_) => {
                let row = engine.create(self.model, &values)?;
                target.link(engine, owner, row, &self.link, &self.said.own)?;
                row
            }
        };
        target.check_member(engine, owner, row)?;
        Ok(row)
    }
}

/// The keywords that are fields of the member, and those that only the join row has.
fn split<'py>(
    fields: Option<&Bound<'py, PyDict>>,
    member: &Spec,
    link: &Spec,
    py: Python<'py>,
) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyDict>)> {
    let (own, of_link) = (PyDict::new(py), PyDict::new(py));
    for (name, value) in fields.into_iter().flatten() {
        let wanted = text(&name);
        match (member.field(&wanted), link.field(&wanted)) {
            (Some(_), _) => own.set_item(name, value)?,
            (None, Some(_)) => of_link.set_item(name, value)?,
            (None, None) => return Err(member.no_field_of_pair(link, &wanted)),
        }
    }
    Ok((own, of_link))
}
