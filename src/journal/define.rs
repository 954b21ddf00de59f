//! Models becoming tables, and tables following their models.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, params_from_iter};

use crate::journal::Journal;
use crate::journal::error::{DEFINING, Error, Result};
use crate::journal::keyed;
use crate::journal::rename::{self, rename, renamed_to};
use crate::journal::table::{SqlTable, TAKEN_OUT, column, is_among, quoted, type_name};
use crate::journal::value::{sql_type, written};
use crate::store::id::ModelId;
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind};
use crate::store::types::Type;
use crate::store::value::Value;
use crate::store::write::declare::{Plan, Planned};
use crate::store::write::fill::Fill;

impl Journal {
    /// Makes and changes tables as a plan says, in one transaction. O(1) for a new table and O(rows) for one whose
    /// columns change.
    pub fn define(&mut self, plan: &Plan) -> Result<()> {
        if !self.is_ours() {
            return Ok(());
        }
        if !self.writes {
            // The models of one who reads need not be in the file, but what is there must be known.
            let (named, is_other) = self.named(plan);
            for planned in &plan.models {
                let wanted = SqlTable::of(&plan.schema, planned.model);
                let there = named.get(planned.model.index());
                self.check_names_of(&wanted, there, &plan.schema)?;
                self.check_described(&wanted, there, &self.strangers)?;
                self.reads_otherwise |= is_other || (0..wanted.declared).any(|field| planned.converts(field));
            }
            return Ok(());
        }
        let (named, _) = self.named(plan);
        let mut tables = named.clone();
        for planned in &plan.models {
            let wanted = SqlTable::of(&plan.schema, planned.model);
            let there = named.get(planned.model.index());
            self.check_names_of(&wanted, there, &plan.schema)?;
            match there {
                Some(there) => tables[planned.model.index()] = wanted.after(there).map_err(|why| self.refuse(&why))?,
                None => tables.push(wanted),
            }
        }
        if tables == self.tables {
            return Ok(());
        }
        check_names(&tables).map_err(|why| self.refuse(&why))?;
        let is_renamed = |(there, named): &(&SqlTable, &SqlTable)| there.name != named.name;
        let renamed = self.tables.iter().zip(&named).filter(is_renamed).map(|(_, named)| named);
        tables[self.tables.len()..].iter().chain(renamed).try_for_each(|table| self.check_free(table))?;
        self.wake()?;
        let mut next = self.next.clone();
        next.resize(tables.len(), 1);
        self.change(DEFINING, |journal| {
            let connection = journal.connection()?;
            let failed = |error| journal.failed(DEFINING, &error);
            let renamed = journal.tables.iter().zip(&named).filter(|(there, named)| there.was != named.was);
            renamed.into_iter().try_for_each(|(there, named)| rename(connection, there, named)).map_err(failed)?;
            // First those that the others may refer to.
            tables[journal.tables.len()..].iter().try_for_each(|table| make(connection, table)).map_err(failed)?;
            for planned in &plan.models {
                if let Some(there) = named.get(planned.model.index()) {
                    let wanted = &tables[planned.model.index()];
                    alter(connection, there, wanted, &plan.schema, planned).map_err(failed)?;
                }
            }
            Ok(())
        })?;
        (self.tables, self.next) = (tables, next);
        Ok(())
    }

    /// The file's tables with the names that a plan gives them and their columns, and whether any of these is another.
    fn named(&self, plan: &Plan) -> (Vec<SqlTable>, bool) {
        let mut tables = self.tables.clone();
        for planned in &plan.models {
            let (at, name) = (planned.model.index(), &plan.schema.model(planned.model).table);
            if let Some(there) = self.tables.get(at).filter(|there| !there.name.is_empty()) {
                let renamed = tables[at].renamed(name, planned.renamed());
                tables[at] = renamed;
                tables.iter_mut().for_each(|table| table.follow(&there.name, name));
            }
        }
        let is_other = tables != self.tables;
        (tables, is_other)
    }

