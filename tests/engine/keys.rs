//! The index of a unique pair of references that is only built when it is needed.

use std::collections::{BTreeMap, BTreeSet};

use hasmany::ask::resolve;
use hasmany::store::cells::packed::Packed;
use hasmany::store::error::Error;
use hasmany::store::id::Row;
use hasmany::store::read::view::Start;
use hasmany::store::table::insert::OnConflict;
use hasmany::store::value::Value;
use hasmany::store::write::bulk::NewCells;

use super::twitter::{LIKE, Random, TWEET, Twitter, USER, alone, name, text};

const USERS: u32 = 40;
const TWEETS: u32 = 30;

type Pairs = Vec<(Row, Row)>;

fn some_pairs(random: &mut Random, count: usize) -> Pairs {
    (0..count).map(|_| (random.below(USERS), random.below(TWEETS))).collect()
}

fn insert(twitter: &mut Twitter, pairs: &Pairs, on_conflict: OnConflict) -> Result<usize, Error> {
    let ids = |side: fn(&(Row, Row)) -> Row| {
        let mut ids = Packed::with_capacity(pairs.len(), 8);
        pairs.iter().for_each(|pair| ids.push(u64::from(side(pair)) + 1));
        NewCells::Ids(ids)
    };
    let cells = vec![ids(|pair| pair.0), ids(|pair| pair.1)];
    alone(&mut twitter.store, |store| store.insert_all(LIKE, pairs.len(), cells, on_conflict)).map(|rows| rows.len())
}

fn is_built(twitter: &Twitter) -> bool {
    !twitter.store.table(LIKE).uniques()[0].is_pending()
}

/// Every pair is asked for in each way there is.
fn compare(twitter: &Twitter, liked: &BTreeSet<(Row, Row)>) {
    let store = &twitter.store;
    assert_eq!(store.check(), Ok(()));
    let likes = store.table(LIKE);
    let path = resolve::path(store, USER, "liked_tweets").unwrap();
    for (user, tweet) in (0..USERS).flat_map(|user| (0..TWEETS).map(move |tweet| (user, tweet))) {
        let is_liked = liked.contains(&(user, tweet));
        assert_eq!(store.contains(Start::Row(user), &path, tweet), is_liked, "{user} {tweet}");
        assert_eq!(store.seek_pair(LIKE, [user, tweet]).is_ok(), is_liked);
        assert_eq!(likes.find_key(0, &[&Value::Row(user), &Value::Row(tweet)]).is_some(), is_liked);
    }
    assert_eq!(likes.len(), liked.len());
}

