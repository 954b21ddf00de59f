//! The proof that everything derived agrees with the columns.

use foldhash::HashMap;

use crate::store::Store;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, NO_ROW, Row};
use crate::store::index::marks::Marks;
use crate::store::progress::counted;
use crate::store::schema::declaration::Kind;
use crate::store::table::Table;
use crate::store::value::Value;

impl Store {
    /// Compares every index with the columns it is derived from. O(rows × indexes).
    pub fn check(&self) -> Result<()> {
        for model in (0..self.schema().models().len()).map(|at| ModelId(at as u32)) {
            let wrong = |what: String| Error::Corrupt(format!("{}: {what}", self.schema().model(model).name));
            self.check_rows(model).map_err(wrong)?;
            for field in 0..self.schema().model(model).fields.len() {
                let name = &self.schema().model(model).fields[field].name;
                self.check_inverse(model, field).map_err(|what| wrong(format!("inverse of {name}: {what}")))?;
            }
            self.check_uniques(model).map_err(wrong)?;
            self.check_orders(model).map_err(wrong)?;
        }
        Ok(())
    }

    /// How many rows [`check`](Self::check) looks at, each time counted.
    pub fn rows_to_check(&self) -> usize {
        let looks = |table: &Table| {
            let inverses = (0..table.columns().len()).filter(|&field| table.inverse(field).is_some()).count();
            table.len() * (1 + inverses + table.uniques().len())
        };
        (0..self.schema().models().len()).map(|at| looks(self.table(ModelId(at as u32)))).sum()
    }

    /// A row in which this store and another of the same models differ. O(rows).
    pub fn difference(&self, other: &Store) -> Option<(ModelId, Id)> {
        (0..self.schema().models().len()).map(|at| ModelId(at as u32)).find_map(|model| {
            let (one, two) = (self.table(model), other.table(model));
            let id = |table: &Table, row: Row| table.id(row);
            let mut pairs = counted(one.live().zip(two.live()));
            let differs = |&(a, b): &(Row, Row)| {
                let cell = |field| match self.schema().refers_to(model, field) {
                    Some(to) => self.parent_id(model, field, to, a) == other.parent_id(model, field, to, b),
                    None => one.column(field).get(a) == two.column(field).get(b),
                };
                id(one, a) != id(two, b) || !(0..one.columns().len()).all(cell)
            };
            let more = || match one.len() > two.len() {
                true => one.live().nth(two.len()).map(|row| id(one, row)),
                false => two.live().nth(one.len()).map(|row| id(two, row)),
            };
            Some((model, pairs.find(differs).map(|(row, _)| id(one, row)).or_else(more)?))
        })
    }

    fn parent_id(&self, model: ModelId, field: usize, to: ModelId, row: Row) -> Option<Id> {
        let parent = self.table(model).column(field).parent(row);
        (parent != NO_ROW).then(|| self.table(to).id(parent))
    }

    fn check_rows(&self, model: ModelId) -> std::result::Result<(), String> {
        let table = self.table(model);
        if table.live().count() != table.len() {
            return Err(format!("{} rows live, {} are counted", table.live().count(), table.len()));
        }
        let mut last = 0;
        for row in counted(table.live()) {
            let id = table.id(row);
            if id <= last || table.find(id) != Some(row) {
                return Err(format!("row {row} has the id {id} after {last}"));
            }
            last = id;
        }
        for (field, column) in self.schema().model(model).fields.iter().zip(table.columns()) {
            if column.len() != table.rows() {
                return Err(format!("{} has {} cells for {} rows", field.name, column.len(), table.rows()));
            }
            for row in table.live() {
                match (&field.kind, column.get(row)) {
                    (_, Value::None) if !field.optional => {
                        return Err(format!("{}.{} is none", table.id(row), field.name));
                    }
                    (Kind::Reference(to, _), Value::Row(parent)) if !self.table(*to).lives(parent) => {
                        return Err(format!("{}.{} refers to a row that is not there", table.id(row), field.name));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn check_inverse(&self, model: ModelId, field: usize) -> std::result::Result<(), String> {
        let table = self.table(model);
        let Some(inverse) = table.inverse(field) else { return Ok(()) };
        let mut expected: HashMap<Row, Vec<Row>> = HashMap::default();
        let parents = table.column(field).parents();
        for row in counted(table.live()).filter(|&row| parents.of(row) != NO_ROW) {
            expected.entry(parents.of(row)).or_default().push(row);
        }
        for parent in 0..inverse.parents() as Row {
            if !inverse.entries(parent).iter().is_sorted_by(|a, b| a < b) {
                return Err(format!("the list of parent {parent} does not ascend"));
            }
            if let Some(ends) = inverse.ends(parent) {
                let Some(mate) = table.mate(field) else {
                    return Err(format!("parent {parent} keeps ends of nothing"));
                };
                let mates = table.column(mate).parents();
                let right = |(row, end): (Row, u64)| end == mates.cell(row) || !table.refers(field, row, parent);
                let ends = ends.iter(0..ends.len());
                if ends.len() != inverse.entries(parent).len() || !inverse.entries(parent).iter().zip(ends).all(right) {
                    return Err(format!("the ends of parent {parent} are not what the column says"));
                }
            }
            if let Some((mate, marks)) = table.mate(field).zip(inverse.marks(parent).and_then(Marks::kept)) {
                let mates = table.column(mate).parents();
                let marked = |row: Row| mates.of(row) != NO_ROW && marks.get(mates.of(row) as usize);
                if marks.count() != inverse.len(parent) || !table.children(field, parent).all(marked) {
                    return Err(format!("the set of parent {parent} is not what the column says"));
                }
            }
            let rows: Vec<Row> = table.children(field, parent).collect();
            if rows != expected.remove(&parent).unwrap_or_default() || rows.len() != inverse.len(parent) {
                return Err(format!("the list of parent {parent} is not what the column says"));
            }
        }
        match expected.keys().next() {
            Some(parent) => Err(format!("parent {parent} has no list")),
            None => Ok(()),
        }
    }

    fn check_orders(&self, model: ModelId) -> std::result::Result<(), String> {
        let (table, fields) = (self.table(model), &self.schema().model(model).fields);
        for (field, column) in fields.iter().zip(table.columns()) {
            let falls = |row: Row| column.is_none(row) || row > 0 && column.compared(row - 1, row).is_gt();
            if (0..column.known_to_rise() as Row).any(falls) {
                return Err(format!("{} falls where it is known to rise", field.name));
            }
        }
        match table.wrong_order() {
            Some(field) => Err(format!("the index of {} is not what the column says", fields[field].name)),
            None => Ok(()),
        }
    }

    fn check_uniques(&self, model: ModelId) -> std::result::Result<(), String> {
        let table = self.table(model);
        for (at, unique) in table.uniques().iter().enumerate() {
            let mut keyed = 0;
            for row in counted(table.live()) {
                let key: Vec<Value> = unique.fields.iter().map(|&field| table.column(field).get(row)).collect();
                if key.iter().any(Value::is_none) {
                    continue;
                }
                keyed += 1;
                if table.find_key(at, &key.iter().collect::<Vec<_>>()) != Some(row) {
                    return Err(format!("row {} is not where its unique key leads", table.id(row)));
                }
            }
            if keyed != unique.len() && !unique.is_pending() {
                return Err(format!("a unique index has {} rows instead of {keyed}", unique.len()));
            }
        }
        Ok(())
    }
}
