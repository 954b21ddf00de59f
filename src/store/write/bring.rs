//! Rows of one input that say who they are, by ids of their own or by unique keys.
//!
//! First it is settled which input row becomes which row of the table; from then on references between rows of the input
//! are numbers like any other.

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::change::Change;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, NO_ROW, Row};
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::room;
use crate::store::stop::looking;
use crate::store::table::insert::{Conflict, OnConflict};
use crate::store::write::bulk::{NewCells, in_row};
use crate::store::write::places::{Meeting, OwnIds, Places, Source, Torn};

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
}

impl Store {
    /// Creates rows, in the order of their ids if they have some, or updates those that are there, all or, on an error,
    /// none; on an error no id is spent. Returns the rows that were created, or created and updated, in the order of the
    /// input, each once. A reference to the same model may lead to ids of the input. O(rows log rows) where the ids do
    /// not ascend, else as [`insert_all`](Self::insert_all).
    pub fn bring_in(&mut self, model: ModelId, input: Input) -> Result<Vec<Row>> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        if input.rows > self.table(model).room() {
            return Err(Error::Full { model: self.schema.model(model).name.clone() });
        }
        let Input { rows, ids, cells, is_given, key, meeting } = input;
        let is_near = |field: usize| self.schema.refers_to(model, field) == Some(model);
        let mut sources = Vec::new();
        let own = match &ids {
            Some(ids) => {
                let own = OwnIds::new(ids, (0..cells.len()).any(is_near));
                sources.push(own.source(self.table(model), ids));
                self.check_ids(model, ids, &sources[0], meeting)?;
                Some(own)
            }
            None => None,
        };
        let (near, far): (Vec<_>, Vec<_>) = cells
            .into_iter()
            .enumerate()
            .partition(|(field, cells)| own.is_some() && matches!(cells, NewCells::Ids(_)) && is_near(*field));
        let settle = |(field, cells), _: &mut Scratch| Ok((field, self.settled(model, field, rows, cells)?));
        let settled = in_parallel(rows, far, settle).into_iter().collect::<Result<Vec<(usize, Column)>>>()?;
        let mut columns: Vec<Column> = (0..settled.len() + near.len()).map(|_| Column::reference()).collect();
        settled.into_iter().for_each(|(field, column)| columns[field] = column);
        if meeting != Meeting::Refuse {
            let near: Vec<usize> = near.iter().map(|&(field, _)| field).collect();
            self.add_key_sources(model, &columns, &near, key.as_deref(), &mut sources)?;
        }
        let first = self.table(model).rows() as Row;
        let places = Places::of(first, rows, ids.as_ref(), &sources, meeting);
        let places = places.map_err(|torn| self.torn(model, first, &torn))?;
        for (field, cells) in near {
            if let (NewCells::Ids(cells), Some(own)) = (cells, &own) {
                columns[field] = self.rows_of_own_ids(model, field, rows, cells, own, &places)?;
            }
        }
        self.update_known(model, &columns, &is_given, &places)?;
        self.put_in(model, columns, places, ids.as_ref(), meeting)
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

    /// "row 3: one key of it is of User 5 and another of User 7"
    fn torn(&self, model: ModelId, first: Row, torn: &Torn) -> Error {
        let of = &self.schema.model(model).name;
        let named = |row: Row| match row.checked_sub(first) {
            None => (Some(self.table(model).id(row)), format!("{of} {}", self.table(model).id(row))),
            Some(row) => (None, format!("row {row} of the same input")),
        };
        let ((one, one_name), (other, other_name)) = (named(torn.one), named(torn.other));
        let message = format!(
            "it is {one_name} by one unique key and {other_name} by another; key= says which of the keys counts"
        );
        in_row(torn.row, Error::Duplicate { model, existing: one.or(other), message })
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

    /// Refuses ids that are not greater than every id that the model gave.
    fn check_ids(&self, model: ModelId, ids: &Packed, known: &Source, meeting: Meeting) -> Result<()> {
        if known.is_empty() {
            return Ok(()); // They ascend from the next one on.
        }
        let next = self.table(model).next_id();
        let of = &self.schema.model(model).name;
        let way =
            format!("to keep ids of your own beside the store's, make them a key: class {of}(Model, key=\"number\")");
        for row in looking(0..ids.len() as Row) {
            let id = ids.get(row as usize);
            let (hit, first) = known.of(row);
            if hit == NO_ROW && id < next {
                let why = format!(
                    "is {id}, and ids that are given must be greater than {}, the last that {of} gave: those of deleted \
                     rows and of blocks that were rolled back are never given again; {way}",
                    next - 1
                );
                return Err(in_row(row, Error::Field { model: of.clone(), field: "id".into(), why }));
            }
            if meeting == Meeting::Refuse && (hit != NO_ROW || first != row) {
                let existing = (hit != NO_ROW).then_some(id);
                let who = if hit == NO_ROW { format!("row {first} of the same input") } else { format!("{of} {id}") };
                let message = format!("{who} already has this id ({id}); {way}");
                return Err(in_row(row, Error::Duplicate { model, existing, message }));
            }
        }
        Ok(())
    }

    /// Who has the keys of the input: all that are unique, or only this one.
    fn add_key_sources(
        &self,
        model: ModelId,
        columns: &[Column],
        near: &[usize],
        key: Option<&[usize]>,
        sources: &mut Vec<Source>,
    ) -> Result<()> {
        let table = self.table(model);
        let only = key.map(|key| self.unique_key(model, key)).transpose()?;
        for (at, unique) in table.uniques().iter().enumerate().filter(|(at, _)| only.is_none_or(|only| only == *at)) {
            if let Some(field) = unique.fields.iter().find(|field| near.contains(field)) {
                let of = self.schema.model(model);
                let message = format!(
                    "{}.{} leads to rows of the same input and is part of a unique key, so it is not known which rows are \
                     there; leave on_conflict out",
                    of.name, of.fields[*field].name
                );
                return Err(Error::Schema(message));
            }
            sources.push(Source::of_key(table, at, columns));
        }
        Ok(())
    }

    /// Ids of this model as reference cells: of rows that are there or of rows of the input.
    fn rows_of_own_ids(
        &self,
        model: ModelId,
        field: usize,
        rows: usize,
        mut ids: Packed,
        own: &OwnIds,
        places: &Places,
    ) -> Result<Column> {
        let (table, optional) = (self.table(model), self.schema.model(model).fields[field].optional);
        if ids.len() != rows {
            return Err(self.misfit(model, field, &format!("has {} cells for {rows} rows", ids.len())));
        }
        for at in looking(0..rows) {
            let id = ids.get(at);
            let row = match (id, own.find(id, rows)) {
                (0, _) if optional => continue,
                (0, _) => return Err(in_row(at as Row, self.misfit(model, field, "may not be None"))),
                (_, Some(row)) => places.row(row),
                (_, None) => match table.find(id) {
                    Some(row) => row,
                    None => return Err(in_row(at as Row, self.unknown_id(model, field, model, id))),
                },
            };
            ids.set(at, u64::from(row) + 1);
        }
        Ok(Column::referring(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let input = Input { rows, ids, cells, is_given: vec![true; 2], key: None, meeting };
        store.begin();
        let brought = store.bring_in(ModelId(0), input);
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
