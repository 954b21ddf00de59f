//! Schemas made up: two or three models that refer to each other and to themselves in every way that lets rows exist.

use hasmany::store::schema::declaration::{Collection, Declaration, Kind, OnDelete};
use hasmany::store::types::Type;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::Lines;
use super::declare::{many, model, optional, reference, through, value};

/// Walks this long are slow enough.
const MOST_HOPS: usize = 5;

/// One model before its neighbours are known.
#[derive(Clone, Debug)]
struct Sketch {
    values: Vec<(Type, bool)>,
    references: Vec<(Index, bool, OnDelete)>,
    unique: Vec<Vec<Index>>,
    /// Whether its first two references are a unique pair.
    pair: bool,
}

/// Models and their collections: of every reference its inverse, of every two references of one model the join between
/// their ends, and some paths that go on from these.
pub fn schema() -> impl Strategy<Value = Lines<Declaration>> {
    (vec(sketch(), 2..=3), vec(any::<(Index, Index)>(), 0..6)).prop_map(|(sketches, longer)| {
        let mut draft = Draft::of(&sketches);
        draft.add_inverses();
        draft.add_joins();
        longer.iter().for_each(|(way, next)| draft.add_longer(way, next));
        Lines(draft.models)
    })
}

pub fn type_of_value() -> impl Strategy<Value = Type> {
    select(Type::ALL.to_vec())
}

pub fn on_delete() -> impl Strategy<Value = OnDelete> {
    select(vec![OnDelete::Restrict, OnDelete::Cascade, OnDelete::Nullify])
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let values = vec((type_of_value(), any::<bool>()), 0..3);
    let references = vec((any::<Index>(), any::<bool>(), on_delete()), 0..=3);
    let unique = vec(vec(any::<Index>(), 1..=2), 0..=2);
    (values, references, unique, any::<bool>()).prop_map(|(values, references, unique, pair)| Sketch {
        values,
        references,
        unique,
        pair,
    })
}

/// A collection that was declared: of which model, how it is called, where it leads and how far that is.
#[derive(Clone, Debug)]
struct Way {
    from: usize,
    name: String,
    to: usize,
    hops: usize,
}

struct Draft {
    models: Vec<Declaration>,
    ways: Vec<Way>,
}

impl Draft {
    fn of(sketches: &[Sketch]) -> Self {
        let models: Vec<Declaration> = ["A", "B", "C"].map(model).into_iter().take(sketches.len()).collect();
        let tables: Vec<String> = models.iter().map(|model| model.table.clone()).collect();
        let filled = |(at, (model, sketch)): (usize, (Declaration, &Sketch))| sketch.fill(at, model, &tables);
        Draft { models: models.into_iter().zip(sketches).enumerate().map(filled).collect(), ways: Vec::new() }
    }

    /// The references of a model: their names, and the models they lead to.
    fn references(&self, model: usize) -> Vec<(String, usize)> {
        let to = |table: &String| self.models.iter().position(|model| model.table == *table);
        let fields = self.models[model].fields.iter();
        fields
            .filter_map(|field| match &field.kind {
                Kind::Reference(table, _) => Some((field.name.clone(), to(table)?)),
                Kind::Value(_) => None,
            })
            .collect()
    }

    fn add(&mut self, way: Way, collection: Collection) {
        if !self.ways.iter().any(|other| (other.from, &other.name) == (way.from, &way.name)) {
            self.models[way.from].collections.push(collection);
            self.ways.push(way);
        }
    }

    fn add_inverses(&mut self) {
        for child in 0..self.models.len() {
            let references = self.references(child);
            for (field, from) in &references {
                let table = self.models[child].table.clone();
                let name = format!("{table}_by_{field}");
                let only = references.iter().filter(|(_, to)| to == from).count() == 1;
                let by = (!only).then(|| field.clone());
                let collection = Collection { by, ..many(&name, &table) };
                self.add(Way { from: *from, name, to: child, hops: 1 }, collection);
            }
        }
    }

    fn add_joins(&mut self) {
        for way in self.ways.clone() {
            for (source, to) in self.references(way.to) {
                let target = self.models[to].table.clone();
                self.add_through(&way, &source, to, 1, target);
            }
        }
    }

    /// Goes on from a collection, over a reference or a collection of its members.
    fn add_longer(&mut self, way: &Index, next: &Index) {
        if self.ways.is_empty() {
            return;
        }
        let way = way.get(&self.ways).clone();
        let up = self.references(way.to).into_iter().map(|(name, to)| (name, to, 1));
        let on =
            self.ways.iter().filter(|next| next.from == way.to).map(|next| (next.name.clone(), next.to, next.hops));
        let onwards: Vec<(String, usize, usize)> = up.chain(on).collect();
        if !onwards.is_empty() {
            let (source, to, hops) = next.get(&onwards);
            self.add_through(&way, source, *to, *hops, String::new());
        }
    }

    fn add_through(&mut self, way: &Way, source: &str, to: usize, hops: usize, target: String) {
        let (name, hops) = (format!("{}_{source}", way.name), way.hops + hops);
        if hops <= MOST_HOPS {
            let collection = Collection { target, ..through(&name, &way.name, source) };
            self.add(Way { from: way.from, name, to, hops }, collection);
        }
    }
}

impl Sketch {
    /// Gives a model its fields. Only references to models before it may be required: the first row needs none.
    fn fill(&self, at: usize, model: Declaration, tables: &[String]) -> Declaration {
        let mut fields = Vec::new();
        for (number, (of, may_be_none)) in self.values.iter().enumerate() {
            let field = value(&format!("v{number}"), *of);
            fields.push(if *may_be_none { optional(field) } else { field });
        }
        for (number, (to, required, on_delete)) in self.references.iter().enumerate() {
            let to = to.index(tables.len());
            let field = reference(&format!("r{number}"), &tables[to], *on_delete);
            let required = *required && to < at && *on_delete != OnDelete::Nullify;
            fields.push(if required { field } else { optional(field) });
        }
        let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
        let mut unique: Vec<Vec<String>> = self.unique.iter().map(|tuple| tuple_of(tuple, &names)).collect();
        if self.pair && self.references.len() >= 2 {
            unique.push(vec!["r0".to_owned(), "r1".to_owned()]);
        }
        unique.retain(|tuple| !tuple.is_empty());
        // Every other one, so that fields with and without an index are asked alike.
        let values = self.values.iter().enumerate().step_by(2).filter(|(_, (of, _))| *of != Type::Json);
        let indexed = values.map(|(number, _)| format!("v{number}")).collect();
        Declaration { fields, unique, indexed, ..model }
    }
}

/// A tuple of different names.
pub fn tuple_of(places: &[Index], names: &[String]) -> Vec<String> {
    let mut tuple: Vec<String> = Vec::new();
    for name in places.iter().filter(|_| !names.is_empty()).map(|place| place.get(names)) {
        if !tuple.contains(name) {
            tuple.push(name.clone());
        }
    }
    tuple
}
