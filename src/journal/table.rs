//! A model as a table: its columns, its indexes, and the SQL that makes and changes them.

use crate::journal::value::{check, sql_type};
use crate::store::id::ModelId;
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Declaration, Field, Kind, OnDelete};
use crate::store::types::Type;
use crate::store::write::convert::is_conversion;

/// A table as it is in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqlTable {
    /// Its name.
    pub name: String,
    /// The name of the model's class.
    pub class: String,
    /// The fields of the model, and then those that it had once.
    pub fields: Vec<Field<String>>,
    /// How many fields the model has.
    pub declared: usize,
    /// Its unique tuples, by the names of their fields.
    pub unique: Vec<Vec<String>>,
    /// The unique fields whose values stand for a row outside; none where its id does.
    pub key: Vec<String>,
    /// Columns that somebody else added.
    pub others: Vec<Other>,
    /// Whether one of its indexes is not there, because somebody else dropped it.
    pub lacks_index: bool,
    /// Names that its columns had, each with the column's name now; names of the table itself with an empty one. Sorted.
    pub was: Vec<(String, String)>,
}

/// A column that is no field's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Other {
    pub name: String,
    /// Its type, and what else it was declared with.
    pub definition: String,
    pub is_generated: bool,
}

/// The name of an index, and the SQL that makes it.
pub type SqlIndex = (String, String);

/// A name between quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name of a field's column.
pub fn column<M>(field: &Field<M>) -> String {
    match field.kind {
        Kind::Value(_) => field.name.clone(),
        Kind::Reference(..) => format!("{}_id", field.name),
    }
}

/// What `hasmany_fields` says that a field holds.
pub fn type_name(kind: &Kind<String>) -> &'static str {
    match kind {
        Kind::Value(of) => of.name(),
        Kind::Reference(..) => "reference",
    }
}

impl SqlTable {
    /// The table of a model.
    pub fn of(schema: &Schema, model: ModelId) -> Self {
        let of = schema.model(model);
        let field = |field: &Field| {
            let kind = match field.kind {
                Kind::Value(of) => Kind::Value(of.kept()),
                Kind::Reference(to, on_delete) => Kind::Reference(schema.model(to).table.clone(), on_delete),
            };
            Field { name: field.name.clone(), kind, optional: field.optional }
        };
        let name = |&at: &usize| of.fields[at].name.clone();
        SqlTable {
            name: of.table.clone(),
            class: of.name.clone(),
            fields: of.fields.iter().map(field).collect(),
            declared: of.fields.len(),
            unique: of.unique.iter().map(|key| key.iter().map(name).collect()).collect(),
            key: of.key.iter().map(name).collect(),
            others: Vec::new(),
            lacks_index: false,
            was: Vec::new(),
        }
    }

    /// The model of the table, as far as a file knows it.
    pub fn declaration(&self) -> Declaration {
        Declaration {
            name: self.class.clone(),
            table: self.name.clone(),
            fields: self.fields.clone(),
            collections: Vec::new(),
            unique: self.unique.clone(),
            key: self.key.clone(),
            ..Declaration::default()
        }
    }

    /// The fields that the model had once.
    pub fn lost(&self) -> &[Field<String>] {
        &self.fields[self.declared..]
    }

    /// The columns that belong to no field of the model, with their types.
    pub fn surplus(&self) -> impl Iterator<Item = (String, String)> {
        let lost = self.lost().iter().map(|field| (column(field), type_name(&field.kind).to_owned()));
        lost.chain(self.others.iter().map(|other| (other.name.clone(), other.definition.clone())))
    }

    /// The field whose cells another table's field keeps; numbers may become a reference and a reference numbers where
    /// it `is_taken` out or up.
    pub fn holding(&self, other: &Field<String>, is_taken: bool) -> Option<&Field<String>> {
        let is_kept = |field: &&Field<String>| match (&field.kind, &other.kind) {
            (Kind::Value(one), Kind::Value(two)) => one == two || is_conversion(*one, *two),
            (Kind::Reference(..), Kind::Reference(..)) => true,
            (Kind::Value(of), Kind::Reference(..)) | (Kind::Reference(..), Kind::Value(of)) => {
                is_taken && *of == Type::Int
            }
        };
        self.fields.iter().filter(is_kept).find(|field| column(field) == column(other))
    }

    /// A field, if it is there.
    pub fn field(&self, name: &str) -> Option<&Field<String>> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether the columns of another table are these, in whatever order.
    pub fn has_columns_of(&self, other: &SqlTable) -> bool {
        self.fields.len() == other.fields.len()
            && self.others == other.others
            && self.fields.iter().all(|field| other.field(&field.name) == Some(field))
    }

