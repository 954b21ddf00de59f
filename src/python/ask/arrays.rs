//! A `Table` of what was computed in NumPy.

use std::borrow::Cow;

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::python::ask::table::Columns;
use crate::store::cells::column::Column;
use crate::store::types::Type;
use crate::store::value::Value;

/// A table of these columns, all of one length: lists of texts, arrays of int64 or of float64, in which NaN stands for none.
#[pyfunction]
pub fn table_of(columns: &Bound<'_, PyDict>) -> PyResult<Columns> {
    let (mut names, mut read) = (Vec::new(), Vec::new());
    for (name, column) in columns {
        names.push(name.extract()?);
        read.push(if let Ok(ints) = column.cast::<PyArray1<i64>>() {
            (Type::Int, Column::of_ints(ints.to_vec()?, None))
        } else if let Ok(floats) = column.cast::<PyArray1<f64>>() {
            let mut cells = Column::new(Type::Float.storage(), true);
            let value = |float: f64| if float.is_nan() { Value::None } else { Value::Float(float) };
            floats.to_vec()?.into_iter().for_each(|float| cells.push(&value(float)));
            (Type::Float, cells)
        } else {
            let texts: Vec<String> = column.extract()?;
            let texts: Vec<Cow<str>> = texts.into_iter().map(Cow::from).collect();
            (Type::Text, Column::of_texts(&texts, None))
        });
    }
    Ok(Columns::of_columns(names, read))
}
