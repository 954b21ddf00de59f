//! A store's file, without Python: what was written is what is read, whatever happened in between.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use hasmany::journal::create::save;
use hasmany::journal::error::Error;
use hasmany::journal::refresh::Refreshed;
use hasmany::journal::{Durability, Journal};
use hasmany::store::Store;
use hasmany::store::id::{ModelId, Row};
use hasmany::store::schema::declaration::{Declaration, Field, Kind, OnDelete};
use hasmany::store::types::Type;
use hasmany::store::value::Value;
use hasmany::store::write::fill::Fill;
use proptest::prelude::*;

const USER: ModelId = ModelId(0);
const LIKE: ModelId = ModelId(1);

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("hasmany-{name}-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

fn declarations() -> Vec<Declaration> {
    let value = |name: &str, of| Field { name: name.into(), kind: Kind::Value(of), optional: false };
    let to = |name: &str| Field {
        name: name.into(),
        kind: Kind::Reference("users".into(), OnDelete::Cascade),
        optional: false,
    };
    let user = Declaration {
        name: "User".into(),
        table: "users".into(),
        fields: vec![value("name", Type::Text), value("age", Type::Int)],
        unique: vec![vec!["name".into()]],
        ..Declaration::default()
    };
    let like = Declaration {
        name: "Like".into(),
        table: "likes".into(),
        fields: vec![to("who"), to("whom")],
        unique: vec![vec!["who".into(), "whom".into()]],
        ..Declaration::default()
    };
    vec![user, like]
}

fn declared(store: &mut Store, journal: &mut Journal) {
    let filled = declarations().into_iter().map(|declaration| {
        let fill = vec![Fill::default(); declaration.fields.len()];
        (declaration, fill)
    });
    let plan = store.plan(filled.collect()).unwrap();
    journal.define(&plan).unwrap();
    store.carry_out(plan);
}

#[derive(Clone, Debug)]
enum Step {
    User(u8),
    Like(u8, u8),
    Rename(u8, u8),
    Delete(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u8>().prop_map(Step::User),
        any::<(u8, u8)>().prop_map(|(a, b)| Step::Like(a, b)),
        any::<(u8, u8)>().prop_map(|(a, b)| Step::Rename(a, b)),
        any::<u8>().prop_map(Step::Delete),
    ]
}

/// Transactions, and whether they are kept.
fn blocks() -> impl Strategy<Value = Vec<(bool, Vec<Step>)>> {
    prop::collection::vec((any::<bool>(), prop::collection::vec(step(), 0..12)), 0..12)
}

fn one(store: &Store, pick: u8) -> Option<Row> {
    let rows = store.table(USER).live_rows();
    (!rows.is_empty()).then(|| rows[pick as usize % rows.len()])
}

/// What cannot be done is left out.
fn take(store: &mut Store, step: &Step) {
    let name = |n: u8| Value::Text(format!("{}", n % 20).into());
    let done = match *step {
        Step::User(n) => store.create(USER, &[name(n), Value::Int(n.into())]).map(drop),
        Step::Like(a, b) => match (one(store, a), one(store, b)) {
            (Some(a), Some(b)) => store.create(LIKE, &[Value::Row(a), Value::Row(b)]).map(drop),
            _ => Ok(()),
        },
        Step::Rename(a, n) => one(store, a).map_or(Ok(()), |row| store.set(USER, row, &[(0, name(n))])),
        Step::Delete(a) => one(store, a).map_or(Ok(()), |row| store.delete(USER, &[row]).map(drop)),
    };
    drop(done);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_committed_is_there(blocks in blocks()) {
        let folder = Folder::new("committed");
        let (mut journal, mut store) = Journal::open(&folder.file("a.db"), Durability::Normal).unwrap();
        declared(&mut store, &mut journal);
        for (keep, steps) in &blocks {
            store.begin();
            steps.iter().for_each(|step| take(&mut store, step));
            match keep {
                true => store.commit(|store, changes| journal.write(store, changes)).unwrap(),
                false => {
                    store.rollback();
                    journal.spend_ids(&store).unwrap();
                }
            }
        }
        journal.check(&store).unwrap();
        journal.close(&store).unwrap();
        prop_assert_eq!(folder.names(), ["a.db"]);
        save(&store, &folder.file("copy.db")).unwrap();
        for name in ["a.db", "copy.db"] {
            let (_journal, again) = Journal::open(&folder.file(name), Durability::Full).unwrap();
            again.check().unwrap();
            prop_assert_eq!(store.difference(&again), None);
            let next = |store: &Store, model| store.table(model).next_id();
            prop_assert_eq!([USER, LIKE].map(|model| next(&again, model)), [USER, LIKE].map(|model| next(&store, model)));
        }
    }
}

#[test]
fn a_file_has_one_writer_and_many_readers() {
    let folder = Folder::new("writer");
    let path = folder.file("a.db");
    let (mut journal, mut store) = Journal::open(&path, Durability::Normal).unwrap();
    declared(&mut store, &mut journal);
    assert!(matches!(Journal::open(&path, Durability::Normal), Err(Error::Locked(_))));
    let (mut reader, mut seen) = Journal::read(&path).unwrap();
    store.begin();
    take(&mut store, &Step::User(1));
    store.commit(|store, changes| journal.write(store, changes)).unwrap();
    assert_eq!(seen.table(USER).len(), 0);
    assert!(matches!(reader.refresh(&mut seen, &[]).unwrap(), Refreshed::Grown(true)));
    assert_eq!(seen.table(USER).len(), 1);
    assert!(matches!(reader.refresh(&mut seen, &[]).unwrap(), Refreshed::Unchanged));
    journal.close(&store).unwrap();
    drop(reader);
    assert_eq!(folder.names(), ["a.db"]);
}
