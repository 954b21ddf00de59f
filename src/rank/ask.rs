//! A question that owners of a collection can be asked: looked up once, answered as often as wanted.

use std::sync::Arc;

use crate::ask::ranked::Sides;
use crate::rank::batch::lists_for;
use crate::rank::best::Scored;
use crate::rank::chosen::{Choice, Linked};
use crate::rank::damping::Damping;
use crate::rank::links::join_of;
use crate::rank::many::each_asker;
use crate::rank::recommend::{Had, Recommended, Walks};
use crate::rank::similar::{Measure, similar};
use crate::rank::why::AT_ONCE;
use crate::rank::within::Within;
use crate::rank::workspace::Workspace;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::path::Path;

/// What is asked of the owners of a collection.
#[derive(Debug)]
pub struct Question {
    /// The collection's name.
    pub name: String,
    /// What it leads to. Holds as long as no model is redefined.
    pub path: Arc<Path>,
    /// How many answers an owner gets, at most.
    pub k: usize,
    /// What of.
    pub ask: Ask,
}

/// Which ranking.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// The other owners that share members.
    Similar {
        /// How alike they are.
        measure: Measure,
        /// What is added below the line of the measure; 0 or more.
        shrink: f64,
    },
    /// Members that walks lead to.
    Recommend {
        /// How much popularity counts, or that the walks say it.
        damping: Damping,
        /// How many links a step reads, at most.
        most: usize,
        /// What decides which links a sampled step reads.
        seed: u64,
        /// Whether what the asker has may be recommended, too.
        known: bool,
    },
}

/// What a question is narrowed to, as it is when it is answered.
#[derive(Default)]
pub struct Narrowed {
    /// Which join rows count, and how much.
    pub choice: Choice,
    /// The only members to recommend, if not all.
    pub within: Option<Vec<Row>>,
}

/// A record of a ranking: its id and its score.
pub type Ranked = (Id, f64);

/// What one owner is answered.
#[derive(Debug, Default)]
pub struct Answer {
    /// The records, best first.
    pub ranked: Vec<Ranked>,
    /// Of a recommendation, for the first ones: the ids of the members that led there.
    pub reasons: Vec<Vec<Id>>,
    /// Whether some step read only a part of its links.
    pub sampled: bool,
}

impl Question {
    /// The model of those asked.
    pub fn owners(&self) -> ModelId {
        self.path.from
    }

    /// The model of the collection's members.
    pub fn members(&self) -> ModelId {
        self.path.to
    }

    /// The model of what is ranked.
    pub fn answers(&self) -> ModelId {
        match self.ask {
            Ask::Similar { .. } => self.owners(),
            Ask::Recommend { .. } => self.members(),
        }
    }

    /// Who ranks whom.
    pub fn sides(&self) -> Sides {
        Sides { member: self.answers(), owner: Some(self.owners()) }
    }

    /// Whether it can be asked why.
    pub fn is_recommendation(&self) -> bool {
        matches!(self.ask, Ask::Recommend { .. })
    }

    /// Refuses a collection that is no join: its owners share nothing.
    pub fn check(&self, store: &Store) -> Result<()> {
        join_of(store, &self.path, &self.name).map(drop)
    }

