//! Which of the asker's own members led to a recommendation.

use crate::rank::asker::Asker;
use crate::rank::best::rounded;
use crate::rank::recommend::Walks;
use crate::rank::sums::Sums;
use crate::rank::workspace::Workspace;
use crate::store::id::Row;
use crate::store::room;

/// How many reasons there are, at most.
pub const REASONS: usize = 3;

/// How many recommendations are looked at in one pass over the links of the asker's members.
pub const AT_ONCE: usize = 64;

/// The best reasons so far, best first: members and what they contribute.
#[derive(Clone, Debug, Default)]
struct Reasons(Vec<(Row, f64)>);

impl Reasons {
    fn offer(&mut self, member: Row, amount: f64) {
        let place = self.0.partition_point(|&(row, other)| other > amount || (other == amount && row < member));
        if place < REASONS {
            self.0.truncate(REASONS - 1);
            self.0.insert(place, (member, amount));
        }
    }

    fn rows(self) -> Vec<Row> {
        self.0.into_iter().map(|(row, _)| row).collect()
    }
}

/// A link of an owner to one of those found, where links have weights.
#[derive(Clone, Copy)]
struct Mark {
    /// Which of the found.
    at: u32,
    /// The owner's mark before this one, from 1; 0 for none.
    next: u32,
    weight: f64,
}

/// Links to those found, by owner.
struct Marks<'w> {
    are_weighed: bool,
    /// By owner with such a link: what one of a weight of 1 is of its vote.
    worths: &'w mut Sums<f64>,
    /// By owner, without weights: which of those found it has, a bit each.
    masks: &'w mut Sums<u64>,
    /// By owner, with weights: the last of its marks, from 1.
    heads: &'w mut Sums<u32>,
    all: Vec<Mark>,
}

impl Marks<'_> {
    fn push(&mut self, owner: Row, at: usize, weight: f64, worth: impl FnOnce() -> f64) {
        if self.worths.get(owner) == 0.0 {
            self.worths.add(owner, worth());
        }
        if self.are_weighed {
            let next = self.heads.get(owner);
            room::push(&mut self.all, Mark { at: at as u32, next, weight });
            self.heads.add(owner, self.all.len() as u32 - next);
        } else {
            self.masks.add(owner, 1 << at);
        }
    }

    #[inline]
    fn each(&self, owner: Row, mut visit: impl FnMut(usize, f64)) {
        if !self.are_weighed {
            let mask = self.masks.get(owner);
            if mask != 0 {
                let worth = self.worths.get(owner);
                bits(mask).for_each(|at| visit(at, worth));
            }
            return;
        }
        let (mut head, worth) = (self.heads.get(owner), self.worths.get(owner));
        while head > 0 {
            let Mark { at, next, weight } = self.all[head as usize - 1];
            visit(at as usize, weight * worth);
            head = next;
        }
    }

    /// Takes an owner out.
    fn drop(&mut self, owner: Row) {
        self.masks.drop(owner);
        self.heads.drop(owner);
    }
}

/// The places of the bits of a mask.
fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(at)
    })
}

impl Walks<'_> {
    /// For each of these recommendations (the first [`AT_ONCE`]) the asker's own members that contribute most to its
    /// score, at most [`REASONS`], best first; equal ones the older first. O(links of the asker's members + links of
    /// those found), or where these or all links are more than a walk may read, of that walk again: then they are those that
    /// contribute most to the links that it read. With weights 16 bytes for each link of the found.
    pub fn why(&self, asker: Asker, found: &[Row], workspace: &mut Workspace) -> Vec<Vec<Row>> {
        let (links, found) = (self.links, &found[..found.len().min(AT_ONCE)]);
        asker.own(&links, self.recent, workspace);
        let reads = links.reads_of(links.up, found);
        let is_walked = links.len() > self.most || reads > self.most;
        if is_walked {
            self.vote(asker, workspace);
        }
        let Workspace { votes, worths, masks, heads, members, weights, buffer, held, .. } = workspace;
        let (owners, reads, are_weighed) =
            (self.store.table(links.owners).rows(), reads.min(self.most), links.are_weighed());
        worths.reset(owners, reads);
        masks.reset(owners, if are_weighed { 0 } else { reads });
        heads.reset(owners, if are_weighed { reads } else { 0 });
        let mut marks = Marks { are_weighed, worths, masks, heads, all: Vec::new() };
        match is_walked {
            true => self.mark_walked(asker, found, votes, &mut marks, buffer),
            false => self.mark_all(asker, found, &mut marks, buffer),
        }
        // It has what is recommended to it where what it knows may be.
        if let Some(row) = asker.owner() {
            marks.drop(row);
        }
        let mut reasons = vec![Reasons::default(); found.len()];
        if self.friend(asker).is_some() {
            for (&member, &weight) in members.iter().zip(weights.iter()) {
                marks.each(member, |at, worth| reasons[at].offer(member, rounded(weight * worth)));
            }
            return reasons.into_iter().map(Reasons::rows).collect();
        }
        let rate = self.rate(links.reads_of(links.up, members));
        let held = held.of(self.damping.held());
        let mut shares = vec![0.0; found.len()];
        for (&member, &weight) in members.iter().zip(weights.iter()) {
            let meet = |owner: Row, its: f64| marks.each(owner, |at, worth| shares[at] += its * worth);
            let power = if rate.is_partial() {
                links.some(links.up, member, rate.places(self.seeds(links.up, asker, member)), buffer, meet);
                links.power_of_all(links.up, member, held)
            } else {
                let owners = links.meet(links.up, member, buffer);
                let power = owners.power(held);
                owners.each(meet);
                power
            };
            for (reasons, share) in reasons.iter_mut().zip(&mut shares).filter(|(_, share)| **share > 0.0) {
                reasons.offer(member, rounded(std::mem::take(share) * weight * power));
            }
        }
        reasons.into_iter().map(Reasons::rows).collect()
    }

    /// Marks all links of those found.
    fn mark_all(&self, asker: Asker, found: &[Row], marks: &mut Marks, buffer: &mut Vec<Row>) {
        let (links, part, mut again) = (self.links, self.part(asker), Vec::new());
        for (at, &row) in found.iter().enumerate() {
            links.each(links.up, row, buffer, |owner, its| {
                let worth = || part(1.0, links.meet(links.down, owner, &mut again).weight());
                marks.push(owner, at, its, worth);
            });
        }
    }

    /// Marks those links of the found that the second step reads, by the votes of the first.
    fn mark_walked(&self, asker: Asker, found: &[Row], votes: &Sums<f64>, marks: &mut Marks, buffer: &mut Vec<Row>) {
        let (links, part) = (self.links, self.part(asker));
        let mut places: Vec<(Row, usize)> = found.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let mut mark = |owner: Row, part: f64, member: Row, its: f64| {
            if let Ok(place) = places.binary_search_by_key(&member, |&(row, _)| row) {
                marks.push(owner, places[place].1, its, || part);
            }
        };
        let mut reads = 0;
        votes.each(|owner, _| reads += links.reads(links.down, owner));
        let rate = self.rate(reads);
        votes.each(|owner, _| {
            if rate.is_partial() {
                let part = part(1.0, links.weight_of_all(links.down, owner));
                let drawn = rate.places(self.seeds(links.down, asker, owner));
                links.some(links.down, owner, drawn, buffer, |member, its| mark(owner, part, member, its));
            } else {
                let members = links.meet(links.down, owner, buffer);
                let part = part(1.0, members.weight());
                members.each(|member, its| mark(owner, part, member, its));
            }
        });
    }
}
