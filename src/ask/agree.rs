//! Types against each other: what compares, what adds up, what stands for a record.

use crate::ask::check::{Checker, Operand, Said, refused, said};
use crate::ask::expr::{Arithmetic, Comparison, Expr, Node, Operator};
use crate::ask::given::Given;
use crate::ask::plan::{Of, Plan, Step};
use crate::ask::show::name;
use crate::store::decimal::DIGITS;
use crate::store::error::{Error, Result};
use crate::store::id::ModelId;
use crate::store::instead::instead;
use crate::store::read::path::DEEPEST;
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
use crate::store::value::Value;

impl<O: Operand> Checker<'_, O> {
    /// A plan that is a condition.
    pub fn as_condition(&self, plan: Plan, expr: &Expr<O>) -> Result<Plan> {
        match plan.of.is(Type::Bool) {
            true => Ok(plan),
            false => refused(format!(
                "{expr} is {}, no condition; compare it, as in {expr} == ..., or ask {expr}.is_none()",
                plan.of.name(self.engine)
            )),
        }
    }

    /// The error for a condition on members where one on rows is needed.
    pub fn of_each_member(&self, model: ModelId, expr: &Expr<O>) -> Error {
        Error::Schema(format!(
            "{expr} says something of each member, not of each {0}; write .any() or .all() of it, or filter() and count()",
            self.engine.schema().model(model).name
        ))
    }

    /// The error of a condition, or, where that compares something of members, that it does: this is to be mended first.
    pub fn of_members_first(&self, model: ModelId, expr: &Expr<O>, error: Error) -> Error {
        let Error::Schema(_) = error else { return error };
        let is_many = |of: &Expr<O>| matches!(self.said(model, of), Ok(Said::Many(_)));
        match expr.node() {
            Node::Binary(Operator::Compare(_), a, b) if is_many(a) || is_many(b) => self.of_each_member(model, expr),
            Node::Not(of) => self.of_members_first(model, of, error),
            Node::Junction(_, all) => all.iter().fold(error, |error, of| match self.said(model, of) {
                Err(_) => self.of_members_first(model, of, error),
                Ok(_) => error,
            }),
            Node::Path(_) | Node::Given(_) | Node::Call(..) | Node::Binary(..) => error,
        }
    }

    /// Whether two say so.
    pub fn compared(&self, expr: &Expr<O>, how: Comparison, a: Said<O>, b: Said<O>) -> Result<Said<O>> {
        match (a, b) {
            (own, Said::Given(key @ Given::Several(_))) | (Said::Given(key @ Given::Several(_)), own) => {
                self.each(own, expr, |plan| self.with_key(expr, how, plan, &key))
            }
            (a, b) => self.both(expr, a, b, |a, b| self.comparison(expr, how, a, b)),
        }
    }

    /// Whether a row is the one that a key of several fields names.
    fn with_key(&self, expr: &Expr<O>, how: Comparison, plan: Plan, key: &Given) -> Result<Plan> {
        let Of::Row(model) = plan.of else {
            return self.not_for(expr, "a tuple is the key of a record, where it has several fields", plan.of);
        };
        match self.row_named(expr, model, key)? {
            Some(row) => self.comparison(expr, how, plan, Plan::new(Step::Same(Value::Row(row)), Of::Row(model))),
            None => Ok(Plan::condition(Step::Same(Value::Bool(how == Comparison::Unequal)))),
        }
    }

    /// Whether two values compare so; records by what stands for them, too.
    pub fn comparison(&self, expr: &Expr<O>, how: Comparison, a: Plan, b: Plan) -> Result<Plan> {
        let is_equality = matches!(how, Comparison::Equal | Comparison::Unequal);
        let never = |how| Plan::condition(Step::Same(Value::Bool(how == Comparison::Unequal)));
        let none = |of: Plan| {
            let is_none = Plan::condition(Step::IsNone(Box::new(of)));
            match how {
                Comparison::Equal => is_none,
                Comparison::Unequal => Plan::condition(Step::Not(Box::new(is_none))),
                _ => never(Comparison::Equal),
            }
        };
        let (a, b) = match (a.of, b.of) {
            (_, Of::Nothing) => return Ok(none(a)),
            (Of::Nothing, _) => return Ok(none(b)),
            (Of::Row(_), Of::Value(_)) if is_equality && self.is_lasting => {
                return self.comparison(expr, how, self.outside(a, expr)?, b);
            }
            (Of::Value(_), Of::Row(_)) if is_equality && self.is_lasting => {
                return self.comparison(expr, how, a, self.outside(b, expr)?);
            }
            (Of::Row(model), Of::Value(of)) if is_equality => match self.named(expr, model, of, &b.step)? {
                Some(row) => (a, row),
                None => return Ok(never(how)),
            },
            (Of::Value(of), Of::Row(model)) if is_equality => match self.named(expr, model, of, &a.step)? {
                Some(row) => (row, b),
                None => return Ok(never(how)),
            },
            (Of::Row(one), Of::Row(two)) if one == two && is_equality => (a, b),
            (Of::Value(one), Of::Value(two)) if one == two && (is_equality || !one.is_document()) => (a, b),
            (Of::Value(Type::Int), Of::Value(Type::Float)) | (Of::Value(Type::Float), Of::Value(Type::Int)) => (a, b),
            (Of::Value(Type::Int | Type::Decimal(_)), Of::Value(Type::Int | Type::Decimal(_))) => {
                let scale = digits(a.of).max(digits(b.of));
                (scaled(a, scale), scaled(b, scale))
            }
            (one, two) => {
                let is_json = one.is(Type::Json) || two.is(Type::Json);
                let (name, other) = (one.name(self.engine), two.name(self.engine));
                return refused(match name == other {
                    true if is_json => format!("{expr}: Json has no order"),
                    true => format!("{expr}: records have no order; compare a field of them"),
                    false if is_json => format!("{expr}: {name} and {other} do not compare; one value is Json(...)"),
                    false => format!("{expr}: {name} and {other} do not compare so{}", way(&[&a, &b])),
                });
            }
        };
        Ok(Plan::condition(Step::Compare(how, Box::new(a), Box::new(b))))
    }

    /// Whether the first of three values is at least the second and less than the third.
    pub fn within(&self, expr: &Expr<O>, plans: Vec<Plan>) -> Result<Plan> {
        let of = |plan: &Plan| match plan.of {
            Of::Value(of) => Some(of),
            Of::Nothing | Of::Row(_) => None,
        };
        let is_all = |test: &dyn Fn(Type) -> bool| plans.iter().all(|plan| of(plan).is_some_and(test));
        let first = plans.first().and_then(of).filter(|of| !of.is_document());
        let is_number = is_all(&|of| matches!(of, Type::Int | Type::Float));
        let is_decimal = !is_number && is_all(&|of| matches!(of, Type::Int | Type::Decimal(_)));
        if !is_decimal && !is_number && !is_all(&|of| Some(of) == first) {
            let names: Vec<String> = plans.iter().map(|plan| plan.of.name(self.engine)).collect();
            let way = way(&plans.iter().collect::<Vec<_>>());
            return refused(format!("{expr}: {} do not compare so{way}", names.join(", ")));
        }
        let scale = plans.iter().map(|plan| digits(plan.of)).max().unwrap_or(0);
        let plans = plans.into_iter().map(|plan| if is_decimal { scaled(plan, scale) } else { plan });
        match <[Plan; 3]>::try_from(plans.collect::<Vec<_>>()) {
            Ok(plans) => Ok(Plan::condition(Step::Between(Box::new(plans)))),
            Err(_) => refused(format!("{expr} needs three values")),
        }
    }

    /// The row that a plain value names; nothing where there is no such row.
    fn named(&self, expr: &Expr<O>, model: ModelId, of: Type, step: &Step) -> Result<Option<Plan>> {
        let Step::Same(value) = step else {
            return refused(format!(
                "{expr}: {} and {} do not compare; compare with a field of the one or a record of the other",
                self.engine.schema().model(model).name,
                of.name()
            ));
        };
        let row = self.row_named(expr, model, &Given::Value(value.clone(), of))?;
        Ok(row.map(|row| Plan::new(Step::Same(Value::Row(row)), Of::Row(model))))
    }

    /// What two numbers make.
    pub fn combined(&self, expr: &Expr<O>, how: Arithmetic, a: Plan, b: Plan) -> Result<Plan> {
        use Arithmetic::{Minus, Over, Plus, Times};
        let (Of::Value(one), Of::Value(two)) = (a.of, b.of) else { return self.no_numbers(expr, &a, &b) };
        let (a, b, of) = match (one, how, two) {
            (Type::Int, Over, Type::Int) => (a, b, Type::Float),
            (Type::Int, _, Type::Int) => (a, b, Type::Int),
            (Type::Float, _, Type::Float) => (a, b, Type::Float),
            (Type::Int, _, Type::Float) => (float(a), b, Type::Float),
            (Type::Float, _, Type::Int) => (a, float(b), Type::Float),
            (Type::Duration, Plus | Minus, Type::Duration) => (a, b, Type::Duration),
            (Type::Decimal(_) | Type::Int, Plus | Minus, Type::Decimal(_) | Type::Int) => {
                let scale = digits(a.of).max(digits(b.of));
                (scaled(a, scale), scaled(b, scale), Type::Decimal(scale))
            }
            (Type::Decimal(_) | Type::Int, Times, Type::Decimal(_) | Type::Int) => {
                let scale = digits(a.of) + digits(b.of);
                if usize::from(scale) > DIGITS {
                    return refused(format!("{expr} has {scale} digits after the point; a Decimal has at most 38"));
                }
                (scaled(a, 0), scaled(b, 0), Type::Decimal(scale))
            }
            (Type::Decimal(_), Over, _) | (_, Over, Type::Decimal(_)) => {
                return refused(format!("{expr}: a quotient of Decimals is not exact; take both out and divide there"));
            }
            _ => return self.no_numbers(expr, &a, &b),
        };
        Ok(Plan::new(Step::Combine(how, Box::new(a), Box::new(b), said(expr)), Of::Value(of)))
    }

    fn no_numbers<T>(&self, expr: &Expr<O>, a: &Plan, b: &Plan) -> Result<T> {
        let (one, two) = (a.of.name(self.engine), b.of.name(self.engine));
        refused(format!(
            "{expr}: + - * / are for int, float and Decimal, + and - for timedelta; not for {one} and {two}"
        ))
    }

    /// What stands for a row outside: its key, or its id.
    pub fn outside(&self, mut plan: Plan, expr: &Expr<O>) -> Result<Plan> {
        let (schema, mut written) = (self.engine.schema(), name(expr));
        for _ in 0..DEEPEST {
            let Of::Row(model) = plan.of else { return Ok(plan) };
            let of = schema.model(model);
            plan = match *of.key {
                [] => Plan::new(Step::Id(Box::new(plan), model), Of::Value(Type::Int)),
                [by] => match of.fields[by].kind {
                    Kind::Reference(to, _) => {
                        written = format!("{written}.{}", of.fields[by].name);
                        Plan::new(Step::Up(Box::new(plan), model, by), Of::Row(to))
                    }
                    Kind::Value(kind) => Plan::new(Step::Field(Box::new(plan), model, by), Of::Value(kind)),
                },
                ref several => {
                    let column = |&by: &usize| format!("'{written}.{}'", of.fields[by].name);
                    let columns = several.iter().map(column).collect::<Vec<_>>().join(", ");
                    return refused(format!(
                        "'{written}' leads to {}, whose key has several fields; name them: {columns}, or its id",
                        of.name
                    ));
                }
            };
        }
        match plan.of {
            Of::Row(model) => Ok(Plan::new(Step::Id(Box::new(plan), model), Of::Value(Type::Int))),
            _ => Ok(plan),
        }
    }
}

