//! Types of fields: what a value means, and how it is stored.
//!
//! The engine keeps, compares, hashes and orders values by their [`Storage`] alone. What a value means, its [`Type`], is
//! for those who show values and read them: the bindings, Arrow, files. Nobody matches on a type with a catch-all arm,
//! so the compiler names every place that a new one touches.

use crate::store::decimal::DIGITS;
use crate::store::members::{Members, Values};

/// What a field that is no reference means.
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
    /// Microseconds.
    Duration,
    /// A time of day, in microseconds.
    Clock,
    /// 16 bytes, as RFC 9562 has them.
    Uuid,
    /// What JSON says, as text in one form.
    Json,
    /// One of the values of an enum, as text or as an int.
    Enum(&'static Members),
    /// A number with so many digits after the point, as a whole number of the last of them.
    Decimal(u8),
}

/// What decimals are called, by their digits after the point.
const DECIMALS: [&str; DIGITS + 1] = [
    "Decimal(0)",
    "Decimal(1)",
    "Decimal(2)",
    "Decimal(3)",
    "Decimal(4)",
    "Decimal(5)",
    "Decimal(6)",
    "Decimal(7)",
    "Decimal(8)",
    "Decimal(9)",
    "Decimal(10)",
    "Decimal(11)",
    "Decimal(12)",
    "Decimal(13)",
    "Decimal(14)",
    "Decimal(15)",
    "Decimal(16)",
    "Decimal(17)",
    "Decimal(18)",
    "Decimal(19)",
    "Decimal(20)",
    "Decimal(21)",
    "Decimal(22)",
    "Decimal(23)",
    "Decimal(24)",
    "Decimal(25)",
    "Decimal(26)",
    "Decimal(27)",
    "Decimal(28)",
    "Decimal(29)",
    "Decimal(30)",
    "Decimal(31)",
    "Decimal(32)",
    "Decimal(33)",
    "Decimal(34)",
    "Decimal(35)",
    "Decimal(36)",
    "Decimal(37)",
    "Decimal(38)",
];

/// How the cells of a field are stored, and so how they compare: the engine's side of a [`Type`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// 8 bytes, signed.
    Int64,
    /// 4 bytes, signed.
    Int32,
    /// 8 bytes, never NaN.
    Float,
    /// One bit.
    Bool,
    /// UTF-8 in a shared buffer.
    Text,
    /// Bytes in a shared buffer.
    Bytes,
    /// 16 bytes, signed.
    Wide,
}

impl Type {
    /// Every type that has a name of its own.
    pub const ALL: [Type; 11] = [
        Type::Int,
        Type::Float,
        Type::Bool,
        Type::Text,
        Type::Bytes,
        Type::Time,
        Type::Date,
        Type::Duration,
        Type::Clock,
        Type::Uuid,
        Type::Json,
    ];

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
            Type::Duration => "timedelta",
            Type::Clock => "time",
            Type::Uuid => "UUID",
            Type::Json => "Json",
            Type::Enum(members) => &members.name,
            Type::Decimal(scale) => DECIMALS[usize::from(scale).min(DIGITS)],
        }
    }

    /// The type with that name.
    pub fn named(name: &str) -> Option<Type> {
        let decimals = (0..=DIGITS as u8).map(Type::Decimal);
        Type::ALL.into_iter().chain(decimals).find(|of| of.name() == name)
    }

    /// The members of an enum.
    pub fn members(self) -> Option<&'static Members> {
        match self {
            Type::Enum(members) => Some(members),
            Type::Int
            | Type::Float
            | Type::Bool
            | Type::Text
            | Type::Bytes
            | Type::Time
            | Type::Date
            | Type::Duration
            | Type::Clock
            | Type::Uuid
            | Type::Json
            | Type::Decimal(_) => None,
        }
    }

    /// The type as which a file knows it: an enum is what its values are.
    pub fn kept(self) -> Type {
        match self.members().map(|members| &members.values) {
            Some(Values::Texts(_)) => Type::Text,
            Some(Values::Ints(_)) => Type::Int,
            None => self,
        }
    }

    /// How its values are stored.
    pub fn storage(self) -> Storage {
        match self {
            Type::Int | Type::Time | Type::Duration | Type::Clock => Storage::Int64,
            Type::Date => Storage::Int32,
            Type::Float => Storage::Float,
            Type::Bool => Storage::Bool,
            Type::Text | Type::Json => Storage::Text,
            Type::Bytes => Storage::Bytes,
            Type::Uuid | Type::Decimal(_) => Storage::Wide,
            Type::Enum(_) => self.kept().storage(),
        }
    }

    /// Whether its values are numbers that can be summed.
    pub fn is_number(self) -> bool {
        match self {
            Type::Int | Type::Float | Type::Bool => true,
            Type::Text
            | Type::Bytes
            | Type::Time
            | Type::Date
            | Type::Duration
            | Type::Clock
            | Type::Uuid
            | Type::Json
            | Type::Enum(_)
            | Type::Decimal(_) => false,
        }
    }

    /// Whether none is one of its values, so that its fields may always hold none, and whether these have no order and
    /// are no keys: JSON.
    pub fn is_document(self) -> bool {
        match self {
            Type::Json => true,
            Type::Int
            | Type::Float
            | Type::Bool
            | Type::Text
            | Type::Bytes
            | Type::Time
            | Type::Date
            | Type::Duration
            | Type::Clock
            | Type::Uuid
            | Type::Enum(_)
            | Type::Decimal(_) => false,
        }
    }

    /// Whether numbers can count its values, where their unit is said.
    pub fn is_counted(self) -> bool {
        match self {
            Type::Time | Type::Duration | Type::Clock => true,
            Type::Int
            | Type::Float
            | Type::Bool
            | Type::Text
            | Type::Bytes
            | Type::Date
            | Type::Uuid
            | Type::Json
            | Type::Enum(_)
            | Type::Decimal(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_among_all() {
        // A new type has no place here: it gets one, and stands in `ALL` then.
        let place = |of: Type| match of {
            Type::Int => 0,
            Type::Float => 1,
            Type::Bool => 2,
            Type::Text => 3,
            Type::Bytes => 4,
            Type::Time => 5,
            Type::Date => 6,
            Type::Duration => 7,
            Type::Clock => 8,
            Type::Uuid => 9,
            Type::Json => 10,
            // Of none of them.
            Type::Enum(_) | Type::Decimal(_) => Type::ALL.len(),
        };
        assert!(Type::ALL.iter().enumerate().all(|(at, &of)| place(of) == at));
        assert!(Type::ALL.iter().all(|of| Type::named(of.name()) == Some(*of)));
        assert!((0..=38).map(Type::Decimal).all(|of| Type::named(of.name()) == Some(of)));
    }
}
