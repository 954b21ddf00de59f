//! What `where` and `find_by` are asked: values, lists of them and ranges, as tests for the engine.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::python::ask::keyed::{self, Wanted};
use crate::python::ask::single::{Between, is_single};
use crate::python::collection::many::Many;
use crate::python::error::SchemaError;
use crate::python::record::arg::Arg;
use crate::python::record::json;
use crate::python::record::value::{self, text};
use crate::python::store::class::Holds;
use crate::python::store::habits;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::read::find::{Subject, Test};
use crate::store::value::Value;

/// A test as it was passed: records are not rows yet.
pub enum Asked {
    Is(Wanted),
    In(Vec<Wanted>),
    Between(Option<Wanted>, Option<Wanted>),
}

impl Asked {
    /// A key that no row has equals nothing.
    fn settle(&self, engine: &Engine) -> Result<Test<'static>> {
        let settle = |wanted: &Option<Wanted>| wanted.as_ref().map(|wanted| wanted.settle(engine)).transpose();
        let any_of = |wanted: &[Wanted]| {
            let values: Vec<_> = wanted.iter().map(|wanted| wanted.settle(engine)).collect::<Result<_>>()?;
            Ok(Test::any_of(values.into_iter().flatten().collect()))
        };
        match self {
            Asked::Is(wanted) => Ok(match wanted.settle(engine)? {
                Some(value) => Test::Is(value),
                None => Test::any_of(Vec::new()),
            }),
            Asked::In(wanted) => any_of(wanted),
            Asked::Between(low, high) => Ok(Test::Between(settle(low)?.flatten(), settle(high)?.flatten())),
        }
    }
}

/// The tests that the keywords of a call ask for.
pub fn asked(many: &Many, fields: &Bound<'_, PyDict>) -> PyResult<Vec<(Subject, Asked)>> {
    let py = fields.py();
    let store = many.store(py);
    let (spec, _) = store.get().spec(py, many.model());
    let mut tests = Vec::new();
    for (name, given) in fields {
        let name = text(&name);
        let subject = match spec.field(&name) {
            Some(field) => Subject::Field(field),
            None if name == "id" => Subject::Id,
            None => {
                // `user_id` is the reference `user`.
                let field = many.read(py, |world| world.engine.schema().field_named(many.model(), &name))?;
                Subject::Field(field.ok_or_else(|| habits::no_condition(&spec, &name))?)
            }
        };
        let value = |given: &Bound<'_, PyAny>| -> PyResult<Wanted> {
            match subject {
                _ if given.is_none() => Ok(Wanted::Arg(Arg::Value(Value::None))),
                Subject::Field(field) => keyed::wanted(store, &spec, &spec.fields[field], given),
                Subject::Id => value::id(&spec.name, given).map(|id| Wanted::Arg(Arg::Value(id))),
            }
        };
        if let Subject::Field(field) = subject
            && matches!(spec.fields[field].holds, Holds::Value(of) if of.is_document())
        {
            check_marked(&format!("{}.{name}", spec.name), &given)?;
        }
        let is_key = matches!(subject, Subject::Field(field) if keyed::is_one_key(store, &spec.fields[field], &given));
        let bound = |given: &Py<PyAny>| match given.is_none(py) {
            true => Ok(None),
            false => value(given.bind(py)).map(Some),
        };
        let test = if let Ok(between) = given.cast::<Between>() {
            Asked::Between(bound(&between.get().low)?, bound(&between.get().high)?)
        } else if is_key || is_single(&given)? {
            Asked::Is(value(&given)?)
        } else {
            Asked::In(given.try_iter()?.map(|element| value(&element?)).collect::<PyResult<_>>()?)
        };
        tests.push((subject, test));
    }
    Ok(tests)
}

/// Of a field of JSON: refuses a list or dict that is not marked as one value, unless it lists values that are.
fn check_marked(what: &str, given: &Bound<'_, PyAny>) -> PyResult<()> {
    if given.is_instance_of::<Between>() {
        return Err(SchemaError::new_err(format!("{what} is Json, which has no order that between() could ask for")));
    }
    if is_single(given)? {
        return Ok(());
    }
    let Ok(list) = given.cast::<PyList>() else { return Err(ambiguous(what, given)) };
    let are_marked = list.iter().map(|element| json::is_marked(&element)).collect::<PyResult<Vec<_>>>()?;
    match !are_marked.is_empty() && !are_marked.contains(&false) {
        true => Ok(()),
        false => Err(ambiguous(what, given)),
    }
}

/// "Note.tags: a list may be one value or several: ..."
fn ambiguous(what: &str, given: &Bound<'_, PyAny>) -> PyErr {
    let of = given.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
    let field = what.rsplit('.').next().unwrap_or(what);
    PyTypeError::new_err(match given.is_instance_of::<PyDict>() {
        true => format!("{what}: a {of} is one value of Json where it is marked: {field}=Json({{...}})"),
        false => format!(
            "{what}: this {of} may be one value of Json, {field}=Json([...]), or list several, \
             {field}=[Json(...), Json(...)]: mark what is a value"
        ),
    })
}

/// What was asked as tests for the engine; records that it names must be there.
pub fn settled(engine: &Engine, asked: &[(Subject, Asked)]) -> Result<Vec<(Subject, Test<'static>)>> {
    asked.iter().map(|(subject, asked)| Ok((*subject, asked.settle(engine)?))).collect()
}
