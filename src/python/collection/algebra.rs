//! Collections as sets: `&`, `|`, `-`, `^`, comparisons and overlap, with collections and with any iterable of records.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFrozenSet, PyList, PyMapping, PySet, PyString, PyTuple};

use crate::python::collection::fixed::{Fixed, Held, Rows};
use crate::python::collection::ids::FixedIds;
use crate::python::collection::many::Many;
use crate::python::collection::recipe::{Node, Recipe};
use crate::python::error::{ForeignStoreError, shown, wrong_type};
use crate::python::record::handle::Record;
use crate::python::record::{arg, make};
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::{Id, Row};
use crate::store::read::algebra::{Operator, Side};
use crate::store::read::rowset;
use crate::store::room;

/// The other side of an operator.
enum Operand<'a> {
    Many(&'a Many),
    /// The records of an iterable.
    Ids(Vec<Id>),
}

/// To release the interpreter and take it again costs about as much as to read a thousand rows, and lets nobody work who
/// would not have waited as long for it anyway.
const FEW: usize = 4096;

/// What an operator does with a record of the other side that was deleted.
#[derive(Clone, Copy, PartialEq)]
enum Gone {
    /// It is not there, so it takes nothing away.
    Skip,
    /// It cannot become a member.
    Raise,
}

impl Many {
    /// Reads the other side; its records must be of my model and store.
    fn operand<'a>(&self, other: &'a Bound<'_, PyAny>) -> PyResult<Operand<'a>> {
        let py = other.py();
        let name = || self.model_name(py);
        if let Ok(many) = other.cast::<Many>() {
            let many = many.get();
            if !many.is_in(self.store(py).as_unbound()) {
                return Err(ForeignStoreError::new_err(format!("{} are of another store", shown(other))));
            }
            if many.model() != self.model() {
                let message =
                    format!("a collection of {} cannot be combined with one of {}", name(), many.model_name(py));
                return Err(PyTypeError::new_err(message));
            }
            return Ok(Operand::Many(many));
        }
        let Ok(elements) = other.try_iter() else {
            return Err(wrong_type(
                &format!("a collection of {}", name()),
                "a collection or an iterable of records",
                other,
            ));
        };
        self.ids_of(elements).map(Operand::Ids)
    }

