//! Rows by the keys that name them, many at once; what is not there is no error.

use crate::store::cells::bits::Bits;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::cells::parents::number;
use crate::store::error::Result;
use crate::store::id::{ModelId, NO_ROW, Row};
use crate::store::write::given::{Keys, NewCells};
use crate::store::{Store, empty_column};

impl Store {
    /// For each of so many keys, the values of fields that are unique together, the row that has it, or `NO_ROW`; a
    /// reference in a key that leads nowhere names nothing. `SchemaError` unless the fields are unique. O(keys).
    pub fn rows_named(&self, model: ModelId, count: usize, cells: Vec<(usize, NewCells)>) -> Result<Vec<Row>> {
        let fields: Vec<usize> = cells.iter().map(|&(field, _)| field).collect();
        let unique = self.unique_key(model, &fields)?;
        let column = |(field, cells)| self.key_column(model, field, count, cells);
        let columns = cells.into_iter().map(column).collect::<Result<Vec<Column>>>()?;
        Ok(self.find_keys(model, unique, &fields, &columns))
    }

    /// These rows, each once, at its first place; `NO_ROW` is left out.
    pub fn each_once(&self, model: ModelId, mut rows: Vec<Row>) -> Vec<Row> {
        let mut seen = Bits::zeros(self.table(model).rows());
        rows.retain(|&row| row != NO_ROW && !seen.set(row as usize, true));
        rows
    }

    fn key_column(&self, model: ModelId, field: usize, count: usize, cells: NewCells) -> Result<Column> {
        let declared = &self.schema.model(model).fields[field];
        Ok(match (cells, self.schema.refers_to(model, field)) {
            (NewCells::Values(column), _) => column,
            (NewCells::Same(value), _) => {
                let mut column = empty_column(declared);
                (0..count).for_each(|_| column.push(&value));
                column
            }
            (NewCells::Ids(ids), Some(to)) => {
                let found = ids.iter(0..ids.len()).map(|id| number(self.table(to).find(id).unwrap_or(NO_ROW)));
                Column::referring(found.collect())
            }
            (NewCells::Keys(Keys { fields, columns, nested }), Some(to)) => {
                let mut cells: Vec<(usize, NewCells)> =
                    fields.into_iter().zip(columns.into_iter().map(NewCells::Values)).collect();
                cells.extend(nested);
                let found: Packed = self.rows_named(to, count, cells)?.into_iter().map(number).collect();
                Column::referring(found)
            }
            (NewCells::Ids(_) | NewCells::Keys(_), None) => {
                return Err(self.misfit(model, field, "does not take such a column"));
            }
        })
    }
}
