//! What a reader reads again: only the rows that are new where rows were added and nothing else was done, else all.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use hasmany::journal::refresh::Refreshed;
use hasmany::journal::{Durability, Journal};
use hasmany::store::Store;
use hasmany::store::id::{ModelId, Row};
use hasmany::store::schema::declaration::{Declaration, Field, Kind, OnDelete};
use hasmany::store::stop;
use hasmany::store::types::Type;
use hasmany::store::value::Value;
use hasmany::store::write::fill::Fill;
use proptest::prelude::*;
use rusqlite::Connection;

const NOTE: ModelId = ModelId(0);
const MARK: ModelId = ModelId(1);

/// What a refresh read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Read {
    Nothing,
    New,
    All,
}

/// A file, its writer, and one who reads beside.
struct Pair {
    folder: PathBuf,
    path: PathBuf,
    journal: Option<Journal>,
    store: Store,
    reader: Journal,
    seen: Store,
}

fn value(name: &str, of: Type, optional: bool) -> Field<String> {
    Field { name: name.into(), kind: Kind::Value(of), optional }
}

fn to(name: &str, table: &str, optional: bool) -> Field<String> {
    Field { name: name.into(), kind: Kind::Reference(table.into(), OnDelete::Nullify), optional }
}

/// Two models that refer to each other, and one to itself.
fn declarations() -> Vec<Declaration> {
    let note = Declaration {
        name: "Note".into(),
        table: "notes".into(),
        fields: vec![value("text", Type::Text, false), to("above", "notes", true), to("last", "marks", true)],
        unique: vec![vec!["text".into()]],
        ..Declaration::default()
    };
    let mark = Declaration {
        name: "Mark".into(),
        table: "marks".into(),
        fields: vec![to("note", "notes", true), value("weight", Type::Float, true)],
        ..Declaration::default()
    };
    vec![note, mark]
}

impl Pair {
    /// One that has written, so the reader knows what it did.
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("hasmany-refresh-{name}-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let (mut journal, mut store) = Journal::open(&path, Durability::Normal).unwrap();
        define(&mut store, &mut journal, declarations());
        let (reader, seen) = Journal::read(&path).unwrap();
        let mut pair = Pair { folder, path, journal: Some(journal), store, reader, seen };
        pair.note("first");
        assert_eq!(pair.refresh(), Read::New);
        pair
    }

    fn block(&mut self, work: impl FnOnce(&mut Store)) {
        self.store.begin();
        work(&mut self.store);
        let journal = self.journal.as_mut().unwrap();
        self.store.commit(|store, changes| journal.write(store, changes)).unwrap();
    }

    fn note(&mut self, text: &str) {
        self.block(|store| _ = add_note(store, text, None, None));
    }

    fn roll_back(&mut self) {
        self.store.begin();
        add_note(&mut self.store, "not committed", None, None);
        self.store.rollback();
        self.journal.as_mut().unwrap().spend_ids(&self.store).unwrap();
    }

    /// Refreshes; afterwards what is seen is what who opens the file now sees.
    fn refresh(&mut self) -> Read {
        let read = match self.reader.refresh(&mut self.seen, &[]).unwrap() {
            Refreshed::Unchanged => Read::Nothing,
            Refreshed::Grown(_) => Read::New,
            Refreshed::Other(fresh) => {
                self.seen.succeed(*fresh);
                Read::All
            }
            Refreshed::Lacking(..) => panic!("a field is not in the file"),
        };
        let (_, fresh) = Journal::read(&self.path).unwrap();
        assert_eq!(self.seen.difference(&fresh), None);
        for model in [NOTE, MARK] {
            assert_eq!(self.seen.table(model).next_id(), fresh.table(model).next_id());
        }
        self.seen.check().unwrap();
        read
    }

    /// What another program does.
    fn elsewhere(&self, sql: &str) {
        Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }

    fn reconcile(&mut self) {
        self.journal.as_mut().unwrap().reconcile(&self.store).unwrap();
    }

