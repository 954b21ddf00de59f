//! Declaring models: new models, those that a file has, and redefinitions of models that have rows.
//!
//! Each is planned first, and nothing changes; what the plan says is then carried out, or not.

use foldhash::HashMap;

use crate::store::cells::column::Column;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, Row};
use crate::store::room;
use crate::store::schema::Schema;
use crate::store::schema::declaration::{Declaration, Field, Kind};
use crate::store::schema::model::Model;
use crate::store::table::Table;
use crate::store::types::Type;
use crate::store::value::Value;
use crate::store::write::fill::{Fill, Origin};
use crate::store::write::takeover::{Heritage, LeftBehind};
use crate::store::{Store, empty_column, is_reference};

/// A declaration, and for each of its fields what existing rows get where they do not have it yet.
pub type Filled = (Declaration, Vec<Fill>);

/// What declarations would make of a store. Holds until the store changes.
#[derive(Debug)]
pub struct Plan {
    /// The schema there would be.
    pub schema: Schema,
    /// The models that were declared, in the order of their declarations.
    pub models: Vec<Planned>,
}

/// What a plan does with one model.
#[derive(Debug)]
pub struct Planned {
    /// The model.
    pub model: ModelId,
    /// For each field, what existing rows get where they do not have it yet.
    pub fill: Vec<Fill>,
    /// For each field the one whose cells it keeps; nothing for a model that is new.
    sources: Option<Vec<Option<usize>>>,
    /// For each field, whether the cells that it keeps become values of another type.
    converted: Vec<bool>,
    renamed: Vec<(String, String)>,
    /// Values of a model that a file had, which the class that claims it has no field for.
    pub left_behind: Vec<LeftBehind>,
}

impl Planned {
    /// Of a model that is new.
    fn fresh(model: ModelId, fill: Vec<Fill>) -> Self {
        let (converted, renamed, left_behind) = (Vec::new(), Vec::new(), Vec::new());
        Planned { model, fill, sources: None, converted, renamed, left_behind }
    }

    /// Whether a field takes up the cells of another.
    pub fn keeps_cells(&self, field: usize) -> bool {
        self.sources.as_ref().is_some_and(|sources| sources[field].is_some())
    }

    /// The fields whose cells are kept under another name: what it was, and what it is.
    pub fn renamed(&self) -> &[(String, String)] {
        &self.renamed
    }

    /// Whether a field takes up cells as values of another type.
    pub fn converts(&self, field: usize) -> bool {
        self.converted.get(field).is_some_and(|is_converted| *is_converted)
    }

    fn is_made(&self, field: usize) -> bool {
        !self.keeps_cells(field) || self.converts(field) || self.fill[field].is_back
    }
}

impl Store {
    /// Adds models, which may refer to each other and to those there are, and claims those that a file had: all or,
    /// on an error, none.
    pub fn declare(&mut self, declarations: Vec<Declaration>) -> Result<Vec<ModelId>> {
        let filled = declarations.into_iter().map(|declaration| {
            let fill = vec![Fill::default(); declaration.fields.len()];
            (declaration, fill)
        });
        let plan = self.plan(filled.collect())?;
        Ok(self.carry_out(plan))
    }

    /// What [`declare`](Self::declare) would do; the rows of models that are claimed must fit.
    pub fn plan(&self, declarations: Vec<Filled>) -> Result<Plan> {
        let mut schema = self.schema.clone();
        let claimed = self.claimed(&declarations)?;
        for ((declaration, _), &claimed) in declarations.iter().zip(&claimed) {
            claimed.into_iter().for_each(|id| schema.rename(id, &declaration.table));
        }
        let fresh = declarations.iter().zip(&claimed).filter(|(_, claimed)| claimed.is_none());
        let mut fresh = schema.add(fresh.map(|((declaration, _), _)| declaration.clone()).collect())?.into_iter();
        let mut models = Vec::new();
        for ((declaration, fill), claimed) in declarations.into_iter().zip(claimed) {
            match claimed {
                None => models.extend(fresh.next().map(|model| Planned::fresh(model, fill))),
                Some(id) if self.log.iter().any(|change| change.model() == id) => {
                    let name = declaration.name;
                    return Err(Error::Schema(format!(
                        "this transaction changed rows of {name} before the class was first used; use it before"
                    )));
                }
                Some(id) => models.push(self.planned_redefinition(&mut schema, id, declaration, fill)?),
            }
        }
        Ok(Plan { schema, models })
    }

