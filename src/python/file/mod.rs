//! Stores in files.

pub mod methods;
