//! The tables of a file, as SQLite and the file's own description of them say.
//!
//! What is not described is not absent: a table that the file has and does not describe is remembered as a stranger, so
//! that no model is taken for empty because of it. A table that is described and not of the form in which the project
//! makes them is refused before anything is read from it.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::journal::keyed;
use crate::journal::rename::{self, WAS};
use crate::journal::seal::SEAL;
use crate::journal::table::{INDEX, Other, SqlTable, TAKEN_OUT, column};
use crate::journal::value::sql_type;
use crate::store::id::{Id, LAST_ID};
use crate::store::schema::declaration::{Field, Kind, OnDelete};
use crate::store::types::Type;

/// What a file has.
pub struct Described {
    /// The tables of models, in the order in which they were made, with the next id of each.
    pub tables: Vec<(SqlTable, Id)>,
    /// Tables and views that are not described.
    pub strangers: Vec<String>,
}

/// Reads it. O(tables).
pub fn read(connection: &Connection) -> Result<Described, ReadError> {
    let mut things = things(connection)?;
    for own in ["hasmany_models", "hasmany_fields"] {
        let thing = things.remove(own).ok_or_else(|| ReadError::Wrong(format!("it has no table {own}")))?;
        thing.check().map_err(|what| ReadError::Wrong(format!("table {own}: {what}")))?;
    }
    things.remove(SEAL);
    let has_names = match things.remove(WAS) {
        Some(thing) => thing.check().map(|()| true).map_err(|what| ReadError::Wrong(format!("table {WAS}: {what}")))?,
        None => false,
    };
    let mut models = connection.prepare("SELECT \"table\", class, next_id FROM hasmany_models ORDER BY rowid")?;
    let models = models.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let (mut tables, mut keys) = (Vec::new(), keyed::read(connection)?);
    for model in models.collect::<rusqlite::Result<Vec<(String, String, i64)>>>()? {
        let (name, class, next) = model;
        // One more than the last id says that all are spent; SQLite's integers wrap there.
        if !(1..=LAST_ID + 1).contains(&(next as Id)) {
            return Err(ReadError::Wrong(format!("table {name}: next_id is {next}, and ids go from 1 to {LAST_ID}")));
        }
        let thing = things.remove(&name).ok_or_else(|| ReadError::Wrong(format!("it has no table {name}")))?;
        thing.check().map_err(|what| ReadError::Wrong(format!("table {name}: {what}")))?;
        let mut table = read_table(connection, name, class)?;
        if let Some(key) = keys.remove(&table.name) {
            table.take_key(key);
        }
        if has_names {
            table.was = rename::read(connection, &table.name)?;
        }
        tables.push((table, next as Id));
    }
    check_fields(connection)?;
    Ok(Described { tables, strangers: things.into_keys().collect() })
}

/// A table or view.
struct Thing {
    is_table: bool,
    sql: String,
}

impl Thing {
    /// Refuses what was not made as the tables of the project are. The statement that made it says so; the columns are
    /// looked at apart.
    fn check(&self) -> Result<(), String> {
        let end = self.sql.rsplit(')').next().unwrap_or_default().to_ascii_uppercase();
        match (self.is_table, end.contains("STRICT")) {
            (false, _) => Err("it is a view or a virtual table, and no table of a store".to_owned()),
            (true, false) => Err("it is not STRICT, as the tables of a store are".to_owned()),
            (true, true) => Ok(()),
        }
    }
}

/// All tables and views by name. Nothing asks SQLite for the columns of a view, which can take for ever.
fn things(connection: &Connection) -> rusqlite::Result<HashMap<String, Thing>> {
    let sql = "SELECT name, type = 'table' AND rootpage > 0, sql FROM sqlite_schema \
        WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut things = connection.prepare(sql)?;
    let thing = |row: &rusqlite::Row| {
        let sql = row.get::<_, Option<String>>(2)?.unwrap_or_default();
        Ok((row.get(0)?, Thing { is_table: row.get(1)?, sql }))
    };
    things.query_map([], thing)?.collect()
}

/// Refuses fields of tables that no model has: then the model's own line is gone.
fn check_fields(connection: &Connection) -> Result<(), ReadError> {
    let sql =
        "SELECT \"table\" FROM hasmany_fields WHERE \"table\" NOT IN (SELECT \"table\" FROM hasmany_models) LIMIT 1";
    let stray: Vec<String> =
        connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    stray.first().map_or(Ok(()), |name| {
        Err(ReadError::Wrong(format!("table {name}: its fields are described, and the table itself is not")))
    })
}

/// Why a table could not be read.
pub enum ReadError {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// It is not as it should be.
    Wrong(String),
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        ReadError::Sqlite(error)
    }
}

