//! The terms of a collection, its condition and its order: as they were declared, and ready for rows of a path.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::ask::answer::answers_of;
use crate::ask::check::{Checker, refused};
use crate::ask::expr::{Comparison, Expr, Junction, Node, Operator};
use crate::ask::given::Given;
use crate::ask::held::holding;
use crate::ask::order::{parts as parts_of, places};
use crate::ask::plan::{Plan, Step};
use crate::ask::show;
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::read::path::{Condition, Equalities, Order};
use crate::store::read::token::Place;
use crate::store::schema::declaration;
use crate::store::stop::Stop;
use crate::store::value::Value;

/// What stands in the terms of a collection besides paths: values, which are of no store.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// The value, or several.
    pub given: Given,
    /// As it was written, whole.
    pub shown: Arc<str>,
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::cut(f, |f| f.write_str(&self.shown))
    }
}

/// A condition, or a key of an order.
pub type Said = Expr<Constant>;

/// The terms of a collection, as they were declared.
#[derive(Debug)]
pub struct Declared {
    /// What must hold, all of it.
    pub conditions: Vec<Said>,
    /// Whether the conditions are a mapping of names and values: then they say what new rows are given.
    pub is_mapping: bool,
    /// The keys of the order, and whether each falls.
    pub order: Vec<(Said, bool)>,
}

impl Declared {
    /// For a schema, which keeps them; `condition` as it was written.
    pub fn terms(self, condition: Option<String>) -> declaration::Terms {
        let key = |(key, falls): &(Said, bool)| show::key(key, *falls, true);
        declaration::Terms { condition, order: self.order.iter().map(key).collect(), said: Arc::new(self) }
    }

    /// What a schema keeps of them.
    pub fn of(terms: &declaration::Terms) -> Result<Arc<Declared>> {
        terms.said.clone().downcast().or_else(|_| refused(format!("{terms}: nobody knows what this says")))
    }
}

/// The parts of a condition that must all hold.
pub fn parts(condition: Said) -> Vec<Said> {
    match condition.node() {
        Node::Junction(Junction::All, all) => all.clone(),
        _ => vec![condition],
    }
}

/// The rows of which an expression is, in a collection that goes through another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Those that the other has.
    Step,
    /// The members.
    Member,
    /// Both.
    Both,
}

impl Subject {
    /// Of which rows an expression is: a path that begins with the name of the other collection is of what that has.
    pub fn of(expr: &Said, through: &str) -> Self {
        let (mut is_step, mut is_member) = (false, false);
        expr.each_path(&mut |parts| match parts.first() {
            Some(first) if first == through => is_step = true,
            _ => is_member = true,
        });
        match (is_step, is_member) {
            (true, true) => Subject::Both,
            (true, false) => Subject::Step,
            (false, _) => Subject::Member,
        }
    }
}

/// What is said of a member, of a row that the other collection has, from which `source`, if anything, leads to the member.
pub fn from_step(expr: &Said, through: &str, source: Option<&str>) -> Said {
    let path = |parts: &[String]| -> Box<[String]> {
        match parts.first() {
            Some(first) if first == through => parts[1..].into(),
            _ => source.map(str::to_owned).into_iter().chain(parts.iter().cloned()).collect(),
        }
    };
    match expr.changed(&|constant: &Constant| Ok::<_, Error>(constant.clone()), &path) {
        Ok(changed) => changed,
        Err(_) => expr.clone(),
    }
}

/// The part of some terms that is of the rows of one model.
#[derive(Default)]
pub struct Part {
    /// The conditions, from these rows.
    pub conditions: Vec<Said>,
    /// The keys of the order, from these rows.
    pub keys: Vec<(Said, bool)>,
    /// Conditions as they were written.
    written: Vec<Said>,
    /// Keys as they were written.
    order: Vec<String>,
}

impl Part {
    /// Adds a condition, and how it was written.
    pub fn add_condition(&mut self, condition: Said, written: &Said) {
        self.conditions.push(condition);
        self.written.push(written.clone());
    }

    /// Adds a key, and how it was written.
    pub fn add_key(&mut self, key: (Said, bool), written: &Said) {
        self.order.push(show::key(written, key.1, true));
        self.keys.push(key);
    }

    /// Its conditions as they were written; long values whole, or their beginnings.
    fn condition(&self, is_whole: bool) -> String {
        show::all(&self.written.iter().collect::<Vec<_>>(), is_whole)
    }
}

/// A condition, ready.
struct Kept {
    declared: Arc<Declared>,
    plan: Plan,
    text: String,
    /// As a message says it.
    shown: String,
    given: Equalities,
}

