//! The log of a transaction, read as a history: what each cell held at the moment of each change.

use std::collections::VecDeque;

use foldhash::HashMap;

use crate::store::Store;
use crate::store::change::{Change, Told, ToldValue, What};
use crate::store::id::{ModelId, Row};
use crate::store::schema::declaration::Kind;
use crate::store::value::Value;

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
