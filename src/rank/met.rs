//! What a row is linked with, to be counted and then visited.

use crate::rank::damping::Powers;
use crate::rank::lists::Listed;
use crate::rank::way::{Direction, Way};
use crate::store::id::Row;

/// What a row is linked with. Where every join row counts, it is read only when it is visited.
pub struct Met<'a, 'b> {
    pub(super) way: Way<'a>,
    pub(super) side: Direction,
    pub(super) row: Row,
    pub(super) listed: Option<Listed<'a>>,
    pub(super) buffer: &'b mut Vec<Row>,
}

impl<'a> Met<'a, '_> {
    /// How many rows it is linked with. O(1).
    #[inline]
    pub fn degree(&self) -> usize {
        match self.listed {
            Some(listed) => listed.rows.len(),
            None => self.way.exactly(self.side, self.row).unwrap_or(self.buffer.len()),
        }
    }

    /// What its links weigh: their number, unless they have weights. Costs as [`degree`](Self::degree), and O(links) with weights.
    #[inline]
    pub fn weight(&self) -> f64 {
        self.weights().map_or_else(|| self.degree() as f64, |weights| weights.iter().sum())
    }

    /// The sum of the squares of the weights.
    #[inline]
    pub fn square(&self) -> f64 {
        let square = |weights: &[f64]| weights.iter().map(|weight| weight * weight).sum();
        self.weights().map_or_else(|| self.degree() as f64, square)
    }

    /// A power of what its links weigh.
    #[inline]
    pub fn power(&self, powers: &mut Powers) -> f64 {
        match self.weights() {
            None => powers.get(self.degree()),
            Some(weights) => powers.of_weight(weights.iter().sum()),
        }
    }

    #[inline]
    fn weights(&self) -> Option<&'a [f64]> {
        self.listed.and_then(|listed| listed.weights)
    }

    /// Visits them, each with the weight of its link: in the order of the links if every join row counts, else ascending.
    #[inline]
    pub fn each(self, mut visit: impl FnMut(Row, f64)) {
        if let Some(listed) = self.listed {
            return listed.each(visit);
        }
        if self.side.exact {
            self.way.gather(self.side, self.row, self.buffer);
        }
        self.buffer.iter().for_each(|&row| visit(row, 1.0));
    }
}
