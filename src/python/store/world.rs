//! What a store's lock guards: the engine, its file, and the classes of its models.

use std::sync::Arc;

use foldhash::HashMap;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::journal::refresh::Refreshed;
use crate::journal::{self, Journal};
use crate::python::error::{Failure, heard, tried};
use crate::python::locks::Inner;
use crate::python::store::class::{Class, FieldSpec, Holds, Spec};
use crate::python::store::owner::Owner;
use crate::python::store::pending::Questions;
use crate::store::Store as Engine;
use crate::store::change::Told;
use crate::store::error::Error;
use crate::store::id::{Id, ModelId};
use crate::store::progress::{self, Unit};
use crate::store::read::path::Path;
use crate::store::room;
use crate::store::schema::declaration::Field;
use crate::store::schema::model::Model;
use crate::store::stop::Stop;
use crate::store::write::declare::Plan;
use crate::store::write::fill::Fill;

/// What the lock guards.
#[derive(Default)]
pub struct World {
    pub engine: Engine,
    /// The file, while it is open. Whoever reads the world locks it; whoever writes need not wait for that.
    pub journal: Option<Inner<Journal>>,
    /// By model.
    pub classes: Vec<Class>,
    /// By the address of the type, which `classes` keeps alive.
    by_type: HashMap<usize, ModelId>,
    /// Who opened the transaction block that is open.
    pub owner: Option<Owner>,
    /// As in [`Store`](crate::python::store::Store): what was looked up under this number holds under it.
    pub serial: u32,
    /// What was asked and is to be read before rows change.
    pub questions: Questions<World>,
    /// Another one whenever rows may have changed.
    pub moment: u64,
}

impl World {
    /// Before rows change: what was asked of them and is not read yet is read now. May end early; then nothing may change.
    #[inline]
    pub fn settle(&mut self) -> Result<(), Stop> {
        self.moment += 1;
        if self.questions.is_empty() { Ok(()) } else { self.read_questions() }
    }

    #[cold]
    fn read_questions(&mut self) -> Result<(), Stop> {
        heard(|| self.questions.held().into_iter().for_each(|question| question.settle(self)))?;
        self.questions.clear();
        Ok(())
    }

    /// As [`settle`](Self::settle), where the change cannot be put off: what there is no memory for is lost.
    pub fn settle_or_lose(&mut self) {
        self.moment += 1;
        if self.questions.is_empty() {
            return;
        }
        for question in self.questions.held() {
            if !room::if_any(|| question.settle(self)) {
                question.lose();
            }
        }
        self.questions.clear();
    }

    /// Refuses if a model was redefined since this serial: what was looked up then does not hold any more.
    pub fn under(&self, serial: u32) -> Result<(), Error> {
        if self.serial == serial { Ok(()) } else { Err(stale()) }
    }

    /// The class of a model.
    pub fn class(&self, model: ModelId) -> &Class {
        &self.classes[model.index()]
    }

    /// What the classes say, by model.
    pub fn specs(&self) -> Vec<Arc<Spec>> {
        self.classes.iter().map(|class| class.spec.clone()).collect()
    }

    /// The path of a collection, if it is resolved.
    pub fn path(&self, model: ModelId, collection: usize) -> Option<&Arc<Path>> {
        self.class(model).paths.get(collection)?.get()
    }

    /// The model of a class.
    pub fn model(&self, ty: &Bound<'_, PyType>) -> Option<ModelId> {
        self.by_type.get(&(ty.as_ptr() as usize)).copied()
    }

    /// The model that has a table, or what its class was called, and no class yet.
    pub fn unclaimed(&self, table: &str, was: &[String]) -> Option<ModelId> {
        // That it could be two is said when it is planned.
        self.engine.schema().claimable(table, was).ok().flatten()
    }

