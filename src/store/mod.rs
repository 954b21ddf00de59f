//! The engine: models, rows, references, and what is derived from them. See `docs/design.md`.
//!
//! [`Store`] is the one door. Everything that changes rows goes through [`Store::create`], [`Store::set`] and
//! [`Store::delete`], inside a transaction.

pub mod algebra;
pub mod bits;
pub mod change;
mod check;
pub mod column;
pub mod error;
pub mod find;
pub mod id;
mod inverse;
pub mod schema;
pub mod table;
mod unique;
pub mod value;
pub mod view;

use foldhash::HashMap;

use change::{Change, Told, ToldValue, What};
use column::Column;
use error::{Error, Result};
use id::{Id, ModelId, NO_ROW, Reference, Row};
use schema::{Declaration, Field, Kind, Model, OnDelete, Schema};
use table::Table;
use value::Value;

/// The rows of every model.
#[derive(Debug, Default)]
pub struct Store {
    schema: Schema,
    tables: Vec<Table>,
    /// What the open transactions did, in order.
    log: Vec<Change>,
    /// Where in the log each open transaction began, outermost first.
    marks: Vec<usize>,
    /// What to tidy when the outermost transaction ends.
    untidy: Untidy,
    version: u64,
}

/// Work put off to the end of a transaction, so that nothing that undo needs is dropped before.
#[derive(Debug, Default)]
struct Untidy {
    /// Lists with many stale entries.
    lists: Vec<(Reference, Row)>,
    /// Columns whose text was overwritten.
    texts: Vec<Reference>,
    /// Whether any row left.
    rows: bool,
}

impl Store {
    /// The models.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The rows of a model.
    pub fn table(&self, model: ModelId) -> &Table {
        &self.tables[model.index()]
    }

    /// Changes whenever a row of any model left, came back or was renumbered.
    pub fn version(&self) -> u64 {
        self.version
    }

    // ── models ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Adds models, which may refer to each other and to those there are: all or, on an error, none.
    pub fn declare(&mut self, declarations: Vec<Declaration>) -> Result<Vec<ModelId>> {
        let ids = self.schema.add(declarations)?;
        for &id in &ids {
            let model = self.schema.model(id);
            let references: Vec<bool> = model.fields.iter().map(is_reference).collect();
            let columns = model.fields.iter().map(empty_column).collect();
            self.tables.push(Table::new(columns, &references, model.unique.iter().cloned()));
        }
        Ok(ids)
    }

    /// Says which table a collection's members are in, once that is known.
    pub fn set_target(&mut self, model: ModelId, collection: &str, table: &str) {
        self.schema.set_target(model, collection, table);
    }

    /// Whether the rows of a model fit a new declaration of it. `fill` is the value for a field that they do not have yet.
    pub fn fits(&self, id: ModelId, declaration: Declaration, fill: &[Value]) -> Result<()> {
        self.plan(id, declaration, fill).map(drop)
    }

    /// Declares a model anew: fields of the same name and kind keep their cells, new ones are filled, others go. All or
    /// nothing.
    pub fn redeclare(&mut self, id: ModelId, declaration: Declaration, fill: &[Value]) -> Result<()> {
        let model = self.plan(id, declaration, fill)?;
        let sources = self.sources(id, &model);
        let rows = self.table(id).rows();
        let table = &mut self.tables[id.index()];
        let uniques = model.unique.clone();
        table.redefine(
            |columns| {
                let mut columns: Vec<Option<Column>> = columns.into_iter().map(Some).collect();
                let mut fresh = Vec::new();
                for ((field, source), value) in model.fields.iter().zip(&sources).zip(fill) {
                    fresh.push(match source.and_then(|at| columns[at].take()) {
                        Some(mut column) => {
                            column.set_optional(field.optional, std::iter::empty());
                            column
                        }
                        None => {
                            let mut column = empty_column(field);
                            // A required field without a default is only new where no row lives; dead cells need none.
                            let value = if column.takes(value) { value } else { &zero(&field.kind) };
                            (0..rows).for_each(|_| column.push(value));
                            column
                        }
                    });
                }
                (fresh, model.fields.iter().map(is_reference).collect())
            },
            uniques,
        );
        // `plan` has looked for duplicates.
        _ = table.rebuild();
        self.schema.replace(id, model);
        self.version += 1;
        Ok(())
    }

