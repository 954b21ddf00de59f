//! Columns from and to Arrow. Knows the engine, and nothing of Python.

pub mod computed;
pub mod foreign;
pub mod incoming;
pub mod nested;
pub mod outgoing;
pub mod ranked;
mod rows;
mod shape;
pub mod stream;
pub mod visit;
mod wanted;
