//! What changes many rows, models or the whole store: bulk inserts, deletes, declarations, loading, checking.

pub mod bulk;
mod check;
pub mod convert;
pub mod declare;
mod delete;
pub mod fill;
pub mod grow;
pub mod load;
pub mod takeover;
