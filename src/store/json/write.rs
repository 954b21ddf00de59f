//! JSON in its one form.

use std::borrow::Cow;
use std::fmt::Write;

use crate::store::json::read::Tokens;
use crate::store::json::token::{DEEPEST, Token, Wrong};
use crate::store::value::Value;

/// The value that a JSON text says, as fields of JSON are stored; `null` is none. O(length), times the depth where names
/// are not in order.
pub fn parsed(text: &str) -> Result<Value<'static>, Wrong> {
    let mut writer = Writer::default();
    writer.text.reserve(text.len());
    let mut tokens = Tokens::of(text);
    while let Some(token) = tokens.step()? {
        writer.push(token)?;
    }
    Ok(writer.into_value())
}

/// Writes values in the one form.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
    open: Vec<Open>,
    /// The members of the objects that are open, in the order in which they came.
    members: Vec<Member>,
}

/// A list or object that has not ended.
#[derive(Debug)]
struct Open {
    is_object: bool,
    /// Where its first value or name is in the text.
    start: usize,
    /// Which of the members is its first.
    members: usize,
}

/// Where a member of an object is in the text: its name, between quotes, and with it its value.
#[derive(Debug)]
struct Member {
    start: usize,
    name_end: usize,
    end: usize,
}

impl Member {
    fn name<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start + 1..self.name_end - 1]
    }
}

impl Writer {
    /// Writes a part. Refuses what no JSON can say, and what goes too deep; what was written is of no use then.
    pub fn push(&mut self, token: Token) -> Result<(), Wrong> {
        match token {
            Token::Name(name) => {
                self.next_member();
                let start = self.text.len();
                write_text(&mut self.text, &name);
                self.members.push(Member { start, name_end: self.text.len(), end: 0 });
                self.text.push(':');
                return Ok(());
            }
            Token::End => return self.end(),
            _ => self.next_value(),
        }
        match token {
            Token::Null => self.text.push_str("null"),
            Token::Bool(v) => self.text.push_str(if v { "true" } else { "false" }),
            // Writing to a text does not fail.
            Token::Int(v) => _ = write!(self.text, "{v}"),
            Token::Float(v) if !v.is_finite() => {
                return Err(format!("has {v}, which is no number of JSON; a missing value is None").into());
            }
            Token::Float(v) => _ = write!(self.text, "{v:?}"),
            Token::Text(v) => write_text(&mut self.text, &v),
            Token::List | Token::Object => {
                if self.open.len() == DEEPEST {
                    return Err(format!("has lists and dicts in each other more than {DEEPEST} deep").into());
                }
                let is_object = token == Token::Object;
                self.text.push(if is_object { '{' } else { '[' });
                self.open.push(Open { is_object, start: self.text.len(), members: self.members.len() });
            }
            Token::Name(_) | Token::End => {}
        }
        Ok(())
    }

    /// The value that was written, as fields of JSON are stored.
    pub fn value(&self) -> Value<'_> {
        match self.text.as_str() {
            "null" => Value::None,
            text => Value::Text(Cow::Borrowed(text)),
        }
    }

    /// The value, as [`value`](Self::value) gives it, without a copy.
    pub fn into_value(self) -> Value<'static> {
        match self.text.as_str() {
            "null" => Value::None,
            _ => Value::Text(Cow::Owned(self.text)),
        }
    }

    /// Begins another value.
    pub fn clear(&mut self) {
        self.text.clear();
        self.open.clear();
        self.members.clear();
    }

    /// A value comes: in a list there is a comma before all but the first.
    fn next_value(&mut self) {
        if let Some(open) = self.open.last()
            && !open.is_object
            && self.text.len() > open.start
        {
            self.text.push(',');
        }
    }

    /// A name comes, or the end of an object: its last member is whole.
    fn next_member(&mut self) {
        self.end_member();
        if let Some(open) = self.open.last()
            && self.text.len() > open.start
        {
            self.text.push(',');
        }
    }

    fn end_member(&mut self) {
        let first = self.open.last().map_or(0, |open| open.members);
        if let Some(last) = self.members[first..].last_mut() {
            last.end = self.text.len();
        }
    }

    fn end(&mut self) -> Result<(), Wrong> {
        self.end_member();
        let Some(open) = self.open.pop() else { return Ok(()) };
        if open.is_object {
            self.sort(open.members, open.start)?;
            self.members.truncate(open.members);
        }
        self.text.push(if open.is_object { '}' } else { ']' });
        Ok(())
    }

    /// Puts the members of an object, which is the end of the text, in order. A name that comes twice is refused.
    fn sort(&mut self, first: usize, start: usize) -> Result<(), Wrong> {
        let (text, members) = (&self.text, &mut self.members[first..]);
        if members.is_sorted_by(|one, two| one.name(text) < two.name(text)) {
            return Ok(());
        }
        members.sort_by(|one, two| one.name(text).cmp(two.name(text)));
        if let Some(twice) = members.windows(2).find(|two| two[0].name(text) == two[1].name(text)) {
            return Err(format!("has the key \"{:.60}\" twice in one object", twice[0].name(text)).into());
        }
        let parts: Vec<&str> = members.iter().map(|member| &text[member.start..member.end]).collect();
        let sorted = parts.join(",");
        self.text.replace_range(start.., &sorted);
        Ok(())
    }
}

