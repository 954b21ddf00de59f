//! What a store is asked: members of collections over paths and windows of them, places and their tokens, set algebra, rows by their values, matrices, digests, the log as a history.

pub mod algebra;
pub mod digest;
pub mod find;
pub mod history;
pub mod matrix;
mod memory;
pub mod order;
pub mod path;
pub mod place;
pub mod reach;
pub mod rowset;
pub mod stamp;
pub mod token;
pub mod view;
pub mod window;
