//! Which row of the table each row of an input becomes, and what is left out.

use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::error::{Error, Result};
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::room;
use crate::store::schema::declaration::Field;
use crate::store::stop::looking;
use crate::store::write::given::{NewCells, OnMissing};
use crate::store::write::lead::{Led, in_row};
use crate::store::write::near::{Near, Own, leave_out};
use crate::store::write::nowhere::Lost;
use crate::store::write::places::{Meeting, Out, OwnIds, Places, Source, Torn};

/// What an input says of who its rows are.
pub(super) struct Said<'a> {
    pub rows: usize,
    pub ids: Option<&'a Packed>,
    pub near: &'a [Near<'a>],
    /// The unique fields that count, if not all that are unique.
    pub key: Option<&'a [usize]>,
    pub meeting: Meeting,
}

/// What becomes of rows whose references lead nowhere.
pub(super) struct Fates {
    model: ModelId,
    rows: usize,
    /// By field.
    on_missing: Vec<OnMissing>,
    /// What is left out.
    pub out: Out,
    /// References and how many rows lead nowhere by them.
    pub nowhere: Vec<(usize, usize)>,
    /// How many rows are left out because they lead to such.
    pub followed: usize,
}

impl Fates {
    /// Nothing is left out yet. A required reference cannot be none.
    pub fn new(store: &Store, model: ModelId, rows: usize, on_missing: &[OnMissing]) -> Self {
        let fields = store.schema.model(model).fields.iter().enumerate();
        let fate = |(at, field): (usize, &Field)| match on_missing.get(at) {
            Some(OnMissing::None) if !field.optional => OnMissing::Error,
            said => said.copied().unwrap_or_default(),
        };
        Fates {
            model,
            rows,
            on_missing: fields.map(fate).collect(),
            out: Out::default(),
            nowhere: Vec::new(),
            followed: 0,
        }
    }

    fn skips(&self, field: usize) -> bool {
        self.on_missing[field] == OnMissing::Skip
    }

    /// Leaves these rows out, if that is the fate of those whose reference leads nowhere.
    pub fn leave_out(&mut self, field: usize, rows: &[Row]) {
        if self.skips(field) {
            rows.iter().for_each(|&row| _ = self.out.add(row, self.rows));
            self.note(field, rows.len());
        }
    }

    fn note(&mut self, field: usize, rows: usize) {
        match self.nowhere.iter_mut().find(|(other, _)| *other == field) {
            Some((_, count)) => *count += rows,
            None if rows > 0 => self.nowhere.push((field, rows)),
            None => {}
        }
    }

    /// Refuses what is to be refused of rows that are not left out, and notes what is to be none.
    pub fn settle(&mut self, store: &Store, lost: &[Lost]) -> Result<()> {
        let is_in = |lost: &Lost| lost.nowhere.rows.iter().filter(|&&row| !self.out.has(row)).count();
        let counts: Vec<usize> = lost.iter().map(is_in).collect();
        let refused = lost.iter().zip(&counts).filter(|(lost, count)| {
            **count > 0 && matches!(self.on_missing[lost.field], OnMissing::Error | OnMissing::Create)
        });
        let refused: Vec<&Lost> = refused.map(|(lost, _)| lost).collect();
        if !refused.is_empty() {
            return Err(store.missing(self.model, &refused, Some(&self.out)));
        }
        for (lost, count) in lost.iter().zip(counts) {
            if self.on_missing[lost.field] == OnMissing::None {
                self.note(lost.field, count);
            }
        }
        Ok(())
    }
}

impl Store {
    /// Settles which row each input row is and where the near references lead: again, as long as rows are left out.
    pub(super) fn resolve(
        &self,
        model: ModelId,
        said: &Said,
        columns: &[Column],
        fates: &mut Fates,
    ) -> Result<(Places, Vec<Led>)> {
        let first = self.table(model).rows() as Row;
        let skips: Vec<bool> = said.near.iter().map(|near| fates.skips(near.field)).collect();
        let are_asked = said.near.iter().any(|near| matches!(near.cells, NewCells::Ids(_)));
        loop {
            let own_ids = said.ids.map(|ids| (OwnIds::new(ids, are_asked, &fates.out), ids));
            let mut sources = Vec::new();
            if let Some((own, ids)) = &own_ids {
                sources.push(own.source(self.table(model), ids));
                self.check_ids(model, ids, &sources[0], said.meeting, &fates.out)?;
            }
            if said.meeting != Meeting::Refuse {
                self.add_key_sources(model, columns, said, &fates.out, &mut sources)?;
            }
            let places = Places::of(first, said.rows, said.ids, &sources, said.meeting, &fates.out);
            let places = places.map_err(|torn| self.torn(model, first, &torn))?;
            let own = Own {
                model,
                rows: said.rows,
                ids: own_ids.as_ref().map(|(own, _)| own),
                columns,
                near: said.near,
                places: &places,
                out: &fates.out,
            };
            let led = said.near.iter().map(|near| self.lead_near(&own, near)).collect::<Result<Vec<Led>>>()?;
            let (mut fallen, mut skipping): (Vec<Row>, Vec<&Led>) = (Vec::new(), Vec::new());
            for ((near, led), _) in said.near.iter().zip(&led).zip(&skips).filter(|(_, skips)| **skips) {
                let before = fallen.len();
                let rows = led.nowhere.rows.iter().filter(|&&row| !fates.out.has(row));
                rows.for_each(|&row| room::push(&mut fallen, row));
                fates.note(near.field, fallen.len() - before);
                skipping.push(led);
            }
            if fallen.is_empty() {
                return Ok((places, led));
            }
            fates.followed += leave_out(fallen, &skipping, &places, said.rows, &mut fates.out);
        }
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

    /// Refuses ids that are not greater than every id that the model gave.
    fn check_ids(&self, model: ModelId, ids: &Packed, known: &Source, meeting: Meeting, out: &Out) -> Result<()> {
        let next = self.table(model).next_id();
        let of = &self.schema.model(model).name;
        let way =
            format!("to keep ids of your own beside the store's, make them a key: class {of}(Model, key=\"number\")");
        for row in looking(out.others(ids.len())) {
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
        said: &Said,
        out: &Out,
        sources: &mut Vec<Source>,
    ) -> Result<()> {
        let table = self.table(model);
        let only = said.key.map(|key| self.unique_key(model, key)).transpose()?;
        for (at, unique) in table.uniques().iter().enumerate().filter(|(at, _)| only.is_none_or(|only| only == *at)) {
            if let Some(near) = said.near.iter().find(|near| unique.fields.contains(&near.field)) {
                let of = self.schema.model(model);
                let message = format!(
                    "{}.{} leads to rows of the same input and is part of a unique key, so it is not known which rows are \
                     there; leave on_conflict out",
                    of.name, of.fields[near.field].name
                );
                return Err(Error::Schema(message));
            }
            sources.push(Source::of_key(table, at, columns, out));
        }
        Ok(())
    }
}
