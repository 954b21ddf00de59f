//! Values that a statement asks for, row by row, in place of a statement a row.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, Error, Result};

/// The SQL function that gives them: of an id, and of the place of a field among those that are set. It is there while
/// [`with`] lasts, for statements of ours only.
const FUNCTION: &str = "hasmany_given";

/// The rows of a statement, and what they get.
#[derive(Default)]
pub struct Given {
    ids: Vec<i64>,
    /// A value a field, row after row.
    values: Vec<Value>,
    /// Where the row is that was asked for last: they are asked for in order.
    at: usize,
}

impl Given {
    /// Values for these rows, which ascend.
    pub fn new(ids: &[i64], values: Vec<Value>) -> Self {
        Given { ids: ids.to_vec(), values, at: 0 }
    }

    fn value(&mut self, id: i64, field: usize) -> Option<&Value> {
        let is_here = |at: &usize| self.ids.get(*at) == Some(&id);
        let next = [self.at, self.at + 1].into_iter().find(is_here);
        self.at = next.or_else(|| self.ids.binary_search(&id).ok())?;
        self.values.get(self.at * (self.values.len() / self.ids.len()) + field)
    }
}

/// What a statement sets the field at this place among those that are set to.
pub fn expression(place: usize) -> String {
    format!("{FUNCTION}(\"id\", {place})")
}

/// Runs statements that ask for values; each time `work` calls what it is given, these are others.
pub fn with<E: From<Error>>(
    connection: &Connection,
    work: impl FnOnce(&dyn Fn(Given)) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let given = Arc::new(Mutex::new(Given::default()));
    let asked = given.clone();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function(FUNCTION, 2, flags, move |context| -> Result<Value> {
        let (id, field): (i64, u32) = (context.get(0)?, context.get(1)?);
        let mut given = asked.lock().unwrap_or_else(PoisonError::into_inner);
        let value = given.value(id, field as usize).cloned();
        value.ok_or_else(|| Error::UserFunctionError(format!("no value is given for row {id}").into()))
    })?;
    let done = work(&|next| *given.lock().unwrap_or_else(PoisonError::into_inner) = next);
    let removed = connection.remove_function(FUNCTION, 2);
    done.and_then(|()| Ok(removed?))
}
