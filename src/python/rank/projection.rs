//! `projection`: pairs of members by how many they share of a collection, as a table and as a matrix.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use crate::python::ask::table::Columns;
use crate::python::collection::fixed::Fixed;
use crate::python::collection::many::Many;
use crate::python::declare::bind::model_of;
use crate::python::declare::path::path_named;
use crate::python::rank::question::count;
use crate::python::record::handle::Record;
use crate::python::record::value::text;
use crate::python::store::world::World;
use crate::rank::projection::{Projection, projection};
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::room;
use crate::store::types::Type;

#[pymethods]
impl Record {
    /// `projection` of all records of the model.
    #[classmethod]
    #[pyo3(signature = (through, least=None), text_signature = "(through, least=1)")]
    fn projection(
        cls: &Bound<'_, PyType>,
        through: &Bound<'_, PyString>,
        least: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Columns> {
        let (store, model) = model_of(cls)?;
        Many::all(store.unbind(), model).projection(cls.py(), through, least)
    }
}

#[pymethods]
impl Many {
    /// The pairs of members that share `least` members or more of a collection, which leads over a join model: a table
    /// of `owner`, `other` (ids, the older one first) and `weight`, how many both have; each pair once, in the order of
    /// the ids. A member of the collection counts once however many join rows lead to it.
    ///
    /// Exact. It goes from owner to owner, on all cores, and holds the pairs that it keeps and nothing of the others, so
    /// `least` bounds the memory: 24 bytes a pair. O(sum over what is shared of the square of its links): popular ones
    /// cost most. Other threads run meanwhile.
    ///
    /// Raises `SchemaError` for a name that is no collection or one without a join model, where nothing is shared;
    /// `ValueError` for a `least` below 1.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     users = [User(name) for name in ("ann", "bob", "cid")]
    /// ...     tweets = [users[0].post_tweet(text) for text in ("one", "two")]
    /// ...     _ = [user.like_tweet(tweet) for user in users[:2] for tweet in tweets], users[2].like_tweet(tweets[0])
    /// ...     User.projection("liked_tweets", least=2).to_dicts(), len(User.projection("liked_tweets"))
    /// ([{'owner': 1, 'other': 2, 'weight': 2}], 3)
    #[pyo3(signature = (through, least=None), text_signature = "($self, through, least=1)")]
    fn projection(
        &self,
        py: Python<'_>,
        through: &Bound<'_, PyString>,
        least: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Columns> {
        projected_by(self, py, through, least, |world, _, found| {
            let table = world.engine.table(self.model());
            let ids = |rows: &[Row]| room::collected(rows.iter().map(|&row| table.id(row) as i64));
            let weights = room::collected(found.shared.iter().map(|&shared| shared.into()));
            let columns = [ids(&found.owners), ids(&found.others), weights];
            let names = ["owner", "other", "weight"].map(str::to_owned).into();
            Columns::of_columns(names, columns.map(|cells| (Type::Int, Column::of_ints(cells, None))).into())
        })
    }

    /// Those pairs as a sparse matrix: `Matrix(matrix, rows, columns)` with a symmetric `scipy.sparse.csr_array` of
    /// float64, shape (len, len), whose entries are how many members two share; the diagonal is empty. Its rows and its
    /// columns stand for the members in the order of this collection, which `rows` and `columns` hold.
    ///
    /// Raises as `projection` does, and `ImportError` without SciPy.
    #[pyo3(signature = (through, least=None), text_signature = "($self, through, least=1)")]
    fn projection_matrix<'py>(
        slf: &Bound<'py, Self>,
        through: &Bound<'py, PyString>,
        least: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("hasmany.bridges")?.call_method1("projection_matrix", (slf, through, least))
    }
}

/// The place of one member of each pair, that of the other, and how many they share.
type Entries<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>);

/// What `Many.projection_matrix` is made of: its entries above or below the diagonal, and the members.
#[pyfunction]
#[pyo3(signature = (many, through, least=None))]
pub fn projected<'py>(
    many: &Bound<'py, Many>,
    through: &Bound<'py, PyString>,
    least: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Entries<'py>, Many)> {
    let (of, py) = (many.get(), many.py());
    let (one, other, weights, fixed) = projected_by(of, py, through, least, |world, rows, found| {
        let mut places = room::filled(0_i64, world.engine.table(of.model()).rows());
        rows.iter().zip(0..).for_each(|(&row, place)| places[row as usize] = place);
        let place = |pairs: &[Row]| room::collected(pairs.iter().map(|&row| places[row as usize]));
        let weights = room::collected(found.shared.iter().map(|&shared| f64::from(shared)));
        (place(&found.owners), place(&found.others), weights, Fixed::new(world, of.model(), rows))
    })?;
    let entries = (one.into_pyarray(py), other.into_pyarray(py), weights.into_pyarray(py));
    Ok((entries, Many::fixed(of.store(py).clone().unbind(), fixed)))
}

/// What is made of the pairs under the same hold of the lock, and of the members in their order.
fn projected_by<T: Send>(
    many: &Many,
    py: Python<'_>,
    through: &Bound<'_, PyString>,
    least: Option<&Bound<'_, PyAny>>,
    make: impl FnOnce(&World, Vec<Row>, Projection) -> T + Send,
) -> PyResult<T> {
    let least = least.map_or(Ok(1), |least| count("least", least, 1))?;
    let (store, name) = (many.store(py), text(through));
    let serial = store.get().serial();
    let path = path_named(store, many.model(), &name)?;
    many.compute(py, |world: &World| -> Result<T> {
        world.under(serial)?;
        let rows = many.rows(world)?.into_vec();
        let least = u32::try_from(least).unwrap_or(u32::MAX);
        let found = projection(&world.engine, &path, &name, room::collected(rows.iter().copied()), least)?;
        Ok(make(world, rows, found))
    })
}
