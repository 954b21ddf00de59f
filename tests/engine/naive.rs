//! The store as one would write it with no thought of speed: rows by id, and every relation found by looking at all rows.

use std::collections::{BTreeMap, BTreeSet};

use hasmany::store::change::{Told, ToldValue, What};
use hasmany::store::error::Error;
use hasmany::store::id::{Id, ModelId};
use hasmany::store::schema::declaration::{Collection, Declaration, Field, Kind, OnDelete};
use hasmany::store::types::{Storage, Type};
use hasmany::store::value::Value;

/// What a field of a row holds. References are ids here, so cells hold whatever the store does to its rows.
pub type Cell = ToldValue;

/// The cells of one model's rows, by id: the order of creation.
pub type Rows = BTreeMap<Id, Vec<Cell>>;

/// No value, or a reference to nothing.
pub const NONE: Cell = ToldValue::Value(Value::None);

/// Why something was refused; the names are those of models and fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    Schema,
    Field(String, String),
    Deleted(String),
    Duplicate(ModelId, Id),
    Restrict(Vec<(String, usize)>),
    /// Nothing that this model knows.
    Other(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Schema(_) => Refusal::Schema,
            Error::Field { model, field, .. } => Refusal::Field(model, field),
            Error::Deleted { model, .. } => Refusal::Deleted(model),
            Error::Duplicate { model, existing, .. } => Refusal::Duplicate(model, existing.unwrap_or(0)),
            Error::Restrict { mut blockers, .. } => {
                blockers.sort();
                Refusal::Restrict(blockers)
            }
            other => Refusal::Other(other.to_string()),
        }
    }
}

/// All models and their rows.
#[derive(Clone, Debug)]
pub struct Naive {
    /// How each model was last declared.
    pub declarations: Vec<Declaration>,
    /// The rows there are, by model.
    pub rows: Vec<Rows>,
    /// The id that each model gives next.
    pub next: Vec<Id>,
    /// The rows as they were when each open transaction began, outermost first.
    saved: Vec<Vec<Rows>>,
}

/// Schemas.
impl Naive {
    pub fn new(declarations: Vec<Declaration>) -> Self {
        let models = declarations.len();
        Naive { declarations, rows: vec![Rows::new(); models], next: vec![1; models], saved: Vec::new() }
    }

    pub fn models(&self) -> impl Iterator<Item = ModelId> + use<> {
        (0..self.declarations.len()).map(|at| ModelId(at as u32))
    }

    pub fn declaration(&self, model: ModelId) -> &Declaration {
        &self.declarations[model.index()]
    }

    pub fn fields(&self, model: ModelId) -> &[Field<String>] {
        &self.declaration(model).fields
    }

    /// The model that has a table.
    pub fn by_table(&self, table: &str) -> Option<ModelId> {
        self.models().find(|&model| self.declaration(model).table == table)
    }

    /// The model a field refers to, if it is a reference.
    pub fn referred(&self, field: &Field<String>) -> Option<ModelId> {
        match &field.kind {
            Kind::Reference(table, _) => self.by_table(table),
            Kind::Value(_) => None,
        }
    }

    fn position(&self, model: ModelId, name: &str) -> Option<usize> {
        self.fields(model).iter().position(|field| field.name == name)
    }

    /// The unique tuples of a model, as places of fields.
    pub fn uniques(&self, model: ModelId) -> Vec<Vec<usize>> {
        let places = |tuple: &Vec<String>| tuple.iter().filter_map(|name| self.position(model, name)).collect();
        self.declaration(model).unique.iter().map(places).collect()
    }

    /// Redeclares a model, unless its rows do not fit. `fill` is what a field holds in rows that do not have it yet.
    pub fn redeclare(&mut self, model: ModelId, declaration: Declaration, fill: &[Cell]) -> Result<(), Refusal> {
        let nullified = |field: &Field<String>| matches!(field.kind, Kind::Reference(_, OnDelete::Nullify));
        if !self.saved.is_empty() || declaration.fields.iter().any(|field| nullified(field) && !field.optional) {
            return Err(Refusal::Schema);
        }
        let mut after = self.clone();
        for cells in after.rows[model.index()].values_mut() {
            *cells = self.refilled(model, cells, &declaration, fill)?;
        }
        after.declarations[model.index()] = declaration;
        let rows = &after.rows[model.index()];
        if rows.iter().any(|(&id, cells)| after.holder(model, cells, Some(id)).is_some()) {
            return Err(Refusal::Schema);
        }
        *self = after;
        Ok(())
    }

