//! Rows of one input: some are there already, by an id or a unique key, some refer to each other, some lead nowhere.
//!
//! First it is settled where references to other rows lead, then which input row becomes which row of the table; from then
//! on references between rows of the input are numbers like any other. What is left out on the way is as if the input did
//! not have it, so this is done again until nothing more is left out.

use std::ops::Range;

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, Row};
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::room;
use crate::store::table::insert::{Conflict, OnConflict};
use crate::store::write::given::{NewCells, OnMissing};
use crate::store::write::near::Near;
use crate::store::write::nowhere::Lost;
use crate::store::write::places::{Meeting, Out, Places};
use crate::store::write::resolve::{Fates, Said};

/// Many rows that are new, or there already.
#[derive(Debug)]
pub struct Input {
    /// How many.
    pub rows: usize,
    /// Their ids, at least 1, if they have some.
    pub ids: Option<Packed>,
    /// What they hold, by field.
    pub cells: Vec<NewCells>,
    /// By field, whether it was said; other cells are defaults of new rows, which no row gets that is there.
    pub is_given: Vec<bool>,
    /// The unique fields that say which row is there already, if not all that are unique.
    pub key: Option<Vec<usize>>,
    /// What becomes of rows whose id or key another has.
    pub meeting: Meeting,
    /// By field, what becomes of rows whose reference leads nowhere.
    pub on_missing: Vec<OnMissing>,
}

/// What became of an input.
#[derive(Debug, PartialEq)]
pub struct Brought {
    /// The rows that were created, or created and updated, in the order of the input, each once.
    pub rows: BroughtRows,
    /// How many rows were left out because they lead nowhere.
    pub left_out: usize,
    /// How many of these because they led to others of them.
    pub followed: usize,
    /// References and how many rows of each lead nowhere.
    pub nowhere: Vec<(usize, usize)>,
}

/// Rows of a table.
#[derive(Debug, PartialEq)]
pub enum BroughtRows {
    /// All new ones.
    Together(Range<Row>),
    /// These.
    Each(Vec<Row>),
}

