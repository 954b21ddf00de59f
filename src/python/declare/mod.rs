//! How classes and the models of a store come together.

pub mod bind;
pub mod definition;
mod describe;
pub mod meet;
pub mod owned;
pub mod path;
pub mod redefine;
pub mod seed;
pub mod statement;
pub mod terms;
