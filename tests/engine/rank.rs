//! Rankings against the same formulas over sets of pairs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hasmany::ask::resolve;
use hasmany::rank::ask::{Ask, Narrowed, Question, Walking, Who};
use hasmany::rank::asker::Asker;
use hasmany::rank::batch::lists_of;
use hasmany::rank::best::Scored;
use hasmany::rank::chosen::Choice;
use hasmany::rank::damping::Damping;
use hasmany::rank::kept::Kept;
use hasmany::rank::linked::{Linked, join_of};
use hasmany::rank::links::Links;
use hasmany::rank::many::each_asker;
use hasmany::rank::projection::projection;
use hasmany::rank::recommend::{Had, MOST, Walks};
use hasmany::rank::similar::{Measure, SHRINK, similar};
use hasmany::rank::within::Within;
use hasmany::rank::workspace::Workspace;
use hasmany::store::Store;
use hasmany::store::error::Error;
use hasmany::store::id::{Id, ModelId, Row};
use hasmany::store::read::path::Path;
use hasmany::store::schema::declaration::{Collection, Declaration, OnDelete};
use hasmany::store::value::Value;

use super::declare::{many, model, optional, reference, through, unique};
use super::twitter::{LIKE, Random, TWEET, Twitter, USER, alone};

const FIXED: Damping = Damping::Fixed { held: 0.8, found: 0.3 };

/// What there is between owners and members, from both sides.
struct Naive {
    down: BTreeMap<Row, BTreeSet<Row>>,
    up: BTreeMap<Row, BTreeSet<Row>>,
    /// Whether members are of the owners' model: then it is friends who have members.
    are_friends: bool,
}

impl Naive {
    fn of(store: &Store, join: ModelId, are_friends: bool) -> Self {
        let (mut naive, table) = (Naive { down: BTreeMap::new(), up: BTreeMap::new(), are_friends }, store.table(join));
        for row in table.live() {
            if let (Value::Row(owner), Value::Row(member)) = (table.column(0).get(row), table.column(1).get(row)) {
                naive.down.entry(owner).or_default().insert(member);
                naive.up.entry(member).or_default().insert(owner);
            }
        }
        naive
    }

    /// What `i` adds to `j`, for an asker that has `i`, before it counts how popular `j` is and how sure.
    fn part(&self, i: Row, j: Row, damping: Damping) -> f64 {
        if self.are_friends {
            let has = self.down.get(&i).filter(|members| members.contains(&j));
            return has.map_or(0.0, |members| (members.len() as f64).powf(-damping.held()));
        }
        let votes: f64 = self.up[&i].intersection(&self.up[&j]).map(|owner| 1.0 / self.down[owner].len() as f64).sum();
        votes * (self.up[&i].len() as f64).powf(-damping.held())
    }

    /// The factor of `j` for what it sums up.
    fn factor(&self, asker: Row, j: Row, damping: Damping) -> f64 {
        let degree = self.up[&j].len() as f64;
        let Damping::Auto = damping else {
            let Damping::Fixed { found, .. } = damping else { unreachable!() };
            return degree.powf(-found);
        };
        let mut owners: BTreeSet<Row> = match self.are_friends {
            true => self.down[&asker].clone(),
            false => self.down[&asker].iter().flat_map(|i| &self.up[i]).copied().collect(),
        };
        owners.remove(&asker);
        let has = || owners.iter().filter_map(|owner| self.down.get(owner));
        let paths: usize = has().map(BTreeSet::len).sum();
        let touched: BTreeSet<Row> = has().flatten().copied().collect();
        let touched = touched.difference(&self.down[&asker]).count();
        let q = (0.05 + 0.25 * (paths as f64 / touched as f64).ln()).clamp(0.0, 0.8);
        let backing = owners.intersection(&self.up[&j]).count() as f64;
        degree.powf(-(q * 64.0).round() / 64.0) * backing / (backing + 3.0)
    }

