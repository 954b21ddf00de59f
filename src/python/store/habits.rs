//! What people write out of habit, coming from other libraries, and what to write here. Texts for errors only: nothing
//! is looked up here before something has failed.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

use crate::python::error::SchemaError;
use crate::python::store::class::{FieldSpec, Holds, Spec};
use crate::store::types::Type;

impl Spec {
    /// "Doctor has no field 'nmae' (did you mean 'name'?)"
    pub fn no_field(&self, wrong: &str) -> PyErr {
        if self.is_one(wrong) {
            return SchemaError::new_err(format!(
                "{0}.{wrong} is no field: it is the row that refers to this {0} by a unique reference; set that there",
                self.name
            ));
        }
        if self.is_collection(wrong) {
            let what = "is a collection, not a field; once the record is there, use";
            return SchemaError::new_err(format!("{0}.{wrong} {what} .{wrong}.add() or .replace()", self.name));
        }
        let advice = of_field(self, wrong).map_or_else(|| self.hint(wrong), |advice| format!("; {advice}"));
        SchemaError::new_err(format!("{} has no field '{wrong}'{advice}", self.name))
    }
}

impl Spec {
    /// "Doctor has no field 'nmae' (did you mean 'name'?), 'zip'; extra=\"ignore\" leaves such columns out"
    pub fn extra_columns(&self, wrong: &[&str]) -> PyErr {
        const MOST: usize = 5;
        let way = "extra=\"ignore\" leaves such columns out";
        if let [wrong] = wrong {
            let first = wrong.split('.').next().unwrap_or(wrong);
            let message = Python::attach(|py| self.no_field(first).value(py).to_string());
            return SchemaError::new_err(format!("{message}; {way}"));
        }
        let shown = |name: &&str| match self.is_collection(name) {
            true => format!("'{name}' (a collection)"),
            false => format!("'{name}'{}", self.hint(name.split('.').next().unwrap_or(name))),
        };
        let names: Vec<String> = wrong.iter().take(MOST).map(shown).collect();
        let more = if wrong.len() > MOST { format!(" and {} more", wrong.len() - MOST) } else { String::new() };
        SchemaError::new_err(format!("{} has no fields {}{more}; {way}", self.name, names.join(", ")))
    }
}

/// What to write for a name that is no field, where the name itself says what was meant.
pub fn of_field(spec: &Spec, wrong: &str) -> Option<String> {
    if matches!(wrong, "id" | "pk") {
        return Some("a record's id is given by the store and read as .id".to_owned());
    }
    if let Some((first, rest)) = wrong.split_once("__").or_else(|| wrong.split_once('.')) {
        let Some(at) = spec.field(first) else { return spec.is_collection(first).then(|| of_collection(spec, first)) };
        return Some(match &spec.fields[at].holds {
            Holds::Record(..) => along(&spec.fields[at], rest, &named(&spec.fields[at])),
            Holds::Value(_) => of_lookup(&spec.name, first, rest),
        });
    }
    let field = &spec.fields[spec.field(wrong.strip_suffix("_id")?)?];
    match field.holds {
        Holds::Record(..) => {
            Some(format!("write {0}=, with the record itself, as in {0}={1}.find(3)", field.name, named(field)))
        }
        Holds::Value(_) => None,
    }
}

/// The model that a reference is to.
fn named(field: &FieldSpec) -> String {
    let Holds::Record(_, ty) = &field.holds else { return field.name.clone() };
    Python::attach(|py| ty.bind(py).name().map_or_else(|_| "?".to_owned(), |name| name.to_string()))
}

/// A condition on what a reference leads to.
fn along(field: &FieldSpec, rest: &str, model: &str) -> String {
    let last = rest.rsplit("__").next().unwrap_or(rest);
    format!(
        "conditions on what {0} leads to are {0}={model}.where({last}=...) or col(\"{0}.{last}\") == ...",
        field.name
    )
}

/// A lookup of Django's, `year__gt`.
fn of_lookup(model: &str, field: &str, lookup: &str) -> String {
    let between = |bounds: &str| format!("write {field}=between({bounds}), which has its low end and not its high one");
    let or_than = |how: &str, bounds: &str| format!("{}, or where(col(\"{field}\") {how} value)", between(bounds));
    let asked = |how: &str| format!("write where(col(\"{field}\"){how})");
    match lookup {
        "gt" => or_than(">", "low, None"),
        "gte" => or_than(">=", "low, None"),
        "lt" => or_than("<", "None, high"),
        "lte" => or_than("<=", "None, high"),
        "range" => between("low, high"),
        "in" => format!("write {field}=[1, 2] for any of several"),
        "exact" | "eq" => format!("write {field}=value"),
        "iexact" => asked(".lower() == text.lower()"),
        "year" => asked(".year() == 2026"),
        "month" => asked(".month() == 1"),
        "day" => asked(".day() == 1"),
        "week_day" | "weekday" | "iso_week_day" => asked(".weekday() == 0") + ", 0 for Monday",
        "date" => format!("write where(col(\"{field}\").between(midnight, the_next)), two datetimes with a zone"),
        "isnull" => format!("write {field}=None for those without one"),
        "ne" | "not" => {
            format!("write where(col(\"{field}\") != value), or {model}.all() - {model}.where({field}=value)")
        }
        "contains" | "startswith" | "endswith" => asked(&format!(".{lookup}(text)")),
        "icontains" | "istartswith" | "iendswith" => asked(&format!(".lower().{}(text.lower())", &lookup[1..])),
        _ => format!(
            "conditions are {field}=value, a list of values or between(); else [x for x in {model}.all() if ...]"
        ),
    }
}

