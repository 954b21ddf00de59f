//! The parts of JSON values, and what may be wrong with them.

use std::borrow::Cow;

/// Lists and objects in each other, at most: so deep that nobody means more, and whoever goes down a call each finds room.
pub const DEEPEST: usize = 100;

/// A part of a value, as one meets it from left to right.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number without a point.
    Int(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list begins: its values follow, then its end.
    List,
    /// An object begins: names with a value each follow, then its end.
    Object,
    /// The name of the value that follows.
    Name(Cow<'a, str>),
    /// The innermost list or object ends.
    End,
}

/// What is wrong with a text or a value, as a message goes on after it: "has NaN, which ...".
pub type Wrong = Cow<'static, str>;

/// What is said of a whole number over 64 bits.
pub const OVER_64_BITS: &str = "has a whole number over 64 bits; write it as text";

/// What is said of text that is no Unicode.
pub const SURROGATE: &str = "has a lone surrogate, which is no Unicode text";
