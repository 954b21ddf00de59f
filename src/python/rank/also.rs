//! `also`: what those who have some members have besides.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::collection::many::Many;
use crate::python::rank::answered::{answered, count};
use crate::python::rank::choosing::Given;
use crate::python::rank::ranking::Ranking;
use crate::python::rank::recommend::Options;
use crate::python::record::value::text;
use crate::rank::ask::{Ask, Who};

#[pymethods]
impl Many {
    /// The `k` others that those who have these have besides, best first: `films.also("fans")` for a basket of films.
    ///
    /// `through` names the members' collection of who has them. The basket is taken as if it were all that one owner has, and
    /// scored as `recommend` scores: j sums up, over the members i of the basket and the owners v of both, deg(v)^-1 deg(i)^-p,
    /// and that is times deg(j)^-q; with `damping="auto"` p is 0.6, and q and the last factor are what these walks say. Nobody
    /// is left out for having the basket, and each member of it counts one.
    ///
    /// `within`, `damping`, `max_links`, `seed`, `where` and `weight` are those of `recommend`; `known=True` ranks the basket's
    /// own members, too. `ranking.why(member)` says which of the basket led there. The collection is read once, as it is now; an
    /// empty one has an empty ranking.
    ///
    /// Exact, but where `ranking.sampled` says otherwise. O(links of the members + links of the owners of those). Other threads run
    /// meanwhile. Raises as `recommend`.
    ///
    /// >>> from hasmany import Store, Tweet, User
    /// >>> with Store():
    /// ...     alice = User("alice")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(one), alice.like_tweet(two)
    /// ...     found = Tweet.where(message="one").also("likers")
    /// ...     found.records == [two], found.why(two) == [one]
    /// (True, True)
    #[pyo3(signature = (through, k=None, *, within=None, damping=None, max_links=None, seed=None, r#where=None, weight=None, known=false))]
    #[pyo3(
        text_signature = "($self, through, k=10, *, within=None, damping='auto', max_links=None, seed=0, where=None, weight=None, known=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn also(
        &self,
        py: Python<'_>,
        through: &Bound<'_, PyString>,
        k: Option<&Bound<'_, PyAny>>,
        within: Option<&Bound<'_, PyAny>>,
        damping: Option<&Bound<'_, PyAny>>,
        max_links: Option<&Bound<'_, PyAny>>,
        seed: Option<&Bound<'_, PyAny>>,
        r#where: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
        known: bool,
    ) -> PyResult<Ranking> {
        let given = Given { within, condition: r#where, weight, recent: None };
        let options = Options { given, known, damping, max_links, seed };
        let (store, through) = (self.store(py), text(through));
        let asked = options.asked(store, (self.model(), &through), count(k)?, Ask::Also)?;
        self.read(py, |world| asked.check(world))?;
        answered(store, Who::Basket(self.ids_vec(py)?.into()), Arc::new(asked))
    }
}
