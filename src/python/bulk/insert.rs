//! `insert_all`: many rows in one call.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::python::bar::Bar;
use crate::python::bulk::keys::{Fill, How, NewParents};
use crate::python::bulk::missing::{self, Told};
use crate::python::bulk::table::InputTable;
use crate::python::bulk::target::OwnKey;
use crate::python::change::door;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::declare::bind::BoundClass;
use crate::python::error::{SchemaError, heard, raise_of_stop, shown, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::class::Spec;
use crate::store::calendar::Unit;
use crate::store::cells::packed::Packed;
use crate::store::error::Result;
use crate::store::id::ModelId;
use crate::store::write::bring::{BroughtRows, Input};
use crate::store::write::given::{NewCells, OnMissing};
use crate::store::write::places::Meeting;

#[pymethods]
impl Record {
    /// Creates many rows in one transaction, and returns them as a fixed collection in input order. O(rows).
    ///
    /// `data` is a mapping of names to columns, or a table: anything with `__arrow_c_stream__` (polars, pandas,
    /// pyarrow, DuckDB, a collection); or rows: any iterable of mappings (a list of dicts, `csv.DictReader`), which all have
    /// the same names, or a cursor of a database; or the path of a file that ends in .csv, .tsv, .parquet or .pq. Values in
    /// CSV are read as the field's type says, and an empty one is None where the field may be None or is no text.
    /// `columns` are more of them. Columns of `data` that are no field are an error, or left out with `extra="ignore"`.
    ///
    /// A column is a list, a NumPy or an Arrow array, each
    /// of length n; a single value fills all rows; a field without a column takes its default. A reference is a
    /// collection, a list of records, or their ids; where its model has a key (`class Doctor(Model, key="name")`), keys in
    /// place of ids, which `"doctor.id"` holds then. Named with a dot, `{"doctor.name": [...]}`, it is looked up by the
    /// values of a unique field of that model (or all fields of a unique tuple, a column each). More unique fields must lead
    /// to the same row. Rows of the input may refer to each other so, in any order and in circles: a key that the input
    /// has means what its row becomes, any other a row that is there.
    ///
    /// `on_missing` says what becomes of a row whose key or id leads nowhere: `"error"` raises one error with up to five
    /// values of each reference; `"skip"` leaves the row out, as if the input did not have it, so what leads to it leads
    /// nowhere, too; `"none"` sets the reference to None, which must be optional; `"create"` creates what a key names, and
    /// before it what that key itself names by keys. A mapping says it by reference, `{"boss": "none"}`; those that are
    /// not in it are `"error"`. One warning says how many rows were left out or set. `create_missing=True` is
    /// `on_missing="create"`: other fields of the rows that are created, `{"doctor.city": [...]}`, get their columns or
    /// their defaults, and rows that are there stay as they are; where two rows say something else of one new row, that is
    /// an error that names both.
    ///
    /// A column `id` holds ids of one's own, from 1 to 2^63 - 1. They are kept; they must be greater than every id that
    /// the model gave, each once. Rows are created in the order of their ids, and a reference to the same model may
    /// lead to rows of the input. `user_id` is the reference `user`, as files name it. So `pl.DataFrame(Model.all())`
    /// of one store goes into an empty other one as it is, and so does `Model.all()` itself; of a collection of the same store
    /// ids are left out. References in it are ids or keys, and their rows must be there. A call that raises spends no id.
    ///
    /// A column accepts more than a single value does: NaN is None where the field is optional, whole floats fit an int
    /// field, 0 and 1 a bool, days a datetime and midnights a date field; a datetime without a zone is UTC, and digits
    /// beyond the microsecond are dropped. Text is read as what it says: "3", "0.5", "true", "2026-03-01",
    /// "2026-03-01T09:00:00+01:00". Numbers are times only where their unit is said: `unit="s"`, "ms", "us" or "ns",
    /// counted from 1970 in UTC. A `Json` field reads text as JSON, and takes lists, structs and maps of Arrow.
    ///
    /// `on_conflict="skip"` leaves out rows whose unique key is there already, or was earlier in the input; the result
    /// is what was created. `"update"` gives the row that is there the columns that were passed, and of rows of the input
    /// with one key the last counts; the result is all rows, each once, in input order. Where two keys of a row lead to
    /// two rows that is a `DuplicateError`, unless `key=` names the unique field, or the tuple of fields, that counts; plain
    /// values in place of rows of the model itself are that key's, then. Ids count like keys. `progress=True` shows how many values were read.
    ///
    /// Of a unique pair of references (`Like`) the index is not built with the rows, but by the first change of a row, or
    /// once many questions (`in`) were asked: that call takes as long as reading the rows a few times.
    ///
    /// The interpreter is released while arrays are read and indexes built. On any error nothing is created, and the
    /// message says which row (from 0) and which field: `SchemaError` for a name that is no field, `TypeError` for a
    /// column of another type or a required field left out, `FieldError` for a value that does not fit, columns of
    /// unequal length and a stream that fails, `NotFoundError` and `DeletedError` for an id or key that no row has,
    /// `ForeignStoreError`, and `DuplicateError`; `MemoryError` where the rows fit no memory, and Ctrl-C is heard until
    /// they are in.
    ///
    /// >>> from hasmany import Like, Store, Tweet, User
    /// >>> with Store():
    /// ...     users = User.insert_all(username=["alice", "bob", "carol"])
    /// ...     tweets = Tweet.insert_all(message=["one", "two"], user=users[0])
    /// ...     likes = Like.insert_all(user=[2, 3, 2], tweet=[1, 1, 2])
    /// ...     len(likes), tweets[0].likers.values("username")
    /// (3, ['bob', 'carol'])
    /// >>> with Store():
    /// ...     users = User.insert_all(id=[30, 10], username=["cat", "ann"])
    /// ...     users.ids.tolist(), User.all().values("username"), User("dan").id
    /// ([30, 10], ['ann', 'cat'], 31)
    /// >>> import csv, io
    /// >>> with Store():
    /// ...     rows = csv.DictReader(io.StringIO("username,city\n007,Leiden\n"))
    /// ...     User.insert_all(rows, extra="ignore").values("username")
    /// ['007']
    /// >>> from hasmany import Model
    /// >>> class Place(Model, key="name"):
    /// ...     name: str
    /// ...     inside: "Place | None" = None
    /// >>> with Store():
    /// ...     places = Place.insert_all(name=["Leiden", "Holland"], inside=["Holland", "Europe"], create_missing=True)
    /// ...     places.values("inside.name"), Place.all().values("name")
    /// (['Holland', 'Europe'], ['Europe', 'Leiden', 'Holland'])
    #[classmethod]
    #[pyo3(signature = (
        data=None, /, *, key=None, on_conflict="error", on_missing=None, create_missing=false, extra=None, unit=None,
        progress=false, **columns
    ), text_signature = "(data=None, /, *, key=None, on_conflict='error', on_missing='error', create_missing=False, \
        extra='error', unit=None, progress=False, **columns)")]
    #[expect(clippy::too_many_arguments, reason = "an option each, as the signature says")]
    fn insert_all(
        cls: &Bound<'_, PyType>,
        data: Option<&Bound<'_, PyAny>>,
        key: Option<&Bound<'_, PyAny>>,
        on_conflict: &str,
        on_missing: Option<&Bound<'_, PyAny>>,
        create_missing: bool,
        extra: Option<Bound<'_, PyAny>>,
        unit: Option<Bound<'_, PyAny>>,
        progress: bool,
        columns: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Many> {
        let meeting = match on_conflict {
            "error" => Meeting::Refuse,
            "skip" => Meeting::Skip,
            "update" => Meeting::Update,
            _ => {
                let message = format!("on_conflict is 'error', 'skip' or 'update', not '{on_conflict}'");
                return Err(PyValueError::new_err(message));
            }
        };
        let BoundClass { store, model, spec, serial } = BoundClass::current(cls)?;
        let unit = unit.map(|unit| said_unit(&spec, &unit)).transpose()?;
        let ignores_extra = extra.map_or(Ok(false), |extra| said_extra(&spec, &extra))?;
        on_missing.map_or(Ok(()), |_| missing::check_name(&spec))?;
        let key = key.map(|key| key_fields(&spec, key)).transpose()?;
        let own = key.as_ref().map(|fields| OwnKey { model, fields: fields.clone() });
        let read = || {
            let bar = Bar::of_values(cls.py(), progress, data, columns)?;
            let table = InputTable::new(&store, &spec, unit, bar);
            let mut table = table.ignoring_extra(ignores_extra).keyed_by(own.as_ref());
            if let Some(data) = data {
                table.read_data(data)?;
            }
            for (name, column) in columns.into_iter().flatten() {
                table.read_column(&text(&name), &column)?;
            }
            let rows = table.rows()?;
            table.read_pending()?;
            let is_given = table.is_given();
            let on_missing = missing::read(&spec, on_missing, create_missing, &is_given)?;
            let (ids, fields, bar) = table.finish(rows, meeting)?;
            PyResult::Ok((NewRows { rows, ids, fields, is_given, key, meeting, on_missing }, bar))
        };
        let (rows, bar) = heard(read).map_err(|stop| raise_of_stop(cls.py(), stop))??;
        let fates = rows.on_missing.clone();
        let (created, told) = match missing::may_tell(&fates) {
            false => insert(&store, serial, model, rows)?,
            // Who makes errors of warnings has nothing created.
            true => together(&store, || {
                let (created, told) = insert(&store, serial, model, rows)?;
                missing::tell(cls.py(), &spec, &fates, &told)?;
                Ok((created, told))
            })?,
        };
        drop(told);
        bar.close(cls.py())?;
        Ok(Many::fixed(store.unbind(), created))
    }
}

