//! How much popularity counts against a link.

use crate::store::room;

/// How a recommendation is damped: what `i` contributes to `j` is divided by `deg(i)^p * deg(j)^q`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Damping {
    /// `p` is `HELD`, `q` is what the asker's own walks say (`steps_of`), and what few owners led to counts less
    /// ([`sure`]).
    #[default]
    Auto,
    /// As given.
    Fixed {
        /// `p`, for the members that the asker has.
        held: f64,
        /// `q`, for those recommended.
        found: f64,
    },
}

impl Damping {
    /// The exponent for the members that the asker has.
    pub fn held(self) -> f64 {
        match self {
            Damping::Auto => HELD,
            Damping::Fixed { held, .. } => held,
        }
    }
}

/// What `p` is unless it is given. This and the numbers below were chosen with five sets of links and read on
/// five others: "The default damping" in `docs/design.md`.
const HELD: f64 = 0.6;

/// `q` is a whole number of these, so that the last digit of a logarithm decides nothing.
pub const STEP: f64 = 1.0 / 64.0;

/// `q`, in [`STEP`]s, for an asker whose walks are so many and come to so many members that it does not have: with few
/// paths a member nearly every one has a single path, and damping would only put the rarest first; with many, the
/// popular come by theirs by chance.
pub fn steps_of(paths: usize, touched: usize) -> usize {
    if touched == 0 {
        return 0;
    }
    let found = 0.05 + 0.25 * (paths as f64 / touched as f64).ln();
    (found.clamp(0.0, 0.8) / STEP).round() as usize
}

/// What a score counts to which so many owners led: all of it where they are many, a quarter where it is one. Shrinking by
/// support, n / (n + constant), is what neighbourhood methods do with correlations (Koren, "Factorization meets the
/// neighborhood", KDD 2008).
#[inline]
pub fn sure(owners: u32) -> f64 {
    let owners = f64::from(owners);
    owners / (owners + 3.0)
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
            None => self.of_weight(degree as f64),
        }
    }

    /// `weight ^ -exponent`, for a weight above 0.
    pub fn of_weight(&self, weight: f64) -> f64 {
        weight.powf(-self.exponent)
    }

    /// The most that such a power is of weights that are no less than this one.
    pub fn most(&self, least: f64) -> f64 {
        self.of_weight(least).max(1.0)
    }
}

/// The powers of the exponents that were asked for.
#[derive(Debug, Default)]
pub struct Found {
    given: Powers,
    /// By [`STEP`]s.
    chosen: Vec<Powers>,
}

impl Found {
    /// Of an exponent that was given: of the last one only.
    pub fn given(&mut self, exponent: f64) -> &mut Powers {
        self.given.of(exponent)
    }

    /// Of an exponent of so many [`STEP`]s: there are few.
    pub fn chosen(&mut self, steps: usize) -> &mut Powers {
        if self.chosen.len() <= steps {
            self.chosen.resize_with(steps + 1, Powers::default);
        }
        self.chosen[steps].of(steps as f64 * STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_paths_say_of_damping() {
        assert_eq!((steps_of(0, 0), steps_of(5, 0)), (0, 0));
        // 0.05 and 0.8 are no whole numbers of steps.
        assert_eq!((steps_of(7, 7), steps_of(1_000_000, 3)), (3, 51));
        assert_eq!(steps_of(40, 10), ((0.05 + 0.25 * 4f64.ln()) * 64.0).round() as usize);
        // Never less than one path a member, but where some were not read.
        assert_eq!(steps_of(1, 10), 0);
        assert_eq!((sure(1), sure(3)), (0.25, 0.5));
    }
}
