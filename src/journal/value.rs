//! Values as SQLite keeps them.

use chrono::{Datelike, NaiveDate};
use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};

use crate::store::calendar::{DAY, DAYS, EPOCH_ORDINAL, LONGEST, TIMES, day_and_rest, iso_date};
use crate::store::cells::column::Column;
use crate::store::decimal;
use crate::store::id::{Id, Row};
use crate::store::json::write::parsed as json;
use crate::store::schema::declaration::Kind;
use crate::store::types::{Storage, Type};
use crate::store::uuid;
use crate::store::value::Value;
use crate::store::wide::Wide;

/// The type of a column of a STRICT table.
pub fn sql_type(of: Type) -> &'static str {
    match of {
        Type::Enum(_) => sql_type(of.kept()),
        Type::Int | Type::Bool | Type::Duration => "INTEGER",
        Type::Float => "REAL",
        Type::Text | Type::Time | Type::Date | Type::Clock | Type::Uuid | Type::Decimal(_) | Type::Json => "TEXT",
        Type::Bytes => "BLOB",
    }
}

/// What SQLite is to check of a value in the column `name`, besides its type.
pub fn check(of: Type, name: &str) -> String {
    match of.storage() == Storage::Bool {
        true => format!(" CHECK ({name} IN (0, 1))"),
        false => String::new(),
    }
}

/// A value of a field to be written; `id` is that of a row that a reference refers to.
pub fn written<'a, M>(kind: &Kind<M>, value: &'a Value<'_>, id: impl FnOnce(Row) -> Id) -> ToSqlOutput<'a> {
    match (kind, value) {
        (Kind::Value(of), value) => written_as(*of, value),
        (Kind::Reference(..), Value::Row(row)) => ToSqlOutput::Borrowed(ValueRef::Integer(id(*row) as i64)),
        (Kind::Reference(..), _) => ToSqlOutput::Borrowed(ValueRef::Null),
    }
}

fn written_as<'a>(of: Type, value: &'a Value<'_>) -> ToSqlOutput<'a> {
    let as_text = |text: fn(i64) -> String| match value {
        Value::Int(v) => owned(text(*v)),
        _ => ToSqlOutput::Borrowed(ValueRef::Null),
    };
    match of {
        Type::Time => as_text(time_text),
        Type::Date => as_text(iso_date),
        Type::Clock => as_text(clock_text),
        Type::Decimal(scale) => match value {
            Value::Wide(v) => owned(decimal::text((*v).into(), scale)),
            _ => ToSqlOutput::Borrowed(ValueRef::Null),
        },
        Type::Uuid => match value {
            Value::Wide(v) => owned(uuid::text(v.uuid())),
            _ => ToSqlOutput::Borrowed(ValueRef::Null),
        },
        Type::Int
        | Type::Float
        | Type::Bool
        | Type::Text
        | Type::Bytes
        | Type::Duration
        | Type::Json
        | Type::Enum(_) => ToSqlOutput::Borrowed(match value {
            Value::None | Value::Row(_) | Value::Wide(_) => ValueRef::Null,
            Value::Int(v) => ValueRef::Integer(*v),
            Value::Float(v) => ValueRef::Real(*v),
            Value::Bool(v) => ValueRef::Integer(i64::from(*v)),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(v) => ValueRef::Blob(v),
        }),
    }
}

fn owned(text: String) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Owned::Text(text))
}

/// A value that was read, or what is wrong with it.
pub fn read<'a>(of: Type, value: ValueRef<'a>) -> Result<Value<'a>, String> {
    let refuse = || Err(format!("is {}", value.data_type()));
    let utf8 = |bytes: &'a [u8]| std::str::from_utf8(bytes).map_err(|_| "is no UTF-8".to_owned());
    let parsed = |what: &str, parse: fn(&str) -> Option<i64>| match value {
        ValueRef::Text(bytes) => {
            let text = utf8(bytes)?;
            parse(text).map(Value::Int).ok_or_else(|| format!("'{text:.40}' is no {what}"))
        }
        _ => refuse(),
    };
    match of {
        Type::Enum(members) => {
            let value = read(of.kept(), value)?;
            if value.is_of(of) { Ok(value) } else { Err(format!("{value} {}", members.misfit())) }
        }
        Type::Int => value.as_i64().map(Value::Int).or_else(|_| refuse()),
        Type::Bool => match value {
            ValueRef::Integer(v @ (0 | 1)) => Ok(Value::Bool(v == 1)),
            ValueRef::Integer(v) => Err(format!("{v} is neither 0 nor 1")),
            _ => refuse(),
        },
        Type::Float => match value {
            ValueRef::Real(v) if !v.is_nan() => Ok(Value::Float(v)),
            _ => refuse(),
        },
        Type::Bytes => value.as_blob().map(|v| Value::Bytes(v.into())).or_else(|_| refuse()),
        Type::Text => match value {
            ValueRef::Text(v) => Ok(Value::Text(utf8(v)?.into())),
            _ => refuse(),
        },
        // In any form: SQLite's own functions write others, with the names in another order.
        Type::Json => match value {
            ValueRef::Text(v) => {
                let text = utf8(v)?;
                json(text).map_err(|why| format!("'{text:.60}' {why}"))
            }
            _ => refuse(),
        },
        Type::Time => parsed("time", parsed_time),
        Type::Date => parsed("date", parsed_date),
        Type::Clock => parsed("time of day", parsed_clock),
        Type::Decimal(scale) => match value {
            ValueRef::Text(bytes) => {
                let text = utf8(bytes)?;
                // In this form alone, so that what is unique in SQL is unique here.
                let found = decimal::parsed(text, scale).ok().filter(|&found| decimal::text(found, scale) == text);
                let misfit = || format!("'{text:.50}' is no number with {scale} digits after the point");
                found.map(|found| Value::Wide(found.into())).ok_or_else(misfit)
            }
            _ => refuse(),
        },
        Type::Uuid => match value {
            ValueRef::Text(bytes) => {
                let text = utf8(bytes)?;
                // In this form alone, so that what is unique in SQL is unique here.
                let found = uuid::parsed(text).filter(|&found| uuid::text(found) == text);
                found.map(|found| Value::Wide(Wide::of_uuid(found))).ok_or_else(|| format!("'{text:.40}' is no UUID"))
            }
            _ => refuse(),
        },
        Type::Duration => match value {
            ValueRef::Integer(v) if (-LONGEST..=LONGEST).contains(&v) => Ok(Value::Int(v)),
            ValueRef::Integer(v) => Err(format!("{v} microseconds are too long")),
            _ => refuse(),
        },
    }
}

