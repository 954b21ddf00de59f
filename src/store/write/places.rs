//! Which row of the table each row of an input is: told by ids and by keys, of the table's rows and of each other.

use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::{Id, NO_ROW, Row};
use crate::store::index::unique::Unique;
use crate::store::parallel::Scratch;
use crate::store::room;
use crate::store::stop::looking;
use crate::store::table::Table;
use crate::store::types::Storage;
use crate::store::value::Value;

/// The ids of an input.
pub struct OwnIds {
    first: Id,
    ascend: bool,
    /// Each is one more than the one before.
    is_dense: bool,
    index: Option<IdIndex>,
}

struct IdIndex {
    columns: [Column; 1],
    unique: Unique,
    /// Rows whose id an earlier row has: (that, they).
    repeats: Vec<(Row, Row)>,
}

impl OwnIds {
    /// The given ids; `are_asked` where some are looked for by [`find`](Self::find).
    pub fn new(ids: &Packed, are_asked: bool) -> Self {
        let mut own = OwnIds { first: 0, ascend: true, is_dense: true, index: None };
        let mut last = None;
        for id in looking(ids.iter(0..ids.len())) {
            match last {
                None => own.first = id,
                Some(last) => {
                    own.ascend &= id > last;
                    own.is_dense &= id == last.wrapping_add(1);
                }
            }
            last = Some(id);
        }
        if !own.ascend || are_asked && !own.is_dense {
            let mut column = Column::new(Storage::Int64, false);
            looking(ids.iter(0..ids.len())).for_each(|id| column.push(&Value::Int(id as i64)));
            let columns = [column];
            let mut repeats = Vec::new();
            let repeat = |first, row| room::push(&mut repeats, (first, row));
            let unique = Unique::build(Box::new([0]), &columns, 0..ids.len() as Row, &mut Scratch::new(), repeat);
            own.index = Some(IdIndex { columns, unique, repeats });
        }
        own
    }

    /// The row of the input that is the first with an id.
    pub fn find(&self, id: Id, rows: usize) -> Option<Row> {
        match &self.index {
            Some(index) => index.unique.find(&index.columns, &[&Value::Int(id as i64)]),
            None => id.checked_sub(self.first).filter(|&at| at < rows as u64).map(|at| at as Row),
        }
    }

    /// Who has these ids.
    pub fn source(&self, table: &Table, ids: &Packed) -> Source {
        let next = table.next_id();
        let hit = |id| if id < next { table.find(id).unwrap_or(NO_ROW) } else { NO_ROW };
        let are_new = self.ascend && self.first >= next;
        let hits = if are_new { Vec::new() } else { room::collected(ids.iter(0..ids.len()).map(hit)) };
        let repeats = self.index.as_ref().map_or(&[][..], |index| &index.repeats);
        Source { hits, firsts: firsts(ids.len(), repeats) }
    }
}

/// Who has the ids or the keys of an input.
pub struct Source {
    /// By input row: the row of the table, or `NO_ROW`. Empty where there is none.
    hits: Vec<Row>,
    /// By input row: the first input row with the same. Empty where that is always itself.
    firsts: Vec<Row>,
}

impl Source {
    /// Who has these keys: the values of the fields of this unique index, in columns by field.
    pub fn of_key(table: &Table, unique: &Unique, columns: &[Column]) -> Self {
        let key: Vec<&Column> = unique.fields.iter().map(|&field| &columns[field]).collect();
        let rows = key.first().map_or(0, |column| column.len());
        let hits = unique.find_all(table.columns(), &key);
        let mut repeats = Vec::new();
        let repeat = |first, row| room::push(&mut repeats, (first, row));
        drop(Unique::build(unique.fields.clone(), columns, 0..rows as Row, &mut Scratch::new(), repeat));
        Source { hits, firsts: firsts(rows, &repeats) }
    }

    /// Of an input row: the row of the table that has the same, or `NO_ROW`, and the first input row that has.
    pub fn of(&self, row: Row) -> (Row, Row) {
        let hit = self.hits.get(row as usize).copied().unwrap_or(NO_ROW);
        (hit, self.firsts.get(row as usize).copied().unwrap_or(row))
    }
}

fn firsts(rows: usize, repeats: &[(Row, Row)]) -> Vec<Row> {
    if repeats.is_empty() {
        return Vec::new();
    }
    let mut firsts = room::collected(0..rows as Row);
    repeats.iter().for_each(|&(first, row)| firsts[row as usize] = first);
    firsts
}

/// Which row of the table each row of an input is.
pub struct Places {
    /// The number of the first new row.
    pub first: Row,
    /// By input row; empty where the first one is the first new row, and so on.
    rows: Vec<Row>,
    /// The input rows that become new ones, in the order of these.
    pub new: Vec<Row>,
    /// Whether that is all of them, in their order.
    pub is_whole: bool,
}

impl Places {
    /// Input rows that another has are that; the others are new, in the order of their ids.
    pub fn of(first: Row, ids: &Packed, sources: &[Source]) -> Self {
        let count = ids.len();
        let mut rows = room::filled(NO_ROW, count);
        // Of each source, for the first input row with an id or key: the one of them that became a row.
        let mut chosen: Vec<Vec<Row>> =
            sources.iter().map(|source| room::filled(NO_ROW, source.firsts.len())).collect();
        let mut new = Vec::new();
        for row in looking(0..count as Row) {
            let known = sources.iter().zip(&chosen).find_map(|(source, chosen)| {
                let (hit, first) = source.of(row);
                let other = chosen.get(first as usize).copied().unwrap_or(NO_ROW);
                if hit != NO_ROW { Some(hit) } else { (other != NO_ROW).then(|| rows[other as usize]) }
            });
            rows[row as usize] = known.unwrap_or(first + row);
            if known.is_none() {
                room::push(&mut new, row);
                for (source, chosen) in sources.iter().zip(&mut chosen) {
                    if let Some(place) = chosen.get_mut(source.of(row).1 as usize).filter(|place| **place == NO_ROW) {
                        *place = row;
                    }
                }
            }
        }
        let id = |row: &Row| ids.get(*row as usize);
        if !new.is_sorted_by_key(id) {
            room::check(new.len() * size_of::<Row>());
            new.sort_unstable_by_key(id);
        }
        let is_whole = new.len() == count && new.iter().copied().eq(0..count as Row);
        if !is_whole {
            let mut numbers = room::filled(NO_ROW, count);
            (first..).zip(&new).for_each(|(number, &row)| numbers[row as usize] = number);
            for row in rows.iter_mut().filter(|row| **row >= first) {
                *row = numbers[(*row - first) as usize];
            }
        }
        Places { first, rows, new, is_whole }
    }

    /// The row of the table that an input row is.
    pub fn row(&self, row: Row) -> Row {
        self.rows[row as usize]
    }
}
