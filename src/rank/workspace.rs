//! Buffers that one question after another uses.

use crate::rank::damping::{Found, Powers};
use crate::rank::sums::Sums;
use crate::rank::tally::Backed;
use crate::store::id::Row;

/// What answering needs: made once by a thread and used for all that it answers. It grows to 28 bytes an
/// owner and 8 a member (16 where owners are counted), or to what is met, where that is less.
#[derive(Debug, Default)]
pub struct Workspace {
    /// By owner: its vote.
    pub(super) votes: Sums<f64>,
    /// By what may be found: its score so far.
    pub(super) sums: Sums<f64>,
    /// By what may be found: its score so far, and how many owners brought it.
    pub(super) backed: Sums<Backed>,
    /// By owner of what was found: what a link of it is of its vote.
    pub(super) worths: Sums<f64>,
    /// By owner: which of those found it has, a bit each.
    pub(super) masks: Sums<u64>,
    /// By owner: the last of its links to what was found, from 1.
    pub(super) heads: Sums<u32>,
    /// The asker's own members.
    pub(super) members: Vec<Row>,
    /// What the asker's links to them weigh.
    pub(super) weights: Vec<f64>,
    /// What a row is linked with, where repeats must go.
    pub(super) buffer: Vec<Row>,
    pub(super) held: Powers,
    pub(super) found: Found,
}
