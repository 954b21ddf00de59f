//! From the declaration of a collection to its path.

use std::sync::Arc;

use crate::ask::check::Checker;
use crate::ask::steps::{Next, Steps};
use crate::ask::terms::{self, Constant, Declared, Part, Said, Subject, from_step};
use crate::store::Store;
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::read::path::{DEEPEST, Hop, Path};
use crate::store::schema::declaration::Collection;
use crate::store::schema::model::Model;

/// The path of a collection. Raises for one that goes through itself, or through more than [`DEEPEST`] others, and for
/// terms that are wrong.
pub fn path(engine: &Store, model: ModelId, name: &str) -> Result<Path> {
    Resolver { engine, within: None }.path(model, name)
}

/// The path that goes on from another, over a reference or collection of its members.
pub fn extended(engine: &Store, path: &Path, name: &str) -> Result<Path> {
    let resolver = Resolver { engine, within: None };
    match resolver.steps().next(path, name)? {
        Next::Reference(field, to) => resolver.steps().up(path, field, to),
        Next::Collection(collection) => resolver.steps().joined(path, &resolver.path(path.to, &collection.name)?),
    }
}

/// Makes paths.
struct Resolver<'a> {
    engine: &'a Store,
    /// The collections whose conditions and orders ask for this one.
    within: Option<&'a Within<'a>>,
}

/// A collection whose condition or order is being looked up, and those that ask for it.
struct Within<'a> {
    model: ModelId,
    name: &'a str,
    outer: Option<&'a Within<'a>>,
    /// How many there are.
    depth: usize,
}

/// Conditions may ask for collections with conditions, so many in each other: each takes stack when it is computed.
const CONDITIONS: usize = 4;

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

