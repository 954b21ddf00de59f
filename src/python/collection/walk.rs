//! Walking a collection record by record.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::python::collection::ahead::Ahead;
use crate::python::error::tried;
use crate::python::locks::Alone;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::class::Maker;
use crate::python::store::world::World;
use crate::store::id::{Id, ModelId};

/// The records of a collection as it was when the walk began, less those deleted meanwhile. They are read a block at a
/// time, the rest at once before the first write.
///
/// A step takes no lock of the store unless something was deleted since the walk began. And it makes no object if the
/// record of two steps ago (the last one is still bound to the loop's name) was kept by nobody: that one is pointed
/// at the next row, as `zip` does with its tuple.
#[pyclass(frozen, module = "hasmany")]
pub struct Walk {
    store: Py<Store>,
    maker: Maker,
    model: ModelId,
    /// How many members there were when it began.
    len: usize,
    /// The store's version when the walk began: under the same, all of them live.
    version: u64,
    steps: Alone<Steps>,
    /// What is not read yet.
    ahead: Option<Arc<Ahead>>,
}

/// How far a walk is.
struct Steps {
    /// The block that is walked, and the next place in it.
    ids: Vec<Id>,
    at: usize,
    /// Members of the blocks before.
    before: usize,
    /// The last record and the one before it.
    spare: [Option<Py<Record>>; 2],
}

impl Walk {
    /// Walks so many rows, all of which live under `world`: first those with these ids.
    pub fn new(
        store: &Bound<'_, Store>,
        world: &World,
        model: ModelId,
        len: usize,
        (ids, ahead): (Vec<Id>, Option<Arc<Ahead>>),
    ) -> Self {
        let maker = world.class(model).spec.maker.clone_ref(store.py());
        let steps = Alone::new(Steps { ids, at: 0, before: 0, spare: [None, None] });
        let version = world.engine.version();
        Walk { store: store.clone().unbind(), maker, model, len, version, steps, ahead }
    }

    /// Whether nothing was deleted since it began, or a row is still there.
    fn has(&self, py: Python<'_>, id: Id) -> bool {
        let store = self.store.bind(py).get();
        store.version() == self.version || store.read(py).engine.table(self.model).find(id).is_some()
    }

    /// Reads the next block; whether there is one.
    #[cold]
    fn read_on(&self, py: Python<'_>) -> PyResult<bool> {
        let (store, Some(ahead)) = (self.store.bind(py), &self.ahead) else { return Ok(false) };
        let mut ids = tried(|| ahead.block(&store.get().read(py))).map_err(|failure| raise(store, failure))?;
        let is_more = !ids.is_empty();
        let mut steps = self.steps.lock();
        if steps.at < steps.ids.len() {
            // Another thread, which walks with this one, has read on, too.
            steps.ids.append(&mut ids);
        } else if is_more {
            steps.before += steps.ids.len();
            (steps.ids, steps.at) = (ids, 0);
        }
        Ok(is_more)
    }
}

#[pymethods]
impl Walk {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)?;
        self.maker.traverse(&visit)?;
        match self.steps.try_lock() {
            Some(steps) => steps.spare.iter().try_for_each(|record| visit.call(record)),
            None => Ok(()),
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let store = self.store.bind(py);
        loop {
            let mut steps = self.steps.lock();
            let Some(&id) = steps.ids.get(steps.at) else {
                drop(steps);
                if self.read_on(py)? {
                    continue;
                }
                return Ok(None);
            };
            steps.at += 1;
            let place = steps.at % 2;
            // Nobody else can get at it, so it stays ours without the lock.
            let spare = steps.spare[place].as_ref().filter(|spare| is_unshared(spare)).map(|spare| spare.clone_ref(py));
            drop(steps);
            if !self.has(py, id) {
                continue;
            }
            if let Some(spare) = spare {
                spare.get().repoint(id);
                return Ok(Some(spare.into_bound(py).into_any()));
            }
            let record = make::record_by(&self.maker, store, self.model, id)?;
            if self.maker.is_reusable() {
                let kept = record.cast::<Record>()?.clone().unbind();
                let old = self.steps.lock().spare[place].replace(kept);
                drop(old);
            }
            return Ok(Some(record));
        }
    }

    fn __length_hint__(&self) -> usize {
        let steps = self.steps.lock();
        self.len.saturating_sub(steps.before + steps.at)
    }
}

/// Whether nobody else has a reference to an object. Holds only while the interpreter's lock keeps others from taking
/// one, so never without that lock.
#[expect(unsafe_code, reason = "PyO3 has no safe way to read a reference count")]
fn is_unshared(record: &Py<Record>) -> bool {
    // SAFETY: the pointer is that of a live object, and whoever calls this holds the interpreter.
    cfg!(not(Py_GIL_DISABLED)) && unsafe { pyo3::ffi::Py_REFCNT(record.as_ptr()) } == 1
}
