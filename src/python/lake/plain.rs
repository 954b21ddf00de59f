//! Plans as plain data, for those who compute them elsewhere: tuples that begin with a name and what the values are.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::ask::answer::Question;
use crate::ask::expr::{Arithmetic, Comparison, Part};
use crate::ask::plan::{Kept, Link, Of, Place, Plan, Plural, Step, Values};
use crate::ask::terms::{keys_of, plan_of};
use crate::python::error::SchemaError;
use crate::python::record::value::object;
use crate::store::Store as Engine;
use crate::store::id::{ModelId, Reference};
use crate::store::read::path::{Hop, Path};
use crate::store::schema::declaration::{Field, Kind};
use crate::store::schema::model::Model;
use crate::store::types::Type;
use crate::store::value::Value;

/// A tuple, or what stands in one.
type Plain<'py> = PyResult<Bound<'py, PyAny>>;

/// What plans are written with, once the lock is given back: a value of a column may run code.
pub struct Writer<'py> {
    pub py: Python<'py>,
    pub models: Vec<Named>,
    /// The collections that rows are looked for in, by the only row that stands for each.
    pub collections: Vec<Py<PyAny>>,
}

/// What a model and its fields are called.
pub struct Named {
    table: String,
    /// Each with the model that it refers to, if any.
    fields: Vec<(String, Option<ModelId>)>,
}

/// What each model and its fields are called.
pub fn named_models(engine: &Engine) -> Vec<Named> {
    let field = |field: &Field| match field.kind {
        Kind::Reference(to, _) => (field.name.clone(), Some(to)),
        Kind::Value(_) => (field.name.clone(), None),
    };
    let named = |model: &Model| Named { table: model.table.clone(), fields: model.fields.iter().map(field).collect() };
    engine.schema().models().iter().map(named).collect()
}

impl<'py> Writer<'py> {
    fn tuple(&self, parts: impl IntoIterator<Item = Plain<'py>>) -> Plain<'py> {
        let parts = parts.into_iter().collect::<PyResult<Vec<_>>>()?;
        PyTuple::new(self.py, parts).map(Bound::into_any)
    }

    fn plain<T: IntoPyObjectExt<'py>>(&self, of: T) -> Plain<'py> {
        of.into_bound_py_any(self.py)
    }

    fn table(&self, model: ModelId) -> &str {
        self.models.get(model.index()).map_or("", |model| &model.table)
    }

    fn field(&self, model: ModelId, field: usize) -> &str {
        self.models.get(model.index()).and_then(|model| model.fields.get(field)).map_or("", |(name, _)| name)
    }

    fn target(&self, Reference { model, field }: Reference) -> Option<ModelId> {
        self.models.get(model.index()).and_then(|model| model.fields.get(field)).and_then(|(_, to)| *to)
    }

    /// `None`, the name of a type, or the table of a model in a tuple of its own. An enum is what its values are.
    pub fn of(&self, of: Of) -> Plain<'py> {
        match of {
            Of::Nothing => self.plain(self.py.None()),
            Of::Value(of) => self.plain(of.kept().name()),
            Of::Row(model) => self.tuple([self.plain(self.table(model))]),
        }
    }

