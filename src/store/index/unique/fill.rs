//! Many rows entered at once: dealt out to parts of the index, which are filled in turn.

use crate::store::cells::column::Column;
use crate::store::cells::heap::push;
use crate::store::id::{NO_ROW, Row};
use crate::store::index::unique::{PART, Unique, hash, pair_hash};
use crate::store::parallel::{Scratch, buffer};
use crate::store::stop::{self, looking};

/// Where in a dealt entry the tag begins: above the row and the place in the part.
const TAG: u32 = Row::BITS + PART.ilog2();

impl Unique {
    /// An index over these fields of all these rows, which ascend. Where several have one key the first is entered;
    /// `duplicate` is told that and the other, for each of the others. O(rows).
    ///
    /// The rows are first dealt out to parts of the table, then each part is filled in turn: writing to one place
    /// after another of a table that no cache holds would take several times as long.
    pub fn build(
        fields: Box<[usize]>,
        columns: &[Column],
        rows: impl Iterator<Item = Row> + Clone,
        scratch: &mut Scratch,
        duplicate: impl FnMut(Row, Row),
    ) -> Self {
        let mut index = Self::new(fields);
        let (count, last) = rows.clone().fold((0, 0), |(count, _), row| (count + 1, row));
        index.clear(count * 5 / 4 + 8, last, false);
        index.enter_all(columns, looking(rows), scratch, duplicate);
        index
    }

    /// Enters rows, for which there is room, as [`build`](Self::build) says.
    pub fn enter_all(
        &mut self,
        columns: &[Column],
        rows: impl Iterator<Item = Row> + Clone,
        scratch: &mut Scratch,
        duplicate: impl FnMut(Row, Row),
    ) {
        let state = self.hasher.clone();
        match *self.fields {
            // The common key, without asking each cell for its type.
            [a, b] if columns[a].is_reference() && columns[b].is_reference() => {
                let (a, b) = (columns[a].parents(), columns[b].parents());
                let hash = |row: Row| {
                    let (a, b) = (a.of(row), b.of(row));
                    (a != NO_ROW && b != NO_ROW).then(|| pair_hash(&state, a, b))
                };
                self.fill(columns, rows, scratch, hash, duplicate);
            }
            _ => {
                let fields = self.fields.clone();
                self.fill(columns, rows, scratch, |row| hash(&state, &fields, columns, row), duplicate);
            }
        }
    }

    fn fill(
        &mut self,
        columns: &[Column],
        rows: impl Iterator<Item = Row> + Clone,
        scratch: &mut Scratch,
        hash: impl Fn(Row) -> Option<u64>,
        mut duplicate: impl FnMut(Row, Row),
    ) {
        let parts = self.slots.len().div_ceil(PART);
        if parts <= 1 {
            for row in rows {
                if let Some(hash) = hash(row) {
                    self.place(columns, self.home(hash), self.tag(hash), row, &mut duplicate);
                }
            }
            return;
        }
        // Hashes fall evenly, so each part gets about as many. What is too much for one comes last.
        let (_, most) = rows.size_hint();
        let even = most.unwrap_or(self.slots.len()).min(self.slots.len()) / parts.max(1);
        let room = even + even / 16 + 256;
        // The tag, the place in the part, and the row.
        let dealt = buffer(scratch, parts * room);
        let mut ends: Vec<usize> = (0..parts).map(|part| part * room).collect();
        let mut late = Vec::new();
        for row in rows {
            let Some(hash) = hash(row) else { continue };
            let home = self.home(hash);
            let part = home / PART;
            if ends[part] == (part + 1) * room {
                push(&mut late, (row, hash));
                continue;
            }
            dealt[ends[part]] = self.tag(hash) << TAG | ((home % PART) as u64) << 32 | u64::from(row);
            ends[part] += 1;
        }
        for (part, end) in ends.into_iter().enumerate() {
            stop::look();
            for &entry in &dealt[part * room..end] {
                let home = part * PART + (entry >> 32) as usize % PART;
                self.place(columns, home, entry >> TAG, entry as Row, &mut duplicate);
            }
        }
        for (row, hash) in late {
            self.place(columns, self.home(hash), self.tag(hash), row, &mut duplicate);
        }
    }

    fn place(&mut self, columns: &[Column], home: usize, tag: u64, row: Row, duplicate: &mut impl FnMut(Row, Row)) {
        let same = |other| self.fields.iter().all(|&field| columns[field].is_same(row, other));
        match self.probe_from(home, tag, same) {
            Ok(slot) => duplicate(self.row(self.slots.get(slot)), row),
            Err(slot) => {
                self.gone -= usize::from(self.slots.get(slot) != self.empty);
                self.slots.set(slot, (tag << self.row_bits) | u64::from(row));
                self.len += 1;
            }
        }
    }
}
