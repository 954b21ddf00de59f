//! What the commits of a writer were: whether they only added rows.
//!
//! Those that did and follow one another, with nobody else's between them, are of one *era*. A writer notes in its lock's
//! file of which era its last commit was, and by which mark SQLite's index of the log says what the file held then. A reader
//! that finds the era in which it read last need only read the rows that are new. See "Readers" in `docs/design.md`.

use std::cell::Cell;
use std::fs::File;
use std::path::Path;

use crate::journal::beside::{Place, beside, open_regular};
use crate::journal::lock::{self, Lock};
use crate::journal::posix;
use crate::store::read::digest::bytes;

/// SQLite's index of a log, as a file.
#[derive(Debug)]
struct Index(Option<File>);

/// What such an index says that a database holds.
struct State {
    /// How many transactions were committed since the index was made, whoever did it.
    commits: u32,
    /// What no other state has: it depends on every byte that is in the log.
    mark: u64,
}

/// An index begins with the same twice (<https://www.sqlite.org/walformat.html>).
const HALF: usize = 48;

impl Index {
    fn open(path: &Path) -> Option<Self> {
        open_regular(&beside(path, "-shm"), File::options().read(true)).ok().map(|file| Index(Some(file)))
    }

    fn state(&self) -> Option<State> {
        let mut header = [0; 2 * HALF];
        posix::read_at(self.0.as_ref()?, &mut header, 0)?;
        let (one, two) = header.split_at(HALF);
        let number = |at: usize| Some(u32::from_ne_bytes(one.get(at..at + 4)?.try_into().ok()?));
        // While it is written the two differ.
        let is_whole = one == two && number(0)? == 3_007_000 && one[12] == 1;
        Some(State { commits: number(8)?, mark: bytes(0, one) }).filter(|_| is_whole)
    }

    fn is_at(&self, path: &Path) -> bool {
        let there = Place::of(&beside(path, "-shm")).ok();
        there.is_some() && self.0.as_ref().and_then(|file| Place::of_open(file).ok()) == there
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            posix::put_away(file);
        }
    }
}

/// What a writer knows of its commits.
#[derive(Debug)]
pub(super) struct Teller {
    index: Index,
    /// That of the last commit.
    era: Cell<u64>,
    /// How many commits there were with it; nothing before the first.
    commits: Cell<Option<u32>>,
}

impl Teller {
    /// In the mode with a log.
    pub fn new(path: &Path) -> Option<Self> {
        let index = Index::open(path)?;
        Some(Teller { index, era: Cell::new(0), commits: Cell::new(None) })
    }

    /// After a commit: notes it. Where that fails, readers find the note of another commit.
    pub fn tell(&self, lock: &Lock, adds: bool) {
        let Some(State { commits, mark }) = self.index.state() else { return self.commits.set(None) };
        // Where it is not the next after ours, somebody else committed, too.
        let is_next = self.commits.get().is_some_and(|last| last.wrapping_add(1) == commits);

        if !(adds && is_next) {
            self.era.set(fastrand::u64(..));
        }
        self.commits.set(Some(commits));
        lock.tell(&note(self.era.get(), mark));
    }
}

/// What the writer of a file noted last, if there is one and it did: the era and the mark of a commit.
pub(super) fn noted(of: &Path) -> Option<(u64, u64)> {
    lock::told(of).and_then(|text| read_note(&text))
}

/// A line of a fixed length, of which a part is no line.
fn note(era: u64, mark: u64) -> String {
    format!("{era:016x} {mark:016x} {:016x}\n", check(era, mark))
}

/// What [`note`] was made of.
fn read_note(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.trim_end().split(' ').map(|number| u64::from_str_radix(number, 16).ok());
    let (era, mark) = (numbers.next()??, numbers.next()??);
    (numbers.next()?? == check(era, mark) && note(era, mark) == text).then_some((era, mark))
}

fn check(era: u64, mark: u64) -> u64 {
    bytes(era, &mark.to_le_bytes())
}

/// What a reader knows of the writer's commits.
#[derive(Debug, Default)]
pub(super) struct Follower {
    index: Option<Index>,
    /// That of what was read last, if it is known.
    pub era: Option<u64>,
}

impl Follower {
    /// By which mark a file is what it is now.
    pub fn mark(&mut self, path: &Path) -> Option<u64> {
        if !self.index.as_ref().is_some_and(|index| index.is_at(path)) {
            self.index = Index::open(path);
        }
        self.index.as_ref()?.state().map(|state| state.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_whole_or_none() {
        let text = note(7, u64::MAX);
        assert_eq!(text.len(), lock::TOLD);
        assert_eq!(read_note(&text), Some((7, u64::MAX)));
        let mixed = format!("{}{}", &note(8, 9)[..17], &text[17..]);
        for other in [&text[1..], &text[..text.len() - 1], "", "0 0 0\n", &mixed, &text.to_uppercase()] {
            assert_eq!(read_note(other), None, "{other}");
        }
    }
}
