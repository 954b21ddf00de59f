//! Questions that were asked and are not read yet. What is asked is of its moment, but much of it is never read: so it may
//! keep its question, until it is read or, before the first write, has to be.

use std::sync::{Arc, Weak};

use crate::python::locks::Inner;

/// What may be read later. It is asked under the lock of its world, so it takes at most one lock of its own, and none
/// while that of another is held; and it may go there, so it owns no Python object.
pub trait Pending<W>: Send + Sync {
    /// Rows are about to change: reads what is left to read, if anything is. May end early, and is asked again then.
    fn settle(&self, world: &W);

    /// Rows change though there was no memory to read: whoever reads it later is told.
    fn lose(&self);
}

/// The questions to a world that are to be read before its rows change. They belong to those who asked; one that nobody
/// holds any more is nothing.
pub struct Questions<W>(Inner<Vec<Weak<dyn Pending<W>>>>);

impl<W> Default for Questions<W> {
    fn default() -> Self {
        Questions(Inner::new(Vec::new()))
    }
}

impl<W: 'static> Questions<W> {
    /// To be called under the lock of the world, to which it was asked under the same hold. O(1) amortised.
    pub fn keep<P: Pending<W> + 'static>(&self, question: &Arc<P>) {
        let question: Weak<dyn Pending<W>> = Arc::downgrade(&(question.clone() as Arc<dyn Pending<W>>));
        let mut all = self.0.lock();
        // Now and then: whoever asks much and writes nothing does not look at all of them each time.
        if all.len() == all.capacity() {
            all.retain(|other| other.strong_count() > 0);
        }
        all.push(question);
    }

    /// Whether there are none. Takes no lock: the world is locked for writing.
    #[inline]
    pub fn is_empty(&mut self) -> bool {
        self.0.get_mut().is_empty()
    }

    /// Those that somebody still holds.
    pub fn held(&self) -> Vec<Arc<dyn Pending<W>>> {
        self.0.lock().iter().filter_map(Weak::upgrade).collect()
    }

    /// All of them were read.
    pub fn clear(&mut self) {
        self.0.get_mut().clear();
    }
}
