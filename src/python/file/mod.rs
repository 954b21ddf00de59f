//! Stores in files.

pub mod methods;
pub mod open;
