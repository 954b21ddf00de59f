//! Values from text, as files of other programs hold them: numbers as one writes them, times in the forms of ISO 8601.
//! What is not surely one value is refused.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use crate::store::calendar::{DAY, DAYS, EPOCH_ORDINAL, TIMES};
use crate::store::types::Type;
use crate::store::value::Value;

/// Whether values of a type are read from text: of all but bytes.
pub fn is_read(of: Type) -> bool {
    match of {
        Type::Int | Type::Float | Type::Bool | Type::Text | Type::Time | Type::Date => true,
        Type::Bytes => false,
    }
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
        Type::Bytes => Err("is text, not bytes".into()),
    }
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

/// What a form reads, if that is all of the text.
fn whole<T>(text: &str, form: impl FnOnce(&mut Scan) -> Option<T>) -> Option<T> {
    let mut scan = Scan(text.as_bytes());
    form(&mut scan).filter(|_| scan.0.is_empty())
}

/// The rest of a text.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    /// Whether one of these comes next; it is passed then.
    fn eat(&mut self, any: &[u8]) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if any.contains(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A number of exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let number = digits.iter().try_fold(0, |number, byte| match byte {
            b'0'..=b'9' => Some(number * 10 + i64::from(byte - b'0')),
            _ => None,
        })?;
        self.0 = rest;
        Some(number)
    }

    /// Digits after the point, as microseconds; those beyond are dropped.
    fn micros(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        let places = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
        self.0 = rest;
        (count > 0).then(|| places.fold(0, |number, byte| number * 10 + i64::from(byte - b'0')))
    }
}

/// `2026-03-01`, in days.
fn day(scan: &mut Scan) -> Option<i64> {
    let year = scan.digits(4)?;
    let month = scan.eat(b"-").then(|| scan.digits(2))??;
    let day = scan.eat(b"-").then(|| scan.digits(2))??;
    let date = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32)?;
    let days = i64::from(date.num_days_from_ce() - EPOCH_ORDINAL);
    DAYS.contains(&days).then_some(days)
}

/// `09:30`, `09:30:00`, `09:30:00.25`, in microseconds.
fn clock(scan: &mut Scan) -> Option<i64> {
    let hour = scan.digits(2)?;
    let minute = scan.eat(b":").then(|| scan.digits(2))??;
    let second = if scan.eat(b":") { scan.digits(2)? } else { 0 };
    let micros = if scan.eat(b".,") { scan.micros()? } else { 0 };
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

fn time_after(scan: &mut Scan) -> Option<i64> {
    scan.eat(b"T t").then(|| clock(scan))?
}

/// `Z`, `+02:00`, `+0200`, `+02`, in microseconds; nothing is UTC.
fn zone(scan: &mut Scan) -> Option<i64> {
    if scan.0.is_empty() || scan.eat(b"Zz") {
        return Some(0);
    }
    let is_west = scan.0.first() == Some(&b'-');
    let hour = scan.eat(b"+-").then(|| scan.digits(2))??;
    let has_minutes = scan.eat(b":") || !scan.0.is_empty();
    let minute = if has_minutes { scan.digits(2)? } else { 0 };
    let micros = (hour * 60 + minute) * 60_000_000;
    (hour < 24 && minute < 60).then_some(if is_west { -micros } else { micros })
}

/// A day, or a day and a time, and perhaps a zone, in microseconds since 1970 in UTC.
fn moment(scan: &mut Scan) -> Option<i64> {
    let midnight = day(scan)? * DAY;
    if scan.0.is_empty() {
        return Some(midnight);
    }
    let time = midnight + time_after(scan)? - zone(scan)?;
    TIMES.contains(&time).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

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
