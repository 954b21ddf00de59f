//! Asking a collection by its members' fields, in columns, in order, page by page.

pub mod order;
pub mod page;
