//! `order_by`: members in the order of a field.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::python::ask::dotted::Dotted;
use crate::python::collection::many::Many;
use crate::python::error::SchemaError;
use crate::python::record::value::text;
use crate::python::store::habits;
use crate::store::error::Error;
use crate::store::read::find;
use crate::store::schema::declaration::Kind;

#[pymethods]
impl Many {
    /// The members in the order of a field, as a fixed collection. Stable; None is last both ways; dotted names as in
    /// `values`, and "id". O(k log k).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = User("zoe"), User("adam")
    /// ...     User.all().order_by("username").values("username")
    /// ['adam', 'zoe']
    #[pyo3(signature = (field, *more, reverse=false), text_signature = "($self, field, *, reverse=False)")]
    fn order_by(
        &self,
        py: Python<'_>,
        field: &Bound<'_, PyAny>,
        more: &Bound<'_, PyTuple>,
        reverse: bool,
    ) -> PyResult<Many> {
        if !more.is_empty() {
            return Err(habits::no_orders());
        }
        let field = text(field.cast::<PyString>().map_err(|_| habits::no_order(field))?);
        if let Some(advice) = habits::of_order(&field) {
            return Err(SchemaError::new_err(format!("'{field}' is no field of {}; {advice}", self.model_name(py))));
        }
        self.fix(py, self.model(), |world| {
            let dotted = Dotted::parse(&world.engine, self.model(), &field)?;
            if matches!(dotted.kind(&world.engine), Kind::Value(of) if of.is_document()) {
                return Err(Error::Schema(format!("'{field}' is Json, which has no order")));
            }
            let mut rows = self.rows(world)?.into_vec();
            // By a reference: records are ordered by age, as rows are.
            find::order(&mut rows, reverse, |row| dotted.value(&world.engine, row));
            Ok(rows)
        })
    }
}
