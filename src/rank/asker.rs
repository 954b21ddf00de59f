//! Who asks for a recommendation.

use crate::rank::links::Links;
use crate::rank::recent::Recent;
use crate::rank::workspace::Workspace;
use crate::store::id::Row;

/// An owner; or members, each once, that are taken as if they were one's.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// One of the owners.
    Owner(Row),
    /// Members that nobody has to own together.
    Basket(&'a [Row]),
}

impl Asker<'_> {
    /// The owner that asks, where one does.
    pub fn owner(self) -> Option<Row> {
        match self {
            Asker::Owner(row) => Some(row),
            Asker::Basket(_) => None,
        }
    }

    /// Writes its members, and what its links to them count, in the workspace.
    pub fn own(self, links: &Links, recent: Option<&Recent>, workspace: &mut Workspace) {
        let Workspace { members, weights, buffer, .. } = workspace;
        members.clear();
        weights.clear();
        match self {
            Asker::Owner(row) => links.each(links.down, row, buffer, |member, weight| {
                members.push(member);
                weights.push(weight);
            }),
            Asker::Basket(rows) => {
                members.extend_from_slice(rows);
                weights.resize(rows.len(), 1.0);
            }
        }
        if let (Some(recent), Some(row)) = (recent, self.owner()) {
            recent.weigh(row, members, weights);
        }
    }
}
