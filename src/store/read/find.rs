//! Finding rows by the values of their fields where an index knows them.

use std::ops::Bound;

use crate::store::Store;
use crate::store::id::{Id, ModelId, Row};
use crate::store::room;
use crate::store::stop::Pace;
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

/// Rows that an index knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Candidates {
    /// All rows that pass are among these, which ascend.
    pub rows: Vec<Row>,
    /// How many of the tests it is known that each of them passes.
    pub passed: usize,
}

impl Store {
    /// The rows that may pass, where an index knows them: those of an id, else of a unique key, else of a part of the rows
    /// in some order.
    pub fn candidates(&self, model: ModelId, tests: &Tests) -> Option<Candidates> {
        self.candidates_by_name(model, tests).or_else(|| self.candidates_in(model, Part::All, tests))
    }

    /// As [`candidates`](Self::candidates), of a part of the rows. Where a test names a row that they refer to, it is those;
    /// of these the shortest range of ids, or of a field that rises or has an index. Nothing where that would be all of the
    /// part, or nearly.
    pub fn candidates_in(&self, model: ModelId, part: Part, tests: &Tests) -> Option<Candidates> {
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
        let of_list = usize::from(listed.is_some());
        match (range, parents) {
            (Some((in_order, places)), parents) if parents.as_ref().is_none_or(|all| places.len() <= entries(all)) => {
                Some(Candidates { rows: in_order.rows(places), passed: of_list + 1 })
            }
            (_, Some((field, parents))) => {
                let mut rows = room::collected(parents.iter().flat_map(|&parent| table.children(field, parent)));
                rows.sort_unstable();
                Some(Candidates { rows, passed: 1 })
            }
            _ => listed.map(|_| Candidates { rows: table.part(part), passed: of_list }),
        }
    }

    /// As [`candidates`](Self::candidates), by ids and unique keys only: no more of them than there are values in the tests.
    pub fn candidates_by_name(&self, model: ModelId, tests: &Tests) -> Option<Candidates> {
        let table = self.table(model);
        let by_id = tests.iter().find_map(|test| match test {
            (Subject::Id, Test::Is(Value::Int(id))) => Some(table.find(*id as Id).into_iter().collect()),
            (Subject::Id, Test::In(ids)) => {
                let row = |id: &Value| if let Value::Int(id) = id { table.find(*id as Id) } else { None };
                Some(ids.iter().filter_map(row).collect())
            }
            _ => None,
        });
        match by_id {
            Some(rows) => Some(Candidates { rows, passed: 1 }),
            None => self.candidate_by_key(model, tests),
        }
    }

    /// The rows that a unique index finds, where the tests give its whole key, or some values of its one field.
    fn candidate_by_key(&self, model: ModelId, tests: &Tests) -> Option<Candidates> {
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
                return Some(Candidates { rows, passed: 1 });
            }
            let key: Vec<&Value> = unique.fields.iter().map(|&field| wanted(field)).collect::<Option<_>>()?;
            Some(Candidates { rows: table.find_key(at, &key).into_iter().collect(), passed: key.len() })
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
}