    fn linked<'a>(&self, store: &'a Store, choice: &Choice) -> Result<Linked<'a>> {
        Linked::of(store, &self.path, &self.name, choice)
    }

    /// What is left out for being the asker's: what it has by any link of the path, whichever links are chosen.
    fn had(&self, choice: &Choice, known: bool) -> Had<'_> {
        match (known, &choice.condition) {
            (true, _) => Had::Nothing,
            (false, None) => Had::Linked,
            (false, Some(_)) => Had::Path(&self.path),
        }
    }

    /// Answers one owner, with reasons. Costs as [`similar`] and [`Walks::recommend`] do, and O(join rows) where some are
    /// chosen, or weighed.
    pub fn answer(&self, store: &Store, owner: Id, narrowed: Narrowed) -> Result<Answer> {
        let Narrowed { choice, within } = narrowed;
        let asker = store.row(self.owners(), owner)?;
        let linked = self.linked(store, &choice)?;
        let links = linked.links();
        let mut workspace = Workspace::default();
        match self.ask {
            Ask::Similar { measure, shrink } => {
                let best = similar(store, &links, asker, self.k, (measure, shrink), &mut workspace);
                Ok(Answer { ranked: self.ids(store, best), ..Answer::default() })
            }
            Ask::Recommend { damping, most, seed, known } => {
                let (within, had) = (self.within(store, within), self.had(&choice, known));
                let walks = Walks { store, links, damping, within: within.as_ref(), had, most, seed };
                let Recommended { best, sampled } = walks.recommend(asker, self.k, &mut workspace);
                let found: Vec<Row> = best.iter().take(AT_ONCE).map(|scored| scored.row).collect();
                let reasons = self.reasons(&walks, asker, &found, &mut workspace);
                Ok(Answer { ranked: self.ids(store, best), reasons, sampled })
            }
        }
    }

    /// Answers these owners, on all cores; those that are gone are left out. Costs as [`answer`](Self::answer) of each.
    pub fn answer_all(&self, store: &Store, owners: &[Id], narrowed: Narrowed) -> Result<Vec<(Id, Vec<Ranked>)>> {
        let Narrowed { choice, within } = narrowed;
        let (linked, table) = (self.linked(store, &choice)?, store.table(self.owners()));
        let links = linked.links();
        let askers: Vec<Row> = owners.iter().filter_map(|&owner| table.find(owner)).collect();
        let most = if let Ask::Recommend { most, .. } = self.ask { most } else { usize::MAX };
        let lists = lists_for(store, links, &askers, most);
        let links = links.with(lists.as_ref());
        let best = match self.ask {
            Ask::Similar { measure, shrink } => each_asker(&askers, |asker, workspace| {
                similar(store, &links, asker, self.k, (measure, shrink), workspace)
            }),
            Ask::Recommend { damping, most, seed, known } => {
                let (within, had) = (self.within(store, within), self.had(&choice, known));
                let walks = Walks { store, links, damping, within: within.as_ref(), had, most, seed };
                each_asker(&askers, |asker, workspace| walks.recommend(asker, self.k, workspace).best)
            }
        };
        Ok(askers.into_iter().zip(best).map(|(asker, best)| (table.id(asker), self.ids(store, best))).collect())
    }

    /// The members of `owner` that lead to another one now; none where nothing is recommended.
    pub fn why(&self, store: &Store, owner: Id, member: Id, choice: &Choice) -> Result<Vec<Id>> {
        let Ask::Recommend { damping, most, seed, .. } = self.ask else { return Ok(Vec::new()) };
        let (asker, found) = (store.row(self.owners(), owner)?, store.row(self.members(), member)?);
        let linked = self.linked(store, choice)?;
        let walks = Walks { store, links: linked.links(), damping, within: None, had: Had::Nothing, most, seed };
        Ok(self.reasons(&walks, asker, &[found], &mut Workspace::default()).pop().unwrap_or_default())
    }

    fn within(&self, store: &Store, rows: Option<Vec<Row>>) -> Option<Within> {
        rows.map(|rows| Within::new(rows, store.table(self.members()).rows()))
    }

    fn reasons(&self, walks: &Walks, asker: Row, found: &[Row], workspace: &mut Workspace) -> Vec<Vec<Id>> {
        let table = walks.store.table(self.members());
        let ids = |rows: Vec<Row>| rows.into_iter().map(|row| table.id(row)).collect();
        walks.why(asker, found, workspace).into_iter().map(ids).collect()
    }

    fn ids(&self, store: &Store, best: Vec<Scored>) -> Vec<Ranked> {
        let table = store.table(self.answers());
        best.into_iter().map(|Scored { row, score }| (table.id(row), score)).collect()
    }
}
