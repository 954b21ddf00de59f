//! A growable list of numbers, each in as many bits as the largest needs.

use std::ops::Range;

use crate::store::room;

/// Unsigned numbers of up to 64 bits, numbered from 0.
///
/// All of one list take the same number of bits; what needs more than 57 bits takes 64. A number that needs more *widens* the list: it is rewritten, as a
/// vector that grows is copied. A number may lie across bytes, so eight bytes are read at once, and a few bytes beyond
/// the last number are kept for that.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    /// The numbers, the lowest bits first, and at least [`TAIL`] bytes more; empty if there never was a number.
    bytes: Vec<u8>,
    /// Bits a number.
    width: u32,
    len: usize,
}

/// Of a width that is not whole bytes: seven bits may be left of the first byte, and this is beside them in eight.
const MAX_BITS: u32 = 57;

/// Bytes behind the last number, so that eight can be read from any of its bytes.
const TAIL: usize = 8;

/// A list that grows takes whole bytes a number: it is widened less often, and to write one no other is read.
const STEP: u32 = 8;

impl Packed {
    /// An empty list.
    pub const NEW: Packed = Packed { bytes: Vec::new(), width: 0, len: 0 };

    /// An empty list of numbers of so many bits, with room for so many.
    pub fn with_capacity(len: usize, width: u32) -> Self {
        Packed { len: 0, ..Packed::ones(len, width) }
    }

    /// So many numbers of so many bits, all of them ones.
    pub fn ones(len: usize, width: u32) -> Self {
        let mut packed = Packed { bytes: Vec::new(), width, len };
        packed.bytes = written(packed.bytes_for(len));
        packed
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The largest number that there is room for. O(1).
    pub fn largest(&self) -> u64 {
        mask(self.width)
    }

    /// The number at a place. O(1).
    #[inline]
    pub fn get(&self, at: usize) -> u64 {
        debug_assert!(at < self.len, "{at} of {}", self.len);
        let bit = at * self.width as usize;
        self.word(bit / 8) >> (bit % 8) & mask(self.width)
    }

    /// The numbers at these places.
    pub fn iter(&self, places: Range<usize>) -> impl DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone + '_ {
        places.map(|at| self.get(at))
    }

    /// Visits the numbers at these places: quicker than one by one, in a loop for each width of whole bytes.
    #[inline]
    pub fn each(&self, places: Range<usize>, mut visit: impl FnMut(u64)) {
        debug_assert!(places.end <= self.len, "{places:?} of {}", self.len);
        let bytes = |width: usize| &self.bytes[places.start * width..places.end * width];
        match self.width {
            _ if places.is_empty() => {}
            8 => bytes(1).iter().for_each(|&one| visit(one.into())),
            16 => bytes(2).as_chunks().0.iter().for_each(|&two| visit(u16::from_le_bytes(two).into())),
            24 => bytes(3).as_chunks().0.iter().for_each(|&[a, b, c]| visit(u32::from_le_bytes([a, b, c, 0]).into())),
            32 => bytes(4).as_chunks().0.iter().for_each(|&four| visit(u32::from_le_bytes(four).into())),
            _ => places.for_each(|at| visit(self.get(at))),
        }
    }

    /// Copies the numbers from a place on, each less so much, into 32 bits each. Quicker still than
    /// [`each`](Self::each): several at a time where the width is that of a machine's numbers.
    pub fn unpack(&self, from: usize, less: u32, into: &mut [u32]) {
        let end = from + into.len();
        debug_assert!(end <= self.len, "{from}..{end} of {}", self.len);
        let bytes = |width: usize| &self.bytes[from * width..end * width];
        let less = |number: u32| number.wrapping_sub(less);
        match self.width {
            _ if into.is_empty() => {}
            16 => put_all(into, bytes(2).as_chunks().0, |two| less(u16::from_le_bytes(two).into())),
            24 => put_all(into, bytes(3).as_chunks().0, |[a, b, c]| less(u32::from_le_bytes([a, b, c, 0]))),
            32 => put_all(into, bytes(4).as_chunks().0, |four| less(u32::from_le_bytes(four))),
            _ => into.iter_mut().zip(from..).for_each(|(to, at)| *to = less(self.get(at) as u32)),
        }
    }

