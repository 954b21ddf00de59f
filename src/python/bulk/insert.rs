//! `insert_all`: many rows in one call.

use arrow_array::RecordBatchReader;
use foldhash::HashSet;
use numpy::PyUntypedArray;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyType};
use pyo3_arrow::input::AnyRecordBatch;

use crate::python::bar::Bar;
use crate::python::bulk::incoming::{Incoming, Target};
use crate::python::collection::many::{Fixed, Many};
use crate::python::error::{FieldError, ForeignStoreError, SchemaError, raise, wrong_type};
use crate::python::record::handle::{Record, model_of};
use crate::python::record::value::{self, Arg};
use crate::python::store::Store;
use crate::python::store::class::{Default, Holds, Spec, text};
use crate::python::store::world::World;
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::parallel::in_parallel;
use crate::store::table::insert::OnConflict;
use crate::store::value::Value;
use crate::store::write::bulk::Cells;

#[pymethods]
impl Record {
    /// Creates many rows in one transaction, and returns them as a fixed collection in input order. O(rows).
    ///
    /// `data` is a mapping of names to columns, or a table: anything with `__arrow_c_stream__` (polars, pandas,
    /// pyarrow, DuckDB, a collection); `columns` are more of them. A column is a list, a NumPy or an Arrow array, each
    /// of length n; a single value fills all rows; a field without a column takes its default. A reference is a
    /// collection, a list of records, or their ids. Named with a dot, `{"doctor.name": [...]}`, it is looked up by the
    /// values of a unique field of that model (or all fields of a unique tuple, a column each); `create_missing=True`
    /// creates the rows that are not there yet, with these fields and their defaults.
    ///
    /// Columns are read more kindly than single values: a datetime without a zone is UTC, NaN is None where the field
    /// is optional, whole floats fit an int field, and midnights a date field. Digits beyond the microsecond are
    /// dropped.
    ///
    /// `on_conflict="skip"` leaves out rows whose unique key is there already, or was earlier in the input; the result
    /// is what was created. `progress=True` shows how many values were read.
    ///
    /// The interpreter is released while arrays are read and indexes built. On any error nothing is created, and the
    /// message says which row (from 0) and which field: `SchemaError` for a name that is no field, `TypeError` for a
    /// column of another type or a required field left out, `FieldError` for a value that does not fit, columns of
    /// unequal length and a stream that fails, `NotFoundError` and `DeletedError` for an id or key that no row has,
    /// `ForeignStoreError`, and `DuplicateError`.
    ///
    /// >>> from hasmany import Like, Store, Tweet, User
    /// >>> with Store():
    /// ...     users = User.insert_all(username=["alice", "bob", "carol"])
    /// ...     tweets = Tweet.insert_all(message=["one", "two"], user=users[0])
    /// ...     likes = Like.insert_all(user=[2, 3, 2], tweet=[1, 1, 2])
    /// ...     len(likes), tweets[0].likers.values("username")
    /// (3, ['bob', 'carol'])
    #[classmethod]
    #[pyo3(signature = (data=None, /, *, on_conflict="error", create_missing=false, progress=false, **columns))]
    fn insert_all(
        cls: &Bound<'_, PyType>,
        data: Option<&Bound<'_, PyAny>>,
        on_conflict: &str,
        create_missing: bool,
        progress: bool,
        columns: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Many> {
        let on_conflict = match on_conflict {
            "error" => OnConflict::Refuse,
            "skip" => OnConflict::Skip,
            _ => return Err(PyValueError::new_err(format!("on_conflict is 'error' or 'skip', not '{on_conflict}'"))),
        };
        let (store, model) = model_of(cls)?;
        let (spec, serial) = store.get().spec(cls.py(), model);
        let mut table = Table {
            store: &store,
            spec: &spec,
            columns: Vec::new(),
            bar: Bar::new(cls.py(), progress, None, " values")?,
        };
        if let Some(data) = data {
            table.read_data(data)?;
        }
        for (name, column) in columns.into_iter().flatten() {
            table.read_column(&text(&name), &column)?;
        }
        let rows = table.rows()?;
        table.read_pending()?;
        let (fields, bar) = table.finish(rows, create_missing)?;
        let created = insert(&store, serial, model, rows, fields, on_conflict)?;
        bar.close(cls.py())?;
        Ok(Many::fixed(store.unbind(), created))
    }
}

/// The columns of a call, as far as they were read.
struct Table<'a, 'py> {
    store: &'a Bound<'py, Store>,
    spec: &'a Spec,
    columns: Vec<Incoming>,
    bar: Bar,
}

impl<'py> Table<'_, 'py> {
    /// Reads a mapping of columns or a table.
    fn read_data(&mut self, data: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Ok(mapping) = data.cast::<PyMapping>() {
            for item in mapping.items()?.iter() {
                let (name, column): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
                self.read_column(&text(&name), &column)?;
            }
            return Ok(());
        }
        if data.is_instance_of::<PyList>()
            || !data.hasattr("__arrow_c_stream__")? && !data.hasattr("__arrow_c_array__")?
        {
            let what = format!("{}.insert_all", self.spec.name);
            return Err(wrong_type(&what, "columns (a mapping of names to arrays) or a table", data));
        }
        let many = data.cast::<Many>().ok().map(Bound::get);
        if many.is_some_and(|many| !many.is_in(self.store.as_unbound()))
            && self.spec.fields.iter().any(|field| matches!(field.holds, Holds::Record(..)))
        {
            let message =
                format!("{}: a collection of another store; its references are not of this one", self.spec.name);
            return Err(ForeignStoreError::new_err(message));
        }
        if let Some(many) = many {
            self.check_references(many)?;
        }
        let no_table = |error: PyErr| match error.is_instance_of::<PyValueError>(data.py()) {
            true => {
                let what = format!("{}.insert_all", self.spec.name);
                let misfit = wrong_type(&what, "a table with named columns", data);
                PyTypeError::new_err(format!("{} ({})", misfit.value(data.py()), error.value(data.py())))
            }
            false => error,
        };
        let reader = data.extract::<AnyRecordBatch>().and_then(AnyRecordBatch::into_reader).map_err(no_table)?;
        self.read_stream(data.py(), reader, many.is_some())
    }

