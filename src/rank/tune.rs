//! Which damping suits some links: links are left out, and it is looked how early walks come back to them.

use std::mem::take;

use crate::rank::asker::Asker;
use crate::rank::batch::lists_for;
use crate::rank::best::{SLACK, rounded};
use crate::rank::chosen::Choice;
use crate::rank::damping::{Damping, Powers};
use crate::rank::linked::Linked;
use crate::rank::links::Links;
use crate::rank::many::each_asker;
use crate::rank::recommend::{Had, MOST, Walks};
use crate::rank::sums::Sums;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::read::path::Path;
use crate::store::room;
use crate::store::stop::looking;

/// The exponents that are tried for the members that an asker has.
pub const HELD: [f64; 6] = [0.2, 0.4, 0.5, 0.6, 0.8, 1.0];

/// Those for what is recommended.
pub const FOUND: [f64; 9] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

/// A link left out counts if it comes back among so many.
const SEEN: usize = 20;

/// How much a link that came back counts for each pair of exponents, or the mean of that: by [`HELD`], then by [`FOUND`].
pub type Gains = [[f64; FOUND.len()]; HELD.len()];

/// What leaving out links told.
#[derive(Debug)]
pub struct Tuned {
    /// The links, an owner and a member each, in the order of the draw.
    pub left: Vec<(Row, Row)>,
    /// The mean of their gains.
    pub means: Gains,
}

impl Tuned {
    /// The exponents with the largest mean; of equal ones those nearest to the plain walk, with the least `q`, then the largest
    /// `p`. Nothing where no link came back.
    pub fn best(&self) -> Option<(f64, f64)> {
        let mut best = None;
        for (at, &q) in FOUND.iter().enumerate() {
            for (&p, means) in HELD.iter().zip(&self.means).rev() {
                if means[at] > best.map_or(0.0, |(mean, _)| mean) {
                    best = Some((means[at], (p, q)));
                }
            }
        }
        best.map(|(_, pair)| pair)
    }
}

/// Leaves out one link each of `most` of these owners that have two or more, all of them drawn by `seed`, and ranks it for its owner by
/// walks from the owner's other members, as if it were not there. A link at rank r, from 0, gains 1 / log2(r + 2). O(owners), or O(their
/// links) where a pair may have several join rows or owners are members, and
/// for each link and `p` as [`Walks::recommend`], on all cores. Raises as [`Linked::of`] does.
pub fn tune(
    store: &Store,
    (path, name): (&Path, &str),
    choice: &Choice,
    owners: &[Row],
    (most, seed): (usize, u64),
) -> Result<Tuned> {
    let linked = Linked::of(store, path, name, choice)?;
    let links = linked.links();
    let left = drawn(&links, owners, most, seed);
    let askers: Vec<Row> = room::collected(left.iter().map(|&(asker, _)| asker));
    let lists = lists_for(store, links, askers.iter().map(|&asker| Asker::Owner(asker)), MOST);
    let had = if choice.condition.is_some() { Had::Path(path) } else { Had::Linked };
    let trial = Trial { store, links: links.with(lists.as_ref()), had, seed };
    let gains = each_asker(&left, |link, bench: &mut Bench| trial.gains(link, bench));
    let mut means = Gains::default();
    for gains in &gains {
        for (mean, gain) in means.as_flattened_mut().iter_mut().zip(gains.as_flattened()) {
            *mean += gain / left.len() as f64;
        }
    }
    Ok(Tuned { left, means })
}

/// One link each of so many owners, or of all, that have two or more. To itself nobody is recommended, so such links do not count.
fn drawn(links: &Links, owners: &[Row], most: usize, seed: u64) -> Vec<(Row, Row)> {
    let (mut random, mut buffer) = (fastrand::Rng::with_seed(seed), Vec::new());
    let are_friends = links.owners == links.members;
    let others = |owner: Row| {
        let mut members = links.list(links.down, owner);
        members.retain(|&member| !are_friends || member != owner);
        members
    };
    let has_two = |&owner: &Row| match are_friends {
        true => others(owner).len() >= 2,
        false => links.degree(links.down, owner, &mut buffer) >= 2,
    };
    let mut owners: Vec<Row> = room::collected(looking(owners.iter().copied()).filter(has_two));
    let count = most.min(owners.len());
    // The first steps of a Fisher-Yates shuffle.
    for at in 0..count {
        let other = random.usize(at..owners.len());
        owners.swap(at, other);
    }
    room::collected(owners[..count].iter().map(|&owner| {
        let members = others(owner);
        (owner, members[random.usize(..members.len())])
    }))
}

