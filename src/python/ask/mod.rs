//! Asking a collection by its members' fields and by expressions, in columns, in order, page by page.

pub mod array;
pub mod arrays;
pub mod asked;
pub mod asking;
mod beyond;
pub mod columns;
pub mod derive;
pub mod dicts;
pub mod dotted;
pub mod expr;
pub mod find;
pub mod keyed;
mod literal;
pub mod misplaced;
pub mod operand;
pub mod operators;
pub mod order;
pub mod page;
mod page_of_computed;
pub mod select;
pub mod single;
pub mod table;
pub mod terms;
