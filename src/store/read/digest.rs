//! Digests of columns: numbers that say whether two columns hold the same.
//!
//! A digest is the sum, over the live rows, of a mix of a row's id and its value. So it depends neither on the order of
//! the rows nor on the dead ones between them. For one id the mix takes no two numbers to the same, so a column in which
//! one number changed has another digest for certain; anything else goes unnoticed once in 2^64.
//!
//! They are kept in files: what is mixed, and how, does not change.

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::id::{Id, ModelId, NO_ROW, Row};
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::table::Table;
use crate::store::value::Value;

impl Store {
    /// The digests of columns: of a model the field's, or, without a field, that of its ids. O(rows), on all cores.
    pub fn digests(&self, columns: Vec<(ModelId, Option<usize>)>) -> Vec<u64> {
        let rows = columns.iter().map(|&(model, _)| self.table(model).len()).sum();
        in_parallel(rows, columns, |(model, field), _: &mut Scratch| {
            let table = self.table(model);
            match field.map(|field| (table.column(field), self.schema().refers_to(model, field))) {
                None => sum(table, |_, id| mixed(id)),
                Some((column, Some(to))) => {
                    let to = self.table(to);
                    sum(table, |row, id| match column.parent(row) {
                        NO_ROW => none(id),
                        parent => number(id, to.id(parent)),
                    })
                }
                Some((column, None)) => sum(table, |row, id| cell(column, row, id)),
            }
        })
    }
}

fn sum(table: &Table, of: impl Fn(Row, Id) -> u64) -> u64 {
    table.live().fold(0, |sum, row| sum.wrapping_add(of(row, seed(table.id(row)))))
}

fn cell(column: &Column, row: Row, id: u64) -> u64 {
    match column.get(row) {
        Value::None => none(id),
        Value::Int(v) => number(id, v as u64),
        // The two zeros are equal, and a file keeps one of them.
        Value::Float(v) => number(id, if v == 0.0 { 0 } else { v.to_bits() }),
        Value::Bool(v) => number(id, v.into()),
        Value::Text(v) => bytes(id, v.as_bytes()),
        Value::Bytes(v) => bytes(id, &v),
        Value::Row(v) => number(id, v.into()),
        Value::Wide(v) => v.halves().into_iter().fold(id, number),
    }
}

fn seed(id: Id) -> u64 {
    mixed(id.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

fn number(seed: u64, value: u64) -> u64 {
    mixed(seed ^ value)
}

/// Of no value, which is no number.
fn none(seed: u64) -> u64 {
    mixed(mixed(seed) ^ 0x6e6f_6e65)
}

/// Of bytes, eight at a time: each step takes no two numbers to the same.
pub fn bytes(seed: u64, bytes: &[u8]) -> u64 {
    let (eights, rest) = bytes.as_chunks::<8>();
    let begun = number(seed, bytes.len() as u64);
    let mixed = eights.iter().fold(begun, |sum, eight| number(sum, u64::from_le_bytes(*eight)));
    match rest.is_empty() {
        true => mixed,
        false => number(mixed, rest.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))),
    }
}

/// Another number for each number, of which every bit depends on all of its bits (Stafford's variant 13 of the end of
/// `MurmurHash3`, as in `SplitMix64`).
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_in_files_does_not_change() {
        // The first number of SplitMix64 from 0, and so what an id of 0 would have.
        assert_eq!(seed(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(bytes(1, b""), number(1, 0));
        assert_eq!(bytes(1, b"ab"), number(number(1, 2), 0x6261));
        assert_eq!(bytes(1, b"abcdefgh"), number(number(1, 8), 0x6867_6665_6463_6261));
    }

    #[test]
    fn every_bit_of_a_text_counts() {
        let text = *b"a text of some words";
        let whole = bytes(7, &text);
        for bit in 0..text.len() * 8 {
            let mut other = text;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(bytes(7, &other), whole);
        }
        assert_ne!(bytes(7, b"a\0"), bytes(7, b"a"));
    }

    #[test]
    fn no_value_is_no_number() {
        for id in 1..1000 {
            assert!((0..1000).all(|value| number(seed(id), value) != none(seed(id))));
        }
    }
}
