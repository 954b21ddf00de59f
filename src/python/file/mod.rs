//! Stores in files.

pub mod foreign;
pub mod methods;
pub mod open;