    /// The models that a file had and that declarations take over.
    fn claimed(&self, declarations: &[Filled]) -> Result<Vec<Option<ModelId>>> {
        let claimed = declarations.iter().map(|(new, _)| self.schema.claimable(&new.table, &new.was));
        let claimed = claimed.collect::<Result<Vec<_>>>()?;
        for (at, model) in claimed.iter().enumerate().filter(|(_, model)| model.is_some()) {
            if let Some(other) = claimed[..at].iter().position(|other| other == model) {
                let names = [other, at].map(|at| declarations[at].0.name.as_str());
                let table = model.map_or("", |id| &self.schema.model(id).table);
                return Err(Error::Schema(format!(
                    "{} both take over the table '{table}', one as what it was called; leave was=... out, or give the \
                     other table=...",
                    names.join(" and ")
                )));
            }
        }
        Ok(claimed)
    }

    /// What redefining a model would do, if its rows fit.
    pub fn plan_redefinition(&self, id: ModelId, (declaration, fill): Filled) -> Result<Plan> {
        if !self.marks.is_empty() {
            return Err(Error::Schema(format!("{} cannot be redefined in a transaction", declaration.name)));
        }
        let mut schema = self.schema.clone();
        let planned = self.planned_redefinition(&mut schema, id, declaration, fill)?;
        Ok(Plan { schema, models: vec![planned] })
    }

    /// Ends the call where there is not the memory to carry a plan out, which could not stop halfway.
    pub fn check_room(&self, plan: &Plan) {
        for planned in plan.models.iter().filter(|planned| planned.sources.is_some()) {
            let rows = self.tables.get(planned.model.index()).map_or(0, Table::rows);
            let made = planned.fill.iter().enumerate().filter(|(at, _)| planned.is_made(*at));
            let row: usize = made.map(|(_, fill)| fill.longest() + 16).sum();
            room::check(rows.saturating_mul(row + 64));
        }
    }

    /// Does what was planned: fields of the same name and kind keep their cells, new ones are filled, others go.
    pub fn carry_out(&mut self, plan: Plan) -> Vec<ModelId> {
        room::must(|| self.carried_out(plan))
    }

    fn carried_out(&mut self, plan: Plan) -> Vec<ModelId> {
        self.schema = plan.schema;
        // Models that others refer to come into being with them.
        let first = self.tables.len();
        for model in &self.schema.models()[first..] {
            let references: Vec<bool> = model.fields.iter().map(is_reference).collect();
            let columns = model.fields.iter().map(empty_column).collect();
            self.tables.push(Table::new(columns, &references, model.unique.iter().cloned(), &model.indexed));
        }
        let ids = plan.models.iter().map(|planned| planned.model).collect();
        for planned in plan.models {
            if let Some(sources) = &planned.sources {
                self.redefine(&planned, sources);
                self.version += 1;
            }
        }
        ids
    }

    fn redefine(&mut self, planned: &Planned, sources: &[Option<usize>]) {
        let id = planned.model;
        let (model, table) = (self.schema.model(id), self.table(id));
        let mut made = Vec::new();
        for (at, (&source, fill)) in sources.iter().zip(&planned.fill).enumerate() {
            made.push(planned.is_made(at).then(|| self.refilled(table, model, at, Origin { source, fill })));
        }
        let table = &mut self.tables[id.index()];
        table.redefine(
            |columns| {
                let mut columns: Vec<Option<Column>> = columns.into_iter().map(Some).collect();
                let mut fresh = Vec::new();
                for ((field, source), made) in model.fields.iter().zip(sources).zip(made) {
                    let mut column = made.or_else(|| columns[(*source)?].take()).unwrap_or_else(|| empty_column(field));
                    column.set_optional(field.optional);
                    fresh.push(column);
                }
                (fresh, model.fields.iter().map(is_reference).collect())
            },
            model.unique.clone(),
            &model.indexed,
        );
        // The plan has looked for duplicates.
        table.rebuild();
    }

    /// Puts the new definition of a model into a schema, if its rows fit.
    fn planned_redefinition(
        &self,
        schema: &mut Schema,
        id: ModelId,
        declaration: Declaration,
        fill: Vec<Fill>,
    ) -> Result<Planned> {
        let were = declaration.fields_were.clone();
        let model = schema.redeclared(id, declaration)?;
        let heritage = self.heritage(id, &model, &were, &fill)?;
        let sources: Vec<Option<usize>> = heritage.iter().map(|heritage| heritage.source).collect();
        if !self.table(id).is_empty() {
            self.check_fields(id, &model, &heritage, &fill)?;
            self.check_uniques_of(id, &model, &sources, &fill)?;
        }
        let (converted, renamed) = (self.conversions(id, &model, &sources), self.renamings(id, &model, &sources));
        let left_behind = match self.schema.model(id).is_unclaimed {
            true => self.left_behind(id, &sources),
            false => Vec::new(),
        };
        schema.replace(id, model);
        Ok(Planned { model: id, fill, sources: Some(sources), converted, renamed, left_behind })
    }

