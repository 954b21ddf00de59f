//! Models, fields, references, collections, and the paths that collections resolve to. Naming mistakes are caught here.

use std::collections::HashSet;
use std::fmt;

use super::error::{Error, Result, nearest};
use super::id::{ModelId, Reference};
use super::value::Type;

/// What a delete does to the rows that refer to the deleted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnDelete {
    /// They forbid it.
    #[default]
    Restrict,
    /// They go too.
    Cascade,
    /// They refer to nothing from then on.
    Nullify,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<M> {
    /// A value of a type.
    Value(Type),
    /// Another row: a `belongs_to`. `M` is how its model is named: by table in a declaration, by id in a schema.
    Reference(M, OnDelete),
}

/// A field, as declared (`M` = `String`, the table of the model it refers to) or in a schema (`M` = [`ModelId`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<M = ModelId> {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind<M>,
    /// Whether it may hold nothing.
    pub optional: bool,
}

/// A collection as it was declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// The table of its members' model; empty while that is not known.
    pub target: String,
    /// The collection of the same model that it goes through.
    pub through: Option<String>,
    /// What to follow on the members of `through`.
    pub source: Option<String>,
    /// Which reference of the child, where it has several to this model.
    pub by: Option<String>,
}

/// A model as it is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// The name of its class.
    pub name: String,
    /// Its table, by which other declarations refer to it.
    pub table: String,
    /// Its fields and references, in order.
    pub fields: Vec<Field<String>>,
    /// Its collections. Their targets need not be declared yet.
    pub collections: Vec<Collection>,
    /// Unique tuples of fields, single ones included.
    pub unique: Vec<Vec<String>>,
}

/// A model of a store.
#[derive(Clone, Debug)]
pub struct Model {
    /// The name of its class.
    pub name: String,
    /// Its table.
    pub table: String,
    /// Its fields and references, in order.
    pub fields: Vec<Field>,
    /// Its collections.
    pub collections: Vec<Collection>,
    /// Unique tuples, as indexes into `fields`.
    pub unique: Vec<Box<[usize]>>,
    /// The references of all models to this one.
    pub referrers: Vec<Reference>,
}

impl Model {
    /// The index of a field, or an error that names the nearest.
    pub fn field(&self, name: &str) -> Result<usize> {
        self.fields.iter().position(|field| field.name == name).ok_or_else(|| {
            let names = self.fields.iter().map(|field| field.name.as_str()).chain(["id"]);
            Error::Schema(format!("{} has no field '{name}'{}", self.name, nearest(name, names)))
        })
    }

    /// A collection, or an error that names the nearest.
    pub fn collection(&self, name: &str) -> Result<&Collection> {
        self.collections.iter().find(|collection| collection.name == name).ok_or_else(|| {
            let names = self.collections.iter().map(|collection| collection.name.as_str());
            Error::Schema(format!("{} has no collection '{name}'{}", self.name, nearest(name, names)))
        })
    }

    /// Where the unique tuple of exactly these two fields is among `unique`, if it is declared.
    fn unique_pair(&self, one: usize, two: usize) -> Option<usize> {
        self.unique.iter().position(|fields| **fields == [one, two] || **fields == [two, one])
    }
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// From a parent to the rows that refer to it.
    Down(Reference),
    /// From a row to the one it refers to.
    Up(Reference),
}

/// How a collection is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The model it starts from.
    pub from: ModelId,
    /// The steps.
    pub hops: Vec<Hop>,
    /// The model of its members.
    pub to: ModelId,
    /// Whether it can be written, and how.
    pub shape: Shape,
    /// Whether no member can be reached twice from one row.
    pub distinct: bool,
}

/// The kind of a path, which decides whether and how it can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No hop: the row itself, or all rows of the model.
    All,
    /// One hop down: writers set the reference.
    Inverse(Reference),
    /// Down to a join model and up its other reference: writers create and delete join rows.
    Join(Join),
    /// Anything longer is read only.
    Walk,
}

/// A join model between two others, seen from one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    /// The join model.
    pub model: ModelId,
    /// Its reference to the owner.
    pub near: usize,
    /// Its reference to the member.
    pub far: usize,
    /// Its unique index of exactly this pair, if there is one.
    pub unique: Option<usize>,
    /// Whether `far` is never none.
    pub whole: bool,
}

impl Path {
    /// All rows of a model.
    pub fn all(model: ModelId) -> Self {
        Path { from: model, hops: Vec::new(), to: model, shape: Shape::All, distinct: true }
    }
}