/// "; write Decimal("9.50")", where one of these is a value that another type is compared with.
fn way(plans: &[&Plan]) -> String {
    let pairs = plans.iter().flat_map(|field| plans.iter().map(move |given| (field, given)));
    let mut ways = pairs.filter_map(|(field, given)| match (field.of, given.of, &given.step) {
        (Of::Value(of), Of::Value(kind), Step::Same(value)) => instead(of, kind, value),
        _ => None,
    });
    ways.next().map_or_else(String::new, |way| format!("; {way}"))
}

/// Digits after the point.
pub fn digits(of: Of) -> u8 {
    match of {
        Of::Value(Type::Decimal(scale)) => scale,
        _ => 0,
    }
}

/// Ints and decimals as decimals with at least so many digits after the point.
pub fn scaled(plan: Plan, scale: u8) -> Plan {
    let own = digits(plan.of);
    if own >= scale && !plan.of.is(Type::Int) {
        return plan;
    }
    let scale = scale.max(own);
    Plan::new(Step::Scaled(Box::new(plan), scale - own), Of::Value(Type::Decimal(scale)))
}

/// Ints as floats.
pub fn float(plan: Plan) -> Plan {
    match plan.of.is(Type::Int) {
        true => Plan::new(Step::Float(Box::new(plan)), Of::Value(Type::Float)),
        false => plan,
    }
}
