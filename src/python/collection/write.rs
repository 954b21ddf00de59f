//! Writing through a collection: on an inverse the reference is set, on a join path join rows come and go.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::collection::many::Many;
use crate::python::error::SchemaError;
use crate::python::record::value::{self, Arg, settle, settle_fields};
use crate::python::store::class::{Spec, text};
use crate::python::store::world::World;
use crate::python::store::{Store, counts};
use crate::store::Store as Engine;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, Reference, Row};
use crate::store::read::algebra::{Operator, Side};
use crate::store::read::view::Start;
use crate::store::schema::path::{Join, Path, Shape};
use crate::store::value::Value;

/// A collection that can be written: its owner, how its members belong to it, and the store's serial under which that
/// holds.
struct Target {
    owner: Id,
    path: Arc<Path>,
    link: Link,
    serial: u32,
}

#[derive(Clone, Copy)]
enum Link {
    Inverse(Reference),
    Join(Join),
}

/// The values of a new join row but for its two references; empty on an inverse.
type LinkValues = Vec<Arg<'static>>;

impl Target {
    fn of(many: &Many, py: Python<'_>) -> PyResult<Self> {
        let refuse = |why: String| Err(SchemaError::new_err(why));
        let name = || many.model_name(py);
        let (origin, serial) = many.read(py, |world| {
            many.alive(world)?;
            Ok((many.origin(world)?.map(|(start, path)| (start, path.clone())), world.serial))
        })?;
        match origin {
            None => refuse("this collection was computed and cannot be written".to_owned()),
            Some((None, path)) if path.shape == Shape::All => refuse(format!(
                "all() cannot be written; create a {0} with {0}(...), delete one with .delete()",
                name()
            )),
            Some((Some(owner), path)) => match path.shape {
                Shape::Inverse(reference) => Ok(Target { owner, path, link: Link::Inverse(reference), serial }),
                Shape::Join(join) => Ok(Target { owner, path, link: Link::Join(join), serial }),
                _ => refuse(format!(
                    "a collection over more than one join row cannot be written; link its {} by hand",
                    name()
                )),
            },
            Some(_) => refuse("a collection of all rows' members cannot be written".to_owned()),
        }
    }

    fn owner(&self, engine: &Engine) -> Result<Row> {
        engine.row(self.path.from, self.owner)
    }

    fn is_linked(&self, engine: &Engine, owner: Row, member: Row) -> bool {
        engine.contains(Start::Row(owner), &self.path, member)
    }

    /// Links a member that is not linked yet.
    fn link(&self, engine: &mut Engine, owner: Row, member: Row, link: &LinkValues) -> Result<()> {
        match self.link {
            Link::Inverse(Reference { model, field }) => engine.set(model, member, &[(field, Value::Row(owner))]),
            Link::Join(join) => {
                let mut values = settle(engine, link)?;
                values[join.near] = Value::Row(owner);
                values[join.far] = Value::Row(member);
                engine.create(join.model, &values).map(drop)
            }
        }
    }

    /// Unlinks members, which are linked.
    fn unlink(&self, engine: &mut Engine, owner: Row, members: &[Row]) -> Result<()> {
        match self.link {
            Link::Inverse(Reference { model, field }) => {
                let of = &engine.schema().model(model);
                if !of.fields[field].optional && !members.is_empty() {
                    return Err(Error::Schema(format!(
                        "{0}.{1} is required, so a {0} cannot be unlinked; delete it or set another {1}",
                        of.name, of.fields[field].name
                    )));
                }
                members.iter().try_for_each(|&row| engine.set(model, row, &[(field, Value::None)]))
            }
            Link::Join(join) => {
                let links = |&member: &Row| engine.links_between(&join, owner, member).collect::<Vec<_>>();
                let links: Vec<Row> = members.iter().flat_map(links).collect();
                engine.delete(join.model, &links).map(drop)
            }
        }
    }

    /// Reads the fields of one new join row; default factories are called. There is none on an inverse.
    fn link_values(&self, store: &Bound<'_, Store>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<LinkValues> {
        let py = store.py();
        let Link::Join(join) = self.link else {
            self.check_names(store, fields)?;
            return Ok(Vec::new());
        };
        let (spec, _) = store.get().spec(py, join.model);
        let given = spec.arguments(&PyTuple::empty(py), fields, &[join.near, join.far])?;
        Ok(spec.values(store.as_unbound(), &given)?.into_iter().map(Arg::into_owned).collect())
    }

    /// Refuses names that a new join row could not have.
    fn check_names(&self, store: &Bound<'_, Store>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let names: Vec<String> = fields.into_iter().flatten().map(|(name, _)| text(&name)).collect();
        match self.link {
            Link::Inverse(_) if names.is_empty() => Ok(()),
            Link::Inverse(_) => {
                Err(SchemaError::new_err(format!("there is no join row that could hold {}", names.join(", "))))
            }
            Link::Join(join) => {
                let (spec, _) = store.get().spec(store.py(), join.model);
                match names.iter().find(|name| spec.field(name).is_none()) {
                    Some(wrong) => Err(spec.no_field(wrong)),
                    None => Ok(()),
                }
            }
        }
    }

