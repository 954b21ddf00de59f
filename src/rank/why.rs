//! Which of the asker's own members led to a recommendation.

use crate::rank::asker::Asker;
use crate::rank::best::rounded;
use crate::rank::recommend::Walks;
use crate::rank::workspace::Workspace;
use crate::store::id::Row;

/// How many reasons there are, at most.
pub const REASONS: usize = 3;

/// How many recommendations are looked at in one pass over the links of the asker's members: the bits of a mask.
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

impl Walks<'_> {
    /// For each of these recommendations (the first [`AT_ONCE`]) the asker's own members that contribute most to its
    /// score, at most [`REASONS`], best first; equal ones the older first. O(links of the asker's members + links of
    /// those found); of a walk that is sampled, the members that contribute most to the links it reads.
    pub fn why(&self, asker: Asker, found: &[Row], workspace: &mut Workspace) -> Vec<Vec<Row>> {
        let links = self.links;
        let found = &found[..found.len().min(AT_ONCE)];
        let found_weights = self.mark(asker, found, workspace);
        asker.own(&links, self.recent, workspace);
        let Workspace { votes, masks, slots, members, weights, buffer, held, .. } = workspace;
        let weight_of_found = |owner: Row, at: usize| match slots.get(owner) {
            0 => 1.0,
            slot => found_weights[(slot as usize - 1) * found.len() + at],
        };
        let mut reasons = vec![Reasons::default(); found.len()];
        if self.friend(asker).is_some() {
            for (&member, &weight) in members.iter().zip(weights.iter()) {
                let part = weight * votes.get(member);
                bits(masks.get(member))
                    .for_each(|at| reasons[at].offer(member, rounded(part * weight_of_found(member, at))));
            }
            return reasons.into_iter().map(Reasons::rows).collect();
        }
        let rate = self.rate(members.iter().map(|&member| links.reads(links.up, member)).sum());
        let held = held.of(self.damping.held());
        let mut shares = vec![0.0; found.len()];
        for (&member, &weight) in members.iter().zip(weights.iter()) {
            let mut met = 0;
            let mut meet = |owner: Row, its: f64| {
                let mask = masks.get(owner);
                bits(mask).for_each(|at| shares[at] += its * votes.get(owner) * weight_of_found(owner, at));
                met |= mask;
            };
            let power = if rate.is_partial() {
                links.some(links.up, member, rate.places(self.seeds(links.up, asker, member)), buffer, &mut meet);
                links.power_of_all(links.up, member, held)
            } else {
                let owners = links.meet(links.up, member, buffer);
                let power = owners.power(held);
                owners.each(&mut meet);
                power
            };
            for at in bits(met) {
                reasons[at].offer(member, rounded(std::mem::take(&mut shares[at]) * weight * power));
            }
        }
        reasons.into_iter().map(Reasons::rows).collect()
    }

    /// Marks the owners of those found with a mask of which they have, and a vote of what a link of theirs is worth. Where links have
    /// weights, also those to the found: as many for each slot.
    fn mark(&self, asker: Asker, found: &[Row], workspace: &mut Workspace) -> Vec<f64> {
        let (links, part) = (self.links, self.part(asker));
        let Workspace { votes, masks, slots, members, weights, buffer, .. } = workspace;
        let reads: usize = found.iter().map(|&row| links.reads(links.up, row)).sum();
        let (rate, owners) = (self.rate(reads), self.store.table(links.owners).rows());
        masks.reset(owners, reads.min(self.most));
        votes.reset(owners, reads.min(self.most));
        slots.reset(owners, if links.are_weighed() { reads.min(self.most) } else { 0 });
        let (mut of_found, mut filled) = (Vec::new(), 0_u64);
        for (at, &row) in found.iter().enumerate() {
            members.clear();
            weights.clear();
            let keep = |owner: Row, its: f64| {
                members.push(owner);
                weights.push(its);
            };
            if rate.is_partial() {
                let places = rate.places(self.seeds(links.up, asker, row));
                links.some(links.up, row, places, buffer, keep);
            } else {
                links.each(links.up, row, buffer, keep);
            }
            for (&owner, &its) in members.iter().zip(weights.iter()) {
                if masks.get(owner) == 0 {
                    let weight = match rate.is_partial() {
                        true => links.weight_of_all(links.down, owner),
                        false => links.meet(links.down, owner, buffer).weight(),
                    };
                    votes.add(owner, part(1.0, weight));
                    if links.are_weighed() {
                        filled += 1;
                        slots.add(owner, filled);
                        of_found.resize(filled as usize * found.len(), 0.0);
                    }
                }
                masks.add(owner, 1 << at);
                if links.are_weighed() {
                    of_found[(slots.get(owner) as usize - 1) * found.len() + at] = its;
                }
            }
        }
        // It has what is recommended to it where what it knows may be.
        if let Some(row) = asker.owner() {
            masks.drop(row);
        }
        of_found
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
