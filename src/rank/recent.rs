//! What an asker's own links count for their age: the newest most.

use std::collections::HashSet;

use foldhash::HashMap;

use crate::ask::answer::{Question, answers};
use crate::ask::domain::Domain;
use crate::ask::order::places;
use crate::ask::plan::Plan;
use crate::rank::chosen::{Age, Choice, those_that_hold};
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::error::{Error, Result};
use crate::store::id::{NO_ROW, Row};
use crate::store::read::path::{Join, Path};

/// By asker: its members, ascending, and what the link to each counts.
pub struct Recent(HashMap<Row, Vec<(Row, f64)>>);

/// A link counts `exp(-newer / FADING)`, where `newer` is how many of the asker's members are newer: of a hundred links
/// the newest five count two thirds of what all do.
const FADING: f64 = 5.0;

/// A link counts so much at least: it still votes, though that decides nothing.
const LEAST: f64 = 1e-20;

impl Recent {
    /// Of the links that a question chooses; of several join rows of a pair the newest says its age, and what is of one age
    /// counts the same. O(links of the askers), and their order. Raises `FieldError` where an age is None.
    pub fn of(store: &Store, (path, join): (&Path, Join), choice: &Choice, askers: &[Row]) -> Result<Option<Self>> {
        let Some(age) = &choice.recent else { return Ok(None) };
        let table = store.table(join.model);
        let mut rows = Vec::new();
        askers.iter().for_each(|&asker| table.add_children(join.near, asker, &mut rows));
        let rows = those_that_hold(store, path, choice.condition.as_ref(), rows)?;
        let ages = match age {
            Age::Order => None,
            Age::By(plan, said) => Some(ages(store, join, &rows, (plan, said))?),
        };
        let newest_first: Vec<u32> = match &ages {
            None => (0..rows.len() as u32).rev().collect(),
            Some(ages) => places(std::slice::from_ref(ages), std::iter::once(true), rows.len()),
        };
        let (owners, members) = (table.column(join.near).parents(), table.column(join.far).parents());
        let mut links: HashMap<Row, Vec<(Row, u32)>> = HashMap::default();
        for at in newest_first {
            let row = rows[at as usize];
            if members.of(row) != NO_ROW {
                links.entry(owners.of(row)).or_default().push((members.of(row), at));
            }
        }
        let is_same = |one, two| ages.as_ref().is_some_and(|ages| ages.get(one) == ages.get(two));
        Ok(Some(Recent(links.into_iter().map(|(asker, links)| (asker, counted(links, is_same))).collect())))
    }

    /// Multiplies the weights of an asker's links to these members.
    pub fn weigh(&self, asker: Row, members: &[Row], weights: &mut [f64]) {
        let Some(links) = self.0.get(&asker) else { return };
        for (member, weight) in members.iter().zip(weights) {
            if let Ok(at) = links.binary_search_by_key(member, |&(member, _)| member) {
                *weight *= links[at].1;
            }
        }
    }
}

/// When each of these join rows is from.
fn ages(store: &Store, join: Join, rows: &[Row], (plan, said): (&Plan, &str)) -> Result<Column> {
    let mut asked = answers(store, &Domain::List(rows), &[Question::One(plan.clone())])?;
    let ages = asked.swap_remove(0).cells;
    match (0..rows.len()).find(|&at| ages.is_none(at as Row)) {
        None => Ok(ages),
        Some(at) => {
            let (model, id) = (store.schema().model(join.model).name.clone(), store.table(join.model).id(rows[at]));
            let why = format!(
                "is None in {model} {id}, and recent= asks which links are the newest; leave such rows out with where="
            );
            Err(Error::Field { model, field: said.to_owned(), why })
        }
    }
}

/// What links count, of which the newest come first.
fn counted(links: Vec<(Row, u32)>, is_same: impl Fn(Row, Row) -> bool) -> Vec<(Row, f64)> {
    let (mut seen, mut counted) = (HashSet::new(), Vec::with_capacity(links.len()));
    let mut of_last: Option<(Row, usize)> = None;
    for (member, at) in links {
        if seen.insert(member) {
            let newer = of_last.filter(|&(last, _)| is_same(last, at)).map_or(counted.len(), |(_, newer)| newer);
            of_last = Some((at, newer));
            counted.push((member, (-(newer as f64) / FADING).exp().max(LEAST)));
        }
    }
    counted.sort_unstable_by_key(|&(member, _)| member);
    counted
}
