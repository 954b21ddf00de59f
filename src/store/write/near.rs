//! References between rows of one input, in any order and in circles.
//!
//! Which row of the table each input row is must be known before. Then a key or an id that the input has means what its
//! row is, whether that is new or was there; any other means a row that is there.

use std::cell::RefCell;

use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::{self, Packed};
use crate::store::cells::parents::number;
use crate::store::error::Result;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::index::unique::Unique;
use crate::store::parallel::Scratch;
use crate::store::room;
use crate::store::stop::looking;
use crate::store::write::given::NewCells;
use crate::store::write::lead::{Led, Nowhere};
use crate::store::write::nowhere::Lost;
use crate::store::write::places::{Out, OwnIds, Places};

/// A reference to the model of the input, which may lead to rows of it.
#[derive(Debug)]
pub(super) struct Near<'a> {
    pub field: usize,
    /// Ids or keys.
    pub cells: &'a NewCells,
    /// Whether it is asked where it leads.
    pub is_asked: bool,
}

impl<'a> Near<'a> {
    /// What of it leads nowhere.
    pub fn lost(&self, model: ModelId, led: &'a Led) -> Option<Lost<'a>> {
        let keys = if let NewCells::Keys(keys) = self.cells { Some(keys) } else { None };
        let is_any = !led.nowhere.rows.is_empty();
        is_any.then_some(Lost { field: self.field, to: model, keys, nowhere: &led.nowhere })
    }
}

/// What the input says of its rows.
pub(super) struct Own<'a> {
    pub model: ModelId,
    /// How many there are.
    pub rows: usize,
    pub ids: Option<&'a OwnIds>,
    /// By field, as the table has them; empty where `near` says what they hold.
    pub columns: &'a [Column],
    pub near: &'a [Near<'a>],
    pub places: &'a Places,
    pub out: &'a Out,
}

impl Store {
    /// Where such a reference leads.
    pub(super) fn lead_near(&self, own: &Own, near: &Near) -> Result<Led> {
        match near.cells {
            _ if !near.is_asked => Ok(Led::default()),
            NewCells::Ids(ids) if ids.len() == own.rows => Ok(self.lead_near_by_ids(own, ids)),
            NewCells::Keys(keys) => {
                let unsure = RefCell::new(Bits::zeros(own.rows));
                let find = |unique: usize, key: &[&Column]| self.find_near(own, unique, key, &mut unsure.borrow_mut());
                let led = self.lead_by_keys(own.model, keys, &find)?;
                Ok(Led { unsure: unsure.into_inner(), ..led })
            }
            NewCells::Ids(ids) => {
                let why = format!("has {} cells for {} rows", ids.len(), own.rows);
                Err(self.misfit(own.model, near.field, &why))
            }
            NewCells::Values(_) | NewCells::Same(_) => {
                Err(self.misfit(own.model, near.field, "does not take such a column"))
            }
        }
    }

    fn lead_near_by_ids(&self, own: &Own, ids: &Packed) -> Led {
        let table = self.table(own.model);
        let mut cells = Packed::with_capacity(ids.len(), packed::roomy((table.rows() + own.rows) as u64));
        let mut nowhere = Nowhere::default();
        for (at, id) in looking((0..).zip(ids.iter(0..ids.len()))) {
            let found = match own.ids.and_then(|own_ids| own_ids.find(id, own.rows)) {
                _ if id == 0 => Some(NO_ROW),
                Some(row) => Some(own.places.row(row)),
                None => table.find(id),
            };
            if found.is_none() {
                room::push(&mut nowhere.rows, at);
                room::push(&mut nowhere.ids, id);
            }
            cells.push(found.map_or(0, number));
        }
        Led { cells, nowhere, unsure: Bits::default() }
    }

    /// As [`Find`](crate::store::write::lead::Find) says; what the input has comes first. A key in which a reference is
    /// near is looked for in the table alone.
    fn find_near(&self, own: &Own, unique: usize, key: &[&Column], unsure: &mut Bits) -> Vec<Row> {
        let table = self.table(own.model);
        let mut found = table.find_keys(unique, key);
        let fields = &table.uniques()[unique].fields;
        if own.near.iter().all(|near| !fields.contains(&near.field)) {
            let (rows, places) = (own.out.others(own.rows), own.places);
            let mut repeated = Out::default();
            let repeat = |first, row| {
                if places.row(first) != places.row(row) {
                    repeated.add(first, own.rows);
                }
            };
            let index = Unique::build(fields.clone(), own.columns, rows, &mut Scratch::new(), repeat);
            let brought = index.find_all(own.columns, key);
            for (at, (place, row)) in
                looking(found.iter_mut().zip(brought).enumerate()).filter(|(_, (_, row))| *row != NO_ROW)
            {
                let there = std::mem::replace(place, places.row(row));
                if repeated.has(row) || there != NO_ROW && there != *place {
                    unsure.raise(at);
                }
            }
        }
        found
    }
}

/// Leaves out these input rows, and those of which one of these references surely leads to a new row that is left out with
/// them; how many the latter are.
pub(super) fn leave_out(fallen: Vec<Row>, led: &[&Led], places: &Places, rows: usize, out: &mut Out) -> usize {
    let new = places.new.len();
    let new_row = |row: Row| match row {
        NO_ROW => None,
        row => row.checked_sub(places.first).map(|place| place as usize).filter(|&place| place < new),
    };
    let target = |led: &Led, row: Row| match led.unsure.get(row as usize) {
        true => None,
        false => new_row((led.cells.get(row as usize) as Row).wrapping_sub(1)),
    };
    // By new row: where in `children` those that refer to it end, and how many input rows it is.
    let mut ends: Vec<u32> = room::filled(0, new + 1);
    let mut says: Vec<u32> = room::filled(0, new);
    for row in looking(out.others(rows)) {
        led.iter().filter_map(|led| target(led, row)).for_each(|place| ends[place + 1] += 1);
        if let Some(place) = new_row(places.row(row)) {
            says[place] += 1;
        }
    }
    (1..ends.len()).for_each(|at| ends[at] += ends[at - 1]);
    let total = ends.last().copied().unwrap_or(0) as usize;
    let starts = ends.clone();
    let mut children: Vec<Row> = room::filled(NO_ROW, total);
    for row in looking(out.others(rows)) {
        for place in led.iter().filter_map(|led| target(led, row)) {
            children[ends[place] as usize] = row;
            ends[place] += 1;
        }
    }
    let mut open = fallen;
    open.retain(|&row| !out.add(row, rows));
    let mut followed = 0;
    while let Some(row) = open.pop() {
        let Some(place) = new_row(places.row(row)) else { continue };
        says[place] -= 1;
        // Where another input row is the same row, that may take its place: the next round tells.
        if says[place] == 0 {
            for &child in looking(children[starts[place] as usize..starts[place + 1] as usize].iter()) {
                if !out.add(child, rows) {
                    followed += 1;
                    room::push(&mut open, child);
                }
            }
        }
    }
    followed
}
