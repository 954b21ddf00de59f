//! What the rows of an input hold in the fields of their keys, before anything is settled.

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::error::Result;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::index::unique::Unique;
use crate::store::parallel::Scratch;
use crate::store::room;
use crate::store::stop::looking;
use crate::store::write::given::{NewCells, OnMissing};
use crate::store::write::near::Near;
use crate::store::write::places::{Meeting, Out};
use crate::store::write::resolve::{Fates, Said};
use crate::store::{Store, empty_column};

/// An input of which it is asked what is to be created before it.
pub struct Asked<'a> {
    /// The model of its rows.
    pub model: ModelId,
    /// How many there are.
    pub rows: usize,
    /// What they hold, by field.
    pub cells: &'a [&'a NewCells],
    /// By field, what becomes of rows whose reference leads nowhere.
    pub on_missing: &'a [OnMissing],
    /// The ids of the rows, if they have some.
    pub ids: Option<&'a Packed>,
    /// The unique fields that say which row is there already, if not all that are unique.
    pub key: Option<&'a [usize]>,
    /// What becomes of rows whose id or key another has.
    pub meeting: Meeting,
}

impl Asked<'_> {
    /// Which of these keys of its model, each at its first place, a row of the input has, of `only` these if it is
    /// said: a unique index and the places of its fields among `columns`.
    pub(super) fn bring(
        &self,
        store: &Store,
        keyed: &[(usize, Box<[usize]>)],
        columns: &[Column],
        firsts: &[Row],
        leads: &[(usize, Packed)],
        only: Option<&Bits>,
    ) -> Result<Bits> {
        let mut brought = Bits::zeros(firsts.len());
        for (unique, key) in keyed {
            let fields = &store.schema.model(self.model).unique[*unique];
            let own =
                fields.iter().map(|&field| self.column(store, field, leads)).collect::<Result<Option<Vec<Own>>>>()?;
            let Some(own) = own else { continue };
            let rows = (0..firsts.len() as Row).filter(|&at| firsts[at as usize] == at);
            let index = Unique::build(key.clone(), columns, rows, &mut Scratch::new(), |_, _| ());
            let own: Vec<&Column> = own.iter().map(Own::column).collect();
            let found = looking(index.find_all(columns, &own).into_iter().enumerate());
            let found = found.filter(|(row, at)| *at != NO_ROW && only.is_none_or(|only| only.get(*row)));
            found.for_each(|(_, at)| brought.raise(at as usize));
        }
        Ok(brought)
    }

    /// What the rows hold in a field of a key; nothing where it leads to rows of the input. `leads` as in the plan.
    fn column(&self, store: &Store, field: usize, leads: &[(usize, Packed)]) -> Result<Option<Own<'_>>> {
        let to = store.schema.refers_to(self.model, field);
        let declared = &store.schema.model(self.model).fields[field];
        Ok(match (self.cells.get(field), to) {
            (Some(NewCells::Values(column)), _) => Some(Own::Given(column)),
            (Some(NewCells::Same(value)), _) => {
                let mut column = empty_column(declared);
                looking(0..self.rows).for_each(|_| column.push(value));
                Some(Own::Made(column))
            }
            (Some(NewCells::Ids(ids)), Some(to)) if to != self.model || self.ids.is_none() => {
                Some(Own::Made(Column::referring(store.lead_by_ids(to, ids.clone()).cells)))
            }
            (Some(NewCells::Keys(keys)), Some(to)) if to != self.model => {
                let planned = leads.iter().find(|(other, _)| *other == field);
                let cells = match planned {
                    Some((_, cells)) => cells.clone(),
                    None => store.lead_by_keys(to, keys, &store.finds(to))?.cells,
                };
                Some(Own::Made(Column::referring(cells)))
            }
            _ => None,
        })
    }

    /// The rows that will be left out; nothing needs to be created for them.
    pub(super) fn left_out(&self, store: &Store, leads: &[(usize, Packed)]) -> Result<Out> {
        let mut fates = Fates::new(store, self.model, self.rows, self.on_missing);
        let mut near = Vec::new();
        for (field, &cells) in self.cells.iter().enumerate() {
            let is_asked = self.on_missing.get(field) == Some(&OnMissing::Skip);
            let nowhere = match (cells, store.schema.refers_to(self.model, field)) {
                (NewCells::Keys(_), Some(to)) if to == self.model => {
                    near.push(Near { field, cells, is_asked });
                    continue;
                }
                (NewCells::Ids(_), Some(to)) if to == self.model && self.ids.is_some() => {
                    near.push(Near { field, cells, is_asked });
                    continue;
                }
                (NewCells::Ids(ids), Some(to)) if is_asked => store.lead_by_ids(to, ids.clone()).nowhere,
                (NewCells::Keys(keys), Some(to)) if is_asked => store.lead_by_keys(to, keys, &store.finds(to))?.nowhere,
                _ => continue,
            };
            fates.leave_out(field, &nowhere.rows);
        }
        if near.iter().any(|near| near.is_asked) {
            let columns = self.key_columns(store, &near, leads)?;
            let (rows, ids, key, meeting) = (self.rows, self.ids, self.key, self.meeting);
            store.resolve(self.model, &Said { rows, ids, near: &near, key, meeting }, &columns, &mut fates)?;
        }
        Ok(fates.out)
    }

    /// By field, the columns of the fields of unique keys, as far as they do not lead to rows of the input.
    fn key_columns(&self, store: &Store, near: &[Near], leads: &[(usize, Packed)]) -> Result<Vec<Column>> {
        let unique = &store.schema.model(self.model).unique;
        let column = |field: usize| {
            let is_near = near.iter().any(|near| near.field == field);
            if is_near || !unique.iter().any(|key| key.contains(&field)) {
                return Ok(Column::reference());
            }
            Ok(match self.column(store, field, leads)? {
                Some(Own::Made(column)) => column,
                Some(Own::Given(column)) => column.gathered(&room::collected(0..self.rows as Row)),
                None => Column::reference(),
            })
        };
        (0..self.cells.len()).map(column).collect()
    }
}

/// A column of the input.
enum Own<'a> {
    Given(&'a Column),
    Made(Column),
}

impl Own<'_> {
    fn column(&self) -> &Column {
        match self {
            Own::Given(column) => column,
            Own::Made(column) => column,
        }
    }
}
