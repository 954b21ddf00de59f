//! From an expression to a plan: names against the schema, one value a row against many, types against each other.

use std::sync::Arc;

use crate::ask::answer::Question;
use crate::ask::expr::{Expr, Junction, Node, Operator};
use crate::ask::given::Given;
use crate::ask::plan::{Link, Of, Plan, Plural, Step};
use crate::ask::route::{Leg, route};
use crate::store::Store;
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::read::path::Path;
use crate::store::types::Type;
use crate::store::value::Value;

/// Makes plans of expressions, for one store.
pub struct Checker<'c, O> {
    /// The store.
    pub engine: &'c Store,
    /// What stands in an expression, as this store has it.
    pub given: &'c dyn Fn(&O) -> Result<Given>,
    /// The path of a collection.
    pub path: &'c dyn Fn(ModelId, &str) -> Result<Arc<Path>>,
    /// Whether its plans are kept while rows come and go: then no row is looked up for them, and what stands for one is
    /// compared with what stands for others.
    pub is_lasting: bool,
}

/// What an expression says of a row.
pub enum Said<O> {
    /// One value.
    One(Plan),
    /// A value of each member of a collection.
    Many(Many<O>),
    /// All of these.
    List(Many<O>),
    /// Something that is the same for all rows.
    Given(Given),
}

/// What an expression says, off the stack.
pub struct Waiting<O>(pub Box<Said<O>>);

/// A value of each member, and the conditions on members as they were written.
pub struct Many<O> {
    /// What is computed.
    pub plural: Plural,
    /// The conditions on members, in the order in which they were written.
    pub filters: Vec<Expr<O>>,
}

/// Members, without what is asked of them.
struct Around<O> {
    chain: Vec<Link>,
    to: ModelId,
    filters: Vec<Plan>,
    written: Vec<Expr<O>>,
}

/// What stands in expressions: it is shown in errors, and compared.
pub trait Operand: std::fmt::Display + Clone + PartialEq {}

impl<O: std::fmt::Display + Clone + PartialEq> Operand for O {}

/// The error for what cannot be asked.
pub fn refused<T>(why: String) -> Result<T> {
    Err(Error::Schema(why))
}