    /// Links those of these members that are not linked, after unlinking all others where the members are to be
    /// `exactly` these.
    ///
    /// Values of new join rows are read, and their factories called, with no lock held: first it is looked who is not
    /// linked, and looked again under the lock that changes.
    fn bring_in(
        &self,
        many: &Many,
        py: Python<'_>,
        ids: &[Id],
        fields: Option<&Bound<'_, PyDict>>,
        exactly: bool,
    ) -> PyResult<()> {
        let store = many.store(py);
        self.check_names(store, fields)?;
        let rows = |engine: &Engine| ids.iter().map(|&id| engine.row(many.model(), id)).collect::<Result<Vec<Row>>>();
        let mut values: Vec<Option<LinkValues>> = vec![None; ids.len()];
        loop {
            let missing = many.read(py, |world| {
                let (owner, rows) = (self.owner(&world.engine)?, rows(&world.engine)?);
                Ok(rows.iter().map(|&row| !self.is_linked(&world.engine, owner, row)).collect::<Vec<_>>())
            })?;
            for (value, _) in values.iter_mut().zip(missing).filter(|(value, missing)| *missing && value.is_none()) {
                *value = Some(self.link_values(store, fields)?);
            }
            let done = Store::write_long(store, self.serial, |world| {
                let engine = &mut world.engine;
                let (owner, rows) = (self.owner(engine)?, rows(engine)?);
                let unread =
                    |(row, value): (&Row, &Option<LinkValues>)| value.is_none() && !self.is_linked(engine, owner, *row);
                if rows.iter().zip(&values).any(unread) {
                    return Ok(false);
                }
                if exactly {
                    let members = engine.members(Start::Row(owner), &self.path);
                    let universe = engine.table(many.model()).rows();
                    let gone = engine.combine(Operator::Sub, Side::Rows(&members), Side::Rows(&rows), universe);
                    self.unlink(engine, owner, &gone)?;
                }
                for (&row, value) in rows.iter().zip(&values) {
                    if let Some(value) = value
                        && !self.is_linked(engine, owner, row)
                    {
                        self.link(engine, owner, row, value)?;
                    }
                }
                Ok(true)
            })?;
            if done {
                return Ok(());
            }
        }
    }
}

