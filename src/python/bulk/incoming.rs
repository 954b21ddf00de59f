//! Columns on their way in: what a user passes for one field of many rows, as the engine stores it.

use arrow_array::{Array, ArrayRef};
use numpy::PyUntypedArray;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyFrozenSet, PySet};

use crate::exchange::foreign::Foreign;
use crate::exchange::incoming::{self, EXACT, Misfit};
use crate::python::ask::asked::is_single;
use crate::python::bulk::foreign::{carefully, foreign, is_producer, is_refusal};
use crate::python::bulk::numpy::{from_numpy, is_buffer};
use crate::python::bulk::target::Target;
use crate::python::collection::many::Many;
use crate::python::error::{FieldError, ForeignStoreError, NotFoundError, in_row, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::{arg, make, value};
use crate::python::store::Store;
use crate::python::store::class::Spec;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::{LAST_ID, Row};
use crate::store::stop::looking;
use crate::store::types::Type;
use crate::store::value::Value;
use crate::store::write::bulk::NewCells;

/// A column of many new rows, as far as it was read.
pub struct Incoming {
    /// "Like.user", for errors.
    label: String,
    pub target: Target,
    optional: bool,
    cells: CellsRead,
    /// A whole array, to be read together with those of other columns.
    pending: Option<ArrayRef>,
    /// One cell that stands for all rows.
    pub is_single: bool,
}

/// After so many elements it is heard whether somebody wants to leave: a few milliseconds.
const LISTEN: usize = 1 << 14;

enum CellsRead {
    Values(Column),
    Ids(Packed),
}

impl Incoming {
    /// An empty column of this name. Raises `SchemaError` for a name that is no field.
    pub fn new(store: &Bound<'_, Store>, spec: &Spec, name: &str) -> PyResult<Self> {
        let target = Target::named(store, spec, name)?;
        let optional = target.field().is_some_and(|field| spec.fields[field].optional);
        let cells = match target {
            Target::Value(_, of) | Target::Key { of, .. } => CellsRead::Values(Column::new(of.storage(), optional)),
            Target::Id | Target::Reference { .. } => CellsRead::Ids(Packed::default()),
        };
        let label = format!("{}.{name}", spec.name);
        Ok(Incoming { label, target, optional, cells, pending: None, is_single: false })
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
        if let Ok(many) = given.cast::<Many>() {
            return self.read_many(store, many);
        }
        if is_buffer(given)? {
            let array = given.py().import("numpy")?.call_method1("asarray", (given,))?;
            if let Some(array) = from_numpy(array.cast()?, &self.label)? {
                self.pending = Some(array);
                return Ok(());
            }
        }
        let is_arrow = is_producer(given)?;
        if !is_arrow && (is_single(given)? || value::numpy_item(given)?.is_some()) {
            self.is_single = true;
            return self.push(store, given);
        }
        let unordered = given.is_instance_of::<PySet>() || given.is_instance_of::<PyFrozenSet>();
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
            (CellsRead::Values(column), Target::Value(_, of) | Target::Key { of, .. }) => {
                incoming::values(column, *of, array)
            }
            (CellsRead::Ids(ids), _) => incoming::ids(ids, array, self.optional),
            (CellsRead::Values(_), Target::Id | Target::Reference { .. }) => Ok(()),
        };
        let label = &self.label;
        read.map_err(|misfit| match (misfit, &self.target) {
            (Misfit::Type(of), _) => PyTypeError::new_err(format!("{label} takes {}, not {of}", self.wanted())),
            (Misfit::Row(row, why), _) => FieldError::new_err(format!("row {}: {label} {why}", start + row)),
            (Misfit::Id(row, id), Target::Reference { name, .. }) => {
                NotFoundError::new_err(format!("row {}: {label}: there is no {name} {id}", start + row))
            }
            (Misfit::Id(row, id), _) => FieldError::new_err(format!("row {}: {}", start + row, no_id(label, &id))),
        })
    }

    /// What a stream that cannot go on raises.
    pub fn failed(&self, why: &str) -> PyErr {
        FieldError::new_err(format!("{}: reading failed after row {}: {why}", self.label, self.len()))
    }

    fn wanted(&self) -> String {
        match &self.target {
            Target::Value(_, of) | Target::Key { of, .. } => of.name().to_owned(),
            Target::Reference { name, .. } => format!("{name} records or their ids"),
            Target::Id => "ids".to_owned(),
        }
    }

    /// Appends the members of a collection.
    fn read_many(&mut self, store: &Bound<'_, Store>, many: &Bound<'_, Many>) -> PyResult<()> {
        let many = many.get();
        let (CellsRead::Ids(ids), Target::Reference { to, .. }) = (&mut self.cells, &self.target) else {
            return Err(wrong_collection(&self.label, &self.wanted(), many, store.py()));
        };
        if !many.is_in(store.as_unbound()) {
            return Err(ForeignStoreError::new_err(format!("{}: a collection of another store", self.label)));
        }
        if many.model() != *to {
            return Err(wrong_collection(&self.label, &self.wanted(), many, store.py()));
        }
        ids.extend(many.ids_vec(store.py())?);
        Ok(())
    }

    /// Appends one Python object.
    fn push(&mut self, store: &Bound<'_, Store>, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let row = self.len();
        self.push_object(store, given).map_err(|error| in_row(given.py(), row, error))
    }

    fn push_object(&mut self, store: &Bound<'_, Store>, given: &Bound<'_, PyAny>) -> PyResult<()> {
        if given.is_none() {
            return self.push_none();
        }
        let label = &self.label;
        match (&mut self.cells, &self.target) {
            (CellsRead::Ids(ids), Target::Reference { to, name, .. }) => {
                if given.is_instance_of::<Record>() {
                    let ty = make::class(&store.get().spec(given.py(), *to).0.maker, given.py()).unbind();
                    ids.push(arg::record(store.as_unbound(), *to, &ty, given, || label.clone())?);
                    return Ok(());
                }
                match element_id(label, given) {
                    Ok(Value::Int(id)) if id > 0 => ids.push(id as u64),
                    Ok(id) => return Err(NotFoundError::new_err(format!("{label}: there is no {name} {id}"))),
                    Err(_) if value::is_missing(given) => return self.push_none(),
                    Err(error) if error.is_instance_of::<PyTypeError>(given.py()) => {
                        return Err(wrong_type(label, &self.wanted(), given));
                    }
                    Err(error) => return Err(error),
                }
            }
            (CellsRead::Ids(ids), Target::Id) => match element_id(label, given) {
                Ok(Value::Int(id)) if id > 0 => ids.push(id as u64),
                Ok(id) => return Err(FieldError::new_err(no_id(label, &id.to_string()))),
                Err(_) if value::is_missing(given) => return self.push_none(),
                Err(error) => return Err(error),
            },
            (CellsRead::Values(column), Target::Value(_, of) | Target::Key { of, .. }) => {
                match value::element(label, *of, given) {
                    Ok(value) => column.push(&value),
                    Err(_) if value::is_missing(given) => return self.push_none(),
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

    /// Refuses a column that does not have so many rows.
    pub fn check_len(&self, rows: usize, first: &Incoming) -> PyResult<()> {
        match self.is_single || self.len() == rows {
            true => Ok(()),
            false => {
                let message = format!("{} has {} rows, {} has {rows}", self.label, self.len(), first.label);
                Err(FieldError::new_err(message))
            }
        }
    }

    /// The column as a key of its own, for so many rows.
    pub fn into_key(self, rows: usize) -> Column {
        let is_single = self.is_single;
        match self.cells {
            CellsRead::Values(column) if !is_single => column,
            CellsRead::Values(column) => repeated(&column.get(0), column.empty_like(), rows),
            CellsRead::Ids(_) => Column::reference(),
        }
    }

    /// The column as the engine takes it, for so many rows.
    pub fn into_cells(self, rows: usize) -> NewCells {
        match self.cells {
            CellsRead::Values(column) if self.is_single => NewCells::Same(column.get(0).into_owned()),
            CellsRead::Values(column) => NewCells::Values(column),
            CellsRead::Ids(_) => NewCells::Ids(self.into_ids(rows)),
        }
    }

    /// The ids of the column, for so many rows.
    pub fn into_ids(self, rows: usize) -> Packed {
        match self.cells {
            CellsRead::Ids(ids) if self.is_single => looking(std::iter::repeat_n(ids.get(0), rows)).collect(),
            CellsRead::Ids(ids) => ids,
            CellsRead::Values(_) => Packed::default(),
        }
    }
}

/// An id among the elements of a column.
fn element_id<'a>(label: &str, given: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    if given.extract::<f64>().is_ok_and(|float| float >= EXACT) && given.is_instance_of::<PyFloat>() {
        let why = "a float over 2^53 is no exact id: pass integers";
        return Err(FieldError::new_err(format!("{label} is {given}, and {why}")));
    }
    value::element(label, Type::Int, given)
}

/// "User.id is 0, and ids go from 1 to 9223372036854775807"
fn no_id(label: &str, id: &str) -> String {
    let of = label.split('.').next().unwrap_or(label);
    let way = format!("to keep numbers of your own beside the ids, make them a key: class {of}(Model, key=\"number\")");
    format!("{label} is {id}, and ids go from 1 to {LAST_ID}; {way}")
}

/// So many cells of one value.
fn repeated(value: &Value, mut column: Column, rows: usize) -> Column {
    looking(0..rows as Row).for_each(|_| column.push(value));
    column
}

fn wrong_collection(label: &str, wanted: &str, many: &Many, py: Python<'_>) -> PyErr {
    PyTypeError::new_err(format!("{label} takes {wanted}, not a collection of {}", many.model_name(py)))
}
