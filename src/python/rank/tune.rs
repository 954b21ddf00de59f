//! `tune`: which damping suits the links of a collection.

use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::collection::many::Many;
use crate::python::declare::path::path_named;
use crate::python::rank::choosing::{Choosing, Given};
use crate::python::rank::question::{self, count};
use crate::python::record::value::text;
use crate::rank::tune::{FOUND, Gains, HELD, tune};
use crate::store::id::{ModelId, Row};
use crate::store::room;
use crate::store::table::Table;

/// How many links are left out if nothing is said.
const LINKS: usize = 1000;

#[pymethods]
impl Many {
    /// The `damping=(p, q)` of `recommend` that finds links again best which are left out: `(p, q)`.
    ///
    /// Of `links` members with two links or more in the collection `through`, drawn with `seed`, or of all where there are fewer, one
    /// link each is left out. Its member is ranked by walks from the others of its owner, as if the link were not there, among all
    /// that the owner has not; at rank r, from 0, it counts 1 / log2(r + 2) if it is among the first 20, else nothing. The p of 0.2,
    /// 0.4, 0.5, 0.6, 0.8 and 1 and the q of 0, 0.1, ... 0.8 with the largest mean are returned; of equal ones those with the least
    /// q, then the largest p. `where` and `weight` are those of `recommend`: tune with what you rank with.
    ///
    /// It is a measurement, to be taken once and kept: `recommend` never does it by itself. The same call gives the same result. Left-out
    /// links are as those there are, and what people take next may be otherwise: whether the pair is better than "auto" on links that
    /// came later says `hasmany.evaluate`. From less than some hundreds of owners the result is mostly chance.
    ///
    /// O(members) and six walks a link, as of `recommend`, on all cores; it does not grow with the number of links. Other threads
    /// run meanwhile.
    ///
    /// Raises `ValueError` where no member has two links, where no link left out was found again by any pair, and for `links` below 1;
    /// `SchemaError` for a name that is no collection, one of whose members each belongs to one record only, and for names that the join model lacks; `FieldError` for a weight that is no number above 0.
    ///
    /// >>> from hasmany import Store, Tweet, User
    /// >>> with Store():
    /// ...     users = [User(name) for name in ("ann", "bob", "cid")]
    /// ...     tweets = [users[0].post_tweet(text) for text in ("one", "two")]
    /// ...     _ = [user.like_tweet(tweet) for user in users for tweet in tweets]
    /// ...     User.all().tune("liked_tweets")
    /// (1.0, 0.0)
    #[pyo3(signature = (through, links=None, seed=None, *, r#where=None, weight=None))]
    #[pyo3(text_signature = "($self, through, links=1000, seed=0, *, where=None, weight=None)")]
    fn tune(
        &self,
        py: Python<'_>,
        through: &Bound<'_, PyString>,
        links: Option<&Bound<'_, PyAny>>,
        seed: Option<&Bound<'_, PyAny>>,
        r#where: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(f64, f64)> {
        let Tuned { left, best, .. } = tried(self, py, through, links, seed, (r#where, weight))?;
        best.ok_or_else(|| {
            PyValueError::new_err(match left.0.len() {
                0 => format!(
                    "tune: no {} of these has two links in '{through}', of which one could be left out",
                    self.model_name(py)
                ),
                count => format!(
                    "tune: of {count} links that were left out none was found again by any damping, so no pair is better than another"
                ),
            })
        })
    }
}

/// What trying all pairs told.
struct Tuned {
    /// The owners and the members of the links that were left out.
    left: (Vec<i64>, Vec<i64>),
    means: Gains,
    best: Option<(f64, f64)>,
}

fn tried(
    many: &Many,
    py: Python<'_>,
    through: &Bound<'_, PyString>,
    links: Option<&Bound<'_, PyAny>>,
    seed: Option<&Bound<'_, PyAny>>,
    (condition, weight): (Option<&Bound<'_, PyAny>>, Option<&Bound<'_, PyAny>>),
) -> PyResult<Tuned> {
    let (store, model, name) = (many.store(py), many.model(), text(through));
    let links = links.map_or(Ok(LINKS), |links| count("links", links, 1))?;
    let seed = question::seed(seed)?;
    let serial = store.get().serial();
    let path = path_named(store, model, &name)?;
    let choosing = Choosing::new(store, (&path, &name), Given { condition, weight, ..Given::default() })?;
    many.compute(py, |world| {
        world.under(serial)?;
        let (choice, owners, engine) = (choosing.choice(world)?, many.rows(world)?, &world.engine);
        let tuned = tune(engine, (&path, &name), &choice, &owners, (links, seed))?;
        let table = |model: ModelId| engine.table(model);
        let ids = |table: &Table, end: fn(&(Row, Row)) -> Row| {
            room::collected(tuned.left.iter().map(|link| table.id(end(link)) as i64))
        };
        let left = (ids(table(path.from), |&(owner, _)| owner), ids(table(path.to), |&(_, member)| member));
        Ok(Tuned { best: tuned.best(), means: tuned.means, left })
    })
}

/// What `Many.tune` tried: the owners and the members of the links that it left out, the p, the q, and the mean of each pair, a row
/// a p.
#[pyfunction]
#[pyo3(signature = (many, through, links=None, seed=None, *, r#where=None, weight=None))]
pub fn tuned<'py>(
    many: &Bound<'py, Many>,
    through: &Bound<'py, PyString>,
    links: Option<&Bound<'py, PyAny>>,
    seed: Option<&Bound<'py, PyAny>>,
    r#where: Option<&Bound<'py, PyAny>>,
    weight: Option<&Bound<'py, PyAny>>,
) -> PyResult<Tried<'py>> {
    let py = many.py();
    let Tuned { left: (owners, members), means, .. } = tried(many.get(), py, through, links, seed, (r#where, weight))?;
    let means = PyArray1::from_slice(py, means.as_flattened()).reshape([HELD.len(), FOUND.len()])?;
    Ok((owners.into_pyarray(py), members.into_pyarray(py), HELD, FOUND, means))
}

type Ids<'py> = Bound<'py, PyArray1<i64>>;

/// Owners, members, p, q, means.
type Tried<'py> = (Ids<'py>, Ids<'py>, [f64; HELD.len()], [f64; FOUND.len()], Bound<'py, PyArray2<f64>>);