/// The models of a store.
#[derive(Debug, Default)]
pub struct Schema {
    models: Vec<Model>,
}

impl Schema {
    /// All models; a [`ModelId`] is an index into them.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// A model.
    pub fn model(&self, id: ModelId) -> &Model {
        &self.models[id.index()]
    }

    /// The model with a table.
    pub fn by_table(&self, table: &str) -> Option<ModelId> {
        self.models.iter().position(|model| model.table == table).map(|at| ModelId(at as u32))
    }

    /// Adds models, which may refer to each other. All are checked first: on an error none is added.
    pub fn add(&mut self, declarations: Vec<Declaration>) -> Result<Vec<ModelId>> {
        for (at, declaration) in declarations.iter().enumerate() {
            let model = self.by_table(&declaration.table).map(|id| self.model(id).name.as_str());
            let fellow = declarations[..at].iter().find(|other| other.table == declaration.table);
            if let Some(name) = model.or(fellow.map(|other| other.name.as_str())) {
                return Err(Error::Schema(format!(
                    "two models of one store have the table '{}': {name} and {}; give one of them table=...",
                    declaration.table, declaration.name
                )));
            }
        }
        let first = self.models.len();
        let tables: Vec<String> = self.models.iter().map(|model| model.table.clone()).collect();
        let tables: Vec<String> = tables.into_iter().chain(declarations.iter().map(|d| d.table.clone())).collect();
        let models = declarations.into_iter().map(|declaration| declaration.resolved(&tables));
        let models = models.collect::<Result<Vec<_>>>()?;
        self.models.extend(models);
        (first..self.models.len()).for_each(|at| self.add_referrers(ModelId(at as u32)));
        Ok((first..self.models.len()).map(|at| ModelId(at as u32)).collect())
    }

    /// The model that a new declaration of an existing one would be; nothing changes.
    pub fn redeclared(&self, id: ModelId, declaration: Declaration) -> Result<Model> {
        if declaration.table != self.model(id).table {
            let (old, new) = (&self.model(id).table, &declaration.table);
            return Err(Error::Schema(format!("{} has the table '{old}', not '{new}'", declaration.name)));
        }
        let tables: Vec<String> = self.models.iter().map(|model| model.table.clone()).collect();
        declaration.resolved(&tables)
    }

    /// Puts a model that [`redeclared`](Self::redeclared) made in its place.
    pub fn replace(&mut self, id: ModelId, model: Model) {
        for other in &mut self.models {
            other.referrers.retain(|reference| reference.model != id);
        }
        let old = std::mem::replace(&mut self.models[id.index()], model);
        self.models[id.index()].referrers.extend(old.referrers.into_iter().filter(|r| r.model != id));
        self.add_referrers(id);
    }

    fn add_referrers(&mut self, model: ModelId) {
        for field in 0..self.model(model).fields.len() {
            if let Kind::Reference(to, _) = self.model(model).fields[field].kind {
                self.models[to.index()].referrers.push(Reference { model, field });
            }
        }
    }

    /// Says which table a collection's members are in, once that is known.
    pub fn set_target(&mut self, model: ModelId, collection: &str, table: &str) {
        let collections = &mut self.models[model.index()].collections;
        if let Some(collection) = collections.iter_mut().find(|c| c.name == collection) {
            table.clone_into(&mut collection.target);
        }
    }

    /// The path of a collection.
    pub fn path(&self, model: ModelId, name: &str) -> Result<Path> {
        self.resolve(model, name, &mut Vec::new())
    }

    /// The path that goes on from another, over a reference or collection of its members.
    pub fn extended(&self, path: &Path, name: &str) -> Result<Path> {
        self.follow(path, name, &mut Vec::new())
    }

    fn resolve<'a>(&'a self, id: ModelId, name: &str, above: &mut Vec<(ModelId, &'a str)>) -> Result<Path> {
        let model = self.model(id);
        let collection = model.collection(name)?;
        if above.contains(&(id, &collection.name)) {
            return Err(Error::Schema(format!("{}.{name} goes through itself", model.name)));
        }
        above.push((id, &collection.name));
        let path = match &collection.through {
            None => self.direct(id, collection)?,
            Some(through) => {
                let what = |error: Error| match error {
                    Error::Schema(why) => Error::Schema(format!("{}.{name}: {why}", model.name)),
                    other => other,
                };
                let base = self.resolve(id, through, above).map_err(what)?;
                let source = self.source(&base, collection).map_err(what)?;
                self.follow(&base, &source, above).map_err(what)?
            }
        };
        above.pop();
        match self.by_table(&collection.target) {
            Some(target) if target != path.to => Err(Error::Schema(format!(
                "{}.{name} is declared as Many[{}], but it leads to {}",
                model.name,
                self.model(target).name,
                self.model(path.to).name
            ))),
            _ => Ok(path),
        }
    }

