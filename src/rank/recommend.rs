//! Members that an owner does not have, by walks over the links.

use std::mem::take;

use crate::rank::asker::Asker;
use crate::rank::best::{Best, SLACK, Scored, rounded};
use crate::rank::damping::{Damping, Powers, steps_of};
use crate::rank::links::Links;
use crate::rank::recent::Recent;
use crate::rank::sample::Rate;
use crate::rank::sums::Sums;
use crate::rank::tally::Tally;
use crate::rank::way::Direction;
use crate::rank::within::Within;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::path::Path;
use crate::store::read::view::Start;

/// Walks of three steps: from the asker's members to their owners to those owners' members.
///
/// Member `j` gets, summed over the asker's members `i` and the owners `v` of both,
///
/// ```text
/// deg(v)^-1 * deg(i)^-p * deg(j)^-q
/// ```
///
/// where `p` and `q` are the [`Damping`]; where that is left to the walks, the sum also counts less the fewer owners
/// brought it. With `p = 1` and `q = 0` that is the probability of a walk whose steps are
/// uniform (P3: Cooper, Lee, Radzik and Siantos, "Random walks in recommender systems", WWW 2014); dividing by a power
/// of what is recommended is RP3beta (Paudel, Christoffel, Newell and Bernstein, "Updatable, accurate, diverse, and
/// scalable recommendations for interactive applications", TiiS 2016).
///
/// Where owners and members are of one model, as users who follow users, there are two steps, to friends of friends: `j` gets,
/// summed over the asker's members `i` that have it,
///
/// ```text
/// out(i)^-p * deg(j)^-q
/// ```
///
/// where `out` is how many a row has, and `deg` by how many it is had. With `p = 1` and `q = 0` that is the uniform walk again,
/// known as resource allocation (Zhou, Lü and Zhang, "Predicting missing links via local information", EPJ B 2009).
///
/// Where links have weights, a link of weight 2 counts as two links: each step is weighed by its link, and for a degree stands
/// what a row's links weigh together.
#[derive(Clone, Copy)]
pub struct Walks<'a> {
    /// Where it walks.
    pub store: &'a Store,
    /// Over what.
    pub links: Links<'a>,
    /// What is known of the popular.
    pub damping: Damping,
    /// The only members to recommend, if not all.
    pub within: Option<&'a Within>,
    /// What the asker has, which is not recommended: nothing where it is to be.
    pub had: Had<'a>,
    /// What the asker's own links count for their age, if not the same.
    pub recent: Option<&'a Recent>,
    /// How many links each of the two long steps reads at most, about.
    pub most: usize,
    /// Decides which, where they would be more.
    pub seed: u64,
}

/// How many links each of the two long steps of a walk reads at most, where nothing else is said.
pub const MOST: usize = 4_000_000;

/// What is left out for being the asker's already.
#[derive(Clone, Copy)]
pub enum Had<'a> {
    /// Nothing.
    Nothing,
    /// What the links lead to.
    Linked,
    /// What this path leads to: the links are some of its.
    Path(&'a Path),
}

/// What is recommended.
#[derive(Debug, PartialEq)]
pub struct Recommended {
    /// Best first.
    pub best: Vec<Scored>,
    /// Whether the walk read only a part of the links, so that the scores are estimates.
    pub sampled: bool,
}

/// The two long steps of a walk, as they were done.
#[derive(Clone, Copy)]
struct Steps {
    sampled: bool,
    /// How many walks there were: the links that the owners with a vote have, or that were read of them.
    paths: usize,
}

