//! Making records: an object of the right class that points at a row.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use pyo3::{PyTypeInfo, ffi};

use crate::python::locks::assert_none_held;
use crate::python::record::handle::{Like, Record, Tweet, User};
use crate::python::store::Store;
use crate::python::store::class::Maker;
use crate::store::id::{Id, ModelId};

/// A record that points at a row.
pub fn record<'py>(store: &Bound<'py, Store>, model: ModelId, id: Id) -> PyResult<Bound<'py, PyAny>> {
    let maker = store.get().read(store.py()).class(model).spec.maker.clone_ref(store.py());
    record_by(&maker, store, model, id)
}

/// A record of a maker's class that points at a row.
pub fn record_by<'py>(maker: &Maker, store: &Bound<'py, Store>, model: ModelId, id: Id) -> PyResult<Bound<'py, PyAny>> {
    assert_none_held();
    let py = store.py();
    let record = Record::new(store.clone().unbind(), model, id);
    Ok(match maker {
        Maker::User => Bound::new(py, User::of(record))?.into_any(),
        Maker::Tweet => Bound::new(py, Tweet::of(record))?.into_any(),
        Maker::Like => Bound::new(py, Like::of(record))?.into_any(),
        Maker::Declared(ty, _) => subclass_instance(ty.bind(py), record)?,
        Maker::Unclaimed => Bound::new(py, record)?.into_any(),
    })
}

/// The class whose records a maker makes.
pub fn class<'py>(maker: &Maker, py: Python<'py>) -> Bound<'py, PyType> {
    match maker {
        Maker::User => py.get_type::<User>(),
        Maker::Tweet => py.get_type::<Tweet>(),
        Maker::Like => py.get_type::<Like>(),
        Maker::Declared(ty, _) => ty.bind(py).clone(),
        Maker::Unclaimed => py.get_type::<Record>(),
    }
}

thread_local! {
    /// The record that [`Record`]'s `__new__` is to make on behalf of [`record_by`].
    static NEXT: Cell<Option<Record>> = const { Cell::new(None) };
}

/// What [`record_by`] asked for, if it is what called `__new__`.
pub fn take_next() -> Option<Record> {
    NEXT.take()
}

/// An instance of a Python subclass of [`Record`] with this content. PyO3 has no call for that; `Record.__new__` with
/// the subclass as its type is one, and takes the content from [`NEXT`].
#[expect(unsafe_code, reason = "PyO3 offers no way to make an instance of a Python subclass from Rust")]
fn subclass_instance<'py>(ty: &Bound<'py, PyType>, record: Record) -> PyResult<Bound<'py, PyAny>> {
    static NEW: PyOnceLock<ffi::newfunc> = PyOnceLock::new();
    static NO_ARGS: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();
    let py = ty.py();
    let new = NEW.get_or_init(py, || {
        // SAFETY: the slot `Py_tp_new` of a type is null or a `newfunc`, and `Option<newfunc>` is null or a `newfunc`.
        let slot = unsafe { ffi::PyType_GetSlot(Record::type_object_raw(py), ffi::Py_tp_new) };
        // SAFETY: as above.
        let slot = unsafe { std::mem::transmute::<*mut std::ffi::c_void, Option<ffi::newfunc>>(slot) };
        slot.unwrap_or(ffi::PyType_GenericNew)
    });
    let args = NO_ARGS.get_or_init(py, || PyTuple::empty(py).unbind());
    NEXT.set(Some(record));
    // SAFETY: `new` is `Record`'s own `tp_new`, `ty` is a subclass of `Record` (`Definition::of` lets no other be
    // bound), `args` is a tuple, and `tp_new` takes null for no keywords. It returns a new reference, or null with an
    // exception set.
    unsafe { Bound::from_owned_ptr_or_err(py, new(ty.as_type_ptr(), args.as_ptr(), std::ptr::null_mut())) }
}
