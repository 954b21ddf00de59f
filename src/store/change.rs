//! What a mutation did, and how it is undone.

use std::collections::VecDeque;
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

/// What cells held at each moment of a transaction, told in its order.
#[derive(Debug)]
pub struct History<'a> {
    store: &'a Store,
    /// What the sets that are still to come will overwrite, cell by cell, the next one first.
    overwritten: HashMap<(ModelId, Row, usize), VecDeque<&'a Value<'static>>>,
}

impl<'a> History<'a> {
    /// At the beginning of these changes, which are the store's last. O(changes).
    pub fn of(store: &'a Store, changes: &'a [Change]) -> Self {
        let mut overwritten: HashMap<_, VecDeque<_>> = HashMap::default();
        for change in changes {
            if let Change::Set { model, row, field, old } = change {
                overwritten.entry((*model, *row, *field)).or_default().push_back(old);
            }
        }
        History { store, overwritten }
    }

    /// Goes on to the moment after the next set of a cell.
    pub fn pass(&mut self, model: ModelId, row: Row, field: usize) {
        if let Some(olds) = self.overwritten.get_mut(&(model, row, field)) {
            olds.pop_front();
        }
    }

    /// What a cell holds at this moment.
    pub fn value(&self, model: ModelId, row: Row, field: usize) -> Value<'a> {
        let next = match self.overwritten.is_empty() {
            true => None,
            false => self.overwritten.get(&(model, row, field)).and_then(VecDeque::front),
        };
        match next {
            Some(&old) => old.clone(),
            None => self.store.table(model).column(field).get(row),
        }
    }
}

impl Store {
    /// Changes with ids and with the values of their moment, for listeners. O(changes × fields).
    pub fn told(&self, changes: &[Change]) -> Vec<Told> {
        let mut history = History::of(self, changes);
        let mut told = Vec::with_capacity(changes.len());
        for change in changes {
            let (model, rows) = change.rows();
            let fields = self.schema.model(model).fields.len();
            for row in rows {
                let cell = |history: &History, field| self.told_value(model, field, &history.value(model, row, field));
                let cells = |history: &History| (0..fields).map(|field| cell(history, field)).collect();
                let what = match change {
                    Change::Create { .. } => What::Create(cells(&history)),
                    Change::Delete { .. } => What::Delete(cells(&history)),
                    Change::Set { field, old, .. } => {
                        history.pass(model, row, *field);
                        let (old, new) = (self.told_value(model, *field, old), cell(&history, *field));
                        What::Set { field: *field, old, new }
                    }
                };
                told.push(Told { model, id: self.table(model).id(row), what });
            }
        }
        told
    }

    fn told_value(&self, model: ModelId, field: usize, value: &Value) -> ToldValue {
        match (&self.schema.model(model).fields[field].kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) => ToldValue::Ref(*to, self.table(*to).id(*row)),
            _ => ToldValue::Value(value.clone().into_owned()),
        }
    }
}
