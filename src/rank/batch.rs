//! What a batch of questions has made for it, to use and drop.

use std::ops::Range;

use crate::rank::links::{Direction, Links};
use crate::rank::lists::{Lists, PART, Part, Side};
use crate::store::Store;
use crate::store::id::Row;
use crate::store::parallel::in_parallel_with;
use crate::store::room;

/// Lists for these askers, where they are worth it and there is memory for them: where the askers' members have more
/// links than there are join rows, so that each is read several times. What samples reads little. O(links of the askers)
/// where they are not.
pub fn lists_for(store: &Store, links: Links, askers: &[Row], most: usize) -> Option<Lists> {
    // Those that a condition leaves are in lists already.
    if links.is_narrowed() {
        return None;
    }
    let (mut reads, mut buffer, mut members, mut lists) = (0, Vec::new(), Vec::new(), None);
    let is_worth_it = askers.iter().any(|&asker| {
        members.clear();
        links.each(links.down, asker, &mut buffer, |member, _| members.push(member));
        let first: usize = members.iter().map(|&member| links.reads(links.up, member)).sum();
        reads += if first > most { 0 } else { first };
        reads > links.len()
    });
    if is_worth_it {
        room::if_any(|| lists = Some(lists_of(store, links)));
    }
    lists
}

/// All links in lists, those of dead rows included, each as [`Links::each`] gives it. O(links + rows), on all cores.
pub fn lists_of(store: &Store, links: Links) -> Lists {
    let side = |side: Direction, rows: usize| {
        let parts = (0..rows).step_by(PART).map(|start| start..(start + PART).min(rows));
        Side(in_parallel_with(links.len(), parts, |rows, buffer| part_of(links, side, rows, buffer)))
    };
    let (owners, members) = (store.table(links.owners).rows(), store.table(links.members).rows());
    Lists { down: side(links.down, owners), up: side(links.up, members), least: None }
}

fn part_of(links: Links, side: Direction, rows: Range<usize>, buffer: &mut Vec<Row>) -> Part {
    let reads = rows.clone().map(|row| links.reads(side, row as Row)).sum();
    let mut part = Part::with_capacity(rows.len(), reads, false);
    for row in rows {
        links.each(side, row as Row, buffer, |linked, _| part.push(linked, 1.0));
        part.end();
    }
    part
}
