//! The methods of expressions, checked.

use crate::ask::agree::{digits, float, scaled};
use crate::ask::among::among_rows;
use crate::ask::check::{Checker, Many, Operand, Said, refused, said};
use crate::ask::expr::{Comparison, Expr, Method, Node, Part, Total};
use crate::ask::given::Given;
use crate::ask::plan::{Link, Of, Place, Plan, Step};
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::types::Type;

impl<O: Operand> Checker<'_, O> {
    /// What a method says of a row, given what it is asked of and how that was written.
    pub fn call(
        &self,
        model: ModelId,
        expr: &Expr<O>,
        method: Method,
        (own, of): (Said<O>, &Expr<O>),
        arguments: &[Expr<O>],
    ) -> Result<Said<O>> {
        match (method, arguments) {
            (Method::Total(total), arguments) => self.total(expr, total, own, arguments.first()),
            (Method::Filter, [condition]) => self.filter(expr, own, condition),
            (Method::Contains, [item]) => self.contains(expr, own, *self.waiting(model, item)?.0),
            (Method::StartsWith, [text]) => self.text(expr, Place::First, own, *self.waiting(model, text)?.0),
            (Method::EndsWith, [text]) => self.text(expr, Place::Last, own, *self.waiting(model, text)?.0),
            (Method::IsIn, [values]) => self.among((own, of), expr, *self.waiting(model, values)?.0),
            (Method::IfNone, [other]) => self.with_other(expr, own, *self.waiting(model, other)?.0),
            (Method::Between, [low, high]) => {
                self.between(expr, (own, of), [*self.waiting(model, low)?.0, *self.waiting(model, high)?.0])
            }
            (method, []) => self.of_one(expr, method, own, of),
            _ => refused(format!("{expr}: {}() takes another number of arguments", method.name())),
        }
    }

    #[inline(never)]
    fn among(&self, (own, of): (Said<O>, &Expr<O>), expr: &Expr<O>, given: Said<O>) -> Result<Said<O>> {
        self.each(own, of, |plan| self.is_in(expr, plan, given))
    }

    #[inline(never)]
    fn with_other(&self, expr: &Expr<O>, own: Said<O>, other: Said<O>) -> Result<Said<O>> {
        self.both(expr, own, other, |plan, other| self.if_none(expr, plan, other))
    }

    /// The methods without arguments.
    #[inline(never)]
    fn of_one(&self, expr: &Expr<O>, method: Method, own: Said<O>, of: &Expr<O>) -> Result<Said<O>> {
        match method {
            Method::List => match own {
                Said::Many(many) => self.no_condition(&many, expr).map(|()| Said::List(many)),
                own => self.no_many(expr, own, "list"),
            },
            Method::IsNone => self.each(own, of, |plan| Ok(Plan::condition(Step::IsNone(Box::new(plan))))),
            Method::Lower => self.each(own, of, |plan| match plan.of {
                Of::Value(Type::Text) => Ok(Plan::new(Step::Lower(Box::new(plan)), Of::Value(Type::Text))),
                other => self.not_for(expr, "lower() is of str", other),
            }),
            Method::Round(digits) => self.each(own, of, |plan| match plan.of {
                Of::Value(Type::Int | Type::Float | Type::Decimal(_)) => {
                    let of = plan.of;
                    Ok(Plan::new(Step::Round(Box::new(plan), digits, said(expr)), of))
                }
                other => self.not_for(expr, "round() is of int, float and Decimal", other),
            }),
            Method::Abs => self.each(own, of, |plan| match plan.of {
                Of::Value(Type::Int | Type::Float | Type::Decimal(_) | Type::Duration) => {
                    let of = plan.of;
                    Ok(Plan::new(Step::Abs(Box::new(plan), said(expr)), of))
                }
                other => self.not_for(expr, "abs() is of int, float, Decimal and timedelta", other),
            }),
            Method::Part(part) => self.each(own, of, |plan| self.part(expr, part, plan)),
            _ => refused(format!("{expr}: {}() takes an argument", method.name())),
        }
    }

    /// The error for values of a type that a method is not for.
    pub fn not_for<T>(&self, expr: &Expr<O>, what: &str, other: Of) -> Result<T> {
        refused(format!("{expr}: {what}, not of {}", other.name(self.engine)))
    }

    /// The error for something that is one value, where many are needed.
    fn no_many<T>(&self, expr: &Expr<O>, own: Said<O>, method: &str) -> Result<T> {
        match own {
            Said::List(_) => refused(format!("{expr}: list() comes last, and nothing is asked of a list")),
            _ => refused(format!(
                "{expr}: {method}() is of a collection, and what it is asked of is one value for each row"
            )),
        }
    }

    /// Refuses a condition on members where it serves nothing.
    fn no_condition(&self, many: &Many<O>, expr: &Expr<O>) -> Result<()> {
        match many.plural.value.is_condition {
            true => refused(format!(
                "{expr}: a condition on members serves any(), all() and filter() only, as in \
                 col(\"lines\").filter(col(\"price\") > 3).count()"
            )),
            false => Ok(()),
        }
    }

    // ── many ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// A condition on members, whose paths start at them.
    fn of_member(&self, to: ModelId, condition: &Expr<O>) -> Result<Plan> {
        let name = &self.engine.schema().model(to).name;
        let explained = |error| match error {
            Error::Schema(why) => Error::Schema(format!("{why}; the paths of this condition start at {name}")),
            error => error,
        };
        let plan = self.said(to, condition).and_then(|said| self.one(said, condition)).map_err(explained)?;
        self.as_condition(plan, condition)
    }

    #[inline(never)]
    fn filter(&self, expr: &Expr<O>, own: Said<O>, condition: &Expr<O>) -> Result<Said<O>> {
        let Said::Many(mut many) = own else { return self.no_many(expr, own, "filter") };
        let to = many.plural.to;
        let plan = match condition.node() {
            Node::Given(_) => match self.said(to, condition)? {
                Said::Given(Given::Rows(kind, rows)) => self.in_collection(expr, &many, kind, rows)?,
                _ => return refused(format!("{expr}: filter() takes a condition or a collection")),
            },
            _ => self.of_member(to, condition)?,
        };
        many.plural.filters.push(plan);
        many.filters.push(condition.clone());
        Ok(Said::Many(many))
    }

    /// Whether the record at the end of the path, where there is one, else the member, is in a collection.
    #[inline(never)]
    fn in_collection(&self, expr: &Expr<O>, many: &Many<O>, kind: ModelId, rows: Vec<Row>) -> Result<Plan> {
        let looked_up = match many.plural.value.of {
            Of::Row(_) => many.plural.value.clone(),
            Of::Value(_) | Of::Nothing => Plan::itself(many.plural.to),
        };
        if looked_up.of != Of::Row(kind) {
            let (one, two) = (Of::Row(kind).name(self.engine), looked_up.of.name(self.engine));
            return refused(format!("{expr}: the collection has {one}, and {two} is filtered"));
        }
        Ok(among_rows(self.engine, looked_up, rows, false))
    }

    #[inline(never)]
    fn total(&self, expr: &Expr<O>, total: Total, own: Said<O>, condition: Option<&Expr<O>>) -> Result<Said<O>> {
        let Said::Many(mut many) = own else { return self.no_many(expr, own, total.name()) };
        let to = many.plural.to;
        match (total, condition) {
            (Total::Any, Some(condition)) => {
                many.plural.filters.push(self.of_member(to, condition)?);
                if !many.plural.value.is_condition {
                    many.plural.value = Plan::itself(to);
                }
            }
            (Total::All, Some(condition)) => {
                let holds = self.of_member(to, condition)?;
                let own = std::mem::replace(&mut many.plural.value, Plan::itself(to));
                many.plural.value = match own.is_condition {
                    true => Plan::condition(Step::All(vec![own, holds])),
                    false => holds,
                };
            }
            (Total::Any, None) => match many.plural.value.of {
                Of::Value(Type::Bool) => {}
                _ if many.plural.value.is_itself() => {}
                _ => return refused(format!("{expr}: any() of values takes a condition, as in any(col(\"...\") > 3)")),
            },
            (Total::All, None) if many.plural.value.of.is(Type::Bool) => {}
            (Total::All, None) => {
                return refused(format!("{expr}: all() takes a condition, as in all(col(\"...\") > 3)"));
            }
            _ => self.no_condition(&many, expr)?,
        }
        let value = many.plural.value.of;
        let of = match (total, value) {
            (Total::Any | Total::All, _) => {
                let step = Step::Total(total, Box::new(many.plural), said(expr));
                return Ok(Said::One(Plan::condition(step)));
            }
            (Total::Count | Total::Unique, _) => Of::Value(Type::Int),
            (Total::First | Total::Last, of) => of,
            (Total::Sum, Of::Value(Type::Int | Type::Float | Type::Decimal(_) | Type::Duration)) => value,
            (Total::Sum, of) => return self.not_for(expr, "sum() is of int, float, Decimal and timedelta", of),
            (Total::Mean, Of::Value(Type::Int | Type::Float)) => Of::Value(Type::Float),
            (Total::Mean, of) => return self.not_for(expr, "mean() is of int and float", of),
            (Total::Min | Total::Max, Of::Value(of)) if of != Type::Bool && !of.is_document() => value,
            (Total::Min | Total::Max, of) => {
                return self.not_for(expr, &format!("{}() is of numbers, text and times", total.name()), of);
            }
        };
        Ok(Said::One(Plan::new(Step::Total(total, Box::new(many.plural), said(expr)), of)))
    }

    #[inline(never)]
    fn contains(&self, expr: &Expr<O>, own: Said<O>, item: Said<O>) -> Result<Said<O>> {
        match own {
            Said::Many(many) if matches!(many.plural.value.of, Of::Row(_)) => {
                if let Said::Given(Given::Row(to, row)) = item
                    && many.plural.value.is_itself()
                    && to == many.plural.to
                    && matches!(&*many.plural.chain, [Link::Many(_)])
                    && many.plural.filters.is_empty()
                {
                    return Ok(Said::One(Plan::condition(Step::Has(Box::new(many.plural), row))));
                }
                match self.compared(expr, Comparison::Equal, Said::Many(many), item)? {
                    Said::Many(equal) => self.total(expr, Total::Any, Said::Many(equal), None),
                    said => Ok(said),
                }
            }
            own => self.text(expr, Place::Within, own, item),
        }
    }

    // ── one ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    #[inline(never)]
    fn text(&self, expr: &Expr<O>, place: Place, own: Said<O>, text: Said<O>) -> Result<Said<O>> {
        self.both(expr, own, text, |plan, text| match (plan.of, text.of) {
            (Of::Value(Type::Text), Of::Value(Type::Text)) => {
                Ok(Plan::condition(Step::HasText(place, Box::new(plan), Box::new(text))))
            }
            (Of::Value(Type::Text), other) | (other, _) if place == Place::Within => {
                self.not_for(expr, "contains() is a collection with a record, or a str with a str", other)
            }
            (Of::Value(Type::Text), other) | (other, _) => self.not_for(expr, "it is a str with a str", other),
        })
    }

    #[inline(never)]
    fn between(&self, expr: &Expr<O>, (own, of): (Said<O>, &Expr<O>), [low, high]: [Said<O>; 2]) -> Result<Said<O>> {
        let is_open = |end: &Said<O>| matches!(end, Said::Given(Given::Nothing));
        match (is_open(&low), is_open(&high)) {
            (true, true) => self.each(own, of, |plan| {
                let is_none = Plan::condition(Step::IsNone(Box::new(plan)));
                Ok(Plan::condition(Step::Not(Box::new(is_none))))
            }),
            (false, true) => self.compared(expr, Comparison::AtLeast, own, low),
            (true, false) => self.compared(expr, Comparison::Less, own, high),
            (false, false) => self.together(expr, vec![own, low, high], |plans| self.within(expr, plans)),
        }
    }

    fn if_none(&self, expr: &Expr<O>, plan: Plan, other: Plan) -> Result<Plan> {
        let (plan, other) = match (plan.of, other.of) {
            (one, two) if one == two && one != Of::Nothing => (plan, other),
            (Of::Value(Type::Int | Type::Float), Of::Value(Type::Int | Type::Float)) => (float(plan), float(other)),
            (Of::Value(Type::Int | Type::Decimal(_)), Of::Value(Type::Int | Type::Decimal(_))) => {
                let scale = digits(plan.of).max(digits(other.of));
                (scaled(plan, scale), scaled(other, scale))
            }
            (one, two) => {
                let (one, two) = (one.name(self.engine), two.name(self.engine));
                return refused(format!("{expr}: in place of {one} stands {two}; both must be of one type"));
            }
        };
        let (of, is_condition) = (plan.of, plan.is_condition);
        Ok(Plan { step: Step::IfNone(Box::new(plan), Box::new(other)), of, is_condition })
    }

    fn part(&self, expr: &Expr<O>, part: Part, plan: Plan) -> Result<Plan> {
        match plan.of {
            Of::Value(Type::Time | Type::Date) => Ok(Plan::new(Step::Part(part, Box::new(plan)), Of::Value(Type::Int))),
            other => {
                self.not_for(expr, &format!("{}() is of datetime (in UTC) and date", Method::Part(part).name()), other)
            }
        }
    }
}
