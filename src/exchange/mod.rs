//! Columns from and to Arrow. Knows the engine, and nothing of Python.

pub mod incoming;
pub mod outgoing;
pub mod ranked;
