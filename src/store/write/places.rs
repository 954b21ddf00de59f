//! Which row of the table each row of an input is: told by ids and by keys, of the table's rows and of each other.

use crate::store::cells::bits::Bits;
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
    /// The given ids of these rows; `are_asked` where some are looked for by [`find`](Self::find).
    pub fn new(ids: &Packed, are_asked: bool, out: &Out) -> Self {
        let mut own = OwnIds { first: 0, ascend: true, is_dense: !out.is_any(), index: None };
        let mut last = None;
        for id in looking(out.others(ids.len()).map(|row| ids.get(row as usize))) {
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
            let unique = Unique::build(Box::new([0]), &columns, out.others(ids.len()), &mut Scratch::new(), repeat);
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
    /// Who has these keys: the values of the fields of the unique index at this place, in columns by field.
    pub fn of_key(table: &Table, at: usize, columns: &[Column], out: &Out) -> Self {
        let unique = &table.uniques()[at];
        let key: Vec<&Column> = unique.fields.iter().map(|&field| &columns[field]).collect();
        let rows = key.first().map_or(0, |column| column.len());
        let hits = table.find_keys(at, &key);
        let mut repeats = Vec::new();
        let repeat = |first, row| room::push(&mut repeats, (first, row));
        drop(Unique::build(unique.fields.clone(), columns, out.others(rows), &mut Scratch::new(), repeat));
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

/// Input rows that are left out: as if the input did not have them.
#[derive(Debug, Default)]
pub struct Out {
    /// By input row, if there is any.
    rows: Bits,
    count: usize,
}

impl Out {
    /// Leaves out a row of so many; whether it was left out before.
    pub fn add(&mut self, row: Row, of: usize) -> bool {
        if self.rows.is_empty() {
            self.rows = Bits::zeros(of);
        }
        let was = self.rows.set(row as usize, true);
        self.count += usize::from(!was);
        was
    }

    /// Whether a row is left out.
    pub fn has(&self, row: Row) -> bool {
        self.rows.get(row as usize)
    }

    /// Whether any is.
    pub fn is_any(&self) -> bool {
        self.count > 0
    }

    /// How many are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The rows of so many that are not.
    pub fn others(&self, of: usize) -> impl Iterator<Item = Row> + Clone + '_ {
        (0..of as Row).filter(|&row| !self.has(row))
    }
}

/// What becomes of an input row that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// It is refused, and all others with it.
    Refuse,
    /// It is left out. Of several new ones that are one row the first is created.
    Skip,
    /// The row that is there gets its values. Of several that are one row the last counts.
    Update,
}

/// Which row of the table each row of an input is.
pub struct Places {
    /// The number of the first new row.
    pub first: Row,
    /// By input row; `NO_ROW` where it is left out.
    rows: Vec<Row>,
    /// The input rows that say what new ones hold, in the order of these.
    pub new: Vec<Row>,
    /// Whether that is all of them, in their order.
    pub is_whole: bool,
    /// Rows that are there, each once, and the input row that says what they get.
    pub known: Vec<(Row, Row)>,
}

/// An input row of which one key leads to this row and another to that.
pub struct Torn {
    /// Which input row.
    pub row: Row,
    /// This, as [`Places::of`] tells of rows.
    pub one: Row,
    /// And that.
    pub other: Row,
}

impl Places {
    /// Input rows that another has are that; the others are new, in the order of their ids. A row that is new is told
    /// of as `first` and the input row.
    pub fn of(
        first: Row,
        count: usize,
        ids: Option<&Packed>,
        sources: &[Source],
        meeting: Meeting,
        out: &Out,
    ) -> Result<Self, Torn> {
        let mut rows = room::filled(NO_ROW, count);
        // Of each source, for the first input row with an id or key: the first one of them that became a row.
        let mut chosen: Vec<Vec<Row>> =
            sources.iter().map(|source| room::filled(NO_ROW, source.firsts.len())).collect();
        // Input rows that are the first of a new row, and the last that say what it holds.
        let (mut new, mut last, mut known) = (Vec::new(), Vec::new(), Vec::new());
        let updates = meeting == Meeting::Update;
        if updates {
            last = room::filled(NO_ROW, count);
        }
        for row in looking(out.others(count)) {
            let mut place = None;
            for (source, chosen) in sources.iter().zip(&chosen) {
                let (hit, same) = source.of(row);
                let other = chosen.get(same as usize).copied().unwrap_or(NO_ROW);
                let here = match (hit, other) {
                    (NO_ROW, NO_ROW) => continue,
                    (NO_ROW, other) => rows[other as usize],
                    (hit, _) => hit,
                };
                match place {
                    Some(one) if one != here && updates => return Err(Torn { row, one, other: here }),
                    _ => place = place.or(Some(here)),
                }
            }
            rows[row as usize] = place.unwrap_or(first + row);
            if place.is_none() {
                room::push(&mut new, row);
            }
            match place {
                _ if !updates => {}
                Some(place) if place < first => room::push(&mut known, (place, row)),
                _ => last[(place.unwrap_or(first + row) - first) as usize] = row,
            }
            if updates || place.is_none() {
                for (source, chosen) in sources.iter().zip(&mut chosen) {
                    if let Some(place) = chosen.get_mut(source.of(row).1 as usize).filter(|place| **place == NO_ROW) {
                        *place = row;
                    }
                }
            }
        }
        if let Some(ids) = ids {
            let id = |row: &Row| ids.get(*row as usize);
            if !new.is_sorted_by_key(id) {
                new.sort_unstable_by_key(id);
            }
        }
        if new.len() < count || !new.is_sorted() {
            let mut numbers = room::filled(NO_ROW, count);
            (first..).zip(&new).for_each(|(number, &row)| numbers[row as usize] = number);
            for row in rows.iter_mut().filter(|row| **row >= first && **row != NO_ROW) {
                *row = numbers[(*row - first) as usize];
            }
        }
        if updates {
            new.iter_mut().for_each(|row| *row = last[*row as usize]);
        }
        // Of each row that is there the last input row.
        known.sort_unstable();
        known.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                *kept = *next;
            }
            is_same
        });
        let is_whole = new.len() == count && new.iter().copied().eq(0..count as Row);
        Ok(Places { first, rows, new, is_whole, known })
    }

    /// The row of the table that an input row is, or `NO_ROW`.
    pub fn row(&self, row: Row) -> Row {
        self.rows[row as usize]
    }

    /// The rows of the table in the order of the input, each once.
    pub fn in_order(&self, end: usize) -> Vec<Row> {
        let mut seen = Bits::zeros(end);
        room::collected(self.rows.iter().copied().filter(|&row| row != NO_ROW && !seen.set(row as usize, true)))
    }
}