    /// The path of a collection without `through`: down the inverse of a reference.
    fn direct(&self, id: ModelId, collection: &Collection) -> Result<Path> {
        let (model, name) = (self.model(id), &collection.name);
        let Some(child) = self.by_table(&collection.target) else {
            return Err(Error::Undeclared { model: id, collection: name.clone() });
        };
        let to_here: Vec<&Reference> = model.referrers.iter().filter(|reference| reference.model == child).collect();
        let names: Vec<&str> = to_here.iter().map(|r| self.model(child).fields[r.field].name.as_str()).collect();
        let at = match (&collection.by, &*to_here) {
            (Some(by), _) => names.iter().position(|name| name == by).ok_or_else(|| {
                let hint = nearest(by, names.iter().copied());
                let (child, model) = (&self.model(child).name, &model.name);
                Error::Schema(format!("{model}.{name}: {child} has no reference '{by}' to {model}{hint}"))
            })?,
            (None, [_]) => 0,
            (None, []) => {
                let (child, model) = (&self.model(child).name, &model.name);
                return Err(Error::Schema(format!("{model}.{name}: {child} has no reference to {model}")));
            }
            (None, _) => {
                return Err(Error::Schema(format!(
                    "{}.{name}: {} refers to {0} by {}; say which with by=...",
                    model.name,
                    self.model(child).name,
                    names.join(" and by ")
                )));
            }
        };
        let reference = *to_here[at];
        Ok(self.path_of(id, vec![Hop::Down(reference)], child))
    }

    /// What a `through` collection follows on the members of `base`.
    fn source(&self, base: &Path, collection: &Collection) -> Result<String> {
        if let Some(source) = &collection.source {
            return Ok(source.clone());
        }
        let via = self.model(base.to);
        let has = |name: &str| {
            via.fields.iter().any(|f| f.name == name && matches!(f.kind, Kind::Reference(..)))
                || via.collections.iter().any(|c| c.name == name)
        };
        if let Some(name) = singulars(&collection.name).into_iter().find(|name| has(name)) {
            return Ok(name);
        }
        let come_by = match base.hops.last() {
            Some(Hop::Down(reference)) => Some(reference.field),
            _ => None,
        };
        let references = via
            .fields
            .iter()
            .enumerate()
            .filter(|&(at, field)| Some(at) != come_by && matches!(field.kind, Kind::Reference(..)));
        let references: Vec<&str> = references.map(|(_, field)| field.name.as_str()).collect();
        match (&*references, &*via.collections) {
            ([only], _) => Ok((*only).to_owned()),
            (_, [only]) => Ok(only.name.clone()),
            _ => Err(Error::Schema(format!(
                "{} has no '{}' to follow, and more than one or no other way on; say which with source=...",
                via.name, collection.name
            ))),
        }
    }

    fn follow<'a>(&'a self, base: &Path, name: &str, above: &mut Vec<(ModelId, &'a str)>) -> Result<Path> {
        let via = self.model(base.to);
        let mut hops = base.hops.clone();
        let reference = via.fields.iter().position(|field| field.name == name);
        let to = match reference.map(|field| (field, &via.fields[field].kind)) {
            Some((field, Kind::Reference(to, _))) => {
                hops.push(Hop::Up(Reference { model: base.to, field }));
                *to
            }
            Some(_) => return Err(Error::Schema(format!("{}.{name} is a plain field and leads nowhere", via.name))),
            None if via.collections.iter().any(|c| c.name == name) => {
                let rest = self.resolve(base.to, name, above)?;
                hops.extend(rest.hops);
                rest.to
            }
            None => {
                let references = via.fields.iter().filter(|field| matches!(field.kind, Kind::Reference(..)));
                let collections = via.collections.iter().map(|collection| collection.name.as_str());
                let hint = nearest(name, references.map(|field| field.name.as_str()).chain(collections));
                return Err(Error::Schema(format!("{} has no reference or collection '{name}'{hint}", via.name)));
            }
        };
        Ok(self.path_of(base.from, hops, to))
    }

