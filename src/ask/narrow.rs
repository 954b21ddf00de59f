//! Which rows a condition can hold for, where an index knows. The rules are in "Asking in columns" in `docs/design.md`.

use crate::ask::expr::Comparison;
use crate::ask::plan::{Kept, Of, Plan, Step};
use crate::store::Store;
use crate::store::id::{ModelId, Row};
use crate::store::read::find::{Subject, Test};
use crate::store::room;
use crate::store::value::Value;

/// A superset of the rows of a model for which a condition holds, ascending; nothing where they would have to be looked
/// for. `with_references`: also those that refer to a row; without, no more than there are values in the condition.
pub fn candidates(engine: &Store, model: ModelId, condition: &Plan, with_references: bool) -> Option<Vec<Row>> {
    let parts = match &condition.step {
        Step::All(all) => all.iter().collect(),
        _ => vec![condition],
    };
    let tests: Vec<Asked> = parts.into_iter().filter_map(test).collect();
    let own = tests.iter().filter(|asked| asked.ups.is_empty()).map(|asked| (asked.subject, asked.test.clone()));
    let own: Vec<(Subject, Test)> = own.collect();
    let found = match with_references {
        true => engine.candidates(model, &own),
        false => return engine.candidates_by_name(model, &own),
    };
    // Else down the inverses, from where an index knows what the condition wants.
    found.or_else(|| {
        tests.iter().filter(|asked| !asked.ups.is_empty()).find_map(|asked| {
            let ends = engine.candidates(asked.model, &[(asked.subject, asked.test.clone())])?;
            Some(asked.ups.iter().rev().fold(ends, |rows, &(model, field)| below(engine, &rows, model, field)))
        })
    })
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
    let (of, test) = match &plan.step {
        // Of two types, 3 == 3.0: an index would not find it.
        Step::Compare(Comparison::Equal, a, b) if a.of == b.of => match (&a.step, &b.step) {
            (_, Step::Same(value)) => (a, Test::Is(value.clone())),
            (Step::Same(value), _) => (b, Test::Is(value.clone())),
            _ => return None,
        },
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
