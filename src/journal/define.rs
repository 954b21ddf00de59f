//! Models becoming tables, and tables following their models.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, params_from_iter};

use crate::journal::Journal;
use crate::journal::error::{DEFINING, Error, Result};
use crate::journal::table::{Other, SqlTable, column, is_among, quoted, type_name};
use crate::journal::value::written;
use crate::store::id::ModelId;
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind};
use crate::store::value::Value;
use crate::store::write::declare::Plan;

impl Journal {
    /// Makes and changes tables as a plan says, in one transaction. O(1) for a new table and O(rows) for one whose
    /// columns change.
    pub fn define(&mut self, plan: &Plan) -> Result<()> {
        if !self.is_ours() {
            return Ok(());
        }
        if !self.writes {
            // The models of one who reads need not be in the file, but what is there must be known.
            let wanted = plan.models.iter().map(|planned| (planned.model, SqlTable::of(&plan.schema, planned.model)));
            return wanted
                .into_iter()
                .try_for_each(|(model, wanted)| self.check_described(&wanted, self.table(model), &self.strangers));
        }
        let mut tables = self.tables.clone();
        for planned in &plan.models {
            let wanted = SqlTable::of(&plan.schema, planned.model);
            match self.table(planned.model) {
                Some(there) => tables[planned.model.index()] = wanted.after(there).map_err(|why| self.refuse(&why))?,
                None => tables.push(wanted),
            }
        }
        if tables == self.tables {
            return Ok(());
        }
        check_names(&tables).map_err(|why| self.refuse(&why))?;
        tables[self.tables.len()..].iter().try_for_each(|table| self.check_free(table))?;
        let mut next = self.next.clone();
        next.resize(tables.len(), 1);
        self.transaction(DEFINING, |journal| {
            let connection = journal.connection()?;
            for planned in &plan.models {
                let (model, table) = (planned.model, &tables[planned.model.index()]);
                let done = match journal.table(model) {
                    Some(there) => alter(connection, there, table, &plan.schema, model, &planned.fill),
                    None => make(connection, table),
                };
                done.map_err(|error| journal.failed(DEFINING, &error))?;
            }
            Ok(())
        })?;
        (self.tables, self.next) = (tables, next);
        Ok(())
    }

    /// Refuses a new table whose name somebody else has used.
    fn check_free(&self, table: &SqlTable) -> Result<()> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE)";
        let is_taken = self.connection()?.query_row(sql, [&table.name], |row| row.get(0));
        match is_taken.map_err(|error| self.failed(DEFINING, &error))? {
            false => Ok(()),
            true => Err(self.refuse(&format!(
                "{}: the file has something named '{}' that is no store's; give the class table=...",
                table.class, table.name
            ))),
        }
    }

    /// Makes a table for each of these models in a file that has none.
    pub(super) fn create_tables(&mut self, schema: &Schema, models: &[ModelId]) -> Result<()> {
        self.tables = models.iter().map(|&model| SqlTable::of(schema, model)).collect();
        self.next = vec![1; models.len()];
        check_names(&self.tables).map_err(|why| self.refuse(&why))?;
        let connection = self.connection()?;
        let made = self.tables.iter().try_for_each(|table| make(connection, table));
        made.map_err(|error| self.failed(DEFINING, &error))
    }

    fn refuse(&self, why: &str) -> Error {
        Error::Schema(format!("{}: {why}", self.path.display()))
    }
}

impl SqlTable {
    /// What becomes of a table when its model is this one: fields that it has not any more stay, without values in
    /// new rows.
    fn after(mut self, there: &SqlTable) -> std::result::Result<Self, String> {
        self.others = there.others.clone();
        let is_lost = |field: &&Field<String>| self.field(&field.name).is_none();
        for lost in there.fields.iter().filter(is_lost).collect::<Vec<_>>() {
            match lost.kind {
                Kind::Value(_) => self.fields.push(Field { optional: true, ..lost.clone() }),
                // Nobody keeps it right any more: from now on it is just numbers.
                Kind::Reference(..) => self.others.push(Other {
                    name: column(lost),
                    definition: "INTEGER".to_owned(),
                    is_generated: false,
                }),
            }
        }
        match self.others.iter().find(|other| other.is_generated) {
            Some(other) if !self.has_columns_of(there) => Err(format!(
                "{}: its table must be rebuilt, and '{}', a generated column that is not hasmany's, would be lost; \
                 drop it first and add it again then",
                self.class, other.name
            )),
            _ => Ok(self),
        }
    }
}

