//! What walks bring to a member.

use std::ops::AddAssign;

use crate::rank::damping::sure;

/// Something that adds up, an owner's part at a time.
pub trait Tally: Copy + Default + PartialEq + AddAssign {
    /// What an owner brings that gives this part; nothing where it gives 0.
    fn of(part: f64) -> Self;

    /// The sum of the parts.
    fn sum(self) -> f64;

    /// What that counts, popularity aside: at most the sum.
    fn worth(self) -> f64;
}

/// The sum alone.
impl Tally for f64 {
    #[inline]
    fn of(part: f64) -> Self {
        part
    }

    #[inline]
    fn sum(self) -> f64 {
        self
    }

    #[inline]
    fn worth(self) -> f64 {
        self
    }
}

/// The sum and of how many owners: what only few led to counts less.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backed {
    sum: f64,
    owners: u32,
}

impl AddAssign for Backed {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.sum += other.sum;
        self.owners += other.owners;
    }
}

impl Tally for Backed {
    #[inline]
    fn of(part: f64) -> Self {
        Backed { sum: part, owners: u32::from(part != 0.0) }
    }

    #[inline]
    fn sum(self) -> f64 {
        self.sum
    }

    #[inline]
    fn worth(self) -> f64 {
        self.sum * sure(self.owners)
    }
}
