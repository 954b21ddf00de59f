//! Which rows a condition can hold for, where an index knows. The rules are in "Asking in columns" in `docs/design.md`.

use std::ops::Bound;

use crate::ask::expr::Comparison;
use crate::ask::plan::{Kept, Of, Plan, Step};
use crate::store::Store;
use crate::store::id::{ModelId, Row};
use crate::store::read::find::{Subject, Test};
use crate::store::room;
use crate::store::types::Type;
use crate::store::value::Value;

/// What a condition asks of the rows' own fields and ids, as far as an index can say: all of these must hold; and whether
/// that is all that it asks.
pub fn own_tests(condition: &Plan) -> (Vec<(Subject, Test<'static>)>, bool) {
    let all = parts(condition);
    let own = all.iter().filter_map(test).filter(|asked| asked.ups.is_empty());
    let own: Vec<_> = own.map(|asked| (asked.subject, asked.test)).collect();
    let is_all = own.len() == all.len();
    (own, is_all)
}

/// A superset of the rows for which a condition holds, ascending, down the inverses from where an index knows what it wants
/// of a row that they lead to; nothing where that would have to be looked for.
pub fn candidates_below(engine: &Store, condition: &Plan) -> Option<Vec<Row>> {
    let mut far = parts(condition).iter().filter_map(test).filter(|asked| !asked.ups.is_empty());
    far.find_map(|asked| {
        let ends = engine.candidates(asked.model, &[(asked.subject, asked.test)])?.rows;
        Some(asked.ups.iter().rev().fold(ends, |rows, &(model, field)| below(engine, &rows, model, field)))
    })
}

/// The conditions all of which must hold.
fn parts(condition: &Plan) -> &[Plan] {
    match &condition.step {
        Step::All(all) => all,
        _ => std::slice::from_ref(condition),
    }
}

/// The rows that refer to any of these, ascending.
fn below(engine: &Store, parents: &[Row], model: ModelId, field: usize) -> Vec<Row> {
    let table = engine.table(model);
    let mut rows = room::collected(parents.iter().flat_map(|&parent| table.children(field, parent)));
    rows.sort_unstable();
    rows
}

/// What a condition asks of a field, or of one along references.
struct Asked {
    /// The references, from the model that is asked.
    ups: Vec<(ModelId, usize)>,
    model: ModelId,
    subject: Subject,
    test: Test<'static>,
}

fn test(plan: &Plan) -> Option<Asked> {
    let (of, test): (&Plan, Test) = match &plan.step {
        Step::Compare(how, a, b) => match (&a.step, &b.step) {
            (_, Step::Same(_) | Step::Scaled(..)) => (a, compared(*how, same(b, a.of)?)?),
            (Step::Same(_) | Step::Scaled(..), _) => (b, compared(turned(*how), same(a, b.of)?)?),
            _ => return None,
        },
        Step::Between(all) => {
            let [of, low, high] = &**all;
            (of, Test::Between(Bound::Included(same(low, of.of)?), Bound::Excluded(same(high, of.of)?)))
        }
        Step::IsIn(of, values) if !values.has_none => {
            let values = match &values.kept {
                Kept::Ints(ints) => ints.iter().map(|&int| Value::Int(int)).collect(),
                Kept::Texts(texts) => texts.iter().map(|text| Value::Text(text.to_string().into())).collect(),
                Kept::Sorted(values) => values.clone(),
            };
            (of, Test::any_of(values))
        }
        Step::IsAmong(of, among) if !among.has_none => {
            (of, Test::any_of(among.rows.iter().map(|&row| Value::Row(row)).collect()))
        }
        _ => return None,
    };
    let (from, model, subject) = match &of.step {
        Step::Field(from, model, field) | Step::Up(from, model, field) => (from, *model, Subject::Field(*field)),
        Step::Id(from, model) => (from, *model, Subject::Id),
        _ => return None,
    };
    Some(Asked { ups: ups(from)?, model, subject, test })
}

/// A value that is compared with values of a type, as one of these; nothing where it is no such value. None is none either.
fn same(plan: &Plan, of: Of) -> Option<Value<'static>> {
    match (&plan.step, of) {
        (Step::Same(Value::None), _) => None,
        (Step::Same(value), _) if plan.of == of => Some(value.clone()),
        // Of two types, 3 == 3.0: as a float an index finds it, where it is exactly one.
        (Step::Same(Value::Int(int)), Of::Value(Type::Float)) if int.unsigned_abs() <= 1 << 53 => {
            Some(Value::Float(*int as f64))
        }
        (Step::Scaled(number, digits), _) if plan.of == of => {
            let number = match number.step {
                Step::Same(Value::Int(int)) => i128::from(int),
                Step::Same(Value::Wide(wide)) => wide.into(),
                _ => return None,
            };
            let scaled = 10_i128.checked_pow((*digits).into()).and_then(|unit| number.checked_mul(unit));
            scaled.map(|scaled| Value::Wide(scaled.into()))
        }
        _ => None,
    }
}

fn compared(how: Comparison, value: Value<'static>) -> Option<Test<'static>> {
    Some(match how {
        Comparison::Equal => Test::Is(value),
        Comparison::Unequal => return None,
        Comparison::Less => Test::Between(Bound::Unbounded, Bound::Excluded(value)),
        Comparison::AtMost => Test::Between(Bound::Unbounded, Bound::Included(value)),
        Comparison::Greater => Test::Between(Bound::Excluded(value), Bound::Unbounded),
        Comparison::AtLeast => Test::Between(Bound::Included(value), Bound::Unbounded),
    })
}

/// As a comparison is said from the other side.
fn turned(how: Comparison) -> Comparison {
    match how {
        Comparison::Equal | Comparison::Unequal => how,
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
    }
}

/// The references that lead to rows.
fn ups(plan: &Plan) -> Option<Vec<(ModelId, usize)>> {
    let (mut ups, mut at) = (Vec::new(), plan);
    while let Step::Up(from, model, field) = &at.step {
        ups.push((*model, *field));
        at = from;
    }
    ups.reverse();
    matches!((&at.step, at.of), (Step::Itself, Of::Row(_))).then_some(ups)
}
