//! What to write for a value that is of another type than a field. Texts for errors only.

use crate::store::calendar::{DAY, iso_date, iso_time};
use crate::store::members::Members;
use crate::store::text::read;
use crate::store::types::Type;
use crate::store::value::Value;

/// "write Decimal("19.99")": what to write for a value of one type where a field has another; nothing where that is not sure.
pub fn instead(of: Type, given: Type, value: &Value) -> Option<String> {
    match of {
        Type::Decimal(_) => decimal(of, given, value),
        Type::Enum(members) => member(members, given, value),
        Type::Time => time(value, given),
        Type::Date => date(value, given),
        Type::Duration => number(value, given).map(|count| format!("write timedelta(seconds={count})")),
        Type::Uuid => words(value, given)
            .filter(|text| read(of, text).is_ok())
            .map(|text| format!("write UUID(\"{}\")", text.trim_ascii())),
        Type::Int | Type::Float | Type::Bool | Type::Text | Type::Bytes | Type::Clock | Type::Json => None,
    }
}

/// What to pass for a column of numbers whose field has another type; nothing where that is not sure.
pub fn in_column(of: Type, is_float: bool) -> Option<&'static str> {
    match of {
        Type::Decimal(_) if is_float => {
            Some("a float is not exact: pass Decimals, or text, which is read, as .astype(str) makes it of a column")
        }
        Type::Time | Type::Clock | Type::Duration => {
            Some("numbers count time where their unit is said: unit=\"s\", \"ms\", \"us\" or \"ns\"")
        }
        Type::Decimal(_) | Type::Int | Type::Float | Type::Bool | Type::Text => None,
        Type::Bytes | Type::Date | Type::Uuid | Type::Json | Type::Enum(_) => None,
    }
}

fn words<'a>(value: &'a Value, given: Type) -> Option<&'a str> {
    match value {
        Value::Text(text) if given == Type::Text => Some(text),
        _ => None,
    }
}

fn number(value: &Value, given: Type) -> Option<String> {
    match value {
        Value::Int(int) if given == Type::Int => Some(int.to_string()),
        Value::Float(float) if given == Type::Float && float.is_finite() => Some(float.to_string()),
        _ => None,
    }
}

fn decimal(of: Type, given: Type, value: &Value) -> Option<String> {
    if given == Type::Float {
        return number(value, given).map(|float| format!("a float is not exact: write Decimal(\"{float}\")"));
    }
    let text = words(value, given).filter(|text| read(of, text).is_ok())?;
    Some(format!("write Decimal(\"{}\")", text.trim_ascii()))
}

fn member(members: &'static Members, given: Type, value: &Value) -> Option<String> {
    let (shown, is_one) = match value {
        Value::Text(text) if given == Type::Text => (format!("\"{text:.40}\""), members.of_text(text).is_some()),
        Value::Int(int) if given == Type::Int => (int.to_string(), members.of_int(*int).is_some()),
        _ => return None,
    };
    Some(match is_one {
        true => format!("write the member, {}({shown})", members.name),
        false => format!("{shown} {}", members.misfit()),
    })
}

fn time(value: &Value, given: Type) -> Option<String> {
    let micros = match value {
        Value::Int(day) if given == Type::Date => Some(day * DAY),
        Value::Int(_) | Value::Float(_) => {
            let count = number(value, given)?;
            return Some(format!("write a datetime with a zone, as in datetime.fromtimestamp({count}, UTC)"));
        }
        _ => words(value, given).map(micros)?,
    };
    let example = match micros {
        Some(micros) if micros % DAY != 0 => format!("datetime.fromisoformat(\"{}\")", iso_time(micros)),
        Some(micros) => format!("datetime({}, tzinfo=UTC)", parts(micros / DAY)?),
        None => "datetime(2026, 1, 31, tzinfo=UTC)".to_owned(),
    };
    Some(format!("write a datetime with a zone, as in {example}"))
}

fn date(value: &Value, given: Type) -> Option<String> {
    let day = match value {
        Value::Int(micros) if given == Type::Time => Some(micros.div_euclid(DAY)),
        _ => words(value, given).map(|text| micros(text).map(|micros| micros.div_euclid(DAY)))?,
    };
    let example = day.map_or_else(|| Some("2026, 1, 31".to_owned()), parts)?;
    Some(format!("write a date, as in date({example})"))
}

/// The time, or the midnight of the day, that a text says.
fn micros(text: &str) -> Option<i64> {
    match (read(Type::Time, text), read(Type::Date, text)) {
        (Ok(Value::Int(micros)), _) => Some(micros),
        (_, Ok(Value::Int(day))) => Some(day * DAY),
        _ => None,
    }
}

/// "2026, 1, 31"
fn parts(day: i64) -> Option<String> {
    let iso = iso_date(day);
    let parts = iso.split('-').map(|part| part.parse::<u16>().ok().map(|part| part.to_string()));
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(of: Type, given: Type, value: Value) -> String {
        instead(of, given, &value).unwrap_or_default()
    }

    #[test]
    fn what_to_write_is_of_the_type_of_the_field() {
        let text = |text: &'static str| Value::Text(text.into());
        assert_eq!(
            said(Type::Decimal(2), Type::Float, Value::Float(19.99)),
            "a float is not exact: write Decimal(\"19.99\")"
        );
        assert_eq!(said(Type::Decimal(2), Type::Text, text(" 59.50 ")), "write Decimal(\"59.50\")");
        assert_eq!(said(Type::Decimal(2), Type::Text, text("x")), "");
        let time = "write a datetime with a zone, as in datetime";
        assert_eq!(said(Type::Time, Type::Text, text("2026-01-15")), format!("{time}(2026, 1, 15, tzinfo=UTC)"));
        assert_eq!(said(Type::Time, Type::Date, Value::Int(0)), format!("{time}(1970, 1, 1, tzinfo=UTC)"));
        assert_eq!(said(Type::Time, Type::Text, text("x")), format!("{time}(2026, 1, 31, tzinfo=UTC)"));
        assert_eq!(
            said(Type::Time, Type::Text, text("2026-01-15T10:00")),
            format!("{time}.fromisoformat(\"2026-01-15T10:00:00+00:00\")")
        );
        assert_eq!(said(Type::Time, Type::Int, Value::Int(5)), format!("{time}.fromtimestamp(5, UTC)"));
        assert_eq!(said(Type::Date, Type::Time, Value::Int(-1)), "write a date, as in date(1969, 12, 31)");
        assert_eq!(said(Type::Duration, Type::Int, Value::Int(90)), "write timedelta(seconds=90)");
        assert_eq!(said(Type::Int, Type::Text, text("3")), "");
    }
}
