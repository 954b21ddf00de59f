//! What is asked in columns, against the collections one by one: also where rows are dead and lists have stale entries.

use std::sync::Arc;

use hasmany::ask::answer::{Answer, answers, matching};
use hasmany::ask::check::Checker;
use hasmany::ask::domain::Domain;
use hasmany::ask::expr::{Comparison, Expr, Junction, Method, Operator, Total};
use hasmany::ask::given::Given;
use hasmany::ask::narrow::{candidates_below, own_tests};
use hasmany::ask::plan::Plan;
use hasmany::ask::resolve;
use hasmany::store::Store;
use hasmany::store::error::Result;
use hasmany::store::id::{ModelId, Row};
use hasmany::store::read::view::Start;
use hasmany::store::types::Type;
use hasmany::store::value::Value;

use super::twitter::{LIKE, Random, TWEET, Twitter, USER, alone};

type Asked = Expr<i64>;

fn given(number: &i64) -> Result<Given> {
    Ok(Given::Value(Value::Int(*number), Type::Int))
}

fn path(path: &str) -> Asked {
    Asked::path(path).unwrap()
}

fn total(of: &str, total: Total) -> Asked {
    path(of).call(Method::Total(total), Vec::new()).unwrap()
}

fn compared(a: Asked, how: Comparison, number: i64) -> Asked {
    Asked::binary(Operator::Compare(how), a, Asked::given(number)).unwrap()
}

fn answer(store: &Store, model: ModelId, rows: &[Row], asked: &Asked) -> Answer {
    let path = |model: ModelId, name: &str| resolve::path(store, model, name).map(Arc::new);
    let checker = Checker { engine: store, given: &given, path: &path, is_lasting: false };
    let question = checker.column(model, asked, true).unwrap();
    answers(store, &Domain::List(rows), &[question]).unwrap().remove(0)
}

fn condition(store: &Store, model: ModelId, asked: &Asked) -> Plan {
    let path = |model: ModelId, name: &str| resolve::path(store, model, name).map(Arc::new);
    Checker { engine: store, given: &given, path: &path, is_lasting: false }.condition(model, asked).unwrap()
}

/// Users who like and unlike tweets, and leave with everything they have, until rows are squeezed and rows are dead.
fn lively() -> Twitter {
    let mut twitter = Twitter::new(60, 80);
    let mut random = Random(7);
    for round in 0..3_000 {
        let (user, tweet) = (random.below(60), random.below(80));
        if twitter.store.table(USER).lives(user) && twitter.store.table(TWEET).lives(tweet) {
            twitter.toggle(user, tweet);
            if round % 200 == 199 {
                alone(&mut twitter.store, |store| store.delete(USER, &[user])).unwrap();
            }
        }
    }
    twitter
}

#[test]
fn members_are_those_of_each_collection() {
    let twitter = lively();
    let store = &twitter.store;
    let users = store.table(USER).live_rows();
    for name in ["tweets", "likes", "liked_tweets", "fans"] {
        let way = resolve::path(store, USER, name).unwrap();
        let listed = answer(store, USER, &users, &path(name).call(Method::List, Vec::new()).unwrap());
        let counted = answer(store, USER, &users, &total(name, Total::Count));
        let first = answer(store, USER, &users, &total(name, Total::First));
        let starts = listed.starts.unwrap();
        for (at, &user) in users.iter().enumerate() {
            let members = store.members(Start::Row(user), &way);
            // Rows leave as their ids.
            let ids: Vec<Value> = members.iter().map(|&row| Value::Int(store.table(way.to).id(row) as i64)).collect();
            let found = (starts[at]..starts[at + 1]).map(|at| listed.cells.get(at as Row));
            assert_eq!(found.collect::<Vec<_>>(), ids, "{name}");
            assert_eq!(counted.cells.get(at as Row), Value::Int(members.len() as i64));
            assert_eq!(first.cells.get(at as Row), ids.first().cloned().unwrap_or(Value::None));
        }
    }
}

#[test]
fn blocks_and_threads_change_nothing() {
    let mut twitter = Twitter::new(50, 5);
    let rows: Vec<Row> = (0..40_000).map(|at| at % 50).collect();
    (0..50).for_each(|user| twitter.toggle(user, user % 5));
    let store = &twitter.store;
    let few: Vec<Row> = (0..50).collect();
    for asked in [total("likes", Total::Count), total("likes.tweet.at", Total::Sum), path("id")] {
        let (long, short) = (answer(store, USER, &rows, &asked), answer(store, USER, &few, &asked));
        assert!((0..40_000).all(|at| long.cells.get(at) == short.cells.get(at % 50)));
    }
    let list = path("likes.tweet.at").call(Method::List, Vec::new()).unwrap();
    let listed = answer(store, USER, &rows, &list);
    assert_eq!((listed.len(), listed.cells.len()), (40_000, 40_000));
    let even = compared(total("likes.tweet.at", Total::Sum), Comparison::Equal, 2);
    assert_eq!(matching(store, &Domain::List(&rows), &condition(store, USER, &even)).unwrap().len(), 8_000);
}

#[test]
fn an_index_says_which_rows_a_condition_can_hold_for() {
    let twitter = lively();
    let store = &twitter.store;
    let tweet = store.table(TWEET).live_rows()[3];
    let (id, user) = (store.table(TWEET).id(tweet) as i64, store.table(TWEET).column(0).parent(tweet));
    let owner = store.table(USER).id(user) as i64;
    let candidates = |model, plan: &Plan| {
        let own = store.candidates(model, &own_tests(plan).0).map(|found| found.rows);
        own.or_else(|| candidates_below(store, plan))
    };
    let found = |model, asked: &Asked| candidates(model, &condition(store, model, asked));
    let by_id = compared(path("id"), Comparison::Equal, id);
    let by_reference = compared(path("user"), Comparison::Equal, owner);
    let far = compared(path("tweet.user"), Comparison::Equal, owner);
    let farther = compared(path("tweet.user.id"), Comparison::Equal, owner);
    assert_eq!(found(TWEET, &by_id), Some(vec![tweet]));
    assert!(found(TWEET, &by_reference).is_some_and(|rows| rows.contains(&tweet)));
    for (model, asked) in [(TWEET, by_id.clone()), (TWEET, by_reference.clone()), (LIKE, far), (LIKE, farther)] {
        let plan = condition(store, model, &asked);
        let few = candidates(model, &plan).unwrap();
        assert!(few.is_sorted() && few.len() < store.table(model).len());
        assert_eq!(
            matching(store, &Domain::List(&few), &plan).unwrap(),
            matching(store, &Domain::List(&store.table(model).live_rows()), &plan).unwrap()
        );
    }
    let both = Asked::join(Junction::All, compared(path("at"), Comparison::Less, 1 << 40), by_id.clone()).unwrap();
    assert_eq!(found(TWEET, &both), Some(vec![tweet]));
    for (how, holds) in [(Comparison::Less, [true, false]), (Comparison::AtLeast, [false, true])] {
        let rows = found(TWEET, &compared(path("id"), how, id)).unwrap();
        let expected = store.table(TWEET).live().filter(|&row| holds[usize::from(row >= tweet)]);
        assert!(rows.into_iter().eq(expected));
    }
    // What no index knows.
    assert_eq!(found(TWEET, &compared(total("likes", Total::Count), Comparison::Equal, 3)), None);
    assert_eq!(found(TWEET, &Asked::join(Junction::Any, by_id, by_reference).unwrap()), None);
}
