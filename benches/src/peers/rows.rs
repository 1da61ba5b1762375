//! Records as rows, one after the other, in the encodings that people use.

use crate::drive::PATHS;
use consent_core::{ReleasedValue, Value};
use consent_protocol::batch::Row;
use serde::{Deserialize, Serialize};

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// Whole.
    Int(i64),
    /// Not whole.
    Float(f64),
}

impl Number {
    fn of(row: &Row) -> Self {
        match &row.value {
            ReleasedValue::Scalar(Value::Int(number)) => Self::Int(*number),
            ReleasedValue::Scalar(value) => Self::Float(value.as_number().unwrap_or(f64::NAN)),
            ReleasedValue::Fix(_) | ReleasedValue::Counts(_) => Self::Float(f64::NAN),
        }
    }

    fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// A record that names its signal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Named<'a> {
    path: &'a str,
    ms: i64,
    value: Number,
}

impl Named<'_> {
    fn of(row: &Row) -> Self {
        Self { path: PATHS.get(row.signal.index()).copied().unwrap_or_default(), ms: row.t_ms, value: Number::of(row) }
    }
}

/// A JSON object a line.
pub fn json(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 96);
    for row in rows {
        // Writing to memory does not fail.
        if serde_json::to_writer(&mut out, &Named::of(row)).is_ok() {
            out.push(b'\n');
        }
    }
    out
}

/// A CBOR map a record.
pub fn cbor(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 72);
    for row in rows {
        if ciborium::into_writer(&Named::of(row), &mut out).is_err() {
            return Vec::new();
        }
    }
    out
}

/// As protobuf has `repeated Row rows = 1`, with `uint32 signal = 1; int64 t_ms = 2; double value = 3` in it.
pub fn protobuf(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 24);
    let mut message = Vec::with_capacity(32);
    for row in rows {
        message.clear();
        message.push(1 << 3);
        varint(&mut message, u64::from(row.signal.0));
        message.push(2 << 3);
        varint(&mut message, row.t_ms.cast_unsigned());
        message.push(3 << 3 | 1);
        message.extend_from_slice(&Number::of(row).float().to_le_bytes());
        out.push(1 << 3 | 2);
        varint(&mut out, message.len() as u64);
        out.extend_from_slice(&message);
    }
    out
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A tuple of signal, time and double a record.
pub fn postcard(rows: &[Row]) -> Vec<u8> {
    let out = Vec::with_capacity(rows.len() * 16);
    rows.iter().try_fold(out, |out, row| postcard::to_extend(&(row.signal.0, row.t_ms, Number::of(row).float()), out)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::Drive;

    #[test]
    fn every_encoding_holds_every_record() {
        let drive = Drive::made_up();
        let rows = &drive.rows[..50];
        let read: Vec<Named<'_>> =
            json(rows).leak().split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap()).collect();
        assert_eq!(read, rows.iter().map(Named::of).collect::<Vec<_>>());
        let (bytes, mut count) = (cbor(rows), 0);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let value: ciborium::Value = ciborium::from_reader(&mut rest).unwrap();
            assert_eq!(value.as_map().unwrap().len(), 3);
            count += 1;
        }
        assert_eq!(count, rows.len());
        let bytes = postcard(rows);
        let mut rest = bytes.as_slice();
        for row in rows {
            let (found, after) = postcard::take_from_bytes::<(u16, i64, f64)>(rest).unwrap();
            assert_eq!(found, (row.signal.0, row.t_ms, Number::of(row).float()));
            rest = after;
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn a_protobuf_row_has_the_bytes_that_the_format_says() {
        let row = Row { signal: consent_core::SignalId(3), t_ms: 300, value: ReleasedValue::Scalar(Value::Float(1.0)) };
        assert_eq!(protobuf(&[row]), [0x0a, 14, 0x08, 3, 0x10, 0xac, 0x02, 0x19, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    }
}
