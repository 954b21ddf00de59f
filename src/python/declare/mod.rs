//! How classes and the models of a store come together.

pub mod bind;
