//! From the declaration of a collection to its path.

use std::sync::Arc;

use crate::ask::check::Checker;
use crate::ask::singulars::singulars;
use crate::ask::terms::{self, Constant, Declared, Part, Said, Subject, from_step};
use crate::store::Store;
use crate::store::error::{Error, Result, nearest};
use crate::store::id::{ModelId, Reference};
use crate::store::read::path::{DEEPEST, Hop, Join, Path, Shape, length};
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Collection, Kind};
use crate::store::schema::model::Model;

/// The path of a collection. Raises for one that goes through itself, or through more than [`DEEPEST`] others, and for
/// terms that are wrong.
pub fn path(engine: &Store, model: ModelId, name: &str) -> Result<Path> {
    Resolver { engine, within: None }.path(model, name)
}

/// The path that goes on from another, over a reference or collection of its members.
pub fn extended(engine: &Store, path: &Path, name: &str) -> Result<Path> {
    let resolver = Resolver { engine, within: None };
    match resolver.next(path, name)? {
        Next::Reference(field, to) => resolver.up(path, field, to),
        Next::Collection(collection) => resolver.joined(path, &resolver.path(path.to, &collection.name)?),
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

/// What a path goes on over.
enum Next<'a> {
    /// This field, which refers to this model.
    Reference(usize, ModelId),
    Collection(&'a Collection),
}

impl<'a> Resolver<'a> {
    fn schema(&self) -> &'a Schema {
        self.engine.schema()
    }

    fn model(&self, id: ModelId) -> &'a Model {
        self.schema().model(id)
    }

    fn path(&self, model: ModelId, name: &str) -> Result<Path> {
        let collection = self.model(model).collection(name)?;
        self.check_new(&[], model, collection)?;
        let mut open = vec![Open { model, collection, base: None }];
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

    /// Takes a collection one step on, given the path it asked for last.
    fn advance(&self, open: &mut Open<'a>, known: Option<Path>) -> Result<Advance<'a>> {
        let (model, collection) = (open.model, open.collection);
        let narrowing = Narrowing::of(self, model, collection)?;
        let path = match (&collection.through, open.base.take(), known) {
            (None, _, _) => {
                let path = self.direct(model, collection)?;
                narrowing.of_members(path).map_err(|error| named(self.model(model), collection, error))?
            }
            (Some(through), _, None) => return Ok(Advance::Needs(model, self.model(model).collection(through)?)),
            (Some(_), None, Some(base)) => {
                let source = self.source(&base, collection)?;
                match self.next(&base, &source)? {
                    Next::Reference(field, to) => {
                        let base = narrowing.of_steps(base, Some(&source))?;
                        self.up(&base, field, to)?
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
                narrowing.of_members(self.joined(&base, &rest)?)?
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

    fn check_target(&self, model: ModelId, collection: &Collection, path: &Path) -> Result<()> {
        match self.schema().by_table(&collection.target) {
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
        let Some(child) = self.schema().by_table(&collection.target) else {
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
    fn next(&self, base: &Path, name: &str) -> Result<Next<'a>> {
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
    fn up(&self, base: &Path, field: usize, to: ModelId) -> Result<Path> {
        let mut hops = base.hops.clone();
        hops.push(Hop::Up(Reference { model: base.to, field }));
        self.path_of(base.from, hops, to)
    }

    /// A path, and then another from where it leads.
    fn joined(&self, base: &Path, rest: &Path) -> Result<Path> {
        let hops = base.hops.iter().chain(&rest.hops).cloned().collect();
        self.path_of(base.from, hops, rest.to)
    }

    fn path_of(&self, from: ModelId, hops: Vec<Hop>, to: ModelId) -> Result<Path> {
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
        self.resolver.path_of(from, hops, to)
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