    /// Refuses a collection whose references lead to other models than those of the same name here.
    fn check_references(&self, many: &Many) -> PyResult<()> {
        let (source, _) = self.store.get().spec(self.store.py(), many.model());
        for field in &source.fields {
            let here = self.spec.field(&field.name).map(|at| &self.spec.fields[at].holds);
            if let (Holds::Record(from, _), Some(Holds::Record(to, _))) = (&field.holds, here)
                && from != to
            {
                let (name, here) = (&field.name, &self.spec.name);
                return Err(PyTypeError::new_err(format!(
                    "{}.{name} and {here}.{name} are not of one model",
                    source.name
                )));
            }
        }
        Ok(())
    }

    /// Reads a stream batch by batch. The ids of a collection are left out.
    fn read_stream(
        &mut self,
        py: Python<'py>,
        mut reader: Box<dyn RecordBatchReader + Send>,
        is_many: bool,
    ) -> PyResult<()> {
        let schema = reader.schema();
        let names = schema.fields().iter().map(|field| field.name().as_str()).enumerate();
        let mut columns: Vec<(usize, Incoming)> = Vec::new();
        // pandas puts the index of a frame that lost rows beside its columns.
        let is_data = |name: &str| !(is_many && name == "id" || name.starts_with("__index_level_"));
        for (at, name) in names.filter(|&(_, name)| is_data(name)) {
            self.check_new(name, columns.iter().map(|(_, column)| column))?;
            columns.push((at, Incoming::new(self.store, self.spec, name)?));
        }
        let failed = |columns: &[(usize, Incoming)], why: String| match columns.first() {
            Some((_, column)) => column.failed(&why),
            None => FieldError::new_err(why),
        };
        loop {
            let read = py.detach(|| {
                let Some(batch) = reader.next() else { return Ok(None) };
                let batch = batch.map_err(|error| failed(&columns, error.to_string()))?;
                columns.iter_mut().try_for_each(|(at, column)| column.read_arrow(batch.column(*at)))?;
                PyResult::Ok(Some(batch.num_rows()))
            })?;
            match read {
                Some(rows) => self.bar.advance(py, rows)?,
                None => break,
            }
        }
        self.columns.extend(columns.into_iter().map(|(_, column)| column));
        Ok(())
    }

    /// Reads the arrays that are there as a whole, at once.
    fn read_pending(&mut self) -> PyResult<()> {
        let columns = &mut self.columns;
        let rows = columns.iter().map(Incoming::len).max().unwrap_or(0);
        let read = || in_parallel(rows, columns.iter_mut(), |column, _| column.read_pending());
        self.store.py().detach(read).into_iter().collect()
    }

    fn read_column(&mut self, name: &str, given: &Bound<'py, PyAny>) -> PyResult<()> {
        self.check_new(name, [])?;
        if given.cast::<PyUntypedArray>().is_err() {
            // Python code may run now, and change what was passed before.
            self.read_pending()?;
        }
        let mut column = Incoming::new(self.store, self.spec, name)?;
        column.read(self.store, given)?;
        self.bar.advance(given.py(), column.len())?;
        self.columns.push(column);
        Ok(())
    }

