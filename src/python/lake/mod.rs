//! What `hasmany.lake` asks of the engine: expressions checked against a store without rows, and their plans as plain data.
//! See "Past one machine" in `docs/design.md`.

pub mod asked;
mod named;
mod plain;
pub mod ranked;
