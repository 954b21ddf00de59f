//! `Store.to_parquet` and `Store.from_parquet`: what Python's side of them, `hasmany/parquet.py`, asks of the engine.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::DataType;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::exchange::foreign::Foreign;
use crate::exchange::visit::Misfit;
use crate::exchange::{incoming, outgoing, stream};
use crate::python::bar::watched;
use crate::python::bulk::foreign::{carefully, foreign};
use crate::python::capsule::of_stream;
use crate::python::change::door;
use crate::python::error::{CorruptStoreError, heard, raise_of_stop};
use crate::python::fork::detached;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::error::Result;
use crate::store::id::{Id, LAST_ID, ModelId, Row};
use crate::store::progress::counted;
use crate::store::room;
use crate::store::schema::declaration::{Field, Kind};
use crate::store::stop::looking;
use crate::store::types::Type;
use crate::store::write::bulk::NewCells;
use crate::store::write::load::{LoadedRows, MisfitRow};

#[pymethods]
impl Store {
    /// Writes all rows as Parquet files into a new or empty folder: for each model a folder named as its table, which
    /// DuckDB, polars, pandas and Spark read (`read_parquet('export/users/*.parquet')`), and `manifest.json`, which
    /// describes the models and lists the files. `Store.from_parquet` makes a store of it.
    ///
    /// `place` is a path, or a URL: `file:///data/export`, `s3://bucket/export` and others by pyarrow, whatever fsspec knows
    /// besides; keys and endpoints are said as these take them, in the environment or the URL.
    ///
    /// A file has at most about four million rows. Columns are `id`, then the fields, a reference `user` as the ids
    /// `user_id`; an enum is its values, a UUID text, a Decimal decimal128, times microseconds. All rows are of one moment:
    /// for this thread it is a transaction, so other threads read, and write when it is done. Memory is that of some
    /// hundred thousand rows. The manifest comes last, when all else is on the disk, and what fails before takes away what it
    /// made; a folder without one is no export. Columns that rest in the store's file because no class has them any more
    /// are not exported.
    ///
    /// Needs pyarrow. Raises `FileExistsError` where the folder is not empty, `PermissionError` and other `OSError`, `ValueError`
    /// for a URL that is none, `ImportError` for what it needs, `RuntimeError` inside a transaction, `SchemaError` where two columns would have one name, `StoreClosedError`. O(rows).
    ///
    /// >>> import pathlib, tempfile
    /// >>> from hasmany import Store, User
    /// >>> folder = pathlib.Path(tempfile.mkdtemp(), "export")
    /// >>> with Store() as store:
    /// ...     _ = User.insert_all(username=["ann", "bob"])
    /// ...     store.to_parquet(folder)
    /// >>> sorted(path.name for path in folder.iterdir())
    /// ['likes', 'manifest.json', 'tweets', 'users']
    /// >>> with Store.from_parquet(folder):
    /// ...     User.all().values("username")
    /// ['ann', 'bob']
    #[pyo3(signature = (place, *, progress=false))]
    fn to_parquet(slf: &Bound<'_, Self>, place: &Bound<'_, PyAny>, progress: bool) -> PyResult<()> {
        let depth = door::begin(slf)?;
        let written = match depth {
            1 => slf
                .py()
                .import("hasmany.parquet")
                .and_then(|side| side.call_method1("write", (slf, place, progress)).map(drop)),
            _ => Err(PyRuntimeError::new_err("a store cannot be exported inside a transaction")),
        };
        // Nothing was changed that could be undone; what somebody did beside it in this thread stays.
        let ended = door::end(slf, depth, true)?;
        written.and(ended)
    }

    /// A new store in memory of what `to_parquet` wrote to a folder or a URL, with classes made from what it describes:
    /// `store.models()`, or, to go on with, `print(store.schema.to_python())`. Ids are kept, and none is given again.
    ///
    /// Fields, defaults, keys, unique tuples and collections are those of the classes that were exported; a field with a
    /// default factory is required here (but for `uuid4`), because nothing of the folder is run, and an enum's field is a
    /// str or int. Everything is checked: that all files are there, with the columns and rows that the manifest says, that
    /// references lead to rows, keys are unique. O(rows), a piece at a time; `progress=True` shows how many were read.
    ///
    /// Needs pyarrow. Raises `CorruptStoreError`, which names the file, `FileNotFoundError` and other `OSError`.
    #[staticmethod]
    #[pyo3(signature = (place, *, progress=false))]
    fn from_parquet<'py>(place: &Bound<'py, PyAny>, progress: bool) -> PyResult<Bound<'py, PyAny>> {
        let py = place.py();
        // Nobody's default: it is not among the stores that could be meant.
        let store = Bound::new(py, Store::in_memory())?;
        watched(py, progress, || py.import("hasmany.parquet")?.call_method1("fill", (&store, place)))?;
        Ok(store.into_any())
    }
}

