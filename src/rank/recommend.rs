//! Members that an owner does not have, by walks over the links.

use crate::rank::best::{Best, Scored, rounded};
use crate::rank::damping::Damping;
use crate::rank::links::{Direction, Links};
use crate::rank::sample::Rate;
use crate::rank::sums::Sums;
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
/// where `p` and `q` are the [`Damping`]. With `p = 1` and `q = 0` that is the probability of a walk whose steps are
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

impl Walks<'_> {
    /// The `k` members that `asker` has not and walks come to most. Exact, unless `sampled` says otherwise. O(links of
    /// its members + links of the owners of those), each link of an owner once however many ways lead there, and at
    /// most `2 * most`; or, where the latter are a quarter of all join rows, those in their order. Where a pair may have
    /// several join rows, also O(links of what is found).
    pub fn recommend(&self, asker: Row, k: usize, workspace: &mut Workspace) -> Recommended {
        let Walks { links, .. } = *self;
        let Workspace { members, buffer, .. } = workspace;
        members.clear();
        links.each(links.down, asker, buffer, |member| members.push(member));
        let first = self.vote(asker, workspace);
        let second = self.divide(asker, workspace);
        let Workspace { sums, members, .. } = workspace;
        members.iter().for_each(|&member| sums.drop(member));
        if links.owners == links.members {
            sums.drop(asker);
        }
        let sampled = first.is_partial() || second.is_partial();
        Recommended { best: self.best(k, sampled, workspace), sampled }
    }

    /// Gives each owner of the asker's members its vote: the sum of what the members that it has are worth.
    fn vote(&self, asker: Row, workspace: &mut Workspace) -> Rate {
        let Walks { links, damping, .. } = *self;
        let Workspace { votes, members, buffer, held, .. } = workspace;
        let reads = members.iter().map(|&member| links.reads(links.up, member)).sum();
        let (rate, held) = (self.rate(reads), held.of(damping.held));
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

    /// Divides each owner's vote among its members.
    fn divide(&self, asker: Row, workspace: &mut Workspace) -> Rate {
        let links = self.links;
        let Workspace { votes, sums, buffer, .. } = workspace;
        let mut reads = 0;
        votes.each(|owner, _| reads += links.reads(links.down, owner));
        let rate = self.rate(reads);
        sums.reset(self.store.table(links.members).rows(), reads.min(self.most));
        if !rate.is_partial() && links.is_most(reads) {
            votes.map(|owner, vote| vote / links.degree(links.down, owner, buffer) as f64);
            sweep(links, votes, sums);
            return rate;
        }
        votes.each(|owner, vote| {
            if rate.is_partial() {
                let part = vote * rate.weight() / links.join_rows(links.down, owner) as f64;
                let places = rate.places(self.seeds(links.down, asker, owner));
                links.some(links.down, owner, places, buffer, |member| sums.add(member, part));
            } else {
                let members = links.meet(links.down, owner, buffer);
                let part = vote / members.degree() as f64;
                members.each(|member| sums.add(member, part));
            }
        });
        rate
    }

    fn best(&self, k: usize, sampled: bool, workspace: &mut Workspace) -> Vec<Scored> {
        let Walks { links, damping, within, .. } = *self;
        let Workspace { sums, buffer, found, .. } = workspace;
        let found = found.of(damping.found);
        let mut best = Best::of(k, sums.count());
        let mut offer = |member: Row, sum: f64| {
            // Damping only makes it less; and rounding hardly more.
            if sum > 0.0 && !best.is_over(sum * (1.0 + 1e-11)) {
                let degree = match sampled {
                    true => links.join_rows(links.up, member),
                    false => links.degree(links.up, member, buffer),
                };
                best.offer(member, rounded(sum * found.get(degree)));
            }
        };
        match within {
            Some(within) if within.rows().len() < sums.count() => {
                within.rows().iter().for_each(|&member| offer(member, sums.get(member)));
            }
            Some(within) => sums.each(|member, sum| {
                if within.has(member) {
                    offer(member, sum);
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

/// Gives the members of every join row the part of its owner.
fn sweep(links: Links, parts: &Sums<f64>, sums: &mut Sums<f64>) {
    if let (Some(parts), Some(sums)) = (parts.by_row(), sums.by_row_mut()) {
        // Most owners have a part: to add nothing for the others is quicker than to ask.
        return links.blocks(|owners, members| {
            for (&owner, &member) in owners.iter().zip(members) {
                sums[member as usize] += parts[owner as usize];
            }
        });
    }
    links.blocks(|owners, members| {
        for (&owner, &member) in owners.iter().zip(members) {
            match parts.get(owner) {
                0.0 => {}
                part => sums.add(member, part),
            }
        }
    });
}
