//! All lists of a reference column at once.
//!
//! The rows are first dealt out to groups of parents so few that a group's lists fit a core's cache, then placed
//! group by group: two passes that run through memory instead of one that jumps about in it.

use crate::store::cells::packed::{self, Packed};
use crate::store::cells::parents::Parents;
use crate::store::id::{NO_ROW, Row};
use crate::store::index::ends::{Ends, LONG};
use crate::store::index::pool::{Block, EXACT, Head, STEP};
use crate::store::parallel::{Scratch, buffer};
use crate::store::room;
use crate::store::stop;

/// The lists of all parents, in exact blocks.
pub struct Dealt {
    /// By parent.
    pub heads: Vec<Head>,
    /// The blocks, one after the other.
    pub rows: Packed,
    /// The other ends of long lists, if there are mates.
    pub ends: Ends,
}

/// Whether [`lists`] can tell repeats of rows up to this one.
pub fn can_tell(last: Row, mates: Parents) -> bool {
    Entry::new(last, Some(mates)).is_carried
}

/// Deals these rows out, which ascend. `repeat`, where it is wanted and [possible](can_tell), is told of each row that
/// refers to the same parent and mate as one before it: (that, it). O(rows + parents).
pub fn lists(
    parents: Parents,
    mates: Option<Parents>,
    rows: impl Iterator<Item = Row> + Clone,
    scratch: &mut Scratch,
    mut repeat: Option<impl FnMut(Row, Row)>,
) -> Dealt {
    let mut ends: Vec<usize> = Vec::new();
    let mut last = 0;
    for row in rows.clone() {
        let parent = parents.of(row);
        if parent != NO_ROW {
            let group = (parent / GROUP) as usize;
            if ends.len() <= group {
                ends.resize(group + 1, 0);
            }
            ends[group] += 1;
            last = row;
        }
    }
    let mut total = 0;
    for end in &mut ends {
        total += std::mem::replace(end, total);
    }
    let entry = Entry::new(last, mates);
    let dealt = buffer(scratch, total);
    for row in rows {
        let parent = parents.of(row);
        if parent != NO_ROW {
            let end = &mut ends[(parent / GROUP) as usize];
            dealt[*end] = entry.of(parent % GROUP, row);
            *end += 1;
        }
    }
    let mut heads = room::filled(Head::default(), ends.len() * GROUP as usize);
    // Each list may leave one place of its last step unused.
    let mut pool = Packed::with_capacity(total + total.min(heads.len()), packed::roomy(last.into()));
    let mut long = Ends::default();
    let mut repeats = mates.filter(|_| repeat.is_some()).map(Repeats::among);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    for (number, (start, &end)) in (0..).zip(starts.zip(&ends)) {
        stop::look();
        let first = number * GROUP;
        let heads = &mut heads[first as usize..][..GROUP as usize];
        place(&dealt[start..end], &entry, heads, &mut pool);
        if let (Some(repeats), Some(repeat)) = (&mut repeats, &mut repeat) {
            repeats.tell(&dealt[start..end], &entry, heads, &pool, repeat);
        }
        if mates.is_some() && heads.iter().any(|head| head.entries as usize >= LONG) {
            keep_ends(&dealt[start..end], &entry, first, heads, &mut long);
        }
    }
    heads.truncate(heads.iter().rposition(|head| head.entries > 0).map_or(0, |last| last + 1));
    heads.shrink_to_fit();
    Dealt { heads, rows: pool, ends: long }
}

/// Rows and their parents, group by group of parents, and within a group in the order of the rows, which ascend. Rows
/// without a parent are left out. O(rows + parents).
pub fn by_group<'a>(
    parents: Parents,
    rows: impl Iterator<Item = Row> + Clone,
    scratch: &'a mut Scratch,
) -> impl Iterator<Item = (Row, Row)> + 'a {
    let with_parents = rows.map(|row| (parents.of(row), row)).filter(|&(parent, _)| parent != NO_ROW);
    let mut ends: Vec<usize> = Vec::new();
    for (parent, _) in with_parents.clone() {
        let group = (parent / GROUP) as usize;
        if ends.len() <= group {
            ends.resize(group + 1, 0);
        }
        ends[group] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        total += std::mem::replace(end, total);
    }
    let dealt = buffer(scratch, total);
    for (parent, row) in with_parents {
        let end = &mut ends[(parent / GROUP) as usize];
        dealt[*end] = u64::from(parent) << 32 | u64::from(row);
        *end += 1;
    }
    dealt.iter().map(|&dealt| ((dealt >> 32) as Row, dealt as Row))
}

/// As many parents are placed together.
const GROUP: u32 = 1 << 11;

