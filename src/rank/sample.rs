//! Reading a part of a list, where all of it would take too long.

/// Which part of the links a step of a walk reads, and by what it weighs those: each link is read with probability
/// `rate`, independently, and counts `1 / rate`, so that the expected score is that of the whole walk.
#[derive(Clone, Copy, Debug)]
pub struct Rate(f64);

impl Rate {
    /// Reads at most about so many of `reads` links.
    pub fn of(most: usize, reads: usize) -> Self {
        Rate(if reads > most { most as f64 / reads as f64 } else { 1.0 })
    }

    /// Whether links are left out.
    pub fn is_partial(self) -> bool {
        self.0 < 1.0
    }

    /// What a link that is read counts.
    pub fn weight(self) -> f64 {
        1.0 / self.0
    }

    /// The places to read, ascending and without end. The same for the same numbers in `seed`.
    pub fn places(self, seed: [u64; 3]) -> impl Iterator<Item = usize> {
        let mixed = seed.into_iter().fold(0u64, |mixed, part| {
            (mixed ^ part).wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(31)
        });
        let (mut random, mut next) = (fastrand::Rng::with_seed(mixed), 0usize);
        // How many are passed over before the next one is read is distributed geometrically.
        let scale = 1.0 / (-self.0).ln_1p();
        std::iter::from_fn(move || {
            let skip = (1.0 - random.f64()).ln() * scale;
            let place = next.checked_add(skip as usize)?;
            next = place.checked_add(1)?;
            Some(place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_as_many_are_read_as_asked() {
        let rate = Rate::of(10_000, 100_000);
        let read = |seed| rate.places([seed, 1, 2]).take_while(|&place| place < 100_000).collect::<Vec<_>>();
        assert!(read(1).is_sorted_by(|one, two| one < two));
        assert!((9_000..11_000).contains(&read(1).len()), "{}", read(1).len());
        assert_eq!(read(1), read(1));
        assert_ne!(read(1), read(2));
    }

    #[test]
    fn few_are_all_read() {
        assert!(!Rate::of(10, 10).is_partial());
        assert!(Rate::of(10, 11).is_partial());
        assert_eq!(Rate::of(5, 10).weight(), 2.0);
    }
}
