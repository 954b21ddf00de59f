//! `similar`: what is alike by the links.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::collection::many::Many;
use crate::python::rank::answered::{count, ranking};
use crate::python::rank::choosing::Given;
use crate::python::rank::question::{self, BoundQuestion};
use crate::python::rank::ranking::Ranking;
use crate::python::rank::rankings::Rankings;
use crate::python::record::handle::Record;
use crate::python::record::value::text;
use crate::rank::ask::Ask;

#[pymethods]
impl Record {
    /// The `k` other records of this model that share members of a collection with this one, most alike first.
    ///
    /// `through` names a collection whose members several records may have: over a join model, or over more steps, as from customers
    /// to the products in their orders' lines; what some walk leads to counts once. With `a` and `b` members of which `c` are shared, `measure` is
    /// "cosine", c / (sqrt(a b) + shrink); "jaccard", c / (a + b - c + shrink); "overlap", c / (min(a, b) + shrink); or
    /// "count", c. `shrink`, a number of 0 or more, keeps those last that are alike only because they have hardly any
    /// members: 10 if not given; with 0 the measures are what their names say, and the same members score 1. "count"
    /// tells best what else the same people like, which is mostly what is popular; cosine finds the particular. A member
    /// counts once however many join rows lead to it. Records that share nothing are not there; a record without members
    /// has an empty ranking, as `k` of 0 has.
    ///
    /// `where` is a condition on the join row, as `col("stars") >= 4` or a mapping of its fields, as `{"kept": True}`: only such
    /// links count. `weight` is a number of the join row above 0, a field, a path or an expression: how much a link counts; that of a
    /// pair is the sum of its rows'. Then c is, for cosine, the sum of the products of the two weights of what is shared, and a and b
    /// the sums of the squares; for the others c is the sum of the lesser weights (Ruzicka's form of Jaccard), a and b the sums.
    ///
    /// Exact. O(links of its members), n of them: never all pairs, and at most all join rows; with `where` or `weight`, which are
    /// computed once a question, O(join rows). Other threads run meanwhile.
    ///
    /// Raises `SchemaError` for a name that is no collection (it names the nearest) or one of whose members each belongs to one
    /// record only, so that nothing is shared, for names that the join model lacks, and for `where` and `weight` of a collection over
    /// more steps, which has no join row; `FieldError` for a weight that is None or no number above 0, with its
    /// join row; `ValueError` for a negative `k` or `shrink` or an unknown measure; `DeletedError`.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
    /// ...     alice.similar("liked_tweets", measure="jaccard", shrink=0)
    /// <Ranking of 1 User: [0.5000 User(2, username='bob')]>
    #[pyo3(signature = (through, k=None, *, measure="cosine", shrink=None, r#where=None, weight=None))]
    #[pyo3(text_signature = "($self, through, k=10, *, measure='cosine', shrink=10.0, where=None, weight=None)")]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn similar(
        &self,
        py: Python<'_>,
        through: &Bound<'_, PyString>,
        k: Option<&Bound<'_, PyAny>>,
        measure: &str,
        shrink: Option<f64>,
        r#where: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Ranking> {
        let (k, ask) = (count(k)?, similar(measure, shrink)?);
        let given = Given { condition: r#where, weight, ..Given::default() };
        let asked = BoundQuestion::new(self.store(py), self.model, &text(through), k, ask, given);
        ranking(self, py, asked)
    }
}

#[pymethods]
impl Many {
    /// For each member what `member.similar(through, k, measure=measure, shrink=shrink)` gives, as one table: see
    /// `Rankings`.
    ///
    /// The members are those that the collection has now; the rankings are computed while the table is read, on all
    /// cores. `progress=True` shows how far that is. Raises as `similar` of a record.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     tweet = alice.post_tweet("one")
    /// ...     _ = alice.like_tweet(tweet), bob.like_tweet(tweet)
    /// ...     User.all().similar("liked_tweets")[alice].records.values("username")
    /// ['bob']
    #[pyo3(signature = (through, k=None, *, measure="cosine", shrink=None, r#where=None, weight=None, progress=false))]
    #[pyo3(
        text_signature = "($self, through, k=10, *, measure='cosine', shrink=10.0, where=None, weight=None, progress=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn similar(
        &self,
        py: Python<'_>,
        through: &Bound<'_, PyString>,
        k: Option<&Bound<'_, PyAny>>,
        measure: &str,
        shrink: Option<f64>,
        r#where: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
        progress: bool,
    ) -> PyResult<Rankings> {
        let (k, ask) = (count(k)?, similar(measure, shrink)?);
        let given = Given { condition: r#where, weight, ..Given::default() };
        let asked = BoundQuestion::new(self.store(py), self.model(), &text(through), k, ask, given)?;
        Rankings::of(self, py, asked, progress)
    }
}

/// What `similar` asks.
fn similar(measure: &str, shrink: Option<f64>) -> PyResult<Ask> {
    Ok(Ask::Similar { measure: question::measure(measure)?, shrink: question::shrink(shrink)? })
}
