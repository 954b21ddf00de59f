//! `Many`: what a collection is, and writing through it.

pub mod algebra;
pub mod many;
pub mod walk;
pub mod write;
