//! Members that an owner does not have, by walks over the links.

use std::mem::take;

use crate::rank::best::{Best, Scored, rounded};
use crate::rank::damping::{Damping, Powers, steps_of};
use crate::rank::links::{Direction, Links};
use crate::rank::sample::Rate;
use crate::rank::sums::Sums;
use crate::rank::tally::Tally;
use crate::rank::within::Within;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::id::{Id, ModelId, Row};

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
    /// How many links each of the two long steps reads at most, about.
    pub most: usize,
    /// Decides which, where they would be more.
    pub seed: u64,
}

/// How many links each of the two long steps of a walk reads at most, where nothing else is said.
pub const MOST: usize = 4_000_000;

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
    pub fn recommend(&self, asker: Row, k: usize, workspace: &mut Workspace) -> Recommended {
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
                workspace.members.iter().for_each(|&member| sums.drop(member));
                let mut touched = 0;
                sums.each(|_, _| touched += 1);
                self.leave_out(asker, &mut sums, workspace);
                let powers = workspace.found.chosen(steps_of(paths, touched));
                let best = self.best(k, sampled, &sums, powers, &mut workspace.buffer);
                workspace.backed = sums;
                Recommended { best, sampled }
            }
        }
    }

    /// Sums up for each member what walks bring to it. The asker's own members are in `workspace.members` then.
    fn walk<T: Tally>(&self, asker: Row, sums: &mut Sums<T>, workspace: &mut Workspace) -> Steps {
        let Workspace { members, buffer, .. } = workspace;
        members.clear();
        self.links.each(self.links.down, asker, buffer, |member| members.push(member));
        let first = self.vote(asker, workspace);
        let (second, paths) = self.divide(asker, sums, workspace);
        Steps { sampled: first.is_partial() || second.is_partial(), paths }
    }

    /// Leaves out what the asker has, and itself.
    fn leave_out<T: Tally>(&self, asker: Row, sums: &mut Sums<T>, workspace: &Workspace) {
        workspace.members.iter().for_each(|&member| sums.drop(member));
        if self.links.owners == self.links.members {
            sums.drop(asker);
        }
    }

    /// Gives each owner of the asker's members its vote: the sum of what the members that it has are worth.
    fn vote(&self, asker: Row, workspace: &mut Workspace) -> Rate {
        let Walks { links, damping, .. } = *self;
        let Workspace { votes, members, buffer, held, .. } = workspace;
        let reads = members.iter().map(|&member| links.reads(links.up, member)).sum();
        let (rate, held) = (self.rate(reads), held.of(damping.held()));
        votes.reset(self.store.table(links.owners).rows(), reads.min(self.most));
        for &member in members.iter() {
            if rate.is_partial() {
                let worth = held.get(links.join_rows(links.up, member)) * rate.weight();
                let places = rate.places(self.seeds(links.up, asker, member));
                links.some(links.up, member, places, buffer, |owner| votes.add(owner, worth));
            } else {
                let owners = links.meet(links.up, member, buffer);
                let worth = held.get(owners.degree());
                owners.each(|owner| votes.add(owner, worth));
            }
        }
        votes.drop(asker);
        rate
    }

    /// Divides each owner's vote among its members. Also how many links that were.
    fn divide<T: Tally>(&self, asker: Row, sums: &mut Sums<T>, workspace: &mut Workspace) -> (Rate, usize) {
        let links = self.links;
        let Workspace { votes, buffer, .. } = workspace;
        let (mut reads, mut paths) = (0, 0);
        votes.each(|owner, _| reads += links.reads(links.down, owner));
        let rate = self.rate(reads);
        sums.reset(self.store.table(links.members).rows(), reads.min(self.most));
        if !rate.is_partial() && links.is_most(reads) {
            votes.map(|owner, vote| {
                let degree = links.degree(links.down, owner, buffer);
                paths += degree;
                vote / degree as f64
            });
            sweep(links, votes, sums);
            return (rate, paths);
        }
        votes.each(|owner, vote| {
            if rate.is_partial() {
                let part = T::of(vote * rate.weight() / links.join_rows(links.down, owner) as f64);
                let places = rate.places(self.seeds(links.down, asker, owner));
                links.some(links.down, owner, places, buffer, |member| {
                    paths += 1;
                    sums.add(member, part);
                });
            } else {
                let members = links.meet(links.down, owner, buffer);
                paths += members.degree();
                let part = T::of(vote / members.degree() as f64);
                members.each(|member| sums.add(member, part));
            }
        });
        (rate, paths)
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
        let mut offer = |member: Row, tally: T| {
            // What is known first, and costs least, decides for most: each step only makes a score less; and rounding
            // hardly more.
            if tally.sum() <= 0.0 || best.is_over(tally.sum() * SLACK) || best.is_over(tally.worth() * SLACK) {
                return;
            }
            let degree = match sampled {
                true => links.join_rows(links.up, member),
                false => links.degree(links.up, member, buffer),
            };
            best.offer(member, rounded(tally.worth() * powers.get(degree)));
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
    pub(super) fn seeds(&self, side: Direction, asker: Row, row: Row) -> [u64; 3] {
        let links = &self.links;
        let (asker, up) = (self.id(links.owners, asker), side == links.up);
        let row = if up { self.id(links.members, row) } else { self.id(links.owners, row) };
        [self.seed, asker, row << 1 | u64::from(up)]
    }

    fn id(&self, model: ModelId, row: Row) -> Id {
        self.store.table(model).id(row)
    }
}

/// More than rounding can make of a score.
const SLACK: f64 = 1.0 + 1e-11;

/// Gives the members of every join row the part of its owner.
fn sweep<T: Tally>(links: Links, parts: &Sums<f64>, sums: &mut Sums<T>) {
    if let (Some(parts), Some(sums)) = (parts.by_row(), sums.by_row_mut()) {
        // Most owners have a part: to add nothing for the others is quicker than to ask. A member's list is in the order of
        // the join rows, so both ways add up in one order.
        if let Some(lists) = links.lists {
            return lists.up.each(|member, owners| {
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
