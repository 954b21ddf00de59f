//! Owners that share members.

use crate::rank::best::{Best, Scored};
use crate::rank::links::Links;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::id::Row;

/// How alike two sets of members are, by how many they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// `shared / sqrt(a b)`: the cosine of the two rows of the matrix of links.
    Cosine,
    /// `shared / (a + b - shared)`: intersection over union (Jaccard, 1901).
    Jaccard,
    /// `shared / min(a, b)`: the overlap coefficient (Szymkiewicz and Simpson).
    Overlap,
    /// `shared`.
    Count,
}

impl Measure {
    /// All, by name.
    pub const NAMES: [(&str, Measure); 4] = [
        ("cosine", Measure::Cosine),
        ("jaccard", Measure::Jaccard),
        ("overlap", Measure::Overlap),
        ("count", Measure::Count),
    ];

    /// The measure of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(other, _)| *other == name).map(|&(_, measure)| measure)
    }

    /// The score of two sets of `a` and `b` members that share so many. Quotients of whole numbers, so that what is
    /// equal by the formula is equal.
    #[inline]
    fn score(self, shared: f64, a: f64, b: f64) -> f64 {
        match self {
            Measure::Cosine => (shared * shared / (a * b)).sqrt(),
            Measure::Jaccard => shared / (a + b - shared),
            Measure::Overlap => shared / a.min(b),
            Measure::Count => shared,
        }
    }
}

/// The `k` other owners that share members with `owner`, most alike first. Exact. O(links of its members): it visits
/// each of them, and nobody who shares none. Where a pair may have several join rows, also O(links of those visited).
pub fn similar(
    store: &Store,
    links: &Links,
    owner: Row,
    k: usize,
    measure: Measure,
    workspace: &mut Workspace,
) -> Vec<Scored> {
    let Workspace { sums, members, buffer, .. } = workspace;
    members.clear();
    links.each(links.down, owner, buffer, |member| members.push(member));
    let reads: usize = members.iter().map(|&member| links.reads(links.up, member)).sum();
    sums.reset(store.table(links.owners).rows(), reads);
    for &member in members.iter() {
        links.each(links.up, member, buffer, |other| sums.add(other, 1.0));
    }
    sums.drop(owner);
    let own = members.len() as f64;
    let mut best = Best::of(k, sums.count());
    sums.each(|other, shared| {
        // No measure is more than what it is if all the members of the other are shared.
        if !best.is_over(measure.score(shared, own, shared)) {
            let score = match measure {
                Measure::Count => shared,
                _ => measure.score(shared, own, links.degree(links.down, other, buffer) as f64),
            };
            best.offer(other, score);
        }
    });
    best.finish()
}
