//! Columns on their way in: what a user passes for one field of many rows, as the engine stores it.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, LargeStringArray};
use numpy::PyUntypedArray;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyDict, PyFrozenSet, PySet};

use crate::exchange::foreign::Foreign;
use crate::exchange::visit::Misfit;
use crate::exchange::{csv, incoming};
use crate::python::ask::single::is_single;
use crate::python::bulk::element::{listed_to_look_at, no_id};
use crate::python::bulk::foreign::{are_objects_of_pandas, carefully, foreign, is_producer, is_refusal};
use crate::python::bulk::numpy::{from_numpy, is_buffer};
use crate::python::bulk::target::{OwnKey, Step, Target};
use crate::python::collection::many::Many;
use crate::python::error::{FieldError, NotFoundError, wrong_type};
use crate::python::record::element;
use crate::python::record::handle::Record;
use crate::python::store::Store;
use crate::python::store::class::Spec;
use crate::store::calendar::Unit;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::ModelId;
use crate::store::instead::in_column;
use crate::store::room;
use crate::store::types::Type;

/// A column of many new rows, as far as it was read.
pub struct Incoming {
    /// "Like.user", for errors.
    pub(super) label: String,
    pub target: Target,
    /// The model at the end of references, for errors.
    pub(super) of: String,
    pub(super) optional: bool,
    /// In which unit numbers count time.
    pub(super) unit: Option<Unit>,
    /// It is text that a CSV file holds, whatever the field is.
    is_csv: bool,
    pub(super) cells: CellsRead,
    /// A whole array, to be read together with those of other columns.
    pending: Option<ArrayRef>,
    /// One cell that stands for all rows.
    pub is_single: bool,
    /// The key that the call names for its model.
    own: Option<OwnKey>,
}

/// After so many elements it is heard whether somebody wants to leave: a few milliseconds.
const LISTEN: usize = 1 << 14;

/// The cells, as they are read.
pub(super) enum CellsRead {
    Values(Column),
    Ids(Packed),
}

impl Incoming {
    /// An empty column of this name. `own` is the key that the call names for its model, if it does. Raises `SchemaError`
    /// for a name that is no field.
    pub fn new(store: &Bound<'_, Store>, spec: &Spec, name: &str, own: Option<&OwnKey>) -> PyResult<Self> {
        let target = Target::named(store, spec, name, own)?;
        let optional = target.field().is_some_and(|field| spec.fields[field].optional) || target.ends_optional(store);
        let mut incoming = Incoming::without_target(format!("{}.{name}", spec.name), optional, own);
        incoming.aim(store, target);
        Ok(incoming)
    }

    /// An empty column that names records of a model, by themselves or as what refers to them does: by its key, if it has one, else
    /// by ids.
    pub fn of_records(store: &Bound<'_, Store>, model: ModelId, label: &str) -> Self {
        let step = vec![Step { field: 0, to: model }];
        let is_keyed = store.get().spec(store.py(), model).0.key.len() == 1;
        let mut incoming = Incoming::without_target(label.to_owned(), false, None);
        incoming.aim(store, if is_keyed { Target::Keyed(step) } else { Target::Reference(step) });
        incoming
    }

    fn without_target(label: String, optional: bool, own: Option<&OwnKey>) -> Self {
        Incoming {
            label,
            target: Target::Id,
            of: String::new(),
            optional,
            unit: None,
            is_csv: false,
            cells: CellsRead::Ids(Packed::default()),
            pending: None,
            is_single: false,
            own: own.cloned(),
        }
    }

    /// What the column is for, while nothing was read.
    fn aim(&mut self, store: &Bound<'_, Store>, target: Target) {
        self.cells = match target {
            Target::Value(_, of) | Target::Key { of, .. } => {
                CellsRead::Values(Column::new(of.storage(), self.optional))
            }
            Target::Id | Target::Reference(_) | Target::Keyed(_) => CellsRead::Ids(Packed::default()),
        };
        if let Target::Reference(steps) | Target::Keyed(steps) | Target::Key { steps, .. } = &target
            && let Some(step) = steps.last()
        {
            self.of.clone_from(&store.get().spec(store.py(), step.to).0.name);
        }
        self.target = target;
    }

