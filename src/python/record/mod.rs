//! A row seen from outside: the handle, and where values and errors cross the border.

pub mod handle;
pub mod value;
