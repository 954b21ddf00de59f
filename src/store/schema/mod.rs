//! The models of a store and how they refer to each other; what collections lead to is the wing `ask`'s to say.

pub mod declaration;
mod mermaid;
pub mod model;
mod show;

use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Reference};
use crate::store::schema::declaration::{Declaration, Field, Kind};
use crate::store::schema::model::Model;

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

    /// The model that nobody has declared here and that a declaration takes over: the one with its table; where there is
    /// none, the one that has what it `was`, as its table or its class. Refuses where that could be two.
    pub fn claimable(&self, table: &str, was: &[String]) -> Result<Option<ModelId>> {
        if let Some(model) = self.by_table(table) {
            return Ok(self.model(model).is_unclaimed.then_some(model));
        }
        let had = |model: &&Model| model.is_unclaimed && (was.contains(&model.table) || was.contains(&model.name));
        let found: Vec<&Model> = self.models.iter().filter(had).collect();
        match *found {
            [] => Ok(None),
            [only] => Ok(self.by_table(&only.table)),
            [one, two, ..] => Err(Error::Schema(format!(
                "{}: {} (table {}) and {} (table {}) both have what it was called; say one table with was=...",
                table, one.name, one.table, two.name, two.table
            ))),
        }
    }

    /// The field that a name stands for: its own, or, as files call it, `user_id` for the reference `user`. `SchemaError` where
    /// the reference leads to a model with a key, for which an id is no name.
    pub fn field_named(&self, model: ModelId, name: &str) -> Result<Option<usize>> {
        let of = self.model(model);
        let place = |name: &str| of.fields.iter().position(|field| field.name == name);
        if let Some(field) = place(name) {
            return Ok(Some(field));
        }
        let is_collection = of.collections.iter().any(|collection| collection.name == name);
        let Some(field) = name.strip_suffix("_id").filter(|_| !is_collection).and_then(place) else { return Ok(None) };
        let Some(target) = self.refers_to(model, field).map(|to| self.model(to)) else { return Ok(None) };
        match target.key.is_empty() {
            true => Ok(Some(field)),
            false => Err(Error::Schema(format!(
                "{0}.{name}: {1} has a key, so '{2}' is the key, and '{2}.id' the id",
                of.name, target.name, of.fields[field].name
            ))),
        }
    }

    /// Gives a model another table.
    pub(in crate::store) fn rename(&mut self, model: ModelId, table: &str) {
        table.clone_into(&mut self.models[model.index()].table);
    }

    /// Adds models, which may refer to each other. All are checked first: on an error none is added.
    pub fn add(&mut self, declarations: Vec<Declaration>) -> Result<Vec<ModelId>> {
        for (at, declaration) in declarations.iter().enumerate() {
            let model = self.by_table(&declaration.table).map(|id| self.model(id).name.as_str());
            let fellow = declarations[..at].iter().find(|other| other.table == declaration.table);
            if let Some(name) = model.or(fellow.map(|other| other.name.as_str())) {
                let who = match name == declaration.name {
                    true => format!(
                        "two classes named {name}, say of two modules, one that was imported twice, or one that the store \
                         made itself, which `store.models()` has"
                    ),
                    false => format!("{name} and {}", declaration.name),
                };
                let table = &declaration.table;
                let message =
                    format!("two models of one store have the table '{table}': {who}; give one of them table=...");
                return Err(Error::Schema(message));
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
    pub(in crate::store) fn unclaim(&mut self, models: &[ModelId]) {
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
    /// The model this declares, in a store with these tables.
    fn resolved(self, tables: &[String]) -> Result<Model> {
        self.check()?;
        let unique = self.unique.iter().map(|tuple| self.unique_fields(tuple)).collect::<Result<_>>()?;
        let (key, indexed) = (self.unique_fields(&self.key)?, self.unique_fields(&self.indexed)?);
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
        Ok(Model { name, table, fields, collections, unique, indexed, key, referrers: Vec::new(), is_unclaimed: false })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::store::schema::declaration::{Collection, OnDelete};

    pub fn reference(name: &str, to: &str) -> Field<String> {
        Field { name: name.into(), kind: Kind::Reference(to.into(), OnDelete::Restrict), optional: false }
    }

    pub fn many(name: &str, target: &str, through: Option<&str>) -> Collection {
        let through = through.map(str::to_owned);
        Collection { name: name.into(), target: target.into(), through, ..Collection::default() }
    }

    pub fn model(name: &str, fields: Vec<Field<String>>, collections: Vec<Collection>) -> Declaration {
        let table = name.to_lowercase() + "s";
        Declaration { name: name.into(), table, fields, collections, ..Declaration::default() }
    }

    pub fn models_of_clinic() -> Vec<Declaration> {
        let collections = |other: &str, table: &str| {
            vec![many("appointments", "appointments", None), many(other, table, Some("appointments"))]
        };
        vec![
            model("Doctor", vec![], collections("patients", "patients")),
            model("Patient", vec![], collections("doctors", "doctors")),
            model("Appointment", vec![reference("doctor", "doctors"), reference("patient", "patients")], vec![]),
        ]
    }

    fn clinic() -> Schema {
        let mut schema = Schema::default();
        schema.add(models_of_clinic()).unwrap();
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