impl Store {
    /// Creates rows, in the order of their ids if they have some, or updates those that are there, all or, on an error,
    /// none; on an error no id is spent. A reference to the same model may lead to rows of the input, by their ids or by a
    /// unique key. O(rows log rows) where the ids do not ascend, else as [`insert_all`](Self::insert_all).
    pub fn bring_in(&mut self, model: ModelId, input: Input) -> Result<Brought> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        if input.rows > self.table(model).room() {
            return Err(Error::Full { model: self.schema.model(model).name.clone() });
        }
        let Input { rows, ids, cells, is_given, key, meeting, on_missing } = input;
        let count = cells.len();
        let is_near = |field: usize, cells: &NewCells| {
            let is_led = matches!(cells, NewCells::Keys(_)) || ids.is_some() && matches!(cells, NewCells::Ids(_));
            is_led && self.schema.refers_to(model, field) == Some(model)
        };
        let (near, far): (Vec<_>, Vec<_>) =
            cells.into_iter().enumerate().partition(|(field, cells)| is_near(*field, cells));
        let near: Vec<Near> = near.iter().map(|(field, cells)| Near { field: *field, cells, is_asked: true }).collect();
        let mut far = self.settle_all(model, rows, far)?;
        let mut columns: Vec<Column> = (0..count).map(|_| Column::reference()).collect();
        for settled in &mut far {
            columns[settled.field] = std::mem::replace(&mut settled.column, Column::reference());
        }
        let mut fates = Fates::new(self, model, rows, &on_missing);
        let mut lost: Vec<Lost> = far.iter().filter_map(|settled| self.lost(model, settled)).collect();
        lost.iter().for_each(|lost| fates.leave_out(lost.field, &lost.nowhere.rows));
        let is_plain = ids.is_none() && key.is_none() && near.is_empty() && !fates.out.is_any();
        let on_conflict = match meeting {
            Meeting::Refuse if is_plain => Some(OnConflict::Refuse),
            Meeting::Skip if is_plain => Some(OnConflict::Skip),
            _ => None,
        };
        let check_far = |store: &Self, out: &Out| {
            let nones = far.iter().filter(|settled| settled.none.is_some());
            nones
                .map(|settled| settled.field)
                .try_for_each(|field| store.check_whole(model, field, &columns[field], out))
        };
        if let Some(on_conflict) = on_conflict {
            fates.settle(self, &lost)?;
            check_far(self, &fates.out)?;
            let rows = BroughtRows::Together(self.append_all(model, rows, columns, on_conflict)?);
            return Ok(Brought { rows, left_out: fates.out.count(), followed: fates.followed, nowhere: fates.nowhere });
        }
        let said = Said { rows, ids: ids.as_ref(), near: &near, key: key.as_deref(), meeting };
        let (places, led) = self.resolve(model, &said, &columns, &mut fates)?;
        let near_lost = near.iter().zip(&led).filter_map(|(near, led)| near.lost(model, led));
        lost.extend(near_lost);
        fates.settle(self, &lost)?;
        check_far(self, &fates.out)?;
        for (near, led) in near.iter().zip(led) {
            columns[near.field] = Column::referring(led.cells);
            self.check_whole(model, near.field, &columns[near.field], &fates.out)?;
        }
        self.update_known(model, &columns, &is_given, &places)?;
        let rows = BroughtRows::Each(self.put_in(model, columns, places, ids.as_ref(), meeting)?);
        Ok(Brought { rows, left_out: fates.out.count(), followed: fates.followed, nowhere: fates.nowhere })
    }

    /// Gives rows that are there what the input says.
    fn update_known(&mut self, model: ModelId, columns: &[Column], is_given: &[bool], places: &Places) -> Result<()> {
        let (rows, from): (Vec<Row>, Vec<Row>) = places.known.iter().copied().unzip();
        if rows.is_empty() {
            return Ok(());
        }
        let given = columns.iter().enumerate().filter(|(field, _)| is_given.get(*field).is_some_and(|&given| given));
        let cells = given.map(|(field, column)| (field, column.gathered(&from))).collect();
        self.set_all(model, &rows, cells).map_err(|error| match error {
            Error::InRow { row, error } => Error::InRow { row: from[row] as usize, error },
            error => error,
        })
    }

    /// Appends the rows that are new.
    fn put_in(
        &mut self,
        model: ModelId,
        mut columns: Vec<Column>,
        places: Places,
        ids: Option<&Packed>,
        meeting: Meeting,
    ) -> Result<Vec<Row>> {
        let (first, new) = (places.first, &places.new);
        if !places.is_whole {
            let gather = |column: Column, _: &mut Scratch| column.gathered(new);
            columns = in_parallel(new.len(), columns, gather);
        }
        let id = |&row: &Row| ids.map(|ids| ids.get(row as usize));
        let given: Vec<Id> = room::collected(new.iter().filter_map(id));
        if !new.is_empty() {
            let inserted = self.tables[model.index()].insert(columns, new.len(), OnConflict::Refuse, &given);
            let rows = inserted.map_err(|conflict| {
                let place = |row: Row| new.get(row as usize).copied().unwrap_or(row);
                let other = if conflict.other < first { conflict.other } else { first + place(conflict.other - first) };
                self.conflict(model, Conflict { row: place(conflict.row), other, ..conflict })
            })?;
            self.log.push(Change::Create { model, rows });
        }
        let mut rows = places.in_order(self.table(model).rows());
        if meeting != Meeting::Update {
            rows.retain(|&row| row >= first);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::id::NO_ROW;
    use crate::store::schema::declaration::{Declaration, Field, Kind, OnDelete};
    use crate::store::types::{Storage, Type};
    use crate::store::value::Value;
    use proptest::prelude::*;

    fn trees() -> Store {
        let mut store = Store::default();
        let fields = vec![
            Field { name: "name".into(), kind: Kind::Value(Type::Int), optional: false },
            Field { name: "parent".into(), kind: Kind::Reference("trees".into(), OnDelete::Restrict), optional: true },
        ];
        let unique = vec![vec!["name".to_owned()]];
        let tree = Declaration { name: "Tree".into(), table: "trees".into(), fields, unique, ..Declaration::default() };
        assert_eq!(store.declare(vec![tree]), Ok(vec![ModelId(0)]));
        store
    }

    fn bring(store: &mut Store, ids: &[Id], parents: &[Id], meeting: Meeting) -> Result<Vec<Row>> {
        let mut names = Column::new(Storage::Int64, false);
        ids.iter().for_each(|&id| names.push(&Value::Int(-(id as i64))));
        let cells = vec![NewCells::Values(names), NewCells::Ids(parents.iter().copied().collect())];
        let (ids, rows) = (Some(ids.iter().copied().collect()), ids.len());
        let on_missing = vec![OnMissing::Error; 2];
        let input = Input { rows, ids, cells, is_given: vec![true; 2], key: None, meeting, on_missing };
        store.begin();
        let brought = store.bring_in(ModelId(0), input).map(|brought| match brought.rows {
            BroughtRows::Each(rows) => rows,
            BroughtRows::Together(rows) => rows.collect(),
        });
        if brought.is_err() {
            store.rollback();
        } else {
            assert_eq!(store.commit(|_, _| Ok::<(), ()>(())), Ok(()));
        }
        assert_eq!(store.check(), Ok(()));
        brought
    }

    #[test]
    fn an_error_spends_no_id() {
        let mut store = trees();
        assert!(bring(&mut store, &[5, 6], &[0, 7], Meeting::Refuse).is_err());
        assert!(bring(&mut store, &[5, 5], &[0, 0], Meeting::Refuse).is_err());
        assert_eq!(store.table(ModelId(0)).next_id(), 1);
        assert_eq!(bring(&mut store, &[9, 5], &[5, 9], Meeting::Refuse), Ok(vec![1, 0]));
        assert!(bring(&mut store, &[7], &[0], Meeting::Refuse).is_err());
        assert_eq!(bring(&mut store, &[5, 10, 10], &[0, 5, 0], Meeting::Skip), Ok(vec![2]));
        assert_eq!(store.table(ModelId(0)).next_id(), 11);
    }

    proptest! {
        #[test]
        fn rows_are_in_the_order_of_their_ids_and_refer_as_the_input_says(
            ids in proptest::collection::hash_set(1..60u64, 1..30).prop_map(|ids| ids.into_iter().collect::<Vec<_>>()),
            picks in proptest::collection::vec(0..60usize, 30),
        ) {
            let mut store = trees();
            let parents: Vec<Id> = (0..ids.len()).map(|at| ids.get(picks[at]).copied().unwrap_or(0)).collect();
            let rows = bring(&mut store, &ids, &parents, Meeting::Refuse).unwrap();
            let table = store.table(ModelId(0));
            prop_assert!((1..table.rows() as Row).all(|row| table.id(row - 1) < table.id(row)));
            for (at, row) in rows.into_iter().enumerate() {
                prop_assert_eq!(table.id(row), ids[at]);
                let parent = table.column(1).parent(row);
                prop_assert_eq!(if parent == NO_ROW { 0 } else { table.id(parent) }, parents[at]);
                prop_assert_eq!(table.column(0).get(row), Value::Int(-(ids[at] as i64)));
            }
        }
    }
}
