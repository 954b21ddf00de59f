//! What the fields of new rows are filled with: columns, defaults, or the rows that natural keys name, which may have to
//! be created first.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::python::bulk::finished::Leaf;
use crate::python::bulk::incoming::Incoming;
use crate::python::bulk::target::Step;
use crate::python::record::arg::{self, Arg};
use crate::python::record::raise::raise;
use crate::python::store::Store;
use crate::python::store::class::{Default, Spec};
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::stamp::Stamp;
use crate::store::value::Value;
use crate::store::write::given::{Keys, NewCells, OnMissing};
use crate::store::write::own::Asked;
use crate::store::write::places::Meeting;
use crate::store::write::plan::{Parents, Plan};

/// What a field of the new rows is filled with.
pub enum Fill {
    Cells(NewCells),
    /// A default that is a record, which becomes a row only under the lock.
    Record(ModelId, Id),
}

impl Fill {
    /// As the engine takes it; a record must still be there.
    pub fn settled(self, engine: &Engine) -> Result<NewCells> {
        Ok(match self {
            Fill::Cells(cells) => cells,
            Fill::Record(model, id) => NewCells::Same(Value::Row(engine.row(model, id)?)),
        })
    }
}

/// The defaults of a field for so many rows; a factory is called for each.
pub fn defaults(py: Python<'_>, store: &Bound<'_, Store>, spec: &Spec, at: usize, rows: usize) -> PyResult<Fill> {
    let field = &spec.fields[at];
    match &field.default {
        Default::Factory(factory) => {
            let mut column = Incoming::new(store, spec, &field.name, None)?;
            let list = PyList::empty(py);
            for _ in 0..rows {
                list.append(factory.bind(py).call0()?)?;
            }
            column.read(store, &list)?;
            Ok(Fill::Cells(column.into_cells(rows)))
        }
        Default::Value(value) => Ok(match arg::arg(store.as_unbound(), spec, field, value.bind(py))? {
            Arg::Value(value) => Fill::Cells(NewCells::Same(value.into_owned())),
            Arg::Record(model, id) => Fill::Record(model, id),
        }),
        Default::Required => Ok(Fill::Cells(NewCells::Same(Value::None))),
    }
}

/// Adds a field to keys, or to keys in them; whether there is place for it.
pub fn add(keys: &mut Keys, steps: &[Step], leaf: Leaf) -> bool {
    let nested = |keys: &Keys, field: usize| keys.nested.iter().position(|(other, _)| *other == field);
    match (steps, leaf) {
        ([], Leaf::Values(field, column)) => {
            let is_free = !keys.fields.contains(&field);
            keys.fields.push(field);
            keys.columns.push(column);
            is_free
        }
        (&[Step { field, .. }], Leaf::Ids(ids)) => {
            let is_free = nested(keys, field).is_none();
            keys.nested.push((field, NewCells::Ids(ids)));
            is_free
        }
        (&[Step { field, .. }, ref rest @ ..], leaf) => {
            let at = nested(keys, field).unwrap_or_else(|| {
                keys.nested.push((field, NewCells::Keys(Keys::default())));
                keys.nested.len() - 1
            });
            match &mut keys.nested[at].1 {
                NewCells::Keys(keys) => add(keys, rest, leaf),
                _ => false,
            }
        }
        ([], Leaf::Ids(_)) => false,
    }
}

/// What is to be created for the keys of an input, with defaults for all that they do not say.
#[derive(Default)]
pub struct NewParents {
    plan: Plan,
    /// What the store was like when that was made.
    stamp: Stamp,
    /// For each of the plan's parents the fields of which nothing is said.
    defaults: Vec<Vec<(usize, Fill)>>,
}

/// What a call says of its rows, besides what they hold.
#[derive(Clone, Copy)]
pub struct How<'a> {
    pub model: ModelId,
    pub rows: usize,
    pub on_missing: &'a [OnMissing],
    pub ids: Option<&'a Packed>,
    pub key: Option<&'a [usize]>,
    pub meeting: Meeting,
}