/// An order, ready.
struct Sorted {
    declared: Arc<Declared>,
    keys: Vec<(Plan, bool)>,
    text: String,
}

/// Conditions, of which all must hold, ready for rows of a model.
pub fn condition(
    checker: &Checker<'_, Constant>,
    model: ModelId,
    declared: &Arc<Declared>,
    part: &Part,
) -> Result<Arc<dyn Condition>> {
    let all = &part.conditions;
    let plans = all.iter().map(|expr| checker.condition(model, expr)).collect::<Result<Vec<_>>>()?;
    let mut given = Equalities::default();
    for (plan, expr) in plans.iter().zip(all) {
        if let Some((plan, value)) = equality(plan, expr) {
            match &plan.step {
                Step::Field(from, _, field) | Step::Up(from, _, field) => match &from.step {
                    Step::Itself => given.own.push((*field, value)),
                    Step::Up(at, ..) if at.is_itself() => given.next.push((*field, value)),
                    _ => {}
                },
                _ => {}
            }
        }
    }
    let plan = match <[Plan; 1]>::try_from(plans) {
        Ok([plan]) => plan,
        Err(plans) => Plan::condition(Step::All(plans)),
    };
    let (text, shown) = (part.condition(true), part.condition(false));
    Ok(Arc::new(Kept { declared: declared.clone(), plan, text, shown, given }))
}

/// What a plan says a value to equal, if that is all it says, as a value of the same type.
fn equality<'p>(plan: &'p Plan, expr: &Said) -> Option<(&'p Plan, Value<'static>)> {
    let is_equality = matches!(expr.node(), Node::Binary(Operator::Compare(Comparison::Equal), ..));
    match &plan.step {
        Step::IsNone(of) if is_equality => Some((of, Value::None)),
        Step::Compare(Comparison::Equal, of, same) => match (&of.step, &same.step) {
            (Step::Field(..), Step::Same(value)) if of.of == same.of => Some((of, value.clone())),
            (Step::Field(..), Step::Same(Value::Int(int))) => Some((of, Value::Float(*int as f64))),
            _ => None,
        },
        _ => None,
    }
}

/// An order, ready for rows of a model.
pub fn order(
    checker: &Checker<'_, Constant>,
    model: ModelId,
    declared: &Arc<Declared>,
    part: &Part,
) -> Result<Arc<dyn Order>> {
    let key = |(key, falls): &(Said, bool)| Ok((checker.key(model, key)?, *falls));
    let keys = part.keys.iter().map(key).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Sorted { declared: declared.clone(), keys, text: part.order.join(", ") }))
}

/// What a condition on a path says. Nothing of one that was not made here.
pub fn plan_of(condition: &Arc<dyn Condition>) -> Option<&Plan> {
    (&**condition as &dyn Any).downcast_ref::<Kept>().map(|kept| &kept.plan)
}

/// The keys of an order on a path, and whether each falls. Nothing of one that was not made here.
pub fn keys_of(order: &Arc<dyn Order>) -> Option<&[(Plan, bool)]> {
    (&**order as &dyn Any).downcast_ref::<Sorted>().map(|sorted| &*sorted.keys)
}

/// What came of computing terms: the only error there can be is a number that is too large.
fn computed<T>(done: Result<T>) -> T {
    done.unwrap_or_else(|_| Stop::TooLarge.throw())
}

impl Condition for Kept {
    fn holding(&self, store: &Store, rows: &[Row]) -> Vec<bool> {
        computed(holding(store, rows, &self.plan))
    }

    fn given(&self) -> Option<&Equalities> {
        self.declared.is_mapping.then_some(&self.given)
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn shown(&self) -> &str {
        &self.shown
    }

    fn declared(&self) -> usize {
        Arc::as_ptr(&self.declared) as usize
    }
}

impl Sorted {
    fn computed(&self, store: &Store, rows: &[Row]) -> Vec<Column> {
        computed(answers_of(store, rows, self.keys.iter().map(|(plan, _)| plan)))
    }

    fn falls(&self) -> impl Iterator<Item = bool> + Clone {
        self.keys.iter().map(|&(_, falls)| falls)
    }
}

impl Order for Sorted {
    fn sorted(&self, store: &Store, rows: &[Row]) -> Vec<u32> {
        places(&self.computed(store, rows), self.falls(), rows.len())
    }

    fn keys(&self, store: &Store, rows: &[Row]) -> Vec<Place> {
        parts_of(self.computed(store, rows).iter().zip(self.falls()), rows.len())
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn declared(&self) -> usize {
        Arc::as_ptr(&self.declared) as usize
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Sorted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
