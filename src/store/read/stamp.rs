//! Whether anything changed.

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::table::Table;

/// What a store is like: by model, what changes when rows come, go or get other values. Of one definition of the models.
pub type Stamp = Vec<(u64, usize, u64)>;

impl Store {
    /// Another one after each change: a plan holds as long as it is equal. O(fields of all models).
    pub fn stamp(&self) -> Stamp {
        let of = |table: &Table| {
            let overwritten = table.columns().iter().map(Column::overwritten).sum();
            (table.version(), table.rows(), overwritten)
        };
        self.tables.iter().map(of).collect()
    }
}
