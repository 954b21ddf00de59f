//! What the fields of many rows are to hold.

use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::Row;
use crate::store::value::Value;

/// What one field of many new rows holds.
#[derive(Debug)]
pub enum NewCells {
    /// A value a row; of a reference, rows that are there or that the same change creates before.
    Values(Column),
    /// Of a reference: an id a row, 0 for nothing.
    Ids(Packed),
    /// Of a reference: a key a row.
    Keys(Keys),
    /// One value for all rows.
    Same(Value<'static>),
}

/// Rows of a model by values of theirs, a column a field. The unique fields and tuples among them find a row, and where
/// one of them has a none it does not count; if none counts, nothing is meant. The other fields are for rows that are
/// created because nothing was found.
#[derive(Debug, Default)]
pub struct Keys {
    /// The fields that hold values.
    pub fields: Vec<usize>,
    /// A column for each.
    pub columns: Vec<Column>,
    /// The fields that are references: by ids, or by keys again.
    pub nested: Vec<(usize, NewCells)>,
}

impl Keys {
    /// Whether something is said of a field in a row.
    pub fn says(&self, field: usize, row: Row) -> bool {
        let value = self.fields.iter().position(|&other| other == field);
        if let Some(at) = value {
            return !self.columns[at].is_none(row);
        }
        self.nested.iter().filter(|(other, _)| *other == field).any(|(_, cells)| match cells {
            NewCells::Ids(ids) => ids.get(row as usize) > 0,
            NewCells::Keys(keys) => {
                let nested = keys.nested.iter().map(|(field, _)| *field);
                keys.fields.iter().copied().chain(nested).any(|field| keys.says(field, row))
            }
            NewCells::Values(_) | NewCells::Same(_) => false,
        })
    }
}

/// What becomes of a row whose reference leads nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMissing {
    /// It is refused, and all others with it.
    #[default]
    Error,
    /// It is left out, as if the input did not have it.
    Skip,
    /// The reference, which must be optional, is none.
    None,
    /// What a key names is created before, as [`plan_parents`](crate::store::Store::plan_parents) says; what is missing
    /// all the same is refused.
    Create,
}