    /// Refuses a name that was read already. A reference may have several columns only if all are of its key.
    fn check_new<'a>(&'a self, name: &str, others: impl IntoIterator<Item = &'a Incoming>) -> PyResult<()> {
        let field = self.spec.field(name.split('.').next().unwrap_or(name));
        let same = self.columns.iter().chain(others).find(|column| Some(column.target.field()) == field);
        match same {
            Some(column) if column.label() == format!("{}.{name}", self.spec.name) => {
                Err(PyTypeError::new_err(format!("{} got {name} twice", self.spec.name)))
            }
            Some(column) if !name.contains('.') || !matches!(column.target, Target::Key { .. }) => {
                let message =
                    format!("{}.{name} and {} are the same reference; pass one", self.spec.name, column.label());
                Err(SchemaError::new_err(message))
            }
            _ => Ok(()),
        }
    }

    /// How many rows all columns have.
    fn rows(&self) -> PyResult<usize> {
        let Some(any) = self.columns.first() else {
            return Err(PyTypeError::new_err(format!("{}.insert_all got no columns", self.spec.name)));
        };
        let first = self.columns.iter().find(|column| !column.is_single).unwrap_or(any);
        let rows = first.len();
        self.columns.iter().try_for_each(|column| column.check_len(rows, first))?;
        Ok(rows)
    }

    /// What the engine needs for each field.
    fn finish(self, rows: usize, create_missing: bool) -> PyResult<(Vec<Fill>, Bar)> {
        let py = self.store.py();
        let mut fields: Vec<Option<Fill>> = self.spec.fields.iter().map(|_| None).collect();
        for column in self.columns {
            let at = column.target.field();
            match column.target {
                Target::Key { to, by, .. } => match &mut fields[at] {
                    Some(Fill::Keys(keys)) => keys.push(by, column.into_key(rows)),
                    place => {
                        let mut keys = Keys { to, fields: Vec::new(), columns: Vec::new(), create_missing };
                        keys.push(by, column.into_key(rows));
                        *place = Some(Fill::Keys(keys));
                    }
                },
                _ => fields[at] = Some(Fill::Cells(column.into_cells(rows))),
            }
        }
        let missing = self.spec.fields.iter().zip(&fields).filter(|(_, fill)| fill.is_none()).map(|(field, _)| field);
        let missing = missing.filter(|field| matches!(field.default, Default::Required));
        let missing: Vec<&str> = missing.map(|field| field.name.as_str()).collect();
        if !missing.is_empty() {
            return Err(PyTypeError::new_err(format!("{} needs {}", self.spec.name, missing.join(", "))));
        }
        let fill = |(at, fill): (usize, Option<Fill>)| match fill {
            Some(fill) => Ok(fill),
            None => defaults(py, self.store, self.spec, at, rows),
        };
        let fields = fields.into_iter().enumerate().map(fill).collect::<PyResult<_>>()?;
        Ok((fields, self.bar))
    }
}

/// What a field of the new rows is filled with.
enum Fill {
    Cells(Cells),
    /// A default that is a record, which becomes a row only under the lock.
    Record(ModelId, u64),
    Keys(Keys),
}

/// The defaults of a field for so many rows; a factory is called for each.
fn defaults(py: Python<'_>, store: &Bound<'_, Store>, spec: &Spec, at: usize, rows: usize) -> PyResult<Fill> {
    let field = &spec.fields[at];
    match &field.default {
        Default::Factory(factory) => {
            let mut column = Incoming::new(store, spec, &field.name)?;
            let list = PyList::empty(py);
            for _ in 0..rows {
                list.append(factory.bind(py).call0()?)?;
            }
            column.read(store, &list)?;
            Ok(Fill::Cells(column.into_cells(rows)))
        }
        Default::Value(value) => Ok(match value::arg(store.as_unbound(), spec, field, value.bind(py))? {
            Arg::Value(value) => Fill::Cells(Cells::Same(value.into_owned())),
            Arg::Record(model, id) => Fill::Record(model, id),
        }),
        Default::Required => Ok(Fill::Cells(Cells::Same(Value::None))),
    }
}

/// A reference that is given by a unique key of the other model, a column for each of its fields.
struct Keys {
    to: ModelId,
    fields: Vec<usize>,
    columns: Vec<Column>,
    create_missing: bool,
}

impl Keys {
    /// The key in a row: fields and values, in the order of the fields.
    fn of(&self, row: Row) -> Vec<(usize, Value<'static>)> {
        let columns = self.fields.iter().zip(&self.columns);
        let mut key: Vec<_> = columns.map(|(&field, column)| (field, column.get(row).into_owned())).collect();
        key.sort_unstable();
        key
    }

    fn push(&mut self, field: usize, column: Column) {
        self.fields.push(field);
        self.columns.push(column);
    }
}

