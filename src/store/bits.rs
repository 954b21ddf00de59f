//! A growable list of bits.

/// Bits, numbered from 0.
#[derive(Clone, Debug, Default)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// So many bits, all false.
    pub fn zeros(len: usize) -> Self {
        Bits { words: vec![0; len.div_ceil(64)], len }
    }

    /// So many bits, all true.
    pub fn ones(len: usize) -> Self {
        let mut words = vec![!0; len.div_ceil(64)];
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
    pub fn get(&self, at: usize) -> bool {
        at < self.len && self.words[at / 64] >> (at % 64) & 1 == 1
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

    /// Appends a bit.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if bit {
            self.set(self.len - 1, true);
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

    /// Keeps the bits at these places, in this order.
    pub fn keep(&self, places: impl Iterator<Item = u32>) -> Bits {
        let mut kept = Bits::default();
        places.for_each(|at| kept.push(self.get(at as usize)));
        kept.words.shrink_to_fit();
        kept
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
    fn ones_are_as_many_as_asked() {
        for len in [0, 1, 63, 64, 65, 128] {
            assert_eq!(Bits::ones(len).count(), len);
        }
    }
}
