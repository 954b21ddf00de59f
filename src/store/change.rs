//! What a mutation did, and how it is undone.

use std::ops::Range;

use foldhash::HashMap;

use super::Store;
use super::id::{Id, ModelId, Row};
use super::schema::Kind;
use super::value::Value;

/// One entry of a transaction's log. The rows it names hold until the transaction is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Rows were created, with the cells they have.
    Create {
        /// Their model.
        model: ModelId,
        /// The rows.
        rows: Range<Row>,
    },
    /// A row was deleted. It keeps its cells while the transaction lasts.
    Delete {
        /// Its model.
        model: ModelId,
        /// The row.
        row: Row,
    },
    /// A field of a row got another value, which is in the column.
    Set {
        /// Its model.
        model: ModelId,
        /// The row.
        row: Row,
        /// Which field.
        field: usize,
        /// The value it had.
        old: Value<'static>,
    },
}

impl Change {
    /// The rows that changed.
    pub fn rows(&self) -> (ModelId, Range<Row>) {
        match *self {
            Change::Create { model, ref rows } => (model, rows.clone()),
            Change::Delete { model, row } | Change::Set { model, row, .. } => (model, row..row + 1),
        }
    }
}

/// A change as it is told to listeners: with ids, and with values of its moment, whatever happened to the row later
/// in the same transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The model of the row.
    pub model: ModelId,
    /// Its id.
    pub id: Id,
    /// What happened.
    pub what: What,
}

/// What happened to a row. References are rows' ids here, as [`ToldValue::Ref`].
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Created with these values, by field.
    Create(Vec<ToldValue>),
    /// Deleted; it had these values, by field.
    Delete(Vec<ToldValue>),
    /// A field went from one value to another.
    Set {
        /// Which field.
        field: usize,
        /// Before.
        old: ToldValue,
        /// After.
        new: ToldValue,
    },
}

/// A value that holds after its transaction: rows are named by model and id.
#[derive(Clone, Debug, PartialEq)]
pub enum ToldValue {
    /// Of a field that is no reference, or none.
    Value(Value<'static>),
    /// Of a reference.
    Ref(ModelId, Id),
}

impl Store {
    /// Changes with ids and with the values of their moment, for listeners. O(changes × fields).
    pub fn told(&self, changes: &[Change]) -> Vec<Told> {
        // From the end backwards: `later` holds the value that a cell had before the changes already seen.
        let mut later: HashMap<(ModelId, Row, usize), &Value> = HashMap::default();
        let mut told: Vec<Told> = Vec::with_capacity(changes.len());
        let each = |change: &'_ Change| {
            let (model, rows) = change.rows();
            rows.rev().map(move |row| (model, row))
        };
        for (change, (model, row)) in changes.iter().rev().flat_map(|change| each(change).map(move |row| (change, row)))
        {
            let cell = |later: &HashMap<_, &Value>, field: usize| match later.get(&(model, row, field)) {
                Some(value) => self.told_value(model, field, value),
                None => self.told_value(model, field, &self.table(model).column(field).get(row)),
            };
            let cells = |later: &HashMap<_, &Value>| {
                (0..self.schema.model(model).fields.len()).map(|field| cell(later, field)).collect()
            };
            let what = match change {
                Change::Create { .. } => What::Create(cells(&later)),
                Change::Delete { .. } => What::Delete(cells(&later)),
                Change::Set { field, old, .. } => {
                    let new = cell(&later, *field);
                    later.insert((model, row, *field), old);
                    What::Set { field: *field, old: self.told_value(model, *field, old), new }
                }
            };
            told.push(Told { model, id: self.table(model).id(row), what });
        }
        told.reverse();
        told
    }

    fn told_value(&self, model: ModelId, field: usize, value: &Value) -> ToldValue {
        match (&self.schema.model(model).fields[field].kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) => ToldValue::Ref(*to, self.table(*to).id(*row)),
            _ => ToldValue::Value(value.clone().into_owned()),
        }
    }
}
