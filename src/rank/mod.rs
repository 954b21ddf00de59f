//! Ask the links: the most of a collection, alike, recommended. See "Rankings" in `docs/design.md`.
//!
//! Reads a [`Store`](crate::store::Store) under one hold of its lock; the results are rows, which hold as long as that.

pub mod ask;
pub mod asker;
pub mod batch;
pub mod best;
pub mod chosen;
pub mod damping;
pub mod kept;
pub mod linked;
pub mod links;
pub mod lists;
pub mod longer;
pub mod many;
pub mod met;
pub mod projection;
pub mod recent;
pub mod recommend;
pub mod sample;
pub mod similar;
pub mod sums;
pub mod tally;
pub mod top;
pub mod tune;
pub mod way;
pub mod why;
pub mod within;
pub mod workspace;
