//! Where rows are and what they are called, whatever left around them; and reading that no model shows.

use std::collections::HashSet;
use std::ops::ControlFlow;

use hasmany::ask::resolve;
use hasmany::store::Store;
use hasmany::store::id::{Id, Row};
use hasmany::store::read::path::Shape;
use hasmany::store::read::view::Start;
use hasmany::store::schema::declaration::{Declaration, OnDelete};
use hasmany::store::types::Type;
use hasmany::store::value::Value;

use super::declare::{many, model, optional, reference, through, unique, value};
use super::twitter::{Random, TWEET, Twitter, USER, alone, contents, tweet};

/// Neither a delete, a rollback, a squeeze nor a new declaration gives an id a second time.
#[test]
fn ids_are_never_given_twice() {
    let mut twitter = Twitter::new(1, 0);
    let mut given = HashSet::new();
    for round in 0..300 {
        twitter.store.begin();
        twitter.post(0, round);
        let tweets = twitter.store.table(TWEET);
        let row = tweets.live().next_back().unwrap();
        assert!(given.insert(tweets.id(row)), "{} again", tweets.id(row));
        match round % 5 {
            0 => twitter.store.rollback(),
            1 => twitter.store.commit(|_, _| Ok::<(), ()>(())).unwrap(),
            _ => {
                _ = twitter.store.delete(TWEET, &[row]).unwrap();
                twitter.store.commit(|_, _| Ok::<(), ()>(())).unwrap();
            }
        }
        match round % 37 {
            0 => twitter.store.compact(),
            1 => twitter.redeclare(TWEET, tweet()),
            _ => {}
        }
    }
    let last = given.into_iter().max().unwrap();
    assert_eq!(last, 300);
}

/// When the dead outweigh the living they are squeezed out; ids, order and what refers to the living stay.
#[test]
fn a_squeeze_keeps_ids_order_and_references() {
    let mut twitter = Twitter::new(1_000, 0);
    (0..500).for_each(|at| twitter.post(at * 2, at));
    let silent: Vec<Row> = (0..1_000).filter(|row| row % 2 == 1).collect();
    let tweets = contents(&twitter.store).swap_remove(TWEET.index());
    let went = alone(&mut twitter.store, |store| store.delete(USER, &silent)).unwrap();
    assert_eq!(went, [(USER, 500)]);
    assert_eq!(twitter.store.table(USER).rows(), 500, "squeezed");
    assert_eq!(twitter.store.check(), Ok(()));
    let ids: Vec<Id> = twitter.store.table(USER).live().map(|row| twitter.store.table(USER).id(row)).collect();
    assert_eq!(ids, (1..1_000).step_by(2).collect::<Vec<Id>>());
    assert_eq!(contents(&twitter.store).swap_remove(TWEET.index()), tweets);
    let path = resolve::path(&twitter.store, USER, "tweets").unwrap();
    for row in 0..500 {
        assert_eq!(twitter.store.members(Start::Row(row), &path), [row], "each its own tweet");
    }
}

/// Rows that refer to rows of their own model, by two references that are unique together, survive a squeeze of it.
#[test]
fn a_squeeze_of_a_model_that_refers_to_itself() {
    let mut store = Store::default();
    let to_node = |name| optional(reference(name, "nodes", OnDelete::Nullify));
    let fields = vec![to_node("left"), to_node("right")];
    let node = Declaration { fields, unique: unique(&["left right"]), ..model("Node") };
    let node = store.declare(vec![node]).unwrap()[0];
    for row in 0..900u32 {
        let cells = [row.checked_sub(1), row.checked_sub(3)].map(|row| row.map_or(Value::None, Value::Row));
        alone(&mut store, |store| store.create(node, &cells)).unwrap();
    }
    let gone: Vec<Row> = (0..900).filter(|row| row % 3 != 0).collect();
    assert_eq!(alone(&mut store, |store| store.delete(node, &gone)), Ok(vec![(node, 600)]));
    assert_eq!((store.table(node).rows(), store.check()), (300, Ok(())));
    for (row, id) in (0..300).zip((1..).step_by(3)) {
        assert_eq!(store.table(node).id(row), id);
        assert_eq!(store.table(node).column(0).get(row), Value::None);
        assert_eq!(store.table(node).column(1).get(row), row.checked_sub(1).map_or(Value::None, Value::Row));
    }
}

/// Two users like one tweet: it is one tweet that users like, though no user can like it twice.
#[test]
fn what_all_rows_together_have_is_each_member_once() {
    let mut twitter = Twitter::new(2, 1);
    twitter.toggle(0, 0);
    twitter.toggle(1, 0);
    let path = resolve::path(&twitter.store, USER, "liked_tweets").unwrap();
    assert_eq!(twitter.store.members(Start::Every, &path), [0]);
    assert_eq!(twitter.store.count(Start::Every, &path), 1);
}

/// The youngest row is deleted and comes back: a list that was looked up in between must be looked up again.
#[test]
fn the_youngest_row_does_not_come_back_unnoticed() {
    let mut twitter = Twitter::new(2, 0);
    twitter.store.begin();
    twitter.store.delete(USER, &[1]).unwrap();
    let deleted = twitter.store.table(USER).version();
    twitter.store.rollback();
    assert!(twitter.store.table(USER).lives(1));
    assert_ne!(twitter.store.table(USER).version(), deleted);
}

/// Down a reference and up the same one leads back: there is nothing to link.
#[test]
fn down_and_up_one_reference_is_no_join() {
    let mut twitter = Twitter::new(1, 1);
    let user = Declaration {
        collections: vec![many("tweets", "tweets"), through("themselves", "tweets", "user")],
        fields: vec![value("name", Type::Text)],
        ..model("User")
    };
    twitter.redeclare(USER, user);
    let path = resolve::path(&twitter.store, USER, "themselves").unwrap();
    assert_eq!(path.shape, Shape::Walk);
    assert_eq!(twitter.store.members(Start::Row(0), &path), [0]);
}

/// What a path visits comes in the order of the rows it came by.
#[test]
fn a_walk_goes_by_ascending_trails() {
    let mut twitter = Twitter::new(12, 12);
    let mut random = Random(3);
    (0..200).for_each(|_| twitter.toggle(random.below(12), random.below(12)));
    let path = resolve::path(&twitter.store, USER, "fans").unwrap();
    for start in (0..12).map(Start::Row).chain([Start::Every]) {
        let mut trails = Vec::new();
        _ = twitter.store.trace(start, &path, |_, trail| {
            trails.push(trail.to_vec());
            ControlFlow::Continue(())
        });
        assert!(!trails.is_empty() && trails.is_sorted_by(|a, b| a < b), "{trails:?}");
    }
}
