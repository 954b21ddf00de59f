//! Values and rows among others: `is_in`, and what filters by a collection.

use std::sync::Arc;

use crate::ask::check::{Checker, Operand, Said, refused};
use crate::ask::expr::Expr;
use crate::ask::given::Given;
use crate::ask::plan::{Kept, Of, Plan, Rows, Step, Values};
use crate::store::Store;
use crate::store::decimal::rescaled;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::instead::instead;
use crate::store::read::rowset::RowSet;
use crate::store::types::Type;
use crate::store::value::Value;

impl<O: Operand> Checker<'_, O> {
    /// Whether a value is one of several, or a row in a collection.
    pub fn is_in(&self, expr: &Expr<O>, plan: Plan, given: Said<O>) -> Result<Plan> {
        let all = match (given, plan.of) {
            (Said::Given(Given::Rows(model, rows)), Of::Row(own)) if model == own => {
                return Ok(among_rows(self.engine, plan, rows, false));
            }
            (Said::Given(Given::Rows(model, _)), of) => {
                let (one, two) = (of.name(self.engine), Of::Row(model).name(self.engine));
                return refused(format!("{expr}: the collection has {two}, and {one} is looked for in it"));
            }
            (Said::Given(Given::Several(all)), _) => all,
            _ => return refused(format!("{expr}: is_in() takes a collection or several values")),
        };
        let plan = if self.is_lasting { self.outside(plan, expr)? } else { plan };
        match plan.of {
            Of::Row(model) => {
                let (mut rows, mut has_none) = (Vec::new(), false);
                for given in all {
                    match given {
                        Given::Nothing => has_none = true,
                        Given::Row(own, row) if own == model => rows.push(row),
                        Given::Value(..) | Given::Several(_) => rows.extend(self.row_named(expr, model, &given)?),
                        Given::Row(..) | Given::Rows(..) => {
                            return self.not_for(expr, "it is compared with records of its model", Of::Row(model));
                        }
                    }
                }
                Ok(among_rows(self.engine, plan, rows, has_none))
            }
            Of::Value(of) => {
                let (mut values, mut has_none) = (Vec::new(), false);
                for given in all {
                    match given {
                        Given::Nothing => has_none = true,
                        Given::Value(value, kind) => match as_kind(value, kind, of) {
                            Ok(value) => values.extend(value),
                            Err(value) => {
                                let way = instead(of, kind, &value).map_or_else(String::new, |way| format!("; {way}"));
                                let (one, two) = (of.name(), kind.name());
                                return refused(format!("{expr}: {one} and {two} do not compare so{way}"));
                            }
                        },
                        Given::Row(model, _) | Given::Rows(model, _) => {
                            return self.not_for(
                                expr,
                                &format!("it is compared with values of {}", of.name()),
                                Of::Row(model),
                            );
                        }
                        Given::Several(_) => {
                            return refused(format!(
                                "{expr}: a tuple is the key of a record, where it has several fields, not {}",
                                of.name()
                            ));
                        }
                    }
                }
                Ok(among_values(plan, values, has_none))
            }
            Of::Nothing => refused(format!("{expr}: None is no field")),
        }
    }
}

/// A value as one of another type: nothing where none of that type equals it, and the value itself as an error where the
/// types do not compare.
pub fn as_kind(
    value: Value<'static>,
    kind: Type,
    of: Type,
) -> std::result::Result<Option<Value<'static>>, Value<'static>> {
    Ok(match (value, kind, of) {
        (value, kind, of) if kind == of => Some(value),
        (Value::Int(int), Type::Int, Type::Float) => {
            let float = int as f64;
            (float as i128 == i128::from(int)).then_some(Value::Float(float))
        }
        (Value::Float(float), Type::Float, Type::Int) => {
            i64::try_from(float as i128).ok().filter(|&int| int as f64 == float).map(Value::Int)
        }
        (Value::Int(int), Type::Int, Type::Decimal(scale)) => {
            rescaled(int.into(), 0, scale).ok().map(|number| Value::Wide(number.into()))
        }
        (Value::Wide(number), Type::Decimal(from), Type::Decimal(to)) => {
            rescaled(number.into(), from as i8, to).ok().map(|number| Value::Wide(number.into()))
        }
        (Value::Wide(number), Type::Decimal(from), Type::Int) => {
            rescaled(number.into(), from as i8, 0).ok().and_then(|number| i64::try_from(number).ok()).map(Value::Int)
        }
        (value, ..) => return Err(value),
    })
}

fn kept(values: Vec<Value<'static>>) -> Kept {
    if values.iter().all(|value| matches!(value, Value::Int(_))) {
        return Kept::Ints(
            values.iter().filter_map(|value| if let Value::Int(int) = value { Some(*int) } else { None }).collect(),
        );
    }
    if values.iter().all(|value| matches!(value, Value::Text(_))) {
        let text = |value| if let Value::Text(text) = value { Some(text.into_owned().into_boxed_str()) } else { None };
        return Kept::Texts(values.into_iter().filter_map(text).collect());
    }
    let mut sorted = values;
    sorted.sort_unstable();
    Kept::Sorted(sorted)
}

/// Whether values are among these, which are of their type.
pub fn among_values(plan: Plan, values: Vec<Value<'static>>, has_none: bool) -> Plan {
    Plan::condition(Step::IsIn(Box::new(plan), Arc::new(Values { has_none, kept: kept(values) })))
}

/// Whether rows are among these.
pub fn among_rows(engine: &Store, plan: Plan, rows: Vec<Row>, has_none: bool) -> Plan {
    let universe = match plan.of {
        Of::Row(model) => engine.table(model).rows(),
        Of::Value(_) | Of::Nothing => 0,
    };
    // A plan that is computed elsewhere names rows that are not here.
    let universe = rows.iter().fold(universe, |universe, &row| universe.max(row as usize + 1));
    let mut set = RowSet::new(universe, rows.len());
    set.add(&rows);
    Plan::condition(Step::IsAmong(Box::new(plan), Arc::new(Rows { has_none, rows, set })))
}
