//! Where the references of many rows lead: from ids and keys to rows.

use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::{self, Packed};
use crate::store::cells::parents::number;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, NO_ROW, Row};
use crate::store::room;
use crate::store::stop::looking;
use crate::store::write::given::{Keys, NewCells};

/// Of a key: it is whole, and no row has it.
pub const NOWHERE: Row = NO_ROW - 1;

/// Where one reference of many rows leads.
#[derive(Debug, Default)]
pub struct Led {
    /// By row, as a reference column has it; nothing where it leads nowhere.
    pub cells: Packed,
    /// What leads nowhere.
    pub nowhere: Nowhere,
    /// Rows, if any, that may lead elsewhere once some row of the input is left out.
    pub unsure: Bits,
}

/// The rows of which one reference leads nowhere.
#[derive(Debug, Default)]
pub struct Nowhere {
    /// Which, ascending.
    pub rows: Vec<Row>,
    /// Of a reference by ids, what these say.
    pub ids: Vec<Id>,
    /// Of one by keys, the same of each nested one.
    pub nested: Vec<Nowhere>,
}

/// For a unique index, by its place, and keys, a column for each of its fields: the row that has each, or `NO_ROW`.
pub type Find<'a> = dyn Fn(usize, &[&Column]) -> Vec<Row> + 'a;

/// The fields by which rows are named, as far as they are unique, and the others.
#[derive(Debug)]
pub struct Finders {
    /// The places of the unique indexes whose fields are all given.
    pub uniques: Vec<usize>,
    /// The given fields that are in none of them.
    pub fills: Vec<usize>,
}

impl Store {
    /// Where ids lead.
    pub(super) fn lead_by_ids(&self, to: ModelId, mut ids: Packed) -> Led {
        let table = self.table(to);
        // Where no row ever left, the next id is that of the next row: what stands in a cell is the id.
        let is_whole = table.len() == table.rows() && table.id(table.rows() as Row) == table.rows() as u64 + 1;
        let known = if is_whole { table.len() as u64 } else { 0 };
        let mut nowhere = Nowhere::default();
        for at in looking(0..ids.len()) {
            let id = ids.get(at);
            if id > known || id > 0 && known == 0 {
                match table.find(id) {
                    Some(row) => ids.set(at, number(row)),
                    None => {
                        room::push(&mut nowhere.rows, at as Row);
                        room::push(&mut nowhere.ids, id);
                        ids.set(at, 0);
                    }
                }
            }
        }
        Led { cells: ids, nowhere, unsure: Bits::default() }
    }

    /// Where keys lead, in all of which everything that is given finds. `SchemaError` where it does not, and an error for
    /// a row of which one key leads elsewhere than another.
    pub(super) fn lead_by_keys(&self, to: ModelId, keys: &Keys, find: &Find<'_>) -> Result<Led> {
        let mut nested = Vec::new();
        for (part, cells) in &keys.nested {
            let led = match (cells, self.schema.refers_to(to, *part)) {
                (NewCells::Ids(ids), Some(of)) => self.lead_by_ids(of, ids.clone()),
                (NewCells::Keys(keys), Some(of)) => self.lead_by_keys(of, keys, &self.finds(of))?,
                _ => return Err(self.misfit(to, *part, "does not take such a column")),
            };
            nested.push((*part, Column::referring(led.cells), led.nowhere));
        }
        let mut by: Vec<(usize, &Column)> = keys.fields.iter().copied().zip(&keys.columns).collect();
        by.extend(nested.iter().map(|(part, column, _)| (*part, column)));
        let finders = self.finders(to, by.iter().map(|(field, _)| *field))?;
        if let Some(&fill) = finders.fills.first() {
            return Err(self.only_fills(to, fill));
        }
        let lost: Vec<(usize, Bits)> = nested
            .iter()
            .filter(|(_, _, nowhere)| !nowhere.rows.is_empty())
            .map(|(part, column, nowhere)| (*part, marked(column.len(), &nowhere.rows)))
            .collect();
        let found = self.found_by_all(to, &finders.uniques, &by, &lost, find)?;
        let mut nowhere = Nowhere::default();
        let mut cells = Packed::with_capacity(found.len(), packed::roomy(self.table(to).rows() as u64));
        for (row, found) in looking((0..).zip(found)) {
            if found == NOWHERE {
                room::push(&mut nowhere.rows, row);
            }
            cells.push(if found == NOWHERE { 0 } else { number(found) });
        }
        nowhere.nested = nested.into_iter().map(|(_, _, nowhere)| nowhere).collect();
        Ok(Led { cells, nowhere, unsure: Bits::default() })
    }

