//! `Table`: columns that were computed from a collection.

use arrow_schema::ArrowError;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyString, PyTuple};

use crate::exchange::computed::{Computed, batches};
use crate::python::ask::array::{Array, OBJECT};
use crate::python::bridges::arrow::whole;
use crate::python::error::{heard, raise_of_stop};
use crate::python::record::value::{object, text};
use crate::store::cells::column::Column;
use crate::store::error::nearest;
use crate::store::room;
use crate::store::types::Type;

/// Columns computed from a collection, of one moment: what is written afterwards is not in them.
///
/// A table is read by whatever reads Arrow: `pl.DataFrame(table)`, `pa.table(table)`, `pd.DataFrame.from_arrow(table)`, and
/// DuckDB by a variable's name. `column` gives NumPy arrays, `to_dicts` a dict a row.
///
/// >>> from hasmany import Store, User
/// >>> with Store():
/// ...     alice, bob = User("alice"), User("bob")
/// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
/// ...     _ = [user.like_tweet(tweet) for user in (alice, bob) for tweet in (one, two)]
/// ...     User.projection("liked_tweets")
/// owner  other  weight
///     1      2       2
#[pyclass(frozen, module = "hasmany", name = "Table")]
pub struct Columns {
    names: Vec<String>,
    columns: Vec<(Type, Column)>,
}

/// Rows that are shown.
const SHOWN: usize = 10;

/// Letters of a cell that are shown.
const WIDE: usize = 40;

impl Columns {
    /// These columns, all of one length; of no name are two. Ids are ints.
    pub fn of_columns(names: Vec<String>, columns: Vec<(Type, Column)>) -> Self {
        Columns { names, columns }
    }

    fn count(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }

    /// The value of a row as an object.
    fn cell<'py>(&self, py: Python<'py>, column: usize, row: usize) -> PyResult<Bound<'py, PyAny>> {
        let (of, cells) = &self.columns[column];
        object(py, *of, &cells.get(row as u32))
    }

    fn find(&self, name: &str) -> PyResult<usize> {
        self.names.iter().position(|own| own == name).ok_or_else(|| {
            let hint = nearest(name, self.names.iter().map(String::as_str));
            PyKeyError::new_err(format!("no column '{name}'{hint}; there are {}", self.names.join(", ")))
        })
    }

    /// The first rows, as text.
    fn shown(&self, py: Python<'_>) -> PyResult<Vec<Vec<String>>> {
        let cell = |row: usize, column: usize| {
            let mut shown = self.cell(py, column, row)?.str()?.to_string_lossy().replace('\n', " ");
            if let Some((cut, _)) = shown.char_indices().nth(WIDE) {
                shown.truncate(cut);
                shown.push('…');
            }
            Ok(shown)
        };
        (0..self.count().min(SHOWN))
            .map(|row| (0..self.names.len()).map(|column| cell(row, column)).collect())
            .collect()
    }
}

#[pymethods]
impl Columns {
    /// The names of the columns.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.names)
    }

    /// How many rows there are.
    fn __len__(&self) -> usize {
        self.count()
    }

    /// A column as an array of shape (len,), of the types of `Many.column`. Raises `KeyError` for a name that is none.
    #[pyo3(signature = (name, /))]
    fn column<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let (of, cells) = &self.columns[self.find(&text(name))?];
        let read = heard(|| Array::read(py, *of, cells.len(), |row| cells.get(row as u32)));
        read.map_err(|stop| raise_of_stop(py, stop))??.finish(py)
    }

    /// A dict a row, by the names of the columns.
    pub fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        // PyO3 panics where there is no memory for an object, so it is asked for before.
        let bytes = self.count() * (self.names.len() + 4) * OBJECT;
        heard(|| room::check(bytes)).map_err(|stop| raise_of_stop(py, stop))?;
        let names: Vec<Bound<'py, PyString>> = self.names.iter().map(|name| PyString::new(py, name)).collect();
        let mut rows = Vec::with_capacity(self.count());
        for row in 0..self.count() {
            let dict = PyDict::new(py);
            for (column, name) in names.iter().enumerate() {
                dict.set_item(name, self.cell(py, column, row)?)?;
            }
            rows.push(dict);
            if row % 4096 == 0 {
                py.check_signals()?;
            }
        }
        PyList::new(py, rows)
    }

    /// The columns for whatever reads Arrow streams: a capsule that holds an `ArrowArrayStream`. Types are those of a
    /// collection's stream. O(cells).
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let columns = self.names.iter().zip(&self.columns);
        let columns = columns.map(|(name, (of, cells))| Computed { name, of: *of, cells, starts: None });
        let columns: Vec<Computed> = columns.collect();
        let made: Result<Result<_, ArrowError>, _> = py.detach(|| heard(|| batches(&columns, self.count())));
        whole(py, made.map_err(|stop| raise_of_stop(py, stop))?, requested_schema.as_ref())
    }

    /// Without it NumPy would wrap the table whole, as an array without dimensions.
    #[pyo3(signature = (dtype=None, *, copy=None))]
    fn __array__(&self, dtype: Option<&Bound<'_, PyAny>>, copy: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = (dtype, copy);
        Err(PyTypeError::new_err(
            "a table is no array: take .column(name); pandas reads it with DataFrame.from_arrow()",
        ))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut lines = vec![self.names.clone()];
        lines.extend(self.shown(py)?);
        let is_number = |column: usize| matches!(self.columns[column].0, Type::Int | Type::Float | Type::Decimal(_));
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.names.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().enumerate().map(|(at, cell)| {
                let space = " ".repeat(widths[at] - cell.chars().count());
                if is_number(at) { format!("{space}{cell}") } else { format!("{cell}{space}") }
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut text: Vec<String> = lines.iter().map(line).collect();
        if self.count() > SHOWN {
            text.push(format!("... {} rows", self.count()));
        }
        Ok(text.join("\n"))
    }

    /// For notebooks: at most ten rows, under the true count.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, table) = (slf.py(), slf.get());
        let arguments = (table.count(), table.names.clone(), table.shown(py)?);
        py.import("hasmany._notebook")?.call_method1("table", arguments)
    }
}
