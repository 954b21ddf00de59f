//! Enums whose members are values of fields: which there are, and their members by value.

use std::sync::Mutex;
use std::sync::PoisonError;

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyInt, PyList, PyString, PyTuple};

use crate::store::members::{Members, Values};
use crate::store::types::Type;

/// All that were met: the class, and its members by value; in the order of [`Members::id`]. They stay, as classes of
/// models do.
fn classes(py: Python<'_>) -> &Bound<'_, PyList> {
    static CLASSES: PyOnceLock<Py<PyList>> = PyOnceLock::new();
    CLASSES.get_or_init(py, || PyList::empty(py).unbind()).bind(py)
}

/// The type of fields that hold members of an enum, whose values are all text or all ints.
pub fn of_enum(class: &Bound<'_, PyAny>) -> PyResult<Type> {
    static KNOWN: Mutex<Vec<&Members>> = Mutex::new(Vec::new());
    let py = class.py();
    let name: String = class.getattr("__name__")?.extract()?;
    let by_value = PyDict::new(py);
    let (mut texts, mut ints) = (Vec::new(), Vec::new());
    for member in class.try_iter()? {
        let member = member?;
        let value = member.getattr("_value_")?;
        match value.is_instance_of::<PyInt>() {
            true => ints.push(value.extract()?),
            false => texts.push(value.cast::<PyString>()?.to_str()?.to_owned()),
        }
        by_value.set_item(value, member)?;
    }
    texts.sort_unstable();
    ints.sort_unstable();
    let values = if ints.is_empty() { Values::Texts(texts) } else { Values::Ints(ints) };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let classes = classes(py);
    if let Some(id) = classes.iter().position(|entry| class_of(&entry).is_ok_and(|other| other.is(class))) {
        return Ok(Type::Enum(known[id]));
    }
    let members: &'static Members = Box::leak(Box::new(Members { name, values, id: known.len() }));
    classes.append((class, by_value))?;
    known.push(members);
    Ok(Type::Enum(members))
}

fn class_of<'py>(entry: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    entry.cast::<PyTuple>()?.get_item(0)
}

/// Whether an object is a member of this very enum.
pub fn is_member(members: &Members, given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let class = class_of(&classes(given.py()).get_item(members.id)?)?;
    Ok(given.get_type().is(&class))
}

/// The member with a value; none of none. Runs no Python code: the keys are plain text or ints.
pub fn member<'py>(members: &Members, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if value.is_none() {
        return Ok(value.clone());
    }
    let by_value = classes(value.py()).get_item(members.id)?.cast_into::<PyTuple>()?.get_item(1)?;
    let found = by_value.cast::<PyDict>()?.get_item(value)?;
    found.ok_or_else(|| PyKeyError::new_err(format!("{value} {}", members.misfit())))
}
