//! Reading tables into columns.

use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::journal::connect::distrust;
use crate::journal::error::{Error, Result};
use crate::journal::table::{SqlTable, column, quoted};
use crate::journal::value;
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::{Id, LAST_ID, Row};
use crate::store::parallel::in_parallel_with;
use crate::store::progress::{self, Tally, Unit};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Field, Kind, OnDelete};
use crate::store::value::Value;
use crate::store::write::bulk::NewCells;
use crate::store::write::fill::{Fill, zero};
use crate::store::write::load::{LoadedRows, MisfitRow};

/// A file whose tables are to be read.
pub struct Source<'a> {
    pub path: &'a Path,
    /// Under a transaction, so that nothing changes meanwhile.
    pub connection: &'a Connection,
    /// Whether the transaction keeps everybody from writing, so that other connections see the same.
    pub is_alone: bool,
}

/// Where a model's rows are.
pub struct StoredModel<'a> {
    /// Its table; nothing if the file has none.
    pub table: Option<&'a SqlTable>,
    /// Its next id, as the file says.
    pub next: Id,
    /// For each field, what rows get if the table has no column for it.
    pub fill: &'a [Fill],
}

/// What is read of a table at once.
pub(super) struct Part<'a> {
    pub model: usize,
    pub table: &'a SqlTable,
    pub schema: &'a Schema,
    pub fields: &'a [Field],
    pub fill: &'a [Fill],
    pub ids: Range<Id>,
    /// Whether ids without a row have dead rows; else the ids are listed.
    pub is_dense: bool,
}

/// Tables larger than this are read in parts.
const LARGE: u64 = 1 << 16;

impl Source<'_> {
    /// Fills a store without rows, each model from its place. SQLite's own check runs beside. O(rows), on all cores
    /// where nobody else writes.
    pub fn load(&self, store: &mut Store, places: &[StoredModel]) -> Result<()> {
        let (mut rows, mut parts, mut kept, mut counts) = (0, Vec::new(), Vec::new(), Vec::new());
        for (at, (place, model)) in places.iter().zip(store.schema().models()).enumerate() {
            let extent = self.extent(place)?;
            rows += extent.rows as usize;
            counts.push(extent.rows as usize);
            if let Some(table) = place.table {
                let part = |ids| Part {
                    model: at,
                    table,
                    schema: store.schema(),
                    fields: &model.fields,
                    fill: place.fill,
                    ids,
                    is_dense: extent.is_dense(),
                };
                let (middle, end) = (extent.next / 2, extent.next);
                match self.is_alone && extent.rows > LARGE {
                    true => parts.extend([part(1..middle), part(middle..end)]),
                    false => parts.push(part(1..end)),
                }
            }
            let cells = model.fields.iter().map(empty).collect();
            kept.push(LoadedRows { next: extent.next, cells, ..LoadedRows::default() });
        }
        progress::expect(rows, Unit::Rows);
        for read in self.read_all(rows, parts)? {
            join(&mut kept[read.model], read.kept);
        }
        for ((kept, counted), place) in kept.iter().zip(counts).zip(places) {
            let (read, table) = (kept.live.count(), place.table.map_or("", |table| &table.name));
            if read != counted {
                let what = format!("table {table}: it has {counted} rows, of which {read} can be read");
                return Err(Error::Corrupt(format!("{}: {what}", self.path.display())));
            }
        }
        store.load(kept).map_err(|MisfitRow { model, id, error }| {
            let table = places[model.index()].table.map_or("", |table| &table.name);
            corrupt(self.path, table, id, &error.to_string())
        })
    }

    fn read_all(&self, rows: usize, parts: Vec<Part>) -> Result<Vec<LoadedPart>> {
        let path = self.path;
        if !self.is_alone {
            let read = |part: Part| Reader::new(path, &part).read(self.connection, &part);
            let done = parts.into_iter().map(read).collect::<Result<_>>()?;
            quick_check(path, self.connection)?;
            return Ok(done);
        }
        // The check takes longest where it takes any time, so it comes first.
        let things = std::iter::once(None).chain(parts.into_iter().map(Some));
        // One connection a thread: each reads the whole schema, so one a table would be O(tables²).
        let mut done = in_parallel_with(rows, things, |part, connection: &mut Option<Connection>| {
            let connection = match connection {
                Some(connection) => connection,
                None => connection.insert(another(path)?),
            };
            match part {
                Some(part) => Reader::new(path, &part).read(connection, &part).map(Some),
                None => quick_check(path, connection).map(|()| None),
            }
        });
        // Where both find something, readers know in which row.
        done.rotate_left(1);
        done.into_iter().filter_map(Result::transpose).collect()
    }

    /// The rows of a part.
    pub(super) fn read(&self, part: &Part) -> Result<LoadedRows> {
        Reader::new(self.path, part).read(self.connection, part).map(|read| read.kept)
    }

    fn extent(&self, place: &StoredModel) -> Result<Extent> {
        let Some(table) = place.table else { return Ok(Extent { rows: 0, next: 1 }) };
        let name = quoted(&table.name);
        // Each by itself is read off the tree; together they would be a walk over all rows.
        let sql = format!(
            "SELECT (SELECT count(*) FROM {name}), (SELECT max(\"id\") FROM {name}), (SELECT min(\"id\") FROM {name})"
        );
        let numbers = self.connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let (rows, last, first): (i64, Option<i64>, Option<i64>) =
            numbers.map_err(|error| failed(self.path, table, &error))?;
        let (last, first) = (last.unwrap_or(0), first.unwrap_or(1));
        if first < 1 {
            return Err(corrupt(self.path, &table.name, first, &format!("ids go from 1 to {LAST_ID}")));
        }
        let extent = Extent { rows: rows as u64, next: place.next.max(last as Id + 1) };
        match extent.numbers() < u64::from(Row::MAX) {
            true => Ok(extent),
            false => Err(corrupt(self.path, &table.name, last, "there are more rows than a store can hold")),
        }
    }
}