/// The unit in which numbers count time. A field of that name is not to be filled by mistake.
fn said_unit(spec: &Spec, given: &Bound<'_, PyAny>) -> PyResult<Unit> {
    if spec.field("unit").is_some() {
        let name = &spec.name;
        return Err(SchemaError::new_err(format!(
            "{name}.insert_all: 'unit' is a field of {name} and an option of this call; pass the field in a mapping of \
             columns, {{\"unit\": [...]}}, and times as times"
        )));
    }
    let unit = given.extract::<&str>().ok().and_then(Unit::named);
    unit.ok_or_else(|| PyValueError::new_err(format!("unit is 's', 'ms', 'us' or 'ns', not {}", shown(given))))
}

/// Whether columns that are no field are left out.
fn said_extra(spec: &Spec, given: &Bound<'_, PyAny>) -> PyResult<bool> {
    if spec.field("extra").is_some() {
        let name = &spec.name;
        return Err(SchemaError::new_err(format!(
            "{name}.insert_all: 'extra' is a field of {name} and an option of this call; pass the field in a mapping of \
             columns, {{\"extra\": [...]}}, and only columns that are fields"
        )));
    }
    match given.extract::<&str>() {
        Ok("error") => Ok(false),
        Ok("ignore") => Ok(true),
        _ => Err(PyValueError::new_err(format!("extra is 'error' or 'ignore', not {}", shown(given)))),
    }
}

