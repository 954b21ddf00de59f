//! The log of a transaction, read as a history: what each cell held at the moment of each change.

use std::borrow::Cow;
use std::collections::VecDeque;

use foldhash::HashMap;

use crate::store::Store;
use crate::store::change::{Change, Overwritten, Told, ToldValue, What};
use crate::store::id::{ModelId, Row};
use crate::store::schema::declaration::Kind;
use crate::store::value::Value;

/// What cells held at each moment of a transaction, told in its order.
#[derive(Debug)]
pub struct History<'a> {
    store: &'a Store,
    /// What the sets that are still to come will overwrite, cell by cell, the next one first.
    overwritten: HashMap<(ModelId, Row, usize), VecDeque<Value<'a>>>,
    /// Sets of many rows that overwrite nothing that anybody asks for: nothing of their model changed before.
    first: Vec<&'a Overwritten>,
}

impl<'a> History<'a> {
    /// At the beginning of these changes, which are the store's last. O(changes).
    pub fn of(store: &'a Store, changes: &'a [Change]) -> Self {
        let mut overwritten: HashMap<_, VecDeque<_>> = HashMap::default();
        let mut first: Vec<&Overwritten> = Vec::new();
        let mut is_changed = vec![false; store.schema().models().len()];
        for change in changes {
            let is_first = !std::mem::replace(&mut is_changed[change.model().index()], true);
            match change {
                Change::Set { model, row, field, old } => {
                    overwritten.entry((*model, *row, *field)).or_default().push_back(borrowed(old));
                }
                Change::SetAll { old, .. } if is_first => first.push(old),
                Change::SetAll { model, old } => {
                    for (field, cells) in &old.fields {
                        for (&row, at) in old.rows.iter().zip(0..) {
                            overwritten.entry((*model, row, *field)).or_default().push_back(cells.get(at));
                        }
                    }
                }
                Change::Create { .. } | Change::Delete { .. } | Change::DeleteAll { .. } => {}
            }
        }
        History { store, overwritten, first }
    }

    /// Goes on to the moment after the next set of a cell.
    pub fn pass(&mut self, model: ModelId, row: Row, field: usize) {
        if let Some(olds) = self.overwritten.get_mut(&(model, row, field)) {
            olds.pop_front();
        }
    }

    /// Goes on to the moment after these cells were set as one change.
    pub fn pass_all(&mut self, model: ModelId, old: &Overwritten) {
        if !self.first.contains(&old) {
            for (&row, (field, _)) in old.rows.iter().flat_map(|row| old.fields.iter().map(move |field| (row, field))) {
                self.pass(model, row, *field);
            }
        }
    }

    /// What a cell holds at this moment.
    pub fn value(&self, model: ModelId, row: Row, field: usize) -> Value<'a> {
        let next = match self.overwritten.is_empty() {
            true => None,
            false => self.overwritten.get(&(model, row, field)).and_then(VecDeque::front),
        };
        match next {
            Some(old) => old.clone(),
            None => self.store.table(model).column(field).get(row),
        }
    }
}

fn borrowed<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
        Value::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
        other => other.clone(),
    }
}

impl Store {
    /// Changes with ids and with the values of their moment, for listeners. O(changes × fields).
    pub fn told(&self, changes: &[Change]) -> Vec<Told> {
        let mut history = History::of(self, changes);
        let mut told = Vec::with_capacity(changes.len());
        for change in changes {
            let model = change.model();
            let fields = self.schema.model(model).fields.len();
            let cell = |history: &History, row, field| self.told_value(model, field, &history.value(model, row, field));
            let cells = |history: &History, row| (0..fields).map(|field| cell(history, row, field)).collect();
            let mut tell = |row, what| told.push(Told { model, id: self.table(model).id(row), what });
            match change {
                Change::Create { rows, .. } => {
                    rows.clone().for_each(|row| tell(row, What::Create(cells(&history, row))));
                }
                Change::Delete { row, .. } => tell(*row, What::Delete(cells(&history, *row))),
                Change::DeleteAll { rows, .. } => {
                    rows.iter().for_each(|&row| tell(row, What::Delete(cells(&history, row))));
                }
                Change::Set { row, field, old, .. } => {
                    history.pass(model, *row, *field);
                    let (old, new) = (self.told_value(model, *field, old), cell(&history, *row, *field));
                    tell(*row, What::Set { field: *field, old, new });
                }
                Change::SetAll { old, .. } => {
                    history.pass_all(model, old);
                    for (&row, at) in old.rows.iter().zip(0..) {
                        for (field, cells) in &old.fields {
                            let old = self.told_value(model, *field, &cells.get(at));
                            let new = cell(&history, row, *field);
                            if old != new {
                                tell(row, What::Set { field: *field, old, new });
                            }
                        }
                    }
                }
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
