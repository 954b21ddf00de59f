//! How much popularity counts against a link.

use crate::store::room;

/// The exponents of a recommendation: what `i` contributes to `j` is divided by `deg(i)^held * deg(j)^found`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Damping {
    /// For the members that the asker has.
    pub held: f64,
    /// For those recommended.
    pub found: f64,
}

impl Default for Damping {
    /// Chosen on a tenth of the training links of each user of Gowalla, held out: `benches/recommend.py --choose`.
    fn default() -> Self {
        Damping { held: 0.8, found: 0.2 }
    }
}

/// Powers of degrees, each computed once.
#[derive(Debug, Default)]
pub struct Powers {
    exponent: f64,
    /// `degree ^ -exponent`; 0 where it is not known yet.
    known: Vec<f64>,
}

/// Larger degrees are rare.
const KNOWN: usize = 1 << 13;

impl Powers {
    /// Forgets the powers of another exponent.
    pub fn of(&mut self, exponent: f64) -> &mut Self {
        if self.exponent != exponent || self.known.is_empty() {
            self.exponent = exponent;
            self.known = room::filled(0.0, KNOWN);
        }
        self
    }

    /// `degree ^ -exponent`, for a degree of at least 1.
    #[inline]
    pub fn get(&mut self, degree: usize) -> f64 {
        match self.known.get_mut(degree) {
            Some(known) => {
                if *known == 0.0 {
                    *known = (degree as f64).powf(-self.exponent);
                }
                *known
            }
            None => (degree as f64).powf(-self.exponent),
        }
    }
}