    /// Overwrites a number; O(1), or O(len) where it needs more bits than any before.
    #[inline]
    pub fn set(&mut self, at: usize, number: u64) {
        debug_assert!(at < self.len, "{at} of {}", self.len);
        self.fit(number);
        self.put(at, number);
    }

    /// Appends a number. O(1) amortised.
    #[inline]
    pub fn push(&mut self, number: u64) {
        self.make_room(number);
        self.len += 1;
        self.put(self.len - 1, number);
    }

    /// Makes room for one number more, so large.
    #[inline]
    pub fn make_room(&mut self, number: u64) {
        self.fit(number);
        self.grow_to(self.len + 1);
    }

    /// Appends numbers of unspecified value until there are so many.
    pub fn lengthen(&mut self, len: usize) {
        self.grow_to(len);
        self.len = self.len.max(len);
    }

    #[inline]
    fn grow_to(&mut self, len: usize) {
        let bytes = self.bytes_for(len);
        if bytes > self.bytes.len() {
            self.grow(bytes);
        }
    }

    /// Not by doubling, which would leave a quarter of the memory unused on average; large allocations are moved page
    /// by page, not copied.
    #[cold]
    fn grow(&mut self, bytes: usize) {
        // The first numbers often are all of them.
        let bytes = if self.len == 0 { bytes } else { bytes + bytes / 8 + 16 };
        room::reserve(&mut self.bytes, bytes);
        self.bytes.resize(bytes, 0);
    }

    /// Drops the numbers from a place on.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes room for numbers up to `largest`.
    #[inline]
    pub fn fit(&mut self, largest: u64) {
        if largest > mask(self.width) {
            self.widen(roomy(largest));
        }
    }

    #[cold]
    fn widen(&mut self, width: u32) {
        let mut wider = Packed { bytes: Vec::new(), width, len: self.len };
        let bytes = wider.bytes_for(self.len);
        wider.bytes = written(bytes + bytes / 8);
        (0..self.len).for_each(|at| wider.put(at, self.get(at)));
        *self = wider;
    }

    /// Copies `count` numbers from one place to another of the list. The places may overlap.
    pub fn copy_within(&mut self, from: usize, to: usize, count: usize) {
        if self.width.is_multiple_of(STEP) {
            let bytes = (self.width / 8) as usize;
            self.bytes.copy_within(from * bytes..(from + count) * bytes, to * bytes);
        } else if to <= from {
            (0..count).for_each(|at| self.put(to + at, self.get(from + at)));
        } else {
            (0..count).rev().for_each(|at| self.put(to + at, self.get(from + at)));
        }
    }

    /// Keeps the numbers at these places, which must ascend, and all before `first`.
    pub fn keep(&mut self, first: usize, places: impl Iterator<Item = usize>) {
        let mut kept = first;
        for place in places {
            self.put(kept, self.get(place));
            kept += 1;
        }
        self.truncate(kept);
        let bytes = self.bytes_for(kept);
        self.bytes.truncate(bytes + bytes / 8);
        self.bytes.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// Takes no more bits a number than the largest needs, and no more bytes than the numbers. O(len).
    pub fn shrink(&mut self) {
        let largest = self.iter(0..self.len).max().unwrap_or(0);
        let mut shrunk = Packed::ones(self.len, tight(largest));
        (0..self.len).for_each(|at| shrunk.put(at, self.get(at)));
        *self = shrunk;
    }

    fn bytes_for(&self, len: usize) -> usize {
        if len == 0 { 0 } else { (len * self.width as usize).div_ceil(8) + TAIL }
    }

    #[inline]
    fn word(&self, byte: usize) -> u64 {
        match self.bytes.get(byte..byte + 8).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => u64::from_le_bytes(bytes),
            None => out_of_range(),
        }
    }

    #[inline(always)]
    fn put(&mut self, at: usize, number: u64) {
        let bytes = number.to_le_bytes();
        match self.width {
            16 => self.bytes[at * 2..at * 2 + 2].copy_from_slice(&bytes[..2]),
            24 => self.bytes[at * 3..at * 3 + 3].copy_from_slice(&bytes[..3]),
            32 => self.bytes[at * 4..at * 4 + 4].copy_from_slice(&bytes[..4]),
            _ => self.put_between(at, number),
        }
    }