#[pymethods]
impl Many {
    /// Links records; those that are linked already stay as they are. Returns the collection. One transaction.
    ///
    /// On a join path a join row is created for each, with `fields`; on an inverse the record's reference is set.
    /// Raises `TypeError` for records of another model, `ForeignStoreError`, `DeletedError`, `FieldError`, and
    /// `SchemaError` where the collection cannot be written.
    #[pyo3(signature = (*records, **fields))]
    fn add<'py>(
        slf: Bound<'py, Self>,
        records: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Target::of(many, py)?;
        let ids = many.ids_of(records.iter().map(Ok))?;
        target.bring_in(many, py, &ids, fields, false)?;
        Ok(slf)
    }

    /// Creates a member, linked, and returns it. One transaction.
    ///
    /// Positions and names are the member's fields; on an inverse the reference to this owner is left out. A name
    /// that only the join model has goes to the join row. Raises as the member's constructor does, and `SchemaError`
    /// where the collection cannot be written.
    #[pyo3(signature = (*args, **fields))]
    fn create<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let target = Target::of(self, py)?;
        let store = self.store(py);
        let (spec, _) = store.get().spec(py, self.model());
        let (own, of_link) = match target.link {
            Link::Inverse(_) => (fields.cloned(), None),
            Link::Join(join) => {
                let (own, of_link) = split(fields, &spec, &store.get().spec(py, join.model).0, py)?;
                (Some(own), Some(of_link))
            }
        };
        let near = match target.link {
            Link::Inverse(reference) => Some(reference.field),
            Link::Join(_) => None,
        };
        let given = spec.arguments(args, own.as_ref(), near.as_slice())?;
        let values = spec.values(store.as_unbound(), &given)?;
        let link = target.link_values(store, of_link.as_ref())?;
        let id = Store::write(store, target.serial, |world| {
            let engine = &mut world.engine;
            let owner = target.owner(engine)?;
            let mut values = settle(engine, &values)?;
            if let Some(near) = near {
                values[near] = Value::Row(owner);
            }
            let row = engine.create(self.model(), &values)?;
            if near.is_none() {
                target.link(engine, owner, row, &link)?;
            }
            Ok(engine.table(self.model()).id(row))
        })?;
        Store::record(store, self.model(), id)
    }

    /// Unlinks records; returns the collection. Records that are not members, or deleted, are passed over. One
    /// transaction.
    ///
    /// On a join path every join row of the pair is deleted; on an inverse the reference becomes None, and where it
    /// is required that is a `SchemaError`. Raises `TypeError` for records of another model, `ForeignStoreError`,
    /// `RestrictError`.
    #[pyo3(signature = (*records))]
    fn remove<'py>(slf: Bound<'py, Self>, records: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Target::of(many, py)?;
        let ids = many.ids_of(records.iter().map(Ok))?;
        Store::write(many.store(py), target.serial, |world| {
            let engine = &mut world.engine;
            let owner = target.owner(engine)?;
            let mut rows: Vec<Row> = ids.iter().filter_map(|&id| engine.table(many.model()).find(id)).collect();
            rows.sort_unstable();
            rows.dedup();
            rows.retain(|&row| target.is_linked(engine, owner, row));
            target.unlink(engine, owner, &rows)
        })?;
        Ok(slf)
    }

    /// Makes exactly these records the members; returns the collection. One transaction.
    ///
    /// The iterable is read to its end before anything changes. Links that stay keep their rows and places; new ones
    /// are made in this order, with `fields` on new join rows. Raises as `add` and `remove` do.
    #[pyo3(signature = (records, /, **fields))]
    fn replace<'py>(
        slf: Bound<'py, Self>,
        records: &Bound<'py, PyAny>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Target::of(many, py)?;
        let ids = many.ids_of(records.try_iter()?)?;
        target.bring_in(many, py, &ids, fields, true)?;
        Ok(slf)
    }

    /// Unlinks all members; returns the collection. As `remove` of each.
    fn clear(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let none = PyTuple::empty(slf.py()).into_any();
        Self::replace(slf, &none, None)
    }

    /// Deletes the members themselves, as one `delete`: all or nothing. Returns how many rows of each model went.
    ///
    /// On any collection, fixed ones too. Raises `RestrictError` where rows that stay refer to them. O(rows that go).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = User("a"), User("b")
    /// ...     User.where(username="a").delete_all(), len(User.all())
    /// ({'User': 1}, 1)
    fn delete_all<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let serial = self.store(py).get().serial();
        let went = self.write_members(py, serial, |world, rows| {
            let went = world.engine.delete(self.model(), rows)?;
            Ok(counts(&world.engine, went))
        })?;
        PyDict::from_sequence(&went.into_pyobject(py)?)
    }

    /// Sets fields of all members in one transaction; returns how many members there are.
    ///
    /// On any collection, fixed ones too. Raises as `Record.update` does; then nothing is set. O(k).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = User("a"), User("b")
    /// ...     User.all().update_all(username="x"), User.all().values("username")
    /// (2, ['x', 'x'])
    #[pyo3(signature = (**fields))]
    fn update_all(&self, py: Python<'_>, fields: Option<&Bound<'_, PyDict>>) -> PyResult<usize> {
        let store = self.store(py);
        let (spec, serial) = store.get().spec(py, self.model());
        let mut args = Vec::new();
        for (name, value) in fields.into_iter().flatten() {
            let name = text(&name);
            let field = spec.field(&name).ok_or_else(|| spec.no_field(&name))?;
            args.push((field, value::arg(store.as_unbound(), &spec, &spec.fields[field], &value)?.into_owned()));
        }
        self.write_members(py, serial, |world, rows| {
            let values = settle_fields(&world.engine, &args)?;
            rows.iter().try_for_each(|&row| world.engine.set(self.model(), row, &values))?;
            Ok(rows.len())
        })
    }
}

impl Many {
    /// Changes those who are the members then, in one transaction, with the interpreter released.
    fn write_members<T: Send>(
        &self,
        py: Python<'_>,
        serial: u32,
        change: impl FnOnce(&mut World, &[Row]) -> Result<T> + Send,
    ) -> PyResult<T> {
        drop(self.world(py)?);
        Store::write_long(self.store(py), serial, |world| {
            let rows = self.rows(world)?.into_vec();
            change(world, &rows)
        })
    }
}

/// The keywords that are fields of the member, and those that only the join row has.
fn split<'py>(
    fields: Option<&Bound<'py, PyDict>>,
    member: &Spec,
    link: &Spec,
    py: Python<'py>,
) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyDict>)> {
    let (own, of_link) = (PyDict::new(py), PyDict::new(py));
    for (name, value) in fields.into_iter().flatten() {
        let wanted = text(&name);
        match (member.field(&wanted), link.field(&wanted)) {
            (Some(_), _) => own.set_item(name, value)?,
            (None, Some(_)) => of_link.set_item(name, value)?,
            (None, None) => return Err(member.no_field_of_pair(link, &wanted)),
        }
    }
    Ok((own, of_link))
}