/// The rows of a model: how many there are, and how they are numbered.
struct Extent {
    rows: u64,
    next: Id,
}

impl Extent {
    /// Whether ids without a row are so few that these have dead rows: up to what the engine would squeeze. Then a
    /// row's number follows from its id.
    fn is_dense(&self) -> bool {
        self.next - 1 <= self.rows + self.rows / 2 + 64
    }

    /// How many rows there are with the dead ones.
    fn numbers(&self) -> u64 {
        if self.is_dense() { self.next - 1 } else { self.rows }
    }
}

/// A connection of another thread.
pub(super) fn another(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).and_then(|mut connection| {
        distrust(&mut connection)?;
        Ok(connection)
    });
    connection.map_err(|error| Error::sqlite(path, "opening it", &error))
}

fn quick_check(path: &Path, connection: &Connection) -> Result<()> {
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found.map_err(|error| Error::sqlite(path, "checking it", &error))?.as_str() {
        "ok" => Ok(()),
        // What SQLite could not look at, because there was no memory (its error 7), is no damage.
        found if found.ends_with("error code=7") => {
            Err(Error::Memory(format!("{}: not enough memory to check it", path.display())))
        }
        found => Err(Error::Corrupt(format!("{}: {found}", path.display()))),
    }
}

fn failed(path: &Path, table: &SqlTable, error: &rusqlite::Error) -> Error {
    Error::sqlite(path, &format!("reading the table {}", table.name), error)
}

fn corrupt(path: &Path, table: &str, id: impl Display, what: &str) -> Error {
    Error::Corrupt(format!("{}: table {table}, row {id}: {what}", path.display()))
}

/// The rows of a part.
struct LoadedPart {
    model: usize,
    kept: LoadedRows,
}

/// No cells yet of a field.
fn empty(field: &Field) -> NewCells {
    match field.kind {
        Kind::Value(of) => NewCells::Values(Column::new(of.storage(), field.optional)),
        Kind::Reference(..) => NewCells::Ids(Packed::default()),
    }
}

/// Appends the rows of a part.
fn join(kept: &mut LoadedRows, part: LoadedRows) {
    kept.ids.extend(part.ids);
    kept.live.append(&part.live);
    for (cells, others) in kept.cells.iter_mut().zip(part.cells) {
        match (cells, others) {
            (NewCells::Values(cells), NewCells::Values(others)) => cells.append(others),
            (NewCells::Ids(cells), NewCells::Ids(others)) if cells.is_empty() => *cells = others,
            (NewCells::Ids(cells), NewCells::Ids(others)) => others.iter(0..others.len()).for_each(|id| cells.push(id)),
            _ => debug_assert!(false, "cells of two kinds"),
        }
    }
}

