//! `Many`: what a collection is, and writing through it.

pub mod algebra;
mod bring;
mod conditioned;
pub mod fixed;
pub mod link;
pub mod many;
pub mod sequence;
pub mod walk;
pub mod write;
