//! UUIDs as text.

/// As Python's `str` shows it: `018f3a5c-1c5e-7b3a-9d2e-0123456789ab`.
pub fn text(uuid: u128) -> String {
    let hex = format!("{uuid:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// From one of the forms that Python's `UUID` reads: with hyphens or without, between braces, as `urn:uuid:`.
pub fn parsed(text: &str) -> Option<u128> {
    let bare = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let bare = bare.strip_prefix('{').map_or(Some(bare), |rest| rest.strip_suffix('}'))?;
    let is_hyphen = |at: usize| [8, 13, 18, 23].contains(&at);
    let has_hyphens = bare.len() == 36 && bare.bytes().enumerate().all(|(at, byte)| is_hyphen(at) == (byte == b'-'));
    let digits = if has_hyphens { bare.replace('-', "") } else { bare.to_owned() };
    let is_hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(&digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_read_in_the_forms_in_which_they_are_written() {
        let uuid = 0x018f_3a5c_1c5e_7b3a_9d2e_0123_4567_89ab;
        let plain = "018f3a5c-1c5e-7b3a-9d2e-0123456789ab";
        assert_eq!((text(uuid), text(0)), (plain.to_owned(), "00000000-0000-0000-0000-000000000000".to_owned()));
        for form in [
            plain,
            &plain.to_uppercase(),
            &plain.replace('-', ""),
            &format!("{{{plain}}}"),
            &format!("urn:uuid:{plain}"),
        ] {
            assert_eq!(parsed(form), Some(uuid), "{form}");
        }
        for wrong in
            ["", "018f", &plain[1..], &format!("{{{plain}"), &plain.replace('8', "g"), &plain.replace('-', "+")]
        {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
