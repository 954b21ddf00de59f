//! The faces: the classes that users meet.

pub mod attribute;
pub mod twitter;
