//! Sets that are kept beside long lists: whatever happens to the rows, an operator's result is that of plain sets.

use std::collections::BTreeSet;

use hasmany::ask::resolve;
use hasmany::store::Store;
use hasmany::store::id::Row;
use hasmany::store::read::algebra::{Operator, Side};
use hasmany::store::read::view::Start;
use hasmany::store::value::Value;

use super::twitter::{LIKE, Random, TWEET, Twitter, USER, alone, bytes};

const USERS: u32 = 40;
const TWEETS: u32 = 6;

/// Likers of a tweet, in order, from the column alone.
fn likers(store: &Store, tweet: Row) -> Vec<Row> {
    let likes = store.table(LIKE);
    let of = likes.live().filter(|&like| likes.column(1).parent(like) == tweet);
    of.map(|like| likes.column(0).parent(like)).collect()
}

/// Everything that is asked of the likers of two tweets.
fn ask(store: &Store, one: Row, two: Row) {
    let path = resolve::path(store, TWEET, "likers").unwrap();
    let (left, right) = (Side::Path(Start::Row(one), &path), Side::Path(Start::Row(two), &path));
    let universe = store.table(USER).rows();
    let (a, b) = (likers(store, one), likers(store, two));
    let (in_a, in_b): (BTreeSet<Row>, BTreeSet<Row>) = (a.iter().copied().collect(), b.iter().copied().collect());
    let both: Vec<Row> = a.iter().copied().filter(|row| in_b.contains(row)).collect();
    let only_a: Vec<Row> = a.iter().copied().filter(|row| !in_b.contains(row)).collect();
    let only_b: Vec<Row> = b.iter().copied().filter(|row| !in_a.contains(row)).collect();
    assert_eq!(store.overlap(left, right, universe), both.len());
    assert_eq!(store.overlap(right, left, universe), both.len());
    assert_eq!(store.combine(Operator::And, left, right, universe), both);
    assert_eq!(store.combine(Operator::Sub, left, right, universe), only_a);
    assert_eq!(store.combine(Operator::Or, left, right, universe), [&a[..], &only_b].concat());
    assert_eq!(store.combine(Operator::Xor, left, right, universe), [only_a, only_b].concat());
    // The same rows, taken out of the list.
    assert_eq!(store.combine(Operator::And, Side::Rows(&a), right, universe), both);
    assert_eq!(store.overlap(Side::Rows(&a), right, universe), both.len());
}

fn is_kept(store: &Store, tweet: Row) -> bool {
    store.table(LIKE).kept_marks(1, 0, tweet).is_some()
}

/// Likes, unlikes, moves, deletes of users and tweets, rows that come, rollbacks and packing.
#[test]
fn kept_sets_follow_every_change() {
    for seed in 0..8 {
        let (mut twitter, mut random) = (Twitter::new(USERS, TWEETS), Random(seed));
        let mut met = 0;
        for round in 0..1500 {
            let is_undone = random.below(8) == 0;
            twitter.store.begin();
            for _ in 0..=random.below(3) {
                change(&mut twitter, &mut random, round);
            }
            match is_undone {
                true => twitter.store.rollback(),
                false => twitter.store.commit(|_, _| Ok::<(), ()>(())).unwrap(),
            }
            let tweets: Vec<Row> = twitter.store.table(TWEET).live().collect();
            let one = tweets[random.below(tweets.len() as u32) as usize];
            let two = tweets[random.below(tweets.len() as u32) as usize];
            ask(&twitter.store, one, two);
            met += u32::from(is_kept(&twitter.store, one));
            assert_eq!(twitter.store.check(), Ok(()), "round {round} of {seed}");
        }
        assert!(met > 300, "{met} rounds of {seed} met a kept set");
    }
}

