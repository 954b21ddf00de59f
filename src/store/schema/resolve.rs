//! From the declaration of a collection to its path.

use crate::store::error::{Error, Result, nearest};
use crate::store::id::{ModelId, Reference};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Collection, Kind};
use crate::store::schema::path::{DEEPEST, Hop, Join, Path, Shape};

/// A collection whose path is being looked up.
struct Open<'a> {
    model: ModelId,
    collection: &'a Collection,
    /// The path of the collection that it goes through, once that is known and leads on over another collection.
    base: Option<Path>,
}

/// How far a collection's path has come.
enum Advance<'a> {
    Done(Path),
    /// The path of this one is needed first.
    Needs(ModelId, &'a Collection),
}

/// What a path goes on over.
enum Next<'a> {
    Reference(Path),
    Collection(&'a Collection),
}

impl Schema {
    /// The path of a collection. Raises for one that goes through itself, or through more than [`DEEPEST`] others.
    pub fn path(&self, model: ModelId, name: &str) -> Result<Path> {
        let mut open = vec![Open { model, collection: self.model(model).collection(name)?, base: None }];
        let mut known: Option<Path> = None;
        while let Some(top) = open.last_mut() {
            match self.advance(top, known.take()) {
                Ok(Advance::Done(path)) => {
                    let done = self.check_target(top.model, top.collection, &path);
                    open.pop();
                    done.map_err(|error| self.traced(&open, error))?;
                    known = Some(path);
                }
                Ok(Advance::Needs(model, collection)) => {
                    self.check_new(&open, model, collection).map_err(|error| self.traced(&open, error))?;
                    open.push(Open { model, collection, base: None });
                }
                Err(error) => {
                    // The error of a collection without `through` names it.
                    if top.collection.through.is_none() {
                        open.pop();
                    }
                    return Err(self.traced(&open, error));
                }
            }
        }
        known.ok_or_else(|| Error::Schema(format!("{}.{name} leads nowhere", self.model(model).name)))
    }

    /// The path that goes on from another, over a reference or collection of its members.
    pub fn extended(&self, path: &Path, name: &str) -> Result<Path> {
        match self.next(path, name)? {
            Next::Reference(path) => Ok(path),
            Next::Collection(collection) => self.joined(path, &self.path(path.to, &collection.name)?),
        }
    }

    /// Takes a collection one step on, given the path it asked for last.
    fn advance<'a>(&'a self, open: &mut Open<'a>, known: Option<Path>) -> Result<Advance<'a>> {
        let (model, collection) = (open.model, open.collection);
        let path = match (&collection.through, open.base.take(), known) {
            (None, _, _) => self.direct(model, collection)?,
            (Some(through), _, None) => return Ok(Advance::Needs(model, self.model(model).collection(through)?)),
            (Some(_), None, Some(base)) => match self.next(&base, &self.source(&base, collection)?)? {
                Next::Reference(path) => path,
                Next::Collection(next) => {
                    let at = base.to;
                    open.base = Some(base);
                    return Ok(Advance::Needs(at, next));
                }
            },
            (Some(_), Some(base), Some(rest)) => self.joined(&base, &rest)?,
        };
        Ok(Advance::Done(path))
    }

    /// Refuses a path through a collection that is being looked up already, and one through too many.
    fn check_new(&self, open: &[Open<'_>], model: ModelId, collection: &Collection) -> Result<()> {
        let name = &self.model(model).name;
        if open.iter().any(|other| other.model == model && other.collection.name == collection.name) {
            return Err(Error::Schema(format!("{name}.{} goes through itself", collection.name)));
        }
        match open.len() < DEEPEST {
            true => Ok(()),
            false => Err(Error::Schema(format!("it goes through more than {DEEPEST} collections"))),
        }
    }

    /// An error with the collections on whose way it was met.
    fn traced(&self, open: &[Open<'_>], error: Error) -> Error {
        let Error::Schema(why) = error else { return error };
        let names = open.iter().map(|open| format!("{}.{}", self.model(open.model).name, open.collection.name));
        let names: Vec<String> = names.collect();
        let shown = match &*names {
            [first, .., last] if names.len() > 8 => format!("{first}: ...: {last}"),
            all => all.join(": "),
        };
        Error::Schema(if shown.is_empty() { why } else { format!("{shown}: {why}") })
    }

    fn check_target(&self, model: ModelId, collection: &Collection, path: &Path) -> Result<()> {
        match self.by_table(&collection.target) {
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
        self.path_of(id, vec![Hop::Down(reference)], child)
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

    /// What a path goes on over: a reference or collection of its members.
    fn next(&self, base: &Path, name: &str) -> Result<Next<'_>> {
        let via = self.model(base.to);
        match via.fields.iter().position(|field| field.name == name).map(|field| (field, &via.fields[field].kind)) {
            Some((field, Kind::Reference(to, _))) => {
                let mut hops = base.hops.clone();
                hops.push(Hop::Up(Reference { model: base.to, field }));
                return self.path_of(base.from, hops, *to).map(Next::Reference);
            }
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

    /// A path, and then another from where it leads.
    fn joined(&self, base: &Path, rest: &Path) -> Result<Path> {
        let hops = base.hops.iter().chain(&rest.hops).copied().collect();
        self.path_of(base.from, hops, rest.to)
    }

    fn path_of(&self, from: ModelId, hops: Vec<Hop>, to: ModelId) -> Result<Path> {
        if hops.len() > DEEPEST {
            let (from, to) = (&self.model(from).name, &self.model(to).name);
            let message = format!("from {from} to {to} it is more than {DEEPEST} steps over references");
            return Err(Error::Schema(message));
        }
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
        Ok(Path { from, hops, to, shape, distinct })
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
    use crate::store::schema::declaration::Field;
    use crate::store::schema::tests::{clinic, many, model, reference};

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
    fn a_path_has_an_end() {
        let mut schema = Schema::default();
        let mut collections = vec![many("c0", "as", None)];
        for at in 1..10_000 {
            collections.push(many(&format!("c{at}"), "as", Some(&format!("c{}", at - 1))));
        }
        collections.iter_mut().for_each(|collection| collection.source = Some("up".into()));
        let up = Field { optional: true, ..reference("up", "as") };
        schema.add(vec![model("A", vec![up], collections)]).unwrap();
        assert_eq!(schema.path(ModelId(0), "c63").unwrap().hops.len(), DEEPEST);
        let error = schema.path(ModelId(0), "c9999").unwrap_err().to_string();
        assert!(error.ends_with("it goes through more than 64 collections") && error.len() < 200, "{error}");
    }

    #[test]
    fn a_path_that_doubles_has_an_end() {
        let mut schema = Schema::default();
        let mut collections = vec![many("c0", "as", None)];
        for at in 1..60 {
            let through = format!("c{}", at - 1);
            let source = Some(through.clone());
            collections.push(Collection { source, ..many(&format!("c{at}"), "as", Some(&through)) });
        }
        let up = Field { optional: true, ..reference("up", "as") };
        schema.add(vec![model("A", vec![up], collections)]).unwrap();
        assert_eq!(schema.path(ModelId(0), "c6").unwrap().hops.len(), DEEPEST);
        let error = schema.path(ModelId(0), "c59").unwrap_err().to_string();
        assert!(error.contains("more than 64 steps"), "{error}");
    }

    #[test]
    fn plurals() {
        assert!(singulars("cities").contains(&"city".to_owned()));
        assert!(singulars("people").contains(&"person".to_owned()));
        assert!(singulars("boxes").contains(&"box".to_owned()));
    }
}
