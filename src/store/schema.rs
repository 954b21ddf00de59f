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
    /// The name of its members' class, as declared.
    pub of: String,
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
    /// Whether it is only known from a file: whoever declares its table next claims it.
    pub is_unclaimed: bool,
}

impl Model {
    /// The index of a field, or an error that names the nearest.
    pub fn field(&self, name: &str) -> Result<usize> {
        self.fields.iter().position(|field| field.name == name).ok_or_else(|| {
            if self.collections.iter().any(|collection| collection.name == name) {
                return Error::Schema(format!("{}.{name} is a collection, not a field", self.name));
            }
            let names = self.fields.iter().map(|field| field.name.as_str()).chain(["id"]);
            Error::Schema(format!("{} has no field '{name}'{}", self.name, nearest(name, names)))
        })
    }

    /// The index of a reference and the model that it refers to, or an error that names the nearest or all of them.
    pub fn reference(&self, name: &str) -> Result<(usize, ModelId)> {
        let references = self.fields.iter().enumerate().filter_map(|(at, field)| match field.kind {
            Kind::Reference(to, _) => Some((field.name.as_str(), at, to)),
            Kind::Value(_) => None,
        });
        if let Some((_, at, to)) = references.clone().find(|(other, ..)| *other == name) {
            return Ok((at, to));
        }
        let names: Vec<&str> = references.map(|(name, ..)| name).collect();
        let hint = match nearest(name, names.iter().copied()) {
            hint if hint.is_empty() && !names.is_empty() => format!("; it has {}", names.join(", ")),
            hint => hint,
        };
        Err(Error::Schema(format!("{} has no reference '{name}'{hint}", self.name)))
    }

    /// The index of a field of numbers, or an error that names the nearest.
    pub fn number(&self, name: &str) -> Result<usize> {
        let field = self.field(name)?;
        match self.fields[field].kind {
            Kind::Value(Type::Int | Type::Float | Type::Bool) => Ok(field),
            _ => Err(Error::Schema(format!("{}.{name} is no int, float or bool and cannot be summed", self.name))),
        }
    }

    /// A collection, or an error that names the nearest.
    pub fn collection(&self, name: &str) -> Result<&Collection> {
        self.collections.iter().find(|collection| collection.name == name).ok_or_else(|| {
            let names = self.collections.iter().map(|collection| collection.name.as_str());
            Error::Schema(format!("{} has no collection '{name}'{}", self.name, nearest(name, names)))
        })
    }

    /// Where the unique tuple of exactly these two fields is among `unique`, if it is declared.
    pub(super) fn unique_pair(&self, one: usize, two: usize) -> Option<usize> {
        self.unique.iter().position(|fields| **fields == [one, two] || **fields == [two, one])
    }
}

/// The models of a store.
#[derive(Clone, Debug, Default)]
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

    /// The model that a field refers to.
    pub fn refers_to(&self, model: ModelId, field: usize) -> Option<ModelId> {
        match self.model(model).fields[field].kind {
            Kind::Reference(to, _) => Some(to),
            Kind::Value(_) => None,
        }
    }

    /// The name of a model, with its table where another model of the store has the same name.
    pub fn label(&self, model: &Model) -> String {
        match self.models.iter().filter(|other| other.name == model.name).count() {
            ..=1 => model.name.clone(),
            _ => format!("{} ({})", model.name, model.table),
        }
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
        self.models[id.index()].referrers.extend(old.referrers);
        self.add_referrers(id);
    }

    /// Models that are only known from a file, until somebody declares their tables.
    pub(super) fn unclaim(&mut self, models: &[ModelId]) {
        models.iter().for_each(|id| self.models[id.index()].is_unclaimed = true);
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
        Ok(Model { name, table, fields, collections, unique, referrers: Vec::new(), is_unclaimed: false })
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, model) in self.models.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            let class = if model.is_unclaimed { ", which no class declares" } else { "" };
            writeln!(f, "{} (table {}{class})", model.name, model.table)?;
            for field in &model.fields {
                writeln!(f, "    {}: {}", field.name, self.kind_name(field))?;
            }
            for tuple in &model.unique {
                let names: Vec<&str> = tuple.iter().map(|&at| model.fields[at].name.as_str()).collect();
                writeln!(f, "    unique {}", names.join(", "))?;
            }
            for collection in &model.collections {
                let through = collection.through.as_ref().map(|name| format!(" through {name}"));
                writeln!(f, "    {}: many {}{}", collection.name, collection.of, through.unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

impl Schema {
    /// What a field holds, as text.
    pub(super) fn kind_name(&self, field: &Field) -> String {
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
pub(super) mod tests {
    use super::*;

    fn reference(name: &str, to: &str) -> Field<String> {
        Field { name: name.into(), kind: Kind::Reference(to.into(), OnDelete::Restrict), optional: false }
    }

    pub fn many(name: &str, target: &str, through: Option<&str>) -> Collection {
        let through = through.map(str::to_owned);
        Collection { name: name.into(), target: target.into(), through, ..Collection::default() }
    }

    pub fn model(name: &str, fields: Vec<Field<String>>, collections: Vec<Collection>) -> Declaration {
        let table = name.to_lowercase() + "s";
        Declaration { name: name.into(), table, fields, collections, unique: vec![] }
    }

    pub fn clinic() -> Schema {
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
    fn two_models_cannot_share_a_table() {
        let mut schema = clinic();
        assert!(schema.add(vec![model("Nurse", vec![], vec![]), model("Doctor", vec![], vec![])]).is_err());
        assert_eq!(schema.models().len(), 3);
    }

    #[test]
    fn what_is_no_reference_names_those_there_are() {
        let schema = clinic();
        let appointment = schema.model(ModelId(2));
        assert_eq!(appointment.reference("patient").unwrap(), (1, ModelId(1)));
        let error = |name| appointment.reference(name).unwrap_err().to_string();
        assert_eq!(error("pateint"), "Appointment has no reference 'pateint' (did you mean 'patient'?)");
        assert_eq!(error("at"), "Appointment has no reference 'at'; it has doctor, patient");
        assert!(appointment.number("patient").is_err() && appointment.number("cost").is_err());
    }

    #[test]
    fn the_diagram_shows_references() {
        assert!(clinic().to_mermaid().contains("Doctor ||--o{ Appointment : doctor"));
    }
}
