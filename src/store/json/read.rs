//! JSON from text.

use std::borrow::Cow;

use crate::store::json::token::{DEEPEST, OVER_64_BITS, SURROGATE, Token, Wrong};

/// Reads JSON text as RFC 8259 has it. One step is O(1) besides the text that it reads.
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    next: Next,
    depth: usize,
    /// A bit for each that is open: whether it is an object.
    objects: u128,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// The first of a list.
    ValueOrEnd,
    Name,
    /// The first of an object.
    NameOrEnd,
    CommaOrEnd,
    Nothing,
}

impl<'a> Tokens<'a> {
    /// Those of a text.
    pub fn of(text: &'a str) -> Self {
        Tokens { text, at: 0, next: Next::Value, depth: 0, objects: 0 }
    }

    /// The next one; none after the last. After an error there is nothing more to be had.
    pub fn step(&mut self) -> Result<Option<Token<'a>>, Wrong> {
        loop {
            self.skip_spaces();
            match (self.next, self.byte()) {
                (Next::Nothing, None) => return Ok(None),
                (Next::CommaOrEnd, Some(b',')) => {
                    self.at += 1;
                    self.next = if self.is_in_object() { Next::Name } else { Next::Value };
                }
                (Next::CommaOrEnd | Next::ValueOrEnd, Some(b']')) if !self.is_in_object() => {
                    return Ok(Some(self.end()));
                }
                (Next::CommaOrEnd | Next::NameOrEnd, Some(b'}')) if self.is_in_object() => return Ok(Some(self.end())),
                (Next::Name | Next::NameOrEnd, Some(b'"')) => {
                    let name = self.string()?;
                    self.skip_spaces();
                    if self.byte() != Some(b':') {
                        return Err(self.unexpected());
                    }
                    self.at += 1;
                    self.next = Next::Value;
                    return Ok(Some(Token::Name(name)));
                }
                (Next::Value | Next::ValueOrEnd, Some(byte)) => return self.value(byte).map(Some),
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn value(&mut self, byte: u8) -> Result<Token<'a>, Wrong> {
        if let b'[' | b'{' = byte {
            if self.depth == DEEPEST {
                return Err(format!("has lists and objects in each other more than {DEEPEST} deep").into());
            }
            let is_object = byte == b'{';
            self.objects = self.objects << 1 | u128::from(is_object);
            self.depth += 1;
            self.at += 1;
            self.next = if is_object { Next::NameOrEnd } else { Next::ValueOrEnd };
            return Ok(if is_object { Token::Object } else { Token::List });
        }
        let token = match byte {
            b'"' => Token::Text(self.string()?),
            b'-' | b'0'..=b'9' if !self.text[self.at..].starts_with("-I") => self.number()?,
            _ => self.word()?,
        };
        self.next = self.after_value();
        Ok(token)
    }

    fn end(&mut self) -> Token<'a> {
        self.at += 1;
        self.objects >>= 1;
        self.depth -= 1;
        self.next = self.after_value();
        Token::End
    }

    fn after_value(&self) -> Next {
        if self.depth == 0 { Next::Nothing } else { Next::CommaOrEnd }
    }

    fn is_in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// "is no JSON: 'x' at character 5".
    fn unexpected(&self) -> Wrong {
        let found = self.text[self.at..].chars().next().map_or("the end".to_owned(), |found| format!("{found:?}"));
        format!("is no JSON: {found} at character {}", self.text[..self.at].chars().count() + 1).into()
    }

    fn word(&mut self) -> Result<Token<'a>, Wrong> {
        let rest = &self.text[self.at..];
        for (word, token) in [("null", Token::Null), ("true", Token::Bool(true)), ("false", Token::Bool(false))] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(token);
            }
        }
        if let Some(name) = ["NaN", "Infinity", "-Infinity"].into_iter().find(|name| rest.starts_with(name)) {
            return Err(format!("has {name}, which is no number of JSON; a missing value is null").into());
        }
        Err(match (self.at, self.byte()) {
            (0, Some(_)) => {
                "is no JSON; a text of its own stands between double quotes there, as json.dumps writes it".into()
            }
            _ => self.unexpected(),
        })
    }

    fn number(&mut self) -> Result<Token<'a>, Wrong> {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let is_zero = |at: usize| bytes.get(at) == Some(&b'0');
        self.at += usize::from(bytes[start] == b'-');
        // Zeros before other digits are none of JSON's.
        match is_zero(self.at) {
            true => self.at += 1,
            false => self.digits()?,
        }
        let whole = self.at;
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let digits = &self.text[start..self.at];
        if self.at == whole {
            return digits.parse().map(Token::Int).map_err(|_| OVER_64_BITS.into());
        }
        match digits.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Token::Float(float)),
            _ => Err(format!("has {digits:.40}, which is too large for a float").into()),
        }
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Wrong> {
        let count = self.text.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.unexpected()) } else { Ok(()) }
    }

    /// What stands between quotes, the first of which is next. Borrowed where nothing in it is escaped.
    fn string(&mut self) -> Result<Cow<'a, str>, Wrong> {
        let text = self.text;
        let mut decoded: Option<String> = None;
        self.at += 1;
        loop {
            let rest = &text[self.at..];
            let end = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\');
            let part = &rest[..end.unwrap_or(rest.len())];
            self.at += part.len();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match decoded {
                        Some(decoded) => Cow::Owned(decoded + part),
                        None => Cow::Borrowed(part),
                    });
                }
                Some(b'\\') => {
                    self.at += 1;
                    let decoded = decoded.get_or_insert_default();
                    decoded.push_str(part);
                    decoded.push(self.escaped()?);
                }
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Result<char, Wrong> {
        let found = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(found)
    }

    /// What four digits after `\u` stand for, or, of a surrogate, these and the four of the other half.
    fn unicode(&mut self) -> Result<char, Wrong> {
        let first = self.four()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(SURROGATE.into());
        }
        if !self.text[self.at..].starts_with("\\u") {
            return Err(SURROGATE.into());
        }
        self.at += 2;
        let second = self.four()?;
        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
        let both = low.and_then(|low| char::from_u32(0x10000 + ((first - 0xd800) << 10) + low));
        both.ok_or(SURROGATE.into())
    }

    fn four(&mut self) -> Result<u32, Wrong> {
        let digits = self.text.get(self.at..self.at + 4).filter(|four| four.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let number = number.ok_or_else(|| self.unexpected())?;
        self.at += 4;
        Ok(number)
    }
}
