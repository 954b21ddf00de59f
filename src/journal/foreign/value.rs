//! Values of other programs as those of a field, where they are sure.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use rusqlite::types::ValueRef;

use crate::store::calendar::{DAY, DAYS, EPOCH_ORDINAL, TIMES};
use crate::store::types::Type;
use crate::store::value::Value;
use crate::store::write::convert::converted;

/// How a date or time is written: what stands between day and time, how many characters it has, whether it has a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    separator: Option<u8>,
    len: usize,
    has_zone: bool,
}

impl Form {
    /// Of a text, if it is a date or a time.
    pub fn of(text: &str) -> Option<Self> {
        let (_, has_zone) = parsed(text)?;
        Some(Form { separator: text.as_bytes().get(10).copied(), len: text.len(), has_zone })
    }

    /// Whether there is no time of day.
    pub fn is_date(self) -> bool {
        self.separator.is_none()
    }

    pub fn has_zone(self) -> bool {
        self.has_zone
    }
}

/// A value as one of a field's type; none where it is nothing, an error says what is wrong with it.
pub fn read<'a>(of: Type, value: ValueRef<'a>) -> Result<Value<'a>, String> {
    let wrong = || Err(format!("is no {}", of.name()));
    let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).map_err(|_| "is no UTF-8".to_owned());
    let number = match value {
        ValueRef::Null => return Ok(Value::None),
        ValueRef::Integer(v) => Some(Value::Int(v)),
        ValueRef::Real(v) if !v.is_nan() => Some(Value::Float(v)),
        ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    };
    match (of, value) {
        (Type::Text, ValueRef::Text(v)) => Ok(Value::Text(text(v)?.into())),
        (Type::Bytes, ValueRef::Blob(v)) => Ok(Value::Bytes(v.into())),
        // What exports write where there is nothing.
        (_, ValueRef::Text(b"")) => Ok(Value::None),
        (Type::Bool, ValueRef::Integer(v @ (0 | 1))) => Ok(Value::Bool(v == 1)),
        (Type::Int | Type::Float, _) => match number.as_ref().and_then(|number| converted(number, of)) {
            Some(number) => Ok(number),
            None => wrong(),
        },
        (Type::Date, ValueRef::Text(v)) => match parsed(text(v)?) {
            Some((time, _)) if v.len() == 10 => Ok(Value::Int(time.div_euclid(DAY))),
            _ => wrong(),
        },
        (Type::Time, ValueRef::Text(v)) => parsed(text(v)?).map_or_else(wrong, |(time, _)| Ok(Value::Int(time))),
        (
            // Only a field that was declared has one of the last: what is read from other programs' files is sure.
            Type::Bool
            | Type::Text
            | Type::Bytes
            | Type::Time
            | Type::Date
            | Type::Duration
            | Type::Clock
            | Type::Uuid
            | Type::Json
            | Type::Enum(_)
            | Type::Decimal(_),
            _,
        ) => wrong(),
    }
}

/// The microseconds of a date or time, which without a zone is UTC, and whether it had a zone.
fn parsed(text: &str) -> Option<(i64, bool)> {
    let (date, rest) = text.split_at_checked(10)?;
    let is_form = date
        .bytes()
        .enumerate()
        .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    let day = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok().filter(|_| is_form)?;
    let days = i64::from(day.num_days_from_ce() - EPOCH_ORDINAL);
    if rest.is_empty() {
        return DAYS.contains(&days).then_some((days * DAY, false));
    }
    let rest = rest.strip_prefix([' ', 'T'])?;
    let (clock, offset) = match rest.find(['Z', '+', '-']) {
        Some(at) => (&rest[..at], Some(minutes(&rest[at..])?)),
        None => (rest, None),
    };
    let clock = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(clock, form).ok())?;
    let micros = i64::from(clock.num_seconds_from_midnight()) * 1_000_000 + i64::from(clock.nanosecond() / 1000);
    let time = days * DAY + micros - offset.unwrap_or(0) * 60_000_000;
    // A leap second, and what is finer than a microsecond, has no place.
    let is_whole = clock.nanosecond() < 1_000_000_000 && clock.nanosecond() % 1000 == 0;
    (is_whole && TIMES.contains(&time)).then_some((time, offset.is_some()))
}

/// The minutes of a zone, "Z" or "+02:00".
fn minutes(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone[1..].split_once(':')?;
    let number =
        |text: &str| text.parse::<i64>().ok().filter(|_| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()));
    let all = number(hours)? * 60 + number(minutes).filter(|minutes| *minutes < 60)?;
    Some(if zone.starts_with('-') { -all } else { all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let time = |text| parsed(text).map(|(time, _)| time);
        assert_eq!(time("1970-01-02"), Some(DAY));
        assert_eq!(time("1970-01-01 00:01"), Some(60_000_000));
        for text in ["1970-01-01 00:00:01.5", "1970-01-01T00:00:01.500Z", "1970-01-01T02:00:01.5+02:00"] {
            assert_eq!(time(text), Some(1_500_000), "{text}");
        }
        for text in
            ["", "1970-1-1", "1970-02-30", "1970-01-01x", "1970-01-01 ", "1970-01-01 25:00", "1970-01-01 00:00:60"]
        {
            assert_eq!(time(text), None, "{text}");
        }
        for text in ["1970-01-01 00:00:00.0000001", "1970-01-01T00:00+2", "+970-01-01", "1970-01-01T00:00+é0:00"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_fit_where_they_are_exact() {
        let read = |of, value| super::read(of, value).map(Value::into_owned);
        assert_eq!(read(Type::Float, ValueRef::Integer(3)), Ok(Value::Float(3.0)));
        assert!(read(Type::Float, ValueRef::Integer(i64::MAX)).is_err());
        assert_eq!(read(Type::Int, ValueRef::Real(3.0)), Ok(Value::Int(3)));
        assert_eq!(read(Type::Int, ValueRef::Text(b"")), Ok(Value::None));
        assert_eq!(read(Type::Text, ValueRef::Text(b"")), Ok(Value::Text("".into())));
        assert!(read(Type::Int, ValueRef::Text(b"3")).is_err());
        assert!(read(Type::Text, ValueRef::Text(b"\xff")).is_err());
    }
}
