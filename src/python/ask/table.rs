//! `Table`: columns that were computed from a collection.

use std::sync::{Arc, OnceLock};

use arrow_schema::ArrowError;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyString, PyTuple};

use crate::ask::answer::Answer;
use crate::ask::plan::Of;
use crate::exchange::computed::{Computed, batches, schema};
use crate::python::ask::array::{Array, OBJECT, of_objects};
use crate::python::bridges::arrow::whole;
use crate::python::error::{heard, raise_of_stop};
use crate::python::record::value::{object, text};
use crate::store::cells::column::Column;
use crate::store::error::nearest;
use crate::store::id::Row;
use crate::store::room;
use crate::store::types::Type;

/// Columns computed from a collection by `select`, of one moment: what is written afterwards is not in them.
///
/// A table is read by whatever reads Arrow: `pl.DataFrame(table)`, `pa.table(table)`, `pd.DataFrame.from_arrow(table)`, and
/// DuckDB by a variable's name. `column` gives NumPy arrays, `to_dicts` a dict a row.
///
/// >>> from hasmany import Store, User, col
/// >>> with Store():
/// ...     ann, bea = User("ann"), User("bea")
/// ...     _ = ann.like_tweet(bea.post_tweet("hello"))
/// ...     User.all().select("username", likes=col("liked_tweets").count())
/// username  likes
/// ann           1
/// bea           0
#[pyclass(frozen, module = "hasmany", name = "Table")]
pub struct Columns {
    names: Vec<String>,
    source: Source,
}

/// Columns that are computed when they are read.
pub trait Waiting: Send + Sync {
    /// All columns.
    fn all(&self, py: Python<'_>) -> PyResult<Vec<Answer>>;

    /// The columns of the first rows, of at least so many where there are as many.
    fn first(&self, py: Python<'_>, rows: usize) -> PyResult<Vec<Answer>>;

    /// The columns as a stream of Arrow's, computed batch by batch while it is read: what fails then, fails the reader.
    fn stream<'py>(
        self: Arc<Self>,
        py: Python<'py>,
        names: &[String],
        requested: Option<&Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>>;
}

/// Where the columns are.
enum Source {
    Computed(Vec<Answer>),
    /// Nowhere before they are read; and then here, if all of them were needed. The garbage collector is not shown what
    /// waits: a stream may hold it, too.
    Waiting(Arc<dyn Waiting>, OnceLock<Vec<Answer>>),
}

/// Rows that are shown.
const SHOWN: usize = 10;

/// Letters of a cell that are shown.
const WIDE: usize = 40;

/// Letters of the name of a column that are shown: of what is computed it is long.
const NAME: usize = 80;

/// At most so many letters of a text.
fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Members of a list that are made into objects to show it. Each takes three letters at least, and no cell shows as many.
const MEMBERS: usize = 100;

impl Columns {
    pub fn new(names: Vec<String>, answers: Vec<Answer>) -> Self {
        Columns { names, source: Source::Computed(answers) }
    }

    /// Columns that are computed when they are read.
    pub fn waiting(names: Vec<String>, waiting: Arc<dyn Waiting>) -> Self {
        Columns { names, source: Source::Waiting(waiting, OnceLock::new()) }
    }

    /// These columns, all of one length; of no name are two. Ids are ints.
    pub fn of_columns(names: Vec<String>, columns: Vec<(Type, Column)>) -> Self {
        let answer = |(of, cells)| Answer { of: Of::Value(of), cells, starts: None };
        Columns::new(names, columns.into_iter().map(answer).collect())
    }

    /// As [`of_columns`](Self::of_columns); of lists with where each begins, and where the last one ends.
    pub fn of_lists(names: Vec<String>, columns: Vec<(Type, Column)>, starts: Vec<Option<Vec<usize>>>) -> Self {
        let answer = |((of, cells), starts)| Answer { of: Of::Value(of), cells, starts };
        Columns::new(names, columns.into_iter().zip(starts).map(answer).collect())
    }

    /// The columns; those that wait are computed.
    fn answers(&self, py: Python<'_>) -> PyResult<&[Answer]> {
        Ok(match &self.source {
            Source::Computed(answers) => answers,
            Source::Waiting(waiting, kept) => match kept.get() {
                Some(answers) => answers,
                None => {
                    let answers = waiting.all(py)?;
                    kept.get_or_init(|| answers)
                }
            },
        })
    }

    /// The value of a row as an object: a list where the column is one of lists.
    fn cell<'py>(py: Python<'py>, answer: &Answer, row: usize) -> PyResult<Bound<'py, PyAny>> {
        Columns::cell_of(py, answer, row, usize::MAX)
    }