/// What a thread needs.
#[derive(Default)]
struct Bench {
    workspace: Workspace,
    /// By [`FOUND`].
    powers: [Powers; FOUND.len()],
}

/// Walks that miss a link.
struct Trial<'a> {
    store: &'a Store,
    links: Links<'a>,
    had: Had<'a>,
    seed: u64,
}

impl Trial<'_> {
    /// What a link gains.
    fn gains(&self, (asker, left): (Row, Row), bench: &mut Bench) -> Gains {
        let Trial { store, links, had, seed } = *self;
        let Bench { workspace, powers } = bench;
        let Workspace { members, weights, buffer, .. } = workspace;
        members.clear();
        weights.clear();
        links.each(links.down, asker, buffer, |member, weight| {
            if member != left {
                members.push(member);
                weights.push(weight);
            }
        });
        let mut others = 0.0;
        links.each(links.up, left, buffer, |owner, weight| others += if owner == asker { 0.0 } else { weight });
        powers.iter_mut().zip(FOUND).for_each(|(powers, q)| _ = powers.of(q));
        let mut sums = take(&mut workspace.sums);
        let gains = HELD.map(|held| {
            let damping = Damping::Fixed { held, found: 0.0 };
            let walks = Walks { store, links, damping, within: None, had, recent: None, most: MOST, seed };
            walks.vote(Asker::Owner(asker), workspace);
            walks.divide(Asker::Owner(asker), &mut sums, workspace);
            let sum = sums.get(left);
            sums.drop(left);
            walks.leave_out(Asker::Owner(asker), &mut sums, workspace);
            self.ahead(left, (sum, others), &sums, (powers, &mut workspace.buffer)).map(gain)
        });
        workspace.sums = sums;
        gains
    }

    /// For each exponent how many come before the member that was left out, which walks brought a sum and whose other links weigh so
    /// much; no more than [`SEEN`] are counted.
    fn ahead(
        &self,
        left: Row,
        (sum, weight): (f64, f64),
        sums: &Sums<f64>,
        (powers, buffer): (&mut [Powers; FOUND.len()], &mut Vec<Row>),
    ) -> [usize; FOUND.len()] {
        if sum <= 0.0 {
            return [SEEN; FOUND.len()];
        }
        let links = self.links;
        let power = |weight: f64, powers: &mut Powers| match links.are_weighed() {
            true => powers.of_weight(weight),
            false => powers.get(weight as usize),
        };
        let mut scores = [0.0; FOUND.len()];
        // Below this a sum cannot come before the member by any exponent, whatever its degree.
        let mut least = f64::INFINITY;
        for (score, powers) in scores.iter_mut().zip(powers.iter_mut()) {
            *score = rounded(sum * power(weight, powers));
            least = least.min(*score / (SLACK * powers.most(links.least())));
        }
        let mut ahead = [0; FOUND.len()];
        sums.each(|member, sum| {
            if sum < least {
                return;
            }
            let weight = links.meet(links.up, member, buffer).weight();
            for ((ahead, &own), powers) in ahead.iter_mut().zip(&scores).zip(powers.iter_mut()) {
                let score = rounded(sum * power(weight, powers));
                *ahead += usize::from(score > own || (score == own && member < left));
            }
            if ahead.iter().all(|&ahead| ahead >= SEEN) {
                least = f64::INFINITY;
            }
        });
        ahead
    }
}

/// What a link gains before which so many come.
fn gain(ahead: usize) -> f64 {
    if ahead < SEEN { 1.0 / (ahead as f64 + 2.0).log2() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_exponents_those_of_the_plainest_walk_are_the_best() {
        let mut tuned = Tuned { left: Vec::new(), means: Gains::default() };
        assert_eq!(tuned.best(), None);
        tuned.means[2][3] = 0.5;
        tuned.means[4][3] = 0.5;
        tuned.means[5][8] = 0.5;
        assert_eq!(tuned.best(), Some((0.8, 0.3)));
        tuned.means[0][8] = 0.6;
        assert_eq!(tuned.best(), Some((0.2, 0.8)));
    }

    #[test]
    fn what_comes_later_gains_less() {
        assert_eq!((gain(0), gain(2), gain(20)), (1.0, 0.5, 0.0));
    }
}
