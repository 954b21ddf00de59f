//! Parts of an order of which the first key need not be sorted by: the rows lie in its order, or an index has it. What is
//! equal by that key is a group, and only groups are sorted by the others.

use std::ops::Range;

use crate::ask::order::places;
use crate::ask::plan::{Plan, Step};
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::id::{ModelId, Row};
use crate::store::read::find::Subject;
use crate::store::room;
use crate::store::table::orders::Part;

/// A part of a model's rows in the order of some fields of theirs, or ids, each with whether it falls.
#[derive(Clone, Debug)]
pub struct Grouped {
    model: ModelId,
    part: Part,
    first: (Subject, bool),
    others: Vec<(Subject, bool)>,
}

impl Grouped {
    /// An order by these keys, if it can be had so.
    pub fn of(engine: &Store, model: ModelId, part: Part, keys: &[(Plan, bool)]) -> Option<Self> {
        let mut keys = keys.iter().map(|(plan, falls)| Some((own(plan)?, *falls)));
        let (first, others) = (keys.next()??, keys.collect::<Option<Vec<_>>>()?);
        let in_order = engine.in_order(model, part, first.0)?;
        // Where rows left, places are counted, and so would the ends of groups be.
        (others.is_empty() || in_order.all_count()).then_some(Grouped { model, part, first, others })
    }

    /// The model of the rows.
    pub fn model(&self) -> ModelId {
        self.model
    }

    /// How many rows there are. O(1).
    pub fn len(&self, engine: &Store) -> usize {
        let table = engine.table(self.model);
        match self.part {
            Part::All => table.len(),
            Part::List { field, parent } => table.count(field, parent),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self, engine: &Store) -> bool {
        self.len(engine) == 0
    }

    /// The places of the groups in which these places are; of one key each row is a group. O(log n).
    pub fn around(&self, engine: &Store, places: Range<usize>) -> Range<usize> {
        let (part, (by, falls)) = (self.part, self.first);
        let places = places.start..places.end.min(self.len(engine));
        if self.others.is_empty() || places.is_empty() {
            return places;
        }
        match engine.in_order(self.model, part, by) {
            Some(in_order) => in_order.group(places.start, falls).start..in_order.group(places.end - 1, falls).end,
            None => 0..self.len(engine),
        }
    }

    /// The rows at these places, which groups are [`around`](Self::around).
    pub fn rows(&self, engine: &Store, places: Range<usize>) -> Vec<Row> {
        let ((by, falls), table) = (self.first, engine.table(self.model));
        let rows = engine.rows_in_order(self.model, (self.part, by, falls), places.start, places.len());
        if self.others.is_empty() || rows.len() < 2 {
            return rows;
        }
        let cells = |&(by, _): &(Subject, bool)| match by {
            Subject::Id => Column::of_ints(room::collected(rows.iter().map(|&row| table.id(row) as i64)), None),
            Subject::Field(field) => table.column(field).gathered(&rows),
        };
        let keys = || std::iter::once(&self.first).chain(&self.others);
        let cells: Vec<Column> = keys().map(cells).collect();
        let sorted = self::places(&cells, keys().map(|&(_, falls)| falls), rows.len());
        room::collected(sorted.into_iter().map(|place| rows[place as usize]))
    }
}

/// What a key is, where it is a field of the row's own or its id.
fn own(plan: &Plan) -> Option<Subject> {
    match &plan.step {
        Step::Field(of, _, field) if of.is_itself() => Some(Subject::Field(*field)),
        Step::Id(of, _) if of.is_itself() => Some(Subject::Id),
        _ => None,
    }
}
