//! The seed world: users like tweets. A schema, and three thin classes over it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::python::collection::many::Many;
use crate::python::error::Failure;
use crate::python::fork::detached;
use crate::python::record::handle::Record;
use crate::python::record::value;
use crate::python::store::Store;
use crate::python::store::class::{Class, Default, FieldSpec, Holds, Maker, Spec};
use crate::python::store::world::World;
use crate::store::error::Error;
use crate::store::id::ModelId;
use crate::store::schema::declaration::{Collection, Declaration, Field, Kind, OnDelete};
use crate::store::types::Type;
use crate::store::value::Value;

/// Indexes of fields, and of collections with how far their members' model is from the owner's, in the order of the
/// declaration below.
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
fn many(record: &Record, py: Python<'_>, (collection, distance): (usize, i32)) -> PyResult<Many> {
    let to = ModelId(record.model.0.wrapping_add_signed(distance));
    record.many(py, collection, to, record.store(py).get().serial())
}

/// The three models, which always come together: `User`, then `Tweet`, then `Like`.
fn declarations() -> Vec<Declaration> {
    let text = |name: &str| Field { name: name.into(), kind: Kind::Value(Type::Text), optional: false };
    let belongs_to = |name: &str| Field {
        name: name.into(),
        kind: Kind::Reference(format!("{name}s"), OnDelete::Cascade),
        optional: false,
    };
    let many = |name: &str, of: &str, through: Option<&str>| Collection {
        name: name.into(),
        of: of.into(),
        target: of.to_lowercase() + "s",
        through: through.map(str::to_owned),
        ..Collection::default()
    };
    let model = |name: &str, fields, collections, unique: &[&str]| Declaration {
        name: name.into(),
        table: name.to_lowercase() + "s",
        fields,
        collections,
        unique: if unique.is_empty() { vec![] } else { vec![unique.iter().map(|&name| name.to_owned()).collect()] },
    };
    let of_user = vec![
        many("tweets", "Tweet", None),
        many("likes", "Like", None),
        Collection { source: Some("tweet".into()), ..many("liked_tweets", "Tweet", Some("likes")) },
    ];
    let of_tweet = vec![
        many("likes", "Like", None),
        Collection { source: Some("user".into()), ..many("likers", "User", Some("likes")) },
    ];
    vec![
        model("User", vec![text("username")], of_user, &[]),
        model("Tweet", vec![text("message"), belongs_to("user")], of_tweet, &[]),
        model("Like", vec![belongs_to("user"), belongs_to("tweet")], vec![], &["user", "tweet"]),
    ]
}

/// Whether a class is one of the three.
pub fn is_seed(ty: &Bound<'_, PyType>) -> bool {
    let py = ty.py();
    ty.is(py.get_type::<User>()) || ty.is(py.get_type::<Tweet>()) || ty.is(py.get_type::<Like>())
}

/// Adds the three models to a store, or claims those of its file; gives back the classes that they had there.
pub fn declare(py: Python<'_>, world: &mut World) -> std::result::Result<Vec<Option<Class>>, Failure> {
    let declarations = declarations();
    let filled = declarations.iter().map(|declaration| {
        let fill = vec![Value::None; declaration.fields.len()];
        (declaration.clone(), fill)
    });
    let plan = world.engine.plan(filled.collect())?;
    let models: Vec<ModelId> = plan.models.iter().map(|planned| planned.model).collect();
    // A collection of the one finds the model of the other by its distance.
    if models[1] != tweets_of(models[0]) || models[2] != likes_of(models[0]) {
        let what = "the tables users, tweets and likes of this file are not those of User, Tweet and Like";
        return Err(Error::Schema(what.to_owned()).into());
    }
    detached(py, || world.carry_out(plan))?;
    let mut replaced = Vec::new();
    let types = [py.get_type::<User>(), py.get_type::<Tweet>(), py.get_type::<Like>()];
    let makers = [Maker::User, Maker::Tweet, Maker::Like];
    for (at, (declaration, maker)) in declarations.into_iter().zip(makers).enumerate() {
        let field = |field: Field<String>| {
            let holds = match field.kind {
                Kind::Value(of) => Holds::Value(of),
                Kind::Reference(table, _) => {
                    let to = if table == "users" { 0 } else { 1 };
                    Holds::Record(models[to], types[to].clone().unbind())
                }
            };
            FieldSpec { name: field.name, holds, optional: false, default: Default::Required }
        };
        let spec = Spec {
            maker,
            name: declaration.name,
            fields: declaration.fields.into_iter().map(field).collect(),
            collections: declaration.collections.into_iter().map(|collection| collection.name).collect(),
        };
        let class = Class::new(models[at], spec);
        for (path, name) in class.paths.iter().zip(&class.spec.collections) {
            _ = path.set(Arc::new(world.engine.schema().path(models[at], name)?));
        }
        replaced.push(world.put_class(&types[at], models[at], class));
    }
    Ok(replaced)
}

/// The model of tweets, from that of users.
fn tweets_of(users: ModelId) -> ModelId {
    ModelId(users.0 + 1)
}

/// The model of likes, from that of users.
fn likes_of(users: ModelId) -> ModelId {
    ModelId(users.0 + 2)
}

