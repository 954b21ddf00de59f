//! The projection of links onto their owners: which two share members, and how many.

use crate::rank::asker::Asker;
use crate::rank::batch::lists_for;
use crate::rank::chosen::Choice;
use crate::rank::linked::Linked;
use crate::rank::links::Links;
use crate::rank::many::each_asker;
use crate::rank::within::Within;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::read::path::Path;
use crate::store::room;

/// Pairs of owners that share members, each once: the older one first, in the order of both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// The older owner of each pair.
    pub owners: Vec<Row>,
    /// The younger one.
    pub others: Vec<Row>,
    /// How many members both have.
    pub shared: Vec<u32>,
}

/// Owners whose pairs are held beside the result before they are appended to it.
const AT_ONCE: usize = 256;

/// The pairs of these owners (rows of the path's first model) that share `least` members or more. `name` is the path's
/// collection, for the error where it is no join: then nothing is shared.
///
/// Owner by owner, on all cores: O(sum over the members of the square of their links), and memory for the pairs that
/// are kept and a number a row for each core. Never a matrix of all pairs.
pub fn projection(store: &Store, path: &Path, name: &str, mut owners: Vec<Row>, least: u32) -> Result<Projection> {
    let linked = Linked::of(store, path, name, &Choice::default())?;
    let links = linked.links();
    let universe = store.table(links.owners).rows();
    owners.sort_unstable();
    let is_all = owners.len() == store.table(links.owners).len();
    let lists = lists_for(store, links, owners.iter().map(|&owner| Asker::Owner(owner)), usize::MAX);
    let links = links.with(lists.as_ref());
    let within = Within::new(owners, universe);
    let counts = |row: Row| is_all || within.has(row);
    let mut found = Projection::default();
    for some in within.rows().chunks(AT_ONCE) {
        let pairs = each_asker(some, |owner, workspace| sharers(store, &links, owner, least, counts, workspace));
        for (&owner, pairs) in some.iter().zip(pairs) {
            for (other, shared) in pairs {
                room::push(&mut found.owners, owner);
                room::push(&mut found.others, other);
                room::push(&mut found.shared, shared);
            }
        }
    }
    Ok(found)
}

/// The younger owners that share so many members with this one, and how many.
fn sharers(
    store: &Store,
    links: &Links,
    owner: Row,
    least: u32,
    counts: impl Fn(Row) -> bool,
    workspace: &mut Workspace,
) -> Vec<(Row, u32)> {
    Asker::Owner(owner).own(links, None, workspace);
    let Workspace { sums, members, buffer, .. } = workspace;
    let mut found = Vec::new();
    if members.len() < least as usize {
        return found;
    }
    let reads = links.reads_of(links.up, members);
    sums.reset(store.table(links.owners).rows(), reads);
    for &member in members.iter() {
        links.each(links.up, member, buffer, |other, _| {
            if other > owner && counts(other) {
                sums.add(other, 1.0);
            }
        });
    }
    sums.each(|other, shared| {
        if shared >= f64::from(least) {
            room::push(&mut found, (other, shared as u32));
        }
    });
    found.sort_unstable();
    found
}
