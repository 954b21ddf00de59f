//! Finding rows by the values of their fields: over an index where one fits, else over the columns.

use std::ops::Bound;

use crate::store::Store;
use crate::store::id::{Id, ModelId, Row};
use crate::store::room;
use crate::store::stop::{Pace, looking};
use crate::store::table::orders::Part;
use crate::store::value::Value;

/// What is asked of one field.
#[derive(Clone, Debug)]
pub enum Test<'a> {
    /// Equal to this value; `None` finds rows without a value.
    Is(Value<'a>),
    /// Equal to one of these, ascending.
    In(Vec<Value<'a>>),
    /// Within these bounds. Rows without a value are not between anything.
    Between(Bound<Value<'a>>, Bound<Value<'a>>),
}

impl<'a> Test<'a> {
    /// Equal to one of these values.
    pub fn any_of(mut values: Vec<Value<'a>>) -> Self {
        values.sort_unstable();
        values.dedup();
        Test::In(values)
    }

    fn passes(&self, value: &Value) -> bool {
        match self {
            Test::Is(wanted) => value == wanted,
            Test::In(wanted) => wanted.binary_search(value).is_ok(),
            Test::Between(low, high) => {
                let is_above = match low {
                    Bound::Unbounded => true,
                    Bound::Included(low) => value >= low,
                    Bound::Excluded(low) => value > low,
                };
                is_above
                    && !value.is_none()
                    && match high {
                        Bound::Unbounded => true,
                        Bound::Included(high) => value <= high,
                        Bound::Excluded(high) => value < high,
                    }
            }
        }
    }
}

/// What a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The row's id, as [`Value::Int`].
    Id,
    /// A field, by index.
    Field(usize),
}

/// Rows must pass every one of these.
pub type Tests<'a> = [(Subject, Test<'a>)];

impl Store {
    /// Of these rows, those that pass, in the same order. O(rows).
    pub fn filter(&self, model: ModelId, rows: &mut Vec<Row>, tests: &Tests) {
        if tests.is_empty() {
            return;
        }
        let mut pace = Pace::default();
        rows.retain(|&row| {
            pace.step();
            self.passes(model, row, tests)
        });
    }

    /// Of all live rows of a model, those that pass, in order of creation. O(1) where a unique index answers,
    /// O(children) over an inverse, else O(rows).
    pub fn select(&self, model: ModelId, tests: &Tests) -> Vec<Row> {
        let mut rows = self.candidates(model, tests).unwrap_or_else(|| self.table(model).live_rows());
        self.filter(model, &mut rows, tests);
        rows
    }

    /// The first live row that passes. Costs as [`select`](Self::select); a scan stops at it.
    pub fn first(&self, model: ModelId, tests: &Tests) -> Option<Row> {
        match self.candidates(model, tests) {
            Some(rows) => rows.into_iter().find(|&row| self.passes(model, row, tests)),
            None => looking(self.table(model).live()).find(|&row| self.passes(model, row, tests)),
        }
    }

    fn passes(&self, model: ModelId, row: Row, tests: &Tests) -> bool {
        let table = self.table(model);
        tests.iter().all(|(subject, test)| match *subject {
            Subject::Id => test.passes(&Value::Int(table.id(row) as i64)),
            Subject::Field(field) => match test {
                Test::Is(wanted) => table.column(field).holds(row, wanted),
                _ => test.passes(&table.column(field).get(row)),
            },
        })
    }

    /// A superset of the rows that pass, ascending, where an index knows one: those of an id, else of a unique key, else of
    /// a part of the rows in some order.
    pub fn candidates(&self, model: ModelId, tests: &Tests) -> Option<Vec<Row>> {
        self.candidates_by_name(model, tests).or_else(|| self.candidates_in(model, Part::All, tests))
    }

    /// As [`candidates`](Self::candidates), of a part of the rows. Where a test names a row that they refer to, it is those;
    /// of these the shortest range of ids, or of a field that rises or has an index. Nothing where that would be all of the
    /// part, or nearly.
    pub fn candidates_in(&self, model: ModelId, part: Part, tests: &Tests) -> Option<Vec<Row>> {
        let table = self.table(model);
        let listed = tests.iter().filter_map(|test| match test {
            (Subject::Field(field), Test::Is(Value::Row(parent))) => Some((*field, *parent)),
            _ => None,
        });
        let listed = listed.filter(|_| part == Part::All).min_by_key(|&(field, parent)| table.entries(field, parent));
        let part = listed.map_or(part, |(field, parent)| Part::List { field, parent });
        let ranges = tests.iter().filter_map(|(subject, test)| {
            let bounds = match test {
                Test::Between(low, high) => (low.clone(), high.clone()),
                Test::Is(Value::None | Value::Row(_)) | Test::In(_) => return None,
                Test::Is(value) => (Bound::Included(value.clone()), Bound::Included(value.clone())),
            };
            let in_order = self.in_order(model, part, *subject)?;
            let places = in_order.places(&bounds.0, &bounds.1);
            Some((in_order, places))
        });
        let range = ranges.min_by_key(|(_, places)| places.len());
        let range = range.filter(|(in_order, places)| in_order.is_worth(places));
        let parents = if part == Part::All { self.parents_in(model, tests) } else { None };
        let entries = |(field, parents): &(usize, Vec<Row>)| -> usize {
            parents.iter().map(|&parent| table.entries(*field, parent)).sum()
        };
        match (range, parents) {
            (Some((in_order, places)), parents) if parents.as_ref().is_none_or(|all| places.len() <= entries(all)) => {
                Some(in_order.rows(places))
            }
            (_, Some((field, parents))) => {
                let mut rows = room::collected(parents.iter().flat_map(|&parent| table.children(field, parent)));
                rows.sort_unstable();
                Some(rows)
            }
            _ => listed.map(|_| table.part(part)),
        }
    }

