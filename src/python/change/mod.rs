//! How rows change: transactions as Python sees them, who hears of them, and which store is meant.

pub mod current;
pub mod door;
pub mod observe;
pub mod transaction;