    /// The statement that makes it, under a name.
    pub fn create(&self, name: &str) -> String {
        let mut columns = vec!["\"id\" INTEGER PRIMARY KEY".to_owned()];
        for field in &self.fields {
            let name = quoted(&column(field));
            let not_null = if field.optional { "" } else { " NOT NULL" };
            columns.push(match &field.kind {
                Kind::Value(of) => format!("{name} {}{not_null}{}", sql_type(*of), check(*of, &name)),
                Kind::Reference(to, on_delete) => {
                    let on_delete = on_delete_sql(*on_delete);
                    format!("{name} INTEGER{not_null} REFERENCES {} (\"id\") ON DELETE {on_delete}", quoted(to))
                }
            });
        }
        columns.extend(self.others.iter().map(|other| format!("{} {}", quoted(&other.name), other.definition)));
        format!("CREATE TABLE {} (\n    {}\n) STRICT", quoted(name), columns.join(",\n    "))
    }

    /// Its indexes: one for each unique tuple, and one for each reference that none of them begins with.
    pub fn indexes(&self) -> Vec<SqlIndex> {
        let declared = &self.fields[..self.declared];
        let is_first = |field: &Field<String>| self.unique.iter().any(|key| key.first() == Some(&field.name));
        let is_alone = |field: &&Field<String>| matches!(field.kind, Kind::Reference(..)) && !is_first(field);
        let uniques = self.unique.iter().map(|key| {
            let fields = key.iter().filter_map(|name| self.field(name));
            self.index("UNIQUE INDEX", &fields.map(column).collect::<Vec<_>>())
        });
        uniques.chain(declared.iter().filter(is_alone).map(|field| self.index("INDEX", &[column(field)]))).collect()
    }

    fn index(&self, what: &str, columns: &[String]) -> SqlIndex {
        let name = format!("{INDEX}{}({})", self.name, columns.join(","));
        let list: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let sql =
            format!("CREATE {what} IF NOT EXISTS {} ON {} ({})", quoted(&name), quoted(&self.name), list.join(", "));
        (name, sql)
    }

    /// The statement that creates a row: its id, then a value for each field of the model.
    pub fn insert(&self) -> String {
        let columns: Vec<String> = self.fields[..self.declared].iter().map(|field| quoted(&column(field))).collect();
        let columns: String = columns.iter().map(|column| format!(", {column}")).collect();
        let marks = ", ?".repeat(self.declared);
        format!("INSERT INTO {} (\"id\"{columns}) VALUES (?{marks})", quoted(&self.name))
    }

    /// The statement that sets these fields of some rows, each to what `value` says of its place.
    pub fn update(&self, fields: &[usize], value: impl Fn(usize) -> String, which: &str) -> String {
        let set = |(at, &field): (usize, &usize)| format!("{} = {}", quoted(&column(&self.fields[field])), value(at));
        let set: Vec<String> = fields.iter().enumerate().map(set).collect();
        format!("UPDATE {} SET {} WHERE {which}", quoted(&self.name), set.join(", "))
    }

    /// The statement that deletes some rows.
    pub fn delete(&self, which: &str) -> String {
        format!("DELETE FROM {} WHERE {which}", quoted(&self.name))
    }

    /// What no file can hold, if it is there.
    pub fn misnamed(&self) -> Option<String> {
        let (class, name) = (&self.class, &self.name);
        let reserved = |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        if name.contains('\0') || reserved("sqlite_") || reserved("hasmany_") {
            return Some(format!("{class}: a table of a file cannot be named {name:?}; give the class table=..."));
        }
        let columns: Vec<String> =
            self.fields.iter().map(column).chain(self.others.iter().map(|other| other.name.clone())).collect();
        let is_id = |name: &&String| name.eq_ignore_ascii_case("id");
        let mut twice = columns.iter().enumerate().filter(|(at, name)| is_among(name, &columns[..*at]));
        let wrong = columns.iter().find(is_id).or_else(|| twice.next().map(|(_, name)| name))?;
        Some(format!(
            "{class}: two columns of the table '{name}' would be named '{wrong}' (a reference is its name and '_id', SQLite \
             takes capital letters for small ones, and fields that were taken out stay in the file); name one field \
             otherwise"
        ))
    }
}

/// What stands before the type of a field that its class does not have any more. A reference is one of plain numbers
/// then, named as its column.
pub const TAKEN_OUT: &str = "once ";

/// What the names of indexes begin with.
pub const INDEX: &str = "hasmany_";

/// Whether SQLite would take a name for one of these.
pub fn is_among(name: &str, names: &[String]) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

fn on_delete_sql(on_delete: OnDelete) -> &'static str {
    match on_delete {
        OnDelete::Restrict => "RESTRICT",
        OnDelete::Cascade => "CASCADE",
        OnDelete::Nullify => "SET NULL",
    }
}
