//! From what a source writes to a value of the signal's datatype, with the datatype's range.

use consent_core::{Text, Value};
use consent_protocol::catalog::Datatype;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// A value as a source writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// Several.
    Array(Vec<Raw>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RawVisitor)
    }
}

/// By hand: derived, each value would be read into a tree first and then tried as one kind after the other.
struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a boolean, a number, a text or an array of such")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        Ok(i64::try_from(number).map_or(Raw::Uint(number), Raw::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Raw, E> {
        Ok(Raw::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(Raw::Array(found))
    }
}

/// A value that does not fit its signal's datatype; says nothing about the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value of datatype {0:?} expected")]
pub struct Unfit(pub Datatype);

/// The value of a signal of this datatype. Whole numbers pass as floats, and floats without a fraction as whole numbers.
pub fn convert(raw: &Raw, datatype: Datatype) -> Result<Value, Unfit> {
    let whole = |min: i64, max: i64| int(raw).filter(|number| (min..=max).contains(number)).map(Value::Int);
    let value = match datatype {
        Datatype::Boolean => boolean(raw).map(Value::Bool),
        Datatype::Int8 => whole(i8::MIN.into(), i8::MAX.into()),
        Datatype::Int16 => whole(i16::MIN.into(), i16::MAX.into()),
        Datatype::Int32 => whole(i32::MIN.into(), i32::MAX.into()),
        Datatype::Int64 => whole(i64::MIN, i64::MAX),
        Datatype::Uint8 => whole(0, u8::MAX.into()),
        Datatype::Uint16 => whole(0, u16::MAX.into()),
        Datatype::Uint32 => whole(0, u32::MAX.into()),
        Datatype::Uint64 => uint(raw).map(Value::Uint),
        Datatype::Float => float(raw).filter(|number| number.abs() <= f64::from(f32::MAX)).map(Value::Float),
        Datatype::Double => float(raw).map(Value::Float),
        Datatype::String => text(raw).map(Value::Text),
        Datatype::IntArray => array(raw, |item| boolean(item).map(i64::from).or_else(|| int(item))).map(Value::Ints),
        Datatype::FloatArray => array(raw, float).map(Value::Floats),
        Datatype::Unsupported => None,
    };
    value.ok_or(Unfit(datatype))
}

fn boolean(raw: &Raw) -> Option<bool> {
    match raw {
        Raw::Bool(flag) => Some(*flag),
        Raw::Int(_) | Raw::Uint(_) | Raw::Float(_) => match int(raw) {
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(_) | None => None,
        },
        Raw::Text(_) | Raw::Array(_) => None,
    }
}

fn int(raw: &Raw) -> Option<i64> {
    match raw {
        Raw::Int(number) => Some(*number),
        Raw::Uint(number) => i64::try_from(*number).ok(),
        Raw::Float(number) => whole(*number),
        Raw::Bool(_) | Raw::Text(_) | Raw::Array(_) => None,
    }
}

fn uint(raw: &Raw) -> Option<u64> {
    match raw {
        Raw::Uint(number) => Some(*number),
        Raw::Int(_) | Raw::Float(_) | Raw::Bool(_) | Raw::Text(_) | Raw::Array(_) => int(raw).and_then(|number| u64::try_from(number).ok()),
    }
}

/// Floats hold whole numbers exactly up to 2^53.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "checked: no fraction, and within 2^53")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "a float signal has the precision of a float")]
fn float(raw: &Raw) -> Option<f64> {
    let number = match raw {
        Raw::Int(number) => *number as f64,
        Raw::Uint(number) => *number as f64,
        Raw::Float(number) => *number,
        Raw::Bool(_) | Raw::Text(_) | Raw::Array(_) => return None,
    };
    number.is_finite().then_some(number)
}

fn text(raw: &Raw) -> Option<Text> {
    match raw {
        Raw::Text(text) => Text::try_from(text.as_str()).ok(),
        Raw::Bool(_) | Raw::Int(_) | Raw::Uint(_) | Raw::Float(_) | Raw::Array(_) => None,
    }
}

fn array<T, A: FromIterator<T>>(raw: &Raw, item: impl Fn(&Raw) -> Option<T>) -> Option<A> {
    match raw {
        Raw::Array(items) if items.len() <= consent_core::limits::ARRAY_MAX => items.iter().map(item).collect(),
        Raw::Array(_) | Raw::Bool(_) | Raw::Int(_) | Raw::Uint(_) | Raw::Float(_) | Raw::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str, datatype: Datatype) -> Option<Value> {
        convert(&serde_json::from_str(json).unwrap(), datatype).ok()
    }

    #[test]
    fn every_datatype_takes_its_range_and_nothing_beyond() {
        use Datatype as D;
        let float = |number| Some(Value::Float(number));
        for (json, datatype, expected) in [
            ("true", D::Boolean, Some(Value::Bool(true))),
            ("0", D::Boolean, Some(Value::Bool(false))),
            ("2", D::Boolean, None),
            ("127", D::Int8, Some(Value::Int(127))),
            ("128", D::Int8, None),
            ("-1", D::Uint8, None),
            ("255.0", D::Uint8, Some(Value::Int(255))),
            ("1.5", D::Uint8, None),
            ("4294967295", D::Uint32, Some(Value::Int(4_294_967_295))),
            ("18446744073709551615", D::Uint64, Some(Value::Uint(u64::MAX))),
            ("18446744073709551615", D::Int64, None),
            ("12", D::Float, float(12.0)),
            ("1e39", D::Float, None),
            ("1e39", D::Double, float(1e39)),
            ("\"12\"", D::Double, None),
            ("\"P\"", D::String, Text::try_from("P").ok().map(Value::Text)),
            ("\"123456789012345678901234567890123\"", D::String, None),
            ("[1, true]", D::IntArray, Some(Value::Ints([1, 1].into_iter().collect()))),
            ("[1, 2, 3, 4, 5]", D::IntArray, None),
            ("[1, 2.5]", D::FloatArray, Some(Value::Floats([1.0, 2.5].into_iter().collect()))),
            ("[\"x\"]", D::FloatArray, None),
            ("1", D::Unsupported, None),
        ] {
            assert_eq!(read(json, datatype), expected, "{json} as {datatype:?}");
        }
        assert_eq!(convert(&Raw::Float(f64::NAN), D::Double), Err(Unfit(D::Double)));
        assert!(serde_json::from_str::<Raw>("null").is_err());
    }

    proptest! {
        #[test]
        fn whole_numbers_come_out_as_they_went_in(number in any::<i64>()) {
            prop_assert_eq!(convert(&Raw::Int(number), Datatype::Int64), Ok(Value::Int(number)));
            prop_assert_eq!(convert(&Raw::Int(number), Datatype::Int16).is_ok(), i16::try_from(number).is_ok());
        }
    }
}
