//! What is asked of links: parsed once, answered under the lock as often as wanted.

use std::sync::Arc;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::exchange::ranked::Ranked;
use crate::python::collection::many::Many;
use crate::python::declare::path::path_named;
use crate::python::error::{ForeignStoreError, wrong_type};
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::python::store::world::stale;
use crate::rank::best::Scored;
use crate::rank::damping::Damping;
use crate::rank::links::{Links, join_of};
use crate::rank::many::each_asker;
use crate::rank::recommend::{Recommended, Walks};
use crate::rank::scratch::Scratch;
use crate::rank::similar::{Measure, similar};
use crate::rank::why::AT_ONCE;
use crate::rank::within::Within;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::schema::path::{Join, Path};

/// A question that owners of a collection can be asked.
pub struct Question {
    pub name: String,
    path: Arc<Path>,
    join: Join,
    /// The store's, under which the path holds.
    serial: u32,
    pub k: usize,
    pub ask: Ask,
}

/// What of.
pub enum Ask {
    Similar(Measure),
    Recommend(Recommend),
}

/// How members are recommended.
pub struct Recommend {
    pub damping: Damping,
    /// A fixed collection.
    pub within: Option<Py<Many>>,
    pub most: usize,
    pub seed: u64,
}

/// What one owner is answered.
pub struct Answer {
    pub ranked: Vec<Ranked>,
    /// Of a recommendation, for the first ones: the ids of the members that led there.
    pub reasons: Vec<Vec<Id>>,
    pub sampled: bool,
}

impl Question {
    /// Looks the collection up. Raises `SchemaError` where there is none of the name, or where it is no join.
    pub fn new(store: &Bound<'_, Store>, model: ModelId, name: &str, k: usize, ask: Ask) -> PyResult<Self> {
        let serial = store.get().serial();
        let path = path_named(store, model, name)?;
        let join = join_of(&store.get().read(store.py()).engine, &path, name);
        let join = join.map_err(|error| raise(store, error))?;
        Ok(Question { name: name.to_owned(), path, join, serial, k, ask })
    }

    /// The model of those asked.
    pub fn owners(&self) -> ModelId {
        self.path.from
    }

    /// The model of the collection's members.
    pub fn members(&self) -> ModelId {
        self.path.to
    }

    /// The model of what is ranked.
    pub fn answers(&self) -> ModelId {
        match self.ask {
            Ask::Similar(_) => self.owners(),
            Ask::Recommend(_) => self.members(),
        }
    }

    /// Whether it can be asked why.
    pub fn is_recommendation(&self) -> bool {
        matches!(self.ask, Ask::Recommend(_))
    }

