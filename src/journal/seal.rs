//! The seal of a file: what it said when it was closed, so that bits that changed by themselves are noticed.
//!
//! It is a digest of each column that was in memory and of what describes the tables, and SQLite's count of the changes
//! of the file. Where the count is still that, nobody has written to the file, and whatever differs is damage. Where it is
//! not, somebody has, and whatever differs is theirs.

use foldhash::{HashMap, HashMapExt};
use rusqlite::{Connection, OptionalExtension};

use crate::journal::Journal;
use crate::journal::error::Result;
use crate::journal::table::{INDEX, SqlTable, TAKEN_OUT, column, type_name};
use crate::store::Store;
use crate::store::id::{Id, ModelId};
use crate::store::read::digest::bytes;
use crate::store::schema::declaration::{Field, Kind};

/// The table that holds it.
pub(super) const SEAL: &str = "hasmany_seal";

/// A digest, and of what: a table and a column, or a table that describes and the table that is described.
pub(super) type Digest = ((String, String), u64);

/// What is known of the seal that a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has none.
    None,
    /// Its digests are those of what is in memory.
    Same,
    /// They are not.
    Different,
}

impl Journal {
    /// Compares what was just read with the seal, under the same transaction. Refuses if nobody has written to the file
    /// since it was sealed and it says something else. O(rows).
    pub(super) fn verify(&self, store: &Store, tables: &[SqlTable], next: &[Id]) -> Result<Known> {
        let failed = |error| self.failed("reading its seal", &error);
        let Some((counter, sealed)) = read(self.connection()?).map_err(failed)? else { return Ok(Known::None) };
        // A reader's class may not have what the file has.
        let Some(found) = self.digests(store, tables, next)? else { return Ok(Known::None) };
        let differs = |(of, digest): &&Digest| sealed.get(of) != Some(digest);
        let Some(((table, of), _)) = found.iter().find(differs) else { return Ok(Known::Same) };
        if counter_at_rest(self.connection()?).map_err(failed)? != Some(counter) {
            return Ok(Known::Different);
        }
        let what = match table.as_str() {
            "" => "its list of tables is not what was".to_owned(),
            table if is_description(table) => format!("table {table}: what it says of the table {of} is not what was"),
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
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        for (at, table) in tables.iter().enumerate().filter(|(_, table)| !table.name.is_empty()) {
            let model = ModelId(at as u32);
            names.push((table.name.clone(), "id".to_owned()));
            columns.push((model, None));
            // What was taken out is not read.
            for field in &table.fields[..table.declared] {
                let Some(place) = place(store, model, field) else { return Ok(None) };
                names.push((table.name.clone(), column(field)));
                columns.push((model, Some(place)));
            }
        }
        let described = descriptions(self.connection()?, tables, next);
        let mut digests = described.map_err(|error| self.failed("reading its tables", &error))?;
        digests.extend(names.into_iter().zip(store.digests(columns)));
        Ok(Some(digests))
    }
}

/// Which of the store's fields is one of a file's.
fn place(store: &Store, model: ModelId, field: &Field<String>) -> Option<usize> {
    let schema = store.schema();
    let is_same = |own: &&Field| match (&own.kind, &field.kind) {
        (Kind::Value(one), Kind::Value(two)) => one == two,
        (Kind::Reference(to, _), Kind::Reference(table, _)) => schema.model(*to).table == *table,
        _ => false,
    };
    let fields = &schema.models().get(model.index())?.fields;
    let place = fields.iter().position(|own| own.name == field.name)?;
    fields.get(place).filter(is_same).map(|_| place)
}

/// Digests of what describes each table. In each, lines may stand in any order.
fn descriptions(connection: &Connection, tables: &[SqlTable], next: &[Id]) -> rusqlite::Result<Vec<Digest>> {
    let mut statements: HashMap<String, u64> = HashMap::new();
    let sql =
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL";
    let mut lines = connection.prepare(sql)?;
    let mut lines = lines.query([])?;
    while let Some(line) = lines.next()? {
        let parts: [String; 4] = [line.get(0)?, line.get(1)?, line.get(2)?, line.get(3)?];
        // Indexes of others are theirs.
        if parts[0] == "table" || parts[1].starts_with(INDEX) {
            add(statements.entry(parts[2].clone()).or_default(), &parts.each_ref().map(String::as_str));
        }
    }
    let (mut digests, mut list) = (Vec::new(), 0);
    for (table, next) in tables.iter().zip(next).filter(|(table, _)| !table.name.is_empty()) {
        let (mut model, mut fields) = (0, 0);
        add(&mut list, &[&table.name]);
        add(&mut model, &[&table.class, &next.to_string()]);
        for (at, field) in table.fields.iter().enumerate() {
            let taken_out = if at < table.declared { "" } else { TAKEN_OUT };
            add(&mut fields, &[&field.name, taken_out, type_name(&field.kind)]);
        }
        let statements = statements.get(&table.name).copied().unwrap_or(0);
        let all = DESCRIPTIONS.into_iter().zip([model, fields, statements]);
        digests.extend(all.map(|(of, digest)| ((of.to_owned(), table.name.clone()), digest)));
    }
    digests.push(((String::new(), String::new()), list));
    Ok(digests)
}

/// The digests of a file without models.
pub(super) fn of_nothing() -> Vec<Digest> {
    vec![((String::new(), String::new()), 0)]
}

/// Where a table is described.
const DESCRIPTIONS: [&str; 3] = ["hasmany_models", "hasmany_fields", "sqlite_schema"];

fn is_description(table: &str) -> bool {
    DESCRIPTIONS.contains(&table)
}

/// Adds a line to a digest.
fn add(digest: &mut u64, line: &[&str]) {
    *digest = digest.wrapping_add(line.iter().fold(0, |seed, part| bytes(seed, part.as_bytes())));
}

/// The seal: the count of changes, and the digests. What is not of its form is none.
fn read(connection: &Connection) -> rusqlite::Result<Option<(u32, HashMap<(String, String), u64>)>> {
    if !has_table(connection)? {
        return Ok(None);
    }
    let (mut counter, mut digests) = (None, HashMap::new());
    let mut lines = connection.prepare(&format!("SELECT \"table\", \"column\", counter, digest FROM {SEAL}"))?;
    let mut lines = lines.query([])?;
    while let Some(line) = lines.next()? {
        let (table, column, count, digest): (String, String, u32, i64) =
            (line.get(0)?, line.get(1)?, line.get(2)?, line.get(3)?);
        if counter.is_some_and(|counter| counter != count) {
            return Ok(None);
        }
        counter = Some(count);
        digests.insert((table, column), digest as u64);
    }
    Ok(counter.map(|counter| (counter, digests)))
}

fn has_table(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) = 4 FROM pragma_table_xinfo(?) WHERE (SELECT type = 'table' FROM sqlite_schema WHERE name = ?1) \
        AND name IN ('table', 'column', 'counter', 'digest') AND \"notnull\"";
    connection.query_row(sql, [SEAL], |row| row.get(0))
}

