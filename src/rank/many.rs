//! One question for many askers, on all cores.

use crate::store::parallel::in_parallel_with;
use crate::store::room;
use crate::store::stop;

/// Askers that a thread takes at a time.
const PART: usize = 8;

/// A question costs about as much as so many rows of other work.
const COST: usize = 1 << 12;

/// What `ask` answers to each asker, in their order, with a workspace that each thread makes once. The threads live as long as
/// the call.
pub fn each_asker<A: Copy + Sync, W: Default, T: Send>(askers: &[A], ask: impl Fn(A, &mut W) -> T + Sync) -> Vec<T> {
    let part = |askers: &[A], workspace: &mut W| {
        let ask = |&asker: &A| {
            stop::look();
            ask(asker, workspace)
        };
        askers.iter().map(ask).collect::<Vec<T>>()
    };
    let parts = in_parallel_with(askers.len() * COST, askers.chunks(PART), part);
    room::collected_with(askers.len(), parts.into_iter().flatten())
}
