//! A store and its model, side by side: what is done to one is done to the other, and both must answer alike.

use hasmany::store::Store;
use hasmany::store::change::ToldValue;
use hasmany::store::error::Error;
use hasmany::store::id::{Id, ModelId, NO_ROW, Row};
use hasmany::store::schema::declaration::{Declaration, Kind};
use hasmany::store::value::Value;
use hasmany::store::write::fill::Fill;
use proptest::sample::Index;

use super::naive::{Cell, NONE, Naive, Refusal, Rows, replay};
use super::programs::{Edit, Pick, Step, some_value, wrong_value};

pub struct Pair {
    pub store: Store,
    pub naive: Naive,
    /// The model's rows when the open transaction began.
    before: Vec<Rows>,
    kept: Vec<Kept>,
}

/// The live ones of all rows that a model has had, as a fixed collection remembers them: it looks again only when a
/// version has changed.
struct Kept {
    versions: (u64, u64),
    next: Id,
    rows: Vec<(Row, Id)>,
}

impl Pair {
    pub fn new(declarations: Vec<Declaration>) -> Self {
        let (mut store, naive) = (Store::default(), Naive::new(declarations.clone()));
        let ids = store.declare(declarations).expect("schemas fit");
        assert_eq!(ids, naive.models().collect::<Vec<_>>());
        let mut pair = Pair { store, naive, before: Vec::new(), kept: Vec::new() };
        pair.kept = pair.naive.models().map(|model| pair.keep(model)).collect();
        pair
    }

    pub fn run(&mut self, step: &Step) {
        match step {
            Step::Create { model, cells } => self.alone(|pair| pair.create_picked(pair.model(model), cells)),
            Step::Set { model, row, cells } => self.alone(|pair| pair.set_picked(pair.model(model), row, cells)),
            Step::Delete { model, rows } => self.alone(|pair| pair.delete_picked(pair.model(model), rows)),
            Step::Churn { model, rows } => self.alone(|pair| pair.churn(pair.model(model), *rows)),
            Step::Begin => self.begin(),
            Step::Commit if self.store.depth() > 0 => self.commit(),
            Step::Rollback if self.store.depth() > 0 => self.rollback(),
            Step::Commit | Step::Rollback => {}
            Step::Compact => self.store.compact(),
            Step::Redeclare { model, edit } => self.redeclare(self.model(model), edit),
        }
        self.check_versions();
    }

    /// Ends what is open, packs everything, and compares once more after each.
    pub fn finish(&mut self) {
        while self.store.depth() > 0 {
            self.commit();
        }
        self.compare();
        self.run(&Step::Compact);
        self.compare();
    }

    /// Runs a write in a transaction of its own where none is open. Also one that is refused is committed: it must have
    /// changed nothing by itself.
    fn alone(&mut self, write: impl FnOnce(&mut Self)) {
        if self.store.depth() > 0 {
            return write(self);
        }
        self.begin();
        write(self);
        self.commit();
    }

    // ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────

    fn begin(&mut self) {
        if self.store.depth() == 0 {
            self.before.clone_from(&self.naive.rows);
        }
        self.store.begin();
        self.naive.begin();
    }

    /// What was told leads from the rows before the transaction to those after it.
    fn commit(&mut self) {
        let mut told = None;
        self.store
            .commit(|store, changes| {
                told = Some(store.told(changes));
                Ok::<(), ()>(())
            })
            .unwrap();
        self.naive.commit();
        if self.store.depth() > 0 {
            assert_eq!(told, None, "an inner transaction tells nothing");
            return;
        }
        assert_ne!(told.as_ref().map(Vec::len), Some(0), "nothing happened, and that was told");
        replay(&mut self.before, &told.unwrap_or_default());
        assert_eq!(self.before, self.naive.rows, "what was told");
    }

    fn rollback(&mut self) {
        self.store.rollback();
        self.naive.rollback();
    }