    /// As [`cell`](Self::cell), of a list no more members than can be shown.
    fn first_of<'py>(py: Python<'py>, answer: &Answer, row: usize) -> PyResult<Bound<'py, PyAny>> {
        Columns::cell_of(py, answer, row, MEMBERS)
    }

    fn cell_of<'py>(py: Python<'py>, answer: &Answer, row: usize, most: usize) -> PyResult<Bound<'py, PyAny>> {
        let of = kind(answer);
        let value = |at: usize| object(py, of, &answer.cells.get(at as u32));
        match &answer.starts {
            None => value(row),
            Some(starts) => {
                let range = starts[row]..starts[row + 1].min(starts[row].saturating_add(most));
                let objects = range.map(value).collect::<PyResult<Vec<_>>>()?;
                PyList::new(py, objects).map(Bound::into_any)
            }
        }
    }

    fn find(&self, name: &str) -> PyResult<usize> {
        self.names.iter().position(|own| own == name).ok_or_else(|| {
            let hint = nearest(name, self.names.iter().map(String::as_str));
            PyKeyError::new_err(format!("no column '{name}'{hint}; there are {}", self.names.join(", ")))
        })
    }

    /// What is made of the columns of at least the first rows, and how many rows there are, where that is known without
    /// computing all of them.
    fn head<T>(
        &self,
        py: Python<'_>,
        rows: usize,
        read: impl FnOnce(&[Answer]) -> PyResult<T>,
    ) -> PyResult<(T, Option<usize>)> {
        let first;
        let (answers, is_all) = match &self.source {
            Source::Waiting(waiting, kept) if kept.get().is_none() => {
                first = waiting.first(py, rows + 1)?;
                (&*first, count(&first) <= rows)
            }
            _ => (self.answers(py)?, true),
        };
        Ok((read(answers)?, is_all.then(|| count(answers))))
    }

    /// The first rows as text, and which columns are of numbers.
    fn shown(py: Python<'_>, answers: &[Answer]) -> PyResult<Shown> {
        let cell = |row: usize, answer: &Answer| {
            Ok(cut(Columns::first_of(py, answer, row)?.str()?.to_string_lossy().replace('\n', " "), WIDE))
        };
        let row = |row: usize| answers.iter().map(|answer| cell(row, answer)).collect::<PyResult<Vec<_>>>();
        let rows = (0..count(answers).min(SHOWN)).map(row).collect::<PyResult<Vec<_>>>()?;
        let is_number = |answer: &Answer| {
            answer.starts.is_none() && matches!(kind(answer), Type::Int | Type::Float | Type::Decimal(_))
        };
        Ok(Shown { rows, is_number: answers.iter().map(is_number).collect() })
    }
}

/// What a table shows of itself as text.
struct Shown {
    rows: Vec<Vec<String>>,
    is_number: Vec<bool>,
}

/// The first rows of a table, each as its values, and how many rows there are, where that is known without computing all of
/// them. Of a list come its first members, more than anybody shows.
#[pyfunction]
pub fn table_head<'py>(table: &Bound<'py, Columns>, rows: usize) -> PyResult<(TableRows<'py>, Option<usize>)> {
    let py = table.py();
    table.get().head(py, rows, |answers| {
        let row = |row: usize| answers.iter().map(|answer| Columns::first_of(py, answer, row)).collect();
        (0..count(answers).min(rows)).map(row).collect()
    })
}

type TableRows<'py> = Vec<Vec<Bound<'py, PyAny>>>;

fn count(answers: &[Answer]) -> usize {
    answers.first().map_or(0, Answer::len)
}

/// A column on its way to Arrow; where it is not said whether a value may be none, the values say it.
pub fn computed<'a>(name: &'a str, answer: &'a Answer, optional: Option<bool>) -> Computed<'a> {
    let optional = optional.unwrap_or_else(|| answer.cells.nones().is_some());
    Computed { name, of: kind(answer), cells: &answer.cells, starts: answer.starts.as_deref(), optional }
}