    fn lock(&self) -> PathBuf {
        self.folder.join("a.db-lock")
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn define(store: &mut Store, journal: &mut Journal, declarations: Vec<Declaration>) {
    let filled = declarations.into_iter().map(|declaration| {
        let fill = vec![Fill::default(); declaration.fields.len()];
        (declaration, fill)
    });
    let plan = store.plan(filled.collect()).unwrap();
    journal.define(&plan).unwrap();
    store.carry_out(plan);
}

fn of(row: Option<Row>) -> Value<'static> {
    row.map_or(Value::None, Value::Row)
}

fn add_note(store: &mut Store, text: &str, above: Option<Row>, last: Option<Row>) -> Row {
    store.create(NOTE, &[Value::Text(text.into()), of(above), of(last)]).unwrap()
}

fn add_mark(store: &mut Store, note: Option<Row>) -> Row {
    store.create(MARK, &[of(note), Value::None]).unwrap()
}

#[test]
fn what_was_added_is_read_alone() {
    let mut pair = Pair::new("added");
    assert_eq!(pair.refresh(), Read::Nothing);
    pair.note("second");
    assert_eq!(pair.refresh(), Read::New);
    pair.note("third");
    pair.note("fourth");
    pair.block(|store| (0..200).for_each(|at| _ = add_note(store, &at.to_string(), Some(0), None)));
    assert_eq!(pair.refresh(), Read::New);
    assert_eq!(pair.refresh(), Read::Nothing);
}

#[test]
fn rows_that_refer_to_each_other_are_read_alone() {
    let mut pair = Pair::new("cycle");
    pair.block(|store| {
        let mark = add_mark(store, Some(0));
        let note = add_note(store, "one", Some(0), Some(mark));
        let other = add_mark(store, Some(note));
        add_note(store, "two", Some(note), Some(other));
    });
    assert_eq!(pair.refresh(), Read::New);
}

#[test]
fn after_a_set_or_a_delete_all_is_read_and_then_the_new_alone() {
    let mut pair = Pair::new("set");
    let changes: [fn(&mut Store); 4] = [
        |store| store.set(NOTE, 0, &[(0, Value::Text("other".into()))]).unwrap(),
        |store| {
            add_note(store, "new", None, None);
            store.set(NOTE, 0, &[(0, Value::Text("again other".into()))]).unwrap();
        },
        |store| _ = store.delete(NOTE, &[0]).unwrap(),
        |store| {
            let row = add_note(store, "soon gone", None, None);
            store.delete(NOTE, &[row]).unwrap();
        },
    ];
    for (at, change) in changes.into_iter().enumerate() {
        pair.note(&format!("before {at}"));
        pair.block(change);
        pair.note(&format!("after {at}"));
        assert_eq!(pair.refresh(), Read::All, "{at}");
        pair.note(&format!("then {at}"));
        assert_eq!(pair.refresh(), Read::New, "{at}");
    }
}

#[test]
fn ids_that_came_to_nothing_are_passed_over() {
    let mut pair = Pair::new("spent");
    pair.roll_back();
    assert_eq!(pair.refresh(), Read::New);
    pair.note("one");
    pair.roll_back();
    pair.note("two");
    pair.roll_back();
    pair.roll_back();
    assert_eq!(pair.refresh(), Read::New);
    pair.seen.compact();
    pair.note("three");
    assert_eq!(pair.refresh(), Read::New);
    for at in 0..100 {
        pair.roll_back();
        pair.note(&format!("many {at}"));
    }
    assert_eq!(pair.refresh(), Read::All);
    pair.note("four");
    assert_eq!(pair.refresh(), Read::New);
}

#[test]
fn a_refresh_that_ends_early_changes_nothing() {
    // So many rows that they are not read before it is first looked whether the call should end.
    let mut rows = 120_000;
    let mut pair = loop {
        let mut pair = Pair::new("early");
        pair.block(|store| (0..rows).for_each(|at| _ = add_note(store, &at.to_string(), Some(0), None)));
        let Pair { reader, seen, .. } = &mut pair;
        // It is unwound, or SQLite gives up what it does.
        match stop::hear(|| true, || reader.refresh(seen, &[])) {
            Err(_) => break pair,
            Ok(Err(error)) if error.to_string().contains("interrupted") => break pair,
            Ok(Err(error)) => panic!("{error}"),
            Ok(Ok(_)) => rows *= 2,
        }
        assert!(rows < 10_000_000, "it is never looked");
    };
    assert_eq!(pair.seen.table(NOTE).len(), 1);
    pair.seen.check().unwrap();
    assert_eq!(pair.refresh(), Read::All);
    pair.note("one more");
    assert_eq!(pair.refresh(), Read::New);
}

#[test]
fn what_another_program_wrote_is_read_whole() {
    let mut pair = Pair::new("others");
    for (at, sql) in ["UPDATE notes SET text = 'theirs'", "INSERT INTO marks (note_id) VALUES (1)", "DELETE FROM marks"]
        .iter()
        .enumerate()
    {
        pair.elsewhere(sql);
        assert_eq!(pair.refresh(), Read::All, "{at}");
    }
    // The writer goes on as soon as the rows are again what they were.
    pair.elsewhere("UPDATE notes SET text = 'first'");
    pair.reconcile();
    pair.note("second");
    assert_eq!(pair.refresh(), Read::All);
    pair.note("third");
    assert_eq!(pair.refresh(), Read::New);
    // And so it does where it did not see the difference, but the reader did.
    pair.elsewhere("UPDATE notes SET text = 'theirs' WHERE id = 1");
    assert_eq!(pair.refresh(), Read::All);
    pair.elsewhere("UPDATE notes SET text = 'first' WHERE id = 1");
    pair.reconcile();
    pair.note("fourth");
    assert_eq!(pair.refresh(), Read::All);
}

#[test]
fn a_file_that_was_tidied_is_read_whole_once() {
    let mut pair = Pair::new("tidied");
    for (at, sql) in ["VACUUM", "ANALYZE", "CREATE TABLE theirs (x)", "REINDEX"].iter().enumerate() {
        pair.elsewhere(sql);
        assert_eq!(pair.refresh(), Read::All, "{sql}");
        pair.elsewhere(sql.replace("theirs", "others").as_str());
        pair.reconcile();
        pair.note(&format!("before {at}"));
        assert_eq!(pair.refresh(), Read::All, "{sql}");
        pair.note(&format!("after {at}"));
        assert_eq!(pair.refresh(), Read::New, "{sql}");
    }
}

#[test]
fn a_log_that_begins_again_changes_nothing() {
    let mut pair = Pair::new("log");
    for at in 0..3 {
        pair.elsewhere("PRAGMA wal_checkpoint(RESTART)");
        pair.note(&format!("note {at}"));
        assert_eq!(pair.refresh(), Read::New);
    }
}

#[test]
fn where_others_have_triggers_all_is_read() {
    let mut pair = Pair::new("triggers");
    pair.elsewhere("CREATE TRIGGER theirs AFTER INSERT ON marks BEGIN UPDATE notes SET text = text || '!'; END");
    pair.reconcile();
    pair.block(|store| _ = add_mark(store, Some(0)));
    assert_eq!(pair.refresh(), Read::All);
    pair.block(|store| _ = add_mark(store, Some(0)));
    assert_eq!(pair.refresh(), Read::All);
}

#[test]
fn other_models_are_read_whole() {
    let mut pair = Pair::new("models");
    let new = Declaration { name: "New".into(), table: "new".into(), ..Declaration::default() };
    define(&mut pair.store, pair.journal.as_mut().unwrap(), vec![new]);
    pair.note("second");
    assert_eq!(pair.refresh(), Read::All);
    pair.note("third");
    assert_eq!(pair.refresh(), Read::New);
}

#[test]
fn the_next_writer_is_followed_after_all_was_read_once() {
    let mut pair = Pair::new("writers");
    for is_closed in [true, false] {
        match pair.journal.take().unwrap() {
            journal if is_closed => journal.close(&pair.store).unwrap(),
            journal => drop(journal),
        }
        let (journal, store) = Journal::open(&pair.path, Durability::Full).unwrap();
        (pair.journal, pair.store) = (Some(journal), store);
        pair.note(&format!("one {is_closed}"));
        assert_eq!(pair.refresh(), Read::All);
        pair.note(&format!("two {is_closed}"));
        assert_eq!(pair.refresh(), Read::New);
    }
}

#[test]
fn what_a_writer_did_not_note_is_read_whole() {
    let mut pair = Pair::new("silent");
    let told = std::fs::read(pair.lock()).unwrap();
    pair.note("of one who knows no notes");
    let last = std::fs::read(pair.lock()).unwrap();
    for broken in [&told[..], b"hasmany lock\n", b"", &last[..last.len() - 1], &[&last[..40], &told[40..]].concat()] {
        std::fs::write(pair.lock(), broken).unwrap();
        let (reader, seen) = Journal::read(&pair.path).unwrap();
        let (before, store) = (std::mem::replace(&mut pair.reader, reader), std::mem::replace(&mut pair.seen, seen));
        std::fs::write(pair.lock(), &last).unwrap();
        pair.note(&format!("note {}", pair.store.table(NOTE).len()));
        // It was not known where it had begun.
        let is_whole = broken.len() == last.len() && broken == &last[..];
        assert_eq!(pair.refresh(), if is_whole { Read::New } else { Read::All });
        (pair.reader, pair.seen) = (before, store);
    }
    let last = std::fs::read(pair.lock()).unwrap();
    pair.note("last");
    std::fs::write(pair.lock(), last).unwrap();
    assert_eq!(pair.refresh(), Read::All);
    std::fs::remove_file(pair.lock()).unwrap();
    pair.note("nowhere");
    assert_eq!(pair.refresh(), Read::All);
}

#[test]
fn of_a_file_at_rest_all_is_read_once() {
    let mut pair = Pair::new("rest");
    pair.journal.take().unwrap().close(&pair.store).unwrap();
    let path = pair.path.clone();
    let reopened = |path: &Path| Journal::read(path).unwrap();
    (pair.reader, pair.seen) = reopened(&path);
    let (journal, store) = Journal::open(&path, Durability::Normal).unwrap();
    (pair.journal, pair.store) = (Some(journal), store);
    assert_eq!(pair.refresh(), Read::Nothing);
    pair.note("second");
    assert_eq!(pair.refresh(), Read::All);
    pair.note("third");
    assert_eq!(pair.refresh(), Read::New);
}

/// What is done between two refreshes.
#[derive(Clone, Debug)]
enum Step {
    Add(u8, u8),
    AddMany(u8),
    Set(u8),
    Delete(u8),
    RollBack,
    Elsewhere,
    Compact,
    Refresh,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Step::Add(a, b)),
        2 => any::<u8>().prop_map(Step::AddMany),
        1 => any::<u8>().prop_map(Step::Set),
        1 => any::<u8>().prop_map(Step::Delete),
        1 => Just(Step::RollBack),
        1 => Just(Step::Elsewhere),
        1 => Just(Step::Compact),
        6 => Just(Step::Refresh),
    ]
}