impl How<'_> {
    /// The plan for what the keys of these fields name and is not there.
    fn plan(&self, engine: &Engine, fields: &[Fill]) -> Result<Plan> {
        let record = |fill: &Fill| match fill {
            Fill::Cells(_) => Ok(None),
            Fill::Record(model, id) => Ok(Some(NewCells::Same(Value::Row(engine.row(*model, *id)?)))),
        };
        let records = fields.iter().map(record).collect::<Result<Vec<Option<NewCells>>>>()?;
        let nothing = NewCells::Same(Value::None);
        let cells = fields.iter().zip(&records).map(|(fill, record)| match fill {
            Fill::Cells(cells) => cells,
            Fill::Record(..) => record.as_ref().unwrap_or(&nothing),
        });
        let (cells, How { model, rows, on_missing, ids, key, meeting }) = (cells.collect::<Vec<_>>(), *self);
        engine.plan_parents(&Asked { model, rows, cells: &cells, on_missing, ids, key, meeting })
    }

    /// Whether any keys may name what is to be created.
    fn creates(&self, fields: &[Fill]) -> bool {
        let is_key = |fill: &Fill| matches!(fill, Fill::Cells(NewCells::Keys(_)));
        fields.iter().zip(self.on_missing).any(|(fill, said)| *said == OnMissing::Create && is_key(fill))
    }
}

impl NewParents {
    /// What is to be created for an input.
    pub fn of(store: &Bound<'_, Store>, fields: &[Fill], how: How<'_>) -> PyResult<Self> {
        if !how.creates(fields) {
            return Ok(NewParents::default());
        }
        let look = |world: &World| Result::Ok((how.plan(&world.engine, fields)?, world.engine.stamp()));
        let (plan, stamp) = store.get().read_long(store.py(), look).map_err(|error| raise(store, error))?;
        let defaults = plan.parents.iter().map(|parents| {
            let (spec, _) = store.get().spec(store.py(), parents.model);
            let is_given = |field: usize| parents.given.iter().any(|(given, _)| *given == field);
            let fill = |field: usize| match &spec.fields[field].default {
                Default::Required => Err(needs_more(&spec, field, parents.places[0])),
                _ => Ok((field, defaults(store.py(), store, &spec, field, parents.places.len())?)),
            };
            (0..spec.fields.len()).filter(|&field| !is_given(field)).map(fill).collect()
        });
        let defaults = defaults.collect::<PyResult<_>>()?;
        Ok(NewParents { plan, stamp, defaults })
    }

    /// Creates them and puts where the keys lead in place of the keys; false, with nothing done, if something else is
    /// missing by now.
    pub fn create(self, engine: &mut Engine, fields: &mut [Fill], how: How<'_>) -> Result<bool> {
        if !how.creates(fields) {
            return Ok(true);
        }
        let NewParents { mut plan, stamp, defaults } = self;
        if engine.stamp() != stamp {
            let again = how.plan(engine, fields)?;
            let is_same = |(one, two): (&Parents, &Parents)| one.model == two.model && one.places == two.places;
            if again.parents.len() != plan.parents.len() || !again.parents.iter().zip(&plan.parents).all(is_same) {
                return Ok(false);
            }
            plan = again;
        }
        for (parents, defaults) in plan.parents.into_iter().zip(defaults) {
            let given = parents.given.into_iter().map(|(field, column)| (field, Fill::Cells(NewCells::Values(column))));
            let mut fills: Vec<(usize, Fill)> = given.chain(defaults).collect();
            fills.sort_unstable_by_key(|(field, _)| *field);
            let cells = fills.into_iter().map(|(_, fill)| fill.settled(engine)).collect::<Result<_>>()?;
            engine.create_parents(parents.model, &parents.places, cells)?;
        }
        for (field, led) in plan.leads {
            fields[field] = Fill::Cells(NewCells::Values(Column::referring(led)));
        }
        for (field, fill) in fields.iter_mut().enumerate() {
            if let (Fill::Cells(NewCells::Keys(keys)), Some(OnMissing::Create)) =
                (&mut *fill, how.on_missing.get(field))
            {
                let keys = engine.without_fills(how.model, std::mem::take(keys))?;
                *fill = Fill::Cells(NewCells::Keys(keys));
            }
        }
        Ok(true)
    }
}

fn needs_more(spec: &Spec, field: usize, row: Row) -> PyErr {
    let (name, field) = (&spec.name, &spec.fields[field].name);
    PyTypeError::new_err(format!(
        "row {row}: a new {name} needs {field}, too; pass a column for it beside the key's, or create it first"
    ))
}
