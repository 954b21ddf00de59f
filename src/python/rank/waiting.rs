//! Columns of the rankings of many, which are computed while they are read.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::ask::answer::Answer;
use crate::ask::ranked::{Ranked, Wanted};
use crate::exchange::computed::{Computed, batches, schema};
use crate::python::ask::asking::checked;
use crate::python::ask::operand::Operand;
use crate::python::ask::table::{Waiting as Later, computed};
use crate::python::bar::Bar;
use crate::python::bridges::arrow::stream;
use crate::python::capsule::attach;
use crate::python::collection::many::Many;
use crate::python::error::interrupt;
use crate::python::rank::question::BoundQuestion;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::world::World;
use crate::rank::kept::Kept;
use crate::store::error::Result as Found;
use crate::store::id::Id;

/// Rows of a block, about.
const BLOCK: usize = 1 << 16;

/// Owners of a block, at most: the store is held that long, and the bar moves that often.
const OWNERS: usize = 512;

/// Owners of a block, at least, to keep all cores busy.
const FEWEST: usize = 16;

/// What is asked of whose rankings.
pub struct Waiting {
    pub store: Py<Store>,
    /// A fixed collection.
    pub owners: Py<Many>,
    pub asked: Arc<BoundQuestion>,
    pub wanted: Vec<Wanted<Operand>>,
    pub progress: bool,
}

impl Waiting {
    /// The columns of the rankings of these owners.
    fn answers(&self, world: &World, owners: &[Id], kept: &mut Kept) -> Found<Vec<Answer>> {
        let (rankings, sides) = (self.asked.answer_all(world, owners, kept)?, self.asked.question.sides());
        let ranked = Ranked::many(&world.engine, sides, &rankings);
        checked(world, |checker| checker.ranked_answers(sides, &ranked, &self.wanted))
    }

    fn computed<'a>(&'a self, names: &'a [String], answers: &'a [Answer]) -> Vec<Computed<'a>> {
        let columns = names.iter().zip(answers).zip(&self.wanted);
        columns.map(|((name, answer), wanted)| computed(name, answer, Some(wanted.is_optional()))).collect()
    }

    /// The columns without a row: their types are right.
    fn of_none(&self, py: Python<'_>) -> PyResult<Vec<Answer>> {
        let store = self.store.bind(py);
        store
            .get()
            .read_long(py, |world| self.answers(world, &[], &mut Kept::default()))
            .map_err(|error| raise(store, error))
    }
}

impl Later for Waiting {
    fn all(&self, py: Python<'_>) -> PyResult<Vec<Answer>> {
        let mut blocks = Blocks::new(self, py, self.progress)?;
        let mut all = self.of_none(py)?;
        while let Some(more) = blocks.next(self, py, |world, owners, kept| self.answers(world, owners, kept))? {
            all.iter_mut().zip(more).for_each(|(answer, more)| answer.append(more));
        }
        Ok(all)
    }

    fn first(&self, py: Python<'_>, rows: usize) -> PyResult<Vec<Answer>> {
        let mut blocks = Blocks::new(self, py, false)?;
        blocks.size = FEWEST;
        let mut first = self.of_none(py)?;
        while first.first().is_some_and(|answer| answer.len() < rows)
            && let Some(more) = blocks.next(self, py, |world, owners, kept| self.answers(world, owners, kept))?
        {
            first.iter_mut().zip(more).for_each(|(answer, more)| answer.append(more));
        }
        Ok(first)
    }

    fn stream<'py>(
        self: Arc<Self>,
        py: Python<'py>,
        names: &[String],
        requested: Option<&Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = schema(&self.computed(names, &self.of_none(py)?));
        let blocks = Blocks::new(&self, py, self.progress)?;
        let (waiting, names, ready) = (self, names.to_vec(), Vec::new().into_iter());
        stream(py, schema.clone(), Batches { waiting, names, schema, blocks, ready }, requested)
    }
}

