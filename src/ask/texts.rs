//! A field of text beside one text: its cells are compared where they are, and most by their lengths alone.

use crate::ask::block::made;
use crate::ask::plan::{Plan, Step};
use crate::ask::scope::Scope;
use crate::store::error::Result;
use crate::store::id::NO_ROW;
use crate::store::value::Value;

impl Scope<'_, '_> {
    /// Which rows have a text, where that is what two plans say: a field, and one text.
    #[inline(never)]
    pub fn have_text(&self, a: &Plan, b: &Plan) -> Result<Option<Vec<bool>>> {
        let (from, model, field, text) = match (&a.step, &b.step) {
            (Step::Field(from, model, field), Step::Same(Value::Text(text)))
            | (Step::Same(Value::Text(text)), Step::Field(from, model, field)) => (from, *model, *field, text),
            _ => return Ok(None),
        };
        let column = self.engine.table(model).column(field);
        if let Some(run) = self.run_of(from) {
            let mut equal = column.have_text(run.clone(), text);
            if let Some(nones) = column.nones().filter(|nones| nones.any(run.clone())) {
                equal.iter_mut().zip(nones.bools(run)).for_each(|(is_equal, is_none)| *is_equal &= !is_none);
            }
            return Ok(Some(equal));
        }
        let (rows, nones) = (self.rows_of(from)?, column.nones());
        let has_text = |at: usize| {
            let row = rows[at];
            row != NO_ROW && column.has_text(row, text) && !nones.is_some_and(|nones| nones.get(row as usize))
        };
        Ok(Some(made(rows.len(), has_text)))
    }
}
