//! Whole numbers of 128 bits, in two halves: so that a [`Value`](crate::store::value::Value) stays as small as it is without
//! them, and cells need no larger alignment.

use std::fmt;

/// A whole number of 128 bits, signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wide {
    high: i64,
    low: u64,
}

impl Wide {
    /// Its halves: the upper one is signed.
    pub fn halves(self) -> [u64; 2] {
        [self.high as u64, self.low]
    }

    /// The number that stands for a UUID: they are ordered alike.
    pub fn of_uuid(uuid: u128) -> Self {
        Wide::from((uuid ^ (1 << 127)) as i128)
    }

    /// The UUID that it stands for.
    pub fn uuid(self) -> u128 {
        i128::from(self) as u128 ^ (1 << 127)
    }
}

impl From<i128> for Wide {
    fn from(number: i128) -> Self {
        Wide { high: (number >> 64) as i64, low: number as u64 }
    }
}

impl From<Wide> for i128 {
    fn from(number: Wide) -> Self {
        i128::from(number.high) << 64 | i128::from(number.low)
    }
}

impl fmt::Display for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        i128::from(*self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_keep_their_order() {
        let numbers = [i128::MIN, -1 << 64, -1, 0, 1, (1 << 64) - 1, 1 << 64, i128::MAX];
        assert!(numbers.iter().all(|&number| i128::from(Wide::from(number)) == number));
        assert!(numbers.windows(2).all(|pair| Wide::from(pair[0]) < Wide::from(pair[1])));
        let uuids = [0, 1, 1 << 64, 1 << 127, u128::MAX];
        assert!(uuids.iter().all(|&uuid| Wide::of_uuid(uuid).uuid() == uuid));
        assert!(uuids.windows(2).all(|pair| Wide::of_uuid(pair[0]) < Wide::of_uuid(pair[1])));
    }
}
