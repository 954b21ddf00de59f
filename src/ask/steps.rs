//! The steps of paths as a schema has them: down an inverse, up a reference, on over a collection.

use crate::ask::singulars::singulars;
use crate::store::error::{Error, Result, nearest};
use crate::store::id::{ModelId, Reference};
use crate::store::read::path::{DEEPEST, Hop, Join, Path, Shape, length};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Collection, Kind};
use crate::store::schema::model::Model;

/// Makes paths of steps.
#[derive(Clone, Copy)]
pub struct Steps<'a> {
    /// Whose names they have.
    pub schema: &'a Schema,
}

/// What a path goes on over.
pub enum Next<'a> {
    /// This field, which refers to this model.
    Reference(usize, ModelId),
    /// This collection.
    Collection(&'a Collection),
}

impl<'a> Steps<'a> {
    /// A model.
    pub fn model(self, id: ModelId) -> &'a Model {
        self.schema.model(id)
    }

    /// The path of a collection without `through`: down the inverse of a reference.
    pub fn direct(self, id: ModelId, collection: &Collection) -> Result<Path> {
        let (model, name) = (self.model(id), &collection.name);
        let Some(child) = self.schema.by_table(&collection.target) else {
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
        if collection.is_one && !self.model(child).unique.iter().any(|key| **key == [reference.field]) {
            let (child, field) = (&self.model(child).name, &self.model(child).fields[reference.field].name);
            return Err(Error::Schema(format!(
                "{0}.{name}: {child}.{field} is not unique, so a {0} may have several {child}; write {field}: {0} = \
                 field(unique=True) in {child}, or {name}: Many[{child}] = has_many()",
                model.name
            )));
        }
        self.path_of(id, vec![Hop::Down(reference)], child)
    }

    /// What a `through` collection follows on the members of `base`.
    pub fn source(self, base: &Path, collection: &Collection) -> Result<String> {
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
        let come_by = match base.references().last() {
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

    /// What a path goes on over: a reference or collection of its members.
    pub fn next(self, base: &Path, name: &str) -> Result<Next<'a>> {
        let via = self.model(base.to);
        match via.fields.iter().position(|field| field.name == name).map(|field| (field, &via.fields[field].kind)) {
            Some((field, Kind::Reference(to, _))) => return Ok(Next::Reference(field, *to)),
            Some(_) => return Err(Error::Schema(format!("{}.{name} is a plain field and leads nowhere", via.name))),
            None => {}
        }
        via.collections.iter().find(|collection| collection.name == name).map(Next::Collection).ok_or_else(|| {
            let references = via.fields.iter().filter(|field| matches!(field.kind, Kind::Reference(..)));
            let collections = via.collections.iter().map(|collection| collection.name.as_str());
            let hint = nearest(name, references.map(|field| field.name.as_str()).chain(collections));
            Error::Schema(format!("{} has no reference or collection '{name}'{hint}", via.name))
        })
    }

    /// A path, and then up a reference of its members.
    pub fn up(self, base: &Path, field: usize, to: ModelId) -> Result<Path> {
        let mut hops = base.hops.clone();
        hops.push(Hop::Up(Reference { model: base.to, field }));
        self.path_of(base.from, hops, to)
    }

    /// A path, and then another from where it leads.
    pub fn joined(self, base: &Path, rest: &Path) -> Result<Path> {
        let hops = base.hops.iter().chain(&rest.hops).cloned().collect();
        self.path_of(base.from, hops, rest.to)
    }

    /// A path of these hops. Raises for one that is longer than [`DEEPEST`].
    pub fn path_of(self, from: ModelId, hops: Vec<Hop>, to: ModelId) -> Result<Path> {
        if length(&hops) > DEEPEST {
            let (from, to) = (&self.model(from).name, &self.model(to).name);
            let message = format!("from {from} to {to} it is more than {DEEPEST} steps over references and conditions");
            return Err(Error::Schema(message));
        }
        let mut path = Path { from, hops, to, shape: Shape::Walk, bare: Shape::Walk, distinct: false };
        let steps = path.references();
        path.bare = match *steps {
            [] => Shape::All,
            [Hop::Down(reference)] => Shape::Inverse(*reference),
            [Hop::Down(near), Hop::Up(far)] if near.field != far.field => {
                let model = self.model(near.model);
                let unique = model.unique_pair(near.field, far.field);
                let whole = !model.fields[far.field].optional;
                Shape::Join(Join { model: near.model, near: near.field, far: far.field, unique, whole })
            }
            _ => Shape::Walk,
        };
        path.distinct = match path.bare {
            Shape::Join(join) => join.unique.is_some(),
            _ => path.references().iter().all(|hop| matches!(hop, Hop::Down(_))),
        };
        path.shape = if path.has_terms() { Shape::Walk } else { path.bare };
        Ok(path)
    }

    /// Refuses a path that leads to another model than was declared.
    pub fn check_target(self, model: ModelId, collection: &Collection, path: &Path) -> Result<()> {
        match self.schema.by_table(&collection.target) {
            Some(target) if target != path.to => Err(Error::Schema(format!(
                "{}.{} is declared as Many[{}], but it leads to {}",
                self.model(model).name,
                collection.name,
                self.model(target).name,
                self.model(path.to).name
            ))),
            _ => Ok(()),
        }
    }
}
