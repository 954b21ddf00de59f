//! The structs of Arrow's C interface in the capsules in which they are handed over.

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// The type that a capsule holds. It lives as long as the capsule. Raises `ValueError` where it holds something else, as
/// all of these do.
pub fn held_schema<'a>(capsule: &'a Bound<'_, PyCapsule>) -> PyResult<&'a FFI_ArrowSchema> {
    held(capsule, SCHEMA)
}

/// The array that a capsule holds, which is left with an empty one.
pub fn taken_array(capsule: &Bound<'_, PyCapsule>) -> PyResult<FFI_ArrowArray> {
    taken(capsule, ARRAY, FFI_ArrowArray::empty())
}

/// The stream that a capsule holds, which is left with an empty one.
pub fn taken_stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<FFI_ArrowArrayStream> {
    taken(capsule, STREAM, FFI_ArrowArrayStream::empty())
}

/// A capsule that holds a stream, which it releases with itself if nobody took it.
pub fn of_stream(py: Python<'_>, stream: FFI_ArrowArrayStream) -> PyResult<Bound<'_, PyCapsule>> {
    PyCapsule::new_with_value(py, stream, STREAM)
}

#[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
fn held<'a, T>(capsule: &'a Bound<'_, PyCapsule>, name: &CStr) -> PyResult<&'a T> {
    let pointer = capsule.pointer_checked(Some(name))?.cast();
    // SAFETY: by its name the capsule holds such a struct. Nobody moves out of a type, and it is read before any Python
    // code runs again.
    Ok(unsafe { pointer.as_ref() })
}

#[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
fn taken<T>(capsule: &Bound<'_, PyCapsule>, name: &CStr, empty: T) -> PyResult<T> {
    let pointer = capsule.pointer_checked(Some(name))?.cast::<T>();
    // SAFETY: by its name the capsule holds such a struct, and whoever is given a capsule moves out of it. The
    // interpreter is held, so nobody else does meanwhile.
    Ok(unsafe { pointer.replace(empty) })
}

/// Works attached to the interpreter, where a reader of a stream calls back; nothing where the interpreter ends. A thread that
/// came here through a call of ours counts as attached for PyO3, though a reader in between may have let the interpreter go: so it is
/// taken back first, as the reader itself would.
#[expect(unsafe_code, reason = "PyO3 has no call that takes the interpreter whatever its count says")]
pub fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    struct Taken(pyo3::ffi::PyGILState_STATE);

    impl Drop for Taken {
        fn drop(&mut self) {
            // SAFETY: once for the state that `PyGILState_Ensure` gave, on its thread.
            unsafe { pyo3::ffi::PyGILState_Release(self.0) };
        }
    }

    // SAFETY: asks for this thread's state; may be called at any time.
    let is_known = unsafe { !pyo3::ffi::PyGILState_GetThisThreadState().is_null() };
    // SAFETY: this thread has a state, so the interpreter was there when it was made; released by `Taken`.
    let _taken = is_known.then(|| Taken(unsafe { pyo3::ffi::PyGILState_Ensure() }));
    Python::try_attach(work)
}
