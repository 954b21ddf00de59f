//! `recommend`: what walks over the links lead to.

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
use crate::python::store::Store;
use crate::rank::ask::{Ask, Walking};
use crate::rank::recommend::MOST;
use crate::store::id::ModelId;

/// What `recommend` and `also` were given besides.
pub struct Options<'a, 'py> {
    pub given: Given<'a, 'py>,
    pub known: bool,
    pub damping: Option<&'a Bound<'py, PyAny>>,
    pub max_links: Option<&'a Bound<'py, PyAny>>,
    pub seed: Option<&'a Bound<'py, PyAny>>,
}

impl Options<'_, '_> {
    /// The question of a collection, by its name, for so many answers.
    pub fn asked(
        self,
        store: &Bound<'_, Store>,
        (model, name): (ModelId, &str),
        k: usize,
        ask: impl Fn(Walking) -> Ask,
    ) -> PyResult<BoundQuestion> {
        let damping = question::damping(self.damping)?;
        let most = self.max_links.map_or(Ok(MOST), |most| question::count("max_links", most, 1))?;
        let seed = question::seed(self.seed)?;
        let ask = ask(Walking { damping, most, seed, known: self.known });
        BoundQuestion::new(store, model, name, k, ask, self.given)
    }
}

#[pymethods]
impl Record {
    /// The `k` members that this record does not have yet and that walks over the links lead to most, best first.
    ///
    /// `through` names a collection whose members several records may have, say `liked_tweets`. The walk goes from this record's members to
    /// their owners to those owners' members; an owner's vote is divided by how many members it has, and popularity
    /// counts less at both ends: member j sums up, over the members i of this record and the owners v of both,
    /// deg(v)^-1 deg(i)^-p, and that is times deg(j)^-q, where deg is the number of links, each pair once. With a
    /// `damping` of (p, q) that is its score: (1, 0) is the plain random walk, and more of q recommends what is less
    /// popular.
    ///
    /// With "auto" (or None) p is 0.6, and q is what this record's own walks say: 0.05 + 0.25 ln(paths / touched), from 0
    /// to 0.8 and rounded to 1/64, where `paths` are the links of the other owners and `touched` the different members
    /// that this record lacks among them. Where nearly every member is come to once, q is small and what is sure comes
    /// first; where the popular are come to by chance, it is large. Each score is times c / (c + 3), where c is how many
    /// owners led there. So sparse data and dense data need no settings; `benches/recommend.py` shows how good it is.
    ///
    /// Of a collection of this model itself, as users who follow users, they are friends of friends: j sums up, over the members i of this
    /// record that have j, out(i)^-p, where out is how many i has, and that is times deg(j)^-q; (1, 0) is the plain walk of two steps
    /// (resource allocation: Zhou, Lü and Zhang, 2009). `paths`, `touched` and c are those of these walks. What those who have her
    /// members have besides, `record.following.also("followers")` says.
    ///
    /// `within` is the collection that alone may be recommended from; `paths` and `touched` are counted without it. A
    /// record that owns itself (users who follow users) is not recommended to itself. A record without members has an
    /// empty ranking, as `k` of 0 has.
    ///
    /// `where` and `weight` are of the join row, as in `similar`: only such links count and vote, and a link of weight 2 counts as two
    /// links: each step is times its link's weight, and for deg stands what a row's links weigh together; `paths`, `touched` and c
    /// count links and owners, whatever they weigh. What this record has by any link of the collection, such or not, is left
    /// out, unless `known=True` asks for it, too.
    ///
    /// `recent` says that the newest of this record's own links count most: each is times exp(-n / 5), where n is how many of its members
    /// are newer. `recent=True` goes by the order of the links; a field, path or expression of the join row (a time or a number, `recent="at"`)
    /// says itself what is newest.
    ///
    /// `ranking.why(member)` says which members of this record led there.
    ///
    /// O(links of its members + links of the owners of those). Where one of the two is more than `max_links` (4,000,000
    /// if not given), that step reads about so many of them, drawn with `seed`, each with the same probability, and the
    /// scores are estimates: then `ranking.sampled` is True. Below that it is exact. The same call gives the same
    /// result. Where a pair may have several join rows, a sampled step takes the number of those for the degree; `paths`,
    /// `touched` and c are of what was read. With `where` or `weight`, which are computed once a question, O(join rows) more. Other
    /// threads run meanwhile.
    ///
    /// Raises `SchemaError` for a name that is no collection (it names the nearest) or one of whose members each belongs to one
    /// record only, for names that the join model lacks, and for `where`, `weight` and `recent` of a collection over more steps, which has
    /// no join row; `FieldError` for a weight that is None or no number above 0, and for a `recent` that is None; `ValueError` for a negative `k` and for damping that is not "auto" or two numbers from 0 to 4; `TypeError` for a `within`
    /// of another model, `ForeignStoreError` for one of another store; `DeletedError`.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
    /// ...     alice.recommend("liked_tweets").records == [two]
    /// True
    #[pyo3(signature = (through, k=None, *, within=None, damping=None, max_links=None, seed=None, r#where=None, weight=None, recent=None, known=false))]
    #[pyo3(
        text_signature = "($self, through, k=10, *, within=None, damping='auto', max_links=None, seed=0, where=None, weight=None, recent=None, known=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn recommend(
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
        recent: Option<&Bound<'_, PyAny>>,
        known: bool,
    ) -> PyResult<Ranking> {
        let k = count(k)?;
        let given = Given { within, condition: r#where, weight, recent };
        let options = Options { given, known, damping, max_links, seed };
        ranking(self, py, options.asked(self.store(py), (self.model, &text(through)), k, Ask::Recommend))
    }
}

#[pymethods]
impl Many {
    /// For each member what `member.recommend(through, k, ...)` gives, as one table: see `Rankings`.
    ///
    /// The members, and those of `within`, are those that the collections have now; the rankings are computed while the
    /// table is read, on all cores. `progress=True` shows how far that is. Raises as `recommend` of a record.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
    /// ...     User.all().recommend("liked_tweets")[alice].records == [two]
    /// True
    #[pyo3(signature = (through, k=None, *, within=None, damping=None, max_links=None, seed=None, r#where=None, weight=None, recent=None, known=false, progress=false))]
    #[pyo3(
        text_signature = "($self, through, k=10, *, within=None, damping='auto', max_links=None, seed=0, where=None, weight=None, recent=None, known=False, progress=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn recommend(
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
        recent: Option<&Bound<'_, PyAny>>,
        known: bool,
        progress: bool,
    ) -> PyResult<Rankings> {
        let given = Given { within, condition: r#where, weight, recent };
        let options = Options { given, known, damping, max_links, seed };
        let asked = options.asked(self.store(py), (self.model(), &text(through)), count(k)?, Ask::Recommend)?;
        Rankings::of(self, py, asked, progress)
    }
}
