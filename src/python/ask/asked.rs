//! What `where` and `find_by` are asked: values, lists of them and ranges, as tests for the engine.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::python::collection::many::Many;
use crate::python::record::arg::{self, Arg};
use crate::python::record::handle::Record;
use crate::python::record::value::{self, text};
use crate::python::store::habits;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::read::find::{Subject, Test};
use crate::store::value::Value;

/// `between(low, high)`: at least `low` and less than `high`; None is an open end.
///
/// >>> from hasmany import User, between
/// >>> len(User.where(id=between(1, 1)))
/// 0
#[pyclass(frozen, module = "hasmany")]
pub struct Between {
    low: Py<PyAny>,
    high: Py<PyAny>,
}

#[pymethods]
impl Between {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("between({}, {})", self.low.bind(py).repr()?, self.high.bind(py).repr()?))
    }
}

/// For `where` and `find_by`: values from `low` on that are less than `high`; None is an open end.
///
/// >>> from hasmany import Store, User, between
/// >>> with Store():
/// ...     _ = [User(name) for name in "abc"]
/// ...     User.where(username=between("b", None)).values("username")
/// ['b', 'c']
#[pyfunction]
pub fn between(low: Bound<'_, PyAny>, high: Bound<'_, PyAny>) -> Between {
    Between { low: low.unbind(), high: high.unbind() }
}

/// A test as it was passed: records are not rows yet.
pub enum Asked<'a> {
    Is(Arg<'a>),
    In(Vec<Arg<'a>>),
    Between(Option<Arg<'a>>, Option<Arg<'a>>),
}

impl<'a> Asked<'a> {
    fn settle(&self, engine: &Engine) -> Result<Test<'a>> {
        let settle = |arg: &Option<Arg<'a>>| arg.as_ref().map(|arg| arg.settle(engine)).transpose();
        Ok(match self {
            Asked::Is(arg) => Test::Is(arg.settle(engine)?),
            Asked::In(args) => Test::any_of(args.iter().map(|arg| arg.settle(engine)).collect::<Result<_>>()?),
            Asked::Between(low, high) => Test::Between(settle(low)?, settle(high)?),
        })
    }
}

/// The tests that the keywords of a call ask for.
pub fn asked(many: &Many, fields: &Bound<'_, PyDict>) -> PyResult<Vec<(Subject, Asked<'static>)>> {
    let py = fields.py();
    let store = many.store(py);
    let (spec, _) = store.get().spec(py, many.model());
    let mut tests = Vec::new();
    for (name, given) in fields {
        let name = text(&name);
        let subject = match spec.field(&name) {
            Some(field) => Subject::Field(field),
            None if name == "id" => Subject::Id,
            None => return Err(habits::no_condition(&spec, &name)),
        };
        let value = |given: &Bound<'_, PyAny>| -> PyResult<Arg<'static>> {
            match subject {
                _ if given.is_none() => Ok(Arg::Value(Value::None)),
                Subject::Field(field) => {
                    Ok(arg::arg(store.as_unbound(), &spec, &spec.fields[field], given)?.into_owned())
                }
                Subject::Id => value::id(&spec.name, given).map(Arg::Value),
            }
        };
        let bound = |given: &Py<PyAny>| match given.is_none(py) {
            true => Ok(None),
            false => value(given.bind(py)).map(Some),
        };
        let test = if let Ok(between) = given.cast::<Between>() {
            Asked::Between(bound(&between.get().low)?, bound(&between.get().high)?)
        } else if is_single(&given)? {
            Asked::Is(value(&given)?)
        } else {
            Asked::In(given.try_iter()?.map(|element| value(&element?)).collect::<PyResult<_>>()?)
        };
        tests.push((subject, test));
    }
    Ok(tests)
}

/// Whether an object is one value rather than several.
pub fn is_single(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_value = given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>();
    Ok(is_value || given.is_instance_of::<Record>() || !given.hasattr("__iter__")?)
}

/// What was asked as tests for the engine; records that it names must be there.
pub fn settled<'a>(engine: &Engine, asked: &[(Subject, Asked<'a>)]) -> Result<Vec<(Subject, Test<'a>)>> {
    asked.iter().map(|(subject, asked)| Ok((*subject, asked.settle(engine)?))).collect()
}
