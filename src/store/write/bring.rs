//! Rows of one input that say who they are, by ids of their own.
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
use crate::store::write::places::{OwnIds, Places, Source};

/// Many new rows, with ids of their own.
#[derive(Debug)]
pub struct Input {
    /// How many.
    pub rows: usize,
    /// Their ids, at least 1.
    pub ids: Packed,
    /// What they hold, by field.
    pub cells: Vec<NewCells>,
    /// What becomes of rows whose id or key another has.
    pub on_conflict: OnConflict,
}

impl Store {
    /// Creates rows with ids of their own, in the order of these, all or, on an error, none; on an error no id is spent.
    /// Returns the created rows in the order of the input. A reference to the same model may lead to rows of the input.
    /// O(rows log rows) where the ids do not ascend, else as [`insert_all`](Self::insert_all).
    pub fn bring_in(&mut self, model: ModelId, input: Input) -> Result<Vec<Row>> {
        debug_assert!(self.depth() > 0, "outside a transaction");
        if input.rows > self.table(model).room() {
            return Err(Error::Full { model: self.schema.model(model).name.clone() });
        }
        let Input { rows, ids, cells, on_conflict } = input;
        let is_near = |field: usize| self.schema.refers_to(model, field) == Some(model);
        let own = OwnIds::new(&ids, (0..cells.len()).any(is_near));
        let mut sources = vec![own.source(self.table(model), &ids)];
        self.check_ids(model, &ids, &sources[0], on_conflict)?;
        let (near, far): (Vec<_>, Vec<_>) = cells
            .into_iter()
            .enumerate()
            .partition(|(field, cells)| matches!(cells, NewCells::Ids(_)) && is_near(*field));
        let settle = |(field, cells), _: &mut Scratch| Ok((field, self.settled(model, field, rows, cells)?));
        let settled = in_parallel(rows, far, settle).into_iter().collect::<Result<Vec<(usize, Column)>>>()?;
        let mut columns: Vec<Column> = (0..settled.len() + near.len()).map(|_| Column::reference()).collect();
        settled.into_iter().for_each(|(field, column)| columns[field] = column);
        if on_conflict == OnConflict::Skip {
            let near: Vec<usize> = near.iter().map(|&(field, _)| field).collect();
            self.add_key_sources(model, &columns, &near, &mut sources)?;
        }
        let places = Places::of(self.table(model).rows() as Row, &ids, &sources);
        for (field, cells) in near {
            if let NewCells::Ids(cells) = cells {
                columns[field] = self.rows_of_own_ids(model, field, rows, cells, &own, &places)?;
            }
        }
        self.put_in(model, columns, places, &ids)
    }

    /// Appends the rows that are new.
    fn put_in(&mut self, model: ModelId, mut columns: Vec<Column>, places: Places, ids: &Packed) -> Result<Vec<Row>> {
        let Places { first, new, is_whole, .. } = places;
        if !is_whole {
            let gather = |column: Column, _: &mut Scratch| column.gathered(&new);
            columns = in_parallel(new.len(), columns, gather);
        }
        let given: Vec<Id> = room::collected(new.iter().map(|&row| ids.get(row as usize)));
        if !new.is_empty() {
            let inserted = self.tables[model.index()].insert(columns, new.len(), OnConflict::Refuse, &given);
            let rows = inserted.map_err(|conflict| {
                let place = |row: Row| new.get(row as usize).copied().unwrap_or(row);
                let other = if conflict.other < first { conflict.other } else { first + place(conflict.other - first) };
                self.conflict(model, Conflict { row: place(conflict.row), other, ..conflict })
            })?;
            self.log.push(Change::Create { model, rows });
        }
        let mut created: Vec<(Row, Row)> = room::collected(new.into_iter().zip(first..));
        created.sort_unstable();
        Ok(room::collected(created.into_iter().map(|(_, row)| row)))
    }

    /// Refuses ids that are not greater than every id that the model gave.
    fn check_ids(&self, model: ModelId, ids: &Packed, known: &Source, on_conflict: OnConflict) -> Result<()> {
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
            if on_conflict == OnConflict::Refuse && (hit != NO_ROW || first != row) {
                let existing = (hit != NO_ROW).then_some(id);
                let who = if hit == NO_ROW { format!("row {first} of the same input") } else { format!("{of} {id}") };
                let message = format!("{who} already has this id ({id}); {way}");
                return Err(in_row(row, Error::Duplicate { model, existing, message }));
            }
        }
        Ok(())
    }

    /// For skipping: who has the keys of the input.
    fn add_key_sources(
        &self,
        model: ModelId,
        columns: &[Column],
        near: &[usize],
        sources: &mut Vec<Source>,
    ) -> Result<()> {
        let table = self.table(model);
        for unique in table.uniques() {
            if let Some(field) = unique.fields.iter().find(|field| near.contains(field)) {
                let of = self.schema.model(model);
                let message = format!(
                    "{}.{} leads to rows of the same input and is part of a unique key, so it is not known which rows are \
                     there; leave on_conflict out",
                    of.name, of.fields[*field].name
                );
                return Err(Error::Schema(message));
            }
            sources.push(Source::of_key(table, unique, columns));
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

    fn bring(store: &mut Store, ids: &[Id], parents: &[Id], on_conflict: OnConflict) -> Result<Vec<Row>> {
        let mut names = Column::new(Storage::Int64, false);
        ids.iter().for_each(|&id| names.push(&Value::Int(-(id as i64))));
        let cells = vec![NewCells::Values(names), NewCells::Ids(parents.iter().copied().collect())];
        let input = Input { rows: ids.len(), ids: ids.iter().copied().collect(), cells, on_conflict };
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
        assert!(bring(&mut store, &[5, 6], &[0, 7], OnConflict::Refuse).is_err());
        assert!(bring(&mut store, &[5, 5], &[0, 0], OnConflict::Refuse).is_err());
        assert_eq!(store.table(ModelId(0)).next_id(), 1);
        assert_eq!(bring(&mut store, &[9, 5], &[5, 9], OnConflict::Refuse), Ok(vec![1, 0]));
        assert!(bring(&mut store, &[7], &[0], OnConflict::Refuse).is_err());
        assert_eq!(bring(&mut store, &[5, 10, 10], &[0, 5, 0], OnConflict::Skip), Ok(vec![2]));
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
            let rows = bring(&mut store, &ids, &parents, OnConflict::Refuse).unwrap();
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