/// The owners still to be asked.
struct Blocks {
    owners: Vec<Id>,
    at: usize,
    /// Owners of a block.
    size: usize,
    /// What those before have made.
    kept: Kept,
    /// Until it is closed.
    bar: Option<Bar>,
}

impl Blocks {
    fn new(of: &Waiting, py: Python<'_>, progress: bool) -> PyResult<Self> {
        let owners = of.owners.get().ids_vec(py)?;
        let bar = Some(Bar::new(py, progress, Some(owners.len()), " rankings")?);
        let size = (BLOCK / of.asked.question.k.max(1)).clamp(FEWEST, OWNERS);
        Ok(Blocks { owners, at: 0, size, kept: Kept::default(), bar })
    }

    /// What is made of the next owners, nothing at the end. Whoever reads may hold the interpreter or not; while the store
    /// is waited for and read it is released.
    fn next<T: Send>(
        &mut self,
        of: &Waiting,
        py: Python<'_>,
        work: impl FnOnce(&World, &[Id], &mut Kept) -> Found<T> + Send,
    ) -> PyResult<Option<T>> {
        let done = self.work(of, py, work);
        if matches!(done, Ok(Some(_))) {
            return done;
        }
        let closed = self.close(py);
        done.and_then(|end| closed.map(|()| end))
    }

    fn work<T: Send>(
        &mut self,
        of: &Waiting,
        py: Python<'_>,
        work: impl FnOnce(&World, &[Id], &mut Kept) -> Found<T> + Send,
    ) -> PyResult<Option<T>> {
        py.check_signals()?;
        let owners = &self.owners[self.at..self.owners.len().min(self.at + self.size)];
        if owners.is_empty() {
            return Ok(None);
        }
        let (store, kept) = (of.store.bind(py), &mut self.kept);
        let made = store.get().read_long(py, |world| work(world, owners, kept)).map_err(|error| raise(store, error))?;
        self.at += owners.len();
        self.bar.as_ref().map_or(Ok(()), |bar| bar.advance(py, owners.len()))?;
        Ok(Some(made))
    }

    fn close(&mut self, py: Python<'_>) -> PyResult<()> {
        self.at = self.owners.len();
        self.bar.take().map_or(Ok(()), |bar| bar.close(py))
    }
}

impl Drop for Blocks {
    /// A reader may stop before the end.
    fn drop(&mut self) {
        if self.bar.is_some() {
            attach(|py| {
                if let Err(error) = self.close(py) {
                    error.write_unraisable(py, None);
                }
            });
        }
    }
}

/// The blocks as record batches.
struct Batches {
    waiting: Arc<Waiting>,
    names: Vec<String>,
    schema: SchemaRef,
    blocks: Blocks,
    /// Those of the last block that were not read yet.
    ready: std::vec::IntoIter<RecordBatch>,
}

impl Batches {
    /// Those of the next block, nothing at the end.
    fn compute(&mut self, py: Python<'_>) -> PyResult<Option<Vec<RecordBatch>>> {
        let (of, names, schema) = (&*self.waiting, &self.names, &self.schema);
        let made = self.blocks.next(of, py, |world, owners, kept| {
            let answers = of.answers(world, owners, kept)?;
            Ok(batches(schema, &of.computed(names, &answers), answers.first().map_or(0, Answer::len)))
        });
        made?.transpose().map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.ready.next() {
                return Some(Ok(batch));
            }
            let computed = attach(|py| {
                self.compute(py).map_err(|error| {
                    let text = error.to_string();
                    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
                        // The reader makes an error of its own of this: so it is raised once it has ended.
                        interrupt(py);
                    }
                    text
                })
            });
            match computed.unwrap_or_else(|| Err("the interpreter is shutting down".to_owned())) {
                Ok(Some(batches)) => self.ready = batches.into_iter(),
                Ok(None) => return None,
                Err(text) => return Some(Err(ArrowError::ComputeError(text))),
            }
        }
    }
}
