//! What a plain value means where a record stands: the key of its model, or its id where that has none.

use std::slice;

use crate::ask::among::as_kind;
use crate::ask::check::{Checker, Operand, refused};
use crate::ask::expr::Expr;
use crate::ask::given::Given;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::path::DEEPEST;
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
use crate::store::value::Value;

impl<O: Operand> Checker<'_, O> {
    /// The row that a value names, or a tuple of them where the key has several fields. Nothing where there is no such row.
    pub fn row_named(&self, expr: &Expr<O>, model: ModelId, given: &Given) -> Result<Option<Row>> {
        match self.is_lasting {
            true => refused(format!(
                "{expr}: a class is of no store, so no row is looked up for it; compare the fields of {}",
                self.engine.schema().model(model).name
            )),
            false => self.row_at(expr, model, given, 0),
        }
    }

    fn row_at(&self, expr: &Expr<O>, model: ModelId, given: &Given, depth: usize) -> Result<Option<Row>> {
        let (schema, of) = (self.engine.schema(), self.engine.schema().model(model));
        let parts = match (&*of.key, given) {
            (_, Given::Row(own, row)) if *own == model => return Ok(Some(*row)),
            ([], Given::Value(Value::Int(id), Type::Int)) => return Ok(self.engine.table(model).find(*id as u64)),
            ([_], Given::Value(..)) => slice::from_ref(given),
            ([_, _, ..], Given::Several(parts)) if parts.len() == of.key.len() => parts,
            _ => return self.names_none(expr, model, given),
        };
        if depth == DEEPEST {
            return refused(format!(
                "{expr}: the key of {0} leads back to itself, so no value says which one is meant; give a {0}",
                of.name
            ));
        }
        let mut key = Vec::new();
        for (&by, part) in of.key.iter().zip(parts) {
            let value = match (schema.refers_to(model, by), &of.fields[by].kind, part) {
                // No field of a key is none.
                (_, _, Given::Nothing) => None,
                (Some(to), _, part) => self.row_at(expr, to, part, depth + 1)?.map(Value::Row),
                (None, Kind::Value(wanted), Given::Value(value, kind)) => {
                    match as_kind(value.clone(), *kind, *wanted) {
                        Ok(value) => value,
                        Err(_) => return self.names_none(expr, model, given),
                    }
                }
                (None, ..) => return self.names_none(expr, model, given),
            };
            match value {
                Some(value) => key.push(value),
                None => return Ok(None),
            }
        }
        self.engine.row_of_key(model, &of.key, &key)
    }

    /// The error for what is no name of a record.
    fn names_none<T>(&self, expr: &Expr<O>, model: ModelId, given: &Given) -> Result<T> {
        let of = self.engine.schema().model(model);
        let names: Vec<&str> = of.key.iter().map(|&by| of.fields[by].name.as_str()).collect();
        let (name, given) = (&of.name, self.kind_of(given));
        refused(match *names {
            [] => format!(
                "{expr}: a {name} is compared with a record or its id, not with {given}; or compare a field of it"
            ),
            [key] => format!(
                "{expr}: a {name} is compared with a record or its key ({key}), not with {given}; by id: \
                 {name}.find(id=...)"
            ),
            _ => format!(
                "{expr}: a {name} is compared with a record or its key, the tuple ({}), not with {given}; by id: \
                 {name}.find(id=...)",
                names.join(", ")
            ),
        })
    }

    /// "(str, int)"
    fn kind_of(&self, given: &Given) -> String {
        match given {
            Given::Nothing => "None".to_owned(),
            Given::Value(_, of) => of.name().to_owned(),
            Given::Row(model, _) => self.engine.schema().model(*model).name.clone(),
            Given::Rows(model, _) => format!("a collection of {}", self.engine.schema().model(*model).name),
            Given::Several(all) => {
                const SHOWN: usize = 5;
                let kinds: Vec<String> = all.iter().take(SHOWN).map(|one| self.kind_of(one)).collect();
                let more = if all.len() > SHOWN { ", ..." } else { "" };
                format!("({}{more})", kinds.join(", "))
            }
        }
    }
}
