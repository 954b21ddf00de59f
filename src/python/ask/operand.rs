//! What stands in an expression besides paths: values, records, collections, several of these.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::ask::expr;
use crate::ask::given::Given;
use crate::ask::show;
use crate::python::ask::literal;
use crate::python::ask::single::{Between, is_single};
use crate::python::collection::many::Many;
use crate::python::error::{self, ForeignStoreError};
use crate::python::record::handle::Record;
use crate::python::record::value;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId};
use crate::store::read::path::DEEPEST;
use crate::store::read::token;
use crate::store::types::Type;
use crate::store::value::Value;

/// An expression, as Python's has it.
pub type Tree = expr::Expr<Operand>;

/// What was given, and how it is written.
#[derive(Clone)]
pub struct Operand {
    what: What,
    /// Of several the brackets: the rest is what they are.
    shown: Arc<str>,
}

const TUPLE: &str = "()";
const LIST: &str = "[]";

#[derive(Clone)]
enum What {
    Nothing,
    Value(Value<'static>, Type),
    Record(Arc<Py<Store>>, ModelId, Id),
    Many(Arc<Py<Many>>),
    /// Something of elsewhere, and the collection of the same model that stands for it here.
    Elsewhere(Arc<Py<PyAny>>, Arc<Py<Many>>),
    Several(Arc<[Operand]>),
}

/// Letters that an expression shows of an object of a store, which nobody reads again.
const SHOWN: usize = 80;

impl Operand {
    /// One value, record or collection.
    pub fn one(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut shown = None;
        let what = if given.is_none() {
            What::Nothing
        } else if let Ok(record) = given.cast::<Record>() {
            let record = record.get();
            What::Record(Arc::new(record.store.clone_ref(given.py())), record.model, record.id())
        } else if let Ok(many) = given.cast::<Many>() {
            What::Many(Arc::new(many.clone().unbind()))
        } else if let Some(of) = value::type_of(given)? {
            let value = value::value("col()", "value", of, given)?.into_owned();
            shown = Some(literal::of(given, of, &value)?);
            What::Value(value, of)
        } else if let Some(many) = standing_for(given)? {
            What::Elsewhere(Arc::new(given.clone().unbind()), Arc::new(many.unbind()))
        } else {
            let of = given.get_type().name()?;
            let advice = match (given.is_instance_of::<Between>(), is_single(given)?) {
                _ if given.is_instance_of::<PyDict>() => "one value of a Json field is Json({...})",
                _ if given.is_instance_of::<PyList>() => {
                    "is_in() takes several, and one value of a Json field is Json([...])"
                }
                (true, _) => "write .between(low, high)",
                (_, false) => "is_in() takes several",
                _ => "it takes a value, a record or another expression",
            };
            return Err(PyTypeError::new_err(format!("an expression does not go with {of}; {advice}")));
        };
        Ok(Operand { what, shown: shown.map_or_else(|| short(error::shown(given)), Arc::from) })
    }

    /// As [`one`](Self::one), or a tuple: what names a record by a key of several fields.
    pub fn naming(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        Operand::naming_at(given, 0)
    }

    fn naming_at(given: &Bound<'_, PyAny>, depth: usize) -> PyResult<Self> {
        let Ok(tuple) = given.cast::<PyTuple>() else { return Operand::one(given) };
        if depth == DEEPEST {
            return Err(PyTypeError::new_err(format!("no key has tuples in tuples {DEEPEST} deep")));
        }
        let parts = tuple.iter().map(|part| Operand::naming_at(&part, depth + 1)).collect::<PyResult<Vec<_>>>()?;
        Ok(Operand { what: What::Several(parts.into()), shown: TUPLE.into() })
    }

    /// Several, read now; a collection is read when it is asked.
    pub fn several(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if is_collection(given)? {
            return Operand::one(given);
        }
        if is_single(given)? {
            let of = given.get_type().name()?;
            return Err(PyTypeError::new_err(format!("is_in() takes several values or a collection, not {of}")));
        }
        let brackets = if given.is_instance_of::<PyTuple>() { TUPLE } else { LIST };
        let all = given.try_iter()?.map(|one| Operand::naming(&one?)).collect::<PyResult<Vec<_>>>()?;
        Ok(Operand { what: What::Several(all.into()), shown: brackets.into() })
    }

    /// It as a store has it, under its lock.
    pub fn given(&self, world: &World) -> Result<Given> {
        Ok(match &self.what {
            What::Nothing => Given::Nothing,
            What::Value(value, of) => Given::Value(value.clone(), *of),
            What::Record(_, model, id) => Given::Row(*model, world.engine.row(*model, *id)?),
            What::Many(many) | What::Elsewhere(_, many) => {
                Given::Rows(many.get().model(), many.get().rows(world)?.into_vec())
            }
            What::Several(all) => Given::Several(all.iter().map(|one| one.given(world)).collect::<Result<_>>()?),
        })
    }

