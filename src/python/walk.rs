//! Walking a collection record by record.

use parking_lot::Mutex;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::class::Maker;
use super::record::Record;
use super::store::{Store, World};
use crate::store::id::{Id, ModelId};

/// The records of a collection as it was when the walk began, less those deleted meanwhile.
///
/// A step takes no lock of the store unless something was deleted since the walk began. And it makes no object if the record of
/// two steps ago (the last one is still bound to the loop's name) was kept by nobody: that one is pointed at the next
/// row, as `zip` does with its tuple.
#[pyclass(frozen, module = "hasmany")]
pub struct Walk {
    store: Py<Store>,
    maker: Maker,
    model: ModelId,
    ids: Vec<Id>,
    /// The store's version when the walk began: under the same, all of them live.
    version: u64,
    state: Mutex<State>,
}

struct State {
    at: usize,
    /// The last record and the one before it.
    spare: [Option<Py<Record>>; 2],
}

impl Walk {
    /// Walks the rows with these ids, all of which live under `world`.
    pub fn new(store: &Bound<'_, Store>, world: &World, model: ModelId, ids: Vec<Id>) -> Self {
        let maker = world.class(model).maker.clone_ref(store.py());
        let state = Mutex::new(State { at: 0, spare: [None, None] });
        Walk { store: store.clone().unbind(), maker, model, ids, version: world.engine.version(), state }
    }

    /// The next id, past rows that are gone.
    fn next_id(&self, py: Python<'_>, state: &mut State) -> Option<Id> {
        let store = self.store.bind(py).get();
        while let Some(&id) = self.ids.get(state.at) {
            state.at += 1;
            if store.version() == self.version {
                return Some(id);
            }
            let world = store.read(py);
            if world.engine.table(self.model).find(id).is_some() {
                return Some(id);
            }
        }
        None
    }
}

#[pymethods]
impl Walk {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (id, place) = {
            let mut state = self.state.lock();
            let Some(id) = self.next_id(py, &mut state) else { return Ok(None) };
            let place = state.at % 2;
            if let Some(spare) = state.spare[place].as_ref().filter(|spare| is_unshared(spare)) {
                spare.get().repoint(id);
                return Ok(Some(spare.clone_ref(py).into_bound(py).into_any()));
            }
            (id, place)
        };
        // Making an object may run the garbage collector, and so any code: not under the lock.
        let record = self.maker.record(self.store.bind(py), self.model, id)?;
        let kept = record.cast::<Record>()?.clone().unbind();
        let old = self.state.lock().spare[place].replace(kept);
        drop(old);
        Ok(Some(record))
    }

    fn __length_hint__(&self) -> usize {
        self.ids.len().saturating_sub(self.state.lock().at)
    }
}

/// Whether nobody else has a reference to an object. Holds only while the interpreter's lock keeps others from taking one, so
/// never without that lock.
#[expect(unsafe_code, reason = "PyO3 has no safe way to read a reference count")]
fn is_unshared(record: &Py<Record>) -> bool {
    // SAFETY: the pointer is that of a live object, and whoever calls this holds the interpreter.
    cfg!(not(Py_GIL_DISABLED)) && unsafe { pyo3::ffi::Py_REFCNT(record.as_ptr()) } == 1
}
