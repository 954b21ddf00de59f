//! Deleting rows, and what goes with them.

use foldhash::HashSet;

use crate::store::Store;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Reference, Row};
use crate::store::room;
use crate::store::schema::declaration::{Kind, OnDelete};
use crate::store::stop::{Pace, Stop, looking};
use crate::store::value::Value;

impl Store {
    /// Deletes live rows of a model and what goes with them; returns how many rows of each model went. On an error
    /// nothing has changed. O(1) amortised for each row that goes or is cut loose.
    pub fn delete(&mut self, model: ModelId, rows: &[Row]) -> Result<Vec<(ModelId, usize)>> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        if let ([row], true) = (rows, self.schema.model(model).referrers.is_empty()) {
            room::spare(&mut self.log);
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
                        room::spare(&mut self.log);
                        let old = self.assign(child, row, field, &Value::None);
                        self.log.push(Change::Set { model: child, row, field, old });
                    }
                }
            }
        }
        let mut went = vec![0; self.tables.len()];
        for (model, row) in looking(self.children_first(&doomed)) {
            room::spare(&mut self.log);
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
        let (mut at, mut pace) = (0, Pace::default());
        while let Some(&(model, row)) = doomed.order.get(at) {
            for &Reference { model: child, field } in &self.schema.model(model).referrers {
                if self.on_delete(child, field) == OnDelete::Cascade {
                    self.table(child).children(field, row).for_each(|row| doomed.add(child, row));
                }
            }
            at += 1;
            pace.step();
        }
        doomed
    }

    /// The rows that go, each after those of them that refer to it, as far as they do not refer to each other in a
    /// circle.
    fn children_first(&self, doomed: &Doomed) -> Vec<(ModelId, Row)> {
        let mut seen = Doomed::default();
        let mut order = Vec::new();
        room::reserve(&mut order, doomed.order.len());
        let mut todo: Vec<(ModelId, Row, bool)> =
            room::collected(doomed.order.iter().map(|&(model, row)| (model, row, false)));
        let mut pace = Pace::default();
        while let Some((model, row, children_left)) = todo.pop() {
            pace.step();
            if children_left {
                order.push((model, row));
            } else if !seen.has(model, row) {
                seen.add(model, row);
                room::push(&mut todo, (model, row, true));
                for &Reference { model: child, field } in &self.schema.model(model).referrers {
                    let children = self.table(child).children(field, row);
                    let children = children.filter(|&row| doomed.has(child, row)).map(|row| (child, row, false));
                    children.for_each(|child| room::push(&mut todo, child));
                }
            }
        }
        order
    }

    /// Refuses if rows that stay restrict the delete of rows that go.
    fn unrestricted(&self, doomed: &Doomed) -> Result<()> {
        let mut blocking = Doomed::default();
        for &(model, row) in &doomed.order {
            for &Reference { model: child, field } in &self.schema.model(model).referrers {
                if self.on_delete(child, field) == OnDelete::Restrict && self.table(child).count(field, row) > 0 {
                    let rows = self.table(child).children(field, row);
                    rows.filter(|&row| !doomed.has(child, row)).for_each(|row| blocking.add(child, row));
                }
            }
        }
        let mut blockers: Vec<(String, usize)> = Vec::new();
        for (model, _) in blocking.order {
            let name = self.schema.label(self.schema.model(model));
            match blockers.iter_mut().find(|(other, _)| *other == name) {
                Some((_, total)) => *total += 1,
                None => blockers.push((name, 1)),
            }
        }
        let (Some(&(model, row)), false) = (doomed.order.first(), blockers.is_empty()) else { return Ok(()) };
        let counts: Vec<String> = blockers.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let (name, id) = (&self.schema.model(model).name, self.table(model).id(row));
        let message = format!(
            "cannot delete {name} {id}: {} would refer to nothing; delete them first, or declare the reference with \
             on_delete=\"cascade\" or \"nullify\"",
            counts.join(", ")
        );
        Err(Error::Restrict { blockers, message })
    }

    fn on_delete(&self, model: ModelId, field: usize) -> OnDelete {
        match self.schema.model(model).fields[field].kind {
            Kind::Reference(_, on_delete) => on_delete,
            Kind::Value(_) => OnDelete::Restrict,
        }
    }
}

/// Doomed of several models, each once, in the order they were found.
#[derive(Default)]
struct Doomed {
    order: Vec<(ModelId, Row)>,
    set: HashSet<(ModelId, Row)>,
}

impl Doomed {
    fn add(&mut self, model: ModelId, row: Row) {
        if self.set.try_reserve(1).is_err() {
            Stop::OutOfMemory.throw();
        }
        if self.set.insert((model, row)) {
            room::push(&mut self.order, (model, row));
        }
    }

    fn has(&self, model: ModelId, row: Row) -> bool {
        self.set.contains(&(model, row))
    }
}