    /// The ids of records, which must be of my model and store.
    pub fn ids_of<'py>(&self, records: impl IntoIterator<Item = PyResult<Bound<'py, PyAny>>>) -> PyResult<Vec<Id>> {
        let mut ids = Vec::new();
        for record in records {
            let record = record?;
            ids.push(self.id_of(&record)?);
        }
        Ok(ids)
    }

    /// The ids of what a writer is given: records, and iterables of them, which are read to their end.
    pub fn ids_given(&self, given: &Bound<'_, PyTuple>) -> PyResult<Vec<Id>> {
        let mut ids = Vec::new();
        for given in given {
            match is_one(&given)? {
                true => ids.push(self.id_of(&given)?),
                false => match self.operand(&given)? {
                    Operand::Many(many) => ids.append(&mut many.ids_vec(given.py())?),
                    Operand::Ids(mut more) => ids.append(&mut more),
                },
            }
        }
        Ok(ids)
    }

    /// The id of a record, which must be of my model and store.
    pub fn id_of(&self, given: &Bound<'_, PyAny>) -> PyResult<Id> {
        let py = given.py();
        let store = self.store(py);
        if let Ok(record) = given.cast::<Record>()
            && record.get().is_in(store.as_unbound())
            && record.get().model == self.model()
        {
            return Ok(record.get().id());
        }
        let maker = store.get().read(py).class(self.model()).spec.maker.clone_ref(py);
        let what = || format!("a collection of {}", self.model_name(py));
        arg::record(store.as_unbound(), self.model(), &make::class(&maker, py).unbind(), given, what)
    }

    /// The rows of records, each once.
    fn rows_of(&self, world: &World, ids: &[Id], gone: Gone) -> Result<Vec<Row>> {
        let table = world.engine.table(self.model());
        let mut rows = Vec::new();
        room::reserve(&mut rows, ids.len());
        for &id in ids {
            match table.find(id) {
                Some(row) => rows.push(row),
                None if gone == Gone::Skip => {}
                None => return world.engine.row(self.model(), id).map(|_| Vec::new()),
            }
        }
        rowset::distinct(&mut rows, table.rows());
        Ok(rows)
    }

    /// A fixed collection of what an operator makes of my rows and the other's; `swap` where I am on the right.
    fn combine(&self, other: &Bound<'_, PyAny>, gone: Gone, swap: bool, operator: Operator) -> PyResult<Many> {
        let (py, operand) = (other.py(), self.operand(other)?);
        let few = |world: &World| match &operand {
            Operand::Many(many) => Ok(self.is_few(world, FEW)? && many.is_few(world, FEW)?),
            Operand::Ids(ids) => Ok(ids.len() < FEW && self.is_few(world, FEW)?),
        };
        let fixed = self.brief(py, few, |world| {
            let theirs = match &operand {
                Operand::Many(many) => many.members(world)?,
                Operand::Ids(ids) => Held::Rows(Rows::Own(self.rows_of(world, ids, gone)?)),
            };
            let (mine, universe) = (self.members(world)?, world.engine.table(self.model()).rows());
            let (left, right) = if swap { (&theirs, &mine) } else { (&mine, &theirs) };
            let (rows, from_left) = world.engine.combine_sides(operator, left.side(), right.side(), universe);
            let fixed = Fixed::new(world, self.model(), rows);
            let mine = self.recipe(world)?;
            let theirs = match &operand {
                Operand::Many(many) => many.recipe(world)?,
                Operand::Ids(ids) => (Recipe::of(Node::Listed(self.model(), FixedIds::of(ids))), world.moment),
            };
            let (left, right) = if swap { (theirs, mine) } else { (mine, theirs) };
            let (recipe, moment) = Recipe::combined(operator, left, right, fixed.all_ids(), from_left);
            Ok(fixed.by(recipe, moment))
        })?;
        Ok(Many::fixed(self.store(py).clone().unbind(), fixed))
    }

    /// Something computed under the lock; with the interpreter released unless there is few to read.
    fn brief<T: Send>(
        &self,
        py: Python<'_>,
        few: impl FnOnce(&World) -> Result<bool>,
        work: impl Fn(&World) -> Result<T> + Sync,
    ) -> PyResult<T> {
        match self.read(py, |world| if few(world)? { work(world).map(Some) } else { Ok(None) })? {
            Some(done) => Ok(done),
            None => self.compute(py, |world| work(world)),
        }
    }

    /// How many members there are, how many of them the elements of an iterable are, and how many different elements
    /// it has.
    fn shared(&self, other: &Bound<'_, PyAny>) -> PyResult<Shared> {
        let py = other.py();
        if let Ok(many) = other.cast::<Many>() {
            let many = many.get();
            let comparable = self.model() == many.model() && many.is_in(self.store(py).as_unbound());
            if !comparable {
                let theirs = many.read(py, |world| many.count(world))?;
                return Ok(Shared { mine: self.read(py, |world| self.count(world))?, common: 0, theirs });
            }
            let few = |world: &World| Ok(self.is_few(world, FEW)? && many.is_few(world, FEW)?);
            return self.brief(py, few, |world| {
                let (mine, theirs) = (self.members(world)?, many.members(world)?);
                let universe = world.engine.table(self.model()).rows();
                let common = world.engine.overlap(mine.side(), theirs.side(), universe);
                Ok(Shared { mine: self.count(world)?, common, theirs: many.count(world)? })
            });
        }
        let elements = PySet::empty(py)?;
        other.try_iter()?.try_for_each(|element| elements.add(element?))?;
        let id = |element: Bound<'_, PyAny>| {
            let record = element.cast::<Record>().ok()?.get();
            (record.model == self.model() && record.is_in(self.store(py).as_unbound())).then(|| record.id())
        };
        let ids: Vec<Id> = elements.iter().filter_map(id).collect();
        let theirs = elements.len();
        self.brief(
            py,
            |world| Ok(ids.len() < FEW && self.is_few(world, FEW)?),
            |world| {
                let table = world.engine.table(self.model());
                let rows: Vec<Row> = ids.iter().filter_map(|&id| table.find(id)).collect();
                let common = world.engine.overlap(self.members(world)?.side(), Side::Rows(&rows), table.rows());
                Ok(Shared { mine: self.count(world)?, common, theirs })
            },
        )
    }
}

