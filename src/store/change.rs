//! What a mutation did: an entry of the log, and the change that listeners hear.

use std::ops::Range;

use crate::store::id::{Id, ModelId, Row};
use crate::store::value::Value;

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
