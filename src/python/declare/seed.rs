//! The seed world: users like tweets. A schema of three models, whose classes are written in Rust.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::ask::resolve;
use crate::python::error::Failure;
use crate::python::fork::detached;
use crate::python::record::handle::{Like, Tweet, User};
use crate::python::store::class::{Class, Default, FieldSpec, Holds, Maker, Spec};
use crate::python::store::world::World;
use crate::store::error::Error;
use crate::store::id::ModelId;
use crate::store::schema::declaration::{Collection, Declaration, Field, Kind, OnDelete};
use crate::store::types::Type;
use crate::store::write::fill::Fill;

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
        ..Declaration::default()
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
        let fill = vec![Fill::default(); declaration.fields.len()];
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
            FieldSpec {
                name: field.name,
                holds,
                optional: false,
                default: Default::Required,
                kw_only: false,
                was: Vec::new(),
            }
        };
        let spec = Spec {
            maker,
            name: declaration.name,
            fields: declaration.fields.into_iter().map(field).collect(),
            collections: declaration.collections.into_iter().map(|collection| collection.name).collect(),
            ones: Vec::new(),
            key: Vec::new(),
        };
        let class = Class::new(models[at], spec);
        for (path, name) in class.paths.iter().zip(&class.spec.collections) {
            _ = path.set(Arc::new(resolve::path(&world.engine, models[at], name)?));
        }
        replaced.push(world.put_class(&types[at], models[at], class));
    }
    Ok(replaced)
}

/// The model of tweets, from that of users.
pub fn tweets_of(users: ModelId) -> ModelId {
    ModelId(users.0 + 1)
}

/// The model of likes, from that of users.
pub fn likes_of(users: ModelId) -> ModelId {
    ModelId(users.0 + 2)
}