    /// For each field of a new declaration the old field whose cells it keeps.
    fn sources(&self, id: ModelId, model: &Model) -> Vec<Option<usize>> {
        let old = &self.schema.model(id).fields;
        let same = |field: &Field, other: &Field| match (&field.kind, &other.kind) {
            (Kind::Value(a), Kind::Value(b)) => a == b,
            (Kind::Reference(a, _), Kind::Reference(b, _)) => a == b,
            _ => false,
        };
        let source = |field: &Field| old.iter().position(|other| other.name == field.name && same(field, other));
        model.fields.iter().map(source).collect()
    }

    /// The model that a new declaration would be, if the rows fit.
    fn plan(&self, id: ModelId, declaration: Declaration, fill: &[Value]) -> Result<Model> {
        if !self.marks.is_empty() {
            return Err(Error::Schema(format!("{} cannot be defined anew in a transaction", declaration.name)));
        }
        let model = self.schema.redeclared(id, declaration)?;
        let (old, table) = (self.schema.model(id), self.table(id));
        if table.is_empty() {
            return Ok(model);
        }
        let refuse = |field: &Field, why: &str| {
            let rows = table.len();
            let name = &model.name;
            Err(Error::Schema(format!("{name}.{} does not fit the {rows} rows that are there: {why}", field.name)))
        };
        let sources = self.sources(id, &model);
        for ((field, source), value) in model.fields.iter().zip(&sources).zip(fill) {
            match source {
                Some(at) if !field.optional && table.live().any(|row| table.column(*at).is_none(row)) => {
                    return refuse(field, "some have None; give them a value first, or let it be `| None`");
                }
                Some(_) => {}
                None if old.fields.iter().any(|other| other.name == field.name) => {
                    return refuse(field, "it was of another type; name it otherwise, or delete the rows first");
                }
                None if value.is_none() && !field.optional => {
                    return refuse(field, "it is new and has no default; give it one, or let it be `| None`");
                }
                None => {}
            }
        }
        // Two rows that would share a key that was not unique before.
        for key in &model.unique {
            let names = |fields: &[usize], model: &Model| -> Vec<String> {
                fields.iter().map(|&at| model.fields[at].name.clone()).collect()
            };
            if old.unique.iter().any(|other| names(other, old) == names(key, &model)) {
                continue;
            }
            let mut seen: HashMap<Vec<Value>, Row> = HashMap::default();
            for row in table.live() {
                let value = |&at: &usize| match sources[at] {
                    Some(source) => table.column(source).get(row),
                    None => fill[at].clone(),
                };
                let values: Vec<Value> = key.iter().map(value).collect();
                if values.iter().any(Value::is_none) {
                    continue;
                }
                if let Some(other) = seen.insert(values, row) {
                    let (name, fields) = (&model.name, names(key, &model).join(", "));
                    let (one, two) = (table.id(other), table.id(row));
                    return Err(Error::Schema(format!(
                        "{name}: unique {fields} does not fit the rows that are there: {one} and {two} have the same"
                    )));
                }
            }
        }
        Ok(model)
    }

    // ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Opens a transaction, inside the one that is open if there is one.
    pub fn begin(&mut self) {
        self.marks.push(self.log.len());
    }

    /// How many transactions are open.
    pub fn depth(&self) -> usize {
        self.marks.len()
    }

    /// Closes the innermost transaction. If it is the outermost and changed something, `hear` sees all of it first.
    pub fn commit(&mut self, hear: impl FnOnce(&Store, &[Change])) {
        self.marks.pop();
        if self.marks.is_empty() {
            if !self.log.is_empty() {
                hear(self, &self.log);
            }
            self.end();
        }
    }

