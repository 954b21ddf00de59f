//! A join model as a matrix, against the rows one by one.

use std::collections::BTreeMap;

use hasmany::store::Store;
use hasmany::store::id::{ModelId, Row};
use hasmany::store::read::matrix::{Axis, Matrix};
use hasmany::store::schema::declaration::{Declaration, OnDelete};
use hasmany::store::types::Type;
use hasmany::store::value::Value;

use super::declare::{model, optional, reference, value};
use super::twitter::{LIKE, Random, TWEET, Twitter, USER, alone};

/// A matrix, found by looking at every join row: the place of its row among the living, that of its column, the sum.
fn naive(store: &Store, join: ModelId, rows: Axis, columns: Axis, values: Option<usize>) -> Vec<Vec<(u32, f64)>> {
    let table = store.table(join);
    let place = |(field, to): Axis, row: Row| match table.column(field).get(row) {
        Value::Row(parent) => store.table(to).live().position(|row| row == parent),
        _ => None,
    };
    let mut entries = vec![BTreeMap::new(); store.table(rows.1).len()];
    for row in table.live() {
        if let (Some(at), Some(column)) = (place(rows, row), place(columns, row)) {
            *entries[at].entry(column as u32).or_insert(0.0) += match values.map(|field| table.column(field).get(row)) {
                Some(Value::Int(number)) => number as f64,
                Some(_) => 0.0,
                None => 1.0,
            };
        }
    }
    entries.into_iter().map(|row| row.into_iter().collect()).collect()
}

fn unpacked(matrix: &Matrix) -> Vec<Vec<(u32, f64)>> {
    let entries: Vec<(u32, f64)> = matrix.columns.iter().copied().zip(matrix.entries.iter().copied()).collect();
    matrix.starts.windows(2).map(|ends| entries[ends[0]..ends[1]].to_vec()).collect()
}

/// Users who like and unlike tweets, and leave with everything they have, until rows are squeezed and rows are dead.
#[test]
fn a_matrix_counts_live_rows() {
    let mut twitter = Twitter::new(60, 80);
    let mut random = Random(5);
    for round in 0..2_000 {
        let (user, tweet) = (random.below(60), random.below(80));
        if twitter.store.table(USER).lives(user) && twitter.store.table(TWEET).lives(tweet) {
            twitter.toggle(user, tweet);
            if round % 200 == 199 {
                alone(&mut twitter.store, |store| store.delete(USER, &[user])).unwrap();
            }
        }
    }
    for _ in 0..2 {
        let (users, tweets) = ((0, USER), (1, TWEET));
        for (rows, columns) in [(users, tweets), (tweets, users), (users, users)] {
            let matrix = twitter.store.matrix(LIKE, rows, columns, None);
            assert_eq!(unpacked(&matrix), naive(&twitter.store, LIKE, rows, columns, None));
            assert_eq!(matrix.entries.iter().sum::<f64>(), twitter.store.table(LIKE).len() as f64);
        }
        twitter.store.compact();
    }
}

/// Pairs that repeat are summed; a row without one end, or without a value, adds nothing.
#[test]
fn a_matrix_sums_repeats() {
    let mut store = Store::default();
    let end = |name| optional(reference(name, "ends", OnDelete::Nullify));
    let link = Declaration { fields: vec![end("a"), end("b"), optional(value("n", Type::Int))], ..model("Link") };
    let models = store.declare(vec![model("End"), link]).unwrap();
    let mut random = Random(9);
    alone(&mut store, |store| {
        (0..6).try_for_each(|_| store.create(models[0], &[]).map(drop))?;
        for _ in 0..200 {
            let mut end = || if random.below(5) == 0 { Value::None } else { Value::Row(random.below(6)) };
            let cells = [end(), end(), end()];
            let number =
                if let Value::Row(number) = cells[2] { Value::Int(i64::from(number) - 3) } else { Value::None };
            store.create(models[1], &[cells[0].clone(), cells[1].clone(), number])?;
        }
        Ok(())
    })
    .unwrap();
    let (a, b) = ((0, models[0]), (1, models[0]));
    for values in [None, Some(2)] {
        let matrix = store.matrix(models[1], a, b, values);
        assert_eq!(unpacked(&matrix), naive(&store, models[1], a, b, values));
    }
}
