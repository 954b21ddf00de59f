//! `Store.schema`.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::python::store::Store;

/// The models of a store and how they relate: `str()` is text, `to_mermaid()` a diagram, `describe()` data.
#[pyclass(frozen, module = "hasmany")]
pub struct Schema {
    pub models: Vec<Py<PyType>>,
    pub text: String,
    pub mermaid: String,
    pub store: Py<Store>,
}

#[pymethods]
impl Schema {
    /// The classes, in the order in which they were first used.
    #[getter]
    fn models<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.models)
    }

    /// An entity-relationship diagram in Mermaid's language.
    fn to_mermaid(&self) -> &str {
        &self.mermaid
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // What else is in a circle with it lets go.
        visit.call(&self.store)?;
        self.models.iter().try_for_each(|ty| visit.call(ty))
    }

    fn __str__(&self) -> &str {
        &self.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let names = self.models.iter().map(|ty| Ok(ty.bind(py).name()?.to_string()));
        Ok(format!("<Schema: {}>", names.collect::<PyResult<Vec<_>>>()?.join(", ")))
    }

    /// For notebooks: as Mermaid, which JupyterLab draws, and as an image for those that do not know it. What draws HTML
    /// would take that before either, so there is none.
    #[pyo3(signature = (**_options))]
    fn _repr_mimebundle_<'py>(
        slf: &Bound<'py, Self>,
        _options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let bundle = PyDict::new(slf.py());
        bundle.set_item("text/vnd.mermaid", &slf.get().mermaid)?;
        bundle.set_item("image/svg+xml", Self::_repr_svg_(slf)?)?;
        bundle.set_item("text/plain", &slf.get().text)?;
        Ok(bundle)
    }

    fn _repr_svg_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.show")?.call_method1("schema", (slf,))
    }
}
