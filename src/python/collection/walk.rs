//! Walking a collection record by record.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::python::locks::Alone;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::store::Store;
use crate::python::store::class::Maker;
use crate::python::store::world::World;
use crate::store::id::{Id, ModelId};

/// The records of a collection as it was when the walk began, less those deleted meanwhile.
///
/// A step takes no lock of the store unless something was deleted since the walk began. And it makes no object if the
/// record of two steps ago (the last one is still bound to the loop's name) was kept by nobody: that one is pointed
/// at the next row, as `zip` does with its tuple.
#[pyclass(frozen, module = "hasmany")]
pub struct Walk {
    store: Py<Store>,
    maker: Maker,
    model: ModelId,
    ids: Vec<Id>,
    /// The store's version when the walk began: under the same, all of them live.
    version: u64,
    at: AtomicUsize,
    /// The last record and the one before it.
    spare: Alone<[Option<Py<Record>>; 2]>,
}

impl Walk {
    /// Walks the rows with these ids, all of which live under `world`.
    pub fn new(store: &Bound<'_, Store>, world: &World, model: ModelId, ids: Vec<Id>) -> Self {
        let maker = world.class(model).spec.maker.clone_ref(store.py());
        let (at, spare, version) = (AtomicUsize::new(0), Alone::default(), world.engine.version());
        Walk { store: store.clone().unbind(), maker, model, ids, version, at, spare }
    }

    /// The next place, whose id is nobody else's then.
    fn advance(&self) -> usize {
        if cfg!(Py_GIL_DISABLED) {
            return self.at.fetch_add(1, Relaxed);
        }
        // Whoever holds the interpreter is alone here, and this is cheaper.
        let at = self.at.load(Relaxed);
        self.at.store(at + 1, Relaxed);
        at
    }

    /// The next place and id, past rows that are gone.
    fn step(&self, py: Python<'_>) -> Option<(usize, Id)> {
        let store = self.store.bind(py).get();
        loop {
            let at = self.advance();
            let id = *self.ids.get(at)?;
            if store.version() == self.version || store.read(py).engine.table(self.model).find(id).is_some() {
                return Some((at, id));
            }
        }
    }
}

#[pymethods]
impl Walk {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.store)?;
        self.maker.traverse(&visit)?;
        match self.spare.try_lock() {
            Some(spare) => spare.iter().try_for_each(|record| visit.call(record)),
            None => Ok(()),
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some((at, id)) = self.step(py) else { return Ok(None) };
        let store = self.store.bind(py);
        if !self.maker.is_reusable() {
            return make::record_by(&self.maker, store, self.model, id).map(Some);
        }
        // From here to its return nobody else holds the interpreter, so it stays ours without the lock.
        let spare =
            self.spare.lock()[at % 2].as_ref().filter(|spare| is_unshared(spare)).map(|spare| spare.clone_ref(py));
        if let Some(spare) = spare {
            spare.get().repoint(id);
            return Ok(Some(spare.into_bound(py).into_any()));
        }
        let record = make::record_by(&self.maker, store, self.model, id)?;
        let kept = record.cast::<Record>()?.clone().unbind();
        let old = self.spare.lock()[at % 2].replace(kept);
        drop(old);
        Ok(Some(record))
    }

    fn __length_hint__(&self) -> usize {
        self.ids.len().saturating_sub(self.at.load(Relaxed))
    }
}

/// Whether nobody else has a reference to an object. Holds only while the interpreter's lock keeps others from taking
/// one, so never without that lock.
#[expect(unsafe_code, reason = "PyO3 has no safe way to read a reference count")]
fn is_unshared(record: &Py<Record>) -> bool {
    // SAFETY: the pointer is that of a live object, and whoever calls this holds the interpreter.
    cfg!(not(Py_GIL_DISABLED)) && unsafe { pyo3::ffi::Py_REFCNT(record.as_ptr()) } == 1
}