    fn recommended(&self, asker: Row, damping: Damping, allowed: impl Fn(Row) -> bool) -> BTreeMap<Row, f64> {
        let own = self.down.get(&asker).cloned().unwrap_or_default();
        let others = self.up.keys().filter(|&j| !own.contains(j) && allowed(*j));
        let scored = others.map(|&j| (j, own.iter().map(|&i| self.part(i, j, damping)).sum::<f64>()));
        let found = scored.filter(|&(_, sum)| sum > 0.0);
        found.map(|(j, sum)| (j, sum * self.factor(asker, j, damping))).collect()
    }

    fn similar(&self, owner: Row) -> BTreeMap<Row, f64> {
        let own = self.down.get(&owner).cloned().unwrap_or_default();
        let cosine =
            |other: &BTreeSet<Row>| own.intersection(other).count() as f64 / ((own.len() * other.len()) as f64).sqrt();
        let scored = self.down.iter().filter(|&(&other, _)| other != owner).map(|(&row, set)| (row, cosine(set)));
        scored.filter(|&(_, score)| score > 0.0).collect()
    }
}

fn agree(given: &[Scored], expected: &BTreeMap<Row, f64>, k: usize) {
    assert_eq!(given.len(), expected.len().min(k));
    for Scored { row, score } in given {
        assert!((score - expected[row]).abs() <= 1e-9 * score, "{row}: {score}, not {}", expected[row]);
    }
    assert!(given.is_sorted_by(|one, two| (two.score, one.row) < (one.score, two.row)));
    let mut scores: Vec<f64> = expected.values().copied().collect();
    scores.sort_by(|one, two| two.total_cmp(one));
    assert!(given.iter().zip(scores).all(|(given, score)| (given.score - score).abs() <= 1e-9 * score));
}

fn compare(store: &Store, join: ModelId, path: &Path) {
    let naive = Naive::of(store, join, path.from == path.to);
    let links = Links::new(store, &join_of(store, path, "members").unwrap(), path.from, path.to);
    let askers: Vec<Row> = store.table(path.from).live().collect();
    for damping in [FIXED, Damping::Auto] {
        compare_walks(store, links, &naive, &askers, damping);
    }
    let some: Vec<Row> = askers.iter().copied().filter(|row| row % 3 > 0).collect();
    for (owners, least) in [(&askers, 1), (&askers, 4), (&some, 2)] {
        compare_pairs(store, path, &naive, owners, least);
    }
    let (lists, measure) = (lists_of(store, links), (Measure::Cosine, 0.0));
    let listed = links.with(Some(&lists));
    for &asker in &askers {
        let alike = |links| similar(store, &links, asker, 7, measure, &mut Workspace::default());
        agree(&alike(links), &naive.similar(asker), 7);
        assert_eq!(alike(links), alike(listed));
    }
}

fn compare_pairs(store: &Store, path: &Path, naive: &Naive, owners: &[Row], least: u32) {
    let none = BTreeSet::new();
    let members = |owner: Row| naive.down.get(&owner).unwrap_or(&none);
    let mut expected = Vec::new();
    for (at, &one) in owners.iter().enumerate() {
        for &other in &owners[at + 1..] {
            let shared = members(one).intersection(members(other)).count() as u32;
            expected.extend((shared >= least).then_some((one, other, shared)));
        }
    }
    // In any order.
    let owners = owners.iter().rev().copied().collect();
    let found = projection(store, path, "members", owners, least).unwrap();
    let pairs = found.owners.into_iter().zip(found.others).zip(found.shared);
    assert_eq!(pairs.map(|((one, other), shared)| (one, other, shared)).collect::<Vec<_>>(), expected);
}