/// The type of a column's values.
fn kind(answer: &Answer) -> Type {
    match answer.of {
        Of::Value(of) => of,
        Of::Nothing | Of::Row(_) => Type::Bool,
    }
}

/// A column as an array, which is handed over.
pub fn array(py: Python<'_>, answer: Answer) -> PyResult<Bound<'_, PyAny>> {
    if answer.starts.is_some() {
        return lists(py, &answer);
    }
    let read = heard(|| Array::of_column(py, kind(&answer), answer.cells));
    read.map_err(|stop| raise_of_stop(py, stop))??.finish(py)
}

fn lists<'py>(py: Python<'py>, answer: &Answer) -> PyResult<Bound<'py, PyAny>> {
    let lists = (0..answer.len()).map(|row| Columns::cell(py, answer, row)).collect::<PyResult<Vec<_>>>()?;
    of_objects(py, lists)
}

#[pymethods]
impl Columns {
    /// The names of the columns.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.names)
    }

    /// How many rows there are.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.answers(py).map(count)
    }

    /// A column as an array of shape (len,), of the types of `Many.column`; of lists, an array of lists. Raises `KeyError`
    /// for a name that is none.
    #[pyo3(signature = (name, /))]
    fn column<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let at = self.find(&text(name))?;
        let answer = &self.answers(py)?[at];
        if answer.starts.is_some() {
            return lists(py, answer);
        }
        let cells = &answer.cells;
        let read = heard(|| match cells.part(0..cells.len()) {
            Some(copy) => Array::of_column(py, kind(answer), copy),
            None => Array::read(py, kind(answer), cells.len(), |row| cells.get(row as Row)),
        });
        read.map_err(|stop| raise_of_stop(py, stop))??.finish(py)
    }

    /// A dict a row, by the names of the columns.
    pub fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        // PyO3 panics where there is no memory for an object, so it is asked for before; a dict is as large as four.
        let answers = self.answers(py)?;
        let cells: usize = answers.iter().map(|answer| answer.cells.len()).sum();
        let objects = cells + count(answers) * (self.names.len() + 4);
        heard(|| room::check(objects * OBJECT)).map_err(|stop| raise_of_stop(py, stop))?;
        let names: Vec<Bound<'py, PyString>> = self.names.iter().map(|name| PyString::new(py, name)).collect();
        let rows = PyList::empty(py);
        for row in 0..count(answers) {
            let dict = PyDict::new(py);
            for (name, answer) in names.iter().zip(answers) {
                dict.set_item(name, Columns::cell(py, answer, row)?)?;
            }
            rows.append(dict)?;
            if row % 4096 == 0 {
                py.check_signals()?;
            }
        }
        Ok(rows)
    }

    /// The columns for whatever reads Arrow streams: a capsule that holds an `ArrowArrayStream`. Types are those of a
    /// collection's stream, lists are large_list. O(cells).
    #[pyo3(signature = (requested_schema=None))]
    pub fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let answers = match &self.source {
            Source::Waiting(waiting, kept) if kept.get().is_none() => {
                return waiting.clone().stream(py, &self.names, requested_schema.as_ref());
            }
            _ => self.answers(py)?,
        };
        let columns = self.names.iter().zip(answers).map(|(name, answer)| computed(name, answer, None));
        let columns: Vec<Computed> = columns.collect();
        let schema = schema(&columns);
        let made: Result<Result<_, ArrowError>, _> =
            py.detach(|| heard(|| Ok((schema.clone(), batches(&schema, &columns, count(answers))?))));
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
        let (Shown { rows, is_number: right }, count) = self.head(py, SHOWN, |answers| Columns::shown(py, answers))?;
        let mut lines = vec![self.names.iter().map(|name| cut(name.clone(), NAME)).collect()];
        lines.extend(rows);
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.names.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().enumerate().map(|(at, cell)| {
                let space = " ".repeat(widths[at] - cell.chars().count());
                if right[at] { format!("{space}{cell}") } else { format!("{cell}{space}") }
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut text: Vec<String> = lines.iter().map(line).collect();
        match count {
            Some(count) if count > SHOWN => text.push(format!("... {count} rows")),
            Some(_) => {}
            None => text.push("... computed as they are read".to_owned()),
        }
        Ok(text.join("\n"))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.show")?.call_method1("table", (slf,))
    }
}