    /// As [`candidates`](Self::candidates), by ids and unique keys only: no more of them than there are values in the tests.
    pub fn candidates_by_name(&self, model: ModelId, tests: &Tests) -> Option<Vec<Row>> {
        let table = self.table(model);
        let by_id = tests.iter().find_map(|test| match test {
            (Subject::Id, Test::Is(Value::Int(id))) => Some(table.find(*id as Id).into_iter().collect()),
            (Subject::Id, Test::In(ids)) => {
                let row = |id: &Value| if let Value::Int(id) = id { table.find(*id as Id) } else { None };
                Some(ids.iter().filter_map(row).collect())
            }
            _ => None,
        });
        by_id.or_else(|| self.candidate_by_key(model, tests))
    }

    /// The rows that a unique index finds, where the tests give its whole key, or some values of its one field.
    fn candidate_by_key(&self, model: ModelId, tests: &Tests) -> Option<Vec<Row>> {
        let table = self.table(model);
        let wanted = |field: usize| {
            tests.iter().find_map(|test| match test {
                (Subject::Field(at), Test::Is(value)) if *at == field && !value.is_none() => Some(value),
                _ => None,
            })
        };
        let any_of = |field: usize| {
            tests.iter().find_map(|test| match test {
                (Subject::Field(at), Test::In(values)) if *at == field => Some(values),
                _ => None,
            })
        };
        table.uniques().iter().enumerate().find_map(|(at, unique)| {
            if let [field] = *unique.fields
                && let Some(values) = any_of(field)
                && !values.iter().any(Value::is_none)
            {
                let mut rows: Vec<Row> = values.iter().filter_map(|value| table.find_key(at, &[value])).collect();
                rows.sort_unstable();
                return Some(rows);
            }
            let key: Option<Vec<&Value>> = unique.fields.iter().map(|&field| wanted(field)).collect();
            Some(table.find_key(at, &key?).into_iter().collect())
        })
    }

    /// A reference of which a test names several rows that it may lead to, and these.
    fn parents_in(&self, model: ModelId, tests: &Tests) -> Option<(usize, Vec<Row>)> {
        tests.iter().find_map(|test| match test {
            (Subject::Field(field), Test::In(parents)) if self.table(model).inverse(*field).is_some() => {
                let row = |parent: &Value| if let Value::Row(row) = parent { Some(*row) } else { None };
                Some((*field, parents.iter().map(row).collect::<Option<_>>()?))
            }
            _ => None,
        })
    }
}

/// Orders rows by a value of each, stably; none is last both ways. O(n log n).
pub fn order<'a>(rows: &mut [Row], reverse: bool, of: impl Fn(Row) -> Value<'a>) {
    let mut keyed: Vec<(Value, Row)> = room::collected(rows.iter().map(|&row| (of(row), row)));
    let mut pace = Pace::default();
    // A stable sort takes half as much again.
    room::check(size_of_val(&*keyed));
    keyed.sort_by(|(a, _), (b, _)| {
        pace.step();
        match (a.is_none(), b.is_none()) {
            (false, false) if reverse => b.cmp(a),
            (false, false) => a.cmp(b),
            (a, b) => a.cmp(&b),
        }
    });
    rows.iter_mut().zip(keyed).for_each(|(place, (_, row))| *place = row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_stable_and_none_is_last_both_ways() {
        let cells = [Value::Int(2), Value::None, Value::Int(1), Value::Int(2), Value::None];
        let of = |row: Row| cells[row as usize].clone();
        let mut rows = [0, 1, 2, 3, 4];
        order(&mut rows, false, of);
        assert_eq!(rows, [2, 0, 3, 1, 4]);
        let mut rows = [0, 1, 2, 3, 4];
        order(&mut rows, true, of);
        assert_eq!(rows, [0, 3, 2, 1, 4]);
    }

    #[test]
    fn between_excludes_its_end_and_none() {
        let test = Test::Between(Bound::Included(Value::Int(1)), Bound::Excluded(Value::Int(3)));
        let passing = [Value::None, Value::Int(0), Value::Int(1), Value::Int(2), Value::Int(3)];
        assert_eq!(passing.iter().filter(|value| test.passes(value)).count(), 2);
    }
}