/// Two sets, compared.
struct Shared {
    mine: usize,
    common: usize,
    theirs: usize,
}

/// Whether an object is one record, or is refused as if it were: a text would be read letter by letter, a mapping by
/// its keys.
fn is_one(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(given.is_instance_of::<Record>()
        || given.is_instance_of::<PyString>()
        || given.is_instance_of::<PyBytes>()
        || given.is_instance_of::<PyByteArray>()
        || given.cast::<PyMapping>().is_ok()
        || !given.hasattr(intern!(given.py(), "__iter__"))?)
}

/// The records of a list or tuple, if that is what an object is.
fn records_of<'py>(other: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    let is_sequence = other.is_instance_of::<PyList>() || other.is_instance_of::<PyTuple>();
    is_sequence.then(|| other.try_iter()?.collect()).transpose()
}

#[pymethods]
impl Many {
    fn __and__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Skip, false, Operator::And)
    }

    fn __or__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Raise, false, Operator::Or)
    }

    fn __sub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Skip, false, Operator::Sub)
    }

    fn __xor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Raise, false, Operator::Xor)
    }

    fn __rand__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Skip, true, Operator::And)
    }

    fn __ror__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Raise, true, Operator::Or)
    }

    fn __rsub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Skip, true, Operator::Sub)
    }

    fn __rxor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Many> {
        self.combine(other, Gone::Raise, true, Operator::Xor)
    }

    fn __iand__(&self, _other: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(no_in_place("&="))
    }

    fn __ior__(&self, _other: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(no_in_place("|="))
    }

    fn __isub__(&self, _other: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(no_in_place("-="))
    }

    fn __ixor__(&self, _other: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(no_in_place("^="))
    }

    fn __iadd__(&self, _other: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(no_in_place("+="))
    }

    /// Lists, tuples and collections are compared in order, sets as sets.
    fn __eq__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let equal = if let Ok(other) = other.cast::<Many>() {
            let other = other.get();
            let (mine, theirs) = (self.ids_vec(py)?, other.ids_vec(py)?);
            let comparable = self.model() == other.model() && self.is_in(other.store(py).as_unbound());
            mine == theirs && (comparable || mine.is_empty())
        } else if let Some(others) = records_of(other)? {
            let mine = self.ids_vec(py)?;
            mine.len() == others.len() && mine.iter().zip(&others).all(|(&id, other)| self.is_member_id(other, id))
        } else if other.is_instance_of::<PySet>() || other.is_instance_of::<PyFrozenSet>() {
            let shared = self.shared(other)?;
            shared.common == shared.mine && shared.common == shared.theirs
        } else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        Ok(PyBool::new(py, equal).to_owned().into_any())
    }

    fn __le__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.shared(other).map(|shared| shared.common == shared.mine)
    }

    fn __lt__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.shared(other).map(|shared| shared.common == shared.mine && shared.theirs > shared.common)
    }

    fn __ge__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.shared(other).map(|shared| shared.common == shared.theirs)
    }

    fn __gt__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.shared(other).map(|shared| shared.common == shared.theirs && shared.mine > shared.common)
    }

    /// Whether no element of an iterable is a member.
    fn isdisjoint(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.shared(other).map(|shared| shared.common == 0)
    }

    /// How many members another collection shares, without building them. O(k) of both.
    ///
    /// >>> from hasmany import User
    /// >>> alice, bob = User("alice"), User("bob")
    /// >>> tweet = alice.post_tweet("hello")
    /// >>> _ = alice.like_tweet(tweet), bob.like_tweet(tweet)
    /// >>> alice.liked_tweets.overlap(bob.liked_tweets)
    /// 1
    fn overlap(&self, other: &Bound<'_, PyAny>) -> PyResult<usize> {
        match self.operand(other)? {
            Operand::Many(_) => self.shared(other).map(|shared| shared.common),
            Operand::Ids(_) => Err(wrong_type("Many.overlap", "a collection", other)),
        }
    }
}

/// `many |= other` would bind a name, not change the relation.
fn no_in_place(operator: &str) -> PyErr {
    PyTypeError::new_err(format!("{operator} does not change a collection; use add(), remove() or replace()"))
}
