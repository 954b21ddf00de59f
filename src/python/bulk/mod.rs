//! `insert_all`: columns on their way in.

pub mod element;
pub mod find;
pub mod finished;
pub mod foreign;
pub mod incoming;
pub mod insert;
pub mod keys;
pub mod missing;
pub mod numpy;
pub mod table;
pub mod target;
pub mod update;
