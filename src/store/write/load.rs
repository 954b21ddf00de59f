//! Rows that were kept elsewhere, as a whole: a file's.

use crate::store::Store;
use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::error::{Error, Result};
use crate::store::id::{Id, ModelId, Row};
use crate::store::parallel::{Scratch, in_parallel};
use crate::store::schema::declaration::{Declaration, Field, Kind};
use crate::store::types::Type;
use crate::store::write::declare::Plan;
use crate::store::write::fill::Fill;
use crate::store::write::given::NewCells;
use crate::store::write::lead::Led;
use crate::store::write::nowhere::Lost;

/// The rows of one model, as they were kept.
#[derive(Debug, Default)]
pub struct LoadedRows {
    /// The ids of the first of them, ascending. Those of the others end at `next`.
    pub ids: Vec<Id>,
    /// The id of the next row.
    pub next: Id,
    /// Which rows live.
    pub live: Bits,
    /// Their cells, by field: values, or ids for a reference.
    pub cells: Vec<NewCells>,
}

impl LoadedRows {
    /// Rows with these ids, ascending, and these cells. `next` is the id of the next row.
    pub fn new(ids: Vec<Id>, next: Id, live: Bits, cells: Vec<NewCells>) -> Self {
        let ids = if next as usize == ids.len() + 1 { Vec::new() } else { ids };
        LoadedRows { ids, next, live, cells }
    }
}

/// A row that cannot be.
#[derive(Debug)]
pub struct MisfitRow {
    /// Its model.
    pub model: ModelId,
    /// Its id.
    pub id: Id,
    /// Why.
    pub error: Error,
}

impl Store {
    /// A store without rows whose models nobody has declared here; whoever declares one of their tables claims it.
    pub fn unclaimed(declarations: Vec<Declaration>) -> Result<Self> {
        let mut store = Store::default();
        store.add_unclaimed(declarations)?;
        Ok(store)
    }

    /// Adds such models.
    pub fn add_unclaimed(&mut self, declarations: Vec<Declaration>) -> Result<()> {
        let models = self.declare(declarations)?;
        self.schema.unclaim(&models);
        Ok(())
    }

    /// In a store without rows: what a file says now of a model that nobody has declared here.
    pub fn renew_unclaimed(&mut self, model: ModelId, declaration: Declaration) -> Result<()> {
        if self.schema.model(model).is_unclaimed {
            let fill = vec![Fill::default(); declaration.fields.len()];
            let plan = self.plan_redefinition(model, (declaration, fill))?;
            self.carry_out(plan);
            self.schema.unclaim(&[model]);
        }
        Ok(())
    }

    /// A store of one model, whose rows are these columns, all of one length: a name and a type each.
    pub fn of_columns(columns: Vec<(String, Type, Column)>) -> Result<Self> {
        let rows = columns.first().map_or(0, |(.., column)| column.len());
        let field = |(name, of, column): &(String, Type, Column)| Field {
            name: name.clone(),
            kind: Kind::Value(*of),
            optional: column.nones().is_some(),
        };
        let name = "Columns".to_owned();
        let fields = columns.iter().map(field).collect();
        let mut store = Store::default();
        store.declare(vec![Declaration { table: name.clone(), name, fields, ..Declaration::default() }])?;
        let cells = columns.into_iter().map(|(.., column)| NewCells::Values(column)).collect();
        let kept = LoadedRows::new(Vec::new(), rows as Id + 1, Bits::ones(rows), cells);
        store.load(vec![kept]).map_err(|misfit| misfit.error)?;
        Ok(store)
    }

    /// A store of the same models, without rows.
    pub fn emptied(&self) -> Self {
        let mut store = Store::default();
        store.carry_out(Plan { schema: self.schema.clone(), models: Vec::new() });
        store
    }

    /// Fills a store that has no rows, by model. On an error it is of no use any more. O(rows).
    pub fn load(&mut self, kept: Vec<LoadedRows>) -> std::result::Result<(), MisfitRow> {
        let mut cells = Vec::new();
        for (at, kept) in kept.into_iter().enumerate() {
            self.tables[at].load(kept.ids, kept.next, kept.live);
            cells.extend(kept.cells.into_iter().enumerate().map(|(field, cells)| (ModelId(at as u32), field, cells)));
        }
        // The rows of all models are known now, so references can be looked up.
        let most = self.tables.iter().map(|table| table.rows()).max().unwrap_or(0);
        let settle = |(model, field, cells), _: &mut Scratch| (model, self.settled_kept(model, field, cells));
        let mut columns: Vec<Vec<Column>> = self.tables.iter().map(|_| Vec::new()).collect();
        for (model, column) in in_parallel(most, cells, settle) {
            match column {
                Ok(column) => columns[model.index()].push(column),
                Err(Error::InRow { row, error }) => {
                    return Err(MisfitRow { model, id: self.table(model).id(row as Row), error: *error });
                }
                Err(error) => return Err(MisfitRow { model, id: 0, error }),
            }
        }
        for (at, columns) in columns.into_iter().enumerate() {
            let model = ModelId(at as u32);
            let duplicates = self.tables[at].fill(columns);
            let first = duplicates.iter().enumerate().find_map(|(unique, pairs)| Some((unique, *pairs.first()?)));
            if let Some((unique, (one, two))) = first {
                let error = self.duplicate(model, &self.table(model).uniques()[unique].fields, one);
                return Err(MisfitRow { model, id: self.table(model).id(two), error });
            }
        }
        Ok(())
    }

    fn settled_kept(&self, model: ModelId, field: usize, cells: NewCells) -> Result<Column> {
        match (cells, self.schema().refers_to(model, field)) {
            (NewCells::Ids(ids), Some(to)) => {
                let Led { cells, mut nowhere, .. } = self.lead_by_ids(to, ids);
                if nowhere.rows.is_empty() {
                    return Ok(Column::referring(cells));
                }
                // Of a damaged file the first row is enough.
                nowhere.rows.truncate(1);
                Err(self.missing(model, &[&Lost { field, to, keys: None, nowhere: &nowhere }], None))
            }
            (NewCells::Values(column), None) => Ok(column),
            _ => Err(self.misfit(model, field, "does not take such a column")),
        }
    }

    /// Takes the rows of another store of the same models, and perhaps more, in place of its own.
    pub fn succeed(&mut self, mut other: Store) {
        other.version = self.version + 1;
        for (table, before) in other.tables.iter_mut().zip(&self.tables) {
            table.succeed(before);
        }
        *self = other;
    }
}
