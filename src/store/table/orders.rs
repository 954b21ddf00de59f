//! The orders that a table keeps of fields that are declared with an index.

use std::sync::Arc;

use crate::store::cells::column::Column;
use crate::store::id::{NO_ROW, Row};
use crate::store::index::ordered::Ordered;
use crate::store::index::orders::Orders;
pub use crate::store::index::orders::Part;
use crate::store::room;
use crate::store::table::Table;

/// A list of fewer rows is sorted each time.
const LONG: usize = if cfg!(debug_assertions) { 8 } else { 64 };

impl Table {
    /// Whether a field is declared with an index.
    pub fn is_indexed(&self, field: usize) -> bool {
        self.orders.iter().any(|orders| orders.field == field)
    }

    /// The rows of a part in the order of a field with an index, none last; nothing for a short list, for a field without
    /// one, and where there is no memory for it. The first time O(n log n).
    pub fn order(&self, field: usize, part: Part) -> Option<Arc<Ordered>> {
        let orders = self.orders.iter().find(|orders| orders.field == field)?;
        let len = match part {
            Part::All => self.len(),
            Part::List { field, parent } => self.count(field, parent),
        };
        if let Some(ordered) = orders.lock().get(&part) {
            return Some(ordered.clone());
        }
        if len < LONG {
            return None;
        }
        // With the lock given back: it may end early, and another thread that makes the same makes it equal.
        let ordered = Arc::new(room::made(|| Ordered::build(self.column(field), self.part(part)))?);
        let mut kept = orders.lock();
        if kept.try_reserve(1).is_ok() {
            kept.insert(part, ordered.clone());
        }
        Some(ordered)
    }

    /// The rows of a part, in order of creation.
    pub fn part(&self, part: Part) -> Vec<Row> {
        match part {
            Part::All => self.live_rows(),
            Part::List { field, parent } => {
                let mut rows = Vec::new();
                self.add_children(field, parent, &mut rows);
                rows
            }
        }
    }

    /// A row that lives comes into the orders that it belongs to; where one field of it `changed`, into those that this one
    /// concerns.
    #[inline]
    pub(super) fn enter_orders(&mut self, row: Row, changed: Option<usize>) {
        if !self.orders.is_empty() {
            self.change_orders(row, changed, |ordered, column| ordered.insert(column, row));
        }
    }

    /// A row leaves the orders; its cells are still what they were.
    #[inline]
    pub(super) fn leave_orders(&mut self, row: Row, changed: Option<usize>) {
        if !self.orders.is_empty() {
            self.change_orders(row, changed, |ordered, column| ordered.remove(column, row));
        }
    }

    #[cold]
    fn change_orders(&mut self, row: Row, changed: Option<usize>, change: impl Fn(&mut Ordered, &Column) -> bool) {
        for orders in &mut self.orders {
            if orders.kept().is_empty() {
                continue;
            }
            let (by, is_own) = (orders.field, changed.is_none_or(|changed| changed == orders.field));
            if is_own {
                orders.change(Part::All, |ordered| change(ordered, &self.columns[by]));
            }
            for (field, column) in self.columns.iter().enumerate() {
                if self.inverses[field].is_none() || !(is_own || changed == Some(field)) {
                    continue;
                }
                let parent = column.parent(row);
                if parent != NO_ROW {
                    orders.change(Part::List { field, parent }, |ordered| change(ordered, &self.columns[by]));
                }
            }
        }
    }

    /// Forgets all orders.
    pub(super) fn forget_orders(&mut self) {
        self.orders.iter_mut().for_each(|orders| *orders = Orders::new(orders.field));
    }

    /// Forgets the orders of the lists of a reference.
    pub(super) fn forget_orders_of(&mut self, reference: usize) {
        let is_of = |part: &Part| matches!(part, Part::List { field, .. } if *field == reference);
        self.orders.iter_mut().for_each(|orders| orders.kept().retain(|part, _| !is_of(part)));
    }

    /// The fields with an index, and what the orders of each take, in bytes on the heap.
    pub fn order_bytes(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.orders.iter().map(|orders| {
            let kept = orders.lock();
            let table = kept.capacity() * (size_of::<(Part, Arc<Ordered>)>() + 1);
            (orders.field, table + kept.values().map(|ordered| ordered.bytes()).sum::<usize>())
        })
    }

    /// A field whose order of some part is not what the columns say. O(n log n).
    pub fn wrong_order(&self) -> Option<usize> {
        let is_right = |orders: &&Orders| {
            let kept = orders.lock().clone();
            kept.iter().all(|(&part, ordered)| ordered.is_right(self.column(orders.field), self.part(part)))
        };
        self.orders.iter().find(|orders| !is_right(orders)).map(|orders| orders.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::id::ModelId;
    use crate::store::schema::declaration::{Declaration, Field, Kind};
    use crate::store::types::Type;
    use crate::store::value::Value;

    const NOTE: ModelId = ModelId(0);

    /// Notes with an index by their one field.
    fn notes(values: impl Iterator<Item = i64>) -> Store {
        let mut store = Store::default();
        let at = Field { name: "at".into(), kind: Kind::Value(Type::Int), optional: false };
        let (name, table, indexed) = ("Note".into(), "notes".into(), vec!["at".into()]);
        let note = Declaration { name, table, fields: vec![at], indexed, ..Declaration::default() };
        store.declare(vec![note]).unwrap();
        store.begin();
        for value in values {
            store.create(NOTE, &[Value::Int(value)]).unwrap();
        }
        store.commit(|_, _| Ok::<(), ()>(())).unwrap();
        store
    }

    #[test]
    fn an_order_that_lacks_a_row_is_found() {
        let mut store = notes((0..50).map(|number| number % 7));
        assert!(store.table(NOTE).order(0, Part::All).is_some_and(|ordered| ordered.len() == 50));
        assert_eq!(store.check(), Ok(()));
        let table = &mut store.tables[0];
        table.orders[0].change(Part::All, |ordered| ordered.remove(&table.columns[0], 9));
        assert!(store.check().unwrap_err().to_string().contains("the index of at is not what the column says"));
    }

    #[test]
    fn an_order_that_is_none_is_found() {
        let mut store = notes((0..50).map(|number| number % 7));
        _ = store.table(NOTE).order(0, Part::All);
        // A cell changes, and nobody says so.
        store.tables[0].columns[0].set(9, &Value::Int(100));
        assert!(store.check().unwrap_err().to_string().contains("the index of at is not what the column says"));
    }

    #[test]
    fn a_column_that_is_said_to_rise_and_falls_is_found() {
        let mut store = notes(0..50);
        assert!(store.table(NOTE).column(0).rises());
        assert_eq!(store.check(), Ok(()));
        store.tables[0].columns[0].set(9, &Value::Int(-1));
        assert_eq!(store.check(), Ok(()));
        assert!(!store.table(NOTE).column(0).rises());
        store.tables[0].columns[0].pretend_to_rise();
        assert!(store.check().unwrap_err().to_string().contains("at falls where it is known to rise"));
    }
}
