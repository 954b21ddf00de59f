//! Deleting rows, and what goes with them.

use foldhash::HashSet;

use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Reference, Row};
use crate::store::room;
use crate::store::schema::declaration::{Kind, OnDelete};
use crate::store::stop::{Pace, looking};
use crate::store::table::Table;
use crate::store::value::Value;

impl Store {
    /// Deletes live rows of a model and what goes with them; returns how many rows of each model went. On an error
    /// nothing has changed. O(1) amortised for each row that goes or is cut loose; where those of a model are an eighth of
    /// its table or more, they leave as one change.
    pub fn delete(&mut self, model: ModelId, rows: &[Row]) -> Result<Vec<(ModelId, usize)>> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        let is_alone = self.schema.model(model).referrers.is_empty();
        if let ([row], true) = (rows, is_alone) {
            self.delete_one(model, *row);
            return Ok(vec![(model, 1)]);
        }
        let doomed = self.doomed(model, rows);
        if is_alone {
            return Ok(self.delete_in_order(doomed.order));
        }
        self.unrestricted(&doomed)?;
        for (child, field, cut) in self.cut_loose(&doomed) {
            self.nullify(child, field, &cut)?;
        }
        let order = self.children_first(&doomed);
        Ok(self.delete_in_order(order))
    }

    fn delete_one(&mut self, model: ModelId, row: Row) {
        room::spare(&mut self.log);
        self.leave(model, row);
        self.log.push(Change::Delete { model, row });
    }

    /// Deletes rows, each once, in this order, or those of one model together. How many there were of each model.
    fn delete_in_order(&mut self, order: Vec<(ModelId, Row)>) -> Vec<(ModelId, usize)> {
        let (mut counts, mut last) = (vec![0; self.tables.len()], vec![0; self.tables.len()]);
        for (at, &(model, _)) in order.iter().enumerate() {
            counts[model.index()] += 1;
            last[model.index()] = at;
        }
        let mut went: Vec<_> = (0..).map(ModelId).zip(counts).filter(|&(_, rows)| rows > 0).collect();
        if went.iter().any(|&(model, rows)| self.table(model).are_many(rows)) {
            // Each row comes before those to which it refers, so a model's last one before theirs.
            went.sort_by_key(|&(model, _)| last[model.index()]);
            for &(model, count) in &went {
                let of_model = order.iter().filter(|&&(other, _)| other == model).map(|&(_, row)| row);
                self.delete_together(model, room::collected_with(count, of_model));
            }
            went.sort_unstable();
        } else {
            looking(order).for_each(|(model, row)| self.delete_one(model, row));
        }
        went
    }

    fn delete_together(&mut self, model: ModelId, rows: Vec<Row>) {
        if !self.table(model).are_many(rows.len()) {
            return looking(rows).for_each(|row| self.delete_one(model, row));
        }
        room::spare(&mut self.log);
        let rows = room::shared(rows);
        self.tables[model.index()].leave_many(&rows);
        self.untidy.rows = true;
        self.version += 1;
        self.log.push(Change::DeleteAll { model, rows });
    }

    /// The rows that stay and refer to rows that go, by references that are to refer to nothing then.
    fn cut_loose(&self, doomed: &Doomed) -> Vec<(ModelId, usize, Vec<Row>)> {
        let mut loose = Vec::new();
        for model in (0..self.tables.len()).map(|at| ModelId(at as u32)).filter(|&model| doomed.has_any(model)) {
            for &Reference { model: child, field } in &self.schema.model(model).referrers {
                if self.on_delete(child, field) == OnDelete::Nullify {
                    let parents = doomed.order.iter().filter(|&&(other, _)| other == model);
                    let cut = parents.flat_map(|&(_, row)| self.table(child).children(field, row));
                    let cut: Vec<Row> = room::collected_with(0, cut.filter(|&row| !doomed.has(child, row)));
                    loose.push((child, field, cut));
                }
            }
        }
        loose
    }

    /// Has a reference of these rows refer to nothing.
    fn nullify(&mut self, model: ModelId, field: usize, rows: &[Row]) -> Result<()> {
        if self.table(model).are_many(rows.len()) {
            let mut none = self.table(model).column(field).empty_like();
            looking(rows).for_each(|_| none.push(&Value::None));
            return self.set_all(model, rows, vec![(field, none)]);
        }
        for &row in looking(rows) {
            room::spare(&mut self.log);
            let old = self.assign(model, row, field, &Value::None);
            self.log.push(Change::Set { model, row, field, old });
        }
        Ok(())
    }

    /// What a delete of these rows takes along: breadth first over the references that cascade.
    fn doomed(&self, model: ModelId, rows: &[Row]) -> Doomed {
        let mut doomed = Doomed::of(self);
        rows.iter().for_each(|&row| doomed.add(model, row));
        if self.schema.model(model).referrers.is_empty() {
            return doomed;
        }
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
        let mut seen = Doomed::of(self);
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
        let mut blocking = Doomed::of(self);
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

/// Rows of several models, each once, in the order they were found.
struct Doomed {
    order: Vec<(ModelId, Row)>,
    sets: Vec<Marks>,
}

impl Doomed {
    fn of(store: &Store) -> Self {
        let marks = |table: &Table| Marks { few: HashSet::default(), bits: Bits::default(), rows: table.rows() };
        Doomed { order: Vec::new(), sets: store.tables.iter().map(marks).collect() }
    }

    fn add(&mut self, model: ModelId, row: Row) {
        if self.sets[model.index()].add(row) {
            room::push(&mut self.order, (model, row));
        }
    }

    fn has(&self, model: ModelId, row: Row) -> bool {
        self.sets[model.index()].has(row)
    }

    fn has_any(&self, model: ModelId) -> bool {
        let Marks { few, bits, .. } = &self.sets[model.index()];
        !few.is_empty() || !bits.is_empty()
    }
}

/// A set of rows of one table: listed while they are few, then a bit a row of the table.
struct Marks {
    few: HashSet<Row>,
    bits: Bits,
    /// How many the table has.
    rows: usize,
}

/// So many rows cost more as a list.
const LISTED: usize = if cfg!(debug_assertions) { 4 } else { 1024 };

impl Marks {
    /// Adds a row; whether it is new.
    fn add(&mut self, row: Row) -> bool {
        if self.bits.is_empty() {
            if self.few.len() < LISTED {
                return self.few.insert(row);
            }
            self.bits = Bits::zeros(self.rows);
            std::mem::take(&mut self.few).into_iter().for_each(|row| self.bits.raise(row as usize));
        }
        !self.bits.set(row as usize, true)
    }

    fn has(&self, row: Row) -> bool {
        self.bits.get(row as usize) || self.few.contains(&row)
    }
}
