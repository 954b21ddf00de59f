//! Questions of many rows, answered in columns: block by block, on all cores where there is much to read.

use crate::ask::eval::held;
use crate::ask::plan::{Of, Plan, Plural};
use crate::ask::scope::Scope;
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::room;
use crate::store::types::Type;

/// What is asked of each row.
pub enum Question {
    /// One value.
    One(Plan),
    /// Those of all members of a collection.
    List(Plural),
}

/// A column.
pub struct Answer {
    /// What its values are.
    pub of: Of,
    /// The values, or those of all lists, one after the other. Of rows: references to them.
    pub cells: Column,
    /// Of lists: where each begins, and where the last one ends.
    pub starts: Option<Vec<usize>>,
}

/// Rows a block: their values stay in a core's second cache.
const BLOCK: usize = 1 << 14;

/// As many rows of columns are read in the time of one of a collection.
const PLAIN: usize = 16;

/// So many blocks at least, where there is much to read: all cores have some, and the last one is not waited for long.
const BLOCKS: usize = 16;

/// The answers to several questions of these rows, in their order.
pub fn answers(engine: &Store, rows: &[Row], questions: &[Question]) -> Result<Vec<Answer>> {
    let widest = questions.iter().map(|question| question.widest(engine)).max().unwrap_or(0);
    let parts = in_blocks(rows, widest, |rows| {
        let scope = Scope::new(engine, rows);
        questions.iter().map(|question| question.answer(&scope)).collect::<Result<Vec<Answer>>>()
    });
    let mut answers: Vec<Answer> = Vec::new();
    for part in parts {
        match answers.is_empty() {
            true => answers = part?,
            false => answers.iter_mut().zip(part?).for_each(|(answer, more)| answer.append(more)),
        }
    }
    Ok(answers)
}

/// The values of plans for these rows, as columns: by this thread, for a walk may be one of many.
pub fn answers_of<'p>(engine: &Store, rows: &[Row], plans: impl Iterator<Item = &'p Plan>) -> Result<Vec<Column>> {
    let scope = Scope::new(engine, rows);
    plans.map(|plan| column(&scope, plan)).collect()
}

/// Those of these rows for which a condition holds, in their order.
pub fn matching(engine: &Store, rows: &[Row], condition: &Plan) -> Result<Vec<Row>> {
    let parts = in_blocks(rows, condition.widest(engine), |rows| held(engine, rows, condition));
    let mut kept = Vec::new();
    for part in parts {
        let part = part?;
        room::spare_for(&mut kept, part.len());
        kept.extend(part);
    }
    Ok(kept)
}

/// Does something with blocks of rows, for which about so many others are read.
fn in_blocks<T: Send>(rows: &[Row], widest: usize, work: impl Fn(&[Row]) -> T + Sync) -> Vec<T> {
    let most = if widest > rows.len() { rows.len().div_ceil(BLOCKS).max(64) } else { BLOCK };
    // No rows have answers, too, of the right types.
    let blocks: Vec<&[Row]> = if rows.is_empty() { vec![rows] } else { rows.chunks(most.min(BLOCK)).collect() };
    // Reading columns alone is so quick that to start threads pays late.
    let weight = if widest > 0 { rows.len().max(widest) } else { rows.len() / PLAIN };
    in_parallel(weight, blocks, |rows, _: &mut Scratch| work(rows))
}

impl Question {
    fn widest(&self, engine: &Store) -> usize {
        match self {
            Question::One(plan) => plan.widest(engine),
            Question::List(plural) => plural.widest(engine),
        }
    }

    fn answer(&self, scope: &Scope) -> Result<Answer> {
        match self {
            Question::One(plan) => {
                let cells = column(scope, plan)?;
                Ok(Answer { of: plan.of, cells, starts: None })
            }
            Question::List(plural) => {
                let spread = scope.spread(plural)?;
                let cells = scope.within(&spread, |scope| column(scope, &plural.value))?;
                Ok(Answer { of: plural.value.of, cells, starts: Some(spread.starts.clone()) })
            }
        }
    }
}

/// The values of a plan as a column.
fn column(scope: &Scope, plan: &Plan) -> Result<Column> {
    let block = scope.block(plan)?;
    let len = scope.rows.len();
    let of = match plan.of {
        Of::Value(of) => of,
        Of::Nothing => Type::Bool,
        Of::Row(_) => {
            let mut column = Column::reference();
            for row in 0..len {
                let value = block.value(row);
                column.make_room(&value);
                column.push(&value);
            }
            return Ok(column);
        }
    };
    Ok(block.column(of, len))
}

impl Answer {
    /// Adds those of other rows.
    pub fn append(&mut self, more: Answer) {
        let mut cells = more.cells;
        if let (Some(starts), Some(others)) = (&mut self.starts, more.starts) {
            let end = starts.last().copied().unwrap_or(0);
            room::reserve(starts, starts.len() + others.len());
            starts.extend(others.into_iter().skip(1).map(|start| end + start));
        }
        if self.cells.nones().is_some() != cells.nones().is_some() {
            self.cells.set_optional(true);
            cells.set_optional(true);
        }
        self.cells.append(cells);
    }

    /// Those of these rows, which may repeat.
    pub fn picked(&self, rows: &[Row]) -> Answer {
        let Some(starts) = &self.starts else {
            return Answer { of: self.of, cells: self.cells.gathered(rows), starts: None };
        };
        let (mut cells, mut picked) = (Vec::new(), room::collected([0]));
        for &row in rows {
            let list = starts[row as usize] as u32..starts[row as usize + 1] as u32;
            room::spare_for(&mut cells, list.len());
            cells.extend(list);
            room::push(&mut picked, cells.len());
        }
        Answer { of: self.of, cells: self.cells.gathered(&cells), starts: Some(picked) }
    }

    /// How many rows were asked.
    pub fn len(&self) -> usize {
        self.starts.as_ref().map_or(self.cells.len(), |starts| starts.len() - 1)
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