impl<'a> Resolver<'a> {
    fn steps(&self) -> Steps<'a> {
        Steps { schema: self.engine.schema() }
    }

    fn model(&self, id: ModelId) -> &'a Model {
        self.steps().model(id)
    }

    fn path(&self, model: ModelId, name: &str) -> Result<Path> {
        let collection = self.model(model).collection(name)?;
        self.check_new(&[], model, collection)?;
        let mut open = vec![Open { model, collection, base: None }];
        let mut known: Option<Path> = None;
        while let Some(top) = open.last_mut() {
            match self.advance(top, known.take()) {
                Ok(Advance::Done(path)) => {
                    let done = self.steps().check_target(top.model, top.collection, &path);
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

    /// Takes a collection one step on, given the path it asked for last.
    fn advance(&self, open: &mut Open<'a>, known: Option<Path>) -> Result<Advance<'a>> {
        let (model, collection) = (open.model, open.collection);
        let narrowing = Narrowing::of(self, model, collection)?;
        let path = match (&collection.through, open.base.take(), known) {
            (None, _, _) => {
                let path = self.steps().direct(model, collection)?;
                narrowing.of_members(path).map_err(|error| named(self.model(model), collection, error))?
            }
            (Some(through), _, None) => return Ok(Advance::Needs(model, self.model(model).collection(through)?)),
            (Some(_), None, Some(base)) => {
                let source = self.steps().source(&base, collection)?;
                match self.steps().next(&base, &source)? {
                    Next::Reference(field, to) => {
                        let base = narrowing.of_steps(base, Some(&source))?;
                        self.steps().up(&base, field, to)?
                    }
                    Next::Collection(next) => {
                        let at = base.to;
                        open.base = Some(base);
                        return Ok(Advance::Needs(at, next));
                    }
                }
            }
            (Some(_), Some(base), Some(rest)) => {
                let base = narrowing.of_steps(base, None)?;
                narrowing.of_members(self.steps().joined(&base, &rest)?)?
            }
        };
        Ok(Advance::Done(path))
    }

    /// Refuses a path through a collection that is being looked up already, and one through too many.
    fn check_new(&self, open: &[Open<'_>], model: ModelId, collection: &Collection) -> Result<()> {
        let name = &self.model(model).name;
        if open.iter().any(|other| other.model == model && other.collection.name == collection.name) {
            return Err(Error::Schema(format!("{name}.{} goes through itself", collection.name)));
        }
        let mut within = self.within;
        while let Some(outer) = within {
            if outer.model == model && outer.name == collection.name {
                return Err(Error::Schema(format!(
                    "{name}.{} is asked for by its own condition or order, directly or by way of others",
                    collection.name
                )));
            }
            within = outer.outer;
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
}

/// A condition and an order that a collection adds to the paths that it is made of.
struct Narrowing<'r, 'a> {
    resolver: &'r Resolver<'a>,
    model: ModelId,
    collection: &'a Collection,
    declared: Option<Arc<Declared>>,
}

impl<'r, 'a> Narrowing<'r, 'a> {
    fn of(resolver: &'r Resolver<'a>, model: ModelId, collection: &'a Collection) -> Result<Self> {
        let declared = collection.terms.as_ref().map(Declared::of).transpose()?;
        Ok(Narrowing { resolver, model, collection, declared })
    }

    /// What the path of the collection that it goes through is narrowed to: by what is said of its rows. Where a
    /// reference, `source`, leads from these to the members, all can be said of them.
    fn of_steps(&self, base: Path, source: Option<&str>) -> Result<Path> {
        let (Some(declared), Some(through)) = (&self.declared, &self.collection.through) else { return Ok(base) };
        let is_of_steps = |expr: &Said| -> Result<bool> {
            match (source, Subject::of(expr, through)) {
                (Some(_), _) | (None, Subject::Step) => Ok(true),
                (None, Subject::Member) => Ok(false),
                (None, Subject::Both) => Err(Error::Schema(format!(
                    "{expr} is of {through} and of the members, and several members follow from one of these; \
                     write one condition for each"
                ))),
            }
        };
        let (mut part, from_step) = (Part::default(), |expr: &Said| from_step(expr, through, source));
        for expr in &declared.conditions {
            if is_of_steps(expr)? {
                part.add_condition(from_step(expr), expr);
            }
        }
        for (key, falls) in &declared.order {
            if is_of_steps(key)? {
                part.add_key((from_step(key), *falls), key);
            }
        }
        if part.keys.len() != declared.order.len() && !part.keys.is_empty() {
            return Err(Error::Schema(format!(
                "an order is of {through} or of the members, not of both: several members follow from one of {through}"
            )));
        }
        let step = |error| match error {
            Error::Schema(why) => {
                Error::Schema(format!("{why}; a path that begins with {through} is of a row in that"))
            }
            error => error,
        };
        self.narrowed(base, declared, &part).map_err(step)
    }

    /// What is said of the members, and was not said of steps.
    fn of_members(&self, path: Path) -> Result<Path> {
        let Some(declared) = &self.declared else { return Ok(path) };
        let is_of_members = |expr: &Said| match &self.collection.through {
            Some(through) => Subject::of(expr, through) == Subject::Member,
            None => true,
        };
        let mut part = Part::default();
        declared.conditions.iter().filter(|expr| is_of_members(expr)).for_each(|expr| {
            part.add_condition(expr.clone(), expr);
        });
        declared.order.iter().filter(|(key, _)| is_of_members(key)).for_each(|(key, falls)| {
            part.add_key((key.clone(), *falls), key);
        });
        self.narrowed(path, declared, &part)
    }

    fn narrowed(&self, path: Path, declared: &Arc<Declared>, part: &Part) -> Result<Path> {
        if part.conditions.is_empty() && part.keys.is_empty() {
            return Ok(path);
        }
        let Resolver { engine, within } = *self.resolver;
        let depth = within.map_or(0, |within| within.depth) + 1;
        if depth > CONDITIONS {
            return Err(Error::Schema(format!(
                "its condition asks for conditions more than {CONDITIONS} in each other"
            )));
        }
        let within = Within { model: self.model, name: &self.collection.name, outer: within, depth };
        let given = |constant: &Constant| Ok(constant.given.clone());
        let path_of =
            |model: ModelId, name: &str| Resolver { engine, within: Some(&within) }.path(model, name).map(Arc::new);
        let checker = Checker { engine, given: &given, path: &path_of, is_lasting: true };
        let (from, to, mut hops) = (path.from, path.to, path.hops);
        if !part.conditions.is_empty() {
            hops.push(Hop::Keep(terms::condition(&checker, to, declared, part)?));
        }
        if !part.keys.is_empty() {
            hops = vec![Hop::Sorted(hops.into(), terms::order(&checker, to, declared, part)?)];
        }
        self.resolver.steps().path_of(from, hops, to)
    }
}

/// The error of a collection without `through`, which does not name it.
fn named(model: &Model, collection: &Collection, error: Error) -> Error {
    match error {
        Error::Schema(why) => Error::Schema(format!("{}.{}: {why}", model.name, collection.name)),
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::id::Reference;
    use crate::store::read::path::{Join, Shape};
    use crate::store::schema::declaration::{Declaration, Field};
    use crate::store::schema::tests::{many, model, models_of_clinic, reference};

    fn store(models: Vec<Declaration>) -> Store {
        let mut store = Store::default();
        store.declare(models).unwrap();
        store
    }

    fn clinic() -> Store {
        store(models_of_clinic())
    }

    #[test]
    fn a_through_collection_is_a_join() {
        let clinic = clinic();
        let path = path(&clinic, ModelId(0), "patients").unwrap();
        let join = Join { model: ModelId(2), near: 0, far: 1, unique: None, whole: true };
        assert_eq!((path.to, path.shape, path.distinct), (ModelId(1), Shape::Join(join), false));
        assert_eq!(
            super::path(&clinic, ModelId(0), "appointments").unwrap().shape,
            Shape::Inverse(Reference { model: ModelId(2), field: 0 })
        );
    }

    #[test]
    fn wrong_names_name_the_nearest() {
        let error = path(&clinic(), ModelId(0), "patience").unwrap_err().to_string();
        assert_eq!(error, "Doctor has no collection 'patience' (did you mean 'patients'?)");
    }

    #[test]
    fn a_collection_cannot_go_through_itself() {
        let collections = vec![many("a", "as", Some("b")), many("b", "as", Some("a"))];
        let store = store(vec![model("A", vec![], collections)]);
        let error = path(&store, ModelId(0), "a").unwrap_err().to_string();
        assert!(error.contains("goes through itself"), "{error}");
    }

    #[test]
    fn a_path_has_an_end() {
        let mut collections = vec![many("c0", "as", None)];
        for at in 1..10_000 {
            collections.push(many(&format!("c{at}"), "as", Some(&format!("c{}", at - 1))));
        }
        collections.iter_mut().for_each(|collection| collection.source = Some("up".into()));
        let up = Field { optional: true, ..reference("up", "as") };
        let store = store(vec![model("A", vec![up], collections)]);
        assert_eq!(path(&store, ModelId(0), "c63").unwrap().hops.len(), DEEPEST);
        let error = path(&store, ModelId(0), "c9999").unwrap_err().to_string();
        assert!(error.ends_with("it goes through more than 64 collections") && error.len() < 200, "{error}");
    }

    #[test]
    fn a_path_that_doubles_has_an_end() {
        let mut collections = vec![many("c0", "as", None)];
        for at in 1..60 {
            let through = format!("c{}", at - 1);
            let source = Some(through.clone());
            collections.push(Collection { source, ..many(&format!("c{at}"), "as", Some(&through)) });
        }
        let up = Field { optional: true, ..reference("up", "as") };
        let store = store(vec![model("A", vec![up], collections)]);
        assert_eq!(path(&store, ModelId(0), "c6").unwrap().hops.len(), DEEPEST);
        let error = path(&store, ModelId(0), "c59").unwrap_err().to_string();
        assert!(error.contains("more than 64 steps"), "{error}");
    }
}
