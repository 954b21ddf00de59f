//! Writing through a collection: on an inverse the reference is set, on a join path join rows come and go.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::class::{Spec, text};
use super::convert::{self, Arg};
use super::error::SchemaError;
use super::many::Many;
use super::store::{Store, counts};
use crate::store::Store as Engine;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, Reference, Row};
use crate::store::path::{Join, Path, Shape};
use crate::store::value::Value;

/// A collection that can be written: its owner and how its members belong to it.
struct Target {
    owner: Id,
    path: Arc<Path>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Inverse(Reference),
    Join(Join),
}

impl Target {
    fn of(many: &Many, py: Python<'_>) -> PyResult<Self> {
        let refuse = |why: String| Err(SchemaError::new_err(why));
        let name = || many.model_name(py);
        let origin = many.origin(&*many.world(py)?).map(|(start, path)| (start, path.clone()));
        match origin {
            None => refuse("this collection was computed and cannot be written".to_owned()),
            Some((None, path)) if path.shape == Shape::All => refuse(format!(
                "all() cannot be written; create a {0} with {0}(...), delete one with .delete()",
                name()
            )),
            Some((Some(owner), path)) => match path.shape {
                Shape::Inverse(reference) => Ok(Target { owner, path, kind: Kind::Inverse(reference) }),
                Shape::Join(join) => Ok(Target { owner, path, kind: Kind::Join(join) }),
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

    /// Links a member that is not linked yet. `link` are the join row's values but for its two references.
    fn link(&self, engine: &mut Engine, owner: Row, member: Row, link: &[Value]) -> Result<()> {
        match self.kind {
            Kind::Inverse(Reference { model, field }) => engine.set(model, member, &[(field, Value::Row(owner))]),
            Kind::Join(join) => {
                let mut values = link.to_vec();
                values[join.near] = Value::Row(owner);
                values[join.far] = Value::Row(member);
                engine.create(join.model, &values).map(drop)
            }
        }
    }

    /// Unlinks members, which are linked.
    fn unlink(&self, engine: &mut Engine, owner: Row, members: &[Row]) -> Result<()> {
        match self.kind {
            Kind::Inverse(Reference { model, field }) => {
                let of = &engine.schema().model(model);
                if !of.fields[field].optional && !members.is_empty() {
                    return Err(Error::Schema(format!(
                        "{0}.{1} is required, so a {0} cannot be unlinked; delete it or set another {1}",
                        of.name, of.fields[field].name
                    )));
                }
                members.iter().try_for_each(|&row| engine.set(model, row, &[(field, Value::None)]))
            }
            Kind::Join(join) => {
                let links = |&member: &Row| engine.links_between(&join, owner, member).collect::<Vec<_>>();
                let links: Vec<Row> = members.iter().flat_map(links).collect();
                engine.delete(join.model, &links).map(drop)
            }
        }
    }

    fn is_linked(&self, engine: &Engine, owner: Row, member: Row) -> bool {
        engine.contains(crate::store::view::Start::Row(owner), &self.path, member)
    }
}

/// What new join rows hold besides their two references.
struct Links<'py> {
    spec: Arc<Spec>,
    given: Bound<'py, PyDict>,
}

impl<'py> Links<'py> {
    fn of(store: &Bound<'py, Store>, target: &Target, fields: Option<&Bound<'py, PyDict>>) -> PyResult<Option<Self>> {
        let py = store.py();
        let given = fields.cloned().unwrap_or_else(|| PyDict::new(py));
        match target.kind {
            Kind::Join(join) => Ok(Some(Links { spec: store.get().read(py).class(join.model).spec.clone(), given })),
            Kind::Inverse(_) if given.is_empty() => Ok(None),
            Kind::Inverse(_) => {
                let names: Vec<String> = given.keys().iter().map(|name| name.to_string()).collect();
                let message = format!("there is no join row that could hold {}", names.join(", "));
                Err(SchemaError::new_err(message))
            }
        }
    }

    /// The values of one new join row; the two references are left out. Default factories are called for each.
    fn values(&self, store: &Bound<'py, Store>, join: &Join) -> PyResult<Vec<Arg<'static>>> {
        let py = store.py();
        let spec = &self.spec;
        for at in [join.near, join.far] {
            if self.given.contains(&spec.fields[at].name)? {
                let message = format!("{}.{} is what the collection itself sets", spec.name, spec.fields[at].name);
                return Err(SchemaError::new_err(message));
            }
        }
        let given = self.given.copy()?;
        // Stands for the member; replaced before the row is created.
        given.set_item(&spec.fields[join.far].name, py.None())?;
        let given = spec.arguments(&PyTuple::empty(py), Some(&given), Some(join.near))?;
        let read = |(at, given): (usize, &Option<Bound<'py, PyAny>>)| match given {
            Some(given) if at != join.near && at != join.far => {
                convert::arg(store.as_unbound(), spec, &spec.fields[at], given).map(Arg::into_owned)
            }
            _ => Ok(Arg::Value(Value::None)),
        };
        given.iter().enumerate().map(read).collect()
    }
}

fn settled(engine: &Engine, args: &[Arg<'static>]) -> Result<Vec<Value<'static>>> {
    args.iter().map(|arg| arg.settle(engine)).collect()
}

/// The join rows' values for so many new members, before the lock is taken.
fn links_for<'py>(
    store: &Bound<'py, Store>,
    target: &Target,
    fields: Option<&Bound<'py, PyDict>>,
    members: usize,
) -> PyResult<Vec<Vec<Arg<'static>>>> {
    match (Links::of(store, target, fields)?, target.kind) {
        (Some(links), Kind::Join(join)) => (0..members).map(|_| links.values(store, &join)).collect(),
        _ => Ok(vec![Vec::new(); members]),
    }
}

#[pymethods]
impl Many {
    /// Links records; those that are linked already stay as they are. Returns the collection. One transaction.
    ///
    /// On a join path a join row is created for each, with `fields`; on an inverse the record's reference is set. Raises
    /// `TypeError` for records of another model, `ForeignStoreError`, `DeletedError`, `FieldError`, and `SchemaError` where the
    /// collection cannot be written.
    #[pyo3(signature = (*records, **fields))]
    fn add<'py>(
        slf: Bound<'py, Self>,
        records: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Target::of(many, py)?;
        let store = many.store(py);
        let ids = many.ids_of(records.iter().map(Ok))?;
        let links = links_for(store, &target, fields, ids.len())?;
        Store::write(store, |engine| {
            let owner = target.owner(engine)?;
            for (&id, link) in ids.iter().zip(&links) {
                let member = engine.row(many.model(), id)?;
                if !target.is_linked(engine, owner, member) {
                    let link = settled(engine, link)?;
                    target.link(engine, owner, member, &link)?;
                }
            }
            Ok(())
        })?;
        Ok(slf)
    }

    /// Creates a member, linked, and returns it. One transaction.
    ///
    /// Positions and names are the member's fields; on an inverse the reference to this owner is left out. A name that only the join
    /// model has goes to the join row. Raises as the member's constructor does, and `SchemaError` where the collection cannot
    /// be written.
    #[pyo3(signature = (*args, **fields))]
    fn create<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let target = Target::of(self, py)?;
        let store = self.store(py);
        let spec = store.get().read(py).class(self.model()).spec.clone();
        let (mut own, mut of_link) = (fields.cloned(), None);
        let mut skip = None;
        match target.kind {
            Kind::Inverse(reference) => skip = Some(reference.field),
            Kind::Join(join) => {
                let join_spec = store.get().read(py).class(join.model).spec.clone();
                let (mine, links) = (PyDict::new(py), PyDict::new(py));
                for (name, value) in fields.into_iter().flatten() {
                    let text = text(&name);
                    let only_link = spec.field(&text).is_none();
                    if only_link && join_spec.field(&text).is_none() {
                        return Err(spec.no_field_of_pair(&join_spec, &text));
                    }
                    if only_link { links.set_item(name, value)? } else { mine.set_item(name, value)? }
                }
                (own, of_link) = (Some(mine), Some(links));
            }
        }
        let given = spec.arguments(args, own.as_ref(), skip)?;
        let values = spec.values(store.as_unbound(), &given)?;
        let link = links_for(store, &target, of_link.as_ref(), 1)?.pop().unwrap_or_default();
        let id = Store::write(store, |engine| {
            let owner = target.owner(engine)?;
            let mut values = values.iter().map(|arg| arg.settle(engine)).collect::<Result<Vec<_>>>()?;
            if let Some(field) = skip {
                values[field] = Value::Row(owner);
            }
            let row = engine.create(self.model(), &values)?;
            if let Kind::Join(_) = target.kind {
                let link = settled(engine, &link)?;
                target.link(engine, owner, row, &link)?;
            }
            Ok(engine.table(self.model()).id(row))
        })?;
        Store::record(store, self.model(), id)
    }

    /// Unlinks records; returns the collection. Records that are not members, or deleted, are passed over. One transaction.
    ///
    /// On a join path every join row of the pair is deleted; on an inverse the reference becomes None, and where it is required that is
    /// a `SchemaError`. Raises `TypeError` for records of another model, `ForeignStoreError`, `RestrictError`.
    #[pyo3(signature = (*records))]
    fn remove<'py>(slf: Bound<'py, Self>, records: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Target::of(many, py)?;
        let ids = many.ids_of(records.iter().map(Ok))?;
        Store::write(many.store(py), |engine| {
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
    /// The iterable is read to its end before anything changes. Links that stay keep their rows and places; new ones are made in this
    /// order, with `fields` on new join rows. Raises as `add` and `remove` do.
    #[pyo3(signature = (records, /, **fields))]
    fn replace<'py>(
        slf: Bound<'py, Self>,
        records: &Bound<'py, PyAny>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Target::of(many, py)?;
        let store = many.store(py);
        let ids = many.ids_of(records.try_iter()?)?;
        let links = links_for(store, &target, fields, ids.len())?;
        Store::write_long(store, |engine| {
            let owner = target.owner(engine)?;
            let wanted = ids.iter().map(|&id| engine.row(many.model(), id)).collect::<Result<Vec<Row>>>()?;
            let start = crate::store::view::Start::Row(owner);
            let members = engine.members(start, &target.path);
            let universe = engine.table(many.model()).rows();
            let gone = crate::store::algebra::sub(&members, &wanted, universe);
            target.unlink(engine, owner, &gone)?;
            for (&member, link) in wanted.iter().zip(&links) {
                if !target.is_linked(engine, owner, member) {
                    let link = settled(engine, link)?;
                    target.link(engine, owner, member, &link)?;
                }
            }
            Ok(())
        })?;
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
        let went = self.write_members(py, |engine, model, rows| {
            let went = engine.delete(model, rows)?;
            Ok(counts(engine, went))
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
        let spec = store.get().read(py).class(self.model()).spec.clone();
        let mut args = Vec::new();
        for (name, value) in fields.into_iter().flatten() {
            let name = text(&name);
            let field = spec.field(&name).ok_or_else(|| spec.no_field(&name))?;
            args.push((field, convert::arg(store.as_unbound(), &spec, &spec.fields[field], &value)?.into_owned()));
        }
        self.write_members(py, |engine, model, rows| {
            let settle = |(field, arg): &(usize, Arg<'static>)| Ok((*field, arg.settle(engine)?));
            let values = args.iter().map(settle).collect::<Result<Vec<_>>>()?;
            rows.iter().try_for_each(|&row| engine.set(model, row, &values))?;
            Ok(rows.len())
        })
    }
}

impl Many {
    /// Changes the members of any collection in one transaction, with the interpreter released.
    fn write_members<T: Send>(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut Engine, ModelId, &[Row]) -> Result<T> + Send,
    ) -> PyResult<T> {
        let store = self.store(py);
        let ids = self.ids_vec(py)?;
        Store::write_long(store, |engine| {
            let table = engine.table(self.model());
            let rows: Vec<Row> = ids.iter().filter_map(|&id| table.find(id)).collect();
            change(engine, self.model(), &rows)
        })
    }
}
