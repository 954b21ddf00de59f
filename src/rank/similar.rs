//! Owners that share members.

use crate::rank::asker::Asker;
use crate::rank::best::{Best, SLACK, Scored, rounded};
use crate::rank::links::Links;
use crate::rank::met::Met;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::id::Row;

/// How alike two sets of members are, by how many they share: divided by how many that could be, and [`SHRINK`] more. Where links
/// have weights, a set is a vector of them: `shared` is the sum of the products of what two have in common for the
/// cosine, and of the lesser of the two weights for the others (Ruzicka, 1958); `a` and `b` are the sums of the squares for the cosine and
/// of the weights for the others. With weights of 1 all that is how many they are.
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

    /// What a member adds that both have.
    #[inline]
    fn shared(self, one: f64, other: f64) -> f64 {
        match self {
            Measure::Cosine => one * other,
            Measure::Jaccard | Measure::Overlap | Measure::Count => one.min(other),
        }
    }

    /// How large a set is.
    #[inline]
    fn size(self, of: &Met) -> f64 {
        match self {
            Measure::Cosine => of.square(),
            Measure::Jaccard | Measure::Overlap | Measure::Count => of.weight(),
        }
    }

    /// The least that a set can be which shares so much with one of size `own`.
    #[inline]
    fn least(self, shared: f64, own: f64, are_weighed: bool) -> f64 {
        match self {
            // By Cauchy and Schwarz.
            Measure::Cosine if are_weighed => shared * shared / own,
            _ => shared,
        }
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
    Asker::Owner(owner).own(links, None, workspace);
    let Workspace { sums, members, weights, buffer, .. } = workspace;
    let own = weights.iter().map(|&weight| measure.shared(weight, weight)).sum::<f64>();
    let reads = links.reads_of(links.up, members);
    sums.reset(store.table(links.owners).rows(), reads);
    for (&member, &weight) in members.iter().zip(weights.iter()) {
        links.each(links.up, member, buffer, |other, its| sums.add(other, measure.shared(weight, its)));
    }
    sums.drop(owner);
    let are_weighed = links.are_weighed();
    let score = |shared: f64, other: f64| match are_weighed {
        // Sums of weights may differ in the last digits by their order.
        true => rounded(measure.score(shared, own, other, shrink)),
        false => measure.score(shared, own, other, shrink),
    };
    let mut best = Best::of(k, sums.count());
    sums.each(|other, shared| {
        // No measure is more than what it is if the other has nothing else.
        let most = measure.score(shared, own, measure.least(shared, own, are_weighed), shrink);
        if !best.is_over(if are_weighed { most * SLACK } else { most }) {
            best.offer(
                other,
                match measure {
                    Measure::Count => score(shared, shared),
                    _ => score(shared, measure.size(&links.meet(links.down, other, buffer))),
                },
            );
        }
    });
    best.finish()
}
