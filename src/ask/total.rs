//! Aggregates: of the members of each row, one value. A collection is one part of a list of members, so two aggregates
//! over two collections never meet.

use std::ops::Range;

use crate::ask::block::{Block, Cells, made};
use crate::ask::combine::{check, numbers};
use crate::ask::expr::Total;
use crate::ask::plan::Plural;
use crate::ask::scope::{Scope, start};
use crate::ask::spread::Spread;
use crate::store::decimal::DIGITS;
use crate::store::error::Result;

/// One value a row, of its members. `said` is for an error.
#[inline(never)]
pub fn total<'a>(scope: &Scope<'a, '_>, how: Total, plural: &Plural, said: &str) -> Result<Block<'a>> {
    let owners = scope.rows.len();
    // How long a list is, is known.
    if plural.value.is_itself()
        && let (Total::Count | Total::Unique | Total::Any, Some(path)) = (how, scope.counted(plural))
        && start(0).is_indexed(path)
    {
        let count = |at: usize| scope.engine.count(start(scope.rows[at]), path) as i64;
        return Ok(match how {
            Total::Any => Block::bools(made(owners, |at| count(at) > 0)),
            // A collection has each member once.
            _ => Block::whole(Cells::Ints(made(owners, count).into())),
        });
    }
    let spread = scope.spread(plural)?;
    if plural.value.is_itself() && how == Total::Any {
        return Ok(Block::bools(made(owners, |at| !spread.of(at).is_empty())));
    }
    let block = scope.of_members(&spread, &plural.value)?.spelled(spread.rows.len());
    let members = Members { spread: &spread, block: &block };
    match how {
        Total::Count => Ok(Block::whole(Cells::Ints(made(owners, |at| members.places(at).count() as i64).into()))),
        Total::Unique => Ok(Block::whole(Cells::Ints(made(owners, |at| members.unique(at)).into()))),
        Total::Any => Ok(Block::bools(made(owners, |at| spread.of(at).any(|at| block.holds(at))))),
        Total::All => Ok(Block::bools(made(owners, |at| spread.of(at).all(|at| block.holds(at))))),
        Total::First => Ok(block.at_places(&made(owners, |at| spread.of(at).next().map(|at| at as u32)))),
        Total::Last => Ok(block.at_places(&made(owners, |at| spread.of(at).next_back().map(|at| at as u32)))),
        Total::Min | Total::Max => Ok(block.at_places(&made(owners, |at| members.best(at, how == Total::Max)))),
        Total::Sum => members.sum(owners, said),
        Total::Mean => Ok(members.mean(owners)),
    }
}

impl Spread {
    /// Where the members of an owner are.
    pub fn of(&self, owner: usize) -> Range<usize> {
        self.starts[owner]..self.starts[owner + 1]
    }
}

/// Members by owner, and what was asked of each.
struct Members<'m, 'a> {
    spread: &'m Spread,
    block: &'m Block<'a>,
}

