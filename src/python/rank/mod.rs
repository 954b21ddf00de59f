//! Rankings, asked from Python.

pub mod methods;
pub mod question;
pub mod ranking;
pub mod rankings;