/// A column, as SQLite has it.
struct Column {
    name: String,
    of: String,
    is_not_null: bool,
    /// Its type, and what else it was declared with.
    definition: String,
    is_generated: bool,
    /// Its place in the primary key, from 1.
    key: i64,
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let sql = "SELECT name, type, \"notnull\", dflt_value, hidden, pk FROM pragma_table_xinfo(?)";
    rows(connection, sql, table, |row| {
        let (of, is_not_null): (String, bool) = (row.get(1)?, row.get(2)?);
        let mut definition = if is_not_null { format!("{of} NOT NULL") } else { of.clone() };
        if let Some(default) = row.get::<_, Option<String>>(3)? {
            definition += &format!(" DEFAULT ({default})");
        }
        let is_generated = row.get::<_, i64>(4)? != 0;
        Ok(Column { name: row.get(0)?, of, is_not_null, definition, is_generated, key: row.get(5)? })
    })
}

fn read_table(connection: &Connection, name: String, class: String) -> Result<SqlTable, ReadError> {
    let wrong = |what: String| ReadError::Wrong(format!("table {name}: {what}"));
    let columns = columns(connection, &name)?;
    let references =
        rows(connection, "SELECT \"from\", \"table\", on_delete FROM pragma_foreign_key_list(?)", &name, |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })?;
    let fields =
        rows(connection, "SELECT field, type FROM hasmany_fields WHERE \"table\" = ? ORDER BY rowid", &name, |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
    let indexes = rows(connection, "SELECT name, origin FROM pragma_index_list(?)", &name, |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    check_key(&columns, &indexes).map_err(wrong)?;
    let declared = fields.iter().filter(|(_, of)| !of.starts_with(TAKEN_OUT)).count();
    let mut table = SqlTable { name: name.clone(), class, declared, ..SqlTable::default() };
    for (field, of) in fields {
        let of = of.strip_prefix(TAKEN_OUT).unwrap_or(&of).to_owned();
        let reference = references.iter().find(|(from, ..)| *from == format!("{field}_id"));
        let kind = match (Type::named(&of), reference) {
            (Some(of), _) => Kind::Value(of),
            (None, Some((_, to, on_delete))) if of == "reference" => {
                Kind::Reference(to.clone(), on_delete_named(on_delete))
            }
            _ => return Err(wrong(format!("the field {field} is no {of}"))),
        };
        let mut field = Field { name: field, kind, optional: false };
        let own = column(&field);
        let Some(there) = columns.iter().find(|there| there.name == own) else {
            return Err(wrong(format!("it has no column {own}")));
        };
        let wanted = if let Kind::Value(of) = field.kind { sql_type(of) } else { "INTEGER" };
        if there.of != wanted || there.is_generated {
            let generated = if there.is_generated { "generated" } else { &there.of };
            return Err(wrong(format!("the column {own} is {generated}, not {wanted}")));
        }
        field.optional = !there.is_not_null;
        table.fields.push(field);
    }
    let own: Vec<String> = table.fields.iter().map(column).chain(["id".to_owned()]).collect();
    let others = columns.into_iter().filter(|column| !own.contains(&column.name));
    let other = |Column { name, definition, is_generated, .. }| Other { name, definition, is_generated };
    table.others = others.map(other).collect();
    table.unique = read_unique(connection, &table)?;
    table.lacks_index = !table.indexes().iter().all(|(name, _)| indexes.iter().any(|(there, _)| there == name));
    Ok(table)
}

/// Refuses a table whose rows are not numbered by `id`, or in which SQLite itself may leave out or replace rows.
fn check_key(columns: &[Column], indexes: &[(String, String)]) -> Result<(), String> {
    let is_key = |column: &Column| column.name == "id" && column.key == 1 && column.of == "INTEGER";
    let is_alone = columns.iter().filter(|column| column.key > 0).count() == 1;
    // A key that is not the number of the row itself has an index.
    let has_index = |of: &str| indexes.iter().any(|(_, origin)| origin == of);
    match columns.iter().any(is_key) && is_alone && !has_index("pk") {
        false => Err("its primary key is not 'id INTEGER PRIMARY KEY', as in the tables of a store".to_owned()),
        true if has_index("u") => {
            Err("it has a UNIQUE constraint, where the tables of a store have indexes".to_owned())
        }
        true => Ok(()),
    }
}

/// The unique tuples, by their indexes, in the order in which these were made.
fn read_unique(connection: &Connection, table: &SqlTable) -> Result<Vec<Vec<String>>, ReadError> {
    let indexes = rows(
        connection,
        "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND origin = 'c' ORDER BY seq DESC",
        &table.name,
        |row| row.get::<_, String>(0),
    )?;
    let mut unique = Vec::new();
    for index in indexes.iter().filter(|index| index.starts_with(INDEX)) {
        let columns = rows(connection, "SELECT name FROM pragma_index_info(?) ORDER BY seqno", index, |row| {
            row.get::<_, String>(0)
        })?;
        let field = |name: &String| table.fields.iter().find(|field| column(field) == *name);
        let fields: Option<Vec<String>> = columns.iter().map(|name| Some(field(name)?.name.clone())).collect();
        unique.extend(fields);
    }
    Ok(unique)
}

fn on_delete_named(name: &str) -> OnDelete {
    match name {
        "CASCADE" => OnDelete::Cascade,
        "SET NULL" => OnDelete::Nullify,
        _ => OnDelete::Restrict,
    }
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    name: &str,
    read: impl FnMut(&rusqlite::Row) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([name], read)?.collect()
}
