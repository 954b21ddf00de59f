//! Transactions: marks in the log, what undoes, and what is put off to their end.

use crate::store::Store;
use crate::store::change::Change;
use crate::store::id::{ModelId, Reference};
use crate::store::room;
use crate::store::stop::{Stop, look};

impl Store {
    /// Opens a transaction, inside the one that is open if there is one.
    pub fn begin(&mut self) {
        self.marks.push(self.log.len());
    }

    /// How many transactions are open.
    pub fn depth(&self) -> usize {
        self.marks.len()
    }

    /// Closes the innermost transaction. If it is the outermost and changed something, `hear` sees all of it first;
    /// what it refuses is undone.
    pub fn commit<E>(
        &mut self,
        hear: impl FnOnce(&Store, &[Change]) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        if self.marks.len() == 1
            && !self.log.is_empty()
            && let Err(refused) = hear(self, &self.log)
        {
            self.rollback();
            return Err(refused);
        }
        self.marks.pop();
        if self.marks.is_empty() {
            self.end();
        }
        Ok(())
    }

    /// Undoes the innermost transaction and closes it.
    pub fn rollback(&mut self) {
        room::must(|| self.undo());
    }

    fn undo(&mut self) {
        let mark = self.marks.pop().unwrap_or(0);
        while self.log.len() > mark
            && let Some(change) = self.log.pop()
        {
            match change {
                Change::Create { model, rows } => self.uncreate(model, rows),
                Change::Delete { model, row } => self.tables[model.index()].restore(row),
                Change::DeleteAll { model, rows } => self.tables[model.index()].restore_many(&rows),
                Change::Set { model, row, field, old } => _ = self.assign(model, row, field, &old),
                // What was there before clashed with nothing.
                Change::SetAll { model, old } => _ = self.assign_all(model, &old.rows, &old.fields),
            }
            self.version += 1;
        }
        if self.marks.is_empty() {
            self.end();
        }
    }

    /// Forgets the log and does the work that was put off, as far as there is memory for it.
    fn end(&mut self) {
        room::must(|| self.tidy());
    }

    fn tidy(&mut self) {
        self.log.clear();
        if self.log.capacity() > 4096 {
            self.log = Vec::new();
        }
        for (Reference { model, field }, parent) in std::mem::take(&mut self.untidy.lists) {
            room::if_any(|| self.tables[model.index()].tidy_list(field, parent));
        }
        for Reference { model, field } in std::mem::take(&mut self.untidy.texts) {
            room::if_any(|| self.tables[model.index()].tidy_text(field));
        }
        if std::mem::take(&mut self.untidy.rows) {
            for model in (0..self.tables.len()).map(|at| ModelId(at as u32)) {
                if self.is_due(model) && self.has_room_to_squeeze(model) {
                    self.squeeze(model);
                }
            }
        }
    }

    /// Whether enough rows of a model are dead to pay for a squeeze: a third of them, and a sixteenth of the
    /// references to them, which a squeeze renumbers.
    fn is_due(&self, model: ModelId) -> bool {
        let table = self.table(model);
        let dead = table.rows() - table.len();
        let referring: usize = self.schema.model(model).referrers.iter().map(|r| self.table(r.model).rows()).sum();
        dead > 64 + table.len() / 2 && dead > referring / 16
    }

    /// Whether there is memory for a squeeze, which could not stop halfway: as much again as the rows and their indexes
    /// take, and what building the indexes takes besides.
    fn has_room_to_squeeze(&self, model: ModelId) -> bool {
        let table = self.table(model);
        let referrers = &self.schema.model(model).referrers;
        let referring: usize = referrers.iter().map(|other| self.table(other.model).rows()).sum();
        room::is_there(2 * table.bytes() + 64 * table.rows() + 32 * referring)
    }

    fn squeeze(&mut self, model: ModelId) {
        let new = self.tables[model.index()].squeeze();
        let referrers = self.schema.model(model).referrers.clone();
        for Reference { model: other, field } in referrers {
            self.tables[other.index()].renumber(field, &new);
        }
        self.tables[model.index()].rebuild();
        self.version += 1;
    }

    /// Packs memory as tightly as it goes; changes no id, no order, no result. Does nothing inside a transaction. Where
    /// it ends early some models are packed. O(rows).
    pub fn compact(&mut self) {
        if !self.marks.is_empty() {
            return;
        }
        for model in (0..self.tables.len()).map(|at| ModelId(at as u32)) {
            if self.table(model).rows() > self.table(model).len() {
                if !self.has_room_to_squeeze(model) {
                    Stop::OutOfMemory.throw();
                }
                room::must(|| self.squeeze(model));
            }
        }
        for table in &mut self.tables {
            look();
            table.shrink();
        }
    }
}
