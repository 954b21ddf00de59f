//! A field named along references: "doctor.name".

use crate::store::Store;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::read::find::Subject;
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
use crate::store::value::Value;

/// A field named from a model, over references where it is dotted: "doctor.name".
pub struct Dotted {
    /// The references to go up.
    ups: Vec<(ModelId, usize)>,
    /// The model at the end, and what of it.
    pub model: ModelId,
    pub subject: Subject,
}

/// Keys of keys are followed over so many references.
const LONGEST: usize = 64;

impl Dotted {
    /// Looks a name up. To be used under the same hold of the lock.
    pub fn parse(engine: &Store, mut model: ModelId, name: &str) -> Result<Self> {
        let schema = engine.schema();
        let (ups, last) = name.rsplit_once('.').map_or(("", name), |(ups, last)| (ups, last));
        let mut path = Vec::new();
        for part in ups.split('.').filter(|part| !part.is_empty()) {
            let field = schema.model(model).field(part)?;
            let Kind::Reference(to, _) = schema.model(model).fields[field].kind else {
                let of = &schema.model(model).name;
                return Err(Error::Schema(format!("{of}.{part} is no reference, so nothing of it can be followed")));
            };
            path.push((model, field));
            model = to;
        }
        let subject = match (last, schema.field_named(model, last)?) {
            ("id", _) => Subject::Id,
            // `user_id` is what stands for the reference `user` outside: `user.id`.
            (_, Some(field))
                if schema.model(model).fields[field].name != *last
                    && let Some(to) = schema.refers_to(model, field) =>
            {
                path.push((model, field));
                model = to;
                Subject::Id
            }
            (_, Some(field)) => Subject::Field(field),
            (_, None) => Subject::Field(schema.model(model).field(last)?),
        };
        Ok(Dotted { ups: path, model, subject })
    }

    /// Whether a name leads over the one row of a unique reference, or ends there.
    pub fn is_over_one(engine: &Store, mut model: ModelId, name: &str) -> bool {
        for part in name.split('.') {
            let of = engine.schema().model(model);
            if of.collections.iter().any(|collection| collection.is_one && collection.name == *part) {
                return true;
            }
            match of.fields.iter().find(|field| field.name == *part).map(|field| &field.kind) {
                Some(Kind::Reference(to, _)) => model = *to,
                _ => return false,
            }
        }
        false
    }

    /// Where it ends at a reference to a model with a key: that key's field. `SchemaError` where it has several.
    pub fn into_key(mut self, engine: &Store, name: &str) -> Result<Self> {
        let (schema, mut written) = (engine.schema(), name.to_owned());
        while let Subject::Field(field) = self.subject
            && let Kind::Reference(to, _) = schema.model(self.model).fields[field].kind
            && self.ups.len() < LONGEST
        {
            self.subject = match *schema.model(to).key {
                [] => break,
                [by] => {
                    written = format!("{written}.{}", schema.model(to).fields[by].name);
                    Subject::Field(by)
                }
                ref several => {
                    let of = schema.model(to);
                    let column = |&by: &usize| format!("'{written}.{}'", of.fields[by].name);
                    let columns = several.iter().map(column).collect::<Vec<_>>().join(", ");
                    let message = format!("'{written}' leads to {}, whose key has several fields: {columns}", of.name);
                    return Err(Error::Schema(message));
                }
            };
            self.ups.push((self.model, field));
            self.model = to;
        }
        Ok(self)
    }

    /// The row at the end, from a member.
    pub fn follow(&self, engine: &Store, mut row: Row) -> Option<Row> {
        for &(model, field) in &self.ups {
            row = engine.table(model).column(field).parent(row);
            if row == NO_ROW {
                return None;
            }
        }
        Some(row)
    }

    /// The value for a member.
    pub fn value<'a>(&self, engine: &'a Store, row: Row) -> Value<'a> {
        let table = engine.table(self.model);
        match (self.follow(engine, row), self.subject) {
            (None, _) => Value::None,
            (Some(row), Subject::Id) => Value::Int(table.id(row) as i64),
            (Some(row), Subject::Field(field)) => table.column(field).get(row),
        }
    }

    /// What the last field holds.
    pub fn kind(&self, engine: &Store) -> Kind<ModelId> {
        match self.subject {
            Subject::Id => Kind::Value(Type::Int),
            Subject::Field(field) => engine.schema().model(self.model).fields[field].kind.clone(),
        }
    }
}
