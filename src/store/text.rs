//! Values from text, as files of other programs hold them: numbers as one writes them, times in the forms of ISO 8601.
//! What is not surely one value is refused.

use crate::store::members::{Members, Values};
use std::borrow::Cow;

use crate::store::decimal;
use crate::store::iso::{clock, day, duration, moment, time_after, whole};
use crate::store::json::write::parsed as json;
use crate::store::types::{Storage, Type};
use crate::store::uuid;
use crate::store::value::Value;
use crate::store::wide::Wide;

/// Whether values of a type are read from text: of all but bytes.
pub fn is_read(of: Type) -> bool {
    of.storage() != Storage::Bytes
}

/// The value of a type that a text means; spaces around it mean nothing but in text itself. The error says what is wrong
/// with it: "is no int". O(length).
pub fn read(of: Type, text: &str) -> Result<Value<'_>, Cow<'static, str>> {
    let bare = text.trim_ascii();
    match of {
        Type::Text => Ok(Value::Text(text.into())),
        Type::Int => int(bare),
        Type::Float => float(bare),
        Type::Bool => bool(bare),
        Type::Time => whole(bare, moment).map(Value::Int).ok_or("is no datetime".into()),
        Type::Date => date(bare),
        Type::Duration => duration(bare).map(Value::Int).ok_or("is no timedelta".into()),
        Type::Clock => whole(bare, clock).map(Value::Int).ok_or("is no time of day".into()),
        Type::Uuid => uuid::parsed(bare).map(|v| Value::Wide(Wide::of_uuid(v))).ok_or("is no UUID".into()),
        Type::Enum(members) => member(members, text),
        Type::Decimal(scale) => {
            decimal::parsed(bare, scale).map(|number| Value::Wide(number.into())).map_err(Cow::Borrowed)
        }
        Type::Json => json(text),
        Type::Bytes => Err("is text, not bytes".into()),
    }
}

fn member<'a>(members: &'static Members, text: &'a str) -> Result<Value<'a>, Cow<'static, str>> {
    let value = match members.values {
        Values::Texts(_) => Ok(Value::Text(text.into())),
        Values::Ints(_) => int(text.trim_ascii()),
    };
    let is_one = value.as_ref().is_ok_and(|value| value.is_of(Type::Enum(members)));
    if is_one { value } else { Err(members.misfit().into()) }
}

fn int(text: &str) -> Result<Value<'static>, Cow<'static, str>> {
    // Whole floats fit an int field, so "3.0" does.
    let digits = match text.split_once('.') {
        Some((digits, rest)) if !rest.is_empty() && rest.bytes().all(|byte| byte == b'0') => digits,
        _ => text,
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(int) => Ok(Value::Int(int)),
        Err(_) if is_digits(digits.trim_start_matches(['+', '-'])) => Err("is over 64 bits".into()),
        Err(_) => Err("is no int".into()),
    }
}

fn float(text: &str) -> Result<Value<'static>, Cow<'static, str>> {
    match text.parse::<f64>() {
        Ok(float) if !float.is_nan() => Ok(Value::Float(float)),
        _ => Err("is no float".into()),
    }
}

fn bool(text: &str) -> Result<Value<'static>, Cow<'static, str>> {
    match text {
        "1" => Ok(Value::Bool(true)),
        "0" => Ok(Value::Bool(false)),
        _ if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        _ if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        _ => Err("is no bool; these are true, false, 1 and 0".into()),
    }
}

fn date(text: &str) -> Result<Value<'static>, Cow<'static, str>> {
    if let Some(day) = whole(text, day) {
        return Ok(Value::Int(day));
    }
    match whole(text, |scan| Some((day(scan)?, time_after(scan)?))) {
        Some((day, 0)) => Ok(Value::Int(day)),
        Some(_) => Err("has a time of day, and the field is a date".into()),
        None => Err("is no date".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::calendar::DAY;

    fn int_of(of: Type, text: &str) -> Option<i64> {
        match read(of, text) {
            Ok(Value::Int(int)) => Some(int),
            _ => None,
        }
    }

    #[test]
    fn times_are_read_in_the_forms_that_programs_write() {
        let nine = 1_772_355_600_000_000;
        for text in [
            "2026-03-01T09:00:00.000000Z",
            "2026-03-01 09:00",
            "2026-03-01T10:00:00+01:00",
            "2026-03-01 03:30:00-0530",
            "2026-03-01 12:00:00.0+03",
        ] {
            assert_eq!(int_of(Type::Time, text), Some(nine), "{text}");
        }
        assert_eq!(int_of(Type::Time, "1970-01-01"), Some(0));
        assert_eq!(int_of(Type::Time, "1970-01-01T00:00:00.123456789"), Some(123_456));
        assert_eq!(int_of(Type::Date, "1970-01-02 00:00:00"), Some(1));
    }

    #[test]
    fn durations_are_read_in_the_forms_that_programs_write() {
        let hour = 3_600_000_000;
        for (text, micros) in [
            ("-1 day, 23:59:59", -1_000_000),
            ("-1 days +23:59:59", -1_000_000),
            ("0 days 01:30:00.500000", hour + 1_800_500_000),
            ("1:30:00", hour + 1_800_000_000),
            ("-100:00:00", -100 * hour),
            ("2 days", 2 * DAY),
            ("PT1H30M", hour + 1_800_000_000),
            ("-P2DT0.5S", -2 * DAY - 500_000),
            ("P1W", 7 * DAY),
            ("PT1.5H", hour + 1_800_000_000),
        ] {
            assert_eq!(int_of(Type::Duration, text), Some(micros), "{text}");
        }
        for text in
            ["", "5", "1:30", "P", "PT", "P1M", "P1Y", "PT1M1H", "1 day 2", "days", "1:60:00", "P1D2H", "x:00:00"]
        {
            assert_eq!(int_of(Type::Duration, text), None, "{text}");
        }
        assert_eq!(int_of(Type::Duration, "999999999 days"), None);
    }

    #[test]
    fn what_is_not_surely_a_value_is_refused() {
        for text in ["", "1", "20260301", "2026-3-1", "01/02/2026", "2026-02-30", "2026-03-01T", "2026-03-01T24:00"] {
            assert_eq!(int_of(Type::Time, text), None, "{text}");
            assert_eq!(int_of(Type::Date, text), None, "{text}");
        }
        for text in [
            "2026-03-01T09",
            "2026-03-01T09:00:60",
            "2026-03-01T09:00:00.",
            "2026-03-01T09:00+1",
            "0001-01-01T00:00+01:00",
        ] {
            assert_eq!(int_of(Type::Time, text), None, "{text}");
        }
        for text in ["", "x", "1_000", "1,5", "1.5", "1.", ".0", "0x10", "1e3", "\u{661}"] {
            assert_eq!(int_of(Type::Int, text), None, "{text}");
        }
        assert_eq!((int_of(Type::Int, " -3.00 "), int_of(Type::Int, "+7")), (Some(-3), Some(7)));
        assert!(read(Type::Float, "nan").is_err() && read(Type::Bool, "yes").is_err());
    }
}
