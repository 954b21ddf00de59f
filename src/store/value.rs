//! The values of fields, outside their columns, as they are stored: what one means, its field's type says.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::store::calendar::{iso_clock, iso_date, iso_time, shown_duration};
use crate::store::decimal;
use crate::store::id::Row;
use crate::store::types::{Storage, Type};
use crate::store::uuid;
use crate::store::wide::Wide;

/// One value of a field. Text and bytes may be borrowed.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// No value, or a reference to nothing.
    None,
    /// A whole number of 64 or 32 bits.
    Int(i64),
    /// A float, never NaN.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// UTF-8.
    Text(Cow<'a, str>),
    /// Any bytes.
    Bytes(Cow<'a, [u8]>),
    /// Of a reference: the row it refers to.
    Row(Row),
    /// A whole number of 128 bits.
    Wide(Wide),
}

impl Value<'_> {
    /// Some value that is stored so.
    pub fn zero(storage: Storage) -> Value<'static> {
        match storage {
            Storage::Int64 | Storage::Int32 => Value::Int(0),
            Storage::Float => Value::Float(0.0),
            Storage::Bool => Value::Bool(false),
            Storage::Text => Value::Text("".into()),
            Storage::Bytes => Value::Bytes((&[][..]).into()),
            Storage::Wide => Value::Wide(Wide::default()),
        }
    }

    /// It as a message shows it: what it means, not how it is stored.
    pub fn shown(&self, of: Type) -> String {
        match (of, self) {
            (Type::Time, Value::Int(time)) => iso_time(*time),
            (Type::Date, Value::Int(day)) => iso_date(*day),
            (Type::Duration, Value::Int(micros)) => shown_duration(*micros),
            (Type::Clock, Value::Int(time)) => iso_clock(*time),
            (Type::Decimal(scale), Value::Wide(v)) => decimal::text((*v).into(), scale),
            (Type::Uuid, Value::Wide(v)) => uuid::text(v.uuid()),
            (Type::Json, Value::Text(v)) => format!("{v:.80}"),
            (Type::Int | Type::Float | Type::Bool | Type::Text | Type::Bytes | Type::Enum(_), value) => {
                value.to_string()
            }
            (
                Type::Time | Type::Date | Type::Duration | Type::Clock | Type::Uuid | Type::Decimal(_) | Type::Json,
                v,
            ) => v.to_string(),
        }
    }

    /// Whether it is one that a type has, where that is not every one that is stored so.
    pub fn is_of(&self, of: Type) -> bool {
        let Type::Enum(members) = of else { return true };
        match self {
            Value::Text(text) => members.of_text(text).is_some(),
            Value::Int(int) => members.of_int(*int).is_some(),
            _ => true,
        }
    }

    /// Whether there is no value.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// An equal value that borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::None => Value::None,
            Value::Int(v) => Value::Int(v),
            Value::Float(v) => Value::Float(v),
            Value::Bool(v) => Value::Bool(v),
            Value::Text(v) => Value::Text(Cow::Owned(v.into_owned())),
            Value::Bytes(v) => Value::Bytes(Cow::Owned(v.into_owned())),
            Value::Row(v) => Value::Row(v),
            Value::Wide(v) => Value::Wide(v),
        }
    }
}

/// As Python would show it, were it of the type that its storage suggests: a date is a count of days.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Int(v) => write!(f, "{v}"),
            Value::Float(v) => write!(f, "{v:?}"),
            Value::Bool(v) => f.write_str(if *v { "True" } else { "False" }),
            Value::Text(v) => write!(f, "'{v:.80}'"),
            Value::Bytes(v) => write!(f, "{} bytes", v.len()),
            Value::Row(v) => write!(f, "{v}"),
            Value::Wide(v) => write!(f, "{v}"),
        }
    }
}

/// Values of one field are ordered; between those of different storages the order is arbitrary but total. None comes first.
impl Ord for Value<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        use Value::*;
        match (self, other) {
            (None, None) => Ordering::Equal,
            (Int(a), Int(b)) => a.cmp(b),
            // No NaN gets in, and -0.0 equals 0.0.
            (Float(a), Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Bool(a), Bool(b)) => a.cmp(b),
            (Text(a), Text(b)) => a.cmp(b),
            (Bytes(a), Bytes(b)) => a.cmp(b),
            (Row(a), Row(b)) => a.cmp(b),
            (Wide(a), Wide(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Value<'_> {
    /// The place of its kind among the kinds: values are ordered by it first, and tokens of pages hold it.
    pub fn rank(&self) -> u8 {
        match self {
            Value::None => 0,
            Value::Int(_) => 1,
            Value::Float(_) => 2,
            Value::Bool(_) => 3,
            Value::Text(_) => 4,
            Value::Bytes(_) => 5,
            Value::Row(_) => 6,
            Value::Wide(_) => 7,
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
            Value::Int(v) => state.write_i64(*v),
            // -0.0 + 0.0 is 0.0: equal values hash alike.
            Value::Float(v) => state.write_u64((v + 0.0).to_bits()),
            Value::Bool(v) => state.write_u8(u8::from(*v)),
            Value::Text(v) => state.write(v.as_bytes()),
            Value::Bytes(v) => state.write(v),
            Value::Row(v) => state.write_u32(*v),
            Value::Wide(v) => v.halves().into_iter().for_each(|half| state.write_u64(half)),
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
    fn a_value_is_four_words() {
        assert_eq!(size_of::<Value>(), 32);
    }

    #[test]
    fn none_is_first() {
        assert!(Value::None < Value::Int(i64::MIN));
    }
}
