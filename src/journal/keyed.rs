//! The keys of models in a file: in `hasmany_models` the names of their fields, with commas between, or nothing. The column
//! comes with the first key.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::journal::table::SqlTable;

/// Says in the file what a model's key is.
pub fn write(connection: &Connection, table: &SqlTable) -> rusqlite::Result<()> {
    if !is_there(connection)? {
        if table.key.is_empty() {
            return Ok(());
        }
        connection.execute_batch("ALTER TABLE hasmany_models ADD COLUMN \"key\" TEXT")?;
    }
    let key = (!table.key.is_empty()).then(|| table.key.join(","));
    let mut update = connection.prepare_cached("UPDATE hasmany_models SET \"key\" = ? WHERE \"table\" = ?")?;
    update.execute((key, &table.name)).map(drop)
}

/// The fields of each key that the file knows, by table.
pub fn read(connection: &Connection) -> rusqlite::Result<HashMap<String, Vec<String>>> {
    if !is_there(connection)? {
        return Ok(HashMap::new());
    }
    let mut lines = connection.prepare("SELECT \"table\", \"key\" FROM hasmany_models WHERE \"key\" IS NOT NULL")?;
    let split = |key: String| key.split(',').map(str::to_owned).collect();
    let lines = lines.query_map([], |row| Ok((row.get(0)?, split(row.get(1)?))))?;
    lines.collect()
}

fn is_there(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info('hasmany_models') WHERE name = 'key')";
    connection.query_row(sql, [], |row| row.get(0))
}

impl SqlTable {
    /// Takes what the file says for its key, if that still is one: a version that does not know of keys may have taken a
    /// field out meanwhile, or somebody dropped the index.
    pub fn take_key(&mut self, key: Vec<String>) {
        let declared = &self.fields[..self.declared];
        let is_required = |name: &String| declared.iter().any(|field| field.name == *name && !field.optional);
        let is_same = |unique: &Vec<String>| unique.len() == key.len() && unique.iter().all(|name| key.contains(name));
        if key.iter().all(is_required) && self.unique.iter().any(is_same) {
            self.key = key;
        }
    }
}
