//! How a collection is reached: from its declaration to a path of hops.

use crate::store::error::{Error, Result, nearest};
use crate::store::id::{ModelId, Reference};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Collection, Kind};

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

impl Schema {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::tests::{clinic, many, model};

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
    fn plurals() {
        assert!(singulars("cities").contains(&"city".to_owned()));
        assert!(singulars("people").contains(&"person".to_owned()));
        assert!(singulars("boxes").contains(&"box".to_owned()));
    }
}