    // ── writes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    fn create_picked(&mut self, model: ModelId, picks: &[Pick]) {
        let fields = 0..self.naive.fields(model).len();
        let cells = fields.zip(picks).map(|(field, pick)| self.picked(model, field, *pick)).collect();
        self.create(model, cells);
    }

    fn create(&mut self, model: ModelId, cells: Vec<Cell>) -> Option<Id> {
        let values: Vec<Value> = cells.iter().map(|cell| self.value(cell)).collect();
        let row = self.store.create(model, &values);
        let id = row.map(|row| self.store.table(model).id(row)).map_err(Refusal::from);
        assert_eq!(id, self.naive.create(model, cells.clone()), "create {cells:?}");
        id.ok()
    }

    fn set_picked(&mut self, model: ModelId, row: &Index, picks: &[(Index, Pick)]) {
        let (ids, fields) = (self.naive.ids(model), self.naive.fields(model).len());
        if !ids.is_empty() && fields > 0 {
            let places = picks.iter().map(|(field, pick)| (field.index(fields), *pick));
            let cells: Vec<_> = places.map(|(field, pick)| (field, self.picked(model, field, pick))).collect();
            self.set(model, *row.get(&ids), &cells);
        }
    }

    fn set(&mut self, model: ModelId, id: Id, cells: &[(usize, Cell)]) {
        let values: Vec<(usize, Value)> = cells.iter().map(|(field, cell)| (*field, self.value(cell))).collect();
        let done = self.store.set(model, self.row(model, id), &values).map_err(Refusal::from);
        assert_eq!(done, self.naive.set(model, id, cells), "set {cells:?} of {id}");
    }

    fn delete_picked(&mut self, model: ModelId, rows: &[Index]) {
        let ids = self.naive.ids(model);
        if !ids.is_empty() {
            self.delete(model, &rows.iter().map(|row| *row.get(&ids)).collect::<Vec<_>>());
        }
    }

    fn delete(&mut self, model: ModelId, ids: &[Id]) {
        let rows: Vec<Row> = ids.iter().map(|&id| self.row(model, id)).collect();
        let went = self.store.delete(model, &rows).map_err(Refusal::from);
        assert_eq!(went, self.naive.delete(model, ids), "delete {ids:?}");
    }

    fn churn(&mut self, model: ModelId, rows: u8) {
        let fields = self.naive.fields(model).len();
        let cells = |pair: &Self, seed| (0..fields).map(|field| pair.picked(model, field, Pick::Value(seed))).collect();
        let ids: Vec<Id> = (100..100 + rows).filter_map(|seed| self.create(model, cells(self, seed))).collect();
        self.delete(model, &ids);
    }

    fn redeclare(&mut self, model: ModelId, edit: &Edit) {
        let tables: Vec<String> = self.naive.declarations.iter().map(|model| model.table.clone()).collect();
        let (declaration, picks) = edit.apply(self.naive.declaration(model), &tables);
        let fill: Vec<Cell> =
            declaration.fields.iter().zip(picks).map(|(field, pick)| self.picked_for(&field.kind, pick)).collect();
        let values = fill.iter().map(|cell| Fill::same(self.value(cell).into_owned())).collect();
        let plan = self.store.plan_redefinition(model, (declaration.clone(), values)).map_err(Refusal::from);
        let done = plan.map(|plan| _ = self.store.carry_out(plan));
        assert_eq!(done, self.naive.redeclare(model, declaration, &fill), "redeclare: {edit:?}");
    }

    // ── what is meant ───────────────────────────────────────────────────────────────────────────────────────────────

    fn model(&self, index: &Index) -> ModelId {
        ModelId(index.index(self.naive.declarations.len()) as u32)
    }

    fn picked(&self, model: ModelId, field: usize, pick: Pick) -> Cell {
        let field = &self.naive.fields(model)[field];
        match pick {
            Pick::Empty if !field.optional => self.picked_for(&field.kind, Pick::Value(0)),
            _ => self.picked_for(&field.kind, pick),
        }
    }

    fn picked_for(&self, kind: &Kind<String>, pick: Pick) -> Cell {
        match (kind, pick) {
            (_, Pick::Empty | Pick::None) => NONE,
            (Kind::Value(of), Pick::Value(seed)) => ToldValue::Value(some_value(*of, seed)),
            (Kind::Reference(table, _), Pick::Value(seed)) => self.some_row(table, seed.into()),
            (Kind::Reference(table, _), Pick::Dead) => self.dead_row(table),
            (_, Pick::Wrong | Pick::Dead) => ToldValue::Value(wrong_value(kind)),
        }
    }

    /// One of the rows of a model, or none where it has none.
    fn some_row(&self, table: &str, at: usize) -> Cell {
        let model = self.naive.by_table(table).expect("it is declared");
        let ids = self.naive.ids(model);
        if ids.is_empty() { NONE } else { ToldValue::Ref(model, ids[at % ids.len()]) }
    }

    /// The first row that was deleted and is not squeezed out, or else the one after the last.
    fn dead_row(&self, table: &str) -> Cell {
        let model = self.naive.by_table(table).expect("it is declared");
        let table = self.store.table(model);
        let dead = (0..=table.rows() as Row).find(|&row| !table.lives(row)).expect("the last lives not");
        ToldValue::Ref(model, table.id(dead))
    }

    // ── between the two ─────────────────────────────────────────────────────────────────────────────────────────────

    /// The row that a live row of the model is in the store.
    pub fn row(&self, model: ModelId, id: Id) -> Row {
        self.store.row(model, id).expect("it lives")
    }

    pub fn rows(&self, model: ModelId, ids: &[Id]) -> Vec<Row> {
        ids.iter().map(|&id| self.row(model, id)).collect()
    }

    pub fn ids(&self, model: ModelId, rows: impl IntoIterator<Item = Row>) -> Vec<Id> {
        rows.into_iter().map(|row| self.store.table(model).id(row)).collect()
    }

    /// A cell as the store takes it; also of rows that live no more.
    pub fn value(&self, cell: &Cell) -> Value<'static> {
        match cell {
            ToldValue::Value(value) => value.clone(),
            ToldValue::Ref(model, id) => {
                let table = self.store.table(*model);
                let row = table.find(*id).or_else(|| (0..=table.rows() as Row).find(|&row| table.id(row) == *id));
                Value::Row(row.unwrap_or(NO_ROW))
            }
        }
    }

    /// What the store has in a cell.
    pub fn cell(&self, model: ModelId, row: Row, field: usize) -> Cell {
        match self.store.table(model).column(field).get(row).into_owned() {
            Value::Row(parent) => {
                let to = self.naive.referred(&self.naive.fields(model)[field]).expect("it is a reference");
                ToldValue::Ref(to, self.store.table(to).id(parent))
            }
            value => ToldValue::Value(value),
        }
    }

    /// An id that is given no more, or not yet, leads to no row.
    pub fn assert_gone(&self, model: ModelId, id: Id) {
        let name = self.naive.declaration(model).name.clone();
        assert_eq!(self.store.row(model, id), Err(Error::Deleted { model: name, id }));
    }

    // ── versions ────────────────────────────────────────────────────────────────────────────────────────────────────

    fn keep(&self, model: ModelId) -> Kept {
        let table = self.store.table(model);
        let rows = table.live().map(|row| (row, table.id(row))).collect();
        Kept { versions: (self.store.version(), table.version()), next: self.naive.next[model.index()], rows }
    }

    /// As long as a version is what it was, the rows known then live or not as they did.
    fn check_versions(&mut self) {
        for model in self.naive.models() {
            let (now, then) = (self.keep(model), &self.kept[model.index()]);
            let same = now.rows.iter().filter(|(_, id)| *id < then.next).eq(&then.rows);
            assert!(same || now.versions.0 != then.versions.0, "rows left or came back under one version of the store");
            assert!(same || now.versions.1 != then.versions.1, "rows left or came back under one version of a table");
            self.kept[model.index()] = now;
        }
    }
}
