//! What the engine refuses, and why. Each variant is one exception class in Python.

use std::fmt;

use crate::store::id::{Id, LAST_ID, ModelId};

/// A refusal. Whatever refused has changed nothing, or is undone by the rollback of its transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A declaration, or a use of one, that cannot work.
    Schema(String),
    /// A collection whose members' model is not known yet; whoever knows calls `set_target` and asks again.
    Undeclared {
        /// The model that has the collection.
        model: ModelId,
        /// The collection's name.
        collection: String,
    },
    /// A value that does not fit its field.
    Field {
        /// The model's name.
        model: String,
        /// The field's name.
        field: String,
        /// What is wrong, the value included.
        why: String,
    },
    /// A row that was named is not there any more.
    Deleted {
        /// The model's name.
        model: String,
        /// The id it had.
        id: Id,
    },
    /// Another row has these values in a unique field or tuple.
    Duplicate {
        /// The model of both rows.
        model: ModelId,
        /// The existing row; none where both are only being created.
        existing: Option<Id>,
        /// The text for a person.
        message: String,
    },
    /// Rows that refer to what was to be deleted forbid it.
    Restrict {
        /// How many rows of each model forbid it, by the model's name.
        blockers: Vec<(String, usize)>,
        /// The text for a person.
        message: String,
    },
    /// A table holds as many rows as it can number, or has given the last id.
    Full {
        /// The model's name.
        model: String,
    },
    /// A number that was computed is too large for its type.
    Overflow(String),
    /// A row that was looked for is not there.
    NotFound(String),
    /// References of many rows lead nowhere.
    Missing {
        /// Whether the first of them led to a row that was deleted.
        is_deleted: bool,
        /// The text for a person.
        message: String,
    },
    /// What is derived does not agree with the columns.
    Corrupt(String),
    /// Another error, of one row of many.
    InRow {
        /// Which one, from 0.
        row: usize,
        /// What is wrong with it.
        error: Box<Error>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Schema(message) | Error::Corrupt(message) | Error::NotFound(message) | Error::Overflow(message) => {
                f.write_str(message)
            }
            Error::InRow { row, error } => write!(f, "row {row}: {error}"),
            Error::Undeclared { collection, .. } => write!(f, "the model of '{collection}' is not declared"),
            Error::Field { model, field, why } => write!(f, "{model}.{field} {why}"),
            Error::Deleted { model, id } => write!(f, "{model} {id} was deleted"),
            Error::Duplicate { message, .. } | Error::Restrict { message, .. } | Error::Missing { message, .. } => {
                f.write_str(message)
            }
            Error::Full { model } => {
                write!(f, "{model} is full: a model holds up to 4294967294 rows, and its ids go up to {LAST_ID}")
            }
        }
    }
}

impl std::error::Error for Error {}

/// The result of everything that can be refused.
pub type Result<T> = std::result::Result<T, Error>;

/// " (did you mean 'x'?)" for the name nearest to a wrong one, or nothing where none is near.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let limit = wrong.chars().count().div_ceil(3).max(1);
    let best = names
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|&(distance, name)| distance <= limit || name.starts_with(wrong) || wrong.starts_with(name))
        // Of two as near, the one that has only letters more or fewer: such slips are the most common.
        .min_by_key(|&(distance, name)| (distance, !(is_within(wrong, name) || is_within(name, wrong))));
    match best {
        Some((_, name)) => format!(" (did you mean '{name}'?)"),
        None => String::new(),
    }
}

/// Whether the letters of a word stand in another, in order.
fn is_within(short: &str, long: &str) -> bool {
    let mut letters = long.chars();
    short.chars().all(|letter| letters.any(|other| other == letter))
}

/// How many insertions, deletions, replacements and swaps of neighbours lead from one word to the other (Damerau's
/// restricted edit distance).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_named() {
        let names = ["username", "tweets", "likes"];
        assert_eq!(nearest("usernmae", names), " (did you mean 'username'?)");
        assert_eq!(nearest("tweet", names), " (did you mean 'tweets'?)");
        assert_eq!(nearest("zebra", names), "");
    }

    #[test]
    fn distances() {
        assert_eq!((distance("", "ab"), distance("ab", "ba"), distance("kitten", "sitting")), (2, 1, 3));
    }
}