    fn path_of(&self, from: ModelId, hops: Vec<Hop>, to: ModelId) -> Path {
        let shape = match *hops {
            [] => Shape::All,
            [Hop::Down(reference)] => Shape::Inverse(reference),
            [Hop::Down(near), Hop::Up(far)] if near.field != far.field => {
                let model = self.model(near.model);
                let unique = model.unique_pair(near.field, far.field);
                let whole = !model.fields[far.field].optional;
                Shape::Join(Join { model: near.model, near: near.field, far: far.field, unique, whole })
            }
            _ => Shape::Walk,
        };
        let distinct = match shape {
            Shape::Join(join) => join.unique.is_some(),
            _ => hops.iter().all(|hop| matches!(hop, Hop::Down(_))),
        };
        Path { from, hops, to, shape, distinct }
    }
}

impl Declaration {
    /// Refuses what is wrong in itself, whatever else is declared.
    pub fn check(&self) -> Result<()> {
        let mut seen = HashSet::new();
        let names = self.fields.iter().map(|field| &field.name).chain(self.collections.iter().map(|c| &c.name));
        if let Some(twice) = names.into_iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Error::Schema(format!("{}.{twice} is declared twice", self.name)));
        }
        let nullified =
            |field: &&Field<String>| !field.optional && matches!(field.kind, Kind::Reference(_, OnDelete::Nullify));
        if let Some(field) = self.fields.iter().find(nullified) {
            let (model, field) = (&self.name, &field.name);
            return Err(Error::Schema(format!("{model}.{field}: on_delete=\"nullify\" needs an optional reference")));
        }
        for tuple in &self.unique {
            if tuple.is_empty() {
                return Err(Error::Schema(format!("{}: an empty unique tuple", self.name)));
            }
            self.unique_fields(tuple)?;
        }
        for collection in &self.collections {
            if let Some(through) = &collection.through
                && !self.collections.iter().any(|other| other.name == *through)
            {
                let hint = nearest(through, self.collections.iter().map(|c| c.name.as_str()));
                let (model, name) = (&self.name, &collection.name);
                return Err(Error::Schema(format!("{model}.{name}: {model} has no collection '{through}'{hint}")));
            }
        }
        Ok(())
    }

    fn unique_fields(&self, tuple: &[String]) -> Result<Box<[usize]>> {
        let mut fields: Vec<usize> = Vec::new();
        for name in tuple {
            let Some(at) = self.fields.iter().position(|field| field.name == *name) else {
                let hint = nearest(name, self.fields.iter().map(|field| field.name.as_str()));
                return Err(Error::Schema(format!("{}: unique names '{name}', which is no field{hint}", self.name)));
            };
            if fields.contains(&at) {
                return Err(Error::Schema(format!("{}: unique names '{name}' twice", self.name)));
            }
            fields.push(at);
        }
        Ok(fields.into())
    }

    /// The model this declares, in a store with these tables.
    fn resolved(self, tables: &[String]) -> Result<Model> {
        self.check()?;
        let unique = self.unique.iter().map(|tuple| self.unique_fields(tuple)).collect::<Result<_>>()?;
        let mut fields = Vec::new();
        for Field { name, kind, optional } in self.fields {
            let kind = match kind {
                Kind::Value(of) => Kind::Value(of),
                Kind::Reference(to, on_delete) => match tables.iter().position(|table| *table == to) {
                    Some(at) => Kind::Reference(ModelId(at as u32), on_delete),
                    None => {
                        let model = &self.name;
                        return Err(Error::Schema(format!("{model}.{name}: no model has the table '{to}'")));
                    }
                },
            };
            fields.push(Field { name, kind, optional });
        }
        let (name, table, collections) = (self.name, self.table, self.collections);
        Ok(Model { name, table, fields, collections, unique, referrers: Vec::new() })
    }
}

