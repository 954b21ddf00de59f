//! Plans, computed for a block of rows: column by column.

use std::borrow::Cow;
use std::ops::Range;

use crate::ask::block::{Block, Cells, made};
use crate::ask::expr::Comparison;
use crate::ask::plan::{Of, Plan, Plural, Step};
use crate::ask::scope::{Scope, start};
use crate::ask::{combine, compare, functions, total};
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::room;
use crate::store::types::{Storage, Type};
use crate::store::value::Value;

impl<'a, 's> Scope<'a, 's> {
    /// The values of a plan, one for each row. It calls itself once for each step that stands in another, so what it keeps
    /// meanwhile is little: the steps have functions of their own.
    pub fn block(&self, plan: &Plan) -> Result<Block<'a>> {
        match &plan.step {
            Step::Itself
            | Step::Same(_)
            | Step::Up(..)
            | Step::One(..)
            | Step::Id(..)
            | Step::Field(..)
            | Step::OfOwner(_) => self.cells(plan),
            Step::Combine(..)
            | Step::IfNone(..)
            | Step::Float(_)
            | Step::Scaled(..)
            | Step::Lower(_)
            | Step::Round(..)
            | Step::Abs(..)
            | Step::Part(..) => self.computed(plan),
            Step::Total(how, plural, said) => total::total(self, *how, plural, said),
            Step::Compare(..)
            | Step::Between(_)
            | Step::IsIn(..)
            | Step::IsAmong(..)
            | Step::IsNone(_)
            | Step::Not(_)
            | Step::HasText(..) => self.tested(plan).map(Block::bools),
            Step::All(all) => self.joined(all.iter(), true).map(Block::bools),
            Step::Any(all) => self.joined(all.iter(), false).map(Block::bools),
            Step::Has(plural, row) => self.has(plural, *row).map(Block::bools),
        }
    }

    /// What is read.
    #[inline(never)]
    fn cells(&self, plan: &Plan) -> Result<Block<'a>> {
        let len = self.rows.len();
        Ok(match &plan.step {
            Step::Same(value) => Block::one(value),
            Step::Up(from, model, field) => {
                let parents = self.engine.table(*model).column(*field).parents();
                Block::whole(Cells::Rows(match self.run_of(from) {
                    Some(run) => {
                        let mut rows = Vec::new();
                        parents.read(run, &mut rows);
                        rows
                    }
                    None => {
                        let rows = self.rows_of(from)?;
                        let up = |row: Row| if row == NO_ROW { NO_ROW } else { parents.of(row) };
                        made(len, |at| up(rows[at]))
                    }
                }))
            }
            Step::One(from, reference) => {
                let rows = self.rows_of(from)?;
                Block::whole(Cells::Rows(made(len, |at| self.engine.one(*reference, rows[at]))))
            }
            Step::Id(from, model) => self.ids(from, *model)?,
            Step::Field(from, model, field) => {
                let column = self.engine.table(*model).column(*field);
                match self.run_of(from) {
                    Some(run) => column_block(column, run, kind(plan)),
                    None => {
                        let rows = self.rows_of(from)?;
                        Block::with(gathered(column, &rows, kind(plan)), nones(from, &rows, Some(column)))
                    }
                }
            }
            Step::OfOwner(of) => match self.owner {
                Some((scope, spread)) => scope.block(of)?.picked(self.owners.get_or_init(|| spread.owners())),
                None => self.block(of)?,
            },
            // Of the row itself.
            _ => Block::whole(Cells::Rows(made(len, |at| self.rows[at]))),
        })
    }

    /// What is made of values.
    #[inline(never)]
    fn computed(&self, plan: &Plan) -> Result<Block<'a>> {
        let len = self.rows.len();
        let (a, b) = match &plan.step {
            Step::Combine(_, a, b, _) | Step::IfNone(a, b) => (self.block(a)?, Some(self.block(b)?)),
            Step::Float(a)
            | Step::Scaled(a, _)
            | Step::Lower(a)
            | Step::Round(a, ..)
            | Step::Abs(a, _)
            | Step::Part(_, a) => (self.block(a)?, None),
            // Nothing else is computed so.
            _ => return self.cells(plan),
        };
        made_of(plan, a, b, len)
    }

    /// Whether conditions of values hold.
    #[inline(never)]
    fn tested(&self, plan: &Plan) -> Result<Vec<bool>> {
        let len = self.rows.len();
        match &plan.step {
            Step::Compare(how @ (Comparison::Equal | Comparison::Unequal), a, b)
                if let Some(mut equal) = self.have_text(a, b)? =>
            {
                let is_wanted = *how == Comparison::Equal;
                equal.iter_mut().for_each(|is_equal| *is_equal = *is_equal == is_wanted);
                Ok(equal)
            }
            Step::Compare(_, a, b) | Step::HasText(_, a, b) => {
                let a = self.block(a)?;
                Ok(holds_of_two(plan, &a, &self.block(b)?, len))
            }
            Step::Between(plans) => self.between(plans),
            Step::IsAmong(of, among) => {
                let rows = self.rows_of(of)?;
                Ok(made(len, |at| if rows[at] == NO_ROW { among.has_none } else { among.set.has(rows[at]) }))
            }
            Step::IsIn(of, _) | Step::IsNone(of) | Step::Not(of) => Ok(holds(plan, &self.block(of)?, len)),
            // Nothing else is tested so.
            _ => Ok(self.block(plan)?.truths(len)),
        }
    }

    #[inline(never)]
    fn between(&self, plans: &[Plan; 3]) -> Result<Vec<bool>> {
        let ([of, low, high], len) = (plans, self.rows.len());
        let of = self.block(of)?;
        let mut truths = compare::compared(Comparison::AtLeast, &of, &self.block(low)?, len);
        let less = compare::compared(Comparison::Less, &of, &self.block(high)?, len);
        truths.iter_mut().zip(less).for_each(|(holds, less)| *holds &= less);
        Ok(truths)
    }

    /// The ids of the rows that a plan leads to.
    pub fn ids(&self, plan: &Plan, model: ModelId) -> Result<Block<'a>> {
        let (table, rows) = (self.engine.table(model), self.rows_of(plan)?);
        let id = |row: Row| if row == NO_ROW { 0 } else { table.id(row) as i64 };
        Ok(Block::with(Cells::Ints(made(rows.len(), |at| id(rows[at])).into()), nones(plan, &rows, None)))
    }

    /// The rows that a plan leads to.
    #[inline(never)]
    pub fn rows_of(&self, plan: &Plan) -> Result<Cow<'s, [Row]>> {
        if plan.is_itself() {
            return Ok(Cow::Borrowed(self.rows));
        }
        let block = self.block(plan)?;
        Ok(Cow::Owned(match block {
            Block { cells: Cells::Rows(rows), is_one: false, .. } => rows,
            Block { cells: Cells::Rows(rows), .. } => made(self.rows.len(), |_| rows[0]),
            // Where no rows are, no plan asks for them.
            _ => made(self.rows.len(), |_| NO_ROW),
        }))
    }

    /// The rows that a plan leads to, where they lie side by side.
    pub fn run_of(&self, plan: &Plan) -> Option<Range<usize>> {
        self.run.clone().filter(|_| plan.is_itself())
    }

    #[inline(never)]
    pub fn joined<'p>(&self, all: impl Iterator<Item = &'p Plan>, is_all: bool) -> Result<Vec<bool>> {
        let mut truths = None;
        for plan in all {
            let others = self.block(plan)?;
            join(&mut truths, others, self.rows.len(), is_all);
        }
        Ok(truths.unwrap_or_else(|| room::filled(true, self.rows.len())))
    }

    #[inline(never)]
    fn has(&self, plural: &Plural, row: Row) -> Result<Vec<bool>> {
        let len = self.rows.len();
        match self.counted(plural) {
            Some(path) => {
                let has = |at: usize| self.engine.contains(start(self.rows[at]), path, row);
                Ok(made(len, has))
            }
            None => {
                let spread = self.spread(plural)?;
                Ok(made(len, |at| spread.rows[spread.starts[at]..spread.starts[at + 1]].contains(&row)))
            }
        }
    }
}

