//! A question that owners of a collection can be asked: looked up once, answered as often as wanted.

use std::sync::Arc;

use crate::ask::ranked::Sides;
use crate::rank::asker::Asker;
use crate::rank::batch::lists_for;
use crate::rank::best::Scored;
use crate::rank::chosen::Choice;
use crate::rank::damping::Damping;
use crate::rank::kept::Kept;
use crate::rank::linked::{Linked, join_of, shared};
use crate::rank::links::Links;
use crate::rank::many::each_asker;
use crate::rank::recent::Recent;
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
    /// Members that walks lead to, for an owner.
    Recommend(Walking),
    /// Members that walks lead to from some members, as if these were one owner's. The path leads from the members to the owners.
    Also(Walking),
}

/// How it is walked.
#[derive(Clone, Copy, Debug)]
pub struct Walking {
    /// How much popularity counts, or that the walks say it.
    pub damping: Damping,
    /// How many links a step reads, at most.
    pub most: usize,
    /// What decides which links a sampled step reads.
    pub seed: u64,
    /// Whether what the asker has may be recommended, too.
    pub known: bool,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Who {
    /// An owner.
    Owner(Id),
    /// Members, each once.
    Basket(Arc<[Id]>),
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
    /// The model of those whose links are walked.
    pub fn owners(&self) -> ModelId {
        if let Ask::Also(_) = self.ask { self.path.to } else { self.path.from }
    }

    /// The model of what they have.
    pub fn members(&self) -> ModelId {
        if let Ask::Also(_) = self.ask { self.path.from } else { self.path.to }
    }

    /// The model of what is ranked.
    pub fn answers(&self) -> ModelId {
        match self.ask {
            Ask::Similar { .. } => self.owners(),
            Ask::Recommend(_) | Ask::Also(_) => self.members(),
        }
    }

    /// Who ranks whom.
    pub fn sides(&self) -> Sides {
        Sides { member: self.answers(), owner: Some(self.owners()) }
    }

    /// How it is walked, where that is asked.
    fn walking(&self) -> Option<Walking> {
        match self.ask {
            Ask::Similar { .. } => None,
            Ask::Recommend(walking) | Ask::Also(walking) => Some(walking),
        }
    }

    /// Whether it can be asked why.
    pub fn is_recommendation(&self) -> bool {
        self.walking().is_some()
    }

    /// Refuses a collection whose owners share nothing.
    pub fn check(&self, store: &Store) -> Result<()> {
        shared(store, &self.path, &self.name)
    }

    fn linked<'a>(&self, store: &'a Store, choice: &Choice) -> Result<Linked<'a>> {
        Linked::of(store, &self.path, &self.name, choice)
    }

    fn links<'a>(&self, linked: &'a Linked) -> Links<'a> {
        match self.ask {
            Ask::Also(_) => linked.links().flipped(),
            Ask::Similar { .. } | Ask::Recommend(_) => linked.links(),
        }
    }

    /// What is left out for being the asker's: what it has by any link of the path, whichever links are chosen.
    fn had(&self, choice: &Choice, known: bool) -> Had<'_> {
        match (self.ask, &choice.condition) {
            _ if known => Had::Nothing,
            (Ask::Recommend(_), Some(_)) => Had::Path(&self.path),
            _ => Had::Linked,
        }
    }

    /// What the links of these askers count for their age.
    fn recent(&self, store: &Store, choice: &Choice, askers: &[Row]) -> Result<Option<Recent>> {
        match choice.recent {
            None => Ok(None),
            Some(_) => Recent::of(store, (&self.path, join_of(store, &self.path, &self.name)?), choice, askers),
        }
    }

    /// Answers one owner or basket, with reasons. Costs as [`similar`] and [`Walks::recommend`] do, and O(join rows) where some
    /// are chosen, or weighed.
    pub fn answer(&self, store: &Store, who: &Who, narrowed: Narrowed) -> Result<Answer> {
        let Narrowed { choice, within } = narrowed;
        let within = within.map(|rows| Within::new(rows, store.table(self.members()).rows()));
        let mut workspace = Workspace::default();
        self.with_asker(store, who, &choice, |asker, links, recent| match (self.ask, asker) {
            (Ask::Similar { measure, shrink }, Asker::Owner(row)) => {
                let best = similar(store, &links, row, self.k, (measure, shrink), &mut workspace);
                Answer { ranked: self.ids(store, best), ..Answer::default() }
            }
            (Ask::Similar { .. }, Asker::Basket(_)) => Answer::default(),
            (Ask::Recommend(walking) | Ask::Also(walking), _) => {
                let walks = self.walks(store, (links, recent), walking, within.as_ref(), &choice);
                let Recommended { best, sampled } = walks.recommend(asker, self.k, &mut workspace);
                let found: Vec<Row> = best.iter().take(AT_ONCE).map(|scored| scored.row).collect();
                let reasons = self.reasons(&walks, asker, &found, &mut workspace);
                Answer { ranked: self.ids(store, best), reasons, sampled }
            }
        })
    }

    /// Does something for an asker with the links as they are best read for it. Members of a basket that are gone are left out.
    fn with_asker<T>(
        &self,
        store: &Store,
        who: &Who,
        choice: &Choice,
        work: impl FnOnce(Asker, Links, Option<&Recent>) -> T,
    ) -> Result<T> {
        let (basket, recent): (Vec<Row>, _);
        let asker = match who {
            Who::Owner(id) => {
                let row = store.row(self.owners(), *id)?;
                recent = self.recent(store, choice, &[row])?;
                Asker::Owner(row)
            }
            Who::Basket(ids) => {
                let table = store.table(self.members());
                (basket, recent) = (ids.iter().filter_map(|&id| table.find(id)).collect(), None);
                Asker::Basket(&basket)
            }
        };
        let linked = self.linked(store, choice)?;
        let links = self.links(&linked);
        let lists = if links.are_walked() { lists_for(store, links, [asker], usize::MAX) } else { None };
        Ok(work(asker, links.with(lists.as_ref()), recent.as_ref()))
    }

    /// Answers these owners, on all cores; those that are gone are left out. Costs as [`answer`](Self::answer) of each; what was
    /// made for others of them, and still holds, is not made again.
    pub fn answer_all(
        &self,
        store: &Store,
        owners: &[Id],
        narrowed: Narrowed,
        kept: &mut Kept,
    ) -> Result<Vec<(Id, Vec<Ranked>)>> {
        let Narrowed { choice, within } = narrowed;
        if owners.is_empty() {
            // Asked for what its columns are: nothing is chosen or weighed.
            return self.check(store).map(|()| Vec::new());
        }
        kept.renew(store);
        let within = within.map(|rows| Within::new(rows, store.table(self.members()).rows()));
        let linked = Linked::kept(store, &self.path, &self.name, &choice, kept)?;
        let table = store.table(self.owners());
        let links = self.links(&linked);
        let askers: Vec<Row> = owners.iter().filter_map(|&owner| table.find(owner)).collect();
        let recent = self.recent(store, &choice, &askers)?;
        let most = self.walking().map_or(usize::MAX, |walking| walking.most);
        if kept.all.is_none() {
            let lists = lists_for(store, links, askers.iter().map(|&asker| Asker::Owner(asker)), most);
            kept.all = lists.map(Arc::new);
        }
        let links = links.with(kept.all.as_deref());
        let best = match self.ask {
            Ask::Similar { measure, shrink } => each_asker(&askers, |asker, workspace| {
                similar(store, &links, asker, self.k, (measure, shrink), workspace)
            }),
            Ask::Recommend(walking) | Ask::Also(walking) => {
                let walks = self.walks(store, (links, recent.as_ref()), walking, within.as_ref(), &choice);
                each_asker(&askers, |asker, workspace| walks.recommend(Asker::Owner(asker), self.k, workspace).best)
            }
        };
        Ok(askers.into_iter().zip(best).map(|(asker, best)| (table.id(asker), self.ids(store, best))).collect())
    }

    /// The members of an asker that lead to another one now; none where nothing is recommended.
    pub fn why(&self, store: &Store, who: &Who, member: Id, choice: &Choice) -> Result<Vec<Id>> {
        let Some(walking) = self.walking() else { return Ok(Vec::new()) };
        let found = store.row(self.members(), member)?;
        self.with_asker(store, who, choice, |asker, links, recent| {
            let walks = self.walks(store, (links, recent), walking, None, choice);
            self.reasons(&walks, asker, &[found], &mut Workspace::default()).pop().unwrap_or_default()
        })
    }

    fn walks<'a>(
        &'a self,
        store: &'a Store,
        (links, recent): (Links<'a>, Option<&'a Recent>),
        walking: Walking,
        within: Option<&'a Within>,
        choice: &Choice,
    ) -> Walks<'a> {
        let Walking { damping, most, seed, known } = walking;
        Walks { store, links, damping, within, had: self.had(choice, known), recent, most, seed }
    }

    fn reasons(&self, walks: &Walks, asker: Asker, found: &[Row], workspace: &mut Workspace) -> Vec<Vec<Id>> {
        let table = walks.store.table(self.members());
        let ids = |rows: Vec<Row>| rows.into_iter().map(|row| table.id(row)).collect();
        walks.why(asker, found, workspace).into_iter().map(ids).collect()
    }

    fn ids(&self, store: &Store, best: Vec<Scored>) -> Vec<Ranked> {
        let table = store.table(self.answers());
        best.into_iter().map(|Scored { row, score }| (table.id(row), score)).collect()
    }
}
