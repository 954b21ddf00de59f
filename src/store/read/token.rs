//! Tokens of pages as text: what they are of, and a place. Readable, and nothing secret: whoever changes one gets a page from
//! another place, or is told that it is none.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};

use crate::store::id::Id;
use crate::store::value::Value;
use crate::store::wide::Wide;

/// Bytes of a text key that a token holds.
const HELD: usize = 48;

/// Where a member stands: compared part by part.
pub type Place = Vec<Part>;

/// What members are compared by.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// An id, a place in a list, a side of an operator: ascending.
    Number(u64),
    /// A key of an order, and whether it falls. None is last.
    Key(Value<'static>, bool),
    /// The beginning of a long key, a digest of all of it, and the row that has it.
    Cut {
        /// How it begins.
        head: Value<'static>,
        /// What tells it from others that begin alike.
        digest: u64,
        /// Whose it is.
        id: Id,
    },
}

/// What does not change between two runs of a program.
pub fn hasher() -> impl Hasher {
    foldhash::quality::FixedState::default().build_hasher()
}

/// As a part of what something is told apart by.
pub fn hash_value(value: &Value, state: &mut dyn Hasher) {
    let mut state = state;
    state.write_u8(value.rank());
    value.hash(&mut state);
    state.write_u8(u8::MAX);
}

/// A digest of a key that is too long for a token.
pub fn digest(value: &Value) -> u64 {
    let mut state = hasher();
    hash_value(value, &mut state);
    state.finish()
}

/// `a1b2c3….5.17`: what it is of, then the place. Long keys are cut; `id` is the row's that stands there.
pub fn text(of: u64, place: &[Part], id: Id) -> String {
    let mut text = format!("{of:016x}");
    for part in place {
        text.push('.');
        match part {
            Part::Number(number) => text.push_str(&number.to_string()),
            Part::Key(value, _) => push_key(&mut text, value, id),
            Part::Cut { head, digest, id } => push_cut(&mut text, head, *digest, *id),
        }
    }
    text
}

fn push_key(text: &mut String, value: &Value, id: Id) {
    match value {
        Value::None => text.push('n'),
        Value::Int(int) => *text += &format!("i{int}"),
        // A point divides parts.
        Value::Float(float) => *text += &format!("f{float:?}").replace('.', "_"),
        Value::Bool(is) => text.push_str(if *is { "b1" } else { "b0" }),
        Value::Wide(wide) => *text += &format!("w{wide}"),
        Value::Row(row) => *text += &row.to_string(),
        Value::Text(all) if all.len() > HELD => {
            push_cut(text, &Value::Text(all[..all.floor_char_boundary(HELD)].to_owned().into()), digest(value), id);
        }
        Value::Bytes(all) if all.len() > HELD => {
            push_cut(text, &Value::Bytes(all[..HELD].to_owned().into()), digest(value), id);
        }
        Value::Text(all) => {
            text.push('t');
            push_escaped(text, all);
        }
        Value::Bytes(all) => {
            text.push('x');
            all.iter().for_each(|byte| *text += &format!("{byte:02x}"));
        }
    }
}

fn push_cut(text: &mut String, head: &Value, digest: u64, id: Id) {
    push_key(text, head, id);
    *text += &format!("~{digest:x}~{id}");
}

/// Letters and digits as they are, the rest as in a URL.
fn push_escaped(text: &mut String, all: &str) {
    for byte in all.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => text.push(byte.into()),
            _ => *text += &format!("%{byte:02x}"),
        }
    }
}

/// What a token is of, and its place; nothing where it is malformed.
pub fn parse(token: &str) -> Option<(u64, Place)> {
    let (of, place) = token.split_once('.')?;
    let is_hex = of.len() == 16 && of.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let of = is_hex.then(|| u64::from_str_radix(of, 16).ok()).flatten()?;
    Some((of, place.split('.').map(parse_part).collect::<Option<_>>()?))
}

fn parse_part(text: &str) -> Option<Part> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.parse().ok().map(Part::Number);
    }
    let mut cut = text.splitn(3, '~');
    let head = parse_key(cut.next()?)?;
    match (cut.next(), cut.next()) {
        (None, _) => Some(Part::Key(head, false)),
        (Some(digest), Some(id)) if matches!(head, Value::Text(_) | Value::Bytes(_)) => {
            Some(Part::Cut { head, digest: u64::from_str_radix(digest, 16).ok()?, id: id.parse().ok()? })
        }
        _ => None,
    }
}

fn parse_key(text: &str) -> Option<Value<'static>> {
    let kind = text.chars().next()?;
    let rest = &text[kind.len_utf8()..];
    Some(match kind {
        'n' if rest.is_empty() => Value::None,
        'i' => Value::Int(rest.parse().ok()?),
        'f' => Value::Float(rest.replace('_', ".").parse().ok().filter(|float: &f64| !float.is_nan())?),
        'b' => Value::Bool(match rest {
            "0" => false,
            "1" => true,
            _ => return None,
        }),
        'w' => Value::Wide(Wide::from(rest.parse::<i128>().ok()?)),
        't' => Value::Text(String::from_utf8(unescaped(rest)?).ok()?.into()),
        'x' if rest.is_ascii() => {
            let pairs = rest.as_bytes().chunks(2);
            Value::Bytes(pairs.map(hex).collect::<Option<Vec<u8>>>()?.into())
        }
        _ => return None,
    })
}

