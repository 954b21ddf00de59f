//! What a notebook shows of a collection.

use pyo3::prelude::*;

use crate::python::collection::many::Many;
use crate::python::record::cell::Cell;
use crate::store::id::Row;

/// The model's name, the fields' names, how many members there are, and the
/// values of the first few, each row after its id.
#[pyfunction]
pub fn preview<'py>(
    many: &Bound<'py, Many>,
    most: usize,
) -> PyResult<(String, Vec<String>, usize, Vec<PreviewRow<'py>>)> {
    let (py, many) = (many.py(), many.get());
    let (spec, _) = many.store(py).get().spec(py, many.model());
    let (count, cells) = many.read(py, |world| {
        let (table, (count, rows)) = (world.engine.table(many.model()), many.head(world, most)?);
        let fields = &world.engine.schema().model(many.model()).fields;
        let cell = |row: Row, at: usize| Cell::read(py, world, &fields[at].kind, &table.column(at).get(row));
        let row = |&row: &Row| {
            let cells = (0..table.columns().len()).map(|field| cell(row, field)).collect::<PyResult<Vec<_>>>();
            (table.id(row), cells)
        };
        Ok((count, rows.iter().map(row).collect::<Vec<_>>()))
    })?;
    let mut shown = Vec::new();
    for (id, cells) in cells {
        let mut row = vec![id.into_pyobject(py)?.into_any()];
        for cell in cells? {
            row.push(cell.finish(many.store(py))?);
        }
        shown.push(row);
    }
    Ok((spec.name.clone(), spec.fields.iter().map(|field| field.name.clone()).collect(), count, shown))
}

/// The values of a row.
type PreviewRow<'py> = Vec<Bound<'py, PyAny>>;
