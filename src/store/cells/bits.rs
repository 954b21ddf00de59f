//! A growable list of bits.

use std::ops::Range;

use crate::store::room;

/// Bits, numbered from 0.
#[derive(Clone, Debug, Default)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// So many bits, all false.
    pub fn zeros(len: usize) -> Self {
        Bits { words: room::filled(0, len.div_ceil(64)), len }
    }

    /// So many bits, all true.
    pub fn ones(len: usize) -> Self {
        let mut words = room::filled(!0, len.div_ceil(64));
        if let (Some(last), 1..) = (words.last_mut(), len % 64) {
            *last = (1 << (len % 64)) - 1;
        }
        Bits { words, len }
    }

    /// How many bits there are, true or false.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit at a place; false beyond the end.
    #[inline]
    pub fn get(&self, at: usize) -> bool {
        // Bits beyond the end are false.
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Sets the bit at a place and returns what it was.
    pub fn set(&mut self, at: usize, bit: bool) -> bool {
        debug_assert!(at < self.len);
        let (word, mask) = (&mut self.words[at / 64], 1 << (at % 64));
        let was = *word & mask != 0;
        if bit {
            *word |= mask
        } else {
            *word &= !mask
        }
        was
    }

    /// Sets a bit that is there.
    #[inline]
    pub fn raise(&mut self, at: usize) {
        self.words[at / 64] |= 1 << (at % 64);
    }

    /// How many places are true in both.
    pub fn shared(&self, other: &Bits) -> usize {
        self.words.iter().zip(&other.words).map(|(one, two)| (one & two).count_ones() as usize).sum()
    }

    /// 1 where the bit at a place is true, else 0, beyond the end too.
    #[inline]
    pub fn one(&self, at: usize) -> u64 {
        self.words.get(at / 64).copied().unwrap_or(0) >> (at % 64) & 1
    }

    /// Appends a bit.
    pub fn push(&mut self, bit: bool) {
        self.make_room(1);
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if bit {
            self.set(self.len - 1, true);
        }
    }

    /// Makes room for so many bits more.
    #[inline]
    pub fn make_room(&mut self, count: usize) {
        let words = (self.len + count).div_ceil(64);
        if words > self.words.capacity() {
            // As far as a word each time would not be few.
            room::reserve(&mut self.words, words + words / 8 + 4);
        }
    }

    /// Appends so many bits of one value.
    pub fn extend(&mut self, count: usize, bit: bool) {
        self.make_room(count);
        let from = self.len;
        self.len += count;
        self.words.resize(self.len.div_ceil(64), 0);
        self.fill(from..self.len, bit);
    }

    /// Sets all bits of a range.
    pub fn fill(&mut self, range: Range<usize>, bit: bool) {
        let (mut at, end) = (range.start, range.end);
        while at < end {
            let (word, from) = (at / 64, at % 64);
            let count = (64 - from).min(end - at);
            let mask = (!0 >> (64 - count)) << from;
            if bit {
                self.words[word] |= mask;
            } else {
                self.words[word] &= !mask;
            }
            at += count;
        }
    }

    /// Appends the bits of another list.
    pub fn append(&mut self, other: &Bits) {
        let from = self.len;
        self.extend(other.len, false);
        other.ones_iter().for_each(|at| _ = self.set(from + at as usize, true));
    }

    /// Drops the bits from a place on.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.fill(len..self.len, false);
            self.len = len;
            self.words.truncate(len.div_ceil(64));
        }
    }

    /// The places of the true bits, ascending.
    pub fn ones_iter(&self) -> impl DoubleEndedIterator<Item = u32> + Clone + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| Ones { word, base: at as u32 * 64 })
    }

    /// How many bits are true.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many bits from a place on are true.
    pub fn ones_from(&self, from: usize) -> usize {
        let beyond = self.words.iter().skip(from / 64).map(|word| word.count_ones() as usize).sum::<usize>();
        let before =
            self.words.get(from / 64).map_or(0, |word| (word & ((1 << (from % 64)) - 1)).count_ones() as usize);
        beyond - before
    }

    /// The first true bit from a place on. O(words between).
    pub fn next_one(&self, from: usize) -> Option<usize> {
        let first = self.words.get(from / 64)? >> (from % 64) << (from % 64);
        let rest = self.words.iter().enumerate().skip(from / 64 + 1).map(|(at, &word)| (at, word));
        let mut words = std::iter::once((from / 64, first)).chain(rest);
        words.find(|&(_, word)| word != 0).map(|(at, word)| at * 64 + word.trailing_zeros() as usize)
    }

    /// The last true bit before a place. O(words between).
    pub fn last_one(&self, before: usize) -> Option<usize> {
        let before = before.min(self.len);
        let part = self.words.get(before / 64).map_or(0, |word| word & ((1 << (before % 64)) - 1));
        let rest = self.words[..before / 64].iter().enumerate().rev().map(|(at, &word)| (at, word));
        let mut words = std::iter::once((before / 64, part)).chain(rest);
        words.find(|&(_, word)| word != 0).map(|(at, word)| at * 64 + 63 - word.leading_zeros() as usize)
    }

    /// The place of the true bit that has so many before it. O(words before it).
    pub fn nth_one(&self, mut n: usize) -> Option<usize> {
        for (at, &word) in self.words.iter().enumerate() {
            let ones = word.count_ones() as usize;
            if n < ones {
                return Ones { word, base: at as u32 * 64 }.nth(n).map(|place| place as usize);
            }
            n -= ones;
        }
        None
    }

    /// The place of the true bit that has so many after it. O(words after it).
    pub fn nth_last_one(&self, mut n: usize) -> Option<usize> {
        for (at, &word) in self.words.iter().enumerate().rev() {
            let ones = word.count_ones() as usize;
            if n < ones {
                return Ones { word, base: at as u32 * 64 }.nth_back(n).map(|place| place as usize);
            }
            n -= ones;
        }
        None
    }

    /// Keeps the bits at these places, which must ascend, and all before `first`.
    pub fn keep(&mut self, first: usize, places: impl Iterator<Item = u32>) {
        let mut len = first;
        for place in places {
            self.set(len, self.get(place as usize));
            len += 1;
        }
        self.truncate(len);
        self.words.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

/// The places of the true bits of one word.
#[derive(Clone)]
struct Ones {
    word: u64,
    base: u32,
}

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let at = (self.word != 0).then(|| self.word.trailing_zeros())?;
        self.word &= self.word - 1;
        Some(self.base + at)
    }
}

