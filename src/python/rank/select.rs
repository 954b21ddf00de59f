//! `select` of rankings: tables of what they say and what is asked of their records.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::ask::ranked::{Ranked, Sides, Wanted};
use crate::python::ask::asking::{bound, checked, columns};
use crate::python::ask::operand::Operand;
use crate::python::ask::table::Columns;
use crate::python::rank::ranking::Ranking;
use crate::python::rank::rankings::Rankings;
use crate::python::record::raise::raise;
use crate::python::store::Store;

/// The columns of a call, checked, and their names.
fn wanted(
    store: &Bound<'_, Store>,
    sides: Sides,
    given: &Bound<'_, PyTuple>,
    named: Option<&Bound<'_, PyDict>>,
) -> PyResult<(Vec<String>, Vec<Wanted<Operand>>)> {
    let given = columns(given, named, "select")?;
    if given.is_empty() {
        return Err(PyTypeError::new_err(
            "select takes at least one column, as in select(\"name\", \"score\"); a ranking itself is a table of ids",
        ));
    }
    let mut all = (Vec::new(), Vec::new());
    for (tree, name) in given {
        let wanted = sides.wanted(&store.get().read(store.py()).engine, &tree);
        let wanted = wanted.map_err(|error| raise(store, error))?;
        bound(store, std::iter::once(&tree), |checker| checker.check_ranked(sides, &wanted))?;
        all.0.push(name);
        all.1.push(wanted);
    }
    Ok(all)
}

#[pymethods]
impl Ranking {
    /// Columns of the ranking, in its order, as a `Table`: `"rank"` (from 1), `"score"`, and what `Many.select` takes, asked
    /// of the records: fields, paths, expressions, and `name=` either.
    ///
    /// What is computed of rank, score and the records together is computed row by row: `col("score") / col("likers").count()`.
    /// Where the records have a name `rank` or `score` themselves, the name alone is refused: `ranking.score` is the
    /// ranking's, `ranking.member.score` the record's. Read at one moment. O(k), and what is asked.
    ///
    /// Raises `SchemaError` for a name that is not there or may be the ranking's or the records', and where a record itself
    /// stands beside a rank or score, and else as `Many.select`.
    ///
    /// >>> from hasmany import Store, Tweet, User, col
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(two), bob.like_tweet(two), bob.like_tweet(one)
    /// ...     top = Tweet.all().top(10, by="likers")
    /// ...     top.select("rank", "message", "score", who=col("likers.username").list())
    /// ...     top.select("message", share=col("score") / 4)
    /// rank  message  score  who
    ///    1  two        2.0  ['alice', 'bob']
    ///    2  one        1.0  ['bob']
    /// message  share
    /// two        0.5
    /// one       0.25
    #[pyo3(signature = (*columns, **named), text_signature = "($self, *columns, **named)")]
    fn select(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Columns> {
        let (names, wanted) = wanted(self.store(py), self.sides(), columns, named)?;
        self.table(py, names, &wanted)
    }
}

impl Ranking {
    fn sides(&self) -> Sides {
        Sides { member: self.model(), owner: None }
    }

    /// These columns, of one moment.
    pub fn table(&self, py: Python<'_>, names: Vec<String>, wanted: &[Wanted<Operand>]) -> PyResult<Columns> {
        let store = self.store(py);
        let answers = store.get().read_long(py, |world| {
            let ranked = Ranked::one(self.rows(world));
            checked(world, |checker| checker.ranked_answers(self.sides(), &ranked, wanted))
        });
        Ok(Columns::new(names, answers.map_err(|error| raise(store, error))?))
    }
}

#[pymethods]
impl Rankings {
    /// Columns of all rankings, one after the other, as a `Table`: `"rank"` (from 1), `"score"`, paths and expressions as in
    /// `Many.select`, asked of the records that are ranked (`"title"`, or `"member.title"`), or, behind `owner.`, of those
    /// whose rankings they are (`"owner.name"`, `col("owner.ratings").count()`). `"owner"` and `"member"` are their ids or keys.
    ///
    /// Nothing is computed before the table is read. Read as an Arrow stream, by `pl.DataFrame(table)` and the like, it is
    /// computed batch by batch, and never holds more than one; each batch is of one moment. `len`, `column` and `to_dicts`
    /// compute all of it, and keep it. To show it computes no more than the first rankings.
    ///
    /// Where what is ranked has a name `rank`, `score`, `owner` or `member` itself, the name alone is refused:
    /// `ranking.score` is the ranking's, `ranking.member.score` the record's. Raises as `Ranking.select`. An expression may be of
    /// both: `col("owner.age") - col("member.age")`.
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     alice, bob = User("alice"), User("bob")
    /// ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    /// ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
    /// ...     found = User.all().recommend("liked_tweets", 5)
    /// ...     found.select("owner.username", "rank", "message").to_dicts()
    /// [{'owner.username': 'alice', 'rank': 1, 'message': 'two'}]
    #[pyo3(signature = (*columns, **named), text_signature = "($self, *columns, **named)")]
    fn select(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Columns> {
        let (names, wanted) = wanted(self.store(py), self.sides(), columns, named)?;
        Ok(Columns::waiting(names, Arc::new(self.waiting(py, wanted))))
    }
}
