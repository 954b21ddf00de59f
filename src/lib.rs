//! Declare models and how they relate; keep each relationship once; read it from both ends at array speed.
//!
//! [`store`] is the engine, [`ask`] what it is asked in columns, [`rank`] what it is asked about links: they know nothing of
//! files or Python. [`journal`] keeps a store in a file. The bindings are behind the feature `python`.
//! How it works and why is in `docs/design.md`.

pub mod ask;
pub mod journal;
pub mod rank;
pub mod store;

#[cfg(feature = "python")]
mod exchange;
#[cfg(feature = "python")]
mod python;
