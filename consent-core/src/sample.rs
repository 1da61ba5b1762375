//! What a source offers: one value of one signal, or a position fix.

use crate::ids::SignalId;
use crate::limits::{ARRAY_MAX, TEXT_BYTES_MAX};
use crate::track::Cleared;

/// A short text, in UTF-8.
pub type Text = heapless::String<TEXT_BYTES_MAX>;

/// A value of a signal. The signal's VSS datatype says which form is right; whole numbers of every width share a form.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `boolean`.
    Bool(bool),
    /// `int8` to `int64`, and unsigned types up to `uint32`.
    Int(i64),
    /// `uint64`.
    Uint(u64),
    /// `float` and `double`.
    Float(f64),
    /// `string`, up to [`TEXT_BYTES_MAX`] bytes.
    Text(Text),
    /// `boolean[]` and whole-number arrays, up to [`ARRAY_MAX`] elements.
    Ints(heapless::Vec<i64, ARRAY_MAX>),
    /// `float[]` and `double[]`, up to [`ARRAY_MAX`] elements.
    Floats(heapless::Vec<f64, ARRAY_MAX>),
}

impl Value {
    /// The value as a number, where it is a single one.
    #[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "whole numbers above 2^53 lose their last bits in a rule that averages or rounds")]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Bool(flag) => Some(f64::from(u8::from(*flag))),
            Self::Int(number) => Some(*number as f64),
            Self::Uint(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Text(_) | Self::Ints(_) | Self::Floats(_) => None,
        }
    }
}

/// A position fix: latitude and longitude of equal source time, with what else came at that time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Degrees north, WGS 84.
    pub lat_deg: f64,
    /// Degrees east, WGS 84.
    pub lon_deg: f64,
    /// Metres above the ellipsoid or the sea, as the source has it.
    pub alt_m: Option<f64>,
    /// Degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// Horizontal accuracy in metres.
    pub accuracy_m: Option<f64>,
}

/// What passes the gate as one piece.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// One value of one signal.
    Scalar {
        /// Which signal.
        signal: SignalId,
        /// Its value.
        value: Value,
        /// Source time, Unix milliseconds.
        t_ms: i64,
    },
    /// A fix that joins records of equal source time.
    Fix {
        /// The latitude signal, which stands for the fix in batches.
        signal: SignalId,
        /// The position.
        fix: Fix,
        /// Source time, Unix milliseconds.
        t_ms: i64,
        /// How many records it joins.
        inputs: u32,
        /// Whether it lies outside what is private; rules that hide places leave nothing of a fix without it.
        cleared: Option<Cleared>,
    },
}

impl Sample {
    /// Source time, Unix milliseconds.
    pub fn t_ms(&self) -> i64 {
        match self {
            Self::Scalar { t_ms, .. } | Self::Fix { t_ms, .. } => *t_ms,
        }
    }

    /// The signal, or for a fix its latitude signal.
    pub fn signal(&self) -> SignalId {
        match self {
            Self::Scalar { signal, .. } | Self::Fix { signal, .. } => *signal,
        }
    }

    /// How many records it stands for.
    pub fn inputs(&self) -> u32 {
        match self {
            Self::Scalar { .. } => 1,
            Self::Fix { inputs, .. } => *inputs,
        }
    }
}
