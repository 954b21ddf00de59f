//! The condition and the order of a collection, between the class body that says them and the schema that keeps them.

use pyo3::prelude::*;

use crate::store::schema::declaration;

/// What `has_many(where=..., order_by=...)` said.
#[pyclass(frozen, module = "hasmany")]
pub struct Terms(pub declaration::Terms);

#[pymethods]
impl Terms {
    fn __repr__(&self) -> String {
        self.0.to_string()
    }
}