// What follows computes with values that are there already: apart, so that what waits for them takes little of the stack.

/// What values are made of one or two others.
#[inline(never)]
fn made_of<'a>(plan: &Plan, a: Block<'a>, b: Option<Block<'a>>, len: usize) -> Result<Block<'a>> {
    match (&plan.step, b) {
        (Step::Combine(how, .., said), Some(b)) => combine::combined(*how, &a, &b, len, said),
        (Step::IfNone(..), Some(b)) => Ok(if_none(a, b, len)),
        (Step::Float(_), _) => Ok(combine::floats(a)),
        (Step::Scaled(_, digits), _) => Ok(combine::scaled(a, *digits)),
        (Step::Lower(_), _) => Ok(functions::lower(a)),
        (Step::Round(of, digits, said), _) => functions::round(a, kind(of), *digits, said),
        (Step::Abs(_, said), _) => functions::abs(a, said),
        (Step::Part(part, of), _) => Ok(functions::part(a, kind(of), *part)),
        _ => Ok(a),
    }
}

/// Whether a condition on two values holds.
#[inline(never)]
fn holds_of_two(plan: &Plan, a: &Block, b: &Block, len: usize) -> Vec<bool> {
    match &plan.step {
        Step::HasText(place, ..) => compare::has_text(*place, a, b, len),
        Step::Compare(how, ..) => compare::compared(*how, a, b, len),
        // Nothing else is asked of two.
        _ => made(len, |_| false),
    }
}

/// Whether a condition on one value holds.
#[inline(never)]
fn holds(plan: &Plan, block: &Block, len: usize) -> Vec<bool> {
    match &plan.step {
        Step::IsIn(_, values) => compare::is_in(block, values, len),
        Step::IsNone(_) => made(len, |at| block.is_none(at)),
        _ => made(len, |at| !block.holds(at)),
    }
}

