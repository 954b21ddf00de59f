//! Which of the asker's own members led to a recommendation.

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
}

impl Walks<'_> {
    /// For each of these recommendations (the first [`AT_ONCE`]) the asker's own members that contribute most to its
    /// score, at most [`REASONS`], best first; equal ones the older first. O(links of the asker's members + links of
    /// those found); of a walk that is sampled, the members that contribute most to the links it reads.
    pub fn why(&self, asker: Row, found: &[Row], workspace: &mut Workspace) -> Vec<Vec<Row>> {
        let links = self.links;
        let found = &found[..found.len().min(AT_ONCE)];
        self.mark(asker, found, workspace);
        let Workspace { votes, masks, members, buffer, held, .. } = workspace;
        members.clear();
        links.each(links.down, asker, buffer, |member| members.push(member));
        let rate = self.rate(members.iter().map(|&member| links.reads(links.up, member)).sum());
        let held = held.of(self.damping.held());
        let mut reasons = vec![Reasons::default(); found.len()];
        let mut shares = vec![0.0; found.len()];
        for &member in members.iter() {
            let mut met = 0;
            let mut meet = |owner: Row| {
                let mask = masks.get(owner);
                bits(mask).for_each(|at| shares[at] += votes.get(owner));
                met |= mask;
            };
            let degree = if rate.is_partial() {
                links.some(links.up, member, rate.places(self.seeds(links.up, asker, member)), buffer, &mut meet);
                links.join_rows(links.up, member)
            } else {
                let owners = links.meet(links.up, member, buffer);
                let degree = owners.degree();
                owners.each(&mut meet);
                degree
            };
            for at in bits(met) {
                reasons[at].offer(member, rounded(std::mem::take(&mut shares[at]) * held.get(degree)));
            }
        }
        let rows = |reasons: Reasons| reasons.0.into_iter().map(|(row, _)| row).collect();
        reasons.into_iter().map(rows).collect()
    }

    /// Marks the owners of those found with a mask of which they have, and a vote of what a link of theirs is worth.
    fn mark(&self, asker: Row, found: &[Row], workspace: &mut Workspace) {
        let links = self.links;
        let Workspace { votes, masks, members, buffer, .. } = workspace;
        let reads: usize = found.iter().map(|&row| links.reads(links.up, row)).sum();
        let (rate, owners) = (self.rate(reads), self.store.table(links.owners).rows());
        masks.reset(owners, reads.min(self.most));
        votes.reset(owners, reads.min(self.most));
        for (at, &row) in found.iter().enumerate() {
            members.clear();
            if rate.is_partial() {
                let places = rate.places(self.seeds(links.up, asker, row));
                links.some(links.up, row, places, buffer, |owner| members.push(owner));
            } else {
                links.each(links.up, row, buffer, |owner| members.push(owner));
            }
            for &owner in members.iter() {
                if masks.get(owner) == 0 {
                    let degree = match rate.is_partial() {
                        true => links.join_rows(links.down, owner),
                        false => links.degree(links.down, owner, buffer),
                    };
                    votes.add(owner, 1.0 / degree as f64);
                }
                masks.add(owner, 1 << at);
            }
        }
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