impl Walks<'_> {
    /// The `k` members that `asker` has not and walks come to most. Exact, unless `sampled` says otherwise. O(links of
    /// its members + links of the owners of those), each link of an owner once however many ways lead there, and at
    /// most `2 * most`; or, where the latter are a quarter of all join rows, those in their order. Where a pair may have
    /// several join rows, also O(links of what is found).
    pub fn recommend(&self, asker: Asker, k: usize, workspace: &mut Workspace) -> Recommended {
        match self.damping {
            Damping::Fixed { found, .. } => {
                let mut sums = take(&mut workspace.sums);
                let Steps { sampled, .. } = self.walk(asker, &mut sums, workspace);
                self.leave_out(asker, &mut sums, workspace);
                let best = self.best(k, sampled, &sums, workspace.found.given(found), &mut workspace.buffer);
                workspace.sums = sums;
                Recommended { best, sampled }
            }
            Damping::Auto => {
                let mut sums = take(&mut workspace.backed);
                let Steps { sampled, paths } = self.walk(asker, &mut sums, workspace);
                let mut touched = 0_usize;
                sums.each(|_, _| touched += 1);
                let own = |&member: &Row| usize::from(sums.get(member) != Default::default());
                touched -= workspace.members.iter().map(own).sum::<usize>();
                self.leave_out(asker, &mut sums, workspace);
                let powers = workspace.found.chosen(steps_of(paths, touched));
                let best = self.best(k, sampled, &sums, powers, &mut workspace.buffer);
                workspace.backed = sums;
                Recommended { best, sampled }
            }
        }
    }

    /// Sums up for each member what walks bring to it. The asker's own members are in `workspace.members` then.
    fn walk<T: Tally>(&self, asker: Asker, sums: &mut Sums<T>, workspace: &mut Workspace) -> Steps {
        asker.own(&self.links, self.recent, workspace);
        let first = self.vote(asker, workspace);
        let (second, paths) = self.divide(asker, sums, workspace);
        Steps { sampled: first.is_partial() || second.is_partial(), paths }
    }

    /// Leaves out what the asker has, and itself.
    pub(super) fn leave_out<T: Tally>(&self, asker: Asker, sums: &mut Sums<T>, workspace: &Workspace) {
        match self.had {
            Had::Nothing => {}
            Had::Linked => workspace.members.iter().for_each(|&member| sums.drop(member)),
            Had::Path(path) => asker.owner().into_iter().for_each(|row| {
                self.store.each_member(Start::Row(row), path, |member| sums.drop(member));
            }),
        }
        if let Some(row) = self.friend(asker) {
            sums.drop(row);
        }
    }

    /// The asker, where it is of the members' model: then its members vote themselves.
    pub(super) fn friend(&self, asker: Asker) -> Option<Row> {
        asker.owner().filter(|_| self.links.owners == self.links.members)
    }

    /// Gives each owner of the asker's members its vote: the sum of what the members that it has are worth. Friends have one vote
    /// each.
    pub(super) fn vote(&self, asker: Asker, workspace: &mut Workspace) -> Rate {
        let Walks { links, damping, .. } = *self;
        let Workspace { votes, members, weights, buffer, held, .. } = workspace;
        if let Some(row) = self.friend(asker) {
            votes.reset(self.store.table(links.owners).rows(), members.len());
            members.iter().zip(weights.iter()).for_each(|(&member, &weight)| votes.add(member, weight));
            votes.drop(row);
            return self.rate(0);
        }
        let reads = links.reads_of(links.up, members);
        let (rate, held) = (self.rate(reads), held.of(damping.held()));
        votes.reset(self.store.table(links.owners).rows(), reads.min(self.most));
        for (&member, &weight) in members.iter().zip(weights.iter()) {
            if rate.is_partial() {
                let worth = weight * links.power_of_all(links.up, member, held) * rate.weight();
                let places = rate.places(self.seeds(links.up, asker, member));
                links.some(links.up, member, places, buffer, |owner, its| votes.add(owner, worth * its));
            } else {
                let owners = links.meet(links.up, member, buffer);
                let worth = weight * owners.power(held);
                owners.each(|owner, its| votes.add(owner, worth * its));
            }
        }
        if let Some(row) = asker.owner() {
            votes.drop(row);
        }
        rate
    }

    /// Divides each owner's vote among its members. Also how many links that were.
    pub(super) fn divide<T: Tally>(
        &self,
        asker: Asker,
        sums: &mut Sums<T>,
        workspace: &mut Workspace,
    ) -> (Rate, usize) {
        let links = self.links;
        let Workspace { votes, buffer, .. } = workspace;
        let part = self.part(asker);
        let (mut reads, mut paths) = (0, 0);
        votes.each(|owner, _| reads += links.reads(links.down, owner));
        let rate = self.rate(reads);
        sums.reset(self.store.table(links.members).rows(), reads.min(self.most));
        if !rate.is_partial() && links.is_most(reads) {
            votes.map(|owner, vote| {
                let degree = links.degree(links.down, owner, buffer);
                paths += degree;
                part(vote, degree as f64)
            });
            sweep(links, votes, sums);
            return (rate, paths);
        }
        votes.each(|owner, vote| {
            if rate.is_partial() {
                let part = part(vote * rate.weight(), links.weight_of_all(links.down, owner));
                let places = rate.places(self.seeds(links.down, asker, owner));
                links.some(links.down, owner, places, buffer, |member, its| {
                    paths += 1;
                    sums.add(member, T::of(part * its));
                });
            } else {
                let members = links.meet(links.down, owner, buffer);
                paths += members.degree();
                let part = part(vote, members.weight());
                members.each(|member, its| sums.add(member, T::of(part * its)));
            }
        });
        (rate, paths)
    }

    /// What one of an owner's links brings, by the owner's vote and what all of its links weigh.
    pub(super) fn part(&self, asker: Asker) -> impl Fn(f64, f64) -> f64 {
        let held = self.friend(asker).map(|_| self.damping.held());
        move |vote, weight| held.map_or(vote / weight, |held| vote * weight.powf(-held))
    }

    fn best<T: Tally>(
        &self,
        k: usize,
        sampled: bool,
        sums: &Sums<T>,
        powers: &mut Powers,
        buffer: &mut Vec<Row>,
    ) -> Vec<Scored> {
        let Walks { links, within, .. } = *self;
        let mut best = Best::of(k, sums.count());
        let most = SLACK * powers.most(links.least());
        let mut offer = |member: Row, tally: T| {
            // What is known first, and costs least, decides for most: each step only makes a score less, or by no more than what
            // the lightest could have; and rounding hardly more.
            if tally.sum() <= 0.0 || best.is_over(tally.sum() * most) || best.is_over(tally.worth() * most) {
                return;
            }
            let power = match sampled {
                true => links.power_of_all(links.up, member, powers),
                false => links.meet(links.up, member, buffer).power(powers),
            };
            best.offer(member, rounded(tally.worth() * power));
        };
        match within {
            Some(within) if within.rows().len() < sums.count() => {
                within.rows().iter().for_each(|&member| offer(member, sums.get(member)));
            }
            Some(within) => sums.each(|member, tally| {
                if within.has(member) {
                    offer(member, tally);
                }
            }),
            None => sums.each(offer),
        }
        best.finish()
    }

    /// How much of so many links is read.
    pub(super) fn rate(&self, reads: usize) -> Rate {
        Rate::of(self.most, reads)
    }

    /// What decides which links of a row are read: ids, which stay what they are.
    pub(super) fn seeds(&self, side: Direction, asker: Asker, row: Row) -> [u64; 3] {
        let (links, up) = (&self.links, side == self.links.up);
        // No owner has this id.
        let asker = asker.owner().map_or(0, |row| self.id(links.owners, row));
        let row = if up { self.id(links.members, row) } else { self.id(links.owners, row) };
        [self.seed, asker, row << 1 | u64::from(up)]
    }

    fn id(&self, model: ModelId, row: Row) -> Id {
        self.store.table(model).id(row)
    }
}

/// Gives the members of every join row the part of its owner.
fn sweep<T: Tally>(links: Links, parts: &Sums<f64>, sums: &mut Sums<T>) {
    if let (Some(parts), Some(sums)) = (parts.by_row(), sums.by_row_mut()) {
        // Most owners have a part: to add nothing for the others is quicker than to ask. A member's list is in the order of
        // the join rows, so both ways add up in one order.
        if let Some(owners) = links.listed_up() {
            return owners.each(|member, owners| {
                let sum = &mut sums[member as usize];
                owners.iter().for_each(|&owner| *sum += T::of(parts[owner as usize]));
            });
        }
        return links.blocks(|owners, members| {
            for (&owner, &member) in owners.iter().zip(members) {
                sums[member as usize] += T::of(parts[owner as usize]);
            }
        });
    }
    links.blocks(|owners, members| {
        for (&owner, &member) in owners.iter().zip(members) {
            match parts.get(owner) {
                0.0 => {}
                part => sums.add(member, T::of(part)),
            }
        }
    });
}
