//! The rows that keys name and that are not there: which ones they are, before they are created.
//!
//! They are planned with the numbers that they will have, so a key may contain a reference to one that is planned, too.
//! Whoever plans may give their other fields defaults without a lock, plan again under it, and see that nothing changed.

use foldhash::HashMap;

use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::{self, Packed};
use crate::store::cells::parents::number;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, NO_ROW, Row, given_as};
use crate::store::index::unique::Unique;
use crate::store::parallel::Scratch;
use crate::store::room;
use crate::store::stop::{Stop, looking};
use crate::store::value::Value;
use crate::store::write::given::{Keys, NewCells, OnMissing};
use crate::store::write::lead::{Finders, Led, NOWHERE, in_row, marked, named};
use crate::store::write::own::Asked;

/// New rows of one model, in the order in which they are to be created.
#[derive(Debug)]
pub struct Parents {
    /// The model.
    pub model: ModelId,
    /// The first row of the input that names each.
    pub places: Vec<Row>,
    /// What is said of them: fields and their columns.
    pub given: Vec<(usize, Column)>,
}

/// What is to be created, and where references lead then.
#[derive(Debug, Default)]
pub struct Plan {
    /// Parents before those whose keys refer to them.
    pub parents: Vec<Parents>,
    /// By field, for references to other models: the rows.
    pub leads: Vec<(usize, Packed)>,
}

/// A model, a unique index of it, and values.
type Key = (ModelId, usize, Vec<Value<'static>>);

/// The row that is planned for a key, and its place in the plan: which parents, and which of them.
type Planned = (Row, usize, usize);

/// What is planned so far.
struct Planner<'a> {
    store: &'a Store,
    asked: &'a Asked<'a>,
    /// Those of its rows for which something is planned, if not all.
    only: Option<&'a Bits>,
    plan: Plan,
    known: HashMap<Key, Planned>,
    /// The number of the next row of each model.
    next: HashMap<ModelId, Row>,
}

impl Store {
    /// Plans the rows that keys of an input name, where they are to be created, and that are neither there nor brought by
    /// the input itself.
    pub fn plan_parents(&self, asked: &Asked) -> Result<Plan> {
        let is_skipping = asked.on_missing.contains(&OnMissing::Skip);
        if !is_skipping {
            return self.planned(asked, None);
        }
        // Who is left out may depend on keys that contain what would be created.
        let leads = self.planned(asked, None)?.leads;
        let out = asked.left_out(self, &leads)?;
        self.planned(asked, Some(&marked(asked.rows, &room::collected(out.others(asked.rows)))))
    }

    /// As it says, for `only` these rows.
    fn planned(&self, asked: &Asked, only: Option<&Bits>) -> Result<Plan> {
        let (known, next) = (HashMap::default(), HashMap::default());
        let mut planner = Planner { store: self, asked, only, plan: Plan::default(), known, next };
        let created = asked.cells.iter().enumerate().zip(asked.on_missing);
        let created = created.filter(|(_, said)| **said == OnMissing::Create);
        let created =
            created.filter_map(|((field, cells), _)| match (cells, self.schema.refers_to(asked.model, field)) {
                (NewCells::Keys(keys), Some(to)) => Some((field, keys, to)),
                _ => None,
            });
        // Keys of the input may have references in them, so those to other models come first.
        for (field, keys, to) in created.clone().filter(|(_, _, to)| *to != asked.model) {
            let led = planner.lead(to, keys, only, false)?;
            planner.plan.leads.push((field, led));
        }
        for (_, keys, to) in created.filter(|(_, _, to)| *to == asked.model) {
            planner.lead(to, keys, only, true)?;
        }
        Ok(planner.plan)
    }
}