    /// Undoes the innermost transaction and closes it.
    pub fn rollback(&mut self) {
        let mark = self.marks.pop().unwrap_or(0);
        while self.log.len() > mark
            && let Some(change) = self.log.pop()
        {
            match change {
                Change::Create { model, row } => self.leave(model, row),
                Change::Delete { model, row } => self.tables[model.index()].enter(row),
                Change::Set { model, row, field, old } => _ = self.assign(model, row, field, &old),
            }
            self.version += 1;
        }
        if self.marks.is_empty() {
            self.end();
        }
    }

    /// Forgets the log and does the work that was put off.
    fn end(&mut self) {
        self.log.clear();
        if self.log.capacity() > 4096 {
            self.log = Vec::new();
        }
        for (Reference { model, field }, parent) in std::mem::take(&mut self.untidy.lists) {
            self.tables[model.index()].tidy_list(field, parent);
        }
        for Reference { model, field } in std::mem::take(&mut self.untidy.texts) {
            self.tables[model.index()].tidy_text(field);
        }
        if std::mem::take(&mut self.untidy.rows) {
            for model in (0..self.tables.len()).map(|at| ModelId(at as u32)) {
                if self.is_due(model) {
                    self.squeeze(model);
                }
            }
        }
    }

    /// Whether enough rows of a model are dead to pay for a squeeze: a third of them, and a sixteenth of the references to
    /// them, which a squeeze renumbers.
    fn is_due(&self, model: ModelId) -> bool {
        let table = self.table(model);
        let dead = table.rows() - table.len();
        let referring: usize = self.schema.model(model).referrers.iter().map(|r| self.table(r.model).rows()).sum();
        dead > 64 + table.len() / 2 && dead > referring / 16
    }

    fn squeeze(&mut self, model: ModelId) {
        let new = self.tables[model.index()].squeeze();
        let referrers = self.schema.model(model).referrers.clone();
        for Reference { model: other, field } in referrers {
            self.tables[other.index()].renumber(field, &new);
        }
        // The rows were unique before they were renumbered.
        _ = self.tables[model.index()].rebuild();
        self.version += 1;
    }

    /// Packs memory as tightly as it goes; changes no id, no order, no result. Does nothing inside a transaction. O(rows).
    pub fn compact(&mut self) {
        if !self.marks.is_empty() {
            return;
        }
        for model in (0..self.tables.len()).map(|at| ModelId(at as u32)) {
            if self.table(model).rows() > self.table(model).len() {
                self.squeeze(model);
            }
        }
        self.tables.iter_mut().for_each(Table::shrink);
    }

    // ── the one door ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Creates a row with these values, one a field. O(indexes).
    pub fn create(&mut self, model: ModelId, values: &[Value]) -> Result<Row> {
        match self.admit(model, values)? {
            Ok(row) => Ok(row),
            Err((row, unique)) => Err(self.duplicate(model, &self.table(model).uniques()[unique].fields, row)),
        }
    }

    /// The row that has the same values in a unique tuple, or else a new row with these values. O(indexes).
    pub fn find_or_create(&mut self, model: ModelId, values: &[Value]) -> Result<Row> {
        self.admit(model, values).map(|admitted| admitted.unwrap_or_else(|(row, _)| row))
    }

