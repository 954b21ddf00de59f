//! What endless or large work costs: memory that does not grow, time that is not quadratic.

use hasmany::store::Store;
use hasmany::store::schema::declaration::OnDelete;
use hasmany::store::value::Value;

use super::twitter::{LIKE, Random, TWEET, Twitter, USER, alone, bytes, contents, name, nodes, text};

/// Two million likes and unlikes, and a renaming now and then, need no more memory than the first tenth of them.
#[test]
fn endless_likes_and_unlikes_run_in_flat_memory() {
    let mut twitter = Twitter::new(60, 60);
    let mut random = Random(1);
    assert_flat(2_000_000, |round| {
        twitter.toggle(random.below(60), random.below(60));
        if round % 16 == 0 {
            twitter.rename(random.below(60), round);
        }
        bytes_now_and_then(&twitter.store, round)
    });
    assert_eq!(twitter.store.check(), Ok(()));
}

/// Likes that were rolled back leave nothing behind either.
#[test]
fn endless_rollbacks_run_in_flat_memory() {
    let mut twitter = Twitter::new(10, 10);
    assert_flat(50_000, |round| {
        twitter.store.begin();
        twitter.toggle(round % 10, round / 10 % 10);
        twitter.rename(round % 10, round);
        twitter.store.rollback();
        bytes_now_and_then(&twitter.store, round)
    });
    assert_eq!((twitter.store.table(LIKE).len(), twitter.store.check()), (0, Ok(())));
}

/// Rows that move from parent to parent leave no trail of entries.
#[test]
fn endless_moves_run_in_flat_memory() {
    let mut twitter = Twitter::new(200, 200);
    let mut random = Random(4);
    assert_flat(100_000, |round| {
        let (tweet, user) = (random.below(200), random.below(200));
        alone(&mut twitter.store, |store| store.set(TWEET, tweet, &[(0, Value::Row(user))])).unwrap();
        bytes_now_and_then(&twitter.store, round)
    });
    assert_eq!(twitter.store.check(), Ok(()));
}

/// Text that is overwritten again and again is given back, and no other cell is touched by that.
#[test]
fn overwritten_text_leaves_its_neighbours_alone() {
    let mut twitter = Twitter::new(20, 0);
    for round in 0..2_000 {
        twitter.rename(7, round);
    }
    let names: Vec<String> = (0..20).map(|user| if user == 7 { name(7, 1_999) } else { name(user, 0) }).collect();
    let column = twitter.store.table(USER).column(0);
    assert_eq!(
        (0..20).map(|row| column.get(row)).collect::<Vec<_>>(),
        names.iter().map(|n| text(n)).collect::<Vec<_>>()
    );
    assert!(bytes(&twitter.store) < 40_000, "{}", bytes(&twitter.store));
}

/// `compact` gives memory back and changes nothing that can be read.
#[test]
fn compacting_changes_nothing_but_memory() {
    let mut twitter = Twitter::new(40, 40);
    let mut random = Random(2);
    (0..3_000).for_each(|_| twitter.toggle(random.below(40), random.below(40)));
    let (before, loose) = (contents(&twitter.store), bytes(&twitter.store));
    twitter.store.compact();
    assert_eq!(twitter.store.check(), Ok(()));
    assert_eq!(contents(&twitter.store), before);
    assert!(bytes(&twitter.store) < loose);
    assert_eq!(twitter.store.table(LIKE).rows(), twitter.store.table(LIKE).len());
}

/// A user takes 100,000 rows along; bringing them back restores every cell and every list. Were either of them quadratic,
/// this would take minutes.
#[test]
fn a_large_cascade_comes_back_as_it_was() {
    let mut twitter = Twitter::new(100, 0);
    twitter.store.begin();
    (0..50_000).for_each(|at| twitter.post(0, at));
    (0..50_000).for_each(|at| twitter.toggle(at % 100, at));
    twitter.store.commit(|_, _| Ok::<(), ()>(())).unwrap();
    let before = contents(&twitter.store);
    for _ in 0..2 {
        twitter.store.begin();
        let went = twitter.store.delete(USER, &[0]).unwrap();
        assert_eq!(went, [(USER, 1), (TWEET, 50_000), (LIKE, 50_000)]);
        assert_eq!(twitter.store.check(), Ok(()));
        twitter.store.rollback();
        assert_eq!(twitter.store.check(), Ok(()));
        assert_eq!(contents(&twitter.store), before);
    }
}

/// As above, of 100,000 rows that are cut loose, and of 100,000 that are deleted one by one.
#[test]
fn a_large_nullify_and_many_deletes_come_back_as_they_were() {
    let (mut store, node) = nodes(OnDelete::Nullify);
    let root = alone(&mut store, |store| store.create(node, &[Value::None])).unwrap();
    store.begin();
    (0..100_000).for_each(|_| _ = store.create(node, &[Value::Row(root)]).unwrap());
    store.commit(|_, _| Ok::<(), ()>(())).unwrap();
    let before = contents(&store);

    store.begin();
    assert_eq!(store.delete(node, &[root]), Ok(vec![(node, 1)]));
    assert!(store.table(node).column(0).is_none(100_000));
    store.rollback();
    assert_eq!(contents(&store), before);

    store.begin();
    (1..=100_000).for_each(|row| _ = store.delete(node, &[row]).unwrap());
    assert_eq!((store.table(node).len(), store.table(node).count(0, root)), (1, 0));
    store.rollback();
    assert_eq!((contents(&store), store.check()), (before, Ok(())));
}

/// Runs so many rounds, each of which says how many bytes there are; after a tenth of them it is never more than
/// twice what it was at most until then.
fn assert_flat(rounds: u32, mut run: impl FnMut(u32) -> usize) {
    let warm = (0..rounds / 10).map(&mut run).max().unwrap();
    let most = (rounds / 10..rounds).map(run).max().unwrap();
    assert!(most <= 2 * warm, "{most} bytes after {warm}");
}

/// Adding them up takes longer than a round.
fn bytes_now_and_then(store: &Store, round: u32) -> usize {
    if round.is_multiple_of(101) { bytes(store) } else { 0 }
}
