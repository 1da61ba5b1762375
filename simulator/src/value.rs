//! Reads a value as it stands in a CSV file into the form of a signal's datatype. Anything that does not fit is no value.

use consent_core::{Text, Value};
use consent_protocol::catalog::Datatype;

/// The value of a text for a datatype; `None` if it does not fit.
pub fn parse(datatype: Datatype, text: &str) -> Option<Value> {
    let text = text.trim();
    match datatype {
        Datatype::Boolean => match text {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        Datatype::Int8 => whole::<i8>(text),
        Datatype::Int16 => whole::<i16>(text),
        Datatype::Int32 => whole::<i32>(text),
        Datatype::Int64 => whole::<i64>(text),
        Datatype::Uint8 => whole::<u8>(text),
        Datatype::Uint16 => whole::<u16>(text),
        Datatype::Uint32 => whole::<u32>(text),
        Datatype::Uint64 => text.parse().ok().map(Value::Uint),
        Datatype::Float | Datatype::Double => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float),
        Datatype::String => text.parse::<Text>().ok().map(Value::Text),
        Datatype::IntArray | Datatype::FloatArray | Datatype::Unsupported => None,
    }
}

/// The JSON form of a text for a datatype, as the agent's signal socket takes it.
pub fn to_json(text: &str) -> serde_json::Value {
    let text = text.trim();
    match serde_json::from_str(text) {
        Ok(value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_))) => value,
        Ok(_) | Err(_) => serde_json::Value::String(text.to_owned()),
    }
}

fn whole<T: std::str::FromStr + Into<i64>>(text: &str) -> Option<Value> {
    text.parse::<T>().ok().map(|number| Value::Int(number.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_does_not_fit_its_datatype_is_none() {
        assert_eq!(parse(Datatype::Uint8, "255"), Some(Value::Int(255)));
        for (datatype, text) in
            [(Datatype::Uint8, "256"), (Datatype::Uint8, "-1"), (Datatype::Int16, "1.5"), (Datatype::Float, "NaN"), (Datatype::Boolean, "yes")]
        {
            assert_eq!(parse(datatype, text), None, "{text}");
        }
        assert_eq!(parse(Datatype::String, &"x".repeat(40)), None);
        assert_eq!(parse(Datatype::Double, " 51.25 "), Some(Value::Float(51.25)));
    }

    #[test]
    fn numbers_and_truth_keep_their_form_in_json() {
        assert_eq!(to_json("12.5").to_string(), "12.5");
        assert_eq!(to_json("true").to_string(), "true");
        assert_eq!(to_json("THREE_D").to_string(), "\"THREE_D\"");
    }
}