    /// Creates a row unless another has its key in one of the unique indexes: that row, and which index.
    fn admit(&mut self, model: ModelId, values: &[Value]) -> Result<std::result::Result<Row, (Row, usize)>> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        let table = self.table(model);
        if table.is_full() {
            return Err(Error::Full { model: self.schema.model(model).name.clone() });
        }
        for (field, value) in values.iter().enumerate() {
            self.fitting(model, field, value)?;
        }
        for (at, unique) in table.uniques().iter().enumerate() {
            let found = match *unique.fields {
                [a, b] => unique.find(table.columns(), &[&values[a], &values[b]]),
                [a] => unique.find(table.columns(), &[&values[a]]),
                _ => {
                    let key: Vec<&Value> = unique.fields.iter().map(|&field| &values[field]).collect();
                    unique.find(table.columns(), &key)
                }
            };
            if let Some(row) = found {
                return Ok(Err((row, at)));
            }
        }
        let table = &mut self.tables[model.index()];
        let row = table.append(values);
        table.enter(row);
        self.log.push(Change::Create { model, row });
        Ok(Ok(row))
    }

    /// Gives fields of a live row other values, all or, on an error, none. O(indexes), and for a reference O(rows that refer to
    /// the same parent) at worst, to take the place that the row's age gives it.
    pub fn set(&mut self, model: ModelId, row: Row, values: &[(usize, Value)]) -> Result<()> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        values.iter().try_for_each(|(field, value)| self.fitting(model, *field, value))?;
        let table = self.table(model);
        let given = |field: usize| values.iter().rfind(|(other, _)| *other == field).map(|(_, value)| value);
        for unique in table.uniques().iter().filter(|unique| unique.fields.iter().any(|&at| given(at).is_some())) {
            let cell = |&at: &usize| given(at).cloned().unwrap_or_else(|| table.column(at).get(row));
            let key: Vec<Value> = unique.fields.iter().map(cell).collect();
            match unique.find(table.columns(), &key.iter().collect::<Vec<_>>()) {
                Some(other) if other != row => return Err(self.duplicate(model, &unique.fields, other)),
                _ => {}
            }
        }
        for (field, value) in values {
            if self.table(model).column(*field).get(row) != *value {
                let old = self.assign(model, row, *field, value);
                self.log.push(Change::Set { model, row, field: *field, old });
            }
        }
        Ok(())
    }

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

    fn leave(&mut self, model: ModelId, row: Row) {
        let lists = &mut self.untidy.lists;
        self.tables[model.index()].leave(row, |field, parent| lists.push((Reference { model, field }, parent)));
        self.untidy.rows = true;
        self.version += 1;
    }

    fn assign(&mut self, model: ModelId, row: Row, field: usize, value: &Value) -> Value<'static> {
        let lists = &mut self.untidy.lists;
        let due = |field, parent| lists.push((Reference { model, field }, parent));
        let old = self.tables[model.index()].assign(row, field, value, due);
        if matches!(old, Value::Text(_) | Value::Bytes(_)) {
            self.untidy.texts.push(Reference { model, field });
        }
        old
    }

    /// Refuses a value that does not fit its field.
    fn fitting(&self, model: ModelId, field: usize, value: &Value) -> Result<()> {
        let refuse = |why: String| {
            let model = self.schema.model(model);
            Err(Error::Field { model: model.name.clone(), field: model.fields[field].name.clone(), why })
        };
        let declared = &self.schema.model(model).fields[field];
        match (&declared.kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) if !self.table(*to).lives(*row) => {
                let id = if (*row as usize) < self.table(*to).rows() { self.table(*to).id(*row) } else { 0 };
                Err(Error::Deleted { model: self.schema.model(*to).name.clone(), id })
            }
            (_, Value::None) if !declared.optional => refuse("may not be None".to_owned()),
            _ if !self.table(model).column(field).takes(value) => refuse(format!("does not take {value:.80?}")),
            _ => Ok(()),
        }
    }

    fn duplicate(&self, model: ModelId, fields: &[usize], existing: Row) -> Error {
        let (of, table) = (self.schema.model(model), self.table(model));
        let names: Vec<&str> = fields.iter().map(|&field| of.fields[field].name.as_str()).collect();
        let existing = table.id(existing);
        let message = format!("{} {existing} already has this {}", of.name, names.join(", "));
        Error::Duplicate { model, existing, message }
    }

    // ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Changes with ids and with the values of their moment, for listeners. O(changes × fields).
    pub fn told(&self, changes: &[Change]) -> Vec<Told> {
        // From the end backwards: `later` holds the value that a cell had before the changes already seen.
        let mut later: HashMap<(ModelId, Row, usize), &Value> = HashMap::default();
        let mut told: Vec<Told> = Vec::with_capacity(changes.len());
        for change in changes.iter().rev() {
            let (model, row) = change.row();
            let cell = |later: &HashMap<_, &Value>, field: usize| match later.get(&(model, row, field)) {
                Some(value) => self.told_value(model, field, value),
                None => self.told_value(model, field, &self.table(model).column(field).get(row)),
            };
            let cells = |later: &HashMap<_, &Value>| {
                (0..self.schema.model(model).fields.len()).map(|field| cell(later, field)).collect()
            };
            let what = match change {
                Change::Create { .. } => What::Create(cells(&later)),
                Change::Delete { .. } => What::Delete(cells(&later)),
                Change::Set { field, old, .. } => {
                    let new = cell(&later, *field);
                    later.insert((model, row, *field), old);
                    What::Set { field: *field, old: self.told_value(model, *field, old), new }
                }
            };
            told.push(Told { model, id: self.table(model).id(row), what });
        }
        told.reverse();
        told
    }

    fn told_value(&self, model: ModelId, field: usize, value: &Value) -> ToldValue {
        match (&self.schema.model(model).fields[field].kind, value) {
            (Kind::Reference(to, _), Value::Row(row)) => ToldValue::Ref(*to, self.table(*to).id(*row)),
            _ => ToldValue::Value(value.clone().into_owned()),
        }
    }

    // ── memory ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Bytes on the heap: for each model its rows, then each inverse and each unique index, by name.
    pub fn bytes(&self) -> Vec<(String, usize)> {
        let mut parts = Vec::new();
        for (model, table) in self.schema.models().iter().zip(&self.tables) {
            let name = |fields: &[usize]| {
                let names: Vec<&str> = fields.iter().map(|&field| model.fields[field].name.as_str()).collect();
                format!("{}.{}", model.name, names.join(","))
            };
            parts.push((model.name.clone(), table.bytes()));
            for field in 0..model.fields.len() {
                if let Some(inverse) = table.inverse(field) {
                    parts.push((format!("{} inverse", name(&[field])), inverse.bytes()));
                }
            }
            for unique in table.uniques() {
                parts.push((format!("{} unique", name(&unique.fields)), unique.bytes()));
            }
        }
        parts
    }
}

