//! Tests of single fields, as keywords ask them, as conditions.

use std::ops::Bound;

use crate::ask::among::{among_rows, among_values};
use crate::ask::expr::Comparison;
use crate::ask::plan::{Of, Plan, Step};
use crate::store::Store;
use crate::store::id::ModelId;
use crate::store::read::find::{Subject, Test};
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;
use crate::store::value::Value;

/// Whether rows of a model pass all of these, and a condition besides.
pub fn all_of(engine: &Store, model: ModelId, tests: Vec<(Subject, Test<'static>)>, condition: Option<Plan>) -> Plan {
    let mut all: Vec<Plan> = tests.into_iter().map(|(subject, test)| passes(engine, model, subject, test)).collect();
    all.extend(condition);
    joined(all)
}

fn joined(all: Vec<Plan>) -> Plan {
    match <[Plan; 1]>::try_from(all) {
        Ok([one]) => one,
        Err(all) => Plan::condition(Step::All(all)),
    }
}

fn passes(engine: &Store, model: ModelId, subject: Subject, test: Test<'static>) -> Plan {
    let of = read(engine, model, subject);
    match test {
        Test::Is(Value::None) => Plan::condition(Step::IsNone(Box::new(of))),
        Test::Is(value) => compared(Comparison::Equal, of, value),
        Test::In(mut values) => {
            let before = values.len();
            values.retain(|value| !value.is_none());
            let has_none = values.len() < before;
            match of.of {
                Of::Row(_) => {
                    let row = |value: &Value| if let Value::Row(row) = value { Some(*row) } else { None };
                    among_rows(engine, of, values.iter().filter_map(row).collect(), has_none)
                }
                Of::Value(_) | Of::Nothing => among_values(of, values, has_none),
            }
        }
        Test::Between(Bound::Included(low), Bound::Excluded(high)) if matches!(of.of, Of::Value(_)) => {
            let kind = of.of;
            let end = |value| Plan::new(Step::Same(value), kind);
            Plan::condition(Step::Between(Box::new([of, end(low), end(high)])))
        }
        Test::Between(low, high) => {
            let is_none = Plan::condition(Step::IsNone(Box::new(of.clone())));
            // Rows without a value are not between anything.
            let mut all = vec![Plan::condition(Step::Not(Box::new(is_none)))];
            all.extend(match low {
                Bound::Unbounded => None,
                Bound::Included(low) => Some(compared(Comparison::AtLeast, of.clone(), low)),
                Bound::Excluded(low) => Some(compared(Comparison::Greater, of.clone(), low)),
            });
            all.extend(match high {
                Bound::Unbounded => None,
                Bound::Included(high) => Some(compared(Comparison::AtMost, of, high)),
                Bound::Excluded(high) => Some(compared(Comparison::Less, of, high)),
            });
            joined(all)
        }
    }
}

/// What a test is about.
fn read(engine: &Store, model: ModelId, subject: Subject) -> Plan {
    let itself = Box::new(Plan::itself(model));
    match subject {
        Subject::Id => Plan::new(Step::Id(itself, model), Of::Value(Type::Int)),
        Subject::Field(field) => match engine.schema().model(model).fields[field].kind {
            Kind::Reference(to, _) => Plan::new(Step::Up(itself, model, field), Of::Row(to)),
            Kind::Value(of) => Plan::new(Step::Field(itself, model, field), Of::Value(of)),
        },
    }
}

fn compared(how: Comparison, of: Plan, value: Value<'static>) -> Plan {
    let same = Plan::new(Step::Same(value), of.of);
    Plan::condition(Step::Compare(how, Box::new(of), Box::new(same)))
}
