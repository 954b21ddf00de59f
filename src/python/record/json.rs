//! JSON across the border: dicts, lists and what is in them as fields of JSON are stored, and back as dicts and lists that
//! refuse to be changed. Goes down by lists of its own, not by calls: what a user passes may be as deep as memory is.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

use crate::python::error::{FieldError, shown, wrong_type, wrong_value};
use crate::store::json::read::Tokens;
use crate::store::json::token::{OVER_64_BITS, SURROGATE, Token, Wrong};
use crate::store::json::write::{Writer, parsed};
use crate::store::value::Value;

/// What a field takes, as its errors say it.
const WANTED: &str = "Json (a dict, a list, str, int, float, bool or None)";

/// So many steps of a path are shown.
const SHOWN: usize = 8;

/// Reads a single value. Text is that text.
pub fn value(model: &str, field: &str, given: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    Document { model, field, is_kind: false }.value(given)
}

/// Reads an element of a column: text is JSON, unless it is marked as one value, and an array of NumPy's is a list.
pub fn element(model: &str, field: &str, given: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    let Ok(text) = given.cast::<PyString>() else { return Document { model, field, is_kind: true }.value(given) };
    let text = text.to_str().map_err(|_| wrong_value(model, field, given, SURROGATE))?;
    parsed(text).map_err(|why| wrong_value(model, field, given, &why))
}

/// Whether an object is `Json(...)`, which says that what is in it is one value.
pub fn is_marked(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(given.get_type().is(class(given.py(), Frozen::Mark)?))
}

/// A stored value as an object, made anew: dicts and lists are of the classes that refuse to be changed. Calls no Python
/// function. O(length).
pub fn object<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let mut tokens = Tokens::of(text);
    let mut open: Vec<(Bound<'py, PyAny>, Option<Bound<'py, PyString>>)> = Vec::new();
    while let Some(token) = tokens.step().map_err(broken)? {
        let made = match token {
            Token::List => {
                open.push((empty(py, Frozen::List)?, None));
                continue;
            }
            Token::Object => {
                open.push((empty(py, Frozen::Dict)?, None));
                continue;
            }
            Token::Name(text) => {
                if let Some((_, name)) = open.last_mut() {
                    *name = Some(PyString::new(py, &text));
                }
                continue;
            }
            Token::End => match open.pop() {
                Some((whole, _)) => whole,
                None => break,
            },
            Token::Null => py.None().into_bound(py),
            Token::Bool(v) => PyBool::new(py, v).to_owned().into_any(),
            Token::Int(v) => v.into_pyobject(py)?.into_any(),
            Token::Float(v) => PyFloat::new(py, v).into_any(),
            Token::Text(v) => PyString::new(py, &v).into_any(),
        };
        match open.last_mut() {
            None => return Ok(made),
            Some((inside, Some(name))) => inside.cast::<PyDict>()?.set_item(&*name, made)?,
            Some((inside, None)) => inside.cast::<PyList>()?.append(made)?,
        }
    }
    Err(broken("breaks off".into()))
}

/// What is stored was read before it was.
fn broken(why: Wrong) -> PyErr {
    FieldError::new_err(format!("a stored value of Json {why}"))
}

/// One value on its way in.
struct Document<'a> {
    model: &'a str,
    field: &'a str,
    /// Whether arrays of NumPy's are lists.
    is_kind: bool,
}

/// A list or dict that is not read to its end.
enum Inside<'py> {
    /// The list, and how many of its elements were read.
    List(Bound<'py, PyList>, usize),
    /// The items of a dict, and how many were read.
    Dict(Bound<'py, PyList>, usize),
}

type Item<'py> = (Option<Bound<'py, PyAny>>, Bound<'py, PyAny>);

impl<'py> Inside<'py> {
    /// The next element, or key and value. A list that another thread shortens meanwhile ends earlier.
    fn next(&mut self) -> PyResult<Option<Item<'py>>> {
        let (Inside::List(list, at) | Inside::Dict(list, at)) = self;
        if *at >= list.len() {
            return Ok(None);
        }
        let element = list.get_item(*at)?;
        *at += 1;
        match self {
            Inside::List(..) => Ok(Some((None, element))),
            Inside::Dict(..) => {
                let item = element.cast_into::<PyTuple>()?;
                Ok(Some((Some(item.get_item(0)?), item.get_item(1)?)))
            }
        }
    }

    /// `[2]`, `['a']`: where the element is that was read last.
    fn step(&self) -> String {
        match self {
            Inside::List(_, read) => format!("[{}]", read.saturating_sub(1)),
            Inside::Dict(items, read) => {
                let item = items.get_item(read.saturating_sub(1)).and_then(|item| item.get_item(0));
                item.map_or_else(|_| String::new(), |key| format!("[{}]", shown(&key)))
            }
        }
    }
}

