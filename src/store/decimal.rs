//! Decimal numbers with a fixed number of digits after the point, as whole numbers of the last of them. Nothing is rounded.

/// How many digits a number has at most, those after the point included.
pub const DIGITS: usize = 38;

/// One more than the largest number.
const END: i128 = 10_i128.pow(DIGITS as u32);

/// What is said of a number that is too large.
pub const TOO_LARGE: &str = "has more than 38 digits";

/// What is said of a number that would have to be rounded.
pub const TOO_FINE: &str = "has more digits after the point than its field, whose scale says how many";

/// In plain notation, with all digits after the point: `-0.50`.
pub fn text(number: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, rest) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// From plain notation, or what is wrong with it. Zeros beyond the last digit change nothing; other digits are refused.
pub fn parsed(text: &str, scale: u8) -> Result<i128, &'static str> {
    let (is_less, bare) = match text.strip_prefix('-') {
        Some(bare) => (true, bare),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, rest) = bare.split_once('.').unwrap_or((bare, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + rest.len() == 0 || !are_digits(whole) || !are_digits(rest) {
        return Err("is no Decimal");
    }
    let rest = rest.trim_end_matches('0');
    if rest.len() > usize::from(scale) {
        return Err(TOO_FINE);
    }
    let zeros = usize::from(scale) - rest.len();
    let digits = whole.bytes().chain(rest.bytes()).chain(std::iter::repeat_n(b'0', zeros));
    let number = digits.skip_while(|&byte| byte == b'0').try_fold(0_i128, |number, byte| {
        number.checked_mul(10)?.checked_add((byte - b'0').into()).filter(|&number| number < END)
    });
    let number = number.ok_or(TOO_LARGE)?;
    Ok(if is_less { -number } else { number })
}

/// A number that is scaled otherwise, or what is wrong with it.
pub fn rescaled(number: i128, from: i8, to: u8) -> Result<i128, &'static str> {
    let shift = i32::from(to) - i32::from(from);
    let power = 10_i128.checked_pow(shift.unsigned_abs());
    let scaled = match (power, shift >= 0) {
        _ if number == 0 => Some(0),
        (Some(power), true) => number.checked_mul(power),
        (Some(power), false) if number % power == 0 => Some(number / power),
        (_, false) => return Err(TOO_FINE),
        (None, true) => None,
    };
    scaled.filter(|scaled| (-END + 1..END).contains(scaled)).ok_or(TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_plainly_and_come_back() {
        for (number, scale, form) in
            [(0, 0, "0"), (5, 2, "0.05"), (-50, 2, "-0.50"), (12345, 3, "12.345"), (-7, 0, "-7")]
        {
            assert_eq!(text(number, scale), form);
            assert_eq!(parsed(form, scale), Ok(number));
        }
        for (form, number) in [("1", 100), ("+1.5", 150), (".5", 50), ("5.", 500), ("-0", 0), ("001.50000", 150)] {
            assert_eq!(parsed(form, 2), Ok(number), "{form}");
        }
        let largest = "9".repeat(38);
        assert_eq!(parsed(&largest, 0), Ok(END - 1));
        assert_eq!(parsed(&format!("-{}.99", &largest[2..]), 2), Ok(1 - END));
    }

    #[test]
    fn what_is_not_exactly_a_number_is_refused() {
        for form in
            ["", ".", "-", "1e3", "1,5", "1.2.3", "1.005", "NaN", "--1", "1_0", &"9".repeat(39), &"9".repeat(37)]
        {
            assert!(parsed(form, 2).is_err(), "{form}");
        }
        assert_eq!((rescaled(150, 2, 1), rescaled(15, 1, 3), rescaled(2, -2, 0)), (Ok(15), Ok(1500), Ok(200)));
        assert!(rescaled(155, 2, 1).is_err() && rescaled(END - 1, 0, 1).is_err() && rescaled(1, -38, 38).is_err());
    }
}
