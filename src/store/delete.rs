//! Deleting rows, and what goes with them.

use foldhash::HashSet;

use super::Store;
use super::change::Change;
use super::error::{Error, Result};
use super::id::{ModelId, Reference, Row};
use super::schema::{Kind, OnDelete};
use super::value::Value;

impl Store {
    /// Deletes live rows of a model and what goes with them; returns how many rows of each model went. On an error nothing
    /// has changed. O(1) amortised for each row that goes or is cut loose.
    pub fn delete(&mut self, model: ModelId, rows: &[Row]) -> Result<Vec<(ModelId, usize)>> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        if let ([row], true) = (rows, self.schema.model(model).referrers.is_empty()) {
            self.leave(model, *row);
            self.log.push(Change::Delete { model, row: *row });
            return Ok(vec![(model, 1)]);
        }
        let doomed = self.doomed(model, rows);
        self.unrestricted(&doomed)?;
        for &(model, row) in &doomed.order {
            for Reference { model: child, field } in self.schema.model(model).referrers.clone() {
                if self.on_delete(child, field) == OnDelete::Nullify {
                    let cut: Vec<Row> = self.table(child).children(field, row).collect();
                    for row in cut.into_iter().filter(|&row| !doomed.has(child, row)) {
                        let old = self.assign(child, row, field, &Value::None);
                        self.log.push(Change::Set { model: child, row, field, old });
                    }
                }
            }
        }
        let mut went = vec![0; self.tables.len()];
        // Children before parents.
        for &(model, row) in doomed.order.iter().rev() {
            self.leave(model, row);
            self.log.push(Change::Delete { model, row });
            went[model.index()] += 1;
        }
        Ok((0..).map(ModelId).zip(went).filter(|&(_, rows)| rows > 0).collect())
    }

    /// What a delete of these rows takes along: breadth first over the references that cascade.
    fn doomed(&self, model: ModelId, rows: &[Row]) -> Doomed {
        let mut doomed = Doomed::default();
        rows.iter().for_each(|&row| doomed.add(model, row));
        let mut at = 0;
        while let Some(&(model, row)) = doomed.order.get(at) {
            for &Reference { model: child, field } in &self.schema.model(model).referrers {
                if self.on_delete(child, field) == OnDelete::Cascade {
                    self.table(child).children(field, row).for_each(|row| doomed.add(child, row));
                }
            }
            at += 1;
        }
        doomed
    }

    /// Refuses if rows that stay restrict the delete of rows that go.
    fn unrestricted(&self, doomed: &Doomed) -> Result<()> {
        let mut blockers: Vec<(String, usize)> = Vec::new();
        for &(model, row) in &doomed.order {
            for &Reference { model: child, field } in &self.schema.model(model).referrers {
                if self.on_delete(child, field) != OnDelete::Restrict || self.table(child).count(field, row) == 0 {
                    continue;
                }
                let count = self.table(child).children(field, row).filter(|&row| !doomed.has(child, row)).count();
                let name = &self.schema.model(child).name;
                match blockers.iter_mut().find(|(other, _)| other == name) {
                    Some((_, total)) => *total += count,
                    None if count > 0 => blockers.push((name.clone(), count)),
                    None => {}
                }
            }
        }
        let (Some(&(model, row)), false) = (doomed.order.first(), blockers.is_empty()) else { return Ok(()) };
        let counts: Vec<String> = blockers.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let (name, id) = (&self.schema.model(model).name, self.table(model).id(row));
        let message = format!("cannot delete {name} {id}: {} would refer to nothing", counts.join(", "));
        Err(Error::Restrict { blockers, message })
    }

    fn on_delete(&self, model: ModelId, field: usize) -> OnDelete {
        match self.schema.model(model).fields[field].kind {
            Kind::Reference(_, on_delete) => on_delete,
            Kind::Value(_) => OnDelete::Restrict,
        }
    }
}

/// The rows that a delete removes, in the order they were found.
#[derive(Default)]
struct Doomed {
    order: Vec<(ModelId, Row)>,
    set: HashSet<(ModelId, Row)>,
}

impl Doomed {
    fn add(&mut self, model: ModelId, row: Row) {
        if self.set.insert((model, row)) {
            self.order.push((model, row));
        }
    }

    fn has(&self, model: ModelId, row: Row) -> bool {
        self.set.contains(&(model, row))
    }
}