    fn links<'a>(&self, world: &'a World) -> Result<Links<'a>> {
        match world.serial == self.serial {
            true => Ok(Links::new(&world.engine, &self.join, self.path.from, self.path.to)),
            false => Err(stale()),
        }
    }

    /// The only members to recommend.
    fn within(&self, world: &World) -> Result<Option<Within>> {
        let Ask::Recommend(Recommend { within: Some(within), .. }) = &self.ask else { return Ok(None) };
        let universe = world.engine.table(self.members()).rows();
        Ok(Some(Within::new(within.get().rows(world)?.into_vec(), universe)))
    }

    fn walks<'a>(&self, world: &'a World, of: &Recommend, within: Option<&'a Within>) -> Result<Walks<'a>> {
        let Recommend { damping, most, seed, .. } = *of;
        Ok(Walks { store: &world.engine, links: self.links(world)?, damping, within, most, seed })
    }

    fn ids(&self, world: &World, best: Vec<Scored>) -> Vec<Ranked> {
        let table = world.engine.table(self.answers());
        best.into_iter().map(|Scored { row, score }| (table.id(row), score)).collect()
    }

    /// Answers one owner, with reasons.
    pub fn answer(&self, world: &World, owner: Id) -> Result<Answer> {
        let (links, asker) = (self.links(world)?, world.engine.row(self.owners(), owner)?);
        let mut scratch = Scratch::default();
        match &self.ask {
            Ask::Similar(measure) => {
                let best = similar(&world.engine, &links, asker, self.k, *measure, &mut scratch);
                Ok(Answer { ranked: self.ids(world, best), reasons: Vec::new(), sampled: false })
            }
            Ask::Recommend(of) => {
                let within = self.within(world)?;
                let walks = self.walks(world, of, within.as_ref())?;
                let Recommended { best, sampled } = walks.recommend(asker, self.k, &mut scratch);
                let found: Vec<Row> = best.iter().take(AT_ONCE).map(|scored| scored.row).collect();
                let reasons = self.reasons(world, &walks, asker, &found, &mut scratch);
                Ok(Answer { ranked: self.ids(world, best), reasons, sampled })
            }
        }
    }

    fn reasons(&self, world: &World, walks: &Walks, asker: Row, found: &[Row], scratch: &mut Scratch) -> Vec<Vec<Id>> {
        let table = world.engine.table(self.members());
        let ids = |rows: Vec<Row>| rows.into_iter().map(|row| table.id(row)).collect();
        walks.why(asker, found, scratch).into_iter().map(ids).collect()
    }

    /// The members of `owner` that lead to another one now.
    pub fn why(&self, world: &World, owner: Id, member: Id) -> Result<Vec<Id>> {
        let Ask::Recommend(of) = &self.ask else { return Ok(Vec::new()) };
        let asker = world.engine.row(self.owners(), owner)?;
        let found = world.engine.row(self.members(), member)?;
        let walks = self.walks(world, of, None)?;
        Ok(self.reasons(world, &walks, asker, &[found], &mut Scratch::default()).pop().unwrap_or_default())
    }

    /// Answers these owners, on all cores; those that are not there any more are left out.
    pub fn answer_all(&self, world: &World, owners: &[Id]) -> Result<Vec<(Id, Vec<Ranked>)>> {
        let (links, within) = (self.links(world)?, self.within(world)?);
        let table = world.engine.table(self.owners());
        let askers: Vec<Row> = owners.iter().filter_map(|&owner| table.find(owner)).collect();
        let best = match &self.ask {
            Ask::Similar(measure) => {
                each_asker(&askers, |asker, scratch| similar(&world.engine, &links, asker, self.k, *measure, scratch))
            }
            Ask::Recommend(of) => {
                let walks = self.walks(world, of, within.as_ref())?;
                each_asker(&askers, |asker, scratch| walks.recommend(asker, self.k, scratch).best)
            }
        };
        Ok(askers.into_iter().zip(best).map(|(asker, best)| (table.id(asker), self.ids(world, best))).collect())
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        match &self.ask {
            Ask::Recommend(Recommend { within: Some(within), .. }) => visit.call(within),
            _ => Ok(()),
        }
    }
}

/// A number of something, at least `least`. Raises `ValueError` below that.
pub fn count(name: &str, given: &Bound<'_, PyAny>, least: usize) -> PyResult<usize> {
    let refuse = || PyValueError::new_err(format!("{name} is {least} or more, not {given}"));
    match given.extract::<isize>() {
        Ok(count) => usize::try_from(count).ok().filter(|&count| count >= least).ok_or_else(refuse),
        Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => match given.lt(0)? {
            true => Err(refuse()),
            false => Ok(usize::MAX),
        },
        Err(_) => Err(wrong_type(name, "int", given)),
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

/// The exponents of a recommendation. Raises `ValueError`.
pub fn damping(given: Option<(f64, f64)>) -> PyResult<Damping> {
    let Some((held, found)) = given else { return Ok(Damping::default()) };
    match [held, found].iter().all(|exponent| (0.0..=STEEPEST).contains(exponent)) {
        true => Ok(Damping { held, found }),
        false => Err(PyValueError::new_err(format!("damping is two numbers from 0 to 4, not ({held}, {found})"))),
    }
}

/// A collection of members of this model, as it is now.
pub fn fixed(
    store: &Bound<'_, Store>,
    model: ModelId,
    within: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Py<Many>>> {
    let Some(given) = within else { return Ok(None) };
    let py = store.py();
    let name = |model: ModelId| store.get().read(py).class(model).spec.name.clone();
    let wanted = || format!("a collection of {}", name(model));
    let Ok(within) = given.cast::<Many>() else { return Err(wrong_type("within", &wanted(), given)) };
    let many = within.get();
    if !many.is_in(store.as_unbound()) {
        return Err(ForeignStoreError::new_err("within: a collection of another store"));
    }
    if many.model() != model {
        let message = format!("within takes {}, not one of {}", wanted(), name(many.model()));
        return Err(PyTypeError::new_err(message));
    }
    Py::new(py, many.derive(py, |_, rows| rows.into_vec())?).map(Some)
}