/// The serial of a store, and of each of its models the table, how many rows it has, and the id of the next one.
#[pyfunction]
pub fn parquet_tables(store: &Bound<'_, Store>) -> (u32, Vec<(String, usize, Id)>) {
    let world = store.get().read(store.py());
    let tables = world.engine.schema().models().iter().enumerate().map(|(at, model)| {
        let table = world.engine.table(ModelId(at as u32));
        (model.table.clone(), table.len(), table.next_id())
    });
    (world.serial, tables.collect())
}

/// A part has no more text and bytes than this, but for its last row.
const LONG: usize = 1 << 26;

/// Rows of a model from one on, at most so many, as files keep them: an Arrow stream, and the row from which to go on. Rows
/// are numbers that hold while nobody writes. Raises `SchemaError` where the store has another serial now.
#[pyfunction]
pub fn parquet_part<'py>(
    store: &Bound<'py, Store>,
    serial: u32,
    model: u32,
    first: Row,
    most: usize,
) -> PyResult<(Bound<'py, PyCapsule>, Option<Row>)> {
    let (py, model) = (store.py(), ModelId(model));
    let read = |world: &World| -> Result<_> {
        world.under(serial)?;
        let (rows, next) = outgoing::some_rows(&world.engine, model, first, most, LONG);
        Ok((outgoing::kept_batches(&world.engine, model, &rows), next))
    };
    let (batches, next) = store.get().read_long(py, read).map_err(|error| raise(store, error))?;
    let failed = |error: &dyn std::fmt::Display| PyRuntimeError::new_err(error.to_string());
    let (schema, batches) = batches.map_err(|error| failed(&error))?;
    let made = stream::stream(schema, batches.into_iter().map(Ok), None).map_err(|error| failed(&error))?;
    Ok((of_stream(py, made)?, next))
}

