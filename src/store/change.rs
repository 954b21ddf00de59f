//! What a mutation did: an entry of the log, and the change that listeners hear.

use std::ops::Range;
use std::sync::Arc;

use crate::store::cells::column::Column;
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
    /// Many rows of a model were deleted, as one change. They keep their cells like a single one.
    DeleteAll {
        /// Their model.
        model: ModelId,
        /// The rows.
        rows: Arc<[Row]>,
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
    /// Fields of many rows got other values, as one change.
    SetAll {
        /// Their model.
        model: ModelId,
        /// What was overwritten.
        old: Arc<Overwritten>,
    },
}

/// The values that many rows had.
#[derive(Debug)]
pub struct Overwritten {
    /// The rows.
    pub rows: Vec<Row>,
    /// Fields, and a value a row of each.
    pub fields: Vec<(usize, Column)>,
}

impl PartialEq for Overwritten {
    /// Of one change only.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Change {
    /// The model of the rows that changed.
    pub fn model(&self) -> ModelId {
        match *self {
            Change::Create { model, .. }
            | Change::Delete { model, .. }
            | Change::DeleteAll { model, .. }
            | Change::Set { model, .. }
            | Change::SetAll { model, .. } => model,
        }
    }

    /// How many rows changed.
    pub fn count(&self) -> usize {
        match self {
            Change::Create { rows, .. } => rows.len(),
            Change::Delete { .. } | Change::Set { .. } => 1,
            Change::DeleteAll { rows, .. } => rows.len(),
            Change::SetAll { old, .. } => old.rows.len(),
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
