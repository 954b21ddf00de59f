//! The seal of a file: what it said when it was closed, so that bits that changed by themselves are noticed.
//!
//! It is a digest of each column that was in memory and of what describes the tables, and SQLite's count of the changes
//! of the file. Where the count is still that, nobody has written to the file, and whatever differs is damage. Where it is
//! not, somebody has, and whatever differs is theirs.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use rusqlite::{Connection, OptionalExtension};

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

/// The digests of all that is sealed, from memory; nothing if some of it is not there. O(rows).
pub(super) fn digests(
    connection: &Connection,
    store: &Store,
    tables: &[SqlTable],
    next: &[Id],
) -> rusqlite::Result<Option<Vec<Digest>>> {
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
    let mut digests = descriptions(connection, tables, next)?;
    digests.extend(names.into_iter().zip(store.digests(columns)));
    Ok(Some(digests))
}

/// Which of the store's fields is one of a file's.
fn place(store: &Store, model: ModelId, field: &Field<String>) -> Option<usize> {
    let schema = store.schema();
    let is_same = |own: &&Field| match (&own.kind, &field.kind) {
        (Kind::Value(one), Kind::Value(two)) => one.kept() == two.kept(),
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
        table.was.iter().for_each(|(of, was)| add(&mut fields, &["was", of, was]));
        let statements = statements.get(&table.name).copied().unwrap_or(0);
        if !table.key.is_empty() {
            let mut key = 0;
            add(&mut key, &table.key.iter().map(String::as_str).collect::<Vec<_>>());
            digests.push(((KEY.to_owned(), table.name.clone()), key));
        }
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

/// Of what the digests of keys are. A version that does not know keys seals without them.
pub(super) const KEY: &str = "hasmany_models.key";

pub(super) fn is_description(table: &str) -> bool {
    DESCRIPTIONS.contains(&table) || table == KEY
}

/// Adds a line to a digest.
fn add(digest: &mut u64, line: &[&str]) {
    *digest = digest.wrapping_add(line.iter().fold(0, |seed, part| bytes(seed, part.as_bytes())));
}

/// What a seal says.
pub(super) struct Seal {
    /// SQLite's count of changes with which it counts. All lines say the same, unless it is the seal that was damaged.
    pub counters: HashSet<i64>,
    pub digests: HashMap<(String, String), u64>,
}

/// The seal of a file. A table that is not of its form is none; lines that are damaged are read as far as they can be.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Option<Seal>> {
    if !has_table(connection)? {
        return Ok(None);
    }
    let mut seal = Seal { counters: HashSet::new(), digests: HashMap::new() };
    let mut lines = connection.prepare(&format!("SELECT \"table\", \"column\", counter, digest FROM {SEAL}"))?;
    let mut lines = lines.query([])?;
    while let Some(line) = lines.next()? {
        let text =
            |at| line.get_ref(at).map(|text| String::from_utf8_lossy(text.as_bytes().unwrap_or_default()).into());
        let number = |at| line.get_ref(at).map(|number| number.as_i64().unwrap_or_default());
        seal.counters.insert(number(2)?);
        seal.digests.insert((text(0)?, text(1)?), number(3)? as u64);
    }
    Ok((!seal.digests.is_empty()).then_some(seal))
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

/// For which mode the file is, to write and to read, and the count of changes.
pub(super) fn header(connection: &Connection) -> rusqlite::Result<Option<([u8; 2], u32)>> {
    let page =
        connection.query_row("SELECT data FROM sqlite_dbpage WHERE pgno = 1", [], |row| row.get::<_, Vec<u8>>(0));
    let page = page.optional()?.unwrap_or_default();
    let modes = page.get(18..20).and_then(|modes| modes.try_into().ok());
    let counter = page.get(24..28).and_then(|counter| counter.try_into().ok()).map(u32::from_be_bytes);
    Ok(modes.zip(counter))
}
