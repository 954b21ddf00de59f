//! `add` and `replace`: members are linked once for each row that the fields ask for.

use foldhash::HashSet;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::python::change::door;
use crate::python::collection::link::{GivenFields, Link, LinkValues, Writable};
use crate::python::collection::many::Many;
use crate::python::record::arg::settle_fields;
use crate::python::record::said::{Said, check_given};
use crate::store::Store as Engine;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, Row};
use crate::store::read::algebra::{Operator, Side};
use crate::store::read::path::{Equalities, Join, Path};
use crate::store::read::view::Start;
use crate::store::value::Value;

impl Writable {
    /// Links those of these members that are not linked as the fields ask, after unlinking all others where the members
    /// are to be `exactly` these. All of it or nothing.
    ///
    /// Values of new join rows are read, and their factories called, with no lock held: first it is looked who needs
    /// one, and looked again under the lock that changes.
    pub fn bring_in(
        &self,
        many: &Many,
        py: Python<'_>,
        ids: &[Id],
        fields: Option<&Bound<'_, PyDict>>,
        exactly: bool,
    ) -> PyResult<()> {
        let store = many.store(py);
        let given = self.given_fields(store, fields)?;
        let said = if ids.is_empty() { Equalities::default() } else { self.said(many, py)? };
        if let Link::Join(join) = self.link {
            let (spec, _) = store.get().spec(py, join.model);
            check_given(store, &spec, given.iter().map(|(field, arg)| (*field, arg)), &said.own)?;
        }
        if exactly {
            self.meet_referrers(store)?;
        }
        // Whom a call names twice it links once: the second time finds what the first one made.
        let mut seen = HashSet::default();
        let ids: Vec<Id> = ids.iter().copied().filter(|&id| seen.insert(id)).collect();
        let rows = |engine: &Engine| ids.iter().map(|&id| engine.row(many.model(), id)).collect::<Result<Vec<Row>>>();
        let mut values: Vec<Option<LinkValues>> = vec![None; ids.len()];
        let mut lacking = many.read(py, |world| self.unlinked(&world.engine, &rows(&world.engine)?, &given))?;
        loop {
            for at in lacking {
                values[at] = Some(self.link_values(store, fields, &said.own)?);
            }
            lacking = door::write_long(store, self.serial, |world| {
                let engine = &mut world.engine;
                let rows = rows(engine)?;
                engine.begin();
                let done = self.link_all(engine, many, &rows, &given, (&values, &said.own), exactly);
                match &done {
                    Ok(lacking) if lacking.is_empty() => engine.commit(|_, _| Ok::<(), Error>(()))?,
                    _ => engine.rollback(),
                }
                done
            })?;
            if lacking.is_empty() {
                return Ok(());
            }
        }
    }

    /// Links what is to be linked, unless values are lacking for some: then these are returned, by their places.
    fn link_all(
        &self,
        engine: &mut Engine,
        many: &Many,
        members: &[Row],
        given: &GivenFields,
        (values, said): (&[Option<LinkValues>], &Said),
        exactly: bool,
    ) -> Result<Vec<usize>> {
        if exactly {
            self.unlink_all_but(engine, many, members)?;
        }
        let wanted = self.unlinked(engine, members, given)?;
        let lacking: Vec<usize> = wanted.iter().copied().filter(|&at| values[at].is_none()).collect();
        if lacking.is_empty() {
            let owner = self.owner(engine)?;
            for at in wanted {
                if let Some(value) = &values[at] {
                    self.link(engine, owner, members[at], value, said)?;
                    self.check_member(engine, owner, members[at])?;
                }
            }
        }
        Ok(lacking)
    }

    fn unlink_all_but(&self, engine: &mut Engine, many: &Many, kept: &[Row]) -> Result<()> {
        let owner = self.owner(engine)?;
        let members = engine.members(Start::Row(owner), &self.path);
        let universe = engine.table(many.model()).rows();
        let gone = engine.combine(Operator::Sub, Side::Rows(&members), Side::Rows(kept), universe);
        self.unlink(engine, owner, &gone)
    }

