//! What a batch of questions has made for it, to use and drop.

use std::ops::Range;

use crate::rank::asker::Asker;
use crate::rank::links::Links;
use crate::rank::lists::{Lists, PART, Pairs, Part, Side};
use crate::rank::way::Direction;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::id::Row;
use crate::store::parallel::in_parallel_with;
use crate::store::room;

/// Rows of a longer path that lists are made of in the time of one walked over: they are read in their order, and once, where
/// walks come back to count what they found.
const LISTED: usize = 8;

/// Lists for these askers, where they are worth it and there is memory for them: where the askers' members have more
/// links than there are join rows, so that each is read several times. What samples reads little. Where links are walked, what
/// the owners of these links have, too, is walked to: that many on average. O(links of the askers) where they are not.
pub fn lists_for<'a>(
    store: &Store,
    links: Links,
    askers: impl IntoIterator<Item = Asker<'a>>,
    most: usize,
) -> Option<Lists> {
    // Those that a condition leaves are in lists already.
    if links.is_narrowed() {
        return None;
    }
    let (each, worth) = match links.are_walked() {
        true => (1 + links.len() / store.table(links.owners).len().max(1), links.len() / LISTED),
        false => (1, links.len()),
    };
    let (mut reads, mut workspace, mut lists) = (0, Workspace::default(), None);
    let is_worth_it = askers.into_iter().any(|asker| {
        asker.own(&links, None, &mut workspace);
        let first = links.reads_of(links.up, &workspace.members);
        reads += if first > most { 0 } else { first.saturating_mul(each) };
        reads > worth
    });
    if is_worth_it {
        room::if_any(|| lists = Some(lists_of(store, links)));
    }
    lists
}

/// All links in lists, those of dead rows included, each as [`Links::each`] gives it. O(links + rows), on all cores.
pub fn lists_of(store: &Store, links: Links) -> Lists {
    if let Some((owners, members)) = links.pairs() {
        let (one, other) = (store.table(links.owners).rows(), store.table(links.members).rows());
        let universe = if links.are_flipped() { (other, one) } else { (one, other) };
        return Pairs { owners: &owners, members: &members, is_once: false, universe }.lists();
    }
    let side = |side: Direction, rows: usize| {
        let parts = (0..rows).step_by(PART).map(|start| start..(start + PART).min(rows));
        Side(in_parallel_with(links.len(), parts, |rows, buffer| part_of(links, side, rows, buffer)))
    };
    let (owners, members) = (store.table(links.owners).rows(), store.table(links.members).rows());
    let (one, other) = (side(links.down, owners), side(links.up, members));
    let (down, up) = if links.are_flipped() { (other, one) } else { (one, other) };
    Lists { down, up, least: None }
}

fn part_of(links: Links, side: Direction, rows: Range<usize>, buffer: &mut Vec<Row>) -> Part {
    let mut part = Part::with_capacity(rows.len(), 0, false);
    for row in rows {
        let linked = links.meet(side, row as Row, buffer);
        part.reserve(linked.degree());
        linked.each(|linked, _| part.push(linked, 1.0));
        part.end();
    }
    part
}
