//! Rows that are asked, or members of their collections.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use crate::ask::block::{Block, made};
use crate::ask::plan::{Link, Plan, Plural};
use crate::ask::spread::Spread;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::{NO_ROW, Row};
use crate::store::read::path::Path;
use crate::store::read::view::Start;
use crate::store::room;

/// Rows that are asked, and what was read for several questions about them.
pub struct Scope<'a, 's> {
    pub engine: &'a Store,
    pub rows: &'s [Row],
    /// These rows, where each is the one after the other: their cells lie side by side.
    pub run: Option<Range<usize>>,
    /// Where the rows are members: whose.
    pub owner: Option<(&'s Scope<'a, 's>, &'s Spread)>,
    /// The place of each one's owner, once somebody asks.
    pub owners: OnceCell<Vec<u32>>,
    /// The members of collections, by the way to them.
    spreads: RefCell<Vec<(Vec<Link>, Rc<Spread>)>>,
}

impl<'a, 's> Scope<'a, 's> {
    /// Of these rows.
    pub fn new(engine: &'a Store, rows: &'s [Row]) -> Self {
        Scope { engine, rows, run: run(rows), owner: None, owners: OnceCell::new(), spreads: RefCell::default() }
    }

    /// Does something with the members of these rows.
    pub fn within<T>(&self, spread: &Spread, work: impl FnOnce(&Scope<'a, '_>) -> Result<T>) -> Result<T> {
        let scope = Scope { owner: Some((self, spread)), ..Scope::new(self.engine, &spread.rows) };
        work(&scope)
    }

    /// The values of a plan of members. What reads collections itself is computed once for each member, however many owners
    /// it has: else members of members of members would be as many as there are ways to them.
    pub fn of_members(&self, spread: &Spread, plan: &Plan) -> Result<Block<'a>> {
        if plan.widest(self.engine) == 0 || plan.is_of_owner() {
            return self.within(spread, |scope| scope.block(plan));
        }
        block_of(self.engine, &spread.rows, plan)
    }

    /// The members that a plural is about. What chains lead to is read once.
    pub fn spread(&self, plural: &Plural) -> Result<Rc<Spread>> {
        let known = self.spreads.borrow().iter().find(|(chain, _)| *chain == plural.chain).map(|(_, s)| s.clone());
        let mut spread = known.unwrap_or_else(|| {
            let spread = Rc::new(Spread::along(self.engine, self.rows, &plural.chain));
            self.spreads.borrow_mut().push((plural.chain.clone(), spread.clone()));
            spread
        });
        for filter in &plural.filters {
            let holds = self.of_members(&spread, filter)?.truths(spread.rows.len());
            spread = Rc::new(spread.filtered(&holds));
        }
        Ok(spread)
    }

    /// The path, where the members of a plural are those of one collection, all of them.
    pub fn counted<'p>(&self, plural: &'p Plural) -> Option<&'p Path> {
        match &*plural.chain {
            [Link::Many(path)] if plural.filters.is_empty() => Some(path),
            _ => None,
        }
    }
}

/// Rows as a range, where each is the one after the other.
fn run(rows: &[Row]) -> Option<Range<usize>> {
    let (first, last) = (*rows.first()?, *rows.last()?);
    // A list that is none mostly says so at its ends.
    let is_run = last != NO_ROW
        && last.checked_sub(first) == Some(rows.len() as Row - 1)
        && rows.iter().zip(first..=last).fold(true, |is_run, (&row, at)| is_run & (row == at));
    is_run.then(|| first as usize..last as usize + 1)
}

/// The values of a plan of these rows, which may repeat: what reads collections is computed once for each.
pub fn block_of<'a>(engine: &'a Store, rows: &[Row], plan: &Plan) -> Result<Block<'a>> {
    if plan.widest(engine) == 0 || rows.is_sorted_by(|one, two| one < two) {
        return Scope::new(engine, rows).block(plan);
    }
    let mut once: Vec<Row> = room::collected(rows.iter().copied());
    once.sort_unstable();
    once.dedup();
    let block = Scope::new(engine, &once).block(plan)?;
    let place = |at: usize| once.binary_search(&rows[at]).unwrap_or(0) as u32;
    Ok(block.picked(&made(rows.len(), place)))
}

/// A row, as where a path starts.
pub fn start(row: Row) -> Start {
    Start::Row(row)
}
