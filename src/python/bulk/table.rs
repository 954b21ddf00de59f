//! The columns of one call of `insert_all`: read from a mapping, a table or keywords, matched with fields.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use numpy::PyUntypedArray;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::exchange::foreign::Foreign;
use crate::python::bar::Bar;
use crate::python::bulk::foreign::carefully;
use crate::python::bulk::incoming::Incoming;
use crate::python::bulk::keys::{Fill, add, defaults};
use crate::python::bulk::target::{OwnKey, field_of};
use crate::python::error::{FieldError, SchemaError};
use crate::python::store::Store;
use crate::python::store::class::{Default, Spec};
use crate::store::calendar::Unit;
use crate::store::cells::packed::Packed;
use crate::store::parallel::in_parallel;
use crate::store::write::given::{Keys, NewCells};
use crate::store::write::places::Meeting;

/// The columns of a call, as far as they were read.
pub struct InputTable<'a, 'py> {
    pub(super) store: &'a Bound<'py, Store>,
    pub(super) spec: &'a Spec,
    columns: Vec<Incoming>,
    unit: Option<Unit>,
    /// Columns of the data that are no field are left out.
    ignores_extra: bool,
    /// What is read now comes from a CSV file.
    pub(super) is_csv: bool,
    /// The data were rows, and there were none, so nothing says which columns they have.
    pub(super) has_no_rows: bool,
    own: Option<&'a OwnKey>,
    bar: Bar,
}

impl<'a, 'py> InputTable<'a, 'py> {
    /// No column yet. `unit`: in which numbers count time.
    pub fn new(store: &'a Bound<'py, Store>, spec: &'a Spec, unit: Option<Unit>, bar: Bar) -> Self {
        let (ignores_extra, is_csv, has_no_rows) = (false, false, false);
        InputTable { store, spec, columns: Vec::new(), unit, ignores_extra, is_csv, has_no_rows, own: None, bar }
    }

    /// This table, in which values in place of rows of the model itself are this key of it.
    pub fn keyed_by(self, own: Option<&'a OwnKey>) -> Self {
        InputTable { own, ..self }
    }

    /// This table, which leaves out columns of its data that are no field, or refuses them.
    pub fn ignoring_extra(self, ignores_extra: bool) -> Self {
        InputTable { ignores_extra, ..self }
    }

    /// Which of the columns of data are read. Raises `SchemaError` for those that are no field, unless they are to be left
    /// out.
    pub(super) fn known(&self, names: &[String]) -> PyResult<Vec<bool>> {
        let known: Vec<bool> = names.iter().map(|name| name == "id" || field_of(self.spec, name).is_some()).collect();
        let extra = names.iter().zip(&known).filter(|(_, known)| !**known).map(|(name, _)| name.as_str());
        match extra.collect::<Vec<_>>() {
            extra if !extra.is_empty() && !self.ignores_extra => Err(self.spec.extra_columns(&extra)),
            _ => Ok(known),
        }
    }

    /// Reads a stream batch by batch. The ids of a collection of this store are left out.
    pub(super) fn read_stream(&mut self, py: Python<'py>, mut batches: Foreign, is_own: bool) -> PyResult<()> {
        let DataType::Struct(fields) = batches.field.data_type().clone() else { return Ok(()) };
        // pandas puts the index of a frame that lost rows beside its columns.
        let is_data = |name: &str| !(is_own && name == "id" || name.starts_with("__index_level_"));
        let names = fields.iter().enumerate().filter(|(_, field)| is_data(field.name()));
        let (places, names): (Vec<usize>, Vec<String>) = names.map(|(at, field)| (at, field.name().clone())).unzip();
        let known = self.known(&names)?;
        let mut columns: Vec<(usize, Incoming)> = Vec::new();
        for ((at, name), _) in places.into_iter().zip(&names).zip(known).filter(|(_, known)| *known) {
            self.check_new(name, columns.iter().map(|(_, column)| column))?;
            let column = Incoming::new(self.store, self.spec, name, self.own)?;
            let mut column = column.counted_in(self.unit).of_csv(self.is_csv);
            column.take_plain_values(self.store)?;
            columns.push((at, column));
        }
        let failed = |columns: &[(usize, Incoming)], why: String| match columns.first() {
            Some((_, column)) => column.failed(&why),
            None => FieldError::new_err(why),
        };
        loop {
            let read = || {
                let Some(batch) = batches.next() else { return Ok(None) };
                let batch = batch.map_err(|why| failed(&columns, why))?;
                if batch.null_count() > 0 {
                    return Err(failed(&columns, format!("{} rows of the table are null", batch.null_count())));
                }
                let batch = batch.as_struct();
                columns.iter_mut().try_for_each(|(at, column)| column.read_arrow(batch.column(*at)))?;
                PyResult::Ok(Some(batch.len()))
            };
            let read = py.detach(|| carefully(&format!("{}.insert_all", self.spec.name), read))?;
            match read {
                Some(rows) => self.bar.advance(py, rows * columns.len())?,
                None => break,
            }
        }
        self.columns.extend(columns.into_iter().map(|(_, column)| column));
        Ok(())
    }

    /// Reads the whole arrays that are pending, at once.
    pub fn read_pending(&mut self) -> PyResult<()> {
        let columns = &mut self.columns;
        let rows = columns.iter().map(Incoming::len).max().unwrap_or(0);
        let mut read = || in_parallel(rows, columns.iter_mut(), |column, _| column.read_pending());
        let label = format!("{}.insert_all", self.spec.name);
        self.store.py().detach(|| carefully(&label, || read().into_iter().collect()))
    }

