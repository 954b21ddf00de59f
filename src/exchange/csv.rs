//! What a CSV file says, which is all text, into the engine's columns.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array};

use crate::exchange::incoming::{self, Result, Sink, clock, duration, each_text, moment, refused, rows};
use crate::exchange::visit::Misfit;
use crate::store::calendar::Unit;
use crate::store::cells::column::Column;
use crate::store::cells::packed::Packed;
use crate::store::id::Row;
use crate::store::stop::{Pace, looking};
use crate::store::text;
use crate::store::types::{Storage, Type};
use crate::store::value::Value;

/// As [`incoming::values`], of what a CSV file says, which is all text: empty text is no value, but in a column of text that must
/// hold one, and numbers are times where their `unit` is said.
pub fn values(column: &mut Column, of: Type, unit: Option<Unit>, array: &ArrayRef) -> Result<()> {
    let array = rows(array)?;
    let is_nothing = of != Type::Text || column.takes(&Value::None);
    let unit = unit.filter(|_| of.is_counted());
    let mut sink = Sink { column, row: 0, pace: Pace::default() };
    let done = match text::is_read(of) {
        true => each_text(&array, &mut sink, |text| match unit.and_then(|unit| counted_in_text(unit, text)) {
            _ if text.is_empty() && is_nothing => Ok(Value::None),
            Some(micros) if of == Type::Time => moment(micros).map_err(Cow::Owned),
            Some(micros) if of == Type::Duration => duration(micros).map_err(Cow::Owned),
            Some(micros) => clock(micros).map_err(Cow::Owned),
            None => text::read(of, text),
        }),
        false => None,
    };
    done.unwrap_or_else(|| Err(Misfit::Type(refused(of, &array))))
}

/// As [`incoming::ids`], of what a CSV file says.
pub fn ids(ids: &mut Packed, array: &ArrayRef, optional: bool, refer: bool) -> Result<()> {
    let mut numbers = Column::new(Storage::Int64, optional);
    values(&mut numbers, Type::Int, None, array)?;
    let is_none = |row: Row| numbers.is_none(row);
    let number = |(row, number): (usize, &i64)| (!is_none(row as Row)).then_some(*number);
    let numbers: Int64Array = looking(numbers.ints().iter().enumerate()).map(number).collect();
    incoming::ids(ids, &(Arc::new(numbers) as ArrayRef), optional, refer)
}

/// A number in text, of a unit, in microseconds, unless these are over 64 bits; nothing for other text.
fn counted_in_text(unit: Unit, text: &str) -> Option<Option<i64>> {
    let text = text.trim_ascii();
    match text.parse::<i64>() {
        Ok(count) => Some(unit.micros(count)),
        Err(_) => text.parse().ok().filter(|count: &f64| count.is_finite()).map(|count| unit.micros_of_float(count)),
    }
}