/// What the keys of all columns name that is not there yet.
struct Missing {
    /// For each reference to be created by key: the rows of the input that are the first with such a key.
    unknown: Vec<Vec<Row>>,
    parents: Vec<Parents>,
}

/// New rows of another model.
struct Parents {
    model: ModelId,
    rows: usize,
    cells: Vec<Fill>,
}

/// Creates the rows, and before them those that their keys name.
fn insert(
    store: &Bound<'_, Store>,
    serial: u32,
    model: ModelId,
    rows: usize,
    fields: Vec<Fill>,
    on_conflict: OnConflict,
) -> PyResult<Fixed> {
    let mut fields = Some(fields);
    for _ in 0..ATTEMPTS {
        // Their defaults are Python's to give, so they are made with no lock held, and it is looked again under it.
        let missing = missing(store, fields.as_deref().unwrap_or_default())?;
        let created = Store::write_long(store, serial, |world| {
            let engine = &mut world.engine;
            let keys = fields.iter().flatten().filter_map(Fill::to_create);
            for (keys, known) in keys.zip(&missing.unknown) {
                if engine.unknown_keys(keys.to, &keys.fields, &keys.columns)? != *known {
                    return Ok(None);
                }
            }
            for Parents { model, rows, cells } in missing.parents {
                let cells = cells.into_iter().map(|fill| fill.settled(engine)).collect::<Result<_>>()?;
                engine.insert_all(model, rows, cells, OnConflict::Refuse)?;
            }
            let cells = fields.take().into_iter().flatten().map(|fill| fill.settled(engine));
            let cells = cells.collect::<Result<Vec<Cells>>>()?;
            let rows = engine.insert_all(model, rows, cells, on_conflict)?;
            Ok(Some(Fixed::created(world, model, rows)))
        })?;
        if let Some(created) = created {
            return Ok(created);
        }
        store.py().check_signals()?;
    }
    Err(PyRuntimeError::new_err("the rows that the keys name come and go too fast"))
}

/// How often it is tried when keys were created or deleted between looking and inserting.
const ATTEMPTS: usize = 100;

impl Fill {
    fn to_create(&self) -> Option<&Keys> {
        match self {
            Fill::Keys(keys) if keys.create_missing => Some(keys),
            _ => None,
        }
    }

    fn settled(self, engine: &crate::store::Store) -> Result<Cells> {
        Ok(match self {
            Fill::Cells(cells) => cells,
            Fill::Record(model, id) => Cells::Same(Value::Row(engine.row(model, id)?)),
            Fill::Keys(Keys { fields, columns, .. }) => Cells::Keys { fields, columns },
        })
    }
}

/// What is to be created for the keys of these fields, with defaults for all that the key does not say.
fn missing(store: &Bound<'_, Store>, fields: &[Fill]) -> PyResult<Missing> {
    let py = store.py();
    let mut missing = Missing { unknown: Vec::new(), parents: Vec::new() };
    // Two references may name rows of one model by the same keys.
    let mut named: HashSet<(ModelId, Vec<(usize, Value<'static>)>)> = HashSet::default();
    for keys in fields.iter().filter_map(Fill::to_create) {
        let find = |world: &World| world.engine.unknown_keys(keys.to, &keys.fields, &keys.columns);
        let unknown = store.get().read_long(py, find).map_err(|error| raise(store, error))?;
        let fresh: Vec<Row> = unknown.iter().copied().filter(|&row| named.insert((keys.to, keys.of(row)))).collect();
        missing.unknown.push(unknown);
        if !fresh.is_empty() {
            missing.parents.push(parents(store, keys, &fresh)?);
        }
    }
    Ok(missing)
}

/// The new rows that these keys name.
fn parents(store: &Bound<'_, Store>, keys: &Keys, places: &[Row]) -> PyResult<Parents> {
    let (spec, _) = store.get().spec(store.py(), keys.to);
    let fill = |at: usize| match (keys.fields.iter().position(|&field| field == at), &spec.fields[at].default) {
        (Some(key), _) => {
            let mut cells = keys.columns[key].empty_like();
            places.iter().for_each(|&row| cells.push(&keys.columns[key].get(row)));
            Ok(Fill::Cells(Cells::Values(cells)))
        }
        (None, Default::Required) => Err(needs_more(&spec, at, places[0])),
        (None, _) => defaults(store.py(), store, &spec, at, places.len()),
    };
    let cells = (0..spec.fields.len()).map(fill).collect::<PyResult<_>>()?;
    Ok(Parents { model: keys.to, rows: places.len(), cells })
}

fn needs_more(spec: &Spec, field: usize, row: Row) -> PyErr {
    let (name, field) = (&spec.name, &spec.fields[field].name);
    PyTypeError::new_err(format!("row {row}: a new {name} needs {field}, too; create it first"))
}
