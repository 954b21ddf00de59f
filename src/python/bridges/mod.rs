//! Collections and stores as what other libraries hold.

pub mod arrow;
pub mod graph;
pub mod matrix;
pub mod notebook;
pub mod pydantic;
