//! The calendar: how times and dates are counted, and which there are.

use std::ops::Range;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_years_are_1_to_9999() {
        assert_eq!((DAYS.start, TIMES.start, TIMES.end), (-719_162, -62_135_596_800_000_000, 253_402_300_800_000_000));
    }

    #[test]
    fn before_1970_the_rest_counts_forwards() {
        assert_eq!(day_and_rest(-1), (-1, DAY - 1));
    }
}
