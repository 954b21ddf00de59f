//! Cells that come as Python objects, one at a time, or as a collection.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::python::bulk::element::{element_id, no_id};
use crate::python::bulk::incoming::{CellsRead, Incoming};
use crate::python::bulk::target::Target;
use crate::python::collection::many::Many;
use crate::python::error::{FieldError, ForeignStoreError, NotFoundError, in_row, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::{arg, element, make};
use crate::python::store::Store;
use crate::store::id::lost_id;
use crate::store::value::Value;

impl Incoming {
    /// Appends the members of a collection.
    pub(super) fn read_many(&mut self, store: &Bound<'_, Store>, many: &Bound<'_, Many>) -> PyResult<()> {
        let many = many.get();
        let (CellsRead::Ids(ids), Some(to)) = (&mut self.cells, self.target.leads_to()) else {
            return Err(wrong_collection(&self.label, &self.wanted(), many, store.py()));
        };
        if !many.is_in(store.as_unbound()) {
            return Err(ForeignStoreError::new_err(format!("{}: a collection of another store", self.label)));
        }
        if many.model() != to {
            return Err(wrong_collection(&self.label, &self.wanted(), many, store.py()));
        }
        ids.extend(many.ids_vec(store.py())?);
        Ok(())
    }

    /// Appends one Python object.
    pub(super) fn push(&mut self, store: &Bound<'_, Store>, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let row = self.len();
        self.push_object(store, given).map_err(|error| in_row(given.py(), row, error))
    }

    fn push_object(&mut self, store: &Bound<'_, Store>, given: &Bound<'_, PyAny>) -> PyResult<()> {
        if given.is_none() {
            return self.push_none();
        }
        let label = &self.label;
        match (&mut self.cells, &self.target) {
            (CellsRead::Ids(ids), Target::Reference(_)) => {
                let name = &self.of;
                if given.is_instance_of::<Record>()
                    && let Some(to) = self.target.leads_to()
                {
                    let ty = make::class(&store.get().spec(given.py(), to).0.maker, given.py()).unbind();
                    ids.push(arg::record(store.as_unbound(), to, &ty, given, || label.clone())?);
                    return Ok(());
                }
                match element_id(label, given) {
                    Ok(Value::Int(id)) if id > 0 => ids.push(id as u64),
                    Ok(id) => match if let Value::Int(id) = id { lost_id(id) } else { None } {
                        Some(lost) => ids.push(lost),
                        None => return Err(NotFoundError::new_err(format!("{label}: there is no {name} {id}"))),
                    },
                    Err(_) if element::is_missing(given) => return self.push_none(),
                    Err(error) if error.is_instance_of::<PyTypeError>(given.py()) => {
                        return Err(wrong_type(label, &self.wanted(), given));
                    }
                    Err(error) => return Err(error),
                }
            }
            (CellsRead::Ids(ids), Target::Id) => match element_id(label, given) {
                Ok(Value::Int(id)) if id > 0 => ids.push(id as u64),
                Ok(id) => return Err(FieldError::new_err(no_id(label, &id.to_string()))),
                Err(_) if element::is_missing(given) => return self.push_none(),
                Err(error) => return Err(error),
            },
            (CellsRead::Values(column), Target::Value(_, of) | Target::Key { of, .. }) => {
                match element::element(label, *of, self.unit, given) {
                    Ok(value) => column.push(&value),
                    Err(_) if element::is_missing(given) => return self.push_none(),
                    Err(error) => return Err(error),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push_none(&mut self) -> PyResult<()> {
        if !self.optional {
            return Err(FieldError::new_err(format!("{} may not be None", self.label)));
        }
        match &mut self.cells {
            CellsRead::Values(column) => column.push(&Value::None),
            CellsRead::Ids(ids) => ids.push(0),
        }
        Ok(())
    }
}

fn wrong_collection(label: &str, wanted: &str, many: &Many, py: Python<'_>) -> PyErr {
    PyTypeError::new_err(format!("{label} takes {wanted}, not a collection of {}", many.model_name(py)))
}