/// Where the cells of a field come from.
enum Origin<'a> {
    /// This column of the query.
    Column(usize),
    /// This column, which was taken out: rows that were created since have no value in it.
    ColumnOrFill(usize, &'a Fill),
    /// Nowhere: the table has no such column.
    Fill(&'a Fill),
}

/// Reads rows of one table.
struct Reader<'a> {
    path: &'a Path,
    table: &'a SqlTable,
    fields: &'a [Field],
    origins: Vec<Origin<'a>>,
    sql: String,
    /// The id that the next row has, if none is missing.
    next: Id,
    kept: LoadedRows,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, part: &Part<'a>) -> Self {
        let mut names = vec![quoted("id")];
        let mut origins = Vec::new();
        for (at, field) in part.fields.iter().enumerate() {
            let name = quoted(&column(field));
            let taken_out = part.table.lost().iter().any(|lost| column(lost) == column(field));
            match (&field.kind, part.table.field(&field.name)) {
                (Kind::Reference(to, OnDelete::Nullify), None) if taken_out => {
                    origins.push(Origin::Column(names.len()));
                    let to = quoted(&part.schema.model(*to).table);
                    names.push(format!("CASE WHEN {name} IN (SELECT \"id\" FROM {to}) THEN {name} END"));
                }
                (Kind::Reference(..), None) if taken_out => {
                    origins.push(Origin::Column(names.len()));
                    names.push(name);
                }
                (_, None) => origins.push(Origin::Fill(&part.fill[at])),
                (_, Some(_)) => {
                    origins.push(match part.fill.get(at).filter(|_| taken_out && !field.optional) {
                        Some(fill) => Origin::ColumnOrFill(names.len(), fill),
                        None => Origin::Column(names.len()),
                    });
                    names.push(name);
                }
            }
        }
        let (columns, table) = (names.join(", "), quoted(&part.table.name));
        let sql = format!("SELECT {columns} FROM {table} WHERE \"id\" >= ? AND \"id\" <= ? ORDER BY \"id\"");
        let cells = part.fields.iter().map(empty).collect();
        let kept = LoadedRows { cells, ..LoadedRows::default() };
        Reader { path, table: part.table, fields: part.fields, origins, sql, next: part.ids.start, kept }
    }

    fn read(mut self, connection: &Connection, part: &Part) -> Result<LoadedPart> {
        let path = self.path;
        let failed = |error: rusqlite::Error| failed(path, part.table, &error);
        let mut statement = connection.prepare(&self.sql).map_err(failed)?;
        let mut rows = statement.query((part.ids.start as i64, (part.ids.end - 1) as i64)).map_err(failed)?;
        let mut tally = Tally::default();
        while let Some(row) = rows.next().map_err(failed)? {
            tally.step();
            let id = row.get::<_, i64>(0).map_err(failed)? as Id;
            if id < self.next || !part.ids.contains(&id) {
                return Err(corrupt(self.path, &self.table.name, id, "it is out of order"));
            }
            match part.is_dense {
                true => self.skip_to(id),
                false => self.kept.ids.push(id),
            }
            self.kept.live.push(true);
            for (field, origin) in self.origins.iter().enumerate() {
                let cells = &mut self.kept.cells[field];
                let done = match *origin {
                    Origin::Fill(fill) => push_value(cells, fill.of(id)),
                    Origin::Column(at) | Origin::ColumnOrFill(at, _) => {
                        match (row.get_ref(at).map_err(failed)?, origin) {
                            (ValueRef::Null, Origin::ColumnOrFill(_, fill)) => push_value(cells, fill.of(id)),
                            (value, _) => push(cells, &self.fields[field], value),
                        }
                    }
                };
                if let Err(why) = done {
                    let what = format!("{} {why}", self.fields[field].name);
                    return Err(corrupt(self.path, &self.table.name, id, &what));
                }
            }
            self.next = id + 1;
        }
        if part.is_dense {
            self.skip_to(part.ids.end);
        }
        Ok(LoadedPart { model: part.model, kept: self.kept })
    }

    /// Dead rows for the ids up to this one.
    fn skip_to(&mut self, id: Id) {
        for _ in self.next..id {
            self.kept.live.push(false);
            for (cells, field) in self.kept.cells.iter_mut().zip(self.fields) {
                match cells {
                    NewCells::Values(column) => column.push(&zero(&field.kind)),
                    NewCells::Ids(ids) => ids.push(0),
                    _ => {}
                }
            }
        }
    }
}

fn push_value(cells: &mut NewCells, value: Option<&Value>) -> std::result::Result<(), String> {
    match (cells, value) {
        (NewCells::Values(column), Some(value)) if column.takes(value) => column.push(value),
        (NewCells::Ids(ids), Some(Value::None)) => ids.push(0),
        _ => return Err("is new and has no default".to_owned()),
    }
    Ok(())
}

fn push(cells: &mut NewCells, field: &Field, value: ValueRef) -> std::result::Result<(), String> {
    match (cells, &field.kind, value) {
        (_, _, ValueRef::Null) if !field.optional => return Err("is NULL".to_owned()),
        (NewCells::Ids(ids), _, ValueRef::Null) => ids.push(0),
        (NewCells::Ids(ids), _, ValueRef::Integer(id @ 1..)) => ids.push(id as Id),
        (NewCells::Ids(_), _, ValueRef::Integer(id)) => return Err(format!("refers to {id}, which is no id")),
        (NewCells::Values(column), _, ValueRef::Null) => column.push(&Value::None),
        (NewCells::Values(column), &Kind::Value(of), value) => return value::push(column, of, value),
        (_, _, value) => return Err(format!("is {}", value.data_type())),
    }
    Ok(())
}
