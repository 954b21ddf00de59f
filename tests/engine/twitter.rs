//! Users, tweets and likes, and what tests of them have in common.

use std::borrow::Cow;

use hasmany::store::Store;
use hasmany::store::change::{ToldValue, What};
use hasmany::store::error::Result;
use hasmany::store::id::{Id, ModelId, Row};
use hasmany::store::schema::declaration::{Collection, Declaration, Kind, OnDelete};
use hasmany::store::types::Type;
use hasmany::store::value::Value;
use hasmany::store::write::fill::Fill;

use super::declare::{many, model, optional, reference, through, unique, value};

pub const USER: ModelId = ModelId(0);
pub const TWEET: ModelId = ModelId(1);
pub const LIKE: ModelId = ModelId(2);

/// Users, tweets and likes, in that order; everything cascades.
pub struct Twitter {
    pub store: Store,
}

impl Twitter {
    /// So many users, and tweets by one after the other.
    pub fn new(users: u32, tweets: u32) -> Self {
        let to = |name, table| reference(name, table, OnDelete::Cascade);
        let liked = vec![
            many("tweets", "tweets"),
            many("likes", "likes"),
            through("liked_tweets", "likes", "tweet"),
            through("fans", "tweets", "likers"),
        ];
        let user = Declaration {
            fields: vec![value("name", Type::Text)],
            collections: liked,
            unique: unique(&["name"]),
            ..model("User")
        };
        let like = Declaration {
            fields: vec![to("user", "users"), to("tweet", "tweets")],
            unique: unique(&["user tweet"]),
            ..model("Like")
        };
        let mut twitter = Twitter { store: Store::default() };
        twitter.store.declare(vec![user, tweet(), like]).unwrap();
        for user in 0..users {
            alone(&mut twitter.store, |store| store.create(USER, &[text(&name(user, 0))])).unwrap();
        }
        (0..tweets).for_each(|at| twitter.post(at % users, at));
        twitter
    }

    pub fn post(&mut self, user: Row, at: u32) {
        let cells = [Value::Row(user), Value::Int(at.into())];
        alone(&mut self.store, |store| store.create(TWEET, &cells)).unwrap();
    }

    /// Redefines a model, with nothing in new fields.
    pub fn redeclare(&mut self, model: ModelId, declaration: Declaration) {
        let fill = vec![Fill::default(); declaration.fields.len()];
        let plan = self.store.plan_redefinition(model, (declaration, fill)).unwrap();
        self.store.carry_out(plan);
    }

    /// Likes, or unlikes what was liked.
    pub fn toggle(&mut self, user: Row, tweet: Row) {
        let (likes, key) = (self.store.table(LIKE), [Value::Row(user), Value::Row(tweet)]);
        let like = likes.find_key(0, &[&key[0], &key[1]]);
        alone(&mut self.store, |store| match like {
            Some(like) => store.delete(LIKE, &[like]).map(drop),
            None => store.create(LIKE, &key).map(drop),
        })
        .unwrap();
    }

    pub fn rename(&mut self, user: Row, round: u32) {
        alone(&mut self.store, |store| store.set(USER, user, &[(0, text(&name(user, round)))])).unwrap();
    }
}

pub fn tweet() -> Declaration {
    Declaration {
        fields: vec![reference("user", "users", OnDelete::Cascade), value("at", Type::Int)],
        collections: vec![
            many("likes", "likes"),
            Collection { target: "users".into(), ..through("likers", "likes", "user") },
        ],
        ..model("Tweet")
    }
}

/// A long name.
pub fn name(user: u32, round: u32) -> String {
    format!("user {user}, renamed in round {round}").repeat(4)
}

pub fn text(text: &str) -> Value<'static> {
    Value::Text(Cow::Owned(text.to_owned()))
}

/// Numbers that look random, the same every time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 32) % u64::from(limit)) as u32
    }
}

/// A store of one model, whose rows may refer to one another.
pub fn nodes(on_delete: OnDelete) -> (Store, ModelId) {
    let mut store = Store::default();
    let node = Declaration { fields: vec![optional(reference("up", "nodes", on_delete))], ..model("Node") };
    let node = store.declare(vec![node]).unwrap()[0];
    (store, node)
}

/// A write in a transaction of its own.
pub fn alone<T>(store: &mut Store, write: impl FnOnce(&mut Store) -> Result<T>) -> Result<T> {
    store.begin();
    let result = write(store);
    store.commit(|_, _| Ok::<(), ()>(())).unwrap();
    result
}

/// All bytes of a store.
pub fn bytes(store: &Store) -> usize {
    store.bytes().iter().map(|(_, bytes)| bytes).sum()
}

/// Which rows a delete tells of, in its order.
pub fn leaving(store: &mut Store, model: ModelId, rows: &[Row]) -> Vec<(ModelId, Id)> {
    let mut told = Vec::new();
    store.begin();
    store.delete(model, rows).unwrap();
    store
        .commit(|store, changes| {
            told = store.told(changes);
            Ok::<(), ()>(())
        })
        .unwrap();
    told.iter().filter(|told| matches!(told.what, What::Delete(_))).map(|told| (told.model, told.id)).collect()
}

/// A row as anyone sees it: its id, its cells, and the ids of the rows that refer to it, by reference.
pub type Seen = (Id, Vec<ToldValue>, Vec<Vec<Id>>);

/// The rows of every model.
pub fn contents(store: &Store) -> Vec<Vec<Seen>> {
    let models = (0..store.schema().models().len()).map(|at| ModelId(at as u32));
    models.map(|model| store.table(model).live().map(|row| seen(store, model, row)).collect()).collect()
}

fn seen(store: &Store, model: ModelId, row: Row) -> Seen {
    let table = store.table(model);
    let of = store.schema().model(model);
    let cells = of.fields.iter().zip(table.columns()).map(|(field, column)| match (&field.kind, column.get(row)) {
        (Kind::Reference(to, _), Value::Row(parent)) => ToldValue::Ref(*to, store.table(*to).id(parent)),
        (_, value) => ToldValue::Value(value.into_owned()),
    });
    let children = of.referrers.iter().map(|reference| {
        let child = store.table(reference.model);
        child.children(reference.field, row).map(|row| child.id(row)).collect()
    });
    (table.id(row), cells.collect(), children.collect())
}
