//! The cells of columns: bits, packed numbers, text, and one column of any of these.

pub mod bits;
pub mod column;
pub mod heap;
mod order;
pub mod packed;
pub mod parents;
mod part;
mod rising;
mod rows;
mod slices;
mod spans;
