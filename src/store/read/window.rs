//! Windows: some members of a collection from a place on, at the cost of what is shown.
//!
//! The members of most collections stand in a line: all rows of a model, an inverse, a join over a unique pair. One can
//! begin at any place of it, or at what has an id, whether that is still there or not. Others are walked up to what is
//! shown.

use std::ops::{ControlFlow, Range};

use crate::store::Store;
use crate::store::cells::packed::Packed;
use crate::store::cells::parents::Parents;
use crate::store::id::{Id, Row};
use crate::store::read::path::{Path, Shape};
use crate::store::read::rowset::RowSet;
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::Pace;
use crate::store::table::line::{Line, Run};

/// Rows a block: few enough to stay in a core's first cache.
const BLOCK: usize = 256;

/// The members of a collection as they stand in a line.
#[derive(Clone, Copy)]
pub struct Lined<'a> {
    /// The members, or the rows that lead to them.
    pub line: Line<'a>,
    /// Where those lead, and the same beside the list, if it is there.
    far: Option<(Parents<'a>, Option<&'a Packed>)>,
}

impl Store {
    /// The line in which a collection's members stand, if they do. O(1).
    pub fn lined(&self, start: Start, path: &Path) -> Option<Lined<'_>> {
        match (start, path.shape) {
            (Start::Every, Shape::All) => Some(Lined { line: self.table(path.to).line(), far: None }),
            (Start::Row(row), Shape::Inverse(of)) => {
                Some(Lined { line: self.table(of.model).line_of(of.field, row), far: None })
            }
            (Start::Row(row), Shape::Join(join)) if start.is_indexed(path) => {
                let table = self.table(join.model);
                let line = table.line_of(join.near, row);
                let ends =
                    table.inverse(join.near).filter(|_| line.is_whole() && table.mate(join.near) == Some(join.far));
                let ends = ends.and_then(|inverse| inverse.ends(row));
                Some(Lined { line, far: Some((table.column(join.far).parents(), ends)) })
            }
            _ => None,
        }
    }

    /// The members at these places. O(members shown) where they stand in a line in which nothing left, O(members before
    /// the last one) where they do not stand in one.
    pub fn members_at(&self, start: Start, path: &Path, places: Range<usize>) -> Vec<Row> {
        let mut rows = Vec::new();
        match self.lined(start, path) {
            Some(lined) => {
                lined.take(&mut lined.line.from(places.start), places.len(), &mut rows);
            }
            None => {
                rows = self.first_members(start, path, places.end);
                rows.drain(..places.start.min(rows.len()));
            }
        }
        rows
    }

    /// The first so many members, by a walk that ends with the last of them.
    fn first_members(&self, start: Start, path: &Path, most: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        if most == 0 {
            return rows;
        }
        let mut seen = RowSet::new(self.table(path.to).rows(), most.min(self.table(path.to).len()));
        _ = self.walk(start, path, |row| {
            if seen.insert(row) {
                room::push(&mut rows, row);
            }
            if rows.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        rows
    }
}

impl Lined<'_> {
    /// Takes up to so many members of a run; the row by whose place the last of them stands in the line.
    pub fn take(&self, run: &mut Run, most: usize, members: &mut Vec<Row>) -> Option<Row> {
        if let Some(slots) = self.line.whole(run, most) {
            let last = if run.is_reverse() { slots.clone().next() } else { slots.clone().next_back() };
            self.copy(slots, run.is_reverse(), members);
            return last.map(|slot| self.line.row(slot));
        }
        let (mut pace, mut last) = (Pace::default(), None);
        for _ in 0..most {
            let Some((_, row)) = self.line.next(run) else { break };
            pace.step();
            room::push(members, self.far.map_or(row, |(far, _)| far.of(row)));
            last = Some(row);
        }
        last
    }

    /// Appends the members in these slots, in each of which one stands; block by block, which is quicker.
    fn copy(&self, slots: Range<usize>, is_reverse: bool, members: &mut Vec<Row>) {
        let (first, mut pace) = (members.len(), Pace::default());
        room::reserve(members, first + slots.len());
        let mut block = [0; BLOCK];
        for start in slots.clone().step_by(BLOCK) {
            let rows = &mut block[..BLOCK.min(slots.end - start)];
            match self.far {
                // A cell is one more than the row.
                Some((_, Some(ends))) => ends.unpack(start, 1, rows),
                Some((far, None)) => {
                    self.line.copy(start, rows);
                    rows.iter_mut().for_each(|row| *row = far.of(*row));
                }
                None => self.line.copy(start, rows),
            }
            members.extend_from_slice(rows);
            pace.steps(BLOCK);
        }
        if is_reverse {
            members[first..].reverse();
        }
    }

    /// The id by which a row stands in the line.
    pub fn id(&self, row: Row) -> Id {
        self.line.id(row)
    }
}
