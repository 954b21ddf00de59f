//! What changes many rows, models or the whole store: bulk inserts, deletes, declarations, loading, checking.

pub mod bring;
pub mod bulk;
mod check;
pub mod convert;
pub mod declare;
mod delete;
pub mod fill;
pub mod grow;
pub mod load;
pub mod named;
pub mod places;
pub mod takeover;
pub mod update;
