//! What a listener is told of a transaction, and what is refused.

use hasmany::store::Store;
use hasmany::store::change::{Told, ToldValue, What};
use hasmany::store::error::Error;
use hasmany::store::schema::declaration::{Declaration, OnDelete};
use hasmany::store::value::Value;

use super::declare::{model, reference};
use super::twitter::{LIKE, Twitter, USER, alone, contents, leaving, nodes, text};

/// A listener hears the values of each moment, whatever became of the row later in the same transaction.
#[test]
fn what_is_told_is_of_its_moment() {
    let mut twitter = Twitter::new(1, 0);
    let mut told = Vec::new();
    twitter.store.begin();
    let row = twitter.store.create(USER, &[text("a")]).unwrap();
    twitter.store.set(USER, row, &[(0, text("b"))]).unwrap();
    twitter.store.begin();
    twitter.store.set(USER, row, &[(0, text("lost"))]).unwrap();
    twitter.store.rollback();
    twitter.store.set(USER, row, &[(0, text("c"))]).unwrap();
    twitter.store.delete(USER, &[row]).unwrap();
    twitter
        .store
        .commit(|store, changes| {
            told = store.told(changes);
            Ok::<(), ()>(())
        })
        .unwrap();
    let cell = |name| ToldValue::Value(text(name));
    let set = |old, new| What::Set { field: 0, old: cell(old), new: cell(new) };
    let whats = [What::Create(vec![cell("a")]), set("a", "b"), set("b", "c"), What::Delete(vec![cell("c")])];
    assert_eq!(told, whats.map(|what| Told { model: USER, id: 2, what }));
}

/// A row that goes together with what it referred to is not cut loose first: the listener hears whose it was.
#[test]
fn a_row_that_goes_says_whose_it_was() {
    let (mut store, node) = nodes(OnDelete::Nullify);
    store.begin();
    let top = store.create(node, &[Value::None]).unwrap();
    let low = store.create(node, &[Value::Row(top)]).unwrap();
    store.commit(|_, _| Ok::<(), ()>(())).unwrap();
    let mut told = Vec::new();
    store.begin();
    store.delete(node, &[top, low]).unwrap();
    store
        .commit(|store, changes| {
            told = store.told(changes);
            Ok::<(), ()>(())
        })
        .unwrap();
    let went = |id, up| Told { model: node, id, what: What::Delete(vec![up]) };
    assert_eq!(told, [went(2, ToldValue::Ref(node, 1)), went(1, ToldValue::Value(Value::None))]);
}

/// Rows leave before those they refer to, so that a listener who forbids dangling references can follow. Here the row that
/// is named first refers to the one named second.
#[test]
fn children_leave_before_parents_in_whatever_order_they_are_named() {
    let mut twitter = Twitter::new(1, 1);
    twitter.toggle(0, 0);
    assert_eq!(leaving(&mut twitter.store, LIKE, &[0]), [(LIKE, 1)]);

    let (mut store, node) = nodes(OnDelete::Restrict);
    let top = alone(&mut store, |store| store.create(node, &[Value::None])).unwrap();
    let low = alone(&mut store, |store| store.create(node, &[Value::Row(top)])).unwrap();
    assert_eq!(leaving(&mut store, node, &[low, top]), [(node, 2), (node, 1)]);
}

/// As above, where a like is reached from the user directly, and through the tweet a step later.
#[test]
fn children_leave_before_parents_when_there_is_a_short_way_and_a_long_one() {
    let mut store = Store::default();
    let (cascade, to_user) = (OnDelete::Cascade, reference("user", "users", OnDelete::Cascade));
    let like = Declaration { fields: vec![to_user.clone(), reference("tweet", "tweets", cascade)], ..model("Like") };
    let tweet = Declaration { fields: vec![to_user], ..model("Tweet") };
    let ids = store.declare(vec![like, tweet, model("User")]).unwrap();
    let [like, tweet, user] = *ids else { panic!("three models") };
    store.begin();
    store.create(user, &[]).unwrap();
    store.create(tweet, &[Value::Row(0)]).unwrap();
    store.create(like, &[Value::Row(0), Value::Row(0)]).unwrap();
    store.commit(|_, _| Ok::<(), ()>(())).unwrap();
    assert_eq!(leaving(&mut store, user, &[0]), [(like, 1), (tweet, 1), (user, 1)]);
}

/// One row that may not go keeps all that were to go with it.
#[test]
fn a_refused_delete_of_several_rows_deletes_none() {
    let mut twitter = Twitter::new(3, 3);
    let pin = Declaration { fields: vec![reference("tweet", "tweets", OnDelete::Restrict)], ..model("Pin") };
    let pin = twitter.store.declare(vec![pin]).unwrap()[0];
    alone(&mut twitter.store, |store| store.create(pin, &[Value::Row(1)])).unwrap();
    let before = contents(&twitter.store);
    let refused = alone(&mut twitter.store, |store| store.delete(USER, &[0, 1, 2]));
    let Err(Error::Restrict { blockers, message }) = refused else { panic!("{refused:?}") };
    assert_eq!(blockers, [("Pin".to_owned(), 1)]);
    assert!(message.starts_with("cannot delete User 1: 1 Pin would refer to nothing"), "{message}");
    assert_eq!((contents(&twitter.store), twitter.store.check()), (before, Ok(())));
}

/// What restricts is counted in rows, not in references: this one refers to two rows that were to go.
#[test]
fn a_row_that_restricts_twice_is_one_row() {
    let mut store = Store::default();
    let to_user = |name| reference(name, "users", OnDelete::Restrict);
    let follow = Declaration { fields: vec![to_user("from"), to_user("to")], ..model("Follow") };
    let ids = store.declare(vec![model("User"), follow]).unwrap();
    store.begin();
    let (one, two) = (store.create(ids[0], &[]).unwrap(), store.create(ids[0], &[]).unwrap());
    store.create(ids[1], &[Value::Row(one), Value::Row(two)]).unwrap();
    store.commit(|_, _| Ok::<(), ()>(())).unwrap();
    match alone(&mut store, |store| store.delete(ids[0], &[one, two])) {
        Err(Error::Restrict { blockers, .. }) => assert_eq!(blockers, [("Follow".to_owned(), 1)]),
        other => panic!("{other:?}"),
    }
}