    /// Finds rows of the table.
    pub(super) fn finds(&self, model: ModelId) -> impl Fn(usize, &[&Column]) -> Vec<Row> + '_ {
        move |unique, key| self.table(model).find_keys(unique, key)
    }

    /// Which of these fields find rows. `SchemaError` where none do.
    pub(super) fn finders(&self, model: ModelId, fields: impl Iterator<Item = usize> + Clone) -> Result<Finders> {
        let of = self.schema.model(model);
        let has = |field: &usize| fields.clone().any(|given| given == *field);
        let uniques = of.unique.iter().enumerate().filter(|(_, key)| key.iter().all(has));
        let uniques: Vec<usize> = uniques.map(|(at, _)| at).collect();
        if uniques.is_empty() {
            let names: Vec<&str> = fields.map(|field| of.fields[field].name.as_str()).collect();
            let why = if names.len() == 1 { "is not unique" } else { "are not unique, alone or together" };
            let way = match of.unique.first() {
                Some(key) => {
                    let names: Vec<&str> = key.iter().map(|&field| of.fields[field].name.as_str()).collect();
                    format!("; {} would", names.join(" and "))
                }
                None => String::new(),
            };
            let message = format!("{}.{} {why}, so it cannot name a row{way}", of.name, names.join(", "));
            return Err(Error::Schema(message));
        }
        let finds = |field: usize| uniques.iter().any(|&at| of.unique[at].contains(&field));
        let fills = fields.filter(|&field| !finds(field)).collect();
        Ok(Finders { uniques, fills })
    }

    /// For each row what its keys name: a row, `NO_ROW` where none of them is whole, or [`NOWHERE`]. A nested reference
    /// that is `lost` is part of a key that no row has.
    pub(super) fn found_by_all(
        &self,
        model: ModelId,
        uniques: &[usize],
        by: &[(usize, &Column)],
        lost: &[(usize, Bits)],
        find: &Find<'_>,
    ) -> Result<Vec<Row>> {
        let mut all: Option<Vec<Row>> = None;
        for &unique in uniques {
            let fields = &self.schema.model(model).unique[unique];
            let key: Vec<&Column> = parts(fields, by).collect();
            let is_lost =
                |field: usize, row: Row| lost.iter().any(|(other, rows)| *other == field && rows.get(row as usize));
            let is_there = |(&field, column): (&usize, &&Column), row| !column.is_none(row) || is_lost(field, row);
            let mut found = find(unique, &key);
            for (row, place) in looking((0..).zip(&mut found)) {
                if *place == NO_ROW && fields.iter().zip(&key).all(|part| is_there(part, row)) {
                    *place = NOWHERE;
                }
            }
            let Some(before) = &mut all else {
                all = Some(found);
                continue;
            };
            for (row, (one, other)) in looking((0..).zip(before.iter_mut().zip(found))) {
                match (*one, other) {
                    (NO_ROW, _) => *one = other,
                    (_, NO_ROW) => {}
                    (here, there) if here == there => {}
                    (here, there) => return Err(self.disagree(model, (here, there), by, row)),
                }
            }
        }
        Ok(all.unwrap_or_default())
    }

    /// "row 3: code 'DE', name 'France' are not of one Country: ..."
    fn disagree(&self, model: ModelId, rows: (Row, Row), by: &[(usize, &Column)], row: Row) -> Error {
        let (of, table) = (self.schema.model(model), self.table(model));
        let named = |row: Row| match row {
            NOWHERE => "none".to_owned(),
            row if table.lives(row) => format!("{} {}", of.name, table.id(row)),
            _ => "another row of the same input".to_owned(),
        };
        let said = by.iter().map(|(field, column)| {
            format!("{} {}", of.fields[*field].name, self.shown(model, *field, &column.get(row)))
        });
        let existing = [rows.0, rows.1].into_iter().find(|&row| row != NOWHERE && table.lives(row));
        let message = format!(
            "{} do not name one {}: one key of these is of {}, another of {}; pass the columns of one key",
            said.collect::<Vec<_>>().join(", "),
            of.name,
            named(rows.0),
            named(rows.1)
        );
        in_row(row, Error::Duplicate { model, existing: existing.map(|row| table.id(row)), message })
    }

    /// Why a field that finds nothing is refused where nothing is created.
    fn only_fills(&self, model: ModelId, field: usize) -> Error {
        let of = self.schema.model(model);
        Error::Schema(format!(
            "{0}.{1} is in no key that the columns have, so it would only fill rows of {0} that are created; pass \
             create_missing=True, or leave the column out",
            of.name, of.fields[field].name
        ))
    }
}

/// The fields that keys name.
pub(super) fn named(keys: &Keys) -> impl Iterator<Item = usize> + Clone + '_ {
    keys.fields.iter().copied().chain(keys.nested.iter().map(|(field, _)| *field))
}

/// The columns of these fields.
pub(super) fn parts<'a>(fields: &[usize], by: &[(usize, &'a Column)]) -> impl Iterator<Item = &'a Column> {
    fields.iter().filter_map(|field| by.iter().find(|(other, _)| other == field).map(|(_, column)| *column))
}

/// So many bits, of which these are true.
pub(super) fn marked(len: usize, rows: &[Row]) -> Bits {
    let mut bits = Bits::zeros(len);
    rows.iter().for_each(|&row| bits.raise(row as usize));
    bits
}

pub(super) fn in_row(row: Row, error: Error) -> Error {
    Error::InRow { row: row as usize, error: Box::new(error) }
}
