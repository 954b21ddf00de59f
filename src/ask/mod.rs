//! What is asked of each member of a collection: from an expression to a plan, from a plan to columns. Knows the engine,
//! and nothing of Python. See "Asking in columns" in `docs/design.md`.

mod agree;
mod among;
pub mod answer;
mod block;
mod calls;
pub mod check;
mod combine;
mod compare;
mod computed;
pub mod digest;
pub mod domain;
mod eval;
pub mod expr;
mod few;
pub mod fields;
mod functions;
pub mod given;
pub mod grouped;
mod held;
mod meant;
pub mod narrow;
pub mod order;
pub mod plan;
pub mod ranked;
pub mod resolve;
mod route;
mod scope;
pub mod show;
mod singulars;
mod spread;
mod steps;
pub mod terms;
mod texts;
mod total;
