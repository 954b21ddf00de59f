//! What a walk has still to read: members as they were when it began, block by block.

use std::ops::Range;
use std::sync::Arc;

use crate::ask::grouped::Grouped;
use crate::python::locks::Inner;
use crate::python::store::pending::Pending;
use crate::python::store::world::World;
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::read::path::Path;
use crate::store::read::view::Start;
use crate::store::room;
use crate::store::stop::Stop;
use crate::store::table::line::Run;

/// Members of the first block: reading so few costs no more than beginning to walk. Each further block is so many times
/// as large as the one before, up to a limit.
pub const FIRST: usize = 64;
const MORE: usize = 4;
const MOST: usize = 4096;

/// Where the members are to be read.
#[derive(Clone)]
pub enum Source {
    /// In a line.
    Lined(Start, Arc<Path>, Run),
    /// At these places of a list of rows, from its end in reverse.
    Rows { rows: Arc<[Row]>, places: Range<usize>, is_reverse: bool },
    /// At these places of an order.
    Ordered { order: Grouped, places: Range<usize>, is_reverse: bool },
}

impl Source {
    /// The ids of up to so many members. Where it ends early, nothing is read.
    fn read(&mut self, engine: &Engine, model: ModelId, most: usize) -> Vec<Id> {
        let (mut rest, mut ids) = (self.clone(), Vec::new());
        rest.take(engine, model, most, &mut ids);
        *self = rest;
        ids
    }

    fn take(&mut self, engine: &Engine, model: ModelId, most: usize, ids: &mut Vec<Id>) {
        let table = engine.table(model);
        match self {
            Source::Lined(start, path, run) => {
                let Some(lined) = engine.lined(*start, path) else { return };
                let mut rows = Vec::new();
                lined.take(run, most, &mut rows);
                *ids = room::collected(rows.into_iter().map(|row| table.id(row)));
            }
            Source::Rows { rows, places, is_reverse } => {
                let len = most.min(places.len());
                let taken = if *is_reverse { places.end - len..places.end } else { places.start..places.start + len };
                *ids = room::collected(rows[taken.clone()].iter().map(|&row| table.id(row)));
                match *is_reverse {
                    true => {
                        ids.reverse();
                        places.end = taken.start;
                    }
                    false => places.start = taken.end,
                }
            }
            Source::Ordered { order, places, is_reverse } => {
                let len = most.min(places.len());
                let asked = if *is_reverse { places.end - len..places.end } else { places.start..places.start + len };
                let around = order.around(engine, asked);
                // Of a group that was begun from one end, the rest.
                let taken = around.start.max(places.start)..around.end.min(places.end);
                let rows = order.rows(engine, around.clone());
                let rows = &rows[taken.start - around.start..taken.end - around.start];
                *ids = room::collected(rows.iter().map(|&row| table.id(row)));
                match *is_reverse {
                    true => {
                        ids.reverse();
                        places.end = taken.start;
                    }
                    false => places.start = taken.end,
                }
            }
        }
    }

    /// How many members a block has at most. Where rows left, places in an order are counted from its beginning: then blocks
    /// that grow on and on cost no more than all at once.
    fn most(&self) -> usize {
        match self {
            Source::Lined(..) | Source::Rows { .. } => MOST,
            Source::Ordered { .. } => usize::MAX,
        }
    }
}

/// The members that are not read yet.
pub struct Ahead {
    model: ModelId,
    state: Inner<State>,
}

enum State {
    /// And how many the next block has.
    Unread(Source, usize),
    /// Their ids, when they were.
    Settled(Vec<Id>),
    /// There was no memory for them before rows changed.
    Lost,
}

impl Ahead {
    /// The first block of a walk, and what is left if that is not all. To be made under the lock under which the source
    /// was.
    pub fn begin(world: &World, model: ModelId, mut source: Source) -> (Vec<Id>, Option<Arc<Self>>) {
        let ids = source.read(&world.engine, model, FIRST);
        if ids.len() < FIRST {
            return (ids, None);
        }
        let ahead = Arc::new(Ahead { model, state: Inner::new(State::Unread(source, FIRST * MORE)) });
        world.questions.keep(&ahead);
        (ids, Some(ahead))
    }

    /// The next block; none where all were read.
    pub fn block(&self, world: &World) -> Result<Vec<Id>> {
        Ok(match &mut *self.state.lock() {
            State::Unread(source, most) => {
                let ids = source.read(&world.engine, self.model, *most);
                *most = most.saturating_mul(MORE).min(source.most());
                ids
            }
            State::Settled(rest) => std::mem::take(rest),
            State::Lost => Stop::OutOfMemory.throw(),
        })
    }
}

impl Pending<World> for Ahead {
    fn settle(&self, world: &World) {
        let mut state = self.state.lock();
        if let State::Unread(source, _) = &mut *state {
            let ids = source.read(&world.engine, self.model, usize::MAX);
            *state = State::Settled(ids);
        }
    }

    fn lose(&self) {
        *self.state.lock() = State::Lost;
    }
}
