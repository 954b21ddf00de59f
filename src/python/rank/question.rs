//! What a ranking is asked with: arguments parsed once, and the question that they make.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};

use crate::python::collection::many::Many;
use crate::python::declare::path::path_named;
use crate::python::error::{ForeignStoreError, shown, wrong_type};
use crate::python::rank::choosing::{Choosing, Given};
use crate::python::record::raise::raise;
use crate::python::record::value::{integer, text};
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::rank::ask::{Answer, Ask, Narrowed, Question, Ranked, Who};
use crate::rank::damping::Damping;
use crate::rank::kept::Kept;
use crate::rank::similar::{Measure, SHRINK};
use crate::store::error::Result;
use crate::store::id::{Id, ModelId};

/// A question of a store: answered under its lock as often as wanted, as long as no model is redefined.
pub struct BoundQuestion {
    pub question: Question,
    /// A fixed collection, from which alone members are recommended.
    within: Option<Py<Many>>,
    /// Which join rows count, and how much.
    choosing: Choosing,
    /// The store's, under which the question's path holds.
    serial: u32,
}

impl BoundQuestion {
    /// Looks the collection up. Raises `SchemaError` where there is none of the name.
    pub fn new(
        store: &Bound<'_, Store>,
        model: ModelId,
        name: &str,
        k: usize,
        ask: Ask,
        given: Given<'_, '_>,
    ) -> PyResult<Self> {
        let Given { within, condition, weight, recent } = given;
        let serial = store.get().serial();
        let question = Question { name: name.to_owned(), path: path_named(store, model, name)?, k, ask };
        if within.is_some() || condition.is_some() || weight.is_some() || recent.is_some() {
            // Whether there is anything to ask is said before what is wrong with what it is narrowed to.
            let checked = question.check(&store.get().read(store.py()).engine);
            checked.map_err(|error| raise(store, error))?;
        }
        let choosing = Choosing::new(store, (&question.path, name), given)?;
        let within = within.map(|within| fixed(store, question.members(), within)).transpose()?;
        Ok(BoundQuestion { question, within, choosing, serial })
    }

    /// Refuses a collection whose owners share nothing.
    pub fn check(&self, world: &World) -> Result<()> {
        world.under(self.serial)?;
        self.question.check(&world.engine)
    }

    fn narrowed(&self, world: &World) -> Result<Narrowed> {
        let within = self.within.as_ref().map(|within| Ok(within.get().rows(world)?.into_vec()));
        Ok(Narrowed { choice: self.choosing.choice(world)?, within: within.transpose()? })
    }

    /// Answers one owner or basket, with reasons.
    pub fn answer(&self, world: &World, who: &Who) -> Result<Answer> {
        world.under(self.serial)?;
        self.question.answer(&world.engine, who, self.narrowed(world)?)
    }

    /// Answers these owners, on all cores; those that are gone are left out.
    pub fn answer_all(&self, world: &World, owners: &[Id], kept: &mut Kept) -> Result<Vec<(Id, Vec<Ranked>)>> {
        world.under(self.serial)?;
        self.question.answer_all(&world.engine, owners, self.narrowed(world)?, kept)
    }

    /// The members of an asker that lead to another one now.
    pub fn why(&self, world: &World, who: &Who, member: Id) -> Result<Vec<Id>> {
        world.under(self.serial)?;
        self.question.why(&world.engine, who, member, &self.choosing.choice(world)?)
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        self.within.as_ref().map_or(Ok(()), |within| visit.call(within))
    }
}

/// A number of something, at least `least`: an int, or what says by `__index__` that it is one. Raises `ValueError` below that.
pub fn count(name: &str, given: &Bound<'_, PyAny>, least: usize) -> PyResult<usize> {
    let refuse = || PyValueError::new_err(format!("{name} is {least} or more, not {given}"));
    match whole(name, given)?.extract::<isize>() {
        Ok(count) => usize::try_from(count).ok().filter(|&count| count >= least).ok_or_else(refuse),
        Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => match given.lt(0)? {
            true => Err(refuse()),
            false => Ok(usize::MAX),
        },
        Err(_) => Err(wrong_type(name, "int", given)),
    }
}

/// What is drawn by. Of any size: Python's hash of an int does not differ between runs.
pub fn seed(given: Option<&Bound<'_, PyAny>>) -> PyResult<u64> {
    given.map_or(Ok(0), |given| whole("seed", given)?.hash().map(|hash| hash as u64))
}

/// An int, or that of what says by `__index__` that it is one; no bool.
fn whole<'py>(name: &str, given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match integer(given) {
        Ok(Some(int)) if int.is_instance_of::<PyInt>() => Ok(int),
        Err(error) if !error.is_instance_of::<PyTypeError>(given.py()) => Err(error),
        Ok(_) | Err(_) => Err(wrong_type(name, "int", given)),
    }
}

/// The measure of a name. Raises `ValueError`.
pub fn measure(name: &str) -> PyResult<Measure> {
    Measure::named(name).ok_or_else(|| {
        let names: Vec<String> = Measure::NAMES.iter().map(|(name, _)| format!("'{name}'")).collect();
        PyValueError::new_err(format!("measure is one of {}, not '{name}'", names.join(", ")))
    })
}

/// The largest exponent that makes sense, by far.
const STEEPEST: f64 = 4.0;

/// The exponents of a recommendation: "auto" or nothing, or two numbers. Raises `ValueError`, `TypeError`.
pub fn damping(given: Option<&Bound<'_, PyAny>>) -> PyResult<Damping> {
    let Some(given) = given else { return Ok(Damping::Auto) };
    if let Ok(name) = given.cast::<PyString>() {
        let refuse =
            || PyValueError::new_err(format!("damping is 'auto' or two numbers from 0 to 4, not {}", shown(name)));
        return if text(name) == "auto" { Ok(Damping::Auto) } else { Err(refuse()) };
    }
    if !given.is_instance_of::<PyTuple>() {
        return Err(wrong_type("damping", "'auto' or a tuple of two numbers", given));
    }
    let (held, found) = given.extract::<(f64, f64)>()?;
    match [held, found].iter().all(|exponent| (0.0..=STEEPEST).contains(exponent)) {
        true => Ok(Damping::Fixed { held, found }),
        false => Err(PyValueError::new_err(format!("damping is two numbers from 0 to 4, not ({held}, {found})"))),
    }
}

/// What a measure is shrunk by. Raises `ValueError`.
pub fn shrink(given: Option<f64>) -> PyResult<f64> {
    let shrink = given.unwrap_or(SHRINK);
    match (0.0..f64::INFINITY).contains(&shrink) {
        // Not -0.0.
        true => Ok(shrink.abs()),
        false => Err(PyValueError::new_err(format!("shrink is a number of 0 or more, not {shrink}"))),
    }
}

/// A collection of members of this model, as it is now.
fn fixed(store: &Bound<'_, Store>, model: ModelId, given: &Bound<'_, PyAny>) -> PyResult<Py<Many>> {
    let py = store.py();
    let wanted = || format!("a collection of {}", store.get().model_name(py, model));
    let Ok(within) = given.cast::<Many>() else { return Err(wrong_type("within", &wanted(), given)) };
    let many = within.get();
    if !many.is_in(store.as_unbound()) {
        return Err(ForeignStoreError::new_err("within: a collection of another store"));
    }
    if many.model() != model {
        let message = format!("within takes {}, not one of {}", wanted(), many.model_name(py));
        return Err(PyTypeError::new_err(message));
    }
    Py::new(py, many.derive(py, |_, rows| rows.into_vec())?)
}