/// Refuses names that no file can hold.
fn check_names(tables: &[SqlTable]) -> std::result::Result<(), String> {
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    for (at, table) in tables.iter().enumerate() {
        if let Some(wrong) = table.misnamed() {
            return Err(wrong);
        }
        if is_among(&table.name, &names[..at]) {
            return Err(format!(
                "{}: the file has the table '{}' already, up to capital letters; give the class table=...",
                table.class, table.name
            ));
        }
    }
    Ok(())
}

/// A new table.
fn make(connection: &Connection, table: &SqlTable) -> rusqlite::Result<()> {
    connection.execute_batch(&table.create(&table.name))?;
    table.indexes().iter().try_for_each(|(_, sql)| connection.execute_batch(sql))?;
    connection.execute(
        "INSERT INTO hasmany_models (\"table\", class, next_id) VALUES (?, ?, 1)",
        [&table.name, &table.class],
    )?;
    describe(connection, table)
}

/// Says in the file what each field holds.
fn describe(connection: &Connection, table: &SqlTable) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM hasmany_fields WHERE \"table\" = ?", [&table.name])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO hasmany_fields (\"table\", field, type) VALUES (?, ?, ?)")?;
    table
        .fields
        .iter()
        .try_for_each(|field| insert.execute([table.name.as_str(), &field.name, type_name(&field.kind)]).map(drop))
}

/// Makes one table of another.
fn alter(
    connection: &Connection,
    there: &SqlTable,
    wanted: &SqlTable,
    schema: &Schema,
    model: ModelId,
    fill: &[Value],
) -> rusqlite::Result<()> {
    let (before, after) = (there.indexes(), wanted.indexes());
    for (name, _) in before.iter().filter(|index| !after.contains(index)) {
        connection.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted(name)))?;
    }
    if !wanted.has_columns_of(there) {
        rebuild(connection, there, wanted, fill)?;
    }
    after.iter().try_for_each(|(_, sql)| connection.execute_batch(sql))?;
    let class = &schema.model(model).name;
    connection.execute("UPDATE hasmany_models SET class = ? WHERE \"table\" = ?", [class, &wanted.name])?;
    describe(connection, wanted)
}

/// Copies the rows to a table with other columns and puts it in place of the first.
fn rebuild(connection: &Connection, there: &SqlTable, wanted: &SqlTable, fill: &[Value]) -> rusqlite::Result<()> {
    const UNFINISHED: &str = "hasmany_new";
    // Whatever hangs on the table goes with it: its indexes and triggers, also those of others.
    let mut hanging = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
    )?;
    let hanging = hanging.query_map([&there.name], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut into = vec![quoted("id")];
    let mut from = into.clone();
    let mut new: Vec<ToSqlOutput> = Vec::new();
    for (at, field) in wanted.fields.iter().enumerate() {
        into.push(quoted(&column(field)));
        match there
            .field(&field.name)
            .filter(|before| column(before) == column(field) && type_name(&before.kind) == type_name(&field.kind))
        {
            Some(before) => from.push(quoted(&column(before))),
            None => {
                from.push("?".to_owned());
                // The default of a reference is nothing.
                new.push(written(&field.kind, &fill[at], |_| 0));
            }
        }
    }
    for other in &wanted.others {
        into.push(quoted(&other.name));
        from.push(quoted(&other.name));
    }
    connection.execute_batch(&wanted.create(UNFINISHED))?;
    connection.execute(
        &format!(
            "INSERT INTO {UNFINISHED} ({}) SELECT {} FROM {}",
            into.join(", "),
            from.join(", "),
            quoted(&there.name)
        ),
        params_from_iter(new),
    )?;
    connection
        .execute_batch(&format!("DROP TABLE {0}; ALTER TABLE {UNFINISHED} RENAME TO {0}", quoted(&there.name)))?;
    hanging.iter().try_for_each(|sql| connection.execute_batch(sql))
}