/// The rows that a delete removes, in the order they were found.
#[derive(Default)]
struct Doomed {
    order: Vec<(ModelId, Row)>,
    set: foldhash::HashSet<(ModelId, Row)>,
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

fn is_reference(field: &Field) -> bool {
    matches!(field.kind, Kind::Reference(..))
}

fn empty_column(field: &Field) -> Column {
    match field.kind {
        Kind::Value(of) => Column::new(of, field.optional),
        Kind::Reference(..) => Column::reference(),
    }
}

/// Some value of a kind, for the cells of dead rows.
fn zero(kind: &Kind<ModelId>) -> Value<'static> {
    use value::Type;
    match kind {
        Kind::Value(Type::Int) => Value::Int(0),
        Kind::Value(Type::Float) => Value::Float(0.0),
        Kind::Value(Type::Bool) => Value::Bool(false),
        Kind::Value(Type::Text) => Value::Text("".into()),
        Kind::Value(Type::Bytes) => Value::Bytes((&[][..]).into()),
        Kind::Value(Type::Time) => Value::Time(0),
        Kind::Value(Type::Date) => Value::Date(0),
        Kind::Reference(..) => Value::Row(NO_ROW),
    }
}

/// An id outside the engine names a row inside it only while that row lives.
impl Store {
    /// The live row with an id, or [`Error::Deleted`].
    pub fn row(&self, model: ModelId, id: Id) -> Result<Row> {
        let deleted = || Error::Deleted { model: self.schema.model(model).name.clone(), id };
        self.table(model).find(id).ok_or_else(deleted)
    }
}
