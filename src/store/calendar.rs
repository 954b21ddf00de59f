//! The calendar: how times and dates are counted, and which there are.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};

/// The day 1970-01-01 where 0001-01-01 is day 1, as Python's `date.toordinal` counts.
pub const EPOCH_ORDINAL: i32 = 719_163;

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// The days that a date may be, since 1970: from year 1 to year 9999.
pub const DAYS: Range<i64> = 1 - EPOCH_ORDINAL as i64..2_932_897;

/// The moments that a time may be, in microseconds since 1970: of the same years.
pub const TIMES: Range<i64> = DAYS.start * DAY..DAYS.end * DAY;

/// The day of a time, since 1970, and the microseconds since that day began.
pub fn day_and_rest(time: i64) -> (i64, i64) {
    (time.div_euclid(DAY), time.rem_euclid(DAY))
}

/// How long a duration may be, in microseconds either way: the whole days that 64 bits hold, 292,277 years.
pub const LONGEST: i64 = i64::MAX / DAY * DAY;

/// A unit in which times are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 1 s.
    Second,
    /// 1 ms.
    Milli,
    /// 1 us.
    Micro,
    /// 1 ns.
    Nano,
}

impl Unit {
    /// By the name that NumPy and Arrow have for it: "s", "ms", "us", "ns".
    pub fn named(name: &str) -> Option<Unit> {
        match name {
            "s" => Some(Unit::Second),
            "ms" => Some(Unit::Milli),
            "us" => Some(Unit::Micro),
            "ns" => Some(Unit::Nano),
            _ => None,
        }
    }

    /// So many of it in microseconds, unless these are over 64 bits; what is less than one is dropped, towards the past.
    pub fn micros(self, count: i64) -> Option<i64> {
        match self {
            Unit::Second => count.checked_mul(1_000_000),
            Unit::Milli => count.checked_mul(1000),
            Unit::Micro => Some(count),
            Unit::Nano => Some(count.div_euclid(1000)),
        }
    }

    /// So many of it in microseconds, the nearest, unless these are over 64 bits.
    pub fn micros_of_float(self, count: f64) -> Option<i64> {
        let micros = match self {
            Unit::Second => count * 1e6,
            Unit::Milli => count * 1e3,
            Unit::Micro => count,
            Unit::Nano => count / 1e3,
        };
        let micros = micros.round_ties_even();
        (micros.abs() < 9.2e18).then_some(micros as i64)
    }
}

/// A day as Python's `date.isoformat` shows it.
pub fn iso_date(day: i64) -> String {
    let date = i32::try_from(day).ok().and_then(|day| NaiveDate::from_num_days_from_ce_opt(day + EPOCH_ORDINAL));
    match date {
        Some(date) => format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
        None => format!("day {day}"),
    }
}

/// A time as Python's `datetime.isoformat` shows it, in UTC.
pub fn iso_time(time: i64) -> String {
    let (day, rest) = day_and_rest(time);
    format!("{}T{}+00:00", iso_date(day), iso_clock(rest))
}

/// A time of day as Python's `time.isoformat` shows it.
pub fn iso_clock(time: i64) -> String {
    let (second, micros) = (time / 1_000_000, time % 1_000_000);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{hour:02}:{minute:02}:{second:02}{fraction}")
}

/// A duration as Python's `str` shows it: "-1 day, 23:59:59".
pub fn shown_duration(micros: i64) -> String {
    let (days, rest) = day_and_rest(micros);
    let clock = iso_clock(rest);
    let clock = clock.strip_prefix('0').unwrap_or(&clock);
    match days {
        0 => clock.to_owned(),
        1 | -1 => format!("{days} day, {clock}"),
        _ => format!("{days} days, {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_dates_are_shown_as_python_shows_them() {
        assert_eq!((iso_date(0), iso_date(DAYS.start)), ("1970-01-01".to_owned(), "0001-01-01".to_owned()));
        assert_eq!(iso_time(0), "1970-01-01T00:00:00+00:00");
        assert_eq!(iso_time(-1), "1969-12-31T23:59:59.999999+00:00");
        assert_eq!(iso_time(TIMES.end - 1), "9999-12-31T23:59:59.999999+00:00");
    }

    #[test]
    fn durations_are_shown_as_python_shows_them() {
        assert_eq!((shown_duration(0), shown_duration(-1_000_000)), ("0:00:00".into(), "-1 day, 23:59:59".into()));
        assert_eq!(shown_duration(2 * DAY + 36_000_000_005), "2 days, 10:00:00.000005");
    }

    #[test]
    fn the_years_are_1_to_9999() {
        assert_eq!((DAYS.start, TIMES.start, TIMES.end), (-719_162, -62_135_596_800_000_000, 253_402_300_800_000_000));
    }

    #[test]
    fn before_1970_the_rest_counts_forwards() {
        assert_eq!(day_and_rest(-1), (-1, DAY - 1));
    }
}