impl Document<'_> {
    fn value(&self, given: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
        let mut writer = Writer::default();
        let mut open = Vec::new();
        match is_marked(given)? {
            true => self.write(&given.getattr(intern!(given.py(), "value"))?, &mut writer, &mut open)?,
            false => self.write(given, &mut writer, &mut open)?,
        }
        while let Some(inside) = open.last_mut() {
            match inside.next()? {
                Some((name, value)) => {
                    if let Some(name) = name {
                        self.write_name(&name, &mut writer, &open)?;
                    }
                    self.write(&value, &mut writer, &mut open)?;
                }
                None => {
                    open.pop();
                    writer.push(Token::End).map_err(|why| self.misfit(&open, &why))?;
                }
            }
        }
        Ok(writer.into_value())
    }

    fn write_name(&self, name: &Bound<'_, PyAny>, writer: &mut Writer, open: &[Inside]) -> PyResult<()> {
        let Ok(text) = name.cast::<PyString>() else {
            let (of, what) = (name.get_type().name()?, self.place(&open[..open.len().saturating_sub(1)]));
            let message = format!("{what}: {} is a key and of type {of}; keys of JSON are str", shown(name));
            return Err(PyTypeError::new_err(message));
        };
        let text = text.to_str().map_err(|_| self.misfit(open, SURROGATE))?;
        writer.push(Token::Name(text.into())).map_err(|why| self.misfit(open, &why))
    }

    /// Writes an object, and opens it where it holds others.
    fn write<'py>(&self, given: &Bound<'py, PyAny>, writer: &mut Writer, open: &mut Vec<Inside<'py>>) -> PyResult<()> {
        let mut holds = None;
        let token = if given.is_none() {
            Token::Null
        } else if let Ok(v) = given.cast::<PyBool>() {
            Token::Bool(v.is_true())
        } else if let Ok(v) = given.cast::<PyString>() {
            Token::Text(Cow::Borrowed(v.to_str().map_err(|_| self.misfit(open, SURROGATE))?))
        } else if given.is_instance_of::<PyInt>() {
            Token::Int(given.extract().map_err(|_| self.misfit(open, OVER_64_BITS))?)
        } else if let Ok(v) = given.cast::<PyFloat>() {
            Token::Float(v.value())
        } else if let Ok(list) = given.cast::<PyList>() {
            holds = Some(Inside::List(list.clone(), 0));
            Token::List
        } else if let Ok(dict) = given.cast::<PyDict>() {
            holds = Some(Inside::Dict(dict.items(), 0));
            Token::Object
        } else if let Some(plain) = self.of_numpy(given)? {
            return self.write(&plain, writer, open);
        } else {
            return Err(self.wrong_type(given, open));
        };
        writer.push(token).map_err(|why| self.misfit(open, &why))?;
        open.extend(holds);
        Ok(())
    }

    /// What a scalar of NumPy's stands for and, in columns, an array; nothing for any other object, nor for those of a
    /// type that JSON has no word for.
    fn of_numpy<'py>(&self, given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = given.py();
        let is_numpy = given.get_type().module().is_ok_and(|module| module.to_string_lossy() == "numpy");
        let dtype = if is_numpy { given.getattr_opt(intern!(py, "dtype"))? } else { None };
        let Some(dtype) = dtype else { return Ok(None) };
        let is_array = given.getattr(intern!(py, "ndim"))?.extract::<usize>()? > 0;
        let kind: String = dtype.getattr(intern!(py, "kind"))?.extract()?;
        match "biufUO".contains(&kind) && (self.is_kind || !is_array) {
            true => given.call_method0(intern!(py, "tolist")).map(Some),
            false => Ok(None),
        }
    }

    /// "Note.tags['a'][0] takes Json (...), not tuple".
    fn wrong_type(&self, given: &Bound<'_, PyAny>, open: &[Inside]) -> PyErr {
        let error = wrong_type(&self.place(open), WANTED, given);
        let hint = match is_marked(given).unwrap_or(false) {
            true => "; Json(...) stands for a whole value only",
            false if given.is_instance_of::<PyTuple>() => "; it would come back as a list: write list(...)",
            false => "",
        };
        PyTypeError::new_err(format!("{}{hint}", error.value(given.py())))
    }

    /// "Note.tags['a'][0] has NaN, ...".
    fn misfit(&self, open: &[Inside], why: &str) -> PyErr {
        FieldError::new_err(format!("{} {why}", self.place(open)))
    }

    /// "Note.tags['a'][0]": the model, the field, and where in its value.
    fn place(&self, open: &[Inside]) -> String {
        let steps: String = open.iter().take(SHOWN).map(Inside::step).collect();
        let more = if open.len() > SHOWN { "…" } else { "" };
        format!("{}.{}{steps}{more}", self.model, self.field)
    }
}

/// The classes of `hasmany.frozen`.
#[derive(Clone, Copy)]
enum Frozen {
    Mark,
    List,
    Dict,
}

fn class(py: Python<'_>, of: Frozen) -> PyResult<&Bound<'_, PyType>> {
    static MARK: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static LIST: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static DICT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    match of {
        Frozen::Mark => MARK.import(py, "hasmany.frozen", "Json"),
        Frozen::List => LIST.import(py, "hasmany.frozen", "JsonList"),
        Frozen::Dict => DICT.import(py, "hasmany.frozen", "JsonDict"),
    }
}

/// An empty one: made without `__init__`, which refuses as all do that change one.
fn empty(py: Python<'_>, of: Frozen) -> PyResult<Bound<'_, PyAny>> {
    let class = class(py, of)?;
    class.call_method1(intern!(py, "__new__"), (class,))
}