    /// `("one", plan)` or `("list", plural)`.
    pub fn question(&self, question: &Question) -> Plain<'py> {
        match question {
            Question::One(plan) => self.tuple([self.plain("one"), self.plan(plan)]),
            Question::List(plural) => self.tuple([self.plain("list"), self.plural(plural)]),
        }
    }

    /// A plan: its name, what its values are, and its parts.
    pub fn plan(&self, plan: &Plan) -> Plain<'py> {
        let (name, parts): (&str, Vec<Plain<'py>>) = match &plan.step {
            Step::Itself => ("itself", Vec::new()),
            Step::Up(of, model, field) => ("up", self.of_field(of, *model, *field)),
            Step::One(of, reference) => ("one", self.of_field(of, reference.model, reference.field)),
            Step::Id(of, _) => ("id", vec![self.plan(of)]),
            Step::Field(of, model, field) => ("field", self.of_field(of, *model, *field)),
            Step::Same(value) => ("same", vec![self.value(plan.of, value)]),
            Step::OfOwner(of) => ("of_owner", vec![self.plan(of)]),
            Step::Compare(how, a, b) => ("compare", vec![self.plain(compared(*how)), self.plan(a), self.plan(b)]),
            Step::Between(all) => ("between", all.iter().map(|of| self.plan(of)).collect()),
            Step::IsIn(of, values) => {
                ("is_in", vec![self.plan(of), self.plain(values.has_none), self.values(of.of, values)])
            }
            Step::IsAmong(of, among) => {
                let collection = match *among.rows {
                    [row] => self.collections.get(row as usize).map(|of| of.clone_ref(self.py)),
                    _ => None,
                };
                ("is_among", vec![self.plan(of), self.plain(among.has_none), self.plain(collection)])
            }
            Step::IsNone(of) => ("is_none", vec![self.plan(of)]),
            Step::IfNone(a, b) => ("if_none", vec![self.plan(a), self.plan(b)]),
            Step::All(all) => ("all", all.iter().map(|of| self.plan(of)).collect()),
            Step::Any(all) => ("any", all.iter().map(|of| self.plan(of)).collect()),
            Step::Not(of) => ("not", vec![self.plan(of)]),
            Step::Combine(how, a, b, said) => {
                ("combine", vec![self.plain(combined(*how)), self.plan(a), self.plan(b), self.plain(&**said)])
            }
            Step::Float(of) => ("float", vec![self.plan(of)]),
            Step::Scaled(of, digits) => ("scaled", vec![self.plan(of), self.plain(*digits)]),
            Step::HasText(place, a, b) => ("has_text", vec![self.plain(placed(*place)), self.plan(a), self.plan(b)]),
            Step::Lower(of) => ("lower", vec![self.plan(of)]),
            Step::Round(of, digits, said) => ("round", vec![self.plan(of), self.plain(*digits), self.plain(&**said)]),
            Step::Abs(of, said) => ("abs", vec![self.plan(of), self.plain(&**said)]),
            Step::Part(part, of) => ("part", vec![self.plain(parted(*part)), self.plan(of)]),
            Step::Total(total, plural, said) => {
                ("total", vec![self.plain(total.name()), self.plural(plural), self.plain(&**said)])
            }
            // It names a row, and there are none.
            Step::Has(..) => return Err(SchemaError::new_err("there are no records in a lake; compare a field")),
        };
        self.tuple([self.plain(name), self.of(plan.of)].into_iter().chain(parts))
    }

    fn of_field(&self, of: &Plan, model: ModelId, field: usize) -> Vec<Plain<'py>> {
        vec![self.plan(of), self.plain(self.table(model)), self.plain(self.field(model, field))]
    }

    /// A value as a file keeps it: of an enum what its member's value is.
    fn value(&self, of: Of, value: &Value) -> Plain<'py> {
        match of {
            Of::Value(Type::Json) => match value {
                Value::Text(text) => self.plain(&**text),
                _ => self.plain(self.py.None()),
            },
            Of::Value(of) => object(self.py, of.kept(), value),
            Of::Nothing | Of::Row(_) => self.plain(self.py.None()),
        }
    }

    fn values(&self, of: Of, values: &Values) -> Plain<'py> {
        match &values.kept {
            Kept::Ints(ints) => self.tuple(ints.iter().map(|&int| self.value(of, &Value::Int(int)))),
            Kept::Texts(texts) => self.tuple(texts.iter().map(|text| self.value(of, &Value::Text((**text).into())))),
            Kept::Sorted(values) => self.tuple(values.iter().map(|value| self.value(of, value))),
        }
    }

    /// How members are reached, their table, what must hold of them, what is asked of them.
    fn plural(&self, plural: &Plural) -> Plain<'py> {
        self.tuple([
            self.tuple(plural.chain.iter().map(|link| self.link(link))),
            self.plain(self.table(plural.to)),
            self.tuple(plural.filters.iter().map(|plan| self.plan(plan))),
            self.plan(&plural.value),
        ])
    }

    fn link(&self, link: &Link) -> Plain<'py> {
        match link {
            Link::Many(path) => self.tuple([self.plain("many"), self.path(path)]),
            Link::One(reference) => self.single(&Hop::Down(*reference)),
            Link::Up(model, field) => self.single(&Hop::Up(Reference { model: *model, field: *field })),
        }
    }

    fn single(&self, hop: &Hop) -> Plain<'py> {
        let (hop, _) = self.hop(hop, None)?;
        self.tuple([self.plain("hop"), Ok(hop)])
    }

    /// Its hops, whether no member can be reached twice from one row, and the table of the members.
    pub fn path(&self, path: &Path) -> Plain<'py> {
        let (hops, _) = self.hops(&path.hops)?;
        self.tuple([Ok(hops), self.plain(path.distinct), self.plain(self.table(path.to))])
    }

    /// Hops, and the model of the rows that they lead to.
    fn hops(&self, hops: &[Hop]) -> PyResult<(Bound<'py, PyAny>, Option<ModelId>)> {
        let (mut written, mut at) = (Vec::new(), None);
        for hop in hops {
            let (plain, to) = self.hop(hop, at)?;
            written.push(Ok(plain));
            at = to;
        }
        self.tuple(written).map(|hops| (hops, at))
    }

    /// Over a reference `("down", table, field)` or `("up", table, field)`; `("keep", table, plan)` where a condition holds
    /// for rows of this table; `("sorted", table, hops, keys)` to rows of this table that hops lead to, in an order. And the
    /// model of the rows that it leads to.
    fn hop(&self, hop: &Hop, at: Option<ModelId>) -> PyResult<(Bound<'py, PyAny>, Option<ModelId>)> {
        let over = |name: &str, Reference { model, field }: Reference| {
            self.tuple([self.plain(name), self.plain(self.table(model)), self.plain(self.field(model, field))])
        };
        let table = |at: Option<ModelId>| self.plain(at.map_or("", |at| self.table(at)));
        Ok(match hop {
            Hop::Down(reference) => (over("down", *reference)?, Some(reference.model)),
            Hop::Up(reference) => (over("up", *reference)?, self.target(*reference)),
            Hop::Keep(condition) => {
                let plan = plan_of(condition).ok_or_else(|| unread(condition.text()))?;
                (self.tuple([self.plain("keep"), table(at), self.plan(plan)])?, at)
            }
            Hop::Sorted(hops, order) => {
                let keys = self.keys(keys_of(order).ok_or_else(|| unread(order.text()))?)?.into_any();
                let (hops, to) = self.hops(hops)?;
                (self.tuple([self.plain("sorted"), table(to), Ok(hops), Ok(keys)])?, to)
            }
        })
    }

    /// Plans with whether each falls, as keys of an order.
    pub fn keys(&self, keys: &[(Plan, bool)]) -> PyResult<Bound<'py, PyList>> {
        let key = |(plan, falls): &(Plan, bool)| self.tuple([self.plan(plan), self.plain(*falls)]);
        PyList::new(self.py, keys.iter().map(key).collect::<PyResult<Vec<_>>>()?)
    }
}

fn unread(text: &str) -> PyErr {
    SchemaError::new_err(format!("{text}: nobody knows what this says"))
}

fn compared(how: Comparison) -> &'static str {
    match how {
        Comparison::Equal => "==",
        Comparison::Unequal => "!=",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Greater => ">",
        Comparison::AtLeast => ">=",
    }
}

fn combined(how: Arithmetic) -> &'static str {
    match how {
        Arithmetic::Plus => "+",
        Arithmetic::Minus => "-",
        Arithmetic::Times => "*",
        Arithmetic::Over => "/",
    }
}

fn placed(place: Place) -> &'static str {
    match place {
        Place::Within => "within",
        Place::First => "first",
        Place::Last => "last",
    }
}

fn parted(part: Part) -> &'static str {
    match part {
        Part::Year => "year",
        Part::Month => "month",
        Part::Day => "day",
        Part::Weekday => "weekday",
    }
}
