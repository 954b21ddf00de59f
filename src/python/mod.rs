//! The bindings, in rooms (see docs/design.md), over one engine. No Python code runs while a store's lock is held.

mod ask;
mod bar;
mod bridges;
mod bulk;
mod capsule;
mod change;
mod classes;
mod collection;
mod declare;
mod error;
mod file;
mod fork;
mod lake;
mod locks;
mod panic;
mod rank;
mod record;
mod reserve;
mod store;
mod tell;

/// The native half of the package `hasmany`.
#[pyo3::pymodule(gil_used = true)]
mod _hasmany {
    use numpy::{IntoPyArray, PyArray1};
    use pyo3::prelude::*;
    use pyo3::types::PyTzInfo;

    use crate::python::error;
    use crate::python::panic::watch;
    use crate::python::reserve;

    #[pymodule_export]
    use crate::python::ask::arrays::table_of;
    #[pymodule_export]
    use crate::python::ask::expr::{Expr, col};
    #[pymodule_export]
    use crate::python::ask::single::between;
    #[pymodule_export]
    use crate::python::ask::table::{Columns, table_head};
    #[pymodule_export]
    use crate::python::ask::terms::terms;
    #[pymodule_export]
    use crate::python::bar::expect_rows;
    #[pymodule_export]
    use crate::python::bridges::graph::snapshot;
    #[pymodule_export]
    use crate::python::bridges::matrix::compressed_rows;
    #[pymodule_export]
    use crate::python::bridges::notebook::{counted, models_shown, names};
    #[pymodule_export]
    use crate::python::bridges::pydantic::{class_of, shape};
    #[pymodule_export]
    use crate::python::bulk::parquet::{parquet_load, parquet_part, parquet_tables};
    #[pymodule_export]
    use crate::python::bulk::records::ids_of_records;
    #[pymodule_export]
    use crate::python::change::current::{replace_blocks, replace_default};
    #[pymodule_export]
    use crate::python::change::door::count_waiting;
    #[pymodule_export]
    use crate::python::change::transaction::Transaction;
    #[pymodule_export]
    use crate::python::classes::attribute::Attribute;
    #[pymodule_export]
    use crate::python::collection::many::Many;
    #[pymodule_export]
    use crate::python::declare::bind::bind_class;
    #[pymodule_export]
    use crate::python::declare::meet::class_came;
    #[pymodule_export]
    use crate::python::declare::owned::owned_classes_are;
    #[pymodule_export]
    use crate::python::declare::redefine::redefine;
    #[pymodule_export]
    use crate::python::declare::statement::{Trimmed, check_value};
    #[pymodule_export]
    use crate::python::declare::terms::Terms;
    #[pymodule_export]
    use crate::python::file::foreign::{foreign_load, foreign_profile, foreign_rows};
    #[pymodule_export]
    use crate::python::file::open::{after_fork_in_child, close_files};
    #[pymodule_export]
    use crate::python::fork::{after_fork, before_fork};
    #[pymodule_export]
    use crate::python::lake::asked::{
        LakeQuestion, lake_columns, lake_condition, lake_keys, lake_members, lake_number, lake_store, lake_way,
    };
    #[pymodule_export]
    use crate::python::lake::ranked::{lake_ranked, lake_rankings, lake_rows};
    #[pymodule_export]
    use crate::python::panic::panics;
    #[pymodule_export]
    use crate::python::rank::bipartite::join_rows;
    #[pymodule_export]
    use crate::python::rank::evaluate::{ranked_ids, ranked_members, tested};
    #[pymodule_export]
    use crate::python::rank::projection::projected;
    #[pymodule_export]
    use crate::python::rank::ranking::Ranking;
    #[pymodule_export]
    use crate::python::rank::rankings::Rankings;
    #[pymodule_export]
    use crate::python::rank::tune::tuned;
    #[pymodule_export]
    use crate::python::record::handle::{Like, Record, Tweet, User};
    #[pymodule_export]
    use crate::python::store::Store;
    #[pymodule_export]
    use crate::python::store::schema::Schema;
    #[pymodule_export]
    use crate::python::store::stats::Stats;

    /// Looks up now what it would be too late for at the interpreter's end, or in the middle of a call that is
    /// interrupted: PyO3 and the NumPy crate do not expect that to fail.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        watch();
        reserve::keep();
        error::import(py)?;
        PyTzInfo::utc(py)?;
        py.import("numpy")?;
        let _: Bound<'_, PyArray1<i64>> = Vec::new().into_pyarray(py);
        Ok(())
    }

    /// The version of the package.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Whether this was built without optimisation; benchmarks refuse such a build.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __debug_build__: bool = cfg!(debug_assertions);

    /// Cargo's profile this was built with.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __profile__: &str = env!("HASMANY_PROFILE");
}