/// The name itself and what it may be the plural of.
fn singulars(plural: &str) -> Vec<String> {
    let mut names = vec![plural.to_owned()];
    let mut ending = |ending: &str, singular: &str| {
        if let Some(stem) = plural.strip_suffix(ending) {
            names.push(format!("{stem}{singular}"));
        }
    };
    for (plural, singular) in [
        ("people", "person"),
        ("children", "child"),
        ("men", "man"),
        ("ies", "y"),
        ("ves", "f"),
        ("ves", "fe"),
        ("es", ""),
        ("s", ""),
    ] {
        ending(plural, singular);
    }
    names
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, model) in self.models.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            writeln!(f, "{} (table {})", model.name, model.table)?;
            for field in &model.fields {
                writeln!(f, "    {}: {}", field.name, self.kind_name(field))?;
            }
            for tuple in &model.unique {
                let names: Vec<&str> = tuple.iter().map(|&at| model.fields[at].name.as_str()).collect();
                writeln!(f, "    unique {}", names.join(", "))?;
            }
            for collection in &model.collections {
                let target = self.by_table(&collection.target).map_or("?", |id| &self.model(id).name);
                let through = collection.through.as_ref().map(|name| format!(" through {name}"));
                writeln!(f, "    {}: many {target}{}", collection.name, through.unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

impl Schema {
    /// What a field holds, as text.
    fn kind_name(&self, field: &Field) -> String {
        let name = match field.kind {
            Kind::Value(of) => of.name(),
            Kind::Reference(to, _) => &self.model(to).name,
        };
        format!("{name}{}", if field.optional { " | None" } else { "" })
    }

    /// An entity-relationship diagram in Mermaid's language.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("erDiagram\n");
        for model in &self.models {
            text += &format!("    {} {{\n        int id PK\n", model.name);
            for field in &model.fields {
                let (of, key) = match field.kind {
                    Kind::Value(of) => (of.name(), ""),
                    Kind::Reference(..) => ("int", " FK"),
                };
                text += &format!("        {of} {}{key}\n", field.name);
            }
            text += "    }\n";
        }
        for model in &self.models {
            for field in &model.fields {
                if let Kind::Reference(to, _) = field.kind {
                    let parent = if field.optional { "|o" } else { "||" };
                    text += &format!("    {} {parent}--o{{ {} : {}\n", self.model(to).name, model.name, field.name);
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(name: &str, to: &str) -> Field<String> {
        Field { name: name.into(), kind: Kind::Reference(to.into(), OnDelete::Restrict), optional: false }
    }

    fn many(name: &str, target: &str, through: Option<&str>) -> Collection {
        let through = through.map(str::to_owned);
        Collection { name: name.into(), target: target.into(), through, ..Collection::default() }
    }

    fn model(name: &str, fields: Vec<Field<String>>, collections: Vec<Collection>) -> Declaration {
        let table = name.to_lowercase() + "s";
        Declaration { name: name.into(), table, fields, collections, unique: vec![] }
    }

    fn clinic() -> Schema {
        let mut schema = Schema::default();
        let collections = |other: &str, table: &str| {
            vec![many("appointments", "appointments", None), many(other, table, Some("appointments"))]
        };
        schema
            .add(vec![
                model("Doctor", vec![], collections("patients", "patients")),
                model("Patient", vec![], collections("doctors", "doctors")),
                model("Appointment", vec![reference("doctor", "doctors"), reference("patient", "patients")], vec![]),
            ])
            .unwrap();
        schema
    }

    #[test]
    fn a_through_collection_is_a_join() {
        let schema = clinic();
        let path = schema.path(ModelId(0), "patients").unwrap();
        let join = Join { model: ModelId(2), near: 0, far: 1, unique: None, whole: true };
        assert_eq!((path.to, path.shape, path.distinct), (ModelId(1), Shape::Join(join), false));
        assert_eq!(
            schema.path(ModelId(0), "appointments").unwrap().shape,
            Shape::Inverse(Reference { model: ModelId(2), field: 0 })
        );
    }

    #[test]
    fn wrong_names_name_the_nearest() {
        let error = clinic().path(ModelId(0), "patience").unwrap_err().to_string();
        assert_eq!(error, "Doctor has no collection 'patience' (did you mean 'patients'?)");
    }

    #[test]
    fn a_collection_cannot_go_through_itself() {
        let mut schema = Schema::default();
        let collections = vec![many("a", "as", Some("b")), many("b", "as", Some("a"))];
        schema.add(vec![model("A", vec![], collections)]).unwrap();
        let error = schema.path(ModelId(0), "a").unwrap_err().to_string();
        assert!(error.contains("goes through itself"), "{error}");
    }

    #[test]
    fn two_models_cannot_share_a_table() {
        let mut schema = clinic();
        assert!(schema.add(vec![model("Nurse", vec![], vec![]), model("Doctor", vec![], vec![])]).is_err());
        assert_eq!(schema.models().len(), 3);
    }

    #[test]
    fn plurals() {
        assert!(singulars("cities").contains(&"city".to_owned()));
        assert!(singulars("people").contains(&"person".to_owned()));
        assert!(singulars("boxes").contains(&"box".to_owned()));
    }

    #[test]
    fn the_diagram_shows_references() {
        assert!(clinic().to_mermaid().contains("Doctor ||--o{ Appointment : doctor"));
    }
}
