//! Times and durations in the forms of ISO 8601 and those that programs write instead of them.

use chrono::{Datelike, NaiveDate};

use crate::store::calendar::{DAY, DAYS, EPOCH_ORDINAL, LONGEST, TIMES};

/// What a form reads, if that is all of the text.
pub fn whole<T>(text: &str, form: impl FnOnce(&mut Scan) -> Option<T>) -> Option<T> {
    let mut scan = Scan(text.as_bytes());
    form(&mut scan).filter(|_| scan.0.is_empty())
}

/// The rest of a text.
pub struct Scan<'a>(&'a [u8]);

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
pub fn day(scan: &mut Scan) -> Option<i64> {
    let year = scan.digits(4)?;
    let month = scan.eat(b"-").then(|| scan.digits(2))??;
    let day = scan.eat(b"-").then(|| scan.digits(2))??;
    let date = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32)?;
    let days = i64::from(date.num_days_from_ce() - EPOCH_ORDINAL);
    DAYS.contains(&days).then_some(days)
}

/// `09:30`, `09:30:00`, `09:30:00.25`, in microseconds.
pub fn clock(scan: &mut Scan) -> Option<i64> {
    let hour = scan.digits(2)?;
    let minute = scan.eat(b":").then(|| scan.digits(2))??;
    let second = if scan.eat(b":") { scan.digits(2)? } else { 0 };
    let micros = if scan.eat(b".,") { scan.micros()? } else { 0 };
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

/// What follows the day in a day and a time.
pub fn time_after(scan: &mut Scan) -> Option<i64> {
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
pub fn moment(scan: &mut Scan) -> Option<i64> {
    let midnight = day(scan)? * DAY;
    if scan.0.is_empty() {
        return Some(midnight);
    }
    let time = midnight + time_after(scan)? - zone(scan)?;
    TIMES.contains(&time).then_some(time)
}

/// A duration as Python, pandas and ISO 8601 write it, in microseconds: `-1 day, 23:59:59`, `0 days 01:30:00.5`, `1:30:00`,
/// `PT1H30M`, `P2DT0.5S`. Months and years are of no length, and refused.
pub fn duration(text: &str) -> Option<i64> {
    let micros = match text.strip_prefix('-') {
        Some(rest) if rest.starts_with('P') => -iso_duration(rest)?,
        _ if text.starts_with('P') => iso_duration(text)?,
        _ => days_and_clock(text)?,
    };
    (-LONGEST..=LONGEST).contains(&micros).then_some(micros)
}

/// `-1 day, 23:59:59`, `-1 days +23:59:59`, `100:00:00`, `2 days`.
fn days_and_clock(text: &str) -> Option<i64> {
    let (days, clock) = match text.split_once(" day") {
        Some((days, rest)) => {
            let rest = rest.strip_prefix('s').unwrap_or(rest);
            (days.parse::<i64>().ok()?.checked_mul(DAY)?, rest.trim_start_matches([',', ' ']))
        }
        None => (0, text),
    };
    if clock.is_empty() {
        return (days != 0 || text.contains(" day")).then_some(days);
    }
    let (is_less, clock) = match clock.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, clock.strip_prefix('+').unwrap_or(clock)),
    };
    let (hours, rest) = clock.split_once(':')?;
    let is_number = !hours.is_empty() && hours.bytes().all(|byte| byte.is_ascii_digit());
    let hours = is_number.then(|| hours.parse::<i64>().ok()?.checked_mul(3_600_000_000))??;
    // What is left has the form of the minutes of a time of day.
    let rest = hours.checked_add(whole(&format!("00:{rest}"), clock_with_seconds)?)?;
    days.checked_add(if is_less { -rest } else { rest })
}

fn clock_with_seconds(scan: &mut Scan) -> Option<i64> {
    (scan.0.iter().filter(|&&byte| byte == b':').count() == 2).then(|| clock(scan))?
}

/// `P2DT1H30M0.5S`, `P1W`.
fn iso_duration(text: &str) -> Option<i64> {
    let (date, time) = text
        .strip_prefix('P')?
        .split_once('T')
        .map_or((text.strip_prefix('P')?, None), |(date, time)| (date, Some(time)));
    let weeks_and_days = parts(date, &[('W', 7 * DAY), ('D', DAY)])?;
    let rest = time.map(|time| parts(time, &[('H', 3_600_000_000), ('M', 60_000_000), ('S', 1_000_000)]));
    match rest {
        None => weeks_and_days,
        Some(rest) => weeks_and_days.unwrap_or(0).checked_add(rest??),
    }
}

/// Numbers with their units, each at most once and in this order; the last may have a fraction. Nothing of none.
#[expect(clippy::option_option, reason = "no number is not a wrong one")]
fn parts(mut text: &str, units: &[(char, i64)]) -> Option<Option<i64>> {
    let mut sum = None;
    for &(name, unit) in units {
        let Some((number, rest)) = text.split_once(name) else { continue };
        let (whole, fraction) = number.split_once(['.', ',']).map_or((number, ""), |(whole, rest)| (whole, rest));
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || !fraction.is_empty() && !rest.is_empty() {
            return None;
        }
        let micros = whole.parse::<i64>().ok()?.checked_mul(unit)?;
        // Six digits are microseconds of a second, and more than enough of anything longer.
        let millionth: i64 = format!("{fraction:0<6.6}").parse().ok()?;
        sum = Some(sum.unwrap_or(0_i64).checked_add(micros)?.checked_add(millionth * (unit / 1_000_000))?);
        text = rest;
    }
    text.is_empty().then_some(sum)
}
