//! Tables and columns that go on under another name, and which names they had.
//!
//! `hasmany_was` has a line for each name that a table (its field is '') or a column had. By these a program from before is
//! known: its class would make a second table or column of what is there under another name, and is refused.

use rusqlite::Connection;

use crate::journal::table::{SqlTable, column, quoted};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind};

/// Where the names are that tables and columns had.
pub const WAS: &str = "hasmany_was";

impl SqlTable {
    /// This table under another name, its fields, too: what each was and is.
    pub fn renamed(&self, name: &str, fields: &[(String, String)]) -> Self {
        let mut table = SqlTable { name: name.to_owned(), ..self.clone() };
        let new = |old: &str| fields.iter().find(|(was, _)| was == old).map(|(_, is)| is.clone());
        for field in &mut table.fields {
            let Some(name) = new(&field.name) else { continue };
            let was = column(field);
            field.name = name;
            table.was.iter_mut().filter(|(of, _)| *of == was).for_each(|(of, _)| *of = column(field));
            table.was.push((column(field), was));
        }
        for name in table.unique.iter_mut().flatten().chain(&mut table.key) {
            *name = new(name).unwrap_or_else(|| name.clone());
        }
        if self.name != name {
            table.was.push((String::new(), self.name.clone()));
        }
        // A name that is back is none that it had.
        table.was.retain(|(of, was)| was != if of.is_empty() { name } else { of });
        table.was.sort();
        table.was.dedup();
        table
    }

    /// Its references lead to a table under its other name.
    pub fn follow(&mut self, was: &str, is: &str) {
        for field in &mut self.fields {
            if let Kind::Reference(to, _) = &mut field.kind
                && to == was
            {
                is.clone_into(to);
            }
        }
    }

    /// What is wrong where this is a model's table as a program from before a renaming has it, and `there` is what the
    /// file has: the program's own name for a column, and what that is called now.
    pub fn outdated<'a>(&'a self, there: &'a SqlTable) -> Option<(&'a Field<String>, &'a str)> {
        let has = |table: &SqlTable, name: &str| table.fields.iter().any(|field| column(field) == name);
        self.fields.iter().filter(|field| !has(there, &column(field))).find_map(|field| {
            let is_now = |(of, was): &&(String, String)| *was == column(field) && !has(self, of);
            there.was.iter().find(is_now).map(|(of, _)| (field, of.as_str()))
        })
    }
}

/// The table that goes on under another name than `wanted`, which a program from before would make a second time, unless
/// one of its classes has it.
pub fn renamed_to<'a>(tables: &'a [SqlTable], schema: &Schema, wanted: &SqlTable) -> Option<&'a SqlTable> {
    let is_known = |name: &str| schema.by_table(name).is_some_and(|model| !schema.model(model).is_unclaimed);
    let had = |table: &&SqlTable| table.was.iter().any(|(of, was)| of.is_empty() && *was == wanted.name);
    tables.iter().find(|table| had(table) && !is_known(&table.name))
}

/// Gives a table and its columns their names, wherever they are mentioned: in references, indexes, triggers and views of
/// others, too. In a transaction. O(1), but for the indexes of the table that have its name in theirs.
pub fn rename(connection: &Connection, there: &SqlTable, to: &SqlTable) -> rusqlite::Result<()> {
    let after = to.indexes();
    for (name, _) in there.indexes().iter().filter(|index| !after.contains(index)) {
        connection.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted(name)))?;
    }
    // The old way leaves names in references and views as they are.
    connection.execute_batch("PRAGMA legacy_alter_table = OFF")?;
    let done = rename_all(connection, there, to);
    connection.execute_batch("PRAGMA legacy_alter_table = ON")?;
    done
}

fn rename_all(connection: &Connection, there: &SqlTable, to: &SqlTable) -> rusqlite::Result<()> {
    let name = quoted(&to.name);
    if there.name != to.name {
        connection.execute_batch(&format!("ALTER TABLE {} RENAME TO {name}", quoted(&there.name)))?;
        for own in ["hasmany_models", "hasmany_fields"] {
            let sql = format!("UPDATE {own} SET \"table\" = ? WHERE \"table\" = ?");
            connection.execute(&sql, [&to.name, &there.name])?;
        }
        forget(connection, &there.name)?;
    }
    for (was, is) in there.fields.iter().zip(&to.fields) {
        let (was, is) = (column(was), column(is));
        if was != is {
            let (was, is) = (quoted(&was), quoted(&is));
            connection.execute_batch(&format!("ALTER TABLE {name} RENAME COLUMN {was} TO {is}"))?;
        }
    }
    Ok(())
}

/// Says in the file which names a table and its columns had.
pub fn describe(connection: &Connection, table: &SqlTable) -> rusqlite::Result<()> {
    forget(connection, &table.name)?;
    if table.was.is_empty() {
        return Ok(());
    }
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {WAS} (\"table\" TEXT NOT NULL, field TEXT NOT NULL, was TEXT NOT NULL) STRICT"
    ))?;
    let mut insert = connection.prepare_cached(&format!("INSERT INTO {WAS} VALUES (?, ?, ?)"))?;
    table.was.iter().try_for_each(|(of, was)| insert.execute([&table.name, of, was]).map(drop))
}

fn forget(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    match is_there(connection)? {
        true => connection.execute(&format!("DELETE FROM {WAS} WHERE \"table\" = ?"), [table]).map(drop),
        false => Ok(()),
    }
}

fn is_there(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)";
    connection.query_row(sql, [WAS], |row| row.get(0))
}

/// The names that a table and its columns had, as the file says, if it says anything.
pub fn read(connection: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = format!("SELECT field, was FROM {WAS} WHERE \"table\" = ? ORDER BY field, was");
    let mut lines = connection.prepare_cached(&sql)?;
    let lines = lines.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
    lines.collect()
}