    /// The column holds no records: values of a keyed model are keys.
    pub fn take_plain_values(&mut self, store: &Bound<'_, Store>) -> PyResult<()> {
        if let Target::Keyed(steps) = &self.target {
            let target = Target::by_key(store, &self.label, steps.clone(), self.own.as_ref())?;
            self.aim(store, target);
        }
        Ok(())
    }

    /// Of a keyed model: whether records or keys are given.
    fn settle_keyed(&mut self, store: &Bound<'_, Store>, first: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match &self.target {
            Target::Keyed(steps) if first.is_some_and(|first| first.is_instance_of::<Record>()) => {
                self.target = Target::Reference(steps.clone());
                Ok(())
            }
            _ => self.take_plain_values(store),
        }
    }

    /// This column, in which numbers count time in this unit.
    pub fn counted_in(self, unit: Option<Unit>) -> Self {
        Incoming { unit, ..self }
    }

    /// Whether it is for a field of JSON.
    pub fn is_of_documents(&self) -> bool {
        matches!(self.target, Target::Value(_, of) if of.is_document())
    }

    /// This column, as one of a CSV file.
    pub fn of_csv(self, is_csv: bool) -> Self {
        Incoming { is_csv, ..self }
    }

    /// "Like.user", for errors.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many cells were read.
    pub fn len(&self) -> usize {
        if let Some(array) = &self.pending {
            return array.len();
        }
        match &self.cells {
            CellsRead::Values(column) => column.len(),
            CellsRead::Ids(ids) => ids.len(),
        }
    }

    /// Appends whatever a user may pass for a column.
    pub fn read(&mut self, store: &Bound<'_, Store>, given: &Bound<'_, PyAny>) -> PyResult<()> {
        if self.is_csv {
            self.take_plain_values(store)?;
            return self.read_texts(given);
        }
        if let Ok(many) = given.cast::<Many>() {
            if let Target::Keyed(steps) = &self.target {
                self.target = Target::Reference(steps.clone());
            }
            return self.read_many(store, many);
        }
        let listed;
        let given = match self.target {
            Target::Keyed(_) => {
                let (given, first) = listed_to_look_at(given)?;
                self.settle_keyed(store, first.as_ref())?;
                listed = given;
                &listed
            }
            _ => given,
        };
        if is_buffer(given)? {
            let array = given.py().import("numpy")?.call_method1("asarray", (given,))?;
            if let Some(array) = from_numpy(array.cast()?, &self.label)? {
                self.pending = Some(array);
                return Ok(());
            }
        }
        // What pandas makes of its objects as Arrow gives each dict the keys of all of them.
        let is_arrow = is_producer(given)? && !(self.is_of_documents() && are_objects_of_pandas(given)?);
        if !is_arrow && (is_single(given)? || element::numpy_item(given)?.is_some()) {
            self.is_single = true;
            return self.push(store, given);
        }
        let unordered = given.is_instance_of::<PySet>() || given.is_instance_of::<PyFrozenSet>();
        if given.is_instance_of::<PyDict>() && self.is_of_documents() {
            let message = wrong_type(&self.label, "a list, an array or a single value", given);
            let message = format!("{}; one for all rows is Json({{...}})", message.value(given.py()));
            return Err(PyTypeError::new_err(message));
        }
        if unordered || given.is_instance_of::<PyDict>() {
            return Err(wrong_type(&self.label, "a list, an array or a single value", given));
        }
        // A producer that cannot make Arrow arrays of its objects may still be iterated over.
        if is_arrow {
            match self.read_foreign(given)? {
                None => return Ok(()),
                Some(refusal) if given.try_iter().is_err() => return Err(refusal),
                Some(_) => {}
            }
        }
        // A masked array's list has None where it is masked.
        let elements = match given.cast::<PyUntypedArray>() {
            Ok(array) if array.hasattr("mask")? => array.call_method0("tolist")?.try_iter()?,
            _ => given.try_iter()?,
        };
        for (at, element) in elements.enumerate() {
            self.push(store, &element?)?;
            if at % LISTEN == LISTEN - 1 {
                given.py().check_signals()?;
            }
        }
        Ok(())
    }

    /// Appends a list of texts.
    fn read_texts(&mut self, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let texts: Vec<Option<PyBackedStr>> = given.extract()?;
        room::check(texts.iter().flatten().map(|text| text.len() + 8).sum());
        let array: ArrayRef = Arc::new(texts.into_iter().collect::<LargeStringArray>());
        self.read_arrow(&array)
    }

    /// Appends the array that is pending.
    pub fn read_pending(&mut self) -> PyResult<()> {
        self.pending.take().map_or(Ok(()), |array| self.read_arrow(&array))
    }

    /// Appends what another library hands over as Arrow; or says why it could not, having appended nothing.
    fn read_foreign(&mut self, given: &Bound<'_, PyAny>) -> PyResult<Option<PyErr>> {
        let py = given.py();
        match foreign(&self.label, given) {
            Ok(Ok(arrays)) => {
                let label = self.label.clone();
                py.detach(|| carefully(&label, || self.read_arrays(arrays)))
            }
            Ok(Err(refusal)) => Ok(Some(refusal)),
            Err(error) if is_refusal(py, &error) => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }

    /// Appends all arrays; or says why there are none.
    fn read_arrays(&mut self, arrays: Foreign) -> PyResult<Option<PyErr>> {
        for array in arrays {
            match array {
                Ok(array) => self.read_arrow(&array)?,
                Err(why) if self.len() == 0 => return Ok(Some(self.failed(&why))),
                Err(why) => return Err(self.failed(&why)),
            }
        }
        Ok(None)
    }

    /// Appends an Arrow array.
    pub fn read_arrow(&mut self, array: &ArrayRef) -> PyResult<()> {
        let start = self.len();
        let read = match (&mut self.cells, &self.target) {
            (CellsRead::Values(column), Target::Value(_, of) | Target::Key { of, .. }) => match self.is_csv {
                true => csv::values(column, *of, self.unit, array),
                false => incoming::values(column, *of, self.unit, array),
            },
            (CellsRead::Ids(ids), target) => {
                let refer = !matches!(target, Target::Id);
                match self.is_csv {
                    true => csv::ids(ids, array, self.optional, refer),
                    false => incoming::ids(ids, array, self.optional, refer),
                }
            }
            (CellsRead::Values(_), Target::Id | Target::Reference(_) | Target::Keyed(_)) => Ok(()),
        };
        let label = &self.label;
        read.map_err(|misfit| match (misfit, &self.target) {
            (Misfit::Type(of), _) => self.wrong_type(&of),
            (Misfit::Row(row, why), _) => FieldError::new_err(format!("row {}: {label} {why}", start + row)),
            (Misfit::Id(row, id), Target::Reference(_)) => {
                NotFoundError::new_err(format!("row {}: {label}: there is no {} {id}", start + row, self.of))
            }
            (Misfit::Id(row, id), _) => FieldError::new_err(format!("row {}: {}", start + row, no_id(label, &id))),
        })
    }

    /// The error for an array of another type.
    fn wrong_type(&self, given: &str) -> PyErr {
        let of = match &self.target {
            Target::Value(_, of) | Target::Key { of, .. } => Some(*of),
            Target::Reference(_) | Target::Keyed(_) | Target::Id => None,
        };
        // Of times the reader says it.
        let is_inexact = given.starts_with("Float") && matches!(of, Some(Type::Decimal(_)));
        let way = of.filter(|_| is_inexact).and_then(|of| in_column(of, true));
        let way = way.map_or_else(String::new, |way| format!("; {way}"));
        PyTypeError::new_err(format!("{} takes {}, not {given}{way}", self.label, self.wanted()))
    }

    /// What a stream that cannot go on raises.
    pub fn failed(&self, why: &str) -> PyErr {
        FieldError::new_err(format!("{}: reading failed after row {}: {why}", self.label, self.len()))
    }

    pub(super) fn wanted(&self) -> String {
        match &self.target {
            Target::Key { of, .. } if !self.label.contains(&format!("{}.", self.of)) => {
                format!("{} records or their keys ({})", self.of, of.name())
            }
            Target::Value(_, of) | Target::Key { of, .. } => of.name().to_owned(),
            Target::Reference(_) | Target::Keyed(_) => format!("{} records or their ids", self.of),
            Target::Id => "ids".to_owned(),
        }
    }
}