/// Seals a file at rest with the transaction that is open: `digests`, or those that the seal has.
pub(super) fn write(connection: &Connection, digests: Option<&[Digest]>) -> rusqlite::Result<()> {
    // With this transaction the count grows by one: always where it writes the first page, which what follows sees to.
    let Some(counter) = counter_at_rest(connection)?.map(|counter| counter.wrapping_add(1)) else { return Ok(()) };
    let format: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.execute_batch(&format!("PRAGMA user_version = {format}"))?;
    let Some(digests) = digests else {
        connection.execute(&format!("UPDATE {SEAL} SET counter = ?"), [counter])?;
        return Ok(());
    };
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {SEAL} (
            \"table\" TEXT NOT NULL, \"column\" TEXT NOT NULL, counter INTEGER NOT NULL, digest INTEGER NOT NULL
        ) STRICT;
        DELETE FROM {SEAL}"
    ))?;
    let mut insert = connection.prepare(&format!("INSERT INTO {SEAL} VALUES (?, ?, ?, ?)"))?;
    for ((table, column), digest) in digests {
        insert.execute((table, column, counter, *digest as i64))?;
    }
    Ok(())
}

/// Takes the seal away, if there is one.
pub(super) fn remove(connection: &Connection) -> rusqlite::Result<()> {
    match has_table(connection)? {
        true => connection.execute(&format!("DELETE FROM {SEAL}"), []).map(drop),
        false => Ok(()),
    }
}

/// SQLite's count of the changes of a file, which is in its header; nothing where it does not count them, because there
/// is a log. Under a transaction.
pub(super) fn counter_at_rest(connection: &Connection) -> rusqlite::Result<Option<u32>> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let header = header(connection)?;
    Ok(header.filter(|&(modes, _)| mode != "wal" && modes == [1, 1]).map(|(_, counter)| counter))
}

/// The same, whether or not there is a log.
pub(super) fn counter(connection: &Connection) -> rusqlite::Result<Option<u32>> {
    Ok(header(connection)?.map(|(_, counter)| counter))
}

/// For which mode the file is, to write and to read, and the count of changes.
fn header(connection: &Connection) -> rusqlite::Result<Option<([u8; 2], u32)>> {
    let page =
        connection.query_row("SELECT data FROM sqlite_dbpage WHERE pgno = 1", [], |row| row.get::<_, Vec<u8>>(0));
    let page = page.optional()?.unwrap_or_default();
    let modes = page.get(18..20).and_then(|modes| modes.try_into().ok());
    let counter = page.get(24..28).and_then(|counter| counter.try_into().ok()).map(u32::from_be_bytes);
    Ok(modes.zip(counter))
}

impl Journal {
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
                remove(self.connection()?).map_err(|error: rusqlite::Error| self.failed("writing", &error))
            }
        }
    }
}