impl Planner<'_> {
    /// Where keys lead once what they name is created. Of `only` these rows, if it is said; of the input's own model
    /// nothing is planned that the input brings.
    fn lead(&mut self, to: ModelId, keys: &Keys, only: Option<&Bits>, is_near: bool) -> Result<Packed> {
        let store = self.store;
        let Finders { uniques, fills } = store.finders(to, named(keys))?;
        let mut nested: Vec<(usize, Column)> = Vec::new();
        for (part, cells) in keys.nested.iter().filter(|(part, _)| !fills.contains(part)) {
            let needed = self.needed(to, keys, &uniques, *part, only);
            nested.push((*part, Column::referring(self.lead_nested(to, *part, cells, Some(&needed))?)));
        }
        let values = keys.fields.iter().copied().zip(&keys.columns);
        let by: Vec<(usize, &Column)> = values.chain(nested.iter().map(|(part, column)| (*part, column))).collect();
        let mut found = store.found_by_all(to, &uniques, &by, &[], &store.finds(to))?;
        let is_meant = |row: Row| only.is_none_or(|only| only.get(row as usize));
        let mut missing: Vec<Row> = Vec::new();
        for (row, place) in looking((0..).zip(found.iter_mut())) {
            match *place {
                _ if !is_meant(row) => *place = NO_ROW,
                NOWHERE => room::push(&mut missing, row),
                NO_ROW => self.check_unsaid(to, keys, &fills, row)?,
                _ => {}
            }
        }
        if !missing.is_empty() {
            // What only fills is looked for where it is needed.
            let mask = marked(self.asked.rows, &missing);
            let mut filling: Vec<(usize, Column)> = Vec::new();
            for (part, cells) in keys.nested.iter().filter(|(part, _)| fills.contains(part)) {
                filling.push((*part, Column::referring(self.lead_nested(to, *part, cells, Some(&mask))?)));
            }
            let all = by.iter().copied().chain(filling.iter().map(|(part, column)| (*part, column)));
            let given: Vec<(usize, Column)> = all.map(|(field, column)| (field, column.gathered(&missing))).collect();
            let new = self.plan_new(to, keys, &uniques, &missing, given, is_near)?;
            missing.iter().zip(new).for_each(|(&row, new)| found[row as usize] = new);
        }
        let largest = self.next.get(&to).copied().unwrap_or(store.table(to).rows() as Row);
        let mut cells = Packed::with_capacity(found.len(), packed::roomy(largest.into()));
        looking(found).for_each(|row| cells.push(number(row)));
        Ok(cells)
    }

    /// The rows, of `only` these if it is said, in which a nested reference is part of a key of which the rest is said.
    fn needed(&self, to: ModelId, keys: &Keys, uniques: &[usize], part: usize, only: Option<&Bits>) -> Bits {
        let mut needed = Bits::zeros(self.asked.rows);
        let unique = &self.store.schema.model(to).unique;
        let rests: Vec<Vec<usize>> = uniques
            .iter()
            .filter(|&&at| unique[at].contains(&part))
            .map(|&at| unique[at].iter().copied().filter(|&field| field != part).collect())
            .collect();
        let is_meant = |row: &Row| only.is_none_or(|only| only.get(*row as usize));
        for row in looking(0..self.asked.rows as Row).filter(is_meant) {
            if rests.iter().any(|rest| rest.iter().all(|&field| keys.says(field, row))) {
                needed.raise(row as usize);
            }
        }
        needed
    }

    fn lead_nested(&mut self, of: ModelId, part: usize, cells: &NewCells, only: Option<&Bits>) -> Result<Packed> {
        match (cells, self.store.schema.refers_to(of, part)) {
            (NewCells::Keys(keys), Some(to)) => self.lead(to, keys, only, false),
            (NewCells::Ids(ids), Some(to)) => {
                let Led { cells, nowhere, .. } = self.store.lead_by_ids(to, ids.clone());
                let lost = nowhere.rows.iter().zip(&nowhere.ids);
                let mut lost = lost.filter(|(row, _)| only.is_none_or(|only| only.get(**row as usize)));
                match lost.next() {
                    None => Ok(cells),
                    Some((&row, &id)) => {
                        let (of, to) = (self.store.schema.model(of), &self.store.schema.model(to).name);
                        let message =
                            format!("{}.{}: there is no {to} {}", of.name, of.fields[part].name, given_as(id));
                        Err(in_row(row, Error::NotFound(message)))
                    }
                }
            }
            _ => Err(self.store.misfit(of, part, "does not take such a column")),
        }
    }

    /// Refuses a row that says something of a row of which it does not say which.
    fn check_unsaid(&self, to: ModelId, keys: &Keys, fills: &[usize], row: Row) -> Result<()> {
        let said = keys.fields.iter().zip(&keys.columns);
        let mut said = said.filter(|(field, column)| fills.contains(field) && !column.is_none(row));
        let Some((&field, column)) = said.next() else { return Ok(()) };
        let of = self.store.schema.model(to);
        let value = self.store.shown(to, field, &column.get(row));
        let why = format!("is {value}, and the row has no whole key that says of which {}", of.name);
        let (model, field) = (of.name.clone(), of.fields[field].name.clone());
        Err(in_row(row, Error::Field { model, field, why }))
    }

    /// For each of these rows, which name no row, the row that is planned for it; none where the input brings it.
    /// `given` are all columns, of these rows only.
    fn plan_new(
        &mut self,
        to: ModelId,
        keys: &Keys,
        uniques: &[usize],
        missing: &[Row],
        given: Vec<(usize, Column)>,
        is_near: bool,
    ) -> Result<Vec<Row>> {
        let (fields, columns): (Vec<usize>, Vec<Column>) = given.into_iter().unzip();
        let places = |unique: usize| -> Box<[usize]> {
            let key = self.store.schema.model(to).unique[unique].iter();
            key.filter_map(|field| fields.iter().position(|other| other == field)).collect()
        };
        let keyed: Vec<(usize, Box<[usize]>)> = uniques.iter().map(|&unique| (unique, places(unique))).collect();
        let firsts = firsts(&keyed, &columns, missing.len());
        for pair in looking((0..).zip(firsts.iter().copied())).filter(|(at, first)| at != first) {
            self.check_same(to, keys, missing, pair, &columns)?;
        }
        let brought = match is_near {
            true => self.asked.bring(self.store, &keyed, &columns, &firsts, &self.plan.leads, self.only)?,
            false => Bits::default(),
        };
        let mut new: Vec<Row> = room::filled(NO_ROW, missing.len());
        let mut fresh: Vec<Row> = Vec::new();
        let at_plan = self.plan.parents.len();
        let most = (0..).zip(&firsts).filter(|(at, first)| at == *first).count();
        if self.known.try_reserve(most * keyed.len()).is_err() {
            Stop::OutOfMemory.throw();
        }
        for at in looking(0..missing.len()) {
            let first = firsts[at] as usize;
            if first != at || brought.get(at) {
                new[at] = if first == at { NO_ROW } else { new[first] };
                continue;
            }
            let key = |(unique, key): &(usize, Box<[usize]>)| {
                let values = key.iter().map(|&part| columns[part].get(at as Row).into_owned());
                let values: Vec<Value<'static>> = values.collect();
                let is_whole = !values.iter().any(Value::is_none);
                is_whole.then_some((to, *unique, values))
            };
            let wholes: Vec<_> = keyed.iter().filter_map(key).collect();
            if let Some(&(row, plan, other)) = wholes.iter().find_map(|key| self.known.get(key)) {
                match self.plan.parents.get(plan) {
                    Some(parents) => {
                        self.check_planned(parents, other, &fields, &columns, (missing[at], at as Row))?;
                    }
                    None => self.check_same(to, keys, missing, (at as Row, fresh[other]), &columns)?,
                }
                new[at] = row;
                continue;
            }
            self.check_place(to, keys, is_near, missing[at])?;
            let next = self.next.entry(to).or_insert(self.store.table(to).rows() as Row);
            new[at] = *next;
            *next += 1;
            for key in wholes {
                self.known.insert(key, (new[at], at_plan, fresh.len()));
            }
            room::push(&mut fresh, at as Row);
        }
        if !fresh.is_empty() {
            let given = fields.into_iter().zip(columns.iter().map(|column| column.gathered(&fresh))).collect();
            let places = room::collected(fresh.iter().map(|&at| missing[at as usize]));
            self.plan.parents.push(Parents { model: to, places, given });
        }
        Ok(new)
    }

    /// Refuses to create a row of the input's own model where it is not known which id it gets, or whether the input
    /// brings it.
    fn check_place(&self, to: ModelId, keys: &Keys, is_near: bool, row: Row) -> Result<()> {
        if to != self.asked.model || is_near && self.asked.ids.is_none() {
            return Ok(());
        }
        let name = &self.store.schema.model(to).name;
        let why = match is_near {
            true => "a new one would take an id that the input may give",
            false => "it is not known whether the input brings it",
        };
        let shown = self.store.shown_keys(to, keys, row).join(", ");
        Err(in_row(row, Error::NotFound(format!("no {name} has {shown}, and {why}; insert it first"))))
    }

    /// Refuses two rows, as numbered in `columns`, that say something else of one new row.
    fn check_same(
        &self,
        to: ModelId,
        keys: &Keys,
        missing: &[Row],
        (at, first): (Row, Row),
        columns: &[Column],
    ) -> Result<()> {
        if columns.iter().all(|column| column.is_same(at, first)) {
            return Ok(());
        }
        let (row, other) = (missing[at as usize], missing[first as usize]);
        let said = |row| self.store.shown_keys(to, keys, row).join(", ");
        Err(self.two_ways(to, (row, said(row)), (other, said(other))))
    }

    /// Refuses a row that says something else of a planned row than the one for which that was planned.
    fn check_planned(
        &self,
        parents: &Parents,
        at: usize,
        fields: &[usize],
        columns: &[Column],
        (row, here): (Row, Row),
    ) -> Result<()> {
        let (to, of) = (parents.model, self.store.schema.model(parents.model));
        for (&field, column) in fields.iter().zip(columns) {
            let value = column.get(here);
            let planned = parents.given.iter().find(|(other, _)| *other == field);
            let planned = planned.map_or(Value::None, |(_, column)| column.get(at as Row));
            if value != planned {
                let said = |value| format!("{} {}", of.fields[field].name, self.store.shown(to, field, value));
                return Err(self.two_ways(to, (row, said(&value)), (parents.places[at], said(&planned))));
            }
        }
        Ok(())
    }

    fn two_ways(&self, to: ModelId, (row, said): (Row, String), (other, there): (Row, String)) -> Error {
        let (model, name) = (to, &self.store.schema.model(to).name);
        let message = format!("a new {name} would have {said}, and in row {other} of the same input it has {there}");
        in_row(row, Error::Duplicate { model, existing: None, message })
    }
}

/// For each of so many rows the first that has the same key; of the first key that is whole in it.
fn firsts(keyed: &[(usize, Box<[usize]>)], columns: &[Column], count: usize) -> Vec<Row> {
    let mut firsts: Vec<Row> = room::filled(NO_ROW, count);
    for (_, key) in keyed {
        let is_whole = |row: Row| key.iter().all(|&part| !columns[part].is_none(row));
        let rows: Vec<Row> =
            room::collected((0..count as Row).filter(|&row| firsts[row as usize] == NO_ROW && is_whole(row)));
        let mut repeats: Vec<(Row, Row)> = Vec::new();
        let repeat = |first, row| room::push(&mut repeats, (first, row));
        drop(Unique::build(key.clone(), columns, rows.iter().copied(), &mut Scratch::new(), repeat));
        rows.iter().for_each(|&row| firsts[row as usize] = row);
        repeats.into_iter().for_each(|(first, row)| firsts[row as usize] = first);
    }
    firsts
}
