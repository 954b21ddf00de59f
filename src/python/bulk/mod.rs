//! `insert_all`: columns on their way in.

pub mod incoming;
pub mod insert;
