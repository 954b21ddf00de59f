//! The bindings: one file a concern, over one engine. No Python code runs while a store's lock is held.

mod algebra;
mod arrow;
mod attribute;
mod bar;
mod bind;
mod class;
mod convert;
mod current;
mod error;
mod file;
mod fork;
mod graph;
mod incoming;
mod insert;
mod many;
mod matrix;
mod observe;
mod page;
mod query;
mod question;
mod rank;
mod ranking;
mod rankings;
mod record;
mod schema;
mod stats;
mod store;
mod texts;
mod transaction;
mod twitter;
mod walk;
mod world;
mod write;

/// The native half of the package `hasmany`.
#[pyo3::pymodule]
mod _hasmany {
    #[pymodule_export]
    use super::attribute::{Collection, Field};
    #[pymodule_export]
    use super::bind::redefine;
    #[pymodule_export]
    use super::file::close_files;
    #[pymodule_export]
    use super::fork::{after_fork, after_fork_in_child, before_fork};
    #[pymodule_export]
    use super::graph::snapshot;
    #[pymodule_export]
    use super::many::{Many, preview};
    #[pymodule_export]
    use super::matrix::compressed_rows;
    #[pymodule_export]
    use super::query::between;
    #[pymodule_export]
    use super::ranking::Ranking;
    #[pymodule_export]
    use super::rankings::Rankings;
    #[pymodule_export]
    use super::record::Record;
    #[pymodule_export]
    use super::schema::Schema;
    #[pymodule_export]
    use super::stats::Stats;
    #[pymodule_export]
    use super::store::Store;
    #[pymodule_export]
    use super::transaction::Transaction;
    #[pymodule_export]
    use super::twitter::{Like, Tweet, User};

    /// The version of the package.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Whether this was built without optimisation; benchmarks refuse such a build.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __debug_build__: bool = cfg!(debug_assertions);
}
