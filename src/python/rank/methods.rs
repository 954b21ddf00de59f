//! `top`, `similar`, `recommend`: what the links of a record or a collection know.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use crate::ask::order::best;
use crate::python::ask::asking::{bound, checked};
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::Tree;
use crate::python::collection::fixed::Held;
use crate::python::collection::many::Many;
use crate::python::declare::path::path_named;
use crate::python::error::wrong_type;
use crate::python::rank::choosing::Choosing;
use crate::python::rank::question::{self, BoundQuestion, Given};
use crate::python::rank::ranking::Ranking;
use crate::python::rank::rankings::Rankings;
use crate::python::record::handle::Record;
use crate::python::record::raise::raise;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::rank::ask::Ask;
use crate::rank::recommend::MOST;
use crate::store::id::ModelId;
use crate::store::read::path::Shape;
use crate::store::read::view::Start;

/// What `recommend` was given besides.
struct Walking<'a, 'py> {
    given: Given<'a, 'py>,
    known: bool,
    damping: Option<&'a Bound<'py, PyAny>>,
    max_links: Option<&'a Bound<'py, PyAny>>,
    seed: Option<&'a Bound<'py, PyInt>>,
}

impl Walking<'_, '_> {
    fn asked(self, store: &Bound<'_, Store>, model: ModelId, name: &str, k: usize) -> PyResult<BoundQuestion> {
        let damping = question::damping(self.damping)?;
        let most = self.max_links.map_or(Ok(MOST), |most| question::count("max_links", most, 1))?;
        // Of any size: Python's hash of an int does not differ between runs.
        let seed = self.seed.map_or(Ok(0), |seed| seed.hash())? as u64;
        BoundQuestion::new(store, model, name, k, Ask::Recommend { damping, most, seed, known: self.known }, self.given)
    }
}

#[pymethods]
impl Record {
    /// The `k` other records of this model that share members of a collection with this one, most alike first.
    ///
    /// `through` names a collection over a join model. With `a` and `b` members of which `c` are shared, `measure` is
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
    /// Raises `SchemaError` for a name that is no collection (it names the nearest) or one without a join model, where
    /// nothing is shared, and for names that the join model lacks; `FieldError` for a weight that is None or no number above 0, with its
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
        let given = Given { within: None, condition: r#where, weight };
        let asked = BoundQuestion::new(self.store(py), self.model, &text(through), k, ask, given);
        ranking(self, py, asked)
    }

    /// The `k` members that this record does not have yet and that walks over the links lead to most, best first.
    ///
    /// `through` names a collection over a join model, say `liked_tweets`. The walk goes from this record's members to
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
    /// `within` is the collection that alone may be recommended from; `paths` and `touched` are counted without it. A
    /// record that owns itself (users who follow users) is not recommended to itself. A record without members has an
    /// empty ranking, as `k` of 0 has.
    ///
    /// `where` and `weight` are of the join row, as in `similar`: only such links count and vote, and a link of weight 2 counts as two
    /// links: each step is times its link's weight, and for deg stands what a row's links weigh together; `paths`, `touched` and c
    /// count links and owners, whatever they weigh. What this record has by any link of the collection, such or not, is left
    /// out, unless `known=True` asks for it, too.
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
    /// Raises `SchemaError` for a name that is no collection (it names the nearest) or one without a join model, and for names
    /// that the join model lacks; `FieldError` for a weight that is None or no number above 0; `ValueError` for a negative `k` and for damping that is not "auto" or two numbers from 0 to 4; `TypeError` for a `within`
    /// of another model, `ForeignStoreError` for one of another store; `DeletedError`.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
    /// ...     alice.recommend("liked_tweets").records == [two]
    /// True
    #[pyo3(signature = (through, k=None, *, within=None, damping=None, max_links=None, seed=None, r#where=None, weight=None, known=false))]
    #[pyo3(
        text_signature = "($self, through, k=10, *, within=None, damping='auto', max_links=None, seed=0, where=None, weight=None, known=False)"
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
        seed: Option<&Bound<'_, PyInt>>,
        r#where: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
        known: bool,
    ) -> PyResult<Ranking> {
        let k = count(k)?;
        let given = Given { within, condition: r#where, weight };
        let walking = Walking { given, known, damping, max_links, seed };
        ranking(self, py, walking.asked(self.store(py), self.model, &text(through), k))
    }
}

/// What `similar` asks.
fn similar(measure: &str, shrink: Option<f64>) -> PyResult<Ask> {
    Ok(Ask::Similar { measure: question::measure(measure)?, shrink: question::shrink(shrink)? })
}

/// What a record is answered. That it was deleted is said before what is wrong with the question.
fn ranking(record: &Record, py: Python<'_>, asked: PyResult<BoundQuestion>) -> PyResult<Ranking> {
    let (store, id) = (record.store(py), record.id());
    let asked = asked.or_else(|error| record.alive(py).and(Err(error)))?;
    let answer = store.get().read_long(py, |world| asked.answer(world, id));
    let answer = answer.map_err(|error| raise(store, error))?;
    Ok(Ranking::answered(store.clone().unbind(), id, Arc::new(asked), answer))
}

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
        let choosing = Choosing::new(store, (&path, &name), r#where, weight)?;
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
        let given = Given { within: None, condition: r#where, weight };
        let asked = BoundQuestion::new(self.store(py), self.model(), &text(through), k, ask, given)?;
        rankings(self, py, asked, progress)
    }

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
    #[pyo3(signature = (through, k=None, *, within=None, damping=None, max_links=None, seed=None, r#where=None, weight=None, known=false, progress=false))]
    #[pyo3(
        text_signature = "($self, through, k=10, *, within=None, damping='auto', max_links=None, seed=0, where=None, weight=None, known=False, progress=False)"
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
        seed: Option<&Bound<'_, PyInt>>,
        r#where: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
        known: bool,
        progress: bool,
    ) -> PyResult<Rankings> {
        let given = Given { within, condition: r#where, weight };
        let walking = Walking { given, known, damping, max_links, seed };
        let asked = walking.asked(self.store(py), self.model(), &text(through), count(k)?)?;
        rankings(self, py, asked, progress)
    }
}

/// What each member of a collection is answered, once it is read.
fn rankings(many: &Many, py: Python<'_>, asked: BoundQuestion, progress: bool) -> PyResult<Rankings> {
    many.read(py, |world| asked.check(world))?;
    let owners = Py::new(py, many.derive(py, |_, rows| rows.into_vec())?)?;
    Ok(Rankings::new(many.store(py).clone().unbind(), owners, asked, progress))
}

/// How many are wanted: ten if nothing is said.
fn count(k: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    k.map_or(Ok(10), |k| question::count("k", k, 0))
}
