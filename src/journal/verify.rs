//! Whether a file is what it was when it was sealed.

use crate::journal::Journal;
use crate::journal::error::Result;
use crate::journal::seal::{self, Digest, Known};
use crate::journal::table::SqlTable;
use crate::store::Store;
use crate::store::id::Id;

impl Journal {
    /// Compares what was just read with the seal, under the same transaction. Refuses if nobody has written to the file
    /// since it was sealed and it says something else. O(rows).
    pub(super) fn verify(&self, store: &Store, tables: &[SqlTable], next: &[Id]) -> Result<Known> {
        let failed = |error| self.failed("reading its seal", &error);
        let Some(sealed) = seal::read(self.connection()?).map_err(failed)? else { return Ok(Known::None) };
        // A reader's class may not have what the file has.
        let Some(found) = self.digests(store, tables, next)? else { return Ok(Known::None) };
        let differs = |(of, digest): &&Digest| match sealed.digests.get(of) {
            None => of.0 != seal::KEY,
            Some(there) => there != digest,
        };
        let is_gone = |of: &&(String, String)| of.0 == seal::KEY && found.iter().all(|(other, _)| other != *of);
        let differing = found.iter().find(differs).map(|(of, _)| of).or_else(|| sealed.digests.keys().find(is_gone));
        let Some((table, of)) = differing else { return Ok(Known::Same) };
        if !self.counter_at_rest()?.is_some_and(|counter| sealed.counters.contains(&counter.into())) {
            return Ok(Known::Different);
        }
        let what = match table.as_str() {
            "" => "its list of tables is not what was".to_owned(),
            table if seal::is_description(table) => {
                format!("table {table}: what it says of the table {of} is not what was")
            }
            table => format!("table {table}: the values of the column {of} are not those that were"),
        };
        Err(self.corrupt(&format!(
            "{what} written when the file was closed, and nobody has written to it since: the disk, or whatever copied \
             it, has changed it. Restore a copy; to open what there is all the same, have another program write to it: \
             sqlite3 FILE vacuum"
        )))
    }

    /// The digests of all that is sealed, from memory; nothing if some of it is not there. O(rows).
    pub(super) fn digests(&self, store: &Store, tables: &[SqlTable], next: &[Id]) -> Result<Option<Vec<Digest>>> {
        let digests = seal::digests(self.connection()?, store, tables, next);
        digests.map_err(|error| self.failed("reading its tables", &error))
    }

    /// The count of changes of a file at rest, under a transaction.
    pub(super) fn counter_at_rest(&self) -> Result<Option<u32>> {
        let counter = seal::counter_at_rest(self.connection()?);
        counter.map_err(|error| self.failed("reading its header", &error))
    }

    /// Whether another program changed the file between the last time that a store closed it and the time it was
    /// opened; nothing where that is not known.
    pub fn changed_elsewhere(&self) -> Option<bool> {
        self.changed_elsewhere
    }

    /// What comparing with the seal came to.
    pub(super) fn note_seal(&mut self, known: Known) {
        self.seal.set(known);
        self.changed_elsewhere = match known {
            Known::None => None,
            Known::Same => Some(false),
            Known::Different => Some(true),
        };
    }

    /// In a transaction that writes: the seal goes with the first one, so that nobody takes what the store writes for
    /// others' changes.
    pub(super) fn break_seal(&self) -> Result<()> {
        match self.seal.get() {
            Known::None => Ok(()),
            Known::Same | Known::Different => {
                seal::remove(self.connection()?).map_err(|error: rusqlite::Error| self.failed("writing", &error))
            }
        }
    }
}