fn write_text(to: &mut String, text: &str) {
    to.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        to.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'\n' => to.push_str("\\n"),
            b'\r' => to.push_str("\\r"),
            b'\t' => to.push_str("\\t"),
            byte @ (b'"' | b'\\') => to.extend(['\\', char::from(byte)]),
            byte => _ = write!(to, "\\u{byte:04x}"),
        }
        rest = &rest[at + 1..];
    }
    to.push_str(rest);
    to.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::json::token::SURROGATE;
    use proptest::prelude::*;

    fn form(text: &str) -> String {
        match parsed(text) {
            Ok(Value::Text(text)) => text.into_owned(),
            Ok(Value::None) => "none".to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn values_have_one_form() {
        for (text, wanted) in [
            (" [ 1 , -0, 2.50,1e2 , 1E-7,true , null ] ", "[1,0,2.5,100.0,1e-7,true,null]"),
            (r#"{"b":{"z":1,"y":[ ]},"a":{ }}"#, r#"{"a":{},"b":{"y":[],"z":1}}"#),
            (r#"{"ab":1,"a!":2,"a":3}"#, r#"{"a":3,"a!":2,"ab":1}"#),
            (r#""\u0041\/\u00e9\ud83d\ude00\n\u0007\"\\""#, r#""A/é😀\n\u0007\"\\""#),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-0.0", "-0.0"),
            ("1e16", "1e16"),
            ("\t5\r\n", "5"),
            ("null", "none"),
        ] {
            assert_eq!(form(text), wanted, "{text}");
            if wanted != "none" {
                assert_eq!(form(wanted), wanted);
            }
        }
    }

    #[test]
    fn what_is_no_json_is_refused_and_the_place_is_named() {
        for text in [
            "",
            " ",
            "[",
            "]",
            "{",
            "[1",
            "[1,",
            "[,]",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "[1}",
            "{\"a\":1]",
            "1 2",
            "01",
            "-",
            "+1",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x1",
            "nul",
            "tru",
            "True",
            "None",
            "\"a",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "abc",
            "[1]]",
            "\u{feff}1",
            "--1",
            "[1 2]",
            "\u{a0}1",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let why = |text| parsed(text).unwrap_err().into_owned();
        assert_eq!(why("[1, é]"), "is no JSON: 'é' at character 5");
        assert_eq!(why("[1"), "is no JSON: the end at character 3");
        assert!(why("abc").contains("double quotes"));
        assert!(why("[NaN]").contains("NaN") && why("[-Infinity]").contains("-Infinity"));
        assert!(why("9223372036854775808").contains("64 bits") && why("1e400").contains("float"));
        assert!(why(r#"{"a":1,"b":2,"a":1}"#).contains("\"a\" twice"));
        for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0041""#, r#""\ud800\ud800""#] {
            assert_eq!(why(text), SURROGATE);
        }
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize, open: &str, close: &str| open.repeat(depth) + "1" + &close.repeat(depth);
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            assert!(parsed(&nested(DEEPEST, open, close)).is_ok());
            for depth in [DEEPEST + 1, 10_000, 1_000_000] {
                assert!(parsed(&nested(depth, open, close)).unwrap_err().contains("deep"));
            }
        }
    }

    /// A value as tokens, written without spaces and in no order.
    fn any_json() -> impl Strategy<Value = String> {
        let text = prop_oneof![Just("\"\"".to_owned()), "\"[a-c!]{1,3}\"", Just("\"\\u00e9\\n\"".to_owned())];
        let leaf = prop_oneof![Just("null".to_owned()), "true|false", "-?[1-9][0-9]{0,3}(\\.[0-9])?(e[0-9])?", text];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[ {} ]", items.join(" ,"))),
                prop::collection::hash_map("[a-c!]{0,3}", inner, 0..5).prop_map(|members| {
                    let member = |(name, value)| format!("\"{name}\" : {value}");
                    format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(", "))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_form_of_a_form_is_itself(text in any_json()) {
            if let Ok(Value::Text(once)) = parsed(&text) {
                prop_assert_eq!(form(&once), once.into_owned());
            } else {
                prop_assert_eq!(text, "null");
            }
        }

        #[test]
        fn no_text_is_too_strange(text in "[\\[\\]{}\",:0-9a-u\\\\ .eE+-]{0,30}") {
            if let Ok(Value::Text(once)) = parsed(&text) {
                prop_assert_eq!(form(&once), once.into_owned());
            }
        }
    }
}
