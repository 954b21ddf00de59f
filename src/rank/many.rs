//! One question for many askers, on all cores.

use crate::rank::workspace::Workspace;
use crate::store::id::Row;
use crate::store::parallel::in_parallel_with;
use crate::store::room;
use crate::store::stop;

/// Askers that a thread takes at a time.
const PART: usize = 8;

/// A question costs about as much as so many rows of other work.
const COST: usize = 1 << 12;

/// What `ask` answers to each asker, in their order. The threads live as long as the call.
pub fn each_asker<T: Send>(askers: &[Row], ask: impl Fn(Row, &mut Workspace) -> T + Sync) -> Vec<T> {
    let part = |rows: &[Row], workspace: &mut Workspace| {
        let ask = |&row: &Row| {
            stop::look();
            ask(row, workspace)
        };
        rows.iter().map(ask).collect::<Vec<T>>()
    };
    let parts = in_parallel_with(askers.len() * COST, askers.chunks(PART), part);
    room::collected_with(askers.len(), parts.into_iter().flatten())
}