/// How a row is dealt out: its parent's place in the group, itself and, where the bits reach, its mate's cell, which
/// would have to be looked for in memory later.
struct Entry<'a> {
    row_bits: u32,
    mates: Option<Parents<'a>>,
    is_carried: bool,
}

impl<'a> Entry<'a> {
    fn new(last: Row, mates: Option<Parents<'a>>) -> Self {
        let row_bits = packed::bits(last.into());
        let left = u64::BITS - GROUP.ilog2() - row_bits;
        let is_carried = mates.is_some_and(|mates| packed::bits(mates.largest()) <= left);
        Entry { row_bits, mates, is_carried }
    }

    #[inline]
    fn of(&self, place: u32, row: Row) -> u64 {
        let carried = self.mates.filter(|_| self.is_carried).map_or(0, |mates| mates.cell(row));
        (carried * u64::from(GROUP) + u64::from(place)) << self.row_bits | u64::from(row)
    }

    fn place(&self, entry: u64) -> usize {
        (entry >> self.row_bits) as usize % GROUP as usize
    }

    fn row(&self, entry: u64) -> Row {
        (entry & ((1 << self.row_bits) - 1)) as Row
    }

    fn mate(&self, entry: u64) -> u64 {
        match self.is_carried {
            true => (entry >> self.row_bits) / u64::from(GROUP),
            false => self.mates.map_or(0, |mates| mates.cell(self.row(entry))),
        }
    }
}

/// Places a group's rows: a list for each of its parents, at the end of the pool.
fn place(dealt: &[u64], entry: &Entry, heads: &mut [Head], pool: &mut Packed) {
    dealt.iter().for_each(|&dealt| heads[entry.place(dealt)].entries += 1);
    let mut next = pool.len();
    for head in &mut *heads {
        head.block = Block { start: (next / STEP) as u32, class: EXACT };
        next += (head.entries as usize).next_multiple_of(STEP);
        head.entries = 0;
    }
    pool.lengthen(next);
    for &dealt in dealt {
        let head = &mut heads[entry.place(dealt)];
        pool.set(head.block.at(head.entries), entry.row(dealt).into());
        head.entries += 1;
    }
}

/// Tells which rows of a list have a mate that another before them has.
struct Repeats {
    /// By the mate's cell: one more than the place in the list that is looked at, or 0.
    seen: Vec<u32>,
    /// The mates of a group, list by list.
    mates: Vec<u32>,
}

impl Repeats {
    fn among(mates: Parents) -> Self {
        Repeats { seen: room::filled(0, mates.largest() as usize + 1), mates: Vec::new() }
    }

    fn tell(&mut self, dealt: &[u64], entry: &Entry, heads: &[Head], pool: &Packed, repeat: &mut impl FnMut(Row, Row)) {
        self.mates.clear();
        room::reserve(&mut self.mates, dealt.len());
        self.mates.resize(dealt.len(), 0);
        let mut next = [0_u32; GROUP as usize];
        let mut start = 0;
        for (next, head) in next.iter_mut().zip(heads) {
            *next = start;
            start += head.entries;
        }
        for &dealt in dealt {
            let next = &mut next[entry.place(dealt)];
            self.mates[*next as usize] = entry.mate(dealt) as u32;
            *next += 1;
        }
        for (head, &end) in heads.iter().zip(&next) {
            let mates = &self.mates[(end - head.entries) as usize..end as usize];
            for (place, &mate) in (0..).zip(mates) {
                let seen = &mut self.seen[mate as usize];
                match (mate, *seen) {
                    (0, _) => {}
                    (_, 0) => *seen = place + 1,
                    (_, before) => {
                        let row = |place| pool.get(head.block.at(place)) as Row;
                        repeat(row(before - 1), row(place));
                    }
                }
            }
            mates.iter().for_each(|&mate| self.seen[mate as usize] = 0);
        }
    }
}

/// Keeps the ends of a group's long lists. `first` is the group's first parent.
fn keep_ends(dealt: &[u64], entry: &Entry, first: Row, heads: &[Head], ends: &mut Ends) {
    let Some(mates) = entry.mates else { return };
    let mut lists: Vec<Option<Packed>> = Vec::new();
    for head in heads {
        let len = head.entries as usize;
        lists.push((len >= LONG).then(|| Packed::with_capacity(len + len / 8, packed::roomy(mates.largest()))));
    }
    for &dealt in dealt {
        if let Some(list) = &mut lists[entry.place(dealt)] {
            list.push(entry.mate(dealt));
        }
    }
    let kept = lists.into_iter().zip(first..).filter_map(|(list, parent)| Some((parent, list?)));
    kept.for_each(|(parent, list)| ends.put(parent, list));
}