    /// The cells of a row under a new declaration of its model.
    fn refilled(
        &self,
        model: ModelId,
        cells: &[Cell],
        declaration: &Declaration,
        fill: &[Cell],
    ) -> Result<Vec<Cell>, Refusal> {
        let cell = |(field, fill): (&Field<String>, &Cell)| {
            let cell = match self.position(model, &field.name) {
                Some(at) if same_kind(&self.fields(model)[at].kind, &field.kind) => cells[at].clone(),
                Some(at) => converted(&self.fields(model)[at].kind, &field.kind, &cells[at]).ok_or(Refusal::Schema)?,
                None => fill.clone(),
            };
            if cell == NONE && !field.optional { Err(Refusal::Schema) } else { Ok(cell) }
        };
        declaration.fields.iter().zip(fill).map(cell).collect()
    }
}

/// Writing.
impl Naive {
    pub fn begin(&mut self) {
        self.saved.push(self.rows.clone());
    }

    pub fn commit(&mut self) {
        self.saved.pop();
    }

    /// Everything is as it was, but ids are not given again.
    pub fn rollback(&mut self) {
        self.rows = self.saved.pop().expect("no transaction is open");
    }

    pub fn create(&mut self, model: ModelId, cells: Vec<Cell>) -> Result<Id, Refusal> {
        for (field, cell) in cells.iter().enumerate() {
            self.fitting(model, field, cell)?;
        }
        self.unheld(model, &cells, None)?;
        let id = self.next[model.index()];
        self.next[model.index()] += 1;
        self.rows[model.index()].insert(id, cells);
        Ok(id)
    }

    /// Gives fields of a row other cells, one after the other, but all or none.
    pub fn set(&mut self, model: ModelId, id: Id, cells: &[(usize, Cell)]) -> Result<(), Refusal> {
        let mut after = self.rows[model.index()][&id].clone();
        for (field, cell) in cells {
            self.fitting(model, *field, cell)?;
            after[*field] = cell.clone();
        }
        self.unheld(model, &after, Some(id))?;
        self.rows[model.index()].insert(id, after);
        Ok(())
    }

    /// How many rows of each model went.
    pub fn delete(&mut self, model: ModelId, ids: &[Id]) -> Result<Vec<(ModelId, usize)>, Refusal> {
        let mut gone: BTreeSet<(ModelId, Id)> = ids.iter().map(|&id| (model, id)).collect();
        loop {
            let more = self.referring(&gone, OnDelete::Cascade);
            if more.is_empty() {
                break;
            }
            gone.extend(more.into_iter().map(|(model, id, _)| (model, id)));
        }
        let blockers: BTreeSet<(ModelId, Id)> =
            self.referring(&gone, OnDelete::Restrict).into_iter().map(|(model, id, _)| (model, id)).collect();
        if !blockers.is_empty() {
            let named = |(model, count)| (self.declaration(model).name.clone(), count);
            return Err(Refusal::Restrict(by_model(&blockers).into_iter().map(named).collect()));
        }
        for (model, id, field) in self.referring(&gone, OnDelete::Nullify) {
            self.rows[model.index()].get_mut(&id).expect("it refers")[field] = NONE;
        }
        for (model, id) in &gone {
            self.rows[model.index()].remove(id);
        }
        Ok(by_model(&gone))
    }

    /// Refuses a cell that does not fit its field.
    fn fitting(&self, model: ModelId, at: usize, cell: &Cell) -> Result<(), Refusal> {
        let field = &self.fields(model)[at];
        let fits = match (&field.kind, cell) {
            (_, ToldValue::Value(Value::None)) => field.optional,
            (Kind::Reference(..), ToldValue::Ref(to, id)) => {
                if !self.rows[to.index()].contains_key(id) {
                    return Err(Refusal::Deleted(self.declaration(*to).name.clone()));
                }
                self.referred(field) == Some(*to)
            }
            (Kind::Value(of), ToldValue::Value(value)) => is_of(*of, value),
            _ => false,
        };
        let refusal = || Refusal::Field(self.declaration(model).name.clone(), field.name.clone());
        if fits { Ok(()) } else { Err(refusal()) }
    }

    fn unheld(&self, model: ModelId, cells: &[Cell], but: Option<Id>) -> Result<(), Refusal> {
        match self.holder(model, cells, but) {
            Some(id) => Err(Refusal::Duplicate(model, id)),
            None => Ok(()),
        }
    }