fn compare_walks(store: &Store, links: Links, naive: &Naive, askers: &[Row], damping: Damping) {
    let within = Within::new((0..30).step_by(3).collect(), store.table(links.members).rows());
    let walks = |within| Walks { store, links, damping, within, had: Had::Linked, recent: None, most: MOST, seed: 0 };
    let all = each_asker(askers, |asker, workspace| walks(None).recommend(Asker::Owner(asker), 5, workspace));
    // From lists made for the batch: the same to the last digit.
    let lists = lists_of(store, links);
    let listed = Walks { links: links.with(Some(&lists)), ..walks(None) };
    assert_eq!(all, each_asker(askers, |asker, workspace| listed.recommend(Asker::Owner(asker), 5, workspace)));
    let mut workspace = Workspace::default();
    for (&asker, found) in askers.iter().zip(all) {
        let alone = |row| links.owners != links.members || row != asker;
        agree(&found.best, &naive.recommended(asker, damping, alone), 5);
        let some = walks(Some(&within)).recommend(Asker::Owner(asker), 100, &mut workspace).best;
        agree(&some, &naive.recommended(asker, damping, |row| row % 3 == 0 && row < 30 && alone(row)), 100);
        let rows: Vec<Row> = found.best.iter().map(|scored| scored.row).collect();
        for (&row, reasons) in rows.iter().zip(walks(None).why(Asker::Owner(asker), &rows, &mut workspace)) {
            let part = |own| naive.part(own, row, damping);
            let mut parts: Vec<f64> = naive.down[&asker].iter().map(|&own| part(own)).collect();
            parts.sort_by(|one, two| two.total_cmp(one));
            assert_eq!(reasons.len(), parts.iter().filter(|&&part| part > 0.0).count().min(3));
            assert!(reasons.iter().zip(parts).all(|(&own, expected)| (part(own) - expected).abs() < 1e-12));
        }
    }
}

/// Users who like and unlike, and leave with everything they have, until rows are squeezed and rows are dead.
#[test]
fn rankings_of_unique_pairs() {
    let mut twitter = Twitter::new(50, 60);
    let mut random = Random(11);
    for round in 0..1_500 {
        let (user, tweet) = (random.below(50), random.below(60));
        if twitter.store.table(USER).lives(user) && twitter.store.table(TWEET).lives(tweet) {
            twitter.toggle(user, tweet);
            if round % 250 == 249 {
                alone(&mut twitter.store, |store| store.delete(USER, &[user])).unwrap();
            }
        }
    }
    let path = resolve::path(&twitter.store, USER, "liked_tweets").unwrap();
    for _ in 0..2 {
        compare(&twitter.store, LIKE, &path);
        twitter.store.compact();
    }
}

/// Ends whose links repeat, lead nowhere, and lead from a model to itself.
#[test]
fn rankings_of_repeated_and_missing_ends() {
    for of_pairs in [vec![], unique(&["from to"])] {
        let mut store = Store::default();
        let end = |name| optional(reference(name, "ends", OnDelete::Nullify));
        let is_unique = !of_pairs.is_empty();
        let links = Collection { by: Some("from".to_owned()), ..many("links", "links") };
        let ends = Declaration { collections: vec![links, through("members", "links", "to")], ..model("End") };
        let link = Declaration { fields: vec![end("from"), end("to")], unique: of_pairs, ..model("Link") };
        let models = store.declare(vec![ends, link]).unwrap();
        let mut random = Random(3);
        alone(&mut store, |store| {
            (0..40).try_for_each(|_| store.create(models[0], &[]).map(drop))?;
            for _ in 0..400 {
                let mut end = || if random.below(8) == 0 { Value::None } else { Value::Row(random.below(40)) };
                let cells = [end(), end()];
                match store.create(models[1], &cells) {
                    Err(Error::Duplicate { .. }) if is_unique => (),
                    created => drop(created?),
                }
            }
            store.delete(models[0], &[7, 8])
        })
        .unwrap();
        let path = resolve::path(&store, models[0], "members").unwrap();
        compare(&store, models[1], &path);
    }
}

