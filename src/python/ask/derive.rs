//! Collections made from a collection: what its members lead to, and a draw of them.

use std::sync::Arc;

use foldhash::HashMap;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use crate::ask::resolve::extended;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::collection::recipe::{Node, Recipe};
use crate::python::declare::path;
use crate::python::record::value::text;
use crate::store::error::Error;
use crate::store::read::path::Path;
use crate::store::room;

#[pymethods]
impl Many {
    /// The records that a reference or a collection of the members leads to, each once, in the order of the members:
    /// live where this collection is live.
    ///
    /// With `repeat=True` also what those lead to, and so on, as a fixed collection: each once, the nearest first, and of one
    /// distance in the order in which the records before them lead there. Cycles end. A member that it starts with is there
    /// only if something leads back to it.
    ///
    /// Raises `SchemaError` for a name that leads nowhere, and with `repeat` for one that leads to another model. O(links);
    /// with `repeat` other threads run meanwhile.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     _ = bob.like_tweet(alice.post_tweet("hello"))
    /// ...     bob.liked_tweets.through("user").values("username")
    /// ['alice']
    /// >>> from hasmany import Many, Model, has_many
    /// >>> class Employee(Model):
    /// ...     name: str
    /// ...     manager: "Employee | None" = None
    /// ...     reports: Many["Employee"] = has_many()
    /// >>> with Store():
    /// ...     ada = Employee("Ada")
    /// ...     bob, cid = Employee("Bob", ada), Employee("Cid", ada)
    /// ...     dan = Employee("Dan", bob)
    /// ...     Employee.where(name="Ada").through("reports", repeat=True).values("name")
    /// ...     Employee.where(name="Dan").through("manager", repeat=True).values("name")
    /// ['Bob', 'Cid', 'Dan']
    /// ['Bob', 'Ada']
    #[pyo3(signature = (name, *, repeat=false), text_signature = "($self, name, *, repeat=False)")]
    fn through(&self, py: Python<'_>, name: &Bound<'_, PyString>, repeat: bool) -> PyResult<Many> {
        let (store, name) = (self.store(py), &*text(name));
        if repeat {
            return beyond(self, py, name);
        }
        let serial = store.get().serial();
        let origin = self.read(py, |world| Ok(self.origin(world)?.map(|(start, path)| (start, path.clone()))))?;
        let from = origin.as_ref().map_or_else(|| Arc::new(Path::all(self.model())), |(_, path)| path.clone());
        let path = path::look_up(store, |world| extended(&world.engine, &from, name).map(Arc::new))?;
        if let Some((start, _)) = origin {
            return Ok(Many::live(store.clone().unbind(), start, path, serial));
        }
        self.fix_by(py, path.to, |world| {
            let rows = world.engine.members_from(&self.rows(world)?, &path);
            let (of, moment) = self.recipe(world)?;
            let recipe = self.computed(world).and_then(|fixed| {
                let (rows, path) = (fixed.all_ids().clone(), path.clone());
                Recipe::over([&of], || Node::Through { of: of.clone(), rows, path, serial: world.serial })
            });
            Ok((rows, recipe, moment))
        })
    }

    /// `k` members drawn without replacement, each set of `k` as likely as any other, as a fixed collection in the
    /// order of the draw; the same `seed` draws the same from the same members. Raises `ValueError` where there are
    /// fewer. O(k) where the members at some places are found without the others (see `many[i]`), else O(members).
    #[pyo3(signature = (k, *, seed=None))]
    fn sample(&self, py: Python<'_>, k: &Bound<'_, PyInt>, seed: Option<&Bound<'_, PyInt>>) -> PyResult<Many> {
        let most = k.extract::<usize>().ok();
        let mut random = match seed {
            // Of any size: Python's hash of an int does not differ between runs.
            Some(seed) => fastrand::Rng::with_seed(seed.hash()? as u64),
            None => fastrand::Rng::new(),
        };
        let drawn = self.compute(py, |world| {
            let len = self.count(world)?;
            let Some(k) = most.filter(|&k| k <= len) else { return Ok(Err(len)) };
            let rows = self.rows_of_places(world, &drawn(&mut random, k, len))?;
            Ok(Ok(Fixed::new(world, self.model(), rows)))
        })?;
        match drawn {
            Ok(fixed) => Ok(Many::fixed(self.store(py).clone().unbind(), fixed)),
            Err(len) => Err(PyValueError::new_err(format!("cannot draw {k} of {len} members"))),
        }
    }
}

/// `k` of so many places: the first steps of a Fisher-Yates shuffle, of which only the places that moved are kept. O(k).
fn drawn(random: &mut fastrand::Rng, k: usize, len: usize) -> Vec<usize> {
    room::check(k.saturating_mul(6 * size_of::<usize>()));
    let mut moved = HashMap::<usize, usize>::with_capacity_and_hasher(k, Default::default());
    room::collected((0..k).map(|at| {
        let other = random.usize(at..len);
        let here = moved.get(&at).copied().unwrap_or(at);
        moved.insert(other, here).unwrap_or(other)
    }))
}

/// What a step of the members leads to, and what that leads to, and so on.
fn beyond(many: &Many, py: Python<'_>, name: &str) -> PyResult<Many> {
    let (store, model) = (many.store(py), many.model());
    let (path, serial) = path::look_up(store, |world| {
        let schema = world.engine.schema();
        let path = extended(&world.engine, &Path::all(model), name)?;
        match path.to == model {
            true => Ok((path, world.serial)),
            false => Err(Error::Schema(format!(
                "{0}.{name} leads to {1}, so it cannot be repeated; repeat=True is for what leads from {0} to {0}",
                schema.model(model).name,
                schema.model(path.to).name
            ))),
        }
    })?;
    many.fix(py, model, |world| {
        world.under(serial)?;
        Ok(world.engine.members_beyond(&many.rows(world)?, &path))
    })
}
