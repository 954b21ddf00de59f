//! Values of one type as those of another: numbers, and text as the JSON that it is.

use crate::store::json::write::parsed;
use crate::store::types::Type;
use crate::store::value::Value;

/// Whether values of one type become those of another: int widens to float, and back, where all are whole, so that an
/// older program can still open the file. Text becomes JSON, and not back: its form is gone.
pub fn is_conversion(from: Type, to: Type) -> bool {
    matches!((from, to), (Type::Int, Type::Float) | (Type::Float, Type::Int) | (Type::Text, Type::Json))
}

/// Ints go from -2^63 to just below 2^63.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// A value of a field as one of the other type; nothing where that is not exactly it.
pub fn converted(value: &Value, to: Type) -> Option<Value<'static>> {
    match (value, to) {
        (Value::Int(v), Type::Float) => {
            let float = *v as f64;
            (float as i128 == i128::from(*v)).then_some(Value::Float(float))
        }
        (Value::Float(v), Type::Int) => {
            let is_whole = v.fract() == 0.0 && (-TWO_63..TWO_63).contains(v);
            is_whole.then_some(Value::Int(*v as i64))
        }
        (Value::Text(text), Type::Json) => parsed(text).ok(),
        (value, _) => Some(value.clone().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_others_only_where_they_are_exactly_these() {
        let whole = |v: i64| converted(&Value::Int(v), Type::Float);
        assert_eq!(whole(1 << 53), Some(Value::Float(9_007_199_254_740_992.0)));
        assert_eq!((whole((1 << 53) + 1), whole(i64::MAX)), (None, None));
        assert_eq!(whole(i64::MIN), Some(Value::Float(-TWO_63)));
        let real = |v: f64| converted(&Value::Float(v), Type::Int);
        assert_eq!(
            (real(2.0), real(-0.0), real(-TWO_63)),
            (Some(Value::Int(2)), Some(Value::Int(0)), Some(Value::Int(i64::MIN)))
        );
        assert_eq!((real(2.5), real(TWO_63), real(f64::INFINITY)), (None, None, None));
    }

    #[test]
    fn other_values_stay() {
        assert_eq!(converted(&Value::None, Type::Float), Some(Value::None));
        assert_eq!(converted(&Value::Int(3), Type::Date), Some(Value::Int(3)));
    }
}