    /// Refuses a class from before something was renamed.
    fn check_names_of(&self, wanted: &SqlTable, there: Option<&SqlTable>, schema: &Schema) -> Result<()> {
        let class = &wanted.class;
        if let Some((field, now)) = there.and_then(|there| wanted.outdated(there)) {
            return Err(self.refuse(&format!(
                "{class}.{} is called {now} in this file since another version of the program renamed it; nothing was \
                 changed: have the class call it that, too",
                field.name
            )));
        }
        let made = there.is_none_or(|there| there.name.is_empty()).then(|| renamed_to(&self.tables, schema, wanted));
        made.flatten().map_or(Ok(()), |now| {
            Err(self.refuse(&format!(
                "{class}: its table {} is called {} in this file, of the class {}, since another version of the program \
                 renamed it; nothing was changed: have the class take that name, or use {2} first if this is another one",
                wanted.name, now.name, now.class
            )))
        })
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
        self.was = there.was.clone();
        // Whatever the class says first: the indexes stay as they were made.
        self.unique.sort_by_key(|key| there.unique.iter().position(|other| other == key).unwrap_or(usize::MAX));
        let is_lost = |lost: &&Field<String>| self.fields.iter().all(|field| column(field) != column(lost));
        for lost in there.fields.iter().filter(is_lost).collect::<Vec<_>>() {
            let kind = match lost.kind {
                Kind::Value(of) => Kind::Value(of),
                // Nobody keeps it right any more: until it is back it is just numbers.
                Kind::Reference(..) => Kind::Value(Type::Int),
            };
            self.fields.push(Field { name: column(lost), kind, optional: true });
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

/// Says in the file what each field holds, and what SQL has no word for besides.
fn describe(connection: &Connection, table: &SqlTable) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM hasmany_fields WHERE \"table\" = ?", [&table.name])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO hasmany_fields (\"table\", field, type) VALUES (?, ?, ?)")?;
    table.fields.iter().enumerate().try_for_each(|(at, field)| {
        let taken_out = if at < table.declared { "" } else { TAKEN_OUT };
        let of = format!("{taken_out}{}", type_name(&field.kind));
        insert.execute([&table.name, &field.name, &of]).map(drop)
    })?;
    keyed::write(connection, table)?;
    rename::describe(connection, table)
}

/// Makes one table of another.
fn alter(
    connection: &Connection,
    there: &SqlTable,
    wanted: &SqlTable,
    schema: &Schema,
    planned: &Planned,
) -> rusqlite::Result<()> {
    let (before, after) = (there.indexes(), wanted.indexes());
    for (name, _) in before.iter().filter(|index| !after.contains(index)) {
        connection.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted(name)))?;
    }
    if !wanted.has_columns_of(there) {
        rebuild(connection, there, wanted, &planned.fill)?;
    }
    after.iter().try_for_each(|(_, sql)| connection.execute_batch(sql))?;
    let class = &schema.model(planned.model).name;
    connection.execute("UPDATE hasmany_models SET class = ? WHERE \"table\" = ?", [class, &wanted.name])?;
    describe(connection, wanted)
}

/// Copies the rows to a table with other columns and puts it in place of the first.
fn rebuild(connection: &Connection, there: &SqlTable, wanted: &SqlTable, fill: &[Fill]) -> rusqlite::Result<()> {
    // Whatever hangs on the table goes with it: its indexes and triggers, also those of others.
    let mut hanging = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
    )?;
    let hanging = hanging.query_map([&there.name], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut into = vec![quoted("id")];
    let mut from = into.clone();
    let mut new: Vec<ToSqlOutput> = Vec::new();
    let zeros: Vec<Value> = wanted.fields.iter().map(|field| zero_of(&field.kind)).collect();
    for (at, field) in wanted.fields.iter().enumerate() {
        let name = quoted(&column(field));
        // Where each row gets its own, after the copy.
        let value = fill.get(at).map(|fill| fill.all().unwrap_or(&zeros[at]));
        let mut filled = || new.push(written(&field.kind, value.unwrap_or(&Value::None), |_| 0));
        let is_taken = fill.get(at).is_none_or(|fill| fill.is_back);
        from.push(match (there.holding(field, is_taken), &field.kind) {
            (Some(_), Kind::Reference(to, _)) if fill.get(at).is_some_and(|fill| fill.is_back) => {
                format!("CASE WHEN {name} IN (SELECT \"id\" FROM {}) THEN {name} END", quoted(to))
            }
            (Some(before), Kind::Value(of)) if before.kind != field.kind => {
                // The plan has looked whether each value is exactly one of the other type.
                let value = format!("CAST({name} AS {})", sql_type(*of));
                match before.optional && !field.optional {
                    true => {
                        filled();
                        format!("coalesce({value}, ?)")
                    }
                    false => value,
                }
            }
            (Some(before), _) if before.optional && !field.optional => {
                filled();
                format!("coalesce({name}, ?)")
            }
            (Some(_), _) => name.clone(),
            (None, _) => {
                filled(); // The default of a reference is nothing.
                "?".to_owned()
            }
        });
        into.push(name);
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
    wanted.fields.iter().zip(fill).try_for_each(|(field, fill)| fill_each(connection, field, fill))?;
    connection
        .execute_batch(&format!("DROP TABLE {0}; ALTER TABLE {UNFINISHED} RENAME TO {0}", quoted(&there.name)))?;
    hanging.iter().try_for_each(|sql| connection.execute_batch(sql))
}

/// Gives each row of the unfinished table the value that was made for it.
fn fill_each(connection: &Connection, field: &Field<String>, fill: &Fill) -> rusqlite::Result<()> {
    let sql = format!("UPDATE {UNFINISHED} SET {} = ? WHERE \"id\" = ?", quoted(&column(field)));
    for (id, value) in fill.made() {
        let value = written(&field.kind, value, |_| 0);
        connection.prepare_cached(&sql)?.execute((value, id as i64))?;
    }
    Ok(())
}

/// What a table is called until it takes another's place.
const UNFINISHED: &str = "hasmany_new";

fn zero_of(kind: &Kind<String>) -> Value<'static> {
    match kind {
        Kind::Value(of) => Value::zero(of.storage()),
        Kind::Reference(..) => Value::None,
    }
}
