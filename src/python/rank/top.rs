//! `top`: the most of a collection, or of a number.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::ask::order::best;
use crate::python::ask::asking::{bound, checked};
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::Tree;
use crate::python::collection::fixed::Held;
use crate::python::collection::many::Many;
use crate::python::declare::path::path_named;
use crate::python::error::wrong_type;
use crate::python::rank::answered::count;
use crate::python::rank::choosing::{Choosing, Given};
use crate::python::rank::ranking::Ranking;
use crate::python::record::value::text;
use crate::store::read::path::Shape;
use crate::store::read::view::Start;

/// The members for which a number is largest.
fn top_by(many: &Many, py: Python<'_>, k: usize, by: &Tree) -> PyResult<Ranking> {
    let (store, model) = (many.store(py), many.model());
    bound(store, std::iter::once(by), |checker| checker.number(model, by).map(drop))?;
    let ranked = many.compute(py, |world| {
        let number = checked(world, |checker| checker.number(model, by))?;
        let (engine, table) = (&world.engine, world.engine.table(model));
        let best = many.ask(world, |rows| best(engine, rows, number, k))?;
        Ok(best.into_iter().map(|(row, score)| (table.id(row), score)).collect())
    })?;
    Ok(Ranking::new(store.clone().unbind(), model, ranked))
}

#[pymethods]
impl Many {
    /// The `k` members with the most of a collection, zeros included: `Tweet.all().top(10, by="likers")`.
    ///
    /// `by` names any collection of the members, or is an expression (see `col`) of one number for each, whatever its sign;
    /// members whose number is None are left out. Of a collection a score is how many it holds, each once. O(members) for an inverse or a
    /// join over a unique pair, whose counts are known and only compared; else O(what the path meets). `k` of 0 is an empty ranking. Other
    /// threads run meanwhile.
    ///
    /// `where` and `weight` are of the join row, or of the row that refers to the member: only such count, and a score is the sum of
    /// their weights: `Film.all().top(by="fans", where=col("stars") >= 4)`. O(join rows). A weight is a number above 0, else it is a
    /// `FieldError`; sums of any numbers are expressions, `by=col("ratings.stars").sum()`.
    ///
    /// Raises `SchemaError` for a name that is no collection (it names the nearest), `ValueError` for a negative `k`,
    /// `DeletedError` where the owner of a live collection was deleted.
    ///
    /// >>> from hasmany import Store, Tweet, User, col
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(two), bob.like_tweet(two)
    /// ...     best = Tweet.all().top(1, by="likers")
    /// ...     best[0].record == two, best.scores.tolist()
    /// (True, [2.0])
    #[pyo3(signature = (k=None, *, by, r#where=None, weight=None))]
    #[pyo3(text_signature = "($self, k=10, *, by, where=None, weight=None)")]
    fn top(
        &self,
        py: Python<'_>,
        k: Option<&Bound<'_, PyAny>>,
        by: &Bound<'_, PyAny>,
        r#where: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Ranking> {
        let (k, store) = (count(k)?, self.store(py));
        if let Ok(expr) = by.cast::<Expr>() {
            if r#where.is_some() || weight.is_some() {
                return Err(PyTypeError::new_err(
                    "top: where and weight go with by=\"a collection\"; an expression says itself what counts, as in \
                     by=col(\"ratings.stars\").filter(col(\"stars\") >= 4).sum()",
                ));
            }
            return top_by(self, py, k, &expr.get().condition()?);
        }
        let by =
            by.cast::<PyString>().map_err(|_| wrong_type("top: by", "a collection's name or an expression", by))?;
        let serial = store.get().serial();
        let (name, path) = (text(by), path_named(store, self.model(), &text(by))?);
        let choosing = Choosing::new(store, (&path, &name), Given { condition: r#where, weight, ..Given::default() })?;
        let ranked = self.compute(py, |world| {
            world.under(serial)?;
            let table = world.engine.table(self.model());
            let choice = choosing.choice(world)?;
            let best = match self.members(world)? {
                _ if !choice.is_all() => world.engine.top_chosen(&self.rows(world)?, (&path, &name), k, &choice)?,
                Held::Path(Start::Every, all) if all.shape == Shape::All => world.engine.top_of_all(&path, k),
                _ => world.engine.top(&self.rows(world)?, &path, k),
            };
            Ok(best.into_iter().map(|scored| (table.id(scored.row), scored.score)).collect())
        })?;
        Ok(Ranking::new(store.clone().unbind(), self.model(), ranked))
    }
}