/// A condition on a collection.
pub fn of_collection(spec: &Spec, name: &str) -> String {
    let model = &spec.name;
    format!(
        "{model}.{name} is a collection; ask something of it: col(\"{name}\").count() == 0 for those without any, \
         col(\"{name}\").contains(record), col(\"{name}\").any(condition); or begin at its other end, with the collection \
         there that leads to {model}, of one record or with .through() of many"
    )
}

/// What to write for an argument of `order_by` that names no field.
pub fn of_order(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let (field, reverse) =
        match (name.strip_prefix(['-', '+']), lower.strip_suffix(" desc"), lower.strip_suffix(" asc")) {
            (Some(field), ..) => (field, name.starts_with('-')),
            (_, Some(field), _) => (&name[..field.len()], true),
            (_, _, Some(field)) => (&name[..field.len()], false),
            _ => return None,
        };
    Some(format!("write order_by(\"{}\"{})", field.trim(), if reverse { ", reverse=True" } else { "" }))
}

/// The error for a condition that was passed by position to `where` or `find_by`.
pub fn positions(method: &str, spec: &Spec) -> PyErr {
    let model = &spec.name;
    let name = spec.fields.first().map_or("id", |field| field.name.as_str());
    let col = if method == "where" { format!("where(col(\"{name}\") == value) or ") } else { String::new() };
    PyTypeError::new_err(format!(
        "{model}: {method} takes {}fields by name: {col}{method}({name}=value), a list for any of several, \
         between(low, None) for a range, as in {method}({name}=between(low, None)), {method}(**mapping) for a dict; for \
         what only a function can say, [x for x in {model}.all() if ...]",
        if method == "where" { "conditions made with col, and " } else { "" }
    ))
}

/// ": write ..." for an object that was passed in place of a record of a model, where what it is says what was meant.
pub fn of_member(model: &Spec, given: &Bound<'_, PyAny>) -> String {
    let has = |name: &str| given.hasattr(name).unwrap_or(false);
    let shown = || given.repr().map_or_else(|_| "3".to_owned(), |text| text.to_string_lossy().into_owned());
    if let Some(key) = model.key_like(given) {
        let of = &model.name;
        let or = match given.is_instance_of::<PyInt>() {
            true => format!(", that of an id {of}.find(id={})", shown()),
            false => String::new(),
        };
        format!("; the record of this {key} is {of}.find({}){or}", shown())
    } else if given.is_instance_of::<PyInt>() {
        let id = if model.key.is_empty() { "" } else { "id=" };
        format!("; the record of an id is {}.find({id}{})", model.name, shown())
    } else if has("__iter__") && !has("encode") && !has("decode") && !has("keys") {
        "; several at once are taken by add, remove and replace, in a list, a collection or a generator of records"
            .to_owned()
    } else {
        String::new()
    }
}

impl Spec {
    /// The name of the key, where that is one field of text or ints and this is one.
    fn key_like(&self, given: &Bound<'_, PyAny>) -> Option<&str> {
        let [key] = *self.key else { return None };
        let field = &self.fields[key];
        let is_like = match field.holds {
            Holds::Value(Type::Text) => given.is_instance_of::<PyString>(),
            Holds::Value(Type::Int) => given.is_instance_of::<PyInt>() && !given.is_instance_of::<PyBool>(),
            Holds::Value(_) | Holds::Record(..) => false,
        };
        is_like.then_some(&*field.name)
    }
}

/// The error for a sort by a function.
pub fn no_order(given: &Bound<'_, PyAny>) -> PyErr {
    let kind = given.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!(
        "order_by takes names of fields and expressions, as in order_by(\"name\", col(\"age\").desc()), not {kind}; \
         sorted(many, key=...) sorts by a function"
    ))
}

/// The error for an option of a sort that there is not.
pub fn no_option_of_order(name: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "order_by() got an unexpected keyword argument '{name}'; the smallest comes first, and the largest by \
         order_by(\"name\", reverse=True), or col(\"name\").desc() for one key of several"
    ))
}

/// The error for a sort by nothing.
pub fn no_keys() -> PyErr {
    PyTypeError::new_err(
        "order_by takes at least one key, as in order_by(\"name\"), or col(\"name\").desc() for the largest first",
    )
}

/// The error for a name in a condition that is no field.
pub fn no_condition(spec: &Spec, wrong: &str) -> PyErr {
    match spec.is_collection(wrong) {
        true => SchemaError::new_err(of_collection(spec, wrong)),
        false => spec.no_field(wrong),
    }
}
