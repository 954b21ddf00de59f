//! Those of the links of a path that its conditions and a question choose, with what each counts: as if there were no others.

use crate::ask::answer::{self, answers, matching};
use crate::ask::domain::Domain;
use crate::ask::order::number;
use crate::ask::plan::{Of, Plan};
use crate::rank::lists::{Lists, Pairs};
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, Row};
use crate::store::read::path::{Join, Path};
use crate::store::room;
use crate::store::types::Type;

/// What a question says of the join rows: which count, and how much.
#[derive(Clone, Default)]
pub struct Choice {
    /// What must hold of a join row.
    pub condition: Option<Plan>,
    /// What a join row counts, a number above 0; and how that was written.
    pub weight: Option<(Plan, String)>,
    /// Which of the asker's own links count most, where not all count the same.
    pub recent: Option<Age>,
}

/// Which of an asker's links are the newest.
#[derive(Clone)]
pub enum Age {
    /// Those made last.
    Order,
    /// Those for which this is the largest; and how that was written.
    By(Plan, String),
}

impl Choice {
    /// Whether all join rows count, and count one.
    pub fn is_all(&self) -> bool {
        self.condition.is_none() && self.weight.is_none()
    }

    /// Whether nothing is said of them.
    pub fn is_none(&self) -> bool {
        self.is_all() && self.recent.is_none()
    }
}

/// The join rows that the conditions of a path and a question choose, in order of creation.
pub fn chosen_rows(store: &Store, model: ModelId, path: &Path, condition: Option<&Plan>) -> Result<Vec<Row>> {
    let table = store.table(model);
    match (condition, path.conditions().is_empty(), table.run()) {
        (Some(condition), true, Some(run)) => matching(store, &Domain::Run(run), condition),
        _ => those_that_hold(store, path, condition, table.live_rows()),
    }
}

/// Those of these join rows that they choose, in their order.
pub fn those_that_hold(store: &Store, path: &Path, condition: Option<&Plan>, mut rows: Vec<Row>) -> Result<Vec<Row>> {
    for condition in path.conditions() {
        let mut holds = condition.holding(store, &rows).into_iter();
        rows.retain(|_| holds.next() == Some(true));
    }
    match condition {
        Some(condition) => matching(store, &Domain::List(&rows), condition),
        None => Ok(rows),
    }
}

/// What each of these join rows counts. O(rows).
pub fn weights_of(store: &Store, model: ModelId, rows: &[Row], (plan, said): (&Plan, &str)) -> Result<Vec<f64>> {
    // All rows of a table without gaps lie side by side, and so do their values.
    let all = store.table(model).run().filter(|run| run.len() == rows.len());
    let domain = all.map_or(Domain::List(rows), Domain::Run);
    let asked = answers(store, &domain, &[answer::Question::One(plan.clone())])?;
    let weights = asked.into_iter().next().map_or_else(Vec::new, |answer| numbers(answer.cells, plan.of));
    match weights.iter().position(|weight| !(LEAST..=MOST).contains(weight)) {
        None => Ok(weights),
        Some(at) => Err(not_a_weight(store, model, rows[at], said, weights[at])),
    }
}

/// The values of a column of numbers as floats; NaN where there is none, for no value is NaN.
fn numbers(cells: Column, of: Of) -> Vec<f64> {
    match of {
        Of::Value(Type::Float) => cells.into_floats(f64::NAN),
        _ if cells.ints().len() == cells.len() && cells.first_none().is_none() => {
            room::collected(cells.ints().iter().map(|&int| int as f64))
        }
        _ => room::collected((0..cells.len() as Row).map(|at| number(&cells.get(at), of))),
    }
}

/// With these, what a walk multiplies is a number above 0, also where degrees are damped most (to the power of 4) and the oldest
/// links count least.
const LEAST: f64 = 1e-18;
const MOST: f64 = 1e18;

fn not_a_weight(store: &Store, model: ModelId, row: Row, said: &str, weight: f64) -> Error {
    let (name, id) = (store.schema().model(model).name.clone(), store.table(model).id(row));
    let shown = if weight.is_nan() { "None".to_owned() } else { weight.to_string() };
    Error::Field {
        why: format!(
            "is {shown} in {name} {id}, and a weight is a number above 0, from 1e-18 to 1e18; leave such rows out with where="
        ),
        model: name,
        field: said.to_owned(),
    }
}

/// Both sides' lists of the join rows that are chosen, each pair once: it weighs what its rows do together.
pub fn chosen(store: &Store, path: &Path, join: Join, choice: &Choice) -> Result<Lists> {
    let table = store.table(join.model);
    let rows = chosen_rows(store, join.model, path, choice.condition.as_ref())?;
    let weights = match &choice.weight {
        Some((plan, said)) => Some(weights_of(store, join.model, &rows, (plan, said))?),
        None => None,
    };
    let ends = |field: usize| {
        let parents = table.column(field).parents();
        room::collected(rows.iter().map(|&row| parents.of(row)))
    };
    let (owners, members): (Vec<Row>, Vec<Row>) = (ends(join.near), ends(join.far));
    let universe = (store.table(path.from).rows(), store.table(path.to).rows());
    let pairs = Pairs { owners: &owners, members: &members, is_once: join.unique.is_some(), universe };
    Ok(weights.map_or_else(|| pairs.lists(), |weights| pairs.weighed_lists(&weights)))
}
