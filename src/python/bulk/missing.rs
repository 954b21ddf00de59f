//! What becomes of rows whose references lead nowhere: `on_missing`, and what is told of it.

use std::ffi::CString;

use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::python::error::{SchemaError, shown, wrong_type};
use crate::python::store::class::{Holds, Spec};
use crate::store::error::nearest;
use crate::store::write::bring::Brought;
use crate::store::write::given::OnMissing;

/// Refuses the option where it may have been meant for a field of that name.
pub fn check_name(spec: &Spec) -> PyResult<()> {
    match spec.field("on_missing") {
        None => Ok(()),
        Some(_) => Err(SchemaError::new_err(format!(
            "{0}.insert_all: 'on_missing' is a field of {0} and an option of this call; for the field pass columns in a \
             mapping, as in {0}.insert_all({{\"on_missing\": [...]}})",
            spec.name
        ))),
    }
}

/// What the call says, by field. `given` are the fields that have columns.
pub fn read(
    spec: &Spec,
    on_missing: Option<&Bound<'_, PyAny>>,
    create_missing: bool,
    given: &[bool],
) -> PyResult<Vec<OnMissing>> {
    let what = format!("{}.insert_all: on_missing", spec.name);
    let Some(said) = on_missing else {
        let all = if create_missing { OnMissing::Create } else { OnMissing::Error };
        return Ok(vec![all; spec.fields.len()]);
    };
    let mut fates = vec![OnMissing::Error; spec.fields.len()];
    let is_reference = |at: usize| matches!(spec.fields[at].holds, Holds::Record(..));
    match said.cast::<PyMapping>() {
        Ok(each) => {
            for item in each.items()?.iter() {
                let (name, fate): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
                let name: String = name.extract().map_err(|_| wrong_type(&what, "names of references", &name))?;
                let Some(at) = spec.field(&name).filter(|&at| is_reference(at)) else {
                    return Err(no_reference(spec, &what, &name));
                };
                fates[at] = fate_of(&what, &fate)?;
                if fates[at] == OnMissing::None && !spec.fields[at].optional {
                    return Err(may_not_be_none(spec, &what, at));
                }
            }
        }
        Err(_) => {
            let fate = fate_of(&what, said)?;
            let required = |&at: &usize| given[at] && is_reference(at) && !spec.fields[at].optional;
            if let (OnMissing::None, Some(at)) = (fate, (0..spec.fields.len()).find(required)) {
                return Err(may_not_be_none(spec, &what, at));
            }
            fates.fill(fate);
        }
    }
    let is_other = |fate: &OnMissing| !matches!(fate, OnMissing::Create);
    if create_missing && (fates.iter().any(is_other) && !is_default(said) || said.cast::<PyMapping>().is_ok()) {
        let way = "create_missing=True is on_missing=\"create\"; pass one of them";
        return Err(PyValueError::new_err(format!("{what} and create_missing were both passed; {way}")));
    }
    if create_missing {
        fates.fill(OnMissing::Create);
    }
    Ok(fates)
}

/// Whether it is what is meant where nothing is said.
fn is_default(said: &Bound<'_, PyAny>) -> bool {
    said.extract::<&str>().is_ok_and(|said| said == "error")
}

fn fate_of(what: &str, said: &Bound<'_, PyAny>) -> PyResult<OnMissing> {
    match said.extract::<&str>() {
        Ok("error") => Ok(OnMissing::Error),
        Ok("skip") => Ok(OnMissing::Skip),
        Ok("none") => Ok(OnMissing::None),
        Ok("create") => Ok(OnMissing::Create),
        _ => Err(PyValueError::new_err(format!(
            "{what} is 'error', 'skip', 'none' or 'create', or a mapping of references to these, not {}",
            shown(said)
        ))),
    }
}

fn no_reference(spec: &Spec, what: &str, name: &str) -> PyErr {
    let references = spec.fields.iter().filter(|field| matches!(field.holds, Holds::Record(..)));
    let names: Vec<&str> = references.map(|field| field.name.as_str()).collect();
    let hint = match nearest(name, names.iter().copied()) {
        hint if hint.is_empty() && !names.is_empty() => format!("; it has {}", names.join(", ")),
        hint => hint,
    };
    SchemaError::new_err(format!("{what}: {} has no reference '{name}'{hint}", spec.name))
}

fn may_not_be_none(spec: &Spec, what: &str, at: usize) -> PyErr {
    let (of, field) = (&spec.name, &spec.fields[at].name);
    SchemaError::new_err(format!(
        "{what}: {of}.{field} is required, so it cannot be set to None; say what is to become of each reference, as in \
         on_missing={{\"{field}\": \"skip\"}}, where those that are not said are \"error\""
    ))
}

/// Whether something may be left out or set to none.
pub fn may_tell(fates: &[OnMissing]) -> bool {
    fates.iter().any(|fate| matches!(fate, OnMissing::Skip | OnMissing::None))
}

/// Warns of what was left out and set to none, if anything was.
pub fn tell(py: Python<'_>, spec: &Spec, fates: &[OnMissing], brought: &Told) -> PyResult<()> {
    let rows = |count: usize| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    let each = |fate: OnMissing, verb: &str| {
        let fields = brought.nowhere.iter().filter(|(field, _)| fates[*field] == fate).enumerate();
        let one = |(at, (field, count)): (usize, &(usize, usize))| {
            format!("{}{} in {}", spec.fields[*field].name, if at == 0 { verb } else { "" }, rows(*count))
        };
        fields.map(one).collect::<Vec<_>>()
    };
    let mut told = Vec::new();
    if brought.left_out > 0 {
        let mut why = each(OnMissing::Skip, " leads nowhere");
        match brought.followed {
            0 => {}
            1 => why.push("1 row leads to such a row".to_owned()),
            count => why.push(format!("{count} rows lead to such rows")),
        }
        let verb = if brought.left_out == 1 { "was" } else { "were" };
        told.push(format!("{} {verb} left out: {}", rows(brought.left_out), why.join(", ")));
    }
    let nones = each(OnMissing::None, "");
    if !nones.is_empty() {
        told.push(format!("references that lead nowhere were set to None: {}", nones.join(", ")));
    }
    if told.is_empty() {
        return Ok(());
    }
    let message = CString::new(format!("{}.insert_all: {}", spec.name, told.join("; ")).replace('\0', " "))?;
    PyErr::warn(py, py.get_type::<PyUserWarning>().as_any(), &message, 1)
}

/// What there is to tell.
#[derive(Default)]
pub struct Told {
    left_out: usize,
    followed: usize,
    nowhere: Vec<(usize, usize)>,
}

impl Told {
    /// Of an input.
    pub fn of(brought: &mut Brought) -> Self {
        Told { left_out: brought.left_out, followed: brought.followed, nowhere: std::mem::take(&mut brought.nowhere) }
    }
}