/// The fields that `key=` names. Raises `SchemaError` for a name that is no field.
fn key_fields(spec: &Spec, key: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let what = format!("{}.insert_all: key", spec.name);
    if spec.field("key").is_some() {
        return Err(SchemaError::new_err(format!(
            "{what} is a field of {0} and an option of this call; for the field pass columns in a mapping, as in \
             {0}.insert_all({{\"key\": [...]}})",
            spec.name
        )));
    }
    let names: Vec<String> = match key.extract::<String>() {
        Ok(name) => vec![name],
        Err(_) => match key.cast::<PyTuple>() {
            Ok(tuple) => tuple.extract()?,
            Err(_) => return Err(wrong_type(&what, "the name of a unique field or a tuple of names", key)),
        },
    };
    names.iter().map(|name| spec.field(name).ok_or_else(|| spec.no_field(name))).collect()
}

/// Does something in one transaction.
fn together<T>(store: &Bound<'_, Store>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let depth = door::begin(store)?;
    let done = work();
    let ended = door::end(store, depth, done.is_ok())?;
    let done = done?;
    ended.map(|()| done)
}

/// What a call is to create.
struct NewRows {
    rows: usize,
    ids: Option<Packed>,
    fields: Vec<Fill>,
    is_given: Vec<bool>,
    key: Option<Vec<usize>>,
    meeting: Meeting,
    on_missing: Vec<OnMissing>,
}

/// Creates the rows, and before them those that their keys name.
fn insert(store: &Bound<'_, Store>, serial: u32, model: ModelId, new: NewRows) -> PyResult<(Fixed, Told)> {
    let NewRows { rows, mut ids, mut fields, is_given, key, meeting, on_missing } = new;
    for _ in 0..ATTEMPTS {
        // Their defaults are Python's to give, so they are made with no lock held, and it is looked again under it.
        let how = How { model, rows, on_missing: &on_missing, ids: ids.as_ref(), key: key.as_deref(), meeting };
        let parents = NewParents::of(store, &fields, how)?;
        let created = door::write_long(store, serial, |world| {
            let engine = &mut world.engine;
            let how = How { model, rows, on_missing: &on_missing, ids: ids.as_ref(), key: key.as_deref(), meeting };
            if !parents.create(engine, &mut fields, how)? {
                return Ok(None);
            }
            let cells = std::mem::take(&mut fields).into_iter().map(|fill| fill.settled(engine));
            let cells = cells.collect::<Result<Vec<NewCells>>>()?;
            let (ids, is_given, key) = (ids.take(), is_given.clone(), key.clone());
            let input = Input { rows, ids, cells, is_given, key, meeting, on_missing: on_missing.clone() };
            let mut brought = engine.bring_in(model, input)?;
            let told = Told::of(&mut brought);
            Ok(Some(match brought.rows {
                BroughtRows::Together(rows) => (Fixed::created(world, model, rows), told),
                BroughtRows::Each(rows) => (Fixed::new(world, model, rows), told),
            }))
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