/// Appends a value that was read to a column of its type.
pub fn push(column: &mut Column, of: Type, value: ValueRef) -> Result<(), String> {
    let value = read(of, value)?;
    match column.takes(&value) {
        true => column.push(&value),
        false => return Err("is too long".to_owned()),
    }
    Ok(())
}

fn time_text(time: i64) -> String {
    let (day, rest) = day_and_rest(time);
    format!("{}T{}Z", iso_date(day), clock_text(rest))
}

fn clock_text(time: i64) -> String {
    let (seconds, micros) = (time / 1_000_000, time % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hour:02}:{minute:02}:{second:02}.{micros:06}")
}

fn parsed_date(text: &str) -> Option<i64> {
    let [year, month, day] = numbers(text, "dddd-dd-dd")?;
    let days = i64::from(NaiveDate::from_ymd_opt(year as i32, month, day)?.num_days_from_ce() - EPOCH_ORDINAL);
    DAYS.contains(&days).then_some(days)
}

fn parsed_time(text: &str) -> Option<i64> {
    let (date, time) = text.split_at_checked(10)?;
    let time = parsed_date(date)? * DAY + parsed_clock(time.strip_prefix('T')?.strip_suffix('Z')?)?;
    TIMES.contains(&time).then_some(time)
}

fn parsed_clock(text: &str) -> Option<i64> {
    let [hour, minute, second, micros] = numbers(text, "dd:dd:dd.dddddd")?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = (hour * 60 + minute) * 60 + second;
    Some(i64::from(seconds) * 1_000_000 + i64::from(micros))
}

/// The numbers in a text of a form, in which d stands for a digit.
fn numbers<const N: usize>(text: &str, form: &str) -> Option<[u32; N]> {
    let (mut found, mut at, mut inside) = ([0; N], 0, false);
    if text.len() != form.len() {
        return None;
    }
    for (byte, wanted) in text.bytes().zip(form.bytes()) {
        match (wanted, byte) {
            (b'd', b'0'..=b'9') => {
                let number = found.get_mut(at)?;
                *number = *number * 10 + u32::from(byte - b'0');
                inside = true;
            }
            _ if wanted != b'd' && byte == wanted => at += usize::from(std::mem::take(&mut inside)),
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_comes_back() {
        for days in DAYS {
            assert_eq!(parsed_date(&iso_date(days)), Some(days));
        }
        assert_eq!((iso_date(0), iso_date(DAYS.start)), ("1970-01-01".into(), "0001-01-01".into()));
        assert_eq!(iso_date(DAYS.end - 1), "9999-12-31");
    }

    #[test]
    fn times_come_back() {
        let day = (0..DAY).step_by(7_654_321_987);
        for time in [TIMES.start, TIMES.end - 1, -1, 0, 1].into_iter().chain(day) {
            assert_eq!(parsed_time(&time_text(time)), Some(time));
        }
        assert_eq!(time_text(1_772_355_600_000_001), "2026-03-01T09:00:00.000001Z");
        assert_eq!(time_text(TIMES.start), "0001-01-01T00:00:00.000000Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "2026-02-30", "2026-2-3", "0000-01-01", "2026-13-01", "2026-01-01Z", "２026-01-0"] {
            assert_eq!(parsed_date(text), None, "{text}");
        }
        for text in ["2026-03-01T09:00:00Z", "2026-03-01T24:00:00.000000Z", "2026-03-01 09:00:00.000000Z", "é"] {
            assert_eq!(parsed_time(text), None, "{text}");
        }
    }
}