/// Someone who posts and likes tweets.
///
/// >>> from hasmany import User
/// >>> alice = User("alice")
/// >>> alice.username
/// 'alice'
#[pyclass(frozen, extends = Record, module = "hasmany")]
pub struct User;

/// Something a user said.
///
/// >>> from hasmany import Tweet, User
/// >>> tweet = Tweet("Hello, world", User("alice"))
/// >>> tweet.username, tweet.message
/// ('alice', 'Hello, world')
#[pyclass(frozen, extends = Record, module = "hasmany")]
pub struct Tweet;

/// That a user likes a tweet: there is at most one for each pair.
///
/// >>> from hasmany import Like, User
/// >>> alice, bob = User("alice"), User("bob")
/// >>> like = Like(bob, alice.post_tweet("Hello, world"))
/// >>> like.user == bob
/// True
#[pyclass(frozen, extends = Record, module = "hasmany")]
pub struct Like;

impl User {
    pub fn of(record: Record) -> PyClassInitializer<Self> {
        PyClassInitializer::from(record).add_subclass(User)
    }
}

impl Tweet {
    pub fn of(record: Record) -> PyClassInitializer<Self> {
        PyClassInitializer::from(record).add_subclass(Tweet)
    }
}

impl Like {
    pub fn of(record: Record) -> PyClassInitializer<Self> {
        PyClassInitializer::from(record).add_subclass(Like)
    }
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
        Record::create(cls, args, kwargs).map(User::of)
    }

    /// The name.
    #[getter]
    fn username<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().get(slf.py(), user::USERNAME)
    }

    /// The tweets the user posted, oldest first.
    #[getter]
    fn tweets(slf: &Bound<'_, Self>) -> PyResult<Many> {
        many(slf.as_super().get(), slf.py(), user::TWEETS)
    }

    /// The user's likes.
    #[getter]
    fn likes(slf: &Bound<'_, Self>) -> PyResult<Many> {
        many(slf.as_super().get(), slf.py(), user::LIKES)
    }

    /// The tweets the user likes, in the order of liking.
    #[getter]
    fn liked_tweets(slf: &Bound<'_, Self>) -> PyResult<Many> {
        many(slf.as_super().get(), slf.py(), user::LIKED_TWEETS)
    }

    /// A new tweet by this user. O(1).
    fn post_tweet<'py>(slf: &Bound<'py, Self>, message: Bound<'py, PyAny>) -> PyResult<Bound<'py, Tweet>> {
        let (record, py) = (slf.as_super().get(), slf.py());
        let given = PyTuple::new(py, [message, slf.clone().into_any()])?;
        Bound::new(py, Tweet::of(Record::create_in(record.store(py), tweets_of(record.model), &given, None)?))
    }

    /// The like of this user for a tweet: a new one, or the one that is there. O(1).
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
        let id = Store::write(store, store.get().serial(), |world| {
            let engine = &mut world.engine;
            let user = Value::Row(engine.row(record.model, record.id())?);
            let tweet = Value::Row(engine.row(tweets_of(record.model), tweet)?);
            let row = engine.find_or_create(likes, &[user, tweet])?;
            Ok(engine.table(likes).id(row))
        })?;
        Bound::new(py, Like::of(Record::new(store.clone().unbind(), likes, id)))
    }

    /// Takes the like of this user for a tweet back; returns whether there was one. O(1).
    fn unlike_tweet(slf: &Bound<'_, Self>, tweet: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (record, py) = (slf.as_super().get(), slf.py());
        let (store, tweet) = (record.store(py), tweet_id(record, tweet, "User.unlike_tweet")?);
        let likes = likes_of(record.model);
        Store::write(store, store.get().serial(), |world| {
            let engine = &mut world.engine;
            let user = Value::Row(engine.row(record.model, record.id())?);
            let tweet = Value::Row(engine.row(tweets_of(record.model), tweet)?);
            let table = engine.table(likes);
            match table.uniques()[0].find(table.columns(), &[&user, &tweet]) {
                Some(row) => engine.delete(likes, &[row]).map(|_| true),
                None => Ok(false),
            }
        })
    }
}

/// The id of a tweet that was passed to a user.
fn tweet_id(user: &Record, given: &Bound<'_, PyAny>, what: &str) -> PyResult<crate::store::id::Id> {
    let py = given.py();
    let tweets = tweets_of(user.model);
    if let Ok(tweet) = given.cast::<Tweet>() {
        let tweet = tweet.as_super().get();
        if tweet.is_in(user.store(py).as_unbound()) {
            return Ok(tweet.id());
        }
    }
    value::record(user.store(py).as_unbound(), tweets, &py.get_type::<Tweet>().unbind(), given, || what.to_owned())
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
        Record::create(cls, args, kwargs).map(Tweet::of)
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
        let user = Self::user(slf)?.cast_into::<User>()?;
        User::username(&user)
    }

    /// The likes it got.
    #[getter]
    fn likes(slf: &Bound<'_, Self>) -> PyResult<Many> {
        many(slf.as_super().get(), slf.py(), tweet::LIKES)
    }

    /// The users who like it, in the order of liking.
    #[getter]
    fn likers(slf: &Bound<'_, Self>) -> PyResult<Many> {
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
        Record::create(cls, args, kwargs).map(Like::of)
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
