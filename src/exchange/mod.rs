//! Columns from and to Arrow. Knows the engine's columns, and neither Python nor stores.

pub mod incoming;