    /// Reads what was passed for one name.
    pub fn read_column(&mut self, name: &str, given: &Bound<'py, PyAny>) -> PyResult<()> {
        self.check_new(name, [])?;
        if given.cast::<PyUntypedArray>().is_err() {
            // Python code may run now, and change what was passed before.
            self.read_pending()?;
        }
        let column = Incoming::new(self.store, self.spec, name, self.own)?;
        let mut column = column.counted_in(self.unit).of_csv(self.is_csv);
        column.read(self.store, given)?;
        self.bar.advance(given.py(), column.len())?;
        self.columns.push(column);
        Ok(())
    }

    /// Refuses a name that was read already. A reference may have several columns only if all are of its key.
    fn check_new<'c>(&'c self, name: &str, others: impl IntoIterator<Item = &'c Incoming>) -> PyResult<()> {
        let is_part = name.contains('.') && !(name.ends_with(".id") && name.matches('.').count() == 1);
        let field = if name == "id" { None } else { field_of(self.spec, name) };
        let is_known = name == "id" || field.is_some();
        let same = self.columns.iter().chain(others).find(|column| is_known && column.target.field() == field);
        match same {
            Some(column) if column.label() == format!("{}.{name}", self.spec.name) => {
                Err(PyTypeError::new_err(format!("{} got {name} twice", self.spec.name)))
            }
            Some(column) if !is_part || !column.target.is_part() => {
                let message =
                    format!("{}.{name} and {} are the same reference; pass one", self.spec.name, column.label());
                Err(SchemaError::new_err(message))
            }
            _ => Ok(()),
        }
    }

    /// By field, whether a column was read for it.
    pub fn is_given(&self) -> Vec<bool> {
        let has = |at: usize| self.columns.iter().any(|column| column.target.field() == Some(at));
        (0..self.spec.fields.len()).map(has).collect()
    }

    /// How many rows all columns have.
    pub fn rows(&self) -> PyResult<usize> {
        if self.has_no_rows {
            return match self.columns.iter().find(|column| !column.is_single && column.len() > 0) {
                None => Ok(0),
                Some(column) => {
                    let message = format!("{} has {} rows, the data has none", column.label(), column.len());
                    Err(FieldError::new_err(message))
                }
            };
        }
        let Some(any) = self.columns.first() else {
            return Err(PyTypeError::new_err(format!("{}.insert_all got no columns", self.spec.name)));
        };
        let first = self.columns.iter().find(|column| !column.is_single).unwrap_or(any);
        let rows = first.len();
        self.columns.iter().try_for_each(|column| column.check_len(rows, first))?;
        Ok(rows)
    }

    /// The ids, if they were given, and what fills the fields that were given.
    pub fn given(self, rows: usize) -> PyResult<(Option<Packed>, Vec<Option<Fill>>, Bar)> {
        let mut ids = None;
        let mut fields: Vec<Option<Fill>> = self.spec.fields.iter().map(|_| None).collect();
        for column in self.columns {
            let Some(at) = column.target.field() else {
                ids = Some(column.into_ids(rows));
                continue;
            };
            if !column.target.is_part() {
                fields[at] = Some(Fill::Cells(column.into_cells(rows)));
                continue;
            }
            let label = column.label().to_owned();
            let (steps, leaf) = column.into_leaf(rows);
            if let Some((_, rest)) = steps.split_first() {
                let place = &mut fields[at];
                if !matches!(place, Some(Fill::Cells(NewCells::Keys(_)))) {
                    *place = Some(Fill::Cells(NewCells::Keys(Keys::default())));
                }
                if let Some(Fill::Cells(NewCells::Keys(keys))) = place
                    && !add(keys, rest, leaf)
                {
                    let message = format!("{label} and a column that leads on from it are the same; pass one");
                    return Err(SchemaError::new_err(message));
                }
            }
        }
        Ok((ids, fields, self.bar))
    }

    /// What the engine needs: the ids, if they were given, and what fills each field.
    pub fn finish(self, rows: usize, meeting: Meeting) -> PyResult<(Option<Packed>, Vec<Fill>, Bar)> {
        let (store, spec, has_no_rows) = (self.store, self.spec, self.has_no_rows);
        let (ids, fields, bar) = self.given(rows)?;
        let missing = spec.fields.iter().zip(&fields).filter(|(_, fill)| fill.is_none()).map(|(field, _)| field);
        let missing = missing.filter(|field| matches!(field.default, Default::Required));
        let missing: Vec<&str> = missing.map(|field| field.name.as_str()).collect();
        if !missing.is_empty() && !has_no_rows {
            return Err(needed(spec, &missing, meeting));
        }
        let fill = |(at, fill): (usize, Option<Fill>)| match fill {
            Some(fill) => Ok(fill),
            None if has_no_rows => {
                Ok(Fill::Cells(Incoming::new(store, spec, &spec.fields[at].name, None)?.into_cells(0)))
            }
            None => defaults(store.py(), store, spec, at, rows),
        };
        let fields = fields.into_iter().enumerate().map(fill).collect::<PyResult<_>>()?;
        Ok((ids, fields, bar))
    }
}

/// The error for required fields without a column, which a row that is new needs.
fn needed(spec: &Spec, missing: &[&str], meeting: Meeting) -> PyErr {
    let missing = missing.join(", ");
    let key = match *spec.key {
        [key] => &*spec.fields[key].name,
        _ => "key",
    };
    let way = match meeting {
        Meeting::Update => format!(
            "; to set some fields of rows that are there, write {}.find_all({key}=[...]).update_all({{\"name\": [...]}}), by a \
             unique field",
            spec.name
        ),
        Meeting::Refuse | Meeting::Skip => String::new(),
    };
    PyTypeError::new_err(format!("{} needs {missing}{way}", spec.name))
}
