//! `Many`: what a collection is, and writing through it.

pub mod ahead;
pub mod algebra;
mod bring;
mod conditioned;
pub mod create;
pub mod fixed;
pub mod ids;
pub mod link;
pub mod many;
pub mod placed;
pub mod recipe;
pub mod sequence;
pub mod unread;
pub mod walk;
pub mod window;
pub mod write;
