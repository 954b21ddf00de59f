//! The values of fields, outside their columns.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::store::id::Row;

/// What a field that is no reference may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// 64 bit, signed.
    Int,
    /// 64 bit, never NaN.
    Float,
    /// True or false.
    Bool,
    /// UTF-8.
    Text,
    /// Any bytes.
    Bytes,
    /// Microseconds since 1970-01-01 00:00 UTC.
    Time,
    /// Days since 1970-01-01.
    Date,
}

impl Type {
    /// Its name, as Python spells it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Int => "int",
            Type::Float => "float",
            Type::Bool => "bool",
            Type::Text => "str",
            Type::Bytes => "bytes",
            Type::Time => "datetime",
            Type::Date => "date",
        }
    }

    /// The type with that name.
    pub fn named(name: &str) -> Option<Type> {
        use Type::*;
        [Int, Float, Bool, Text, Bytes, Time, Date].into_iter().find(|of| of.name() == name)
    }
}

/// The moments a time may be, in microseconds since 1970: from year 1 to year 9999.
pub const TIMES: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

/// The days a date may be, since 1970: of the same years.
pub const DAYS: std::ops::Range<i64> = -719_162..2_932_897;

/// One value of a field. Text and bytes may be borrowed.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// No value, or a reference to nothing.
    None,
    /// Of [`Type::Int`].
    Int(i64),
    /// Of [`Type::Float`].
    Float(f64),
    /// Of [`Type::Bool`].
    Bool(bool),
    /// Of [`Type::Text`].
    Text(Cow<'a, str>),
    /// Of [`Type::Bytes`].
    Bytes(Cow<'a, [u8]>),
    /// Of [`Type::Time`].
    Time(i64),
    /// Of [`Type::Date`].
    Date(i32),
    /// Of a reference: the row it refers to.
    Row(Row),
}

impl Value<'_> {
    /// Whether there is no value.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// The same value, borrowing nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::None => Value::None,
            Value::Int(v) => Value::Int(v),
            Value::Float(v) => Value::Float(v),
            Value::Bool(v) => Value::Bool(v),
            Value::Text(v) => Value::Text(Cow::Owned(v.into_owned())),
            Value::Bytes(v) => Value::Bytes(Cow::Owned(v.into_owned())),
            Value::Time(v) => Value::Time(v),
            Value::Date(v) => Value::Date(v),
            Value::Row(v) => Value::Row(v),
        }
    }
}

/// As Python would show it, but for times and dates, which are counts.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Int(v) | Value::Time(v) => write!(f, "{v}"),
            Value::Float(v) => write!(f, "{v:?}"),
            Value::Bool(v) => f.write_str(if *v { "True" } else { "False" }),
            Value::Text(v) => write!(f, "'{v:.80}'"),
            Value::Bytes(v) => write!(f, "{} bytes", v.len()),
            Value::Date(v) => write!(f, "{v}"),
            Value::Row(v) => write!(f, "{v}"),
        }
    }
}

/// Values of one field are ordered; between different types the order is arbitrary but total. None comes first.
impl Ord for Value<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        use Value::*;
        match (self, other) {
            (None, None) => Ordering::Equal,
            (Int(a), Int(b)) | (Time(a), Time(b)) => a.cmp(b),
            // No NaN gets in, and -0.0 equals 0.0.
            (Float(a), Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Bool(a), Bool(b)) => a.cmp(b),
            (Text(a), Text(b)) => a.cmp(b),
            (Bytes(a), Bytes(b)) => a.cmp(b),
            (Date(a), Date(b)) => a.cmp(b),
            (Row(a), Row(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Value<'_> {
    fn rank(&self) -> u8 {
        match self {
            Value::None => 0,
            Value::Int(_) => 1,
            Value::Float(_) => 2,
            Value::Bool(_) => 3,
            Value::Text(_) => 4,
            Value::Bytes(_) => 5,
            Value::Time(_) => 6,
            Value::Date(_) => 7,
            Value::Row(_) => 8,
        }
    }
}

impl PartialOrd for Value<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Value<'_> {}

impl Hash for Value<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Value::None => {}
            Value::Int(v) | Value::Time(v) => state.write_i64(*v),
            // -0.0 + 0.0 is 0.0: equal values hash alike.
            Value::Float(v) => state.write_u64((v + 0.0).to_bits()),
            Value::Bool(v) => state.write_u8(u8::from(*v)),
            Value::Text(v) => state.write(v.as_bytes()),
            Value::Bytes(v) => state.write(v),
            Value::Date(v) => state.write_i32(*v),
            Value::Row(v) => state.write_u32(*v),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_zeros_are_one_value() {
        assert_eq!(Value::Float(-0.0), Value::Float(0.0));
        let hash = |v: Value| {
            let mut h = std::hash::DefaultHasher::new();
            v.hash(&mut h);
            h.finish()
        };
        assert_eq!(hash(Value::Float(-0.0)), hash(Value::Float(0.0)));
    }

    #[test]
    fn none_is_first() {
        assert!(Value::None < Value::Int(i64::MIN));
    }
}