fn change(twitter: &mut Twitter, random: &mut Random, round: u32) {
    let some = |store: &Store, random: &mut Random, model| {
        let rows: Vec<Row> = store.table(model).live().collect();
        rows.get(random.below(rows.len().max(1) as u32) as usize).copied()
    };
    let (Some(user), Some(tweet)) = (some(&twitter.store, random, USER), some(&twitter.store, random, TWEET)) else {
        return;
    };
    match random.below(40) {
        0 => _ = twitter.store.delete(USER, &[user]).unwrap(),
        1 if twitter.store.table(TWEET).len() > 2 => _ = twitter.store.delete(TWEET, &[tweet]).unwrap(),
        2 | 3 => {
            let name = super::twitter::text(&super::twitter::name(1000 + round, round));
            _ = twitter.store.create(USER, &[name]);
        }
        4 => twitter.post(user, round),
        5..=12 => {
            // To another tweet, another user or both, where that pair is free.
            let Some(like) = some(&twitter.store, random, LIKE) else { return };
            let cells = [(0, Value::Row(user)), (1, Value::Row(tweet))];
            let cells = [&cells[..1], &cells[1..], &cells].into_iter().nth(random.below(3) as usize);
            _ = twitter.store.set(LIKE, like, cells.unwrap_or_default());
        }
        13 if twitter.store.depth() == 1 && random.below(4) == 0 => {
            twitter.store.commit(|_, _| Ok::<(), ()>(())).unwrap();
            twitter.store.compact();
            twitter.store.begin();
        }
        _ => twitter.toggle(user, tweet),
    }
}

/// A like that goes to another user and another tweet in one step is, between the two cells, a second like of its new
/// user for its old tweet.
#[test]
fn a_like_that_passes_through_anothers_pair_takes_no_member_away() {
    for is_undone in [false, true] {
        let mut twitter = Twitter::new(USERS, 2);
        (0..20).for_each(|user| twitter.toggle(user, 0));
        (10..20).for_each(|user| twitter.toggle(user, 1));
        (0..3).for_each(|_| ask(&twitter.store, 0, 1));
        assert!(is_kept(&twitter.store, 0));
        // The like of user 3 becomes that of user 4 for tweet 1.
        twitter.store.begin();
        twitter.store.set(LIKE, 3, &[(0, Value::Row(4)), (1, Value::Row(1))]).unwrap();
        ask(&twitter.store, 0, 1);
        match is_undone {
            true => twitter.store.rollback(),
            false => twitter.store.commit(|_, _| Ok::<(), ()>(())).unwrap(),
        }
        assert_eq!(likers(&twitter.store, 0).len(), if is_undone { 20 } else { 19 });
        ask(&twitter.store, 0, 1);
        assert_eq!(twitter.store.check(), Ok(()));
    }
}

/// The second question makes it, `stats` counts it, packing takes it away, and the answers stay what they were.
#[test]
fn a_set_is_kept_from_the_second_question_on_and_goes_with_packing() {
    let mut twitter = Twitter::new(USERS, 2);
    (0..USERS).for_each(|user| twitter.toggle(user, 0));
    (10..USERS).for_each(|user| twitter.toggle(user, 1));
    let path = resolve::path(&twitter.store, TWEET, "likers").unwrap();
    let overlap = |store: &Store| {
        let side = |tweet| Side::Path(Start::Row(tweet), &path);
        assert_eq!(store.overlap(side(1), side(0), USERS as usize), 30);
    };
    let before = bytes(&twitter.store);
    overlap(&twitter.store);
    assert_eq!((bytes(&twitter.store), is_kept(&twitter.store, 0)), (before, false));
    overlap(&twitter.store);
    assert!(is_kept(&twitter.store, 0) && bytes(&twitter.store) > before);
    overlap(&twitter.store);
    twitter.store.compact();
    assert!(!is_kept(&twitter.store, 0));
    overlap(&twitter.store);
}

/// Many lists that are asked take turns: together their sets take no more than a byte a like or next to nothing.
#[test]
fn kept_sets_take_a_byte_a_like_at_most() {
    let mut twitter = Twitter::new(USERS, 200);
    (0..200).for_each(|tweet| (0..20).for_each(|user| twitter.toggle((user + tweet) % USERS, tweet)));
    let before = bytes(&twitter.store);
    for round in 0..4000 {
        ask(&twitter.store, round * 7 % 200, round * 3 % 200);
        let more = bytes(&twitter.store) - before;
        assert!(more <= 4000 + 512, "{more} bytes in round {round}");
    }
    assert_eq!(twitter.store.check(), Ok(()));
    // They can be forgotten, and so must be able to come again.
    (0..3).for_each(|_| ask(&twitter.store, 5, 6));
    assert!(is_kept(&twitter.store, 5));
    alone(&mut twitter.store, |store| store.delete(USER, &[5])).unwrap();
    ask(&twitter.store, 5, 6);
}
