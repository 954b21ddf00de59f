//! Which collections have links: those whose owners may share members.

use std::sync::Arc;

use crate::rank::chosen::{Choice, chosen};
use crate::rank::kept::Kept;
use crate::rank::links::Links;
use crate::rank::lists::Lists;
use crate::rank::longer::Longer;
use crate::store::Store;
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::read::path::{Hop, Join, Path, Shape};

/// The links of a path.
pub enum Linked<'a> {
    /// Over one join row, down and up: those of them that are chosen, where not all are.
    Join(Links<'a>, Option<Arc<Lists>>),
    /// Over more steps.
    Longer(Longer<'a>, ModelId, ModelId),
}

impl<'a> Linked<'a> {
    /// Of a path whose owners share members; `name` is its collection, for the error. O(1), and O(join rows) where some are
    /// chosen, or weighed. Raises `FieldError` for a weight that is no number above 0.
    pub fn of(store: &'a Store, path: &Path, name: &str, choice: &Choice) -> Result<Self> {
        Linked::kept(store, path, name, choice, &mut Kept::default())
    }

    /// As [`of`](Self::of), of a question that may have chosen them before.
    pub fn kept(store: &'a Store, path: &Path, name: &str, choice: &Choice, kept: &mut Kept) -> Result<Self> {
        shared(store, path, name)?;
        if !matches!(path.bare, Shape::Join(_)) && choice.is_none() {
            return Ok(Linked::Longer(Longer::new(store, path), path.from, path.to));
        }
        let join = join_of(store, path, name)?;
        let links = Links::new(store, &join, path.from, path.to);
        let are_all = path.conditions().is_empty() && choice.is_all();
        if !are_all && kept.chosen.is_none() {
            kept.chosen = Some(chosen(store, path, join, choice)?.into());
        }
        Ok(Linked::Join(links, kept.chosen.clone()))
    }

    /// The links, to be read.
    pub fn links(&self) -> Links<'_> {
        match self {
            Linked::Join(links, Some(chosen)) => links.narrowed_to(chosen),
            Linked::Join(links, None) => *links,
            Linked::Longer(path, owners, members) => Links::longer(path, *owners, *members),
        }
    }
}

/// Refuses a path whose owners share nothing: each of its steps is down, to rows of one only.
pub fn shared(store: &Store, path: &Path, name: &str) -> Result<()> {
    if path.references().iter().any(|hop| matches!(hop, Hop::Up(_))) {
        return Ok(());
    }
    let model = |id: ModelId| &store.schema().model(id).name;
    let (from, to) = (model(path.from), model(path.to));
    Err(Error::Schema(format!(
        "{from}.{name} has no links to walk: each {to} in it belongs to one {from} only, so none is shared; name a \
         collection through a join model"
    )))
}

/// The join of a path, or why it has none. `name` is the path's collection, for the error.
pub fn join_of(store: &Store, path: &Path, name: &str) -> Result<Join> {
    shared(store, path, name)?;
    if let Shape::Join(join) = path.bare {
        return Ok(join);
    }
    let model = |id: ModelId| &store.schema().model(id).name;
    Err(Error::Schema(format!(
        "where=, weight= and recent= are of the join row, and {from}.{name} leads to {to} in {} steps and not over one join row, \
         down and up; name a collection through a join model, or one that was declared with a condition, as in \
         has_many(through=..., where=...)",
        path.references().len(),
        from = model(path.from),
        to = model(path.to),
    )))
}