/// Repeats are refused, with the first of them named, or left out; single changes, undone ones too, and more rows in
/// bulk find every pair.
#[test]
fn an_index_that_waits_says_what_one_that_is_built_says() {
    let mut random = Random(7);
    for round in 0..60 {
        let mut twitter = Twitter::new(USERS, TWEETS);
        let pairs = some_pairs(&mut random, 10 + 8 * round);
        let mut first = BTreeMap::new();
        let repeat = (0..).zip(&pairs).find_map(|(at, pair)| first.insert(*pair, at).map(|before| (before, at)));
        match (repeat, insert(&mut twitter, &pairs, OnConflict::Refuse)) {
            (None, Ok(count)) => assert_eq!(count, pairs.len()),
            (Some((before, at)), Err(Error::InRow { row, error })) => {
                assert_eq!(row, at);
                let Error::Duplicate { message, .. } = *error else { panic!("{error:?}") };
                assert!(message.starts_with(&format!("row {before} of the same input")), "{message}");
                assert!(twitter.store.table(LIKE).is_empty());
                insert(&mut twitter, &pairs, OnConflict::Skip).unwrap();
            }
            other => panic!("{other:?}"),
        }
        let mut liked: BTreeSet<(Row, Row)> = pairs.iter().copied().collect();
        assert!(!is_built(&twitter));
        compare(&twitter, &liked);
        assert!(!is_built(&twitter), "questions alone build nothing");
        for _ in 0..3 {
            match random.below(5) {
                0 => twitter.store.compact(),
                1 => {
                    let count = [200, 20, 6][random.below(3) as usize];
                    let pairs = some_pairs(&mut random, count);
                    insert(&mut twitter, &pairs, OnConflict::Skip).unwrap();
                    liked.extend(pairs);
                }
                2 => {
                    let (user, tweet) = (random.below(USERS), random.below(TWEETS));
                    twitter.toggle(user, tweet);
                    if !liked.remove(&(user, tweet)) {
                        liked.insert((user, tweet));
                    }
                    assert!(is_built(&twitter));
                }
                3 => {
                    twitter.store.begin();
                    let more = [Value::Row(random.below(USERS)), Value::Row(random.below(TWEETS))];
                    _ = twitter.store.create(LIKE, &more);
                    let oldest = twitter.store.table(LIKE).live().next();
                    if let Some(row) = oldest {
                        twitter.store.delete(LIKE, &[row]).unwrap();
                    }
                    twitter.store.rollback();
                }
                _ => {
                    let user = random.below(USERS);
                    alone(&mut twitter.store, |store| {
                        store.set(USER, user, &[(0, text(&name(user, round as u32 + 1)))])
                    })
                    .unwrap();
                }
            }
            compare(&twitter, &liked);
        }
    }
}

/// It waits for rows that come later as well, as long as that looks at no more than there is.
#[test]
fn an_index_waits_for_chunks_that_come_later() {
    let mut random = Random(11);
    let (mut waited, mut refused) = (0, 0);
    for round in 0..200 {
        let mut twitter = Twitter::new(USERS, TWEETS);
        let pairs = some_pairs(&mut random, 300 + round);
        insert(&mut twitter, &pairs, OnConflict::Skip).unwrap();
        let mut liked: BTreeSet<(Row, Row)> = pairs.into_iter().collect();
        for _ in 0..3 {
            let chunk = some_pairs(&mut random, 4 + round / 20);
            let mut with = liked.clone();
            let repeat = chunk.iter().position(|pair| !with.insert(*pair));
            match (insert(&mut twitter, &chunk, OnConflict::Refuse), repeat) {
                (Ok(count), None) => assert_eq!(count, chunk.len()),
                (Err(Error::InRow { row, .. }), Some(at)) => {
                    assert_eq!(row, at);
                    assert_eq!(twitter.store.table(LIKE).len(), liked.len());
                    refused += 1;
                    waited += usize::from(!is_built(&twitter));
                    insert(&mut twitter, &chunk, OnConflict::Skip).unwrap();
                }
                other => panic!("{other:?}"),
            }
            liked.extend(chunk);
            waited += usize::from(!is_built(&twitter));
        }
        compare(&twitter, &liked);
    }
    assert!(waited > 100 && refused > 100, "{waited} {refused}");
}

/// Where much is asked it is built, and then there is nothing more to build.
#[test]
fn an_index_that_waits_is_due_once_it_was_asked_for_often() {
    let mut twitter = Twitter::new(USERS, TWEETS);
    let pairs: Pairs = (0..USERS).flat_map(|user| (0..TWEETS).map(move |tweet| (user, tweet))).collect();
    insert(&mut twitter, &pairs, OnConflict::Refuse).unwrap();
    let path = resolve::path(&twitter.store, TWEET, "likers").unwrap();
    let mut asked = 0;
    while !twitter.store.is_key_due() {
        assert!(twitter.store.contains(Start::Row(asked % TWEETS), &path, asked % USERS));
        asked += 1;
    }
    assert!((5..100).contains(&asked), "{asked}");
    twitter.store.settle_keys();
    assert!(is_built(&twitter) && !twitter.store.is_key_due());
    assert_eq!(twitter.store.check(), Ok(()));
}
