//! The faces: the classes that users meet.

pub mod attribute;
pub mod record;
pub mod store;
pub mod twitter;