    /// The collection, where it is one, and the model of its members; of one of elsewhere what that is.
    pub fn collection(&self, py: Python<'_>) -> Option<(Py<PyAny>, ModelId)> {
        match &self.what {
            What::Many(many) => Some((many.clone_ref(py).into_any(), many.get().model())),
            What::Elsewhere(given, many) => Some((given.clone_ref(py), many.get().model())),
            What::Nothing | What::Value(..) | What::Record(..) | What::Several(_) => None,
        }
    }

    /// Adds it to a digest: values and records as they are, collections by what they are computed by.
    pub fn hash(&self, world: &World, mut state: &mut dyn Hasher) -> Result<()> {
        match &self.what {
            What::Nothing => token::hash_value(&Value::None, state),
            What::Value(value, _) => token::hash_value(value, state),
            What::Record(_, model, id) => (&world.engine.schema().model(*model).table, id).hash(&mut state),
            What::Many(many) | What::Elsewhere(_, many) => {
                many.get().recipe(world)?.0.fingerprint(world)?.hash(&mut state)
            }
            What::Several(all) => {
                all.len().hash(&mut state);
                return all.iter().try_for_each(|one| one.hash(world, state));
            }
        }
        Ok(())
    }

    /// Of the right kind, to check an expression: nothing is read.
    pub fn hollow(&self) -> Given {
        match &self.what {
            What::Nothing => Given::Nothing,
            What::Value(value, of) => Given::Value(value.clone(), *of),
            What::Record(_, model, _) => Given::Row(*model, 0),
            What::Many(many) | What::Elsewhere(_, many) => Given::Rows(many.get().model(), Vec::new()),
            What::Several(all) => Given::Several(all.iter().map(Operand::hollow).collect()),
        }
    }

    /// The parts of a tuple, or of several.
    pub fn parts(&self) -> Option<&[Operand]> {
        match &self.what {
            What::Several(all) => Some(all),
            What::Nothing | What::Value(..) | What::Record(..) | What::Many(_) | What::Elsewhere(..) => None,
        }
    }

    /// As it was written, whole: what can be read again is, but for a record and a collection.
    fn write(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        let What::Several(all) = &self.what else { return f.write_str(&self.shown) };
        let (open, close) = self.shown.split_at(1);
        f.write_str(open)?;
        for (at, one) in all.iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { "" })?;
            one.write(f)?;
        }
        let is_single = all.len() == 1 && &*self.shown == TUPLE;
        f.write_str(if is_single { "," } else { "" })?;
        f.write_str(close)
    }

    /// Whether it is None.
    pub fn is_nothing(&self) -> bool {
        matches!(self.what, What::Nothing)
    }

    /// None of any values: nothing is among them.
    pub fn no_values() -> Self {
        Operand { what: What::Several(Arc::new([])), shown: LIST.into() }
    }

    /// Whether a record or a collection stands in it.
    pub fn is_of_a_store(&self) -> bool {
        match &self.what {
            What::Nothing | What::Value(..) => false,
            What::Record(..) | What::Many(_) | What::Elsewhere(..) => true,
            What::Several(all) => all.iter().any(Operand::is_of_a_store),
        }
    }

    /// Raises `ForeignStoreError` where it is of another store.
    pub fn check(&self, store: &Bound<'_, Store>) -> PyResult<()> {
        let is_own = match &self.what {
            What::Nothing | What::Value(..) => true,
            What::Record(own, ..) => own.is(store),
            What::Many(many) | What::Elsewhere(_, many) => many.get().store(store.py()).is(store),
            What::Several(all) => return all.iter().try_for_each(|one| one.check(store)),
        };
        match is_own {
            true => Ok(()),
            false => Err(ForeignStoreError::new_err(format!("{self} is of another store than what is asked"))),
        }
    }
}

/// Whether an object is a collection, or something that one stands for.
pub fn is_collection(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(given.is_instance_of::<Many>() || standing_for(given)?.is_some())
}

/// The collection that stands for an object of elsewhere, as a lake's selection is.
fn standing_for<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, Many>>> {
    let name = intern!(given.py(), "__hasmany_collection__");
    match given.get_type().getattr_opt(name)? {
        Some(_) => Ok(given.getattr(name)?.cast_into::<Many>().ok()),
        None => Ok(None),
    }
}

fn short(mut text: String) -> Arc<str> {
    if let Some((cut, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(cut);
        text.push('…');
    }
    text.into()
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::cut(f, |f| self.write(f))
    }
}

impl PartialEq for Operand {
    fn eq(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (What::Nothing, What::Nothing) => true,
            (What::Value(one, of), What::Value(two, other)) => one == two && of == other,
            (What::Record(store, model, id), What::Record(other, its_model, its_id)) => {
                store.is(&**other) && model == its_model && id == its_id
            }
            (What::Many(one), What::Many(two)) => one.is(&**two),
            (What::Elsewhere(one, _), What::Elsewhere(two, _)) => one.is(&**two),
            (What::Several(one), What::Several(two)) => one == two,
            _ => false,
        }
    }
}
