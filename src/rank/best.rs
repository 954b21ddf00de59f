//! The k best of many.

use std::cmp::Ordering;

use crate::store::id::Row;
use crate::store::room;

/// A row and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The row.
    pub row: Row,
    /// Finite; what is larger is better.
    pub score: f64,
}

impl Scored {
    /// Best first: the higher score, and of equal ones the older row.
    fn order(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.row.cmp(&other.row))
    }
}

/// The `k` best of what was offered. Holds at most twice as many.
///
/// Offers are gathered until they are `2 k`, then the worse half goes: O(1) amortised an offer, and one comparison for
/// those below what the k-th had when that was last known.
#[derive(Debug)]
pub struct Best {
    k: usize,
    kept: Vec<Scored>,
    /// The k-th of those kept when they were last halved: nothing worse can be among the best.
    bar: Option<Scored>,
}

impl Best {
    /// For the `k` best of about so many.
    pub fn of(k: usize, offers: usize) -> Self {
        let mut kept = Vec::new();
        room::reserve(&mut kept, k.saturating_mul(2).min(offers));
        Best { k, kept, bar: None }
    }

    /// Whether a score is too low, whatever the row.
    #[inline]
    pub fn is_over(&self, score: f64) -> bool {
        self.bar.is_some_and(|bar| score < bar.score)
    }

    /// Offers a row.
    #[inline]
    pub fn offer(&mut self, row: Row, score: f64) {
        if !self.is_over(score) {
            self.keep(Scored { row, score });
        }
    }

    fn keep(&mut self, scored: Scored) {
        if self.k == 0 || self.bar.is_some_and(|bar| bar.order(&scored).is_lt()) {
            return;
        }
        self.kept.push(scored);
        if self.kept.len() >= self.k.saturating_mul(2) {
            self.halve();
        }
    }

    fn halve(&mut self) {
        if self.kept.len() > self.k && self.k > 0 {
            let (_, last, _) = self.kept.select_nth_unstable_by(self.k - 1, Scored::order);
            self.bar = Some(*last);
            self.kept.truncate(self.k);
        }
    }

    /// The best, best first.
    pub fn finish(mut self) -> Vec<Scored> {
        self.halve();
        self.kept.sort_unstable_by(Scored::order);
        self.kept
    }
}

/// A score to 40 binary digits. What is equal by the formula may differ in the last digits of a sum, by the order of
/// its parts; those must not decide which of two comes first. Whole numbers are sums of whole numbers, which are exact.
pub fn rounded(score: f64) -> f64 {
    const LOST: u64 = 1 << 12;
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    match score.is_finite() && (score.fract() != 0.0 || score >= EXACT) {
        true => f64::from_bits((score.to_bits() + LOST / 2) & !(LOST - 1)),
        false => score,
    }
}

/// More than rounding can make of a score.
pub const SLACK: f64 = 1.0 + 1e-11;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_sorting_does(scores in proptest::collection::vec(0..8u8, 0..60), k in 0..20usize) {
            let mut all: Vec<Scored> =
                (0..).zip(&scores).map(|(row, &score)| Scored { row, score: f64::from(score) }).collect();
            let mut best = Best::of(k, all.len());
            all.iter().rev().for_each(|scored| best.offer(scored.row, scored.score));
            all.sort_by(Scored::order);
            all.truncate(k);
            prop_assert_eq!(best.finish(), all);
        }

        #[test]
        fn rounding_is_close_and_keeps_order(one in 0.0..1e12f64, two in 0.0..1e12f64) {
            prop_assert!((rounded(one) - one).abs() <= one * 1e-12);
            prop_assert!(one > two || rounded(one) <= rounded(two));
        }
    }

    #[test]
    fn sums_in_another_order_are_one_score() {
        let parts = [0.1, 0.2, 0.3, 0.7, 1e-3];
        let (there, back) = (parts.iter().sum::<f64>(), parts.iter().rev().sum::<f64>());
        assert_eq!(rounded(there), rounded(back));
        assert_eq!((rounded(0.5), rounded(3.0), rounded(0.0)), (0.5, 3.0, 0.0));
        let cents = (1_u64 << 45) as f64;
        assert_eq!((rounded(cents + 3.0), rounded(cents + 2.5)), (cents + 3.0, cents));
    }
}
