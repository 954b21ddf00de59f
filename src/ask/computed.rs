//! What is computed of columns that are no model's: they become a table of a store of their own, which is asked.

use crate::ask::answer::{Answer, answers};
use crate::ask::check::{Checker, Operand, refused};
use crate::ask::domain::Domain;
use crate::ask::expr::Expr;
use crate::ask::given::Given;
use crate::ask::plan::Of;
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::types::Type;

/// The only model of such a store.
const MODEL: ModelId = ModelId(0);

impl<O: Operand> Checker<'_, O> {
    /// Checks what is to be computed of columns of these names and types.
    pub fn check_computed(&self, expr: &Expr<O>, columns: Vec<(String, Type)>) -> Result<()> {
        let columns = columns.into_iter().map(|(name, of)| (name, of, Column::new(of.storage(), true)));
        let engine = Store::of_columns(columns.collect())?;
        self.of_columns(&engine, expr)?.column(MODEL, expr, false).map(drop)
    }

    /// What an expression says of rows that are these columns, of values, all of one length; its paths are their names.
    pub fn computed(&self, expr: &Expr<O>, columns: Vec<(String, Answer)>) -> Result<Option<Answer>> {
        let rows = columns.first().map_or(0, |(_, answer)| answer.len()) as Row;
        let of_values = columns.into_iter().filter_map(|(name, answer)| match answer.of {
            Of::Value(of) => Some((name, of, answer.cells)),
            Of::Row(_) | Of::Nothing => None,
        });
        let engine = Store::of_columns(of_values.collect())?;
        let question = self.of_columns(&engine, expr)?.column(MODEL, expr, false)?;
        Ok(answers(&engine, &Domain::Run(0..rows), &[question])?.pop())
    }

    /// A checker of such a store. Rows of another would be taken for its own, so an expression with some is refused.
    fn of_columns<'c>(&'c self, engine: &'c Store, expr: &Expr<O>) -> Result<Checker<'c, O>> {
        expr.each_given(&mut |given| match has_rows(&(self.given)(given)?) {
            true => {
                refused(format!("{expr}: {given} stands for records; they are asked for by themselves, in a condition"))
            }
            false => Ok(()),
        })?;
        Ok(Checker { engine, given: self.given, path: self.path, is_lasting: false })
    }
}

fn has_rows(given: &Given) -> bool {
    match given {
        Given::Row(..) | Given::Rows(..) => true,
        Given::Several(all) => all.iter().any(has_rows),
        Given::Nothing | Given::Value(..) => false,
    }
}
