//! `User`, `Tweet`, `Like`: three thin classes over the seed world.

use std::ops::ControlFlow;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::python::change::door;
use crate::python::classes::record::{create, create_of};
use crate::python::collection::many::Many;
use crate::python::declare::bind::BoundClass;
use crate::python::declare::meet::meet_referrers;
use crate::python::declare::seed::{likes_of, tweets_of};
use crate::python::record::arg;
use crate::python::record::handle::{Like, Record, Tweet, User};
use crate::store::Store as Engine;
use crate::store::id::{Id, ModelId};

/// Indexes of fields, and of collections with how far their members' model is from the owner's, in the order of the
/// declarations in [`seed`](crate::python::declare::seed).
mod user {
    pub const USERNAME: usize = 0;
    pub const TWEETS: (usize, i32) = (0, 1);
    pub const LIKES: (usize, i32) = (1, 2);
    pub const LIKED_TWEETS: (usize, i32) = (2, 1);
}
mod tweet {
    pub const MESSAGE: usize = 0;
    pub const USER: usize = 1;
    pub const LIKES: (usize, i32) = (0, 1);
    pub const LIKERS: (usize, i32) = (1, -1);
}
mod like {
    pub const USER: usize = 0;
    pub const TWEET: usize = 1;
}

/// A collection of a user or tweet.
fn many<'py>(record: &Record, py: Python<'py>, (collection, distance): (usize, i32)) -> PyResult<Bound<'py, PyAny>> {
    let to = || Ok(ModelId(record.model.0.wrapping_add_signed(distance)));
    Many::of_record(record, py, collection, record.store(py).get().serial(), to)
}

#[pymethods]
impl User {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(username)")]
    fn __new__<'py>(
        cls: &Bound<'py, PyType>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        create(cls, args, kwargs).map(User::of)
    }

    /// The name.
    #[getter]
    fn username<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().get(slf.py(), user::USERNAME)
    }

    /// The tweets the user posted, oldest first.
    #[getter]
    fn tweets<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        many(slf.as_super().get(), slf.py(), user::TWEETS)
    }

    /// The user's likes.
    #[getter]
    fn likes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        many(slf.as_super().get(), slf.py(), user::LIKES)
    }

    /// The tweets the user likes, in the order of liking.
    #[getter]
    fn liked_tweets<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        many(slf.as_super().get(), slf.py(), user::LIKED_TWEETS)
    }

    /// A new tweet by this user. O(1).
    fn post_tweet<'py>(slf: &Bound<'py, Self>, message: Bound<'py, PyAny>) -> PyResult<Bound<'py, Tweet>> {
        let (record, py) = (slf.as_super().get(), slf.py());
        let given = PyTuple::new(py, [message, slf.clone().into_any()])?;
        let tweets = BoundClass::of(record.store(py), tweets_of(record.model));
        Bound::new(py, Tweet::of(create_of(&tweets, &given, None)?))
    }

    /// The like of this user for a tweet: a new one, or the existing one. O(1).
    ///
    /// >>> from hasmany import User
    /// >>> alice = User("alice")
    /// >>> tweet = alice.post_tweet("hello")
    /// >>> alice.like_tweet(tweet) == alice.like_tweet(tweet)
    /// True
    fn like_tweet<'py>(slf: &Bound<'py, Self>, tweet: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Like>> {
        let (record, py) = (slf.as_super().get(), slf.py());
        let (store, tweet) = (record.store(py), tweet_id(record, tweet, "User.like_tweet")?);
        let likes = likes_of(record.model);
        let find = |engine: &Engine| {
            let pair = [engine.row(record.model, record.id())?, engine.row(tweets_of(record.model), tweet)?];
            Ok(match engine.seek_pair(likes, pair) {
                Ok(row) => ControlFlow::Break(engine.table(likes).id(row)),
                Err(vacant) => ControlFlow::Continue((pair, vacant)),
            })
        };
        let id = door::find_or_write(store, store.get().serial(), find, |world, (pair, vacant)| {
            let row = world.engine.create_pair(likes, pair, vacant)?;
            Ok(world.engine.table(likes).id(row))
        })?;
        Bound::new(py, Like::of(Record::new(store.clone().unbind(), likes, id)))
    }

    /// Takes the like of this user for a tweet back; returns whether there was one. O(1).
    fn unlike_tweet(slf: &Bound<'_, Self>, tweet: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (record, py) = (slf.as_super().get(), slf.py());
        let (store, tweet) = (record.store(py), tweet_id(record, tweet, "User.unlike_tweet")?);
        let likes = likes_of(record.model);
        meet_referrers(store, likes)?;
        door::write(store, store.get().serial(), |world| {
            let engine = &mut world.engine;
            let user = engine.row(record.model, record.id())?;
            let tweet = engine.row(tweets_of(record.model), tweet)?;
            match engine.seek_pair(likes, [user, tweet]) {
                Ok(row) => engine.delete(likes, &[row]).map(|_| true),
                Err(_vacant) => Ok(false),
            }
        })
    }
}

/// The id of a tweet that was passed to a user.
fn tweet_id(user: &Record, given: &Bound<'_, PyAny>, what: &str) -> PyResult<Id> {
    let py = given.py();
    let tweets = tweets_of(user.model);
    if let Ok(tweet) = given.cast::<Tweet>() {
        let tweet = tweet.as_super().get();
        if tweet.is_in(user.store(py).as_unbound()) {
            return Ok(tweet.id());
        }
    }
    arg::record(user.store(py).as_unbound(), tweets, &py.get_type::<Tweet>().unbind(), given, || what.to_owned())
}

#[pymethods]
impl Tweet {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(message, user)")]
    fn __new__<'py>(
        cls: &Bound<'py, PyType>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        create(cls, args, kwargs).map(Tweet::of)
    }

    /// What it says.
    #[getter]
    fn message<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().get(slf.py(), tweet::MESSAGE)
    }

    /// Who posted it.
    #[getter]
    fn user<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().get(slf.py(), tweet::USER)
    }

    /// The name of who posted it.
    #[getter]
    fn username<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().get_along(slf.py(), &[tweet::USER], user::USERNAME)
    }

    /// The likes it got.
    #[getter]
    fn likes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        many(slf.as_super().get(), slf.py(), tweet::LIKES)
    }

    /// The users who like it, in the order of liking.
    #[getter]
    fn likers<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        many(slf.as_super().get(), slf.py(), tweet::LIKERS)
    }
}

#[pymethods]
impl Like {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(user, tweet)")]
    fn __new__<'py>(
        cls: &Bound<'py, PyType>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        create(cls, args, kwargs).map(Like::of)
    }

    /// Who likes.
    #[getter]
    fn user<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().get(slf.py(), like::USER)
    }

    /// What is liked.
    #[getter]
    fn tweet<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().get(slf.py(), like::TWEET)
    }
}
