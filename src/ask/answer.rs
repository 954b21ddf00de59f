//! Questions of many rows, answered in columns: block by block, on all cores where there is much to read.

use crate::ask::domain::Domain;
use crate::ask::held::held;
use crate::ask::plan::{Of, Plan, Plural, Step};
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
    /// The values, or those of all lists, one after the other. Of rows: their ids.
    pub cells: Column,
    /// Of lists: where each begins, and where the last one ends.
    pub starts: Option<Vec<usize>>,
}

/// Rows a block: their values stay in a core's second cache.
const BLOCK: usize = 1 << 14;

/// Rows of the first block, where one is looked for that may be among them. Each further one is so many times as large.
const FEW: usize = 64;
const MORE: usize = 4;

/// As many rows of columns are read in the time of one of a collection.
const PLAIN: usize = 16;

/// So many blocks at least, where there is much to read: all cores have some, and the last one is not waited for long.
const BLOCKS: usize = 16;

/// The answers to several questions of these rows, in their order.
pub fn answers(engine: &Store, rows: &Domain, questions: &[Question]) -> Result<Vec<Answer>> {
    // What lies side by side is copied as it lies.
    let lying: Vec<Option<Answer>> = questions.iter().map(|question| question.lying(engine, rows)).collect();
    let others = questions.iter().zip(&lying).filter(|(_, lying)| lying.is_none()).map(|(question, _)| question);
    let mut computed = computed(engine, rows, &others.collect::<Vec<_>>())?.into_iter();
    Ok(lying.into_iter().filter_map(|lying| lying.or_else(|| computed.next())).collect())
}

fn computed(engine: &Store, rows: &Domain, questions: &[&Question]) -> Result<Vec<Answer>> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let widest = questions.iter().map(|question| question.widest(engine)).max().unwrap_or(0);
    let answer = |scope: &Scope| questions.iter().map(|question| question.answer(scope)).collect();
    let parts = in_blocks(engine, rows, widest, answer).into_iter().collect::<Result<Vec<Vec<Answer>>>>()?;
    let mut columns: Vec<Vec<Answer>> = questions.iter().map(|_| Vec::new()).collect();
    parts.into_iter().for_each(|part| columns.iter_mut().zip(part).for_each(|(column, part)| column.push(part)));
    Ok(columns.into_iter().filter_map(Answer::joined).collect())
}

/// The values of plans for these rows, as columns: by this thread, for a walk may be one of many.
pub fn answers_of<'p>(engine: &Store, rows: &[Row], plans: impl Iterator<Item = &'p Plan>) -> Result<Vec<Column>> {
    let scope = Scope::new(engine, rows);
    plans.map(|plan| column(&scope, plan)).collect()
}

/// Those of these rows for which a condition holds, in their order.
pub fn matching(engine: &Store, rows: &Domain, condition: &Plan) -> Result<Vec<Row>> {
    let parts = in_blocks(engine, rows, condition.widest(engine), |scope| held(scope, condition));
    let parts = parts.into_iter().collect::<Result<Vec<Vec<Row>>>>()?;
    let mut kept = Vec::new();
    room::reserve(&mut kept, parts.iter().map(Vec::len).sum());
    parts.iter().for_each(|part| kept.extend_from_slice(part));
    Ok(kept)
}

/// The first row for which a condition holds, of those that `next` gives: up to so many each time, in growing parts, and
/// none where there are no more.
pub fn first(engine: &Store, condition: &Plan, mut next: impl FnMut(usize) -> Vec<Row>) -> Result<Option<Row>> {
    let mut most = FEW;
    loop {
        let rows = next(most);
        if rows.is_empty() {
            return Ok(None);
        }
        if let Some(&row) = held(&Scope::new(engine, &rows), condition)?.first() {
            return Ok(Some(row));
        }
        most = (most * MORE).min(BLOCK);
    }
}

/// Does something with blocks of rows, for which about so many others are read.
fn in_blocks<T: Send>(engine: &Store, rows: &Domain, widest: usize, work: impl Fn(&Scope) -> T + Sync) -> Vec<T> {
    let most = if widest > rows.len() { rows.len().div_ceil(BLOCKS).max(FEW) } else { BLOCK };
    // No rows have answers, too, of the right types.
    if rows.len() <= most {
        return vec![rows.within(engine, work)];
    }
    let blocks = rows.blocks(most.min(BLOCK));
    // Reading columns alone is so quick that to start threads pays late.
    let weight = if widest > 0 { rows.len().max(widest) } else { rows.len() / PLAIN };
    in_parallel(weight, blocks, |rows, _: &mut Scratch| rows.within(engine, &work))
}

impl Question {
    fn widest(&self, engine: &Store) -> usize {
        match self {
            Question::One(plan) => plan.widest(engine),
            Question::List(plural) => plural.widest(engine),
        }
    }

    /// A field of numbers of all rows of a table without gaps: a part of its column.
    fn lying(&self, engine: &Store, rows: &Domain) -> Option<Answer> {
        let (Question::One(plan), Domain::Run(run)) = (self, rows) else { return None };
        let Step::Field(of, model, field) = &plan.step else { return None };
        let column = engine.table(*model).column(*field);
        let cells = if of.is_itself() { column.part(run.start as usize..run.end as usize)? } else { return None };
        Some(Answer { of: plan.of, cells, starts: None })
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
    let (block, of) = match plan.of {
        Of::Value(of) => (scope.block(plan)?, of),
        Of::Nothing => (scope.block(plan)?, Type::Bool),
        Of::Row(model) => (scope.ids(plan, model)?, Type::Int),
    };
    Ok(block.column(of, scope.rows.len()))
}

impl Answer {
    /// One after the other.
    fn joined(parts: Vec<Answer>) -> Option<Answer> {
        let cells = parts.iter().map(|part| part.cells.len()).sum();
        let rows = parts.iter().map(Answer::len).sum::<usize>();
        let mut parts = parts.into_iter();
        let mut all = parts.next()?;
        all.cells.reserve(cells);
        all.starts.iter_mut().for_each(|starts| room::reserve(starts, rows + 1));
        parts.for_each(|part| all.append(part));
        Some(all)
    }

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