/// Adds another condition to those that are all to hold, or one of which is.
#[inline(never)]
fn join(truths: &mut Option<Vec<bool>>, others: Block, len: usize, is_all: bool) {
    let others = others.truths(len);
    match truths {
        None => *truths = Some(others),
        Some(truths) if is_all => truths.iter_mut().zip(others).for_each(|(holds, other)| *holds &= other),
        Some(truths) => truths.iter_mut().zip(others).for_each(|(holds, other)| *holds |= other),
    }
}

/// The type of values that a function takes.
fn kind(plan: &Plan) -> Type {
    match plan.of {
        Of::Value(of) => of,
        Of::Nothing | Of::Row(_) => Type::Int,
    }
}

/// The cells of a field of rows that lie side by side.
#[inline(never)]
fn column_block(column: &Column, run: Range<usize>, of: Type) -> Block<'_> {
    let cells = match of.storage() {
        Storage::Int64 => Cells::Ints(column.ints()[run.clone()].into()),
        Storage::Float => Cells::Floats(column.floats()[run.clone()].into()),
        Storage::Int32 => {
            let cells = &column.short_ints()[run.clone()];
            Cells::Ints(made(cells.len(), |at| cells[at].into()).into())
        }
        Storage::Bool => Cells::Bools(column.bools(run.clone())),
        Storage::Text => Cells::Texts(column.texts(run.start as Row..run.end as Row)),
        _ => gathered(column, &made(run.len(), |at| (run.start + at) as Row), of),
    };
    Block::with(cells, column.nones().filter(|nones| nones.any(run.clone())).map(|nones| nones.bools(run)))
}

/// The cells of a field of these rows; something where there is no row.
#[inline(never)]
fn gathered<'a>(column: &'a Column, rows: &[Row], of: Type) -> Cells<'a> {
    fn picked<T: Copy + Default>(cells: &[T], rows: &[Row]) -> Vec<T> {
        // No table has so many rows that `NO_ROW` were one.
        made(rows.len(), |at| cells.get(rows[at] as usize).copied().unwrap_or_default())
    }
    let value = |row: Row| if row == NO_ROW { Value::None } else { column.get(row) };
    match of.storage() {
        Storage::Int64 => Cells::Ints(picked(column.ints(), rows).into()),
        Storage::Int32 => {
            let cells = column.short_ints();
            Cells::Ints(made(rows.len(), |at| cells.get(rows[at] as usize).map_or(0, |&cell| cell.into())).into())
        }
        Storage::Float => Cells::Floats(picked(column.floats(), rows).into()),
        Storage::Bool => Cells::Bools(made(rows.len(), |at| value(rows[at]) == Value::Bool(true))),
        Storage::Wide => {
            let cells = column.wides();
            Cells::Wides(made(rows.len(), |at| cells.get(rows[at] as usize).map_or(0, |&cell| cell.into())))
        }
        Storage::Text => Cells::Texts(column.texts(rows.iter().copied())),
        Storage::Bytes => Cells::Bytes(made(rows.len(), |at| match value(rows[at]) {
            Value::Bytes(bytes) => bytes,
            _ => Cow::Borrowed(&[][..]),
        })),
    }
}

/// Which of these rows have no value in a column, or are none themselves.
#[inline(never)]
fn nones(from: &Plan, rows: &[Row], column: Option<&Column>) -> Option<Vec<bool>> {
    match (from.is_itself(), column.and_then(Column::nones)) {
        (true, None) => None,
        (_, None) => Some(made(rows.len(), |at| rows[at] == NO_ROW)),
        (_, Some(nones)) => Some(made(rows.len(), |at| rows[at] == NO_ROW || nones.get(rows[at] as usize))),
    }
}

/// The second's values where the first has none.
#[inline(never)]
fn if_none<'a>(a: Block<'a>, b: Block<'a>, len: usize) -> Block<'a> {
    fn chosen<T: Clone>(x: &[T], y: &[T], a: &Block, b: &Block, len: usize) -> Vec<T> {
        made(len, |row| if a.is_none(row) { y[b.at(row)].clone() } else { x[a.at(row)].clone() })
    }
    let cells = match (&a.cells, &b.cells) {
        (Cells::Ints(x), Cells::Ints(y)) => Cells::Ints(chosen(x, y, &a, &b, len).into()),
        (Cells::Floats(x), Cells::Floats(y)) => Cells::Floats(chosen(x, y, &a, &b, len).into()),
        (Cells::Bools(x), Cells::Bools(y)) => Cells::Bools(chosen(x, y, &a, &b, len)),
        (Cells::Wides(x), Cells::Wides(y)) => Cells::Wides(chosen(x, y, &a, &b, len)),
        (Cells::Texts(x), Cells::Texts(y)) => Cells::Texts(chosen(x, y, &a, &b, len)),
        (Cells::Bytes(x), Cells::Bytes(y)) => Cells::Bytes(chosen(x, y, &a, &b, len)),
        (Cells::Rows(x), Cells::Rows(y)) => return Block::whole(Cells::Rows(chosen(x, y, &a, &b, len))),
        // Of two types no plan is made.
        _ => return a,
    };
    Block::with(cells, a.nones.is_some().then(|| made(len, |row| a.is_none(row) && b.is_none(row))))
}
