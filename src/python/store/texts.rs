//! Python's strings for cells of text, kept for a while: making one costs several times what handing it out does.

use std::mem::size_of;

use foldhash::HashMap;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::locks::Inner;
use crate::python::store::world::World;
use crate::store::id::{Id, ModelId, Row};
use crate::store::value::Value;

/// The strings last handed out for each column of text, at most [`MOST`] of each.
#[derive(Default)]
pub struct Texts {
    columns: Inner<HashMap<(ModelId, usize), KeptStrings>>,
}

/// Slots of one column.
const MOST: usize = 1 << 16;

/// The strings of one column: that of a row is in the slot of its id's lowest bits, if it is there. Ids are never used
/// again, so only overwriting a cell or redefining the model makes strings wrong.
#[derive(Default)]
struct KeptStrings {
    /// Under which serial of the store and after how many overwritten cells these are right.
    under: (u32, u64),
    slots: Vec<Option<(Id, Py<PyString>)>>,
}

impl Texts {
    /// The values of these rows (nothing, for some) in a column of text. Runs no Python code.
    pub fn read<'py>(
        &self,
        py: Python<'py>,
        world: &World,
        (model, field): (ModelId, usize),
        rows: impl ExactSizeIterator<Item = Option<Row>>,
    ) -> Vec<Bound<'py, PyAny>> {
        let table = world.engine.table(model);
        let column = table.column(field);
        let mut columns = self.columns.lock();
        let kept = columns.entry((model, field)).or_default();
        let under = (world.serial, column.overwritten());
        let wanted = rows.len().min(table.rows()).min(MOST).next_power_of_two();
        if kept.under != under || kept.slots.len() < wanted {
            *kept = KeptStrings { under, slots: std::iter::repeat_with(|| None).take(wanted).collect() };
        }
        let slots = kept.slots.len();
        let text = |row: Option<Row>| {
            let Some(row) = row else { return py.None().into_bound(py) };
            let id = table.id(row);
            let slot = &mut kept.slots[id as usize & (slots - 1)];
            match slot {
                Some((other, text)) if *other == id => text.bind(py).clone().into_any(),
                _ => match column.get(row) {
                    Value::Text(text) => {
                        let text = PyString::new(py, &text);
                        *slot = Some((id, text.clone().unbind()));
                        text.into_any()
                    }
                    _ => py.None().into_bound(py),
                },
            }
        };
        rows.map(text).collect()
    }

    /// Bytes on the heap, the strings' own included.
    pub fn bytes(&self, py: Python<'_>) -> usize {
        // What an ASCII string takes besides its characters.
        const HEADER: usize = 49;
        let columns = self.columns.lock();
        let slots = columns.values().flat_map(|kept| &kept.slots);
        let text = |(_, text): &(Id, Py<PyString>)| text.bind(py).len().unwrap_or(0) + HEADER;
        slots.map(|slot| size_of::<Option<(Id, Py<PyString>)>>() + slot.as_ref().map_or(0, text)).sum()
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        let columns = std::mem::take(&mut *self.columns.lock());
        drop(columns);
    }
}
