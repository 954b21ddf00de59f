//! Indexes of tables that so many changes meet that they are better made again: sorting is several times as fast as
//! entering, or taking out, at random places.

use crate::journal::table::quoted;
use crate::journal::write::{MANY, Result, Writer};
use crate::store::change::{Change, Overwritten};
use crate::store::id::ModelId;
use crate::store::progress;
use crate::store::schema::declaration::Kind;

/// Of pages, in KiB.
pub const CACHE: u32 = 16_000;

impl Writer<'_> {
    /// The models of which so many rows come, go or get other values that their indexes are better rebuilt: half as many
    /// as the others that there are afterwards. And those whose keys may swap, where rows cannot be taken out and put in
    /// again, because they have values that only the file knows.
    pub fn crowded(&self, changes: &[Change]) -> Vec<ModelId> {
        let (mut changed, mut gone) = (vec![0; self.tables.len()], vec![0; self.tables.len()]);
        for change in changes {
            match change {
                Change::SetAll { model, old } if !self.is_indexed(*model, old) => {}
                Change::Create { .. } | Change::SetAll { .. } => changed[change.model().index()] += change.count(),
                Change::Delete { .. } | Change::DeleteAll { .. } => gone[change.model().index()] += change.count(),
                Change::Set { .. } => {}
            }
        }
        let may_swap = |model: ModelId| {
            let sets_key = |change: &Change| match change {
                Change::SetAll { model: of, old } => *of == model && old.rows.len() > 1 && self.is_keyed(model, old),
                _ => false,
            };
            self.table(model).surplus().next().is_some() && changes.iter().any(sets_key)
        };
        let is_crowded = |&(model, (changed, gone)): &(ModelId, (usize, usize))| {
            let others = self.store.table(model).len().saturating_sub(changed);
            changed + gone >= MANY && changed + gone >= others / 2 || may_swap(model)
        };
        (0..).map(ModelId).zip(changed.into_iter().zip(gone)).filter(is_crowded).map(|(model, _)| model).collect()
    }

    /// Whether an index reads any of the fields.
    fn is_indexed(&self, model: ModelId, old: &Overwritten) -> bool {
        let of = self.store.schema().model(model);
        let is_reference = |field: usize| matches!(of.fields[field].kind, Kind::Reference(..));
        self.is_keyed(model, old) || old.fields.iter().any(|&(field, _)| is_reference(field))
    }

    /// Whether a unique key has any of the fields.
    pub(super) fn is_keyed(&self, model: ModelId, old: &Overwritten) -> bool {
        let unique = &self.store.schema().model(model).unique;
        old.fields.iter().any(|(field, _)| unique.iter().any(|key| key.contains(field)))
    }

    /// Drops the indexes of a table.
    pub fn drop_indexes(&self, model: ModelId) -> Result<()> {
        let drop = |(name, _): &(String, String)| format!("DROP INDEX IF EXISTS {};", quoted(name));
        let sql: String = self.table(model).indexes().iter().map(drop).collect();
        Ok(self.connection.execute_batch(&sql)?)
    }

    /// Makes them again.
    pub fn make_indexes(&self, model: ModelId) -> Result<()> {
        // What is sorted at a time should fit a core's cache: sorting is twice as fast then.
        self.connection.execute_batch("PRAGMA cache_size = -2000")?;
        for (_, sql) in self.table(model).indexes() {
            self.connection.execute_batch(&sql)?;
            progress::advance(self.store.table(model).len());
        }
        self.connection.execute_batch(&format!("PRAGMA cache_size = -{CACHE}"))?;
        Ok(())
    }
}
