//! What changes many rows, models or the whole store: bulk inserts, deletes, declarations, loading, checking.

pub mod bring;
pub mod bulk;
mod check;
pub mod convert;
pub mod declare;
mod delete;
pub mod fill;
pub mod given;
pub mod grow;
mod lead;
pub mod load;
pub mod named;
mod near;
mod nowhere;
pub mod own;
pub mod parents;
pub mod places;
pub mod plan;
mod resolve;
pub mod takeover;
pub mod update;