    /// The row, other than `but`, that has the same values as these cells in a unique tuple: of the first such tuple.
    fn holder(&self, model: ModelId, cells: &[Cell], but: Option<Id>) -> Option<Id> {
        let same = |tuple: &[usize], other: &[Cell]| {
            tuple.iter().all(|&field| cells[field] != NONE && cells[field] == other[field])
        };
        let holder = |tuple: Vec<usize>| {
            let others = self.rows[model.index()].iter().filter(|&(&id, _)| Some(id) != but);
            others.filter(|(_, other)| same(&tuple, other)).map(|(&id, _)| id).next()
        };
        self.uniques(model).into_iter().find_map(holder)
    }

    /// The rows that stay although they refer to rows that go, by a reference of this kind: model, id and field.
    fn referring(&self, gone: &BTreeSet<(ModelId, Id)>, on_delete: OnDelete) -> Vec<(ModelId, Id, usize)> {
        let mut found = Vec::new();
        for model in self.models() {
            for (&id, cells) in self.rows[model.index()].iter().filter(|&(&id, _)| !gone.contains(&(model, id))) {
                for (at, field) in self.fields(model).iter().enumerate() {
                    let so = matches!(field.kind, Kind::Reference(_, how) if how == on_delete);
                    if so && matches!(cells[at], ToldValue::Ref(to, id) if gone.contains(&(to, id))) {
                        found.push((model, id, at));
                    }
                }
            }
        }
        found
    }
}

/// Reading.
impl Naive {
    pub fn ids(&self, model: ModelId) -> Vec<Id> {
        self.rows[model.index()].keys().copied().collect()
    }

    /// The rows whose cells pass.
    pub fn select(&self, model: ModelId, pass: impl Fn(Id, &[Cell]) -> bool) -> Vec<Id> {
        self.rows[model.index()].iter().filter(|(id, cells)| pass(**id, cells)).map(|(&id, _)| id).collect()
    }

    /// The rows of `child` whose reference `field` holds this parent.
    pub fn children(&self, child: ModelId, field: usize, (parent, id): (ModelId, Id)) -> Vec<Id> {
        self.select(child, |_, cells| cells[field] == ToldValue::Ref(parent, id))
    }

    /// The members of a collection of a row, each once, at its first link.
    pub fn members(&self, model: ModelId, id: Id, name: &str) -> Vec<Id> {
        let collection = self.collection(model, name).expect("no such collection");
        match &collection.through {
            None => {
                let (child, field) = self.belonging(model, collection).expect("no such reference");
                self.children(child, field, (model, id))
            }
            Some(through) => {
                let base = self.target(model, through).expect("leads nowhere");
                let source = collection.source.as_deref().expect("schemas say what to follow");
                once(self.members(model, id, through).into_iter().flat_map(|id| self.follow(base, id, source)))
            }
        }
    }

    /// The members of a collection of these rows, one row after the other, each once.
    pub fn members_of(&self, model: ModelId, ids: &[Id], name: &str) -> Vec<Id> {
        once(ids.iter().flat_map(|&id| self.members(model, id, name)))
    }

    /// The join rows between each owner and member.
    pub fn links(&self, join: ModelId, near: usize, far: usize) -> BTreeMap<(Id, Id), Vec<Id>> {
        let mut links: BTreeMap<(Id, Id), Vec<Id>> = BTreeMap::new();
        for (&id, cells) in &self.rows[join.index()] {
            if let (&ToldValue::Ref(_, owner), &ToldValue::Ref(_, member)) = (&cells[near], &cells[far]) {
                links.entry((owner, member)).or_default().push(id);
            }
        }
        links
    }

    /// The model of a collection's members; nothing where it cannot be followed.
    pub fn target(&self, model: ModelId, name: &str) -> Option<ModelId> {
        let collection = self.collection(model, name)?;
        let to = match &collection.through {
            None => self.belonging(model, collection)?.0,
            Some(through) => {
                let (base, source) = (self.target(model, through)?, collection.source.as_deref()?);
                match self.position(base, source) {
                    Some(field) => self.referred(&self.fields(base)[field])?,
                    None => self.target(base, source)?,
                }
            }
        };
        let declared = self.by_table(&collection.target);
        (declared.is_none() || declared == Some(to)).then_some(to)
    }