/// What is linked over more steps than one join row: read by walking, and from lists, by owners and by baskets.
#[test]
fn longer_paths_are_read_by_walking_or_from_lists() {
    let mut store = Store::default();
    let step = |name, table| optional(reference(name, table, OnDelete::Nullify));
    let buyers = Declaration {
        collections: vec![
            many("orders", "orders"),
            through("lines", "orders", "lines"),
            through("goods", "lines", "good"),
        ],
        ..model("Buyer")
    };
    let orders = Declaration {
        fields: vec![step("buyer", "buyers")],
        collections: vec![many("lines", "lines")],
        ..model("Order")
    };
    let lines = Declaration { fields: vec![step("order", "orders"), step("good", "goods")], ..model("Line") };
    let models = store.declare(vec![buyers, orders, lines, model("Good")]).unwrap();
    let mut random = Random(8);
    alone(&mut store, |store| {
        (0..30).try_for_each(|_| store.create(models[0], &[]).map(drop))?;
        (0..40).try_for_each(|_| store.create(models[3], &[]).map(drop))?;
        for _ in 0..90 {
            store
                .create(models[1], &[if random.below(9) == 0 { Value::None } else { Value::Row(random.below(30)) }])?;
        }
        for _ in 0..300 {
            let good = if random.below(9) == 0 { Value::None } else { Value::Row(random.below(40)) };
            store.create(models[2], &[Value::Row(random.below(90)), good])?;
        }
        store.delete(models[1], &[7, 8])
    })
    .unwrap();
    let path = resolve::path(&store, models[0], "goods").unwrap();
    let linked = Linked::of(&store, &path, "goods", &Choice::default()).unwrap();
    let walked = linked.links();
    assert!(walked.are_walked());
    let lists = lists_of(&store, walked);
    let listed = walked.with(Some(&lists));
    let flipped = lists_of(&store, walked.flipped());
    assert!(!listed.are_walked());
    let ask = |links, asker: Asker| recommended(&store, links, asker);
    let mut found = 0;
    for row in 0..30 {
        let alike = |links| similar(&store, &links, row, 9, (Measure::Jaccard, 0.0), &mut Workspace::default());
        assert_eq!(alike(walked), alike(listed));
        let basket = walked.list(walked.down, row);
        for asker in [Asker::Owner(row), Asker::Basket(&basket)] {
            let answer = ask(walked, asker);
            found += answer.0.len();
            assert_eq!(answer, ask(listed, asker));
        }
        // Goods that have buyers.
        let asker = Asker::Owner(row);
        assert_eq!(ask(walked.flipped(), asker), ask(walked.flipped().with(Some(&flipped)), asker));
    }
    assert!(found > 200, "{found}");
}

fn recommended(store: &Store, links: Links, asker: Asker) -> (Vec<Scored>, Vec<Vec<Row>>) {
    let walks = Walks {
        store,
        links,
        damping: Damping::Auto,
        within: None,
        had: Had::Linked,
        recent: None,
        most: MOST,
        seed: 0,
    };
    let mut workspace = Workspace::default();
    let best = walks.recommend(asker, 9, &mut workspace).best;
    let rows: Vec<Row> = best.iter().map(|scored| scored.row).collect();
    let why = walks.why(asker, &rows, &mut workspace);
    (best, why)
}

/// A sampled walk says so, finds only what the whole one finds, and is the same for the same seed.
#[test]
fn long_walks_are_sampled() {
    let mut twitter = Twitter::new(40, 50);
    let mut random = Random(1);
    (0..900).for_each(|_| twitter.toggle(random.below(40), random.below(50)));
    let store = &twitter.store;
    let path = resolve::path(store, USER, "liked_tweets").unwrap();
    let links = Links::new(store, &join_of(store, &path, "liked_tweets").unwrap(), USER, TWEET);
    let walks = |most, seed| Walks {
        store,
        links,
        damping: Damping::Auto,
        within: None,
        had: Had::Linked,
        recent: None,
        most,
        seed,
    };
    let ask = |most, seed| walks(most, seed).recommend(Asker::Owner(3), 50, &mut Workspace::default());
    let (whole, part) = (ask(MOST, 1), ask(100, 1));
    assert!(!whole.sampled && part.sampled);
    assert!(part.best.iter().all(|found| whole.best.iter().any(|other| other.row == found.row)));
    assert_eq!(part, ask(100, 1));
    assert_ne!(part, ask(100, 2));
    assert_eq!(whole, ask(MOST, 2));
}

