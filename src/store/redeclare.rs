//! Declaring a model anew while its rows are there.

use foldhash::HashMap;

use super::column::Column;
use super::error::{Error, Result};
use super::id::{ModelId, NO_ROW, Row};
use super::schema::{Declaration, Field, Kind, Model};
use super::value::{Type, Value};
use super::{Store, empty_column, is_reference};

impl Store {
    /// Whether the rows of a model fit a new declaration of it. `fill` is the value for a field that they do not have
    /// yet.
    pub fn fits(&self, id: ModelId, declaration: Declaration, fill: &[Value]) -> Result<()> {
        self.plan(id, declaration, fill).map(drop)
    }

    /// Declares a model anew: fields of the same name and kind keep their cells, new ones are filled, others go. All or
    /// nothing.
    pub fn redeclare(&mut self, id: ModelId, declaration: Declaration, fill: &[Value]) -> Result<()> {
        let model = self.plan(id, declaration, fill)?;
        let sources = self.sources(id, &model);
        let rows = self.table(id).rows();
        let table = &mut self.tables[id.index()];
        let uniques = model.unique.clone();
        table.redefine(
            |columns| {
                let mut columns: Vec<Option<Column>> = columns.into_iter().map(Some).collect();
                let mut fresh = Vec::new();
                for ((field, source), value) in model.fields.iter().zip(&sources).zip(fill) {
                    fresh.push(match source.and_then(|at| columns[at].take()) {
                        Some(mut column) => {
                            column.set_optional(field.optional);
                            column
                        }
                        None => {
                            let mut column = empty_column(field);
                            // A required field without a default is only new where no row lives; dead cells need none.
                            let value = if column.takes(value) { value } else { &zero(&field.kind) };
                            (0..rows).for_each(|_| column.push(value));
                            column
                        }
                    });
                }
                (fresh, model.fields.iter().map(is_reference).collect())
            },
            uniques,
        );
        // `plan` has looked for duplicates.
        table.rebuild();
        self.schema.replace(id, model);
        self.version += 1;
        Ok(())
    }

    /// For each field of a new declaration the old field whose cells it keeps.
    fn sources(&self, id: ModelId, model: &Model) -> Vec<Option<usize>> {
        let old = &self.schema.model(id).fields;
        let same = |field: &Field, other: &Field| match (&field.kind, &other.kind) {
            (Kind::Value(a), Kind::Value(b)) => a == b,
            (Kind::Reference(a, _), Kind::Reference(b, _)) => a == b,
            _ => false,
        };
        let source = |field: &Field| old.iter().position(|other| other.name == field.name && same(field, other));
        model.fields.iter().map(source).collect()
    }

    /// The model that a new declaration would be, if the rows fit.
    fn plan(&self, id: ModelId, declaration: Declaration, fill: &[Value]) -> Result<Model> {
        if !self.marks.is_empty() {
            return Err(Error::Schema(format!("{} cannot be defined anew in a transaction", declaration.name)));
        }
        let model = self.schema.redeclared(id, declaration)?;
        let (old, table) = (self.schema.model(id), self.table(id));
        if table.is_empty() {
            return Ok(model);
        }
        let refuse = |field: &Field, why: &str| {
            let rows = table.len();
            let name = &model.name;
            Err(Error::Schema(format!("{name}.{} does not fit the {rows} rows that are there: {why}", field.name)))
        };
        let sources = self.sources(id, &model);
        for ((field, source), value) in model.fields.iter().zip(&sources).zip(fill) {
            match source {
                Some(at) if !field.optional && table.live().any(|row| table.column(*at).is_none(row)) => {
                    return refuse(field, "some have None; give them a value first, or let it be `| None`");
                }
                Some(_) => {}
                None if old.fields.iter().any(|other| other.name == field.name) => {
                    return refuse(field, "it was of another type; name it otherwise, or delete the rows first");
                }
                None if value.is_none() && !field.optional => {
                    return refuse(field, "it is new and has no default; give it one, or let it be `| None`");
                }
                None => {}
            }
        }
        // Two rows that would share a key that was not unique before.
        for key in &model.unique {
            let names = |fields: &[usize], model: &Model| -> Vec<String> {
                fields.iter().map(|&at| model.fields[at].name.clone()).collect()
            };
            if old.unique.iter().any(|other| names(other, old) == names(key, &model)) {
                continue;
            }
            let mut seen: HashMap<Vec<Value>, Row> = HashMap::default();
            for row in table.live() {
                let value = |&at: &usize| match sources[at] {
                    Some(source) => table.column(source).get(row),
                    None => fill[at].clone(),
                };
                let values: Vec<Value> = key.iter().map(value).collect();
                if values.iter().any(Value::is_none) {
                    continue;
                }
                if let Some(other) = seen.insert(values, row) {
                    let (name, fields) = (&model.name, names(key, &model).join(", "));
                    let (one, two) = (table.id(other), table.id(row));
                    return Err(Error::Schema(format!(
                        "{name}: unique {fields} does not fit the rows that are there: {one} and {two} have the same"
                    )));
                }
            }
        }
        Ok(model)
    }
}

/// Some value of a kind, for the cells of dead rows.
fn zero(kind: &Kind<ModelId>) -> Value<'static> {
    match kind {
        Kind::Value(Type::Int) => Value::Int(0),
        Kind::Value(Type::Float) => Value::Float(0.0),
        Kind::Value(Type::Bool) => Value::Bool(false),
        Kind::Value(Type::Text) => Value::Text("".into()),
        Kind::Value(Type::Bytes) => Value::Bytes((&[][..]).into()),
        Kind::Value(Type::Time) => Value::Time(0),
        Kind::Value(Type::Date) => Value::Date(0),
        Kind::Reference(..) => Value::Row(NO_ROW),
    }
}
