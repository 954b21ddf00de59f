//! Owners that share members.

use crate::rank::best::{Best, Scored};
use crate::rank::links::Links;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::id::Row;

/// How alike two sets of members are, by how many they share: divided by how many that could be, and [`SHRINK`] more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// `shared / (sqrt(a b) + shrink)`: the cosine of the two rows of the matrix of links.
    Cosine,
    /// `shared / (a + b - shared + shrink)`: intersection over union (Jaccard, 1901).
    Jaccard,
    /// `shared / (min(a, b) + shrink)`: the overlap coefficient (Szymkiewicz and Simpson).
    Overlap,
    /// `shared`.
    Count,
}

/// What is added below the line unless it is given, so that sets do not count as alike because both are small: the
/// shrink term of neighbourhood methods (Ferrari Dacrema, Cremonesi and Jannach, "Are we really making much progress?",
/// RecSys 2019).
pub const SHRINK: f64 = 10.0;

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

    /// The score of two sets of `a` and `b` members that share so many. Quotients of whole numbers where there is no
    /// shrinking, so that what is equal by the formula is equal.
    #[inline]
    fn score(self, shared: f64, a: f64, b: f64, shrink: f64) -> f64 {
        match self {
            Measure::Cosine if shrink == 0.0 => (shared * shared / (a * b)).sqrt(),
            Measure::Cosine => shared / ((a * b).sqrt() + shrink),
            Measure::Jaccard => shared / (a + b - shared + shrink),
            Measure::Overlap => shared / (a.min(b) + shrink),
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
    (measure, shrink): (Measure, f64),
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
        if !best.is_over(measure.score(shared, own, shared, shrink)) {
            let score = match measure {
                Measure::Count => shared,
                _ => {
                    let degree = links.degree(links.down, other, buffer);
                    measure.score(shared, own, degree as f64, shrink)
                }
            };
            best.offer(other, score);
        }
    });
    best.finish()
}