    /// Refuses a definition whose fields the rows do not fit.
    fn check_fields(&self, id: ModelId, model: &Model, heritage: &[Heritage], fill: &[Fill]) -> Result<()> {
        let (old, table) = (self.schema.model(id), self.table(id));
        let refuse = |field: &Field, why: &str| {
            let (name, rows) = (&model.name, table.len());
            Err(Error::Schema(format!("{name}.{} does not fit the {rows} existing rows: {why}", field.name)))
        };
        for (at, (field, (heritage, fill))) in model.fields.iter().zip(heritage.iter().zip(fill)).enumerate() {
            let Heritage { before, source } = *heritage;
            let lacks = |row: &Row| {
                self.new_cell(table, model, at, Origin { source, fill }, *row).is_none_or(|value| value.is_none())
            };
            if let (Some(source), Kind::Value(to)) = (source, &field.kind)
                && let Some((row, value)) = self.inexact(id, source, *to)
            {
                let why = format!("{} {row} holds {value}, which no {} is exactly", model.name, to.name());
                return refuse(field, &why);
            }
            match (source, before.map(|at| &old.fields[at])) {
                (Some(source), _) if fill.is_back => {
                    if let [(row, id), ..] = self.dangling(table, model, at, source)[..] {
                        let gone = "was deleted while this reference was taken out";
                        return refuse(field, &format!("{} {row} refers to {id}, which {gone}", model.name));
                    }
                    match if field.optional { 0 } else { table.live().filter(lacks).count() } {
                        0 => {}
                        count => {
                            let why = "of them lack a value, because they were created while it was taken out";
                            let what = "give it a default, or let it be `| None`";
                            return refuse(field, &format!("{count} {why}; {what}"));
                        }
                    }
                }
                (Some(source), _) if let Some((row, why)) = self.misfit_in(id, source, &field.kind) => {
                    return refuse(field, &format!("{} {row} has {why}", model.name));
                }
                (Some(source), _) if !field.optional && table.live().any(|row| table.column(source).is_none(row)) => {
                    return refuse(field, "some have None; give them a value first, or let it be `| None`");
                }
                (None, Some(before)) => {
                    let was = self.schema.kind_name(before);
                    return refuse(
                        field,
                        &format!(
                            "they hold {was}. Keep it as it was, add a field of another name, set that in every row \
                             (`for row in {0}.all(): row.other = ...row.{1}`), and take '{1}' out then; or delete the \
                             rows first",
                            model.name, before.name
                        ),
                    );
                }
                (None, None) if !field.optional && table.live().any(|row| lacks(&row)) => {
                    return refuse(field, "it is new and has no default; give it one, or let it be `| None`");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first row whose cell is no value of what a field is to hold, and what is wrong with it.
    fn misfit_in(&self, id: ModelId, source: usize, kind: &Kind<ModelId>) -> Option<(Id, String)> {
        let &Kind::Value(of @ Type::Enum(members)) = kind else { return None };
        let table = self.table(id);
        let row = table.live().find(|&row| !table.column(source).get(row).is_of(of))?;
        Some((table.id(row), format!("{}, which {}", table.column(source).get(row), members.misfit())))
    }

    /// Refuses a definition under which two rows would share a key that was not unique before.
    fn check_uniques_of(&self, id: ModelId, model: &Model, sources: &[Option<usize>], fill: &[Fill]) -> Result<()> {
        let (old, table) = (self.schema.model(id), self.table(id));
        let names = |fields: &[usize], model: &Model| -> Vec<String> {
            fields.iter().map(|&at| model.fields[at].name.clone()).collect()
        };
        for key in &model.unique {
            if old.unique.iter().any(|other| names(other, old) == names(key, model)) {
                continue;
            }
            let mut seen: HashMap<Vec<Value>, Row> = HashMap::default();
            for row in table.live() {
                let value = |&at: &usize| {
                    let from = Origin { source: sources[at], fill: &fill[at] };
                    self.new_cell(table, model, at, from, row).unwrap_or(Value::None)
                };
                let values: Vec<Value> = key.iter().map(value).collect();
                if values.iter().any(Value::is_none) {
                    continue;
                }
                if let Some(other) = seen.insert(values, row) {
                    let (name, fields) = (&model.name, names(key, model).join(", "));
                    let (one, two) = (table.id(other), table.id(row));
                    return Err(Error::Schema(format!(
                        "{name}: unique {fields} does not fit the existing rows: {one} and {two} have the same"
                    )));
                }
            }
        }
        Ok(())
    }
}