impl Members<'_, '_> {
    /// The places of an owner's members that have a value.
    fn places(&self, owner: usize) -> impl Iterator<Item = usize> + '_ {
        let is_whole = self.block.nones.is_none() && !matches!(self.block.cells, Cells::Rows(_));
        self.spread.of(owner).filter(move |&at| is_whole || !self.block.is_none(at))
    }

    /// How many different values an owner's members have.
    fn unique(&self, owner: usize) -> i64 {
        fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> i64 {
            let mut values: Vec<T> = values.collect();
            values.sort_unstable();
            values.dedup();
            values.len() as i64
        }
        let places = self.places(owner);
        match &self.block.cells {
            Cells::Ints(cells) => distinct(places.map(|at| cells[at])),
            // The two zeros are one value.
            Cells::Floats(cells) => distinct(places.map(|at| (cells[at] + 0.0).to_bits())),
            Cells::Bools(cells) => distinct(places.map(|at| cells[at])),
            Cells::Wides(cells) => distinct(places.map(|at| cells[at])),
            Cells::Texts(cells) => distinct(places.map(|at| &cells[at])),
            Cells::Bytes(cells) => distinct(places.map(|at| &cells[at])),
            Cells::Rows(cells) => distinct(places.map(|at| cells[at])),
        }
    }

    /// Where the least or the most of an owner's members is: the first of equal ones.
    fn best(&self, owner: usize, is_max: bool) -> Option<u32> {
        fn best<T: PartialOrd>(cells: &[T], mut places: impl Iterator<Item = usize>, is_max: bool) -> Option<u32> {
            let first = places.next()?;
            let better = |best: usize, at: usize| {
                let is_better = if is_max { cells[at] > cells[best] } else { cells[at] < cells[best] };
                if is_better { at } else { best }
            };
            Some(places.fold(first, better) as u32)
        }
        let places = self.places(owner);
        match &self.block.cells {
            Cells::Ints(cells) => best(cells, places, is_max),
            Cells::Floats(cells) => best(cells, places, is_max),
            Cells::Bools(cells) => best(cells, places, is_max),
            Cells::Wides(cells) => best(cells, places, is_max),
            Cells::Texts(cells) => best(cells, places, is_max),
            Cells::Bytes(cells) => best(cells, places, is_max),
            Cells::Rows(cells) => best(cells, places, is_max),
        }
    }

    fn sum<'a>(&self, owners: usize, said: &str) -> Result<Block<'a>> {
        match &self.block.cells {
            Cells::Ints(cells) => {
                // As many 64 bits as there is memory for fit 128.
                let sums =
                    made(owners, |at| i64::try_from(self.places(at).map(|at| i128::from(cells[at])).sum::<i128>()));
                check(sums.iter().map(std::result::Result::is_err), &None, said, "64 bits")?;
                Ok(Block::whole(Cells::Ints(made(owners, |at| sums[at].unwrap_or_default()).into())))
            }
            Cells::Wides(cells) => {
                let end = 10_i128.pow(DIGITS as u32);
                let sum = |at: usize| {
                    // What leaves 128 bits on its way counts as too large.
                    let sum = self.places(at).try_fold(0_i128, |sum, at| sum.checked_add(cells[at]));
                    sum.filter(|sum| (-end + 1..end).contains(sum))
                };
                let sums = made(owners, sum);
                check(sums.iter().map(Option::is_none), &None, said, "38 digits")?;
                Ok(Block::whole(Cells::Wides(made(owners, |at| sums[at].unwrap_or_default()))))
            }
            Cells::Floats(_) => {
                let mut nones = None;
                let sums = numbers(made(owners, |at| self.float_sum(at)), &mut nones);
                Ok(Block::with(Cells::Floats(sums.into()), nones))
            }
            // Of anything else no plan is made.
            _ => Ok(Block::whole(Cells::Ints(made(owners, |_| 0).into()))),
        }
    }

    fn mean<'a>(&self, owners: usize) -> Block<'a> {
        let mean = |owner: usize| {
            let count = self.places(owner).count();
            match &self.block.cells {
                _ if count == 0 => f64::NAN,
                Cells::Ints(cells) => {
                    self.places(owner).map(|at| i128::from(cells[at])).sum::<i128>() as f64 / count as f64
                }
                _ => self.float_sum(owner) / count as f64,
            }
        };
        let mut nones = None;
        let means = numbers(made(owners, mean), &mut nones);
        Block::with(Cells::Floats(means.into()), nones)
    }

    /// Neumaier's sum: what each addition loses is kept beside it, so the last digits do not depend on how many there are.
    fn float_sum(&self, owner: usize) -> f64 {
        let Cells::Floats(cells) = &self.block.cells else { return 0.0 };
        let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
        for at in self.places(owner) {
            let (value, next) = (cells[at], sum + cells[at]);
            lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
            sum = next;
        }
        // With an infinity among them nothing is lost, or everything.
        if sum.is_finite() { sum + lost } else { sum }
    }
}