/// Fills a store without rows from files, which come as their model, name and Arrow stream. `next_ids`, by model: the id of
/// the next row.
#[pyfunction]
pub fn parquet_load(store: &Bound<'_, Store>, next_ids: Vec<Id>, files: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = store.py();
    let mut kept: Vec<Kept> = {
        let world = store.get().read(py);
        world.engine.schema().models().iter().map(|model| Kept::new(model.fields.clone())).collect()
    };
    for file in files.try_iter()? {
        let (model, path, given): (usize, String, Bound<'_, PyAny>) = file?.extract()?;
        let batches = foreign(&path, &given)??;
        let of = &mut kept[model];
        py.detach(|| carefully(&path, || of.read(path.clone(), batches)))?;
    }
    let files: Vec<_> = kept.iter_mut().map(|kept| std::mem::take(&mut kept.files)).collect();
    let rows = kept.into_iter().zip(next_ids).zip(&files).map(|((kept, next), files)| kept.loaded(next, files));
    let rows = rows.collect::<PyResult<Vec<LoadedRows>>>()?;
    let mut world = Store::lock_open(store)?;
    if world.engine.depth() > 0 || rows.len() != world.classes.len() {
        return Err(PyRuntimeError::new_err("the store is not as it was made"));
    }
    if let Err(stop) = world.settle() {
        drop(world);
        return Err(raise_of_stop(py, stop));
    }
    let mut fresh = world.engine.emptied();
    let loaded = detached(py, || heard(|| fresh.load(rows)));
    let loaded = loaded.map(|done| done.map_err(|misfit| named(&fresh, &files[misfit.model.index()], &misfit)));
    if let Ok(Ok(())) = loaded {
        world.engine.succeed(fresh);
        store.get().publish(&world);
    }
    drop(world);
    loaded.map_err(|stop| raise_of_stop(py, stop))?.map_err(CorruptStoreError::new_err)
}

/// The rows of a model, as far as its files were read.
struct Kept {
    fields: Vec<Field>,
    ids: Vec<Id>,
    cells: Vec<Cells>,
    /// The files, and how many rows there were with each.
    files: Vec<(String, usize)>,
}

enum Cells {
    Values(Type, Column),
    /// Of a reference: an id a row, 0 for nothing.
    Ids(Packed),
}

/// The row, where it is one's fault, and why.
type Wrong = (Option<usize>, String);

impl Kept {
    fn new(fields: Vec<Field>) -> Self {
        let cells = |field: &Field| match field.kind {
            Kind::Value(of) => Cells::Values(of, Column::new(of.storage(), field.optional)),
            Kind::Reference(..) => Cells::Ids(Packed::default()),
        };
        let cells = fields.iter().map(cells).collect();
        Kept { fields, ids: Vec::new(), cells, files: Vec::new() }
    }

    /// Appends the rows of a file.
    fn read(&mut self, path: String, batches: Foreign) -> PyResult<()> {
        if !matches!(batches.field.data_type(), DataType::Struct(_)) {
            return Err(CorruptStoreError::new_err(format!("{path} holds no table")));
        }
        let before = self.ids.len();
        for batch in batches {
            let at = self.ids.len() - before;
            let wrong = |why: String| CorruptStoreError::new_err(format!("{path}: after {at} rows: {why}"));
            self.read_batch(batch.map_err(wrong)?.as_struct()).map_err(|(row, why)| {
                let row = row.map_or_else(String::new, |row| format!("row {}: ", at + row));
                CorruptStoreError::new_err(format!("{path}: {row}{why}"))
            })?;
        }
        self.files.push((path, self.ids.len()));
        Ok(())
    }

    /// Appends rows; or says in which of them what is wrong.
    fn read_batch(&mut self, batch: &StructArray) -> std::result::Result<(), Wrong> {
        let column = |name: &str| -> std::result::Result<&ArrayRef, Wrong> {
            batch.column_by_name(name).ok_or_else(|| (None, format!("there is no column {name}")))
        };
        let ids = column("id")?.as_primitive_opt::<Int64Type>().filter(|ids| ids.null_count() == 0);
        let ids = ids.ok_or_else(|| -> Wrong { (None, "id is no column of integers".to_owned()) })?;
        let most = self.ids.len() + ids.len();
        room::reserve(&mut self.ids, most);
        for (row, &id) in counted(looking(ids.values().iter())).enumerate() {
            let last = self.ids.last().copied().unwrap_or(0);
            match Id::try_from(id) {
                Ok(id) if id > last && id <= LAST_ID => self.ids.push(id),
                _ => return Err((Some(row), format!("the id {id} after {last}"))),
            }
        }
        for (field, cells) in self.fields.iter().zip(&mut self.cells) {
            let read = match cells {
                Cells::Values(of, cells) => incoming::values(cells, *of, None, column(&field.name)?),
                Cells::Ids(ids) => incoming::ids(ids, column(&format!("{}_id", field.name))?, field.optional, false),
            };
            read.map_err(|misfit| -> Wrong {
                match misfit {
                    Misfit::Type(of) => (None, format!("{} is {of}", field.name)),
                    Misfit::Row(row, why) => (Some(row), format!("{} {why}", field.name)),
                    Misfit::Id(row, id) => (Some(row), format!("{}: {id} is no id", field.name)),
                }
            })?;
        }
        Ok(())
    }

    fn loaded(self, next: Id, files: &[(String, usize)]) -> PyResult<LoadedRows> {
        let last = self.ids.last().copied().unwrap_or(0);
        if next <= last {
            let path = files.last().map_or("", |(path, _)| path);
            return Err(CorruptStoreError::new_err(format!("{path}: the id {last}, and the next one is to be {next}")));
        }
        let cells = self.cells.into_iter().map(|cells| match cells {
            Cells::Values(_, column) => NewCells::Values(column),
            Cells::Ids(ids) => NewCells::Ids(ids),
        });
        let live = Bits::ones(self.ids.len());
        Ok(LoadedRows::new(self.ids, next, live, cells.collect()))
    }
}

/// What is wrong with a row that was loaded, with the file where it stands.
fn named(engine: &Engine, files: &[(String, usize)], misfit: &MisfitRow) -> String {
    let row = engine.table(misfit.model).find(misfit.id).map_or(0, |row| row as usize);
    let place = files.partition_point(|(_, end)| *end <= row);
    let begins = if place == 0 { 0 } else { files[place - 1].1 };
    let path = files.get(place).map_or("", |(path, _)| path);
    format!("{path}: row {}: {}", row - begins, misfit.error)
}