fn one(store: &Store, model: ModelId, pick: u8) -> Option<Row> {
    let rows = store.table(model).live_rows();
    (!rows.is_empty()).then(|| rows[pick as usize % rows.len()])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_was_done_a_refresh_sees_what_is_there(steps in prop::collection::vec(step(), 1..60)) {
        let mut pair = Pair::new("random");
        let (mut is_other, mut is_new, mut serial) = (false, false, 0);
        // The writer notes nothing before its next commit.
        let mut is_silent = false;
        for step in steps {
            serial += 1;
            if matches!(step, Step::Set(_) | Step::Delete(_)) && pair.store.table(NOTE).is_empty() {
                continue;
            }
            if !matches!(step, Step::Elsewhere | Step::Compact | Step::Refresh) {
                is_other |= std::mem::take(&mut is_silent);
            }
            match step {
                Step::Add(a, b) => pair.block(|store| {
                    let mark = add_mark(store, one(store, NOTE, a));
                    add_note(store, &serial.to_string(), one(store, NOTE, b), Some(mark));
                }),
                Step::AddMany(count) => pair.block(|store| {
                    for at in 0..=count {
                        add_note(store, &format!("{serial}/{at}"), None, None);
                    }
                }),
                Step::Set(pick) => if let Some(row) = one(&pair.store, NOTE, pick) {
                    pair.block(|store| store.set(NOTE, row, &[(0, Value::Text(serial.to_string().into()))]).unwrap());
                    is_other = true;
                },
                Step::Delete(pick) => if let Some(row) = one(&pair.store, NOTE, pick) {
                    pair.block(|store| _ = store.delete(NOTE, &[row]).unwrap());
                    is_other = true;
                },
                Step::RollBack => pair.roll_back(),
                Step::Elsewhere => {
                    pair.elsewhere("ANALYZE");
                    pair.reconcile();
                    (is_other, is_silent) = (true, true);
                }
                Step::Compact => {
                    pair.store.compact();
                    pair.seen.compact();
                }
                Step::Refresh => {
                    let read = pair.refresh();
                    match (is_other, is_new) {
                        (true, _) => prop_assert_eq!(read, Read::All),
                        (false, true) => prop_assert_eq!(read, Read::New),
                        (false, false) => {}
                    }
                    (is_other, is_new) = (false, false);
                }
            }
            is_new |= matches!(step, Step::Add(..));
        }
        pair.refresh();
    }
}