impl<O: Operand> Checker<'_, O> {
    /// The plan of a condition on rows of a model.
    pub fn condition(&self, model: ModelId, expr: &Expr<O>) -> Result<Plan> {
        match self.said(model, expr).map_err(|error| self.of_members_first(model, expr, error))? {
            Said::Many(many) if many.plural.value.is_condition => Err(self.of_each_member(model, expr)),
            said => self.as_condition(self.one(said, expr)?, expr),
        }
    }

    /// The plan of a key to order by.
    pub fn key(&self, model: ModelId, expr: &Expr<O>) -> Result<Plan> {
        let said = self.said(model, expr)?;
        let plan = self.one(said, expr)?;
        match plan.of.is(Type::Json) {
            true => refused(format!("{expr} is Json, which has no order")),
            false => Ok(plan),
        }
    }

    /// The plan of a number to rank by.
    pub fn number(&self, model: ModelId, expr: &Expr<O>) -> Result<Plan> {
        let plan = self.key(model, expr)?;
        match plan.of {
            Of::Value(Type::Int | Type::Float | Type::Decimal(_)) => Ok(plan),
            other => refused(format!("{expr} is {}; a ranking is by int, float or Decimal", other.name(self.engine))),
        }
    }

    /// What is asked for a column. References become what stands for their rows outside, unless rows are wanted; one that
    /// is called `user_id` does always.
    pub fn column(&self, model: ModelId, expr: &Expr<O>, with_rows: bool) -> Result<Question> {
        let with_rows = with_rows && !self.is_by_id(model, expr)?;
        let out = |plan| if with_rows { Ok(plan) } else { self.outside(plan, expr) };
        match self.said(model, expr)? {
            Said::List(Many { plural: Plural { chain, to, filters, value }, .. }) => {
                Ok(Question::List(Plural { value: out(value)?, chain, to, filters }))
            }
            said => Ok(Question::One(out(self.one(said, expr)?)?)),
        }
    }

    /// Whether an expression leads to records that it calls by their ids: `user_id`, where the reference is `user`.
    fn is_by_id(&self, model: ModelId, expr: &Expr<O>) -> Result<bool> {
        let mut expr = expr;
        while let Node::Call(_, of, _) = expr.node() {
            expr = of;
        }
        let Node::Path(parts) = expr.node() else { return Ok(false) };
        let Some(last) = parts.last().filter(|last| last.ends_with("_id")) else { return Ok(false) };
        let schema = self.engine.schema();
        Ok(match route(schema, self.path, model, parts)?.last() {
            Some(Leg::Up(of, field, _)) => schema.model(*of).fields[*field].name != *last,
            _ => false,
        })
    }

    /// What an expression says of a row of a model. It calls itself once for each that stands in another, so what it
    /// keeps meanwhile is little.
    pub fn said(&self, model: ModelId, expr: &Expr<O>) -> Result<Said<O>> {
        match expr.node() {
            Node::Path(parts) => self.path(model, parts),
            Node::Given(given) => self.known(given),
            Node::Not(of) => self.denied(self.waiting(model, of)?, of),
            Node::Junction(junction, all) => {
                let mut said = Vec::new();
                for of in all {
                    said.push(self.waiting(model, of)?);
                }
                self.joined(expr, *junction, all, said)
            }
            Node::Binary(operator, left, right) => {
                let left = self.waiting(model, left)?;
                self.paired(expr, *operator, left, self.waiting(model, right)?)
            }
            Node::Call(_, of, _) => self.called(model, expr, self.waiting(model, of)?),
        }
    }

    /// As [`said`](Self::said), off the stack: to wait there for what stands beside it.
    #[inline(never)]
    pub fn waiting(&self, model: ModelId, expr: &Expr<O>) -> Result<Waiting<O>> {
        self.said(model, expr).map(|said| Waiting(Box::new(said)))
    }

    #[inline(never)]
    fn known(&self, given: &O) -> Result<Said<O>> {
        (self.given)(given).map(Said::Given)
    }

    #[inline(never)]
    fn called(&self, model: ModelId, expr: &Expr<O>, own: Waiting<O>) -> Result<Said<O>> {
        match expr.node() {
            Node::Call(method, of, arguments) => self.call(model, expr, *method, (*own.0, of), arguments),
            // Nothing else is called.
            _ => Ok(*own.0),
        }
    }

    #[inline(never)]
    fn denied(&self, said: Waiting<O>, of: &Expr<O>) -> Result<Said<O>> {
        self.each(*said.0, of, |plan| {
            let plan = self.as_condition(plan, of)?;
            Ok(Plan::condition(Step::Not(Box::new(plan))))
        })
    }

    #[inline(never)]
    fn joined(&self, expr: &Expr<O>, how: Junction, all: &[Expr<O>], said: Vec<Waiting<O>>) -> Result<Said<O>> {
        let said = said.into_iter().map(|said| *said.0).collect();
        self.together(expr, said, |plans| {
            let plans = plans.into_iter().zip(all).map(|(plan, of)| self.as_condition(plan, of));
            let plans = plans.collect::<Result<Vec<_>>>()?;
            Ok(Plan::condition(match how {
                Junction::All => Step::All(plans),
                Junction::Any => Step::Any(plans),
            }))
        })
    }

    #[inline(never)]
    fn paired(&self, expr: &Expr<O>, operator: Operator, a: Waiting<O>, b: Waiting<O>) -> Result<Said<O>> {
        match operator {
            Operator::Compare(how) => self.compared(expr, how, *a.0, *b.0),
            Operator::Combine(how) => self.both(expr, *a.0, *b.0, |a, b| self.combined(expr, how, a, b)),
        }
    }

    #[inline(never)]
    fn path(&self, model: ModelId, parts: &[String]) -> Result<Said<O>> {
        let legs = route(self.engine.schema(), self.path, model, parts)?;
        let (mut at, mut chain, mut waiting) = (Plan::itself(model), Vec::new(), Vec::new());
        let mut to = model;
        for leg in legs {
            at = match leg {
                Leg::Up(model, field, to) => {
                    waiting.push(Link::Up(model, field));
                    Plan::new(Step::Up(Box::new(at), model, field), Of::Row(to))
                }
                Leg::One(reference) => {
                    waiting.push(Link::One(reference));
                    Plan::new(Step::One(Box::new(at), reference), Of::Row(reference.model))
                }
                Leg::Id(model) => Plan::new(Step::Id(Box::new(at), model), Of::Value(Type::Int)),
                Leg::Field(model, field, of) => Plan::new(Step::Field(Box::new(at), model, field), Of::Value(of)),
                Leg::Many(path) => {
                    to = path.to;
                    chain.append(&mut waiting);
                    chain.push(Link::Many(path));
                    Plan::itself(to)
                }
            };
        }
        Ok(match chain.is_empty() {
            true => Said::One(at),
            false => {
                Said::Many(Many { plural: Plural { chain, to, filters: Vec::new(), value: at }, filters: Vec::new() })
            }
        })
    }

    // ── one and many ────────────────────────────────────────────────────────────────────────────────────────────────

    /// One value a row.
    pub fn one(&self, said: Said<O>, expr: &Expr<O>) -> Result<Plan> {
        match said {
            Said::One(plan) => Ok(plan),
            Said::Given(given) => self.same(given, expr),
            Said::Many(many) => refused(format!(
                "{}{expr} is many values for each row, where one is needed; say which: .count(), .sum(), .mean(), .min(), \
                 .max(), .first(), .last(), .any(...), .all(...), .n_unique() or, in select, .list()",
                self.collection_of(&many, expr)
            )),
            Said::List(_) => refused(format!("{expr}: list() comes last, and only in select, values and to_dicts")),
        }
    }

    /// "Doctor.patients is a collection: ", where that is all that was written.
    fn collection_of(&self, many: &Many<O>, expr: &Expr<O>) -> String {
        match (&*many.plural.chain, expr.node()) {
            ([Link::Many(path)], Node::Path(parts)) if many.plural.value.is_itself() => {
                format!("{}.{} is a collection: ", self.engine.schema().model(path.from).name, parts.join("."))
            }
            _ => String::new(),
        }
    }

    /// The plan of what is the same for all rows.
    pub fn same(&self, given: Given, expr: &Expr<O>) -> Result<Plan> {
        match given {
            Given::Nothing => Ok(Plan::new(Step::Same(Value::None), Of::Nothing)),
            Given::Value(value, of) => Ok(Plan::new(Step::Same(value), Of::Value(of))),
            Given::Row(model, row) => Ok(Plan::new(Step::Same(Value::Row(row)), Of::Row(model))),
            Given::Rows(..) | Given::Several(_) => {
                refused(format!("{expr}: several are looked up with is_in(), or filter() for members of a collection"))
            }
        }
    }

    /// Does something with each value.
    pub fn each(&self, said: Said<O>, expr: &Expr<O>, of: impl FnOnce(Plan) -> Result<Plan>) -> Result<Said<O>> {
        match said {
            Said::Many(Many { plural: Plural { chain, to, filters: plans, value }, filters }) => {
                let plural = Plural { chain, to, filters: plans, value: of(value)? };
                Ok(Said::Many(Many { plural, filters }))
            }
            said => of(self.one(said, expr)?).map(Said::One),
        }
    }

    /// Does something with two values.
    pub fn both(
        &self,
        expr: &Expr<O>,
        a: Said<O>,
        b: Said<O>,
        of: impl FnOnce(Plan, Plan) -> Result<Plan>,
    ) -> Result<Said<O>> {
        self.together(expr, vec![a, b], |plans| {
            let mut plans = plans.into_iter();
            match (plans.next(), plans.next()) {
                (Some(a), Some(b)) => of(a, b),
                _ => refused(format!("{expr} needs two values")),
            }
        })
    }

    /// Does something with several values: of each row, or of each member, all of the same collection; what is said of
    /// the row counts for each member.
    pub fn together(
        &self,
        expr: &Expr<O>,
        said: Vec<Said<O>>,
        of: impl FnOnce(Vec<Plan>) -> Result<Plan>,
    ) -> Result<Said<O>> {
        let mut around: Option<Around<O>> = None;
        let mut plans = Vec::new();
        for said in said {
            match said {
                Said::Many(Many { plural: Plural { chain, to, filters, value }, filters: written }) => {
                    match &around {
                        Some(other) if other.chain != chain || other.written != written => {
                            return refused(format!(
                                "{expr}: the two sides are of different members; both need the same steps and the same \
                                 filter, or an aggregate each"
                            ));
                        }
                        Some(_) => {}
                        None => around = Some(Around { chain, to, filters, written }),
                    }
                    plans.push((value, true));
                }
                said => plans.push((self.one(said, expr)?, false)),
            }
        }
        match around {
            None => of(plans.into_iter().map(|(plan, _)| plan).collect()).map(Said::One),
            Some(Around { chain, to, filters, written }) => {
                let of_member = |(plan, is_member): (Plan, bool)| if is_member { plan } else { of_owner(plan) };
                let value = of(plans.into_iter().map(of_member).collect())?;
                Ok(Said::Many(Many { plural: Plural { chain, to, filters, value }, filters: written }))
            }
        }
    }
}

/// What is said of the owner, for a plan of its members.
fn of_owner(plan: Plan) -> Plan {
    if matches!(plan.step, Step::Same(_)) {
        return plan;
    }
    let (of, is_condition) = (plan.of, plan.is_condition);
    Plan { step: Step::OfOwner(Box::new(plan)), of, is_condition }
}

/// An expression, as an error calls it.
pub fn said<O: Operand>(expr: &Expr<O>) -> Arc<str> {
    expr.to_string().into()
}