    /// The name under which an existing model has a field: its own, else one that it had.
    pub fn known_as<'a>(&self, model: ModelId, field: &'a FieldSpec) -> Option<&'a str> {
        let there = self.engine.schema().models().get(model.index())?;
        let names = std::iter::once(&field.name).chain(&field.was);
        names.map(String::as_str).find(|name| there.fields.iter().any(|other| other.name == **name))
    }

    /// Whether an existing model does not have a field yet.
    pub fn is_gained(&self, model: ModelId, field: &FieldSpec) -> bool {
        self.engine.schema().models().len() > model.index() && self.known_as(model, field).is_none()
    }

    /// The existing rows that have no value in a field.
    pub fn wanting(&self, model: ModelId, field: &FieldSpec) -> Vec<Id> {
        self.engine.wanting(model, self.known_as(model, field).unwrap_or(&field.name))
    }

    /// Whether the file kept a field while its class did not have it, and a class that was not used yet has it again.
    pub fn is_back(&self, model: ModelId, field: &FieldSpec) -> bool {
        let is_unclaimed = self.engine.schema().models().get(model.index()).is_some_and(|there| there.is_unclaimed);
        let column = |name: &String| match field.holds {
            Holds::Value(_) => name.clone(),
            Holds::Record(..) => format!("{name}_id"),
        };
        let columns = std::iter::once(&field.name).chain(&field.was).map(column);
        // A name that it had counts only where the file has not its own.
        is_unclaimed
            && self.journal.as_ref().is_some_and(|journal| {
                let journal = journal.lock();
                columns
                    .into_iter()
                    .find(|column| journal.has_column(model, column))
                    .is_some_and(|column| journal.is_taken_out(model, &column))
            })
    }

    /// Whether values were made for all rows that need one of these fields.
    pub fn is_filled(&self, model: ModelId, spec: &Spec, fill: &[Fill]) -> bool {
        let made = spec.fields.iter().zip(fill).filter(|(_, fill)| fill.all().is_none());
        made.into_iter().all(|(field, fill)| {
            let wanting = self.wanting(model, field);
            wanting.into_iter().all(|id| fill.of(id).is_some())
        })
    }

    /// By model, the fields that only the file knows and that no class had when it was last written.
    pub fn taken_out(&self) -> Vec<Vec<usize>> {
        let journal = self.journal.as_ref().map(|journal| journal.lock());
        let of = |(at, model): (usize, &Model)| {
            let is_out = |field: &Field| {
                model.is_unclaimed && journal.as_ref().is_some_and(|j| j.is_taken_out(ModelId(at as u32), &field.name))
            };
            let fields = model.fields.iter().enumerate().filter(|(_, field)| is_out(field));
            fields.map(|(field, _)| field).collect()
        };
        self.engine.schema().models().iter().enumerate().map(of).collect()
    }

    /// The model that a field refers to.
    pub fn refers_to(&self, model: ModelId, field: usize) -> Option<ModelId> {
        self.engine.schema().refers_to(model, field)
    }

    /// Says which class a model has; gives back what it had before, to be dropped once the lock is given back.
    pub fn put_class(&mut self, ty: &Bound<'_, PyType>, model: ModelId, class: Class) -> Option<Class> {
        self.by_type.insert(ty.as_ptr() as usize, model);
        match self.classes.get_mut(model.index()) {
            Some(place) => Some(std::mem::replace(place, class)),
            None => {
                self.classes.push(class);
                None
            }
        }
    }

    /// Paths are to be resolved again, but for those of the seed world: they go over its own models only, and are found
    /// without being looked for.
    pub fn forget_paths(&mut self) {
        for class in self.classes.iter_mut().filter(|class| !class.spec.maker.is_seed()) {
            class.paths.iter_mut().for_each(|path| _ = path.take());
        }
    }

    /// Does what was planned, in the file first.
    pub fn carry_out(&mut self, plan: Plan) -> Result<Vec<ModelId>, Failure> {
        heard(|| self.engine.check_room(&plan))?;
        self.settle()?;
        if let Some(journal) = &mut self.journal {
            let (journal, old) = (journal.get_mut(), self.engine.schema().models());
            for planned in &plan.models {
                let (new, old) = (plan.schema.model(planned.model), old.get(planned.model.index()));
                let is_new = |&(at, field): &(usize, &Field)| {
                    !planned.keeps_cells(at) && old.is_some_and(|old| old.fields.iter().all(|o| o.name != field.name))
                };
                let new_fields = new.fields.iter().enumerate().filter(is_new).map(|(_, field)| field);
                journal.check_unread(old.map_or(&new.table, |old| &old.table), new_fields)?;
            }
            tried(|| journal.define(&plan))?;
        }
        Ok(self.engine.carry_out(plan))
    }

    /// Closes the innermost transaction, the outermost once it is in the file; says what changed if somebody listens.
    /// What the file refuses is undone.
    pub fn commit(&mut self, heard: bool) -> Result<Vec<Told>, Failure> {
        if self.engine.depth() == 1 {
            self.settle_or_lose();
        }
        let mut told = Vec::new();
        let mut journal = self.journal.as_mut().map(|journal| journal.get_mut());
        let done = self.engine.commit(|engine, changes| {
            if heard {
                told = engine.told(changes);
            }
            // Last: once it is in the file nothing may fail.
            journal.as_mut().map_or(Ok(()), |journal| journal.write(engine, changes)).map_err(Failure::from)
        });
        if let (Err(Failure::File(journal::error::Error::Locked(_))), Some(journal)) = (&done, journal) {
            // What failed is undone, so memory can be compared with the file.
            _ = journal.reconcile(&self.engine);
        }
        done.map(|()| told)
    }

    /// Undoes the innermost transaction. Ids that it gave are spent in the file, too.
    pub fn roll_back(&mut self) {
        self.settle_or_lose();
        self.engine.rollback();
        if let Some(journal) = &mut self.journal
            && self.engine.depth() == 0
        {
            // Where this fails, committing or closing will try it again.
            _ = tried(|| journal.get_mut().spend_ids(&self.engine));
        }
    }

    /// In a forked child, which has none of the other threads: undoes what they left open, and gives up the file, which is
    /// the parent's. What this thread has open stays.
    pub fn abandon(&mut self) -> Option<Owner> {
        if let Some(journal) = &mut self.journal {
            journal.get_mut().abandon();
        }
        let is_other = self.owner.as_ref().is_some_and(|owner| !owner.is_this_thread());
        while is_other && self.engine.depth() > 0 {
            self.settle_or_lose();
            self.engine.rollback();
        }
        if is_other { self.owner.take() } else { None }
    }

    /// Closes the file. What is not committed is undone.
    pub fn close_file(&mut self) -> Result<(), Failure> {
        let Some(journal) = self.journal.take() else { return Ok(()) };
        while self.engine.depth() > 0 {
            self.settle_or_lose();
            self.engine.rollback();
        }
        tried(|| journal.into_inner().close(&self.engine))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Nobody is there any more to whom to say that it failed; what was committed is in the file's log anyway.
        _ = self.close_file();
    }
}

