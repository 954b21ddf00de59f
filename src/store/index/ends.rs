//! The other ends of long lists: where a join row leads, kept beside the row.

use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::HashMap;

use crate::store::cells::packed::{self, Packed};
use crate::store::cells::parents::Parents;
use crate::store::id::Row;
use crate::store::index::marks::Marks;
use crate::store::stop::Stop;

/// A list of at least so many rows keeps their other ends. Shorter ones would gain little and cost as much; those this
/// long are a fifth of a popular relation's links and nearly all of what walks over it meet. In a build for tests a few
/// rows are many, so that tests meet this.
pub const LONG: usize = if cfg!(debug_assertions) { 8 } else { 512 };

/// For the long lists of one inverse, each row's cell of the *mate*: the other reference of a join model. To read a
/// popular tweet's likers from here is to run through memory; to read them from the column is to jump about in it.
///
/// Derived, like the lists: as long as its list, in the same order, and right for every entry that is not stale.
#[derive(Debug, Default)]
pub struct Ends {
    /// By parent row.
    lists: HashMap<Row, Kept>,
    /// No fewer bytes than all marks take.
    marked: AtomicUsize,
}

/// What is kept of a list: the cells, and the rows they lead to as a set.
#[derive(Debug, Default)]
struct Kept {
    cells: Packed,
    marks: Marks,
}

/// So many bytes are next to nothing.
const LITTLE: usize = if cfg!(debug_assertions) { 256 } else { 1 << 16 };

/// The bytes that all marks of an inverse with so many links may take together: one a link.
pub fn most_marks(links: usize) -> usize {
    links.max(LITTLE)
}

impl Ends {
    /// The cells of a parent's list, if they are kept.
    pub fn of(&self, parent: Row) -> Option<&Packed> {
        self.get(parent).map(|kept| &kept.cells)
    }

    /// The marks of a parent's list, if its cells are kept.
    pub fn marks(&self, parent: Row) -> Option<&Marks> {
        self.get(parent).map(|kept| &kept.marks)
    }

    /// Somebody's marks take so many bytes more, of an inverse with so many links. Where that is too much all are
    /// forgotten but those that are just being made, which are not there yet.
    pub fn note_marks(&self, bytes: usize, links: usize) {
        let most = most_marks(links);
        if self.marked.fetch_add(bytes, Ordering::Relaxed) + bytes > most {
            let marked = bytes + self.marks_bytes();
            if marked > most {
                self.lists.values().for_each(|kept| kept.marks.forget());
            }
            self.marked.store(if marked > most { bytes } else { marked }, Ordering::Relaxed);
        }
    }

    /// Keeps the cells of these rows from now on.
    pub fn keep(&mut self, parent: Row, rows: impl ExactSizeIterator<Item = Row>, mates: Parents) {
        let mut list = Packed::with_capacity(rows.len() + rows.len() / 8, packed::roomy(mates.largest()));
        list.extend(rows.map(|row| mates.cell(row)));
        self.put(parent, list);
    }

    /// Keeps these cells of a parent from now on.
    pub fn put(&mut self, parent: Row, cells: Packed) {
        if self.lists.try_reserve(1).is_err() {
            Stop::OutOfMemory.throw();
        }
        self.lists.insert(parent, Kept { cells, marks: Marks::default() });
    }

    /// Makes room for a cell more of a parent's list.
    pub fn make_room(&mut self, parent: Row, cell: u64) {
        if let Some(kept) = self.list(parent) {
            kept.cells.make_room(cell);
        }
    }

    /// Only so many cells are left of a list.
    pub fn truncate(&mut self, parent: Row, len: usize) {
        if let Some(kept) = self.list(parent) {
            kept.cells.truncate(len);
            kept.marks.forget();
        }
    }

    /// A row came to a place of its parent's list.
    pub fn insert(&mut self, parent: Row, at: usize, cell: u64) {
        if let Some(Kept { cells: list, marks }) = self.list(parent) {
            marks.set(row(cell), true);
            let len = list.len();
            list.push(cell);
            if at < len {
                list.copy_within(at, at + 1, len - at);
                list.set(at, cell);
            }
        }
    }

    /// The row at a place of a parent's list, where it was before, came back with this cell.
    pub fn revive(&mut self, parent: Row, at: usize, cell: u64) {
        if let Some(kept) = self.list(parent) {
            kept.cells.set(at, cell);
            kept.marks.set(row(cell), true);
        }
    }

    /// A row with this cell left a parent's list, where its entry stays.
    pub fn leave(&mut self, parent: Row, cell: u64) {
        if let Some(kept) = self.list(parent) {
            kept.marks.set(row(cell), false);
        }
    }

    /// The mate of the row at a place is another.
    pub fn set(&mut self, parent: Row, at: usize, cell: u64) {
        if let Some(kept) = self.list(parent) {
            kept.marks.set(row(kept.cells.get(at)), false);
            kept.marks.set(row(cell), true);
            kept.cells.set(at, cell);
        }
    }

    /// Only these places of a list are left, which ascend; none, where it is not long any more.
    pub fn retain(&mut self, parent: Row, places: &[usize]) {
        match self.list(parent) {
            Some(kept) if places.len() >= LONG / 2 => kept.cells.keep(0, places.iter().copied()),
            Some(_) => _ = self.lists.remove(&parent),
            None => {}
        }
    }

    /// The parents were squeezed: these rows are left, renumbered 0, 1, 2 ...
    pub fn keep_parents(&mut self, rows: impl Iterator<Item = Row>) {
        let mut lists = std::mem::take(&mut self.lists);
        let kept = rows.zip(0..).filter_map(|(old, new)| Some((new, lists.remove(&old)?)));
        self.lists = kept.collect();
    }

    /// The model that the mate refers to was squeezed; `renumbered` gives each cell's new one.
    pub fn renumber(&mut self, renumbered: impl Fn(u64) -> u64) {
        for Kept { cells: list, marks } in self.lists.values_mut() {
            marks.forget();
            (0..list.len()).for_each(|at| list.set(at, renumbered(list.get(at))));
        }
    }

    /// Forgets all; lists get theirs again when they grow or are rebuilt.
    pub fn clear(&mut self) {
        *self = Ends::default();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let table = self.lists.capacity() * (size_of::<(Row, Kept)>() + 1);
        table + self.lists.values().map(|kept| kept.cells.bytes()).sum::<usize>() + self.marks_bytes()
    }

    fn marks_bytes(&self) -> usize {
        self.lists.values().map(|kept| kept.marks.bytes()).sum()
    }

    fn get(&self, parent: Row) -> Option<&Kept> {
        if self.lists.is_empty() { None } else { self.lists.get(&parent) }
    }

    fn list(&mut self, parent: Row) -> Option<&mut Kept> {
        if self.lists.is_empty() { None } else { self.lists.get_mut(&parent) }
    }
}

/// The row that a cell stands for; beyond all rows where that is none.
fn row(cell: u64) -> Row {
    (cell as Row).wrapping_sub(1)
}