    fn collection(&self, model: ModelId, name: &str) -> Option<&Collection> {
        self.declaration(model).collections.iter().find(|collection| collection.name == name)
    }

    /// The model and the field that refer to the owner of a collection without `through`.
    fn belonging(&self, model: ModelId, collection: &Collection) -> Option<(ModelId, usize)> {
        let child = self.by_table(&collection.target)?;
        let fields = self.fields(child).iter().enumerate();
        let here: Vec<_> = fields.filter(|(_, field)| self.referred(field) == Some(model)).collect();
        let (field, _) = match (&collection.by, &*here) {
            (Some(by), _) => *here.iter().find(|(_, field)| field.name == *by)?,
            (None, [only]) => *only,
            _ => return None,
        };
        Some((child, field))
    }

    /// Where a reference or a collection leads from a row.
    fn follow(&self, model: ModelId, id: Id, name: &str) -> Vec<Id> {
        match self.position(model, name) {
            None => self.members(model, id, name),
            Some(field) => match self.rows[model.index()][&id][field] {
                ToldValue::Ref(_, parent) => vec![parent],
                ToldValue::Value(_) => vec![],
            },
        }
    }
}

/// Does to rows what a listener was told, which must fit them at every step.
pub fn replay(rows: &mut [Rows], told: &[Told]) {
    for Told { model, id, what } in told {
        let rows = &mut rows[model.index()];
        match what {
            What::Create(cells) => assert_eq!(rows.insert(*id, cells.clone()), None, "{id} is created twice"),
            What::Delete(cells) => assert_eq!(rows.remove(id).as_ref(), Some(cells), "the last of {id}"),
            What::Set { field, old, new } => {
                assert_ne!(old, new, "told of nothing");
                let cell = &mut rows.get_mut(id).expect("it is there")[*field];
                assert_eq!(cell, old, "{id} before");
                *cell = new.clone();
            }
        }
    }
}

/// Whether a value may stand in a field of a type; NaN is not let in.
fn is_of(of: Type, value: &Value) -> bool {
    match (of.storage(), value) {
        (Storage::Float, Value::Float(v)) => !v.is_nan(),
        (Storage::Int32, Value::Int(v)) => i32::try_from(*v).is_ok(),
        (Storage::Int64, Value::Int(_))
        | (Storage::Bool, Value::Bool(_))
        | (Storage::Text, Value::Text(_))
        | (Storage::Bytes, Value::Bytes(_))
        | (Storage::Wide, Value::Wide(_)) => true,
        _ => false,
    }
}

fn same_kind(one: &Kind<String>, other: &Kind<String>) -> bool {
    match (one, other) {
        (Kind::Value(a), Kind::Value(b)) => a == b,
        (Kind::Reference(a, _), Kind::Reference(b, _)) => a == b,
        _ => false,
    }
}

/// A whole number as a float and the other way round, where that is exactly it; text as JSON, which none of it is.
fn converted(from: &Kind<String>, to: &Kind<String>, cell: &Cell) -> Option<Cell> {
    let (Kind::Value(from), Kind::Value(to)) = (from, to) else { return None };
    match (from, to, cell) {
        (Type::Int, Type::Float, ToldValue::Value(Value::Int(v))) => {
            let text = format!("{:.0}", *v as f64);
            (text == v.to_string()).then_some(ToldValue::Value(Value::Float(*v as f64)))
        }
        (Type::Float, Type::Int, ToldValue::Value(Value::Float(v))) => {
            // As text, -0.0 apart: nothing of it is cut.
            format!("{:.0}", *v + 0.0)
                .parse()
                .ok()
                .filter(|int: &i64| *int as f64 == *v)
                .map(|int| ToldValue::Value(Value::Int(int)))
        }
        (Type::Text, Type::Json, ToldValue::Value(Value::Text(_))) => None,
        (Type::Int, Type::Float, none) | (Type::Float, Type::Int, none) | (Type::Text, Type::Json, none) => {
            Some(none.clone())
        }
        _ => None,
    }
}

/// The first of each.
fn once(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut seen = BTreeSet::new();
    ids.filter(|&id| seen.insert(id)).collect()
}

fn by_model(rows: &BTreeSet<(ModelId, Id)>) -> Vec<(ModelId, usize)> {
    let mut counts: BTreeMap<ModelId, usize> = BTreeMap::new();
    rows.iter().for_each(|&(model, _)| *counts.entry(model).or_default() += 1);
    counts.into_iter().collect()
}
