//! JSON in one form: token by token it is read from text, and token by token it is written.
//!
//! The form is the shortest, with the names of each object ascending, so that equal values are equal texts. What reads
//! back as another type of number is another value: 1, 1.0 and true are three.

pub mod read;
pub mod token;
pub mod write;
