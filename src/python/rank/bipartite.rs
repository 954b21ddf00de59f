//! `Record.to_networkx`: the rows of a join model as a bipartite graph.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyType};

use crate::python::ask::dicts;
use crate::python::ask::table::Columns;
use crate::python::declare::bind::model_of;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::record::raise::raise;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, Row};
use crate::store::room;

#[pymethods]
impl Record {
    /// The rows of this join model as a bipartite `networkx.Graph`: of all records that the reference `first` can lead to
    /// and all that `second` can, with an edge for each pair that a row of this model links.
    ///
    /// The records themselves are the nodes, so no two collide, with the attributes `bipartite` (0 on the side of
    /// `first`, 1 on that of `second`), `model` (its name) and what their `to_dict()` says. An edge has what the row's
    /// `to_dict()` says but for the two references. Where the pair is not unique, one edge stands for all its rows:
    /// each attribute is a list, oldest row first, and `weight` is how many there are, unless the model has a field of
    /// that name. A field named `bipartite` or `model` is left out of a node; so is a row that lacks one of the two
    /// references.
    ///
    /// `networkx.bipartite` works with it as it is: `projected_graph(graph, User.all())`. Projections of many rows are
    /// `User.projection("liked_tweets")`, at array speed. `Store.to_networkx()` is all of a store.
    ///
    /// Result: a copy, as of one moment. Raises `SchemaError` for a name that is no reference, and where both lead to one
    /// model; `ImportError` without NetworkX. O(rows), as `Store.to_networkx`.
    ///
    /// >>> from hasmany import Like, Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     tweet = alice.post_tweet("hello")
    /// ...     _ = alice.like_tweet(tweet), bob.like_tweet(tweet)
    /// ...     graph = Like.to_networkx("user", "tweet")
    /// >>> graph.nodes[tweet]
    /// {'id': 1, 'message': 'hello', 'user': 1, 'bipartite': 1, 'model': 'Tweet'}
    /// >>> graph.edges[bob, tweet]
    /// {'id': 2}
    /// >>> from networkx import bipartite
    /// >>> bipartite.projected_graph(graph, [alice, bob]).has_edge(alice, bob)
    /// True
    #[classmethod]
    fn to_networkx<'py>(
        cls: &Bound<'py, PyType>,
        first: &Bound<'py, PyString>,
        second: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("hasmany.bridges")?.call_method1("bipartite", (cls, first, second))
    }
}

/// A model's name, its records by id, and what they say, in the same order.
type SideShown<'py> = (String, Bound<'py, PyDict>, Bound<'py, PyList>);

/// The ids of both ends of each join row, what it says besides, and whether no pair has two.
type JoinShown = (Vec<Id>, Vec<Id>, Columns, bool);

/// What `Record.to_networkx` is made of, read under one hold of the lock: both sides, and the join rows between them.
#[pyfunction]
pub fn join_rows<'py>(
    cls: &Bound<'py, PyType>,
    first: &Bound<'py, PyString>,
    second: &Bound<'py, PyString>,
) -> PyResult<(SideShown<'py>, SideShown<'py>, JoinShown)> {
    let (store, model) = model_of(cls)?;
    let (first, second) = (text(first), text(second));
    let read = |world: &World| Joined::read(world, model, &first, &second);
    let Joined { sides: [one, two], ends: [firsts, seconds], rest, is_unique } =
        store.get().read_long(cls.py(), read).map_err(|error| raise(&store, error))?;
    Ok((one.show(&store)?, two.show(&store)?, (firsts, seconds, rest, is_unique)))
}

/// Join rows and what they join.
struct Joined {
    sides: [Side; 2],
    ends: [Vec<Id>; 2],
    rest: Columns,
    is_unique: bool,
}

/// All records of one of the two models.
struct Side {
    model: ModelId,
    ids: Vec<Id>,
    table: Columns,
}

impl Joined {
    fn read(world: &World, model: ModelId, first: &str, second: &str) -> Result<Self> {
        let (engine, of) = (&world.engine, world.engine.schema().model(model));
        let ((first_at, one), (second_at, two)) = (of.reference(first)?, of.reference(second)?);
        if one == two {
            let (name, to) = (&of.name, &engine.schema().model(one).name);
            return Err(Error::Schema(format!(
                "{name}.{first} and {name}.{second} both lead to {to}, so the two sides would be one; store.to_networkx() \
                 has all rows of a store as a directed graph, {name}.matrix({first:?}, {second:?}) these as a matrix"
            )));
        }
        let table = engine.table(model);
        let is_whole = |row: &Row| [first_at, second_at].iter().all(|&at| !table.column(at).is_none(*row));
        let rows: Vec<Row> = table.live().filter(is_whole).collect();
        let end = |at: usize, to: ModelId| {
            let id = |&row: &Row| engine.table(to).id(table.column(at).parent(row));
            room::collected(rows.iter().map(id))
        };
        let is_end = |name: &str| [first, second].contains(&name.split('.').next().unwrap_or(name));
        let side = |model: ModelId| {
            let (of, rows) = (engine.table(model), engine.table(model).live_rows());
            let ids = room::collected(rows.iter().map(|&row| of.id(row)));
            Side { model, ids, table: dicts::table(engine, model, &rows, |_| false) }
        };
        Ok(Joined {
            sides: [side(one), side(two)],
            ends: [end(first_at, one), end(second_at, two)],
            rest: dicts::table(engine, model, &rows, is_end),
            is_unique: table.uniques().iter().any(|key| key.fields.iter().all(|at| [first_at, second_at].contains(at))),
        })
    }
}

impl Side {
    /// As Python objects, with no lock held.
    fn show<'py>(self, store: &Bound<'py, Store>) -> PyResult<SideShown<'py>> {
        let py = store.py();
        let (spec, _) = store.get().spec(py, self.model);
        let records = PyDict::new(py);
        for id in self.ids {
            records.set_item(id, make::record_by(&spec.maker, store, self.model, id)?)?;
        }
        Ok((spec.name.clone(), records, self.table.to_dicts(py)?))
    }
}
