//! `update_all`: other values for all members at once.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};

use crate::python::ask::single::is_single;
use crate::python::bar::Bar;
use crate::python::bulk::keys::Fill;
use crate::python::bulk::table::InputTable;
use crate::python::collection::many::Many;
use crate::python::error::{SchemaError, heard, raise_of_stop, wrong_type};
use crate::python::record::arg;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::class::Spec;
use crate::store::error::Error;
use crate::store::write::bulk::NewCells;

#[pymethods]
impl Many {
    /// Sets fields of all members in one transaction; returns how many members there are.
    ///
    /// Keywords are one value for all. `columns` is a mapping of field names to columns as long as the collection, a
    /// value a member in its order, as `insert_all` takes them. All of it is one change: values may swap and shift under
    /// a unique field. On any collection, fixed ones too. Raises as `Record.update` does, `FieldError` for columns of
    /// another length, and `DuplicateError` where two rows would have one key; then nothing is set. O(k), and O(rows of
    /// the model) once where k is an eighth of them or more.
    ///
    /// >>> from hasmany import Model, Store, User, field
    /// >>> with Store():
    /// ...     _ = User("a"), User("b")
    /// ...     User.all().update_all(username="x"), User.all().values("username")
    /// (2, ['x', 'x'])
    /// >>> class Chapter(Model):
    /// ...     position: int = field(unique=True)
    /// >>> with Store():
    /// ...     chapters = Chapter.insert_all(position=[1, 2, 3])
    /// ...     _ = chapters.update_all({"position": [2, 3, 1]})
    /// ...     chapters.values("position")
    /// [2, 3, 1]
    #[pyo3(signature = (columns=None, /, **fields))]
    fn update_all(
        &self,
        py: Python<'_>,
        columns: Option<&Bound<'_, PyAny>>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<usize> {
        let store = self.store(py);
        let (spec, serial) = store.get().spec(py, self.model());
        let args = arg::by_name(store.as_unbound(), &spec, arg::keywords(fields));
        let args = args.map_err(|error| with_way(py, fields, error))?;
        let given = match columns {
            Some(columns) => Some(read_columns(store, &spec, columns)?),
            None => None,
        };
        let (length, mut cells) = given.map_or((None, Vec::new()), |(length, cells)| (Some(length), cells));
        if let Some((at, _)) = args.iter().find(|(at, _)| cells.iter().any(|(field, _)| field == at)) {
            return Err(PyTypeError::new_err(format!("update_all got {} twice", spec.fields[*at].name)));
        }
        self.write_members(py, serial, |world, rows| {
            let engine = &mut world.engine;
            if let Some((length, label)) = length.filter(|(length, _)| *length != rows.len()) {
                let (model, field) = label.split_once('.').unwrap_or((&label, ""));
                let why = format!("has {length} values, and there are {} members", rows.len());
                return Err(Error::Field { model: model.into(), field: field.into(), why });
            }
            let mut settled: Vec<(usize, NewCells)> = arg::settle_fields(engine, &args)?
                .into_iter()
                .map(|(at, value)| (at, NewCells::Same(value.into_owned())))
                .collect();
            let is_by_row = !cells.is_empty();
            for (at, fill) in cells.drain(..) {
                settled.push((at, fill.settled(engine)?));
            }
            match engine.update_all(self.model(), rows, settled) {
                // One value for all is wrong in no row of an input.
                Err(Error::InRow { error, .. }) if !is_by_row => Err(*error),
                done => done.map(|()| rows.len()),
            }
        })
    }
}

/// Where a keyword got several values, the error says how each member gets its own.
fn with_way(py: Python<'_>, fields: Option<&Bound<'_, PyDict>>, error: PyErr) -> PyErr {
    let is_several = |value: &Bound<'_, PyAny>| !is_single(value).unwrap_or(true);
    match fields.into_iter().flatten().find(|(_, value)| is_several(value)) {
        Some((name, _)) if error.is_instance_of::<PyTypeError>(py) => {
            let why = error.value(py);
            PyTypeError::new_err(format!(
                "{why}; a value for each member is update_all({{\"{}\": [...]}})",
                text(&name)
            ))
        }
        _ => error,
    }
}

/// How long columns are and the first of them, and what fills the fields.
type ReadColumns = ((usize, String), Vec<(usize, Fill)>);

/// The columns of a mapping.
fn read_columns(store: &Bound<'_, Store>, spec: &Spec, columns: &Bound<'_, PyAny>) -> PyResult<ReadColumns> {
    let (py, what) = (columns.py(), format!("update_all of {}", spec.name));
    let Ok(columns) = columns.cast::<PyMapping>() else {
        return Err(wrong_type(&what, "a mapping of field names to columns", columns));
    };
    if columns.is_empty()? {
        return Err(PyTypeError::new_err(format!("{what} got no columns")));
    }
    let read = || {
        let mut table = InputTable::new(store, spec, None, Bar::new(py, false, None, "")?);
        let mut first = String::new();
        for item in columns.items()?.iter() {
            let (name, column): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            let name = text(&name);
            if name == "id" {
                return Err(SchemaError::new_err(format!("{}.id is given by the store and stays", spec.name)));
            }
            first = if first.is_empty() { format!("{}.{name}", spec.name) } else { first };
            table.read_column(&name, &column)?;
        }
        let rows = table.rows()?;
        table.read_pending()?;
        let (_, fields, _) = table.given(rows)?;
        let fields = fields.into_iter().enumerate().filter_map(|(at, fill)| Some((at, fill?))).collect();
        PyResult::Ok(((rows, first), fields))
    };
    heard(read).map_err(|stop| raise_of_stop(py, stop))?
}