fn unescaped(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut found) = (text.as_bytes(), Vec::new());
    while let Some((&first, rest)) = bytes.split_first() {
        match first {
            b'%' => {
                found.push(hex(rest.get(..2)?)?);
                bytes = &rest[2..];
            }
            _ => {
                found.push(first);
                bytes = rest;
            }
        }
    }
    Some(found)
}

fn hex(pair: &[u8]) -> Option<u8> {
    let is_hex = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
    u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|_| is_hex)?, 16).ok()
}

/// How a member's place compares with a token's; nothing where that cannot be a place of this collection. `beyond` is how
/// places that are still to come compare: so does what begins as a key that was cut, which may have been seen or not.
pub fn compare(member: &[Part], token: &[Part], beyond: Ordering) -> Option<Ordering> {
    for (own, other) in member.iter().zip(token) {
        let order = match (own, other) {
            (Part::Number(own), Part::Number(other)) => own.cmp(other),
            (Part::Key(own, falls), Part::Key(other, _)) => compare_keys(own, other, *falls)?,
            (Part::Key(own, falls), Part::Cut { head, .. }) => match begins(own, head) {
                true => return Some(beyond),
                false => compare_keys(own, head, *falls)?,
            },
            _ => return None,
        };
        if order.is_ne() {
            return Some(order);
        }
    }
    (member.len() == token.len()).then_some(Ordering::Equal)
}

fn compare_keys(own: &Value, other: &Value, falls: bool) -> Option<Ordering> {
    match (own.is_none(), other.is_none()) {
        (false, false) if std::mem::discriminant(own) != std::mem::discriminant(other) => None,
        (false, false) if falls => Some(other.cmp(own)),
        (false, false) => Some(own.cmp(other)),
        (own, other) => Some(own.cmp(&other)),
    }
}

fn begins(own: &Value, head: &Value) -> bool {
    match (own, head) {
        (Value::Text(own), Value::Text(head)) => own.starts_with(&**head),
        (Value::Bytes(own), Value::Bytes(head)) => own.starts_with(head),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: Value<'static>) -> Part {
        Part::Key(value, false)
    }

    #[test]
    fn places_come_back_from_text() {
        let texts = ["", "a.b~c", "é%", "\0\n", "n", "~", "i5"];
        let mut place = vec![Part::Number(0), Part::Number(u64::MAX), key(Value::None)];
        place.extend(texts.map(|text| key(Value::Text(text.into()))));
        place.extend([i64::MIN, 0, i64::MAX].map(|int| key(Value::Int(int))));
        place.extend([0.1, -1.5e-300, f64::INFINITY, f64::MAX, 3.0].map(|float| key(Value::Float(float))));
        place.extend([i128::MIN, -1, i128::MAX].map(|wide| key(Value::Wide(wide.into()))));
        place.extend([true, false].map(|is| key(Value::Bool(is))));
        place.extend([&[][..], &[0, 255, b'.']].map(|bytes| key(Value::Bytes(bytes.into()))));
        let text = text(77, &place, 5);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-~%".contains(&byte)), "{text}");
        assert_eq!(parse(&text), Some((77, place)));
    }

    #[test]
    fn a_long_key_is_cut_and_stands_before_what_begins_alike() {
        for long in ["x".repeat(10_000), "é".repeat(5_000)] {
            let whole = Value::Text(long.clone().into());
            let token = text(1, &[key(whole.clone()), Part::Number(3)], 9);
            assert!(token.len() < 16 + 6 * HELD + 64, "{token}");
            let Some((1, place)) = parse(&token) else { unreachable!("{token}") };
            assert!(matches!(&place[0], Part::Cut { digest: of, id: 9, .. } if *of == digest(&whole)));
            let first = long.chars().next().into_iter().collect::<String>();
            for beyond in [Ordering::Greater, Ordering::Less] {
                let of = |text: String| compare(&[key(Value::Text(text.into())), Part::Number(1)], &place, beyond);
                assert_eq!(of(long.clone() + "z"), Some(beyond));
                assert_eq!(of("\0".to_owned()), Some(Ordering::Less));
                assert_eq!(of(first.clone()), Some(Ordering::Less));
                assert_eq!(of("\u{10ffff}".to_owned()), Some(Ordering::Greater));
            }
        }
    }

    #[test]
    fn what_cannot_be_a_place_compares_with_none() {
        let (one, number) = ([key(Value::Int(1))], [Part::Number(1)]);
        let compared = |own: &[Part], other: &[Part]| compare(own, other, Ordering::Greater);
        assert_eq!(compared(&one, &number), None);
        assert_eq!(compared(&one, &[key(Value::Float(1.0))]), None);
        assert_eq!(compared(&number, &[Part::Number(1), Part::Number(1)]), None);
        assert_eq!(compared(&one, &[key(Value::None)]), Some(Ordering::Less));
        assert_eq!(compared(&[Part::Key(Value::Int(1), true)], &[key(Value::Int(2))]), Some(Ordering::Greater));
        for token in
            ["", "0", "0.1", "00000000000000zz.1", "0000000000000001.", "0000000000000001.-1", "+000000000000001.1"]
        {
            assert_eq!(parse(token), None, "{token}");
        }
    }
}
