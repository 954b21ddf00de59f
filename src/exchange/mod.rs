//! Columns from and to Arrow. Knows the engine, and nothing of Python.

pub mod columns;
pub mod computed;
pub mod csv;
pub mod foreign;
pub mod incoming;
pub mod nested;
pub mod outgoing;
mod rows;
mod shape;
pub mod stream;
pub mod visit;
mod wanted;
