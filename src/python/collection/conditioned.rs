//! Writing through a collection with a condition: what new rows are given, and what would be no member then.

use pyo3::prelude::*;

use crate::python::collection::link::{Link, Writable};
use crate::python::collection::many::Many;
use crate::python::error::SchemaError;
use crate::store::Store as Engine;
use crate::store::error::{Error, Result};
use crate::store::id::Row;
use crate::store::read::path::{Equalities, Path};

impl Writable {
    /// What the conditions say that new rows are given: `own` of the child or the join row, `next` of a join row's member.
    /// Raises `SchemaError` where a condition is an expression, which does not say.
    pub fn said(&self, many: &Many, py: Python<'_>) -> PyResult<Equalities> {
        let mut all = Equalities::default();
        for condition in self.path.conditions() {
            let Some(said) = condition.given() else {
                let name = many.model_name(py);
                return Err(SchemaError::new_err(format!(
                    "this collection has the condition {}, an expression, which does not say what a new row is given: \
                     declare it as where={{\"field\": value}}, or create the {} by itself, so that it holds",
                    condition.shown(),
                    match self.link {
                        Link::Inverse(_) => name,
                        Link::Join(join) => many.store(py).get().model_name(py, join.model),
                    }
                )));
            };
            all.own.extend_from_slice(&said.own);
            all.next.extend_from_slice(&said.next);
        }
        Ok(all)
    }

    /// Refuses a row that is linked now and no member: nothing is added without a word to a collection that has it not.
    pub fn check_member(&self, engine: &Engine, owner: Row, member: Row) -> Result<()> {
        if !self.path.has_terms() || self.is_linked(engine, owner, member) {
            return Ok(());
        }
        let of = engine.schema().model(self.path.to);
        Err(Error::Schema(format!(
            "{} {} would be no member of this collection: its condition is {}",
            of.name,
            engine.table(self.path.to).id(member),
            condition(&self.path)
        )))
    }

    /// Refuses one more join row of a unique pair that is linked already, by one for which the condition does not hold: to
    /// change that one is not what `add` is asked.
    pub fn check_vacant(&self, engine: &Engine, owner: Row, member: Row) -> Result<()> {
        let Link::Join(join) = self.link else { return Ok(()) };
        if !self.path.has_terms() || join.unique.is_none() {
            return Ok(());
        }
        let Some(other) = engine.link(&join, owner, member) else { return Ok(()) };
        let (of, id) = (engine.schema().model(join.model), engine.table(join.model).id(other));
        let said = self.path.conditions().into_iter().filter_map(|condition| condition.given());
        let names: Vec<String> =
            said.flat_map(|said| &said.own).map(|&(field, _)| format!("{}=...", of.fields[field].name)).collect();
        Err(Error::Duplicate {
            model: join.model,
            existing: Some(id),
            message: format!(
                "{0} {id} links these two already, and the condition of this collection ({1}) does not hold for it; change \
                 it with .update({2})",
                of.name,
                condition(&self.path),
                names.join(", ")
            ),
        })
    }
}

/// The conditions of a path, as they were written.
fn condition(path: &Path) -> String {
    path.conditions().into_iter().map(|condition| condition.shown()).collect::<Vec<_>>().join(" & ")
}
