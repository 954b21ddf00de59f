//! A row seen from outside: the handle, and where values and errors cross the border.

pub mod arg;
pub mod cell;
pub mod element;
pub mod fill;
pub mod handle;
pub mod instead;
pub mod json;
pub mod make;
pub mod members;
pub mod raise;
pub mod read;
pub mod said;
pub mod value;