/// What reading a file again came to.
pub enum Reading {
    /// It was read; whether that differs from what was here.
    Done(bool),
    /// Nothing was read: values for these rows of a model are to be made first.
    Lacking(ModelId, Vec<Id>),
}

impl World {
    /// Whether a field is not in the file, or its writer took it out.
    pub fn is_made_here(&self, model: ModelId, field: &str) -> bool {
        let table = &self.engine.schema().model(model).table;
        let is_not_there = |journal: &Journal| !journal.has_field(table, field) || journal.is_taken_out(model, field);
        self.journal.as_ref().is_some_and(|journal| is_not_there(&journal.lock()))
    }

    /// Reads what was committed to the file.
    pub fn refresh(&mut self, fill: &[Vec<Fill>]) -> Result<Reading, Failure> {
        self.settle()?;
        let Some(journal) = &mut self.journal else { return Ok(Reading::Done(false)) };
        let journal = journal.get_mut();
        let fresh = match journal.refresh(&mut self.engine, fill)? {
            Refreshed::Unchanged => return Ok(Reading::Done(false)),
            Refreshed::Grown(is_other) => return Ok(Reading::Done(is_other)),
            Refreshed::Lacking(model, ids) => return Ok(Reading::Lacking(model, ids)),
            Refreshed::Other(fresh) => fresh,
        };
        // Tidying a file changes it, too.
        let schema = |engine: &Engine| engine.schema().to_string();
        let is_other = schema(&self.engine) != schema(&fresh) || self.engine.difference(&fresh).is_some();
        if is_other {
            self.engine.succeed(*fresh);
        }
        Ok(Reading::Done(is_other))
    }

    /// Compares the indexes with the columns and, between transactions, the file with the rows.
    pub fn check(&self) -> Result<(), Failure> {
        let journal = self.journal.as_ref().filter(|_| self.engine.depth() == 0);
        // The rows of a file are read, and then compared.
        let in_file = journal.map_or(0, |_| 2 * self.engine.rows_in_all());
        progress::expect(self.engine.rows_to_check() + in_file, Unit::Rows);
        self.engine.check()?;
        journal.map_or(Ok(()), |journal| Ok(journal.lock().check(&self.engine)?))
    }

    /// Whether another program had changed the file when it was opened, if that is known.
    pub fn changed_elsewhere(&self) -> Option<bool> {
        self.journal.as_ref().and_then(|journal| journal.lock().changed_elsewhere())
    }

    /// What the file holds besides, as text.
    pub fn lost(&self) -> String {
        let Some(journal) = &self.journal else { return String::new() };
        let journal = journal.lock();
        journal.surplus().map(|(table, column, of)| format!("\nonly in the file: {table}.{column} ({of})\n")).collect()
    }
}

/// What was looked up before a model was redefined does not hold any more.
pub fn stale() -> Error {
    Error::Schema("a model on the way was just redefined; ask for the collection or record again".to_owned())
}
