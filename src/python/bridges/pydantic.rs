//! Records and collections in pydantic's models. pydantic calls; here nothing imports it before.

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::exchange::columns;
use crate::python::collection::many::Many;
use crate::python::declare::bind;
use crate::python::record::handle::Record;
use crate::python::record::make;
use crate::python::store::Store;
use crate::store::members::Values;
use crate::store::types::Type;

/// Where what pydantic asks is answered.
const ANSWERS: &str = "hasmany.validating";

#[pymethods]
impl Record {
    /// For pydantic, and so FastAPI: a field of this type takes records of this class, never data that would have to
    /// become one, and goes out as `to_dict()` says.
    #[classmethod]
    fn __get_pydantic_core_schema__<'py>(
        cls: &Bound<'py, PyType>,
        source: &Bound<'py, PyAny>,
        handler: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = (source, handler);
        cls.py().import(ANSWERS)?.call_method1("of_records", (cls,))
    }

    /// What that is in a JSON schema.
    #[classmethod]
    fn __get_pydantic_json_schema__<'py>(
        cls: &Bound<'py, PyType>,
        core_schema: &Bound<'py, PyAny>,
        handler: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = (core_schema, handler);
        cls.py().import(ANSWERS)?.call_method1("schema_of_records", (cls,))
    }
}

#[pymethods]
impl Many {
    /// For pydantic, and so FastAPI: a field of `Many[X]` takes collections of X and goes out as a list of what each
    /// member's `to_dict()` says.
    #[classmethod]
    fn __get_pydantic_core_schema__<'py>(
        cls: &Bound<'py, PyType>,
        source: &Bound<'py, PyAny>,
        handler: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import(ANSWERS)?.call_method1("of_collections", (source, handler))
    }

    /// What that is in a JSON schema.
    #[classmethod]
    fn __get_pydantic_json_schema__<'py>(
        cls: &Bound<'py, PyType>,
        core_schema: &Bound<'py, PyAny>,
        handler: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import(ANSWERS)?.call_method1("schema_of_collections", (core_schema, handler))
    }
}

/// The class of a collection's members.
#[pyfunction]
pub fn class_of<'py>(many: &Bound<'py, Many>) -> Bound<'py, PyType> {
    let (py, of) = (many.py(), many.get());
    let (spec, _) = of.store(py).get().spec(py, of.model());
    make::class(&spec.maker, py)
}

/// The name of a column, its type, the values of an enum, and whether it may be None.
type Shape<'py> = (String, &'static str, Bound<'py, PyAny>, bool);

/// What `to_dict()` of a class's records has, without a store: the class is bound to one of the moment. Raises
/// `SchemaError` for a class that cannot work.
#[pyfunction]
pub fn shape<'py>(cls: &Bound<'py, PyType>) -> PyResult<Vec<Shape<'py>>> {
    let py = cls.py();
    let moment = Bound::new(py, Store::in_memory())?;
    let model = bind::model(&moment, cls)?;
    let columns = columns::columns(&moment.get().read(py).engine, model);
    let shape = |(name, of, optional): (String, Type, bool)| {
        let values = match of.members().map(|members| &members.values) {
            Some(Values::Texts(texts)) => texts.into_pyobject(py)?,
            Some(Values::Ints(ints)) => ints.into_pyobject(py)?,
            None => py.None().into_bound(py),
        };
        Ok((name, of.name(), values, optional))
    };
    columns.into_iter().map(shape).collect()
}
