//! Lists that were made for some askers of a question and serve the next ones, as long as nothing is written.

use std::sync::Arc;

use crate::rank::lists::Lists;
use crate::store::Store;
use crate::store::read::stamp::Stamp;

/// What one question has made. Nothing of it is read once a row came, went or got another value.
#[derive(Default)]
pub struct Kept {
    /// What the store was like then.
    stamp: Stamp,
    /// The links that are chosen.
    pub(super) chosen: Option<Arc<Lists>>,
    /// All links.
    pub(super) all: Option<Arc<Lists>>,
}

impl Kept {
    /// Drops what is of another moment. O(fields of all models).
    pub fn renew(&mut self, store: &Store) {
        let stamp = store.stamp();
        if stamp != self.stamp {
            *self = Kept { stamp, chosen: None, all: None };
        }
    }
}