impl DoubleEndedIterator for Ones {
    fn next_back(&mut self) -> Option<u32> {
        let at = (self.word != 0).then(|| 63 - self.word.leading_zeros())?;
        self.word &= !(1 << at);
        Some(self.base + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back_in_order_from_both_ends() {
        let mut bits = Bits::default();
        (0..200).for_each(|i| bits.push(i % 7 == 0));
        let expected: Vec<u32> = (0..200).filter(|i| i % 7 == 0).collect();
        assert_eq!(bits.ones_iter().collect::<Vec<_>>(), expected);
        assert_eq!(bits.ones_iter().rev().collect::<Vec<_>>(), expected.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(bits.count(), 29);
        assert!(bits.set(7, false) && !bits.get(7) && !bits.get(1000));
    }

    #[test]
    fn the_next_and_the_nth_are_found_from_both_ends() {
        for (len, every) in [(0, 1), (1, 1), (64, 1), (65, 64), (200, 7), (700, 150), (128, 1000)] {
            let mut bits = Bits::zeros(len);
            (0..len).filter(|at| at % every == every - 1).for_each(|at| bits.raise(at));
            let ones: Vec<usize> = bits.ones_iter().map(|at| at as usize).collect();
            for at in 0..len + 130 {
                assert_eq!(bits.next_one(at), ones.iter().copied().find(|&one| one >= at), "{len} {at}");
                assert_eq!(bits.last_one(at), ones.iter().copied().rfind(|&one| one < at), "{len} {at}");
            }
            for n in 0..ones.len() + 2 {
                assert_eq!(bits.nth_one(n), ones.get(n).copied());
                assert_eq!(bits.nth_last_one(n), ones.len().checked_sub(n + 1).map(|at| ones[at]));
            }
        }
    }

    #[test]
    fn ranges_are_filled_appended_and_cut() {
        for (from, to) in [(0, 0), (3, 64), (64, 128), (60, 70), (0, 200), (199, 200)] {
            let mut bits = Bits::zeros(200);
            bits.fill(from..to, true);
            assert!(bits.ones_iter().eq(from as u32..to as u32));
            let mut twice = bits.clone();
            twice.append(&bits);
            assert!(twice.ones_iter().eq((from as u32..to as u32).chain(200 + from as u32..200 + to as u32)));
            bits.truncate(65);
            bits.extend(100, true);
            assert!(bits.ones_iter().eq((from as u32..to.min(65) as u32).chain(65..165)));
        }
    }

    #[test]
    fn what_two_lists_share_is_counted() {
        for (len, other) in [(0, 5), (64, 64), (448, 448), (1000, 3000), (5000, 4999)] {
            let (mut one, mut two) = (Bits::zeros(len), Bits::zeros(other));
            (0..len).filter(|at| at % 7 < 3).for_each(|at| one.raise(at));
            (0..other).filter(|at| at % 5 < 3).for_each(|at| two.raise(at));
            let shared = (0..len.min(other)).filter(|at| at % 7 < 3 && at % 5 < 3).count();
            assert_eq!((one.shared(&two), two.shared(&one)), (shared, shared));
            assert!((0..len + 100).all(|at| one.one(at) == u64::from(one.get(at))));
        }
    }

    #[test]
    fn ones_are_as_many_as_asked() {
        for len in [0, 1, 63, 64, 65, 128] {
            assert_eq!(Bits::ones(len).count(), len);
        }
    }
}
