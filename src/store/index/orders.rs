//! The orders that are kept of one field.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;

use crate::store::id::Row;
use crate::store::index::ordered::Ordered;

/// Rows of a table that are listed somewhere in the order of their creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of them.
    All,
    /// Those that refer to a row.
    List {
        /// By this field.
        field: usize,
        /// The row.
        parent: Row,
    },
}

/// The orders of one field, of all rows and of lists, each from when somebody first asked for it.
///
/// Each has the rows of its part that live, and follows them: one by one. What changes many rows forgets all orders of
/// the table, and so does what numbers rows anew. Also where memory is short, one is forgotten: it is made when next
/// asked for.
#[derive(Debug)]
pub struct Orders {
    /// The field.
    pub field: usize,
    kept: Mutex<HashMap<Part, Arc<Ordered>>>,
}

impl Orders {
    /// None yet, of a field.
    pub fn new(field: usize) -> Self {
        Orders { field, kept: Mutex::default() }
    }

    /// Those that are kept, for reading.
    pub fn lock(&self) -> MutexGuard<'_, HashMap<Part, Arc<Ordered>>> {
        // Nothing is half done under it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are kept, for changing.
    pub fn kept(&mut self) -> &mut HashMap<Part, Arc<Ordered>> {
        self.kept.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the order of a part, if it is kept; where that does not work it is forgotten.
    pub fn change(&mut self, part: Part, change: impl FnOnce(&mut Ordered) -> bool) {
        let Some(ordered) = self.kept().get_mut(&part) else { return };
        if !Arc::get_mut(ordered).is_some_and(change) {
            self.kept().remove(&part);
        }
    }
}