    /// Which of these members are to be linked, by their places. An error where a member is linked, but otherwise.
    fn unlinked(&self, engine: &Engine, members: &[Row], given: &GivenFields) -> Result<Vec<usize>> {
        let owner = self.owner(engine)?;
        let given = settle_fields(engine, given)?;
        let mut wanted = Vec::new();
        for (at, &member) in members.iter().enumerate() {
            let is_wanted = match self.link {
                Link::Join(join) if !given.is_empty() => {
                    Pair { engine, join, owner, member, path: &self.path }.is_wanted(&given)?
                }
                _ => !self.is_linked(engine, owner, member),
            };
            if is_wanted {
                wanted.push(at);
            }
        }
        Ok(wanted)
    }
}

/// An owner and a member, between whom there may be several join rows.
struct Pair<'a> {
    engine: &'a Engine,
    join: Join,
    owner: Row,
    member: Row,
    /// Whose conditions join rows must meet to count.
    path: &'a Path,
}

impl Pair<'_> {
    /// Whether a join row with these fields is to be made: there is none of the pair, or none has them and a unique
    /// tuple tells the new one from all others. An error where that would only hide that a row has other values.
    /// O(links of the end that has fewer).
    fn is_wanted(&self, given: &[(usize, Value)]) -> Result<bool> {
        let counts = |&link: &Row| self.engine.meets(self.path, link);
        let mut links = self.engine.links_between(&self.join, self.owner, self.member).filter(counts).peekable();
        let Some(&first) = links.peek() else { return Ok(true) };
        let table = self.engine.table(self.join.model);
        let has_all = |link: Row| given.iter().all(|(field, value)| table.column(*field).get(link) == *value);
        if links.any(has_all) {
            return Ok(false);
        }
        match self.place(given) {
            Place::Free => Ok(true),
            Place::Taken(other) => Err(self.differs(other, given, &[])),
            Place::Unnamed(missing) => Err(self.differs(first, given, &missing)),
        }
    }

    /// Where the unique tuples that are wider than the pair put a row with these fields.
    fn place(&self, given: &[(usize, Value)]) -> Place {
        let Join { model, near, far, unique, .. } = self.join;
        let table = self.engine.table(model);
        let (mut place, mut missing) = (None, Vec::new());
        let (owner, member) = (Value::Row(self.owner), Value::Row(self.member));
        let is_wider = |fields: &[usize]| fields.len() > 2 && fields.contains(&near) && fields.contains(&far);
        let tuples = table.uniques().iter().enumerate();
        for (at, tuple) in tuples.filter(|(_, tuple)| unique.is_none() && is_wider(&tuple.fields)) {
            let value = |&field: &usize| match field {
                _ if field == near => Ok(&owner),
                _ if field == far => Ok(&member),
                _ => given.iter().rfind(|(other, _)| *other == field).map(|(_, value)| value).ok_or(field),
            };
            match tuple.fields.iter().map(value).collect::<std::result::Result<Vec<_>, _>>() {
                Err(field) => missing.push(field),
                Ok(key) => match table.find_key(at, &key) {
                    Some(other) => return Place::Taken(other),
                    None => place = Some(Place::Free),
                },
            }
        }
        place.unwrap_or(Place::Unnamed(missing))
    }

    /// Another join row is in the way; `missing` are fields that would tell a new one from it.
    fn differs(&self, other: Row, given: &[(usize, Value)], missing: &[usize]) -> Error {
        let model = self.join.model;
        let (of, table) = (self.engine.schema().model(model), self.engine.table(model));
        let name = |field: usize| of.fields[field].name.as_str();
        let is_other = |(field, value): &&(usize, Value)| table.column(*field).get(other) != *value;
        let names: Vec<&str> = given.iter().filter(is_other).map(|&(field, _)| name(field)).collect();
        let updated: Vec<String> = names.iter().map(|name| format!("{name}=...")).collect();
        let id = table.id(other);
        let mut message = format!(
            "{} {id} links these two already, with another {}; change it with .update({})",
            of.name,
            names.join(", "),
            updated.join(", ")
        );
        if !missing.is_empty() {
            let missing: Vec<&str> = missing.iter().map(|&field| name(field)).collect();
            message += &format!(", or give {}, too, for one more {}", missing.join(" or "), of.name);
        }
        Error::Duplicate { model, existing: Some(id), message }
    }
}

/// What unique tuples say of a row that is to be made.
enum Place {
    /// No row has its tuple.
    Free,
    /// This one has it.
    Taken(Row),
    /// No tuple is given whole; these fields are not given.
    Unnamed(Vec<usize>),
}