#[test]
fn the_most_of_a_collection() {
    let mut twitter = Twitter::new(30, 20_000);
    let mut random = Random(2);
    (0..500).for_each(|_| twitter.toggle(random.below(30), random.below(20_000)));
    for gone in [None, Some(777)] {
        if let Some(row) = gone {
            alone(&mut twitter.store, |store| store.delete(TWEET, &[row])).unwrap();
        }
        compare_top(&twitter.store);
    }
}

fn compare_top(store: &Store) {
    let rows: Vec<Row> = store.table(TWEET).live().collect();
    for name in ["likers", "likes"] {
        let path = resolve::path(store, TWEET, name).unwrap();
        let mut counts: Vec<(usize, Row)> =
            rows.iter().map(|&row| (usize::MAX - store.table(LIKE).count(1, row), row)).collect();
        counts.sort_unstable();
        let top = store.top(&rows, &path, 300);
        assert!(top.iter().zip(&counts).all(|(top, (_, row))| top.row == *row) && top.len() == 300);
        assert_eq!(store.top_of_all(&path, 300), top);
        assert_eq!(store.top(&rows[5_000..], &path, 3).len(), 3);
        assert_eq!(store.top_of_all(&path, usize::MAX).len(), rows.len());
    }
}

/// A question as the bindings ask it: by ids, of one or of all, whoever is left.
#[test]
fn questions_are_answered_by_ids() {
    let mut twitter = Twitter::new(30, 40);
    let mut random = Random(5);
    (0..400).for_each(|_| twitter.toggle(random.below(30), random.below(40)));
    alone(&mut twitter.store, |store| store.delete(USER, &[4])).unwrap();
    let store = &twitter.store;
    let path = |name: &str| Arc::new(resolve::path(store, USER, name).unwrap());
    let question = |name: &str, ask| Question { name: name.to_owned(), path: path(name), k: 5, ask };
    let recommend = Ask::Recommend(Walking { damping: Damping::Auto, most: MOST, seed: 0, known: false });
    let owners: Vec<Id> = (1..=30).collect();
    for ask in [Ask::Similar { measure: Measure::Jaccard, shrink: SHRINK }, recommend] {
        let question = question("liked_tweets", ask);
        question.check(store).unwrap();
        let all = question.answer_all(store, &owners, Narrowed::default(), &mut Kept::default()).unwrap();
        assert_eq!(all.len(), 29, "the deleted one is left out");
        for (owner, ranked) in all {
            let answer = question.answer(store, &Who::Owner(owner), Narrowed::default()).unwrap();
            assert_eq!(answer.ranked, ranked);
            assert_eq!(question.answers(), if question.is_recommendation() { TWEET } else { USER });
            for (&(member, _), reasons) in answer.ranked.iter().zip(&answer.reasons) {
                assert_eq!(question.why(store, &Who::Owner(owner), member, &Choice::default()).unwrap(), *reasons);
            }
        }
        let gone = question.answer(store, &Who::Owner(5), Narrowed::default()).unwrap_err();
        assert!(matches!(gone, Error::Deleted { id: 5, .. }), "{gone}");
    }
    let within: Vec<Row> = (0..40).step_by(4).collect();
    let ranked = question("liked_tweets", recommend)
        .answer(store, &Who::Owner(1), Narrowed { within: Some(within), ..Narrowed::default() })
        .unwrap()
        .ranked;
    assert!(ranked.iter().all(|(id, _)| (id - 1) % 4 == 0), "{ranked:?}");
    let nothing_shared = question("tweets", recommend);
    assert!(matches!(nothing_shared.check(store), Err(Error::Schema(_))));
    // That the owner is gone is said first.
    assert!(matches!(nothing_shared.answer(store, &Who::Owner(5), Narrowed::default()), Err(Error::Deleted { .. })));
}

#[test]
fn what_shares_nothing_is_refused() {
    let twitter = Twitter::new(1, 1);
    let refused = |name| {
        let path = resolve::path(&twitter.store, USER, name).unwrap();
        join_of(&twitter.store, &path, name).unwrap_err().to_string()
    };
    assert!(refused("tweets").starts_with("User.tweets has no links to walk: each Tweet in it belongs to one User"));
    assert!(refused("fans").contains("User.fans leads to User in 3 steps"), "a longer path has no join row");
}