    /// Puts a number whose first or last byte is also another's. Slower: the bytes are read to be written.
    fn put_between(&mut self, at: usize, number: u64) {
        let bit = at * self.width as usize;
        let (byte, shift) = (bit / 8, bit % 8);
        let word = self.word(byte) & !(mask(self.width) << shift) | number << shift;
        self.bytes[byte..byte + 8].copy_from_slice(&word.to_le_bytes());
    }
}

fn put_all<const N: usize>(into: &mut [u32], numbers: &[[u8; N]], number: impl Fn([u8; N]) -> u32) {
    into.iter_mut().zip(numbers).for_each(|(to, &bytes)| *to = number(bytes));
}

/// Bytes that are written, not only promised as zeros are: memory that is first read and then written is mapped twice,
/// the second time at the cost of a halt of all threads.
fn written(len: usize) -> Vec<u8> {
    room::filled(0xff, len)
}

/// How many bits numbers up to this should take in a list that grows.
pub fn roomy(largest: u64) -> u32 {
    bits(largest).next_multiple_of(STEP).max(STEP)
}

/// How many bits numbers up to this take at least.
fn tight(largest: u64) -> u32 {
    if bits(largest) > MAX_BITS { u64::BITS } else { bits(largest) }
}

/// How many bits a number takes.
pub fn bits(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

fn mask(width: u32) -> u64 {
    1_u64.checked_shl(width).unwrap_or(0).wrapping_sub(1)
}

#[cold]
fn out_of_range() -> ! {
    panic!("beyond the end of a packed list")
}

impl Extend<u64> for Packed {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, numbers: I) {
        let numbers = numbers.into_iter();
        let (least, _) = numbers.size_hint();
        self.grow_to(self.len + least);
        for number in numbers {
            self.push(number);
        }
    }
}

impl FromIterator<u64> for Packed {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut packed = Packed::default();
        packed.extend(numbers);
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(u64),
        Set(usize, u64),
        Copy(usize, usize, usize),
        Truncate(usize),
        Shrink,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let number = (0..=u64::BITS).prop_flat_map(|bits| 0..=mask(bits));
        let step = prop_oneof![
            8 => number.clone().prop_map(Step::Push),
            4 => (0..100usize, number).prop_map(|(at, number)| Step::Set(at, number)),
            2 => (0..50usize, 0..50usize, 0..50usize).prop_map(|(from, to, count)| Step::Copy(from, to, count)),
            1 => (0..100usize).prop_map(Step::Truncate),
            1 => Just(Step::Shrink),
        ];
        proptest::collection::vec(step, 0..150)
    }

    proptest! {
        #[test]
        fn as_a_vector_does(steps in steps()) {
            let (mut packed, mut plain) = (Packed::default(), Vec::new());
            for step in steps {
                match step {
                    Step::Push(number) => {
                        packed.push(number);
                        plain.push(number);
                    }
                    Step::Set(at, number) if at < plain.len() => {
                        packed.set(at, number);
                        plain[at] = number;
                    }
                    Step::Copy(from, to, count) if from.max(to) + count <= plain.len() => {
                        packed.copy_within(from, to, count);
                        plain.copy_within(from..from + count, to);
                    }
                    Step::Truncate(len) => {
                        packed.truncate(len);
                        plain.truncate(len);
                    }
                    Step::Shrink => packed.shrink(),
                    _ => {}
                }
                prop_assert_eq!(packed.iter(0..packed.len()).collect::<Vec<_>>(), plain.clone());
                let (mut read, from) = (Vec::new(), packed.len() / 3);
                packed.each(from..packed.len(), |number| read.push(number));
                prop_assert_eq!(&read, &plain[from..]);
                let mut copied = vec![0; read.len()];
                packed.unpack(from, 1, &mut copied);
                prop_assert!(copied.iter().zip(&read).all(|(&one, &two)| one == (two as u32).wrapping_sub(1)));
            }
        }
    }

    #[test]
    fn a_list_takes_the_bits_of_its_largest_number() {
        let mut packed: Packed = (0..1_000_000).map(|at| at % 200_000).collect();
        packed.shrink();
        assert_eq!(packed.bytes(), 1_000_000 * 18 / 8 + TAIL);
    }
}
