//! Columns of values: each form of value becomes sequences of whole numbers.

use super::ints::{self, Out, Reader};
use super::{CoderError, Packing, Row};
use alloc::vec::Vec;
use consent_core::{Fix, ReleasedValue, Text, Value};

/// The form of a column's values; the number is its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Bool,
    Int,
    Uint,
    Float,
    Text,
    Ints,
    Floats,
    Fix,
    Counts,
}

impl Form {
    const ALL: [Self; 9] = [Self::Bool, Self::Int, Self::Uint, Self::Float, Self::Text, Self::Ints, Self::Floats, Self::Fix, Self::Counts];

    pub(super) fn of(value: &ReleasedValue) -> Self {
        match value {
            ReleasedValue::Scalar(Value::Bool(_)) => Self::Bool,
            ReleasedValue::Scalar(Value::Int(_)) => Self::Int,
            ReleasedValue::Scalar(Value::Uint(_)) => Self::Uint,
            ReleasedValue::Scalar(Value::Float(_)) => Self::Float,
            ReleasedValue::Scalar(Value::Text(_)) => Self::Text,
            ReleasedValue::Scalar(Value::Ints(_)) => Self::Ints,
            ReleasedValue::Scalar(Value::Floats(_)) => Self::Floats,
            ReleasedValue::Fix(_) => Self::Fix,
            ReleasedValue::Counts(_) => Self::Counts,
        }
    }

    pub(super) fn code(self) -> u8 {
        Self::ALL.iter().zip(0..).find_map(|(form, code)| (*form == self).then_some(code)).unwrap_or(u8::MAX)
    }

    pub(super) fn from_code(code: u8) -> Result<Self, CoderError> {
        Self::ALL.get(usize::from(code)).copied().ok_or(CoderError::Damaged)
    }
}

/// Writes the values of rows that all have this form.
pub(super) fn put<const N: usize>(out: &mut Out<N>, form: Form, rows: &[&Row]) {
    let scalars = || rows.iter().filter_map(|row| if let ReleasedValue::Scalar(scalar) = &row.value { Some(scalar) } else { None });
    match form {
        Form::Bool | Form::Int | Form::Uint => ints::put(out, &scalars().filter_map(whole).collect::<Vec<_>>()),
        Form::Float => put_floats(out, &scalars().filter_map(|value| if let Value::Float(number) = value { Some(*number) } else { None }).collect::<Vec<_>>()),
        Form::Text => put_texts(out, &scalars().filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None }).collect::<Vec<_>>()),
        Form::Ints => {
            let arrays = || scalars().filter_map(|value| if let Value::Ints(array) = value { Some(array) } else { None });
            ints::put(out, &arrays().map(|array| length(array.len())).collect::<Vec<_>>());
            ints::put(out, &arrays().flatten().copied().collect::<Vec<_>>());
        }
        Form::Floats => {
            ints::put(out, &scalars().map(|value| length(floats(value).len())).collect::<Vec<_>>());
            put_floats(out, &scalars().flat_map(floats).copied().collect::<Vec<_>>());
        }
        Form::Fix => {
            let fixes: Vec<&Fix> = rows.iter().filter_map(|row| if let ReleasedValue::Fix(fix) = &row.value { Some(fix) } else { None }).collect();
            put_fixes(out, &fixes);
        }
        Form::Counts => {
            let histograms = || rows.iter().filter_map(|row| if let ReleasedValue::Counts(counts) = &row.value { Some(counts) } else { None });
            ints::put(out, &histograms().map(|counts| length(counts.len())).collect::<Vec<_>>());
            ints::put(out, &histograms().flatten().map(|count| i64::from(*count)).collect::<Vec<_>>());
        }
    }
}

/// Reads so many values of a form.
pub(super) fn take(reader: &mut Reader<'_>, form: Form, count: usize, packing: Packing) -> Result<Vec<ReleasedValue>, CoderError> {
    let scalars = match form {
        Form::Bool => take_flags(reader, count, packing)?.into_iter().map(Value::Bool).collect(),
        Form::Int => ints::take(reader, count, packing)?.into_iter().map(Value::Int).collect(),
        Form::Uint => ints::take(reader, count, packing)?.into_iter().map(|number| Value::Uint(number.cast_unsigned())).collect(),
        Form::Float => take_floats(reader, count, packing)?.into_iter().map(Value::Float).collect(),
        Form::Text => take_texts(reader, count, packing)?,
        Form::Ints => take_arrays(reader, count, packing, ints::take)?.into_iter().map(Value::Ints).collect::<Vec<_>>(),
        Form::Floats => take_arrays(reader, count, packing, take_floats)?.into_iter().map(Value::Floats).collect(),
        Form::Fix => return Ok(take_fixes(reader, count, packing)?.into_iter().map(ReleasedValue::Fix).collect()),
        Form::Counts => return Ok(take_arrays(reader, count, packing, take_counts)?.into_iter().map(ReleasedValue::Counts).collect()),
    };
    Ok(scalars.into_iter().map(ReleasedValue::Scalar).collect())
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::Int(number) => Some(*number),
        Value::Uint(number) => Some(number.cast_signed()),
        Value::Float(_) | Value::Text(_) | Value::Ints(_) | Value::Floats(_) => None,
    }
}

fn floats(value: &Value) -> &[f64] {
    match value {
        Value::Float(number) => core::slice::from_ref(number),
        Value::Floats(array) => array,
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Text(_) | Value::Ints(_) => &[],
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn take_flags(reader: &mut Reader<'_>, count: usize, packing: Packing) -> Result<Vec<bool>, CoderError> {
    let flag = |number| match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(CoderError::Damaged),
    };
    ints::take(reader, count, packing)?.into_iter().map(flag).collect()
}

/// A list of the distinct texts in order of their first use, then for each value its place in the list.
fn put_texts<const N: usize>(out: &mut Out<N>, texts: &[&Text]) {
    let mut distinct = alloc::collections::BTreeMap::new();
    let mut listed = Vec::new();
    let mut places = Vec::with_capacity(texts.len());
    for text in texts {
        let next = length(listed.len());
        let place = *distinct.entry(text.as_str()).or_insert(next);
        if place == next {
            listed.push(text.as_str());
        }
        places.push(place);
    }
    out.length(listed.len());
    for text in listed {
        out.length(text.len());
        out.bytes(text.as_bytes());
    }
    ints::put(out, &places);
}

fn take_texts(reader: &mut Reader<'_>, count: usize, packing: Packing) -> Result<Vec<Value>, CoderError> {
    let distinct = reader.length()?;
    if distinct > count {
        return Err(CoderError::Damaged);
    }
    let mut listed = Vec::with_capacity(distinct);
    for _ in 0..distinct {
        let size = reader.length()?;
        let text = core::str::from_utf8(reader.bytes(size)?).map_err(|_| CoderError::Damaged)?;
        listed.push(Text::try_from(text).map_err(|_| CoderError::Damaged)?);
    }
    let text = |place| usize::try_from(place).ok().and_then(|place| listed.get(place)).cloned().map(Value::Text).ok_or(CoderError::Damaged);
    ints::take(reader, count, packing)?.into_iter().map(text).collect()
}

fn take_counts(reader: &mut Reader<'_>, count: usize, packing: Packing) -> Result<Vec<u32>, CoderError> {
    ints::take(reader, count, packing)?.into_iter().map(|number| u32::try_from(number).map_err(|_| CoderError::Damaged)).collect()
}

type TakeElements<T> = fn(&mut Reader<'_>, usize, Packing) -> Result<Vec<T>, CoderError>;

/// Lengths, then all elements as one column.
fn take_arrays<T, const N: usize>(
    reader: &mut Reader<'_>,
    count: usize,
    packing: Packing,
    take_elements: TakeElements<T>,
) -> Result<Vec<heapless::Vec<T, N>>, CoderError> {
    let lengths = ints::take(reader, count, packing)?;
    let lengths = lengths.into_iter().map(|length| usize::try_from(length).ok().filter(|length| *length <= N).ok_or(CoderError::Damaged));
    let lengths = lengths.collect::<Result<Vec<usize>, _>>()?;
    let mut elements = take_elements(reader, lengths.iter().sum(), packing)?.into_iter();
    Ok(lengths.into_iter().map(|length| elements.by_ref().take(length).collect()).collect())
}

/// Latitudes, longitudes, then altitudes, headings and accuracies of the fixes that have them.
fn put_fixes<const N: usize>(out: &mut Out<N>, fixes: &[&Fix]) {
    put_floats(out, &fixes.iter().map(|fix| fix.lat_deg).collect::<Vec<_>>());
    put_floats(out, &fixes.iter().map(|fix| fix.lon_deg).collect::<Vec<_>>());
    for part in [|fix: &Fix| fix.alt_m, |fix: &Fix| fix.heading_deg, |fix: &Fix| fix.accuracy_m] {
        ints::put(out, &fixes.iter().map(|fix| i64::from(part(fix).is_some())).collect::<Vec<_>>());
        put_floats(out, &fixes.iter().filter_map(|fix| part(fix)).collect::<Vec<_>>());
    }
}

fn take_fixes(reader: &mut Reader<'_>, count: usize, packing: Packing) -> Result<Vec<Fix>, CoderError> {
    let latitudes = take_floats(reader, count, packing)?;
    let longitudes = take_floats(reader, count, packing)?;
    let mut fixes: Vec<Fix> =
        latitudes.into_iter().zip(longitudes).map(|(lat_deg, lon_deg)| Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None }).collect();
    for part in [|fix: &mut Fix, value| fix.alt_m = value, |fix: &mut Fix, value| fix.heading_deg = value, |fix: &mut Fix, value| fix.accuracy_m = value] {
        let present = take_flags(reader, count, packing)?;
        let mut values = take_floats(reader, present.iter().filter(|flag| **flag).count(), packing)?.into_iter();
        for (fix, present) in fixes.iter_mut().zip(present) {
            part(fix, if present { values.next() } else { None });
        }
    }
    Ok(fixes)
}

/// Powers of ten that a float column may be scaled by.
const POWERS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/// Whole numbers up to this size are exact in a float.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
/// Code of a float column that holds bit patterns.
const RAW: u8 = 0;

/// How whole numbers stand for floats: `m × 10^exponent`, rounded to single precision or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    precision: Precision,
    exponent: i8,
}

/// Of the floats that wholes stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    Double,
    Single,
}

impl Precision {
    /// The code of the exponent 0.
    fn middle(self) -> i16 {
        match self {
            Self::Double => 10,
            Self::Single => 30,
        }
    }
}

impl Scale {
    /// 1..=19 for double precision, 21..=39 for single.
    fn code(self) -> u8 {
        u8::try_from(i16::from(self.exponent) + self.precision.middle()).unwrap_or(RAW)
    }

    fn from_code(code: u8) -> Result<Self, CoderError> {
        let precision = if code < 20 { Precision::Double } else { Precision::Single };
        match i8::try_from(i16::from(code) - precision.middle()) {
            Ok(exponent @ -9..=9) => Ok(Self { precision, exponent }),
            Ok(_) | Err(_) => Err(CoderError::Damaged),
        }
    }

    fn power(self) -> f64 {
        POWERS.get(usize::from(self.exponent.unsigned_abs())).copied().unwrap_or(1.0)
    }

    #[allow(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "what the format says: nearest float, ties to even"
    )]
    fn float(self, whole: i64) -> f64 {
        let scaled = if self.exponent < 0 { whole as f64 / self.power() } else { whole as f64 * self.power() };
        match self.precision {
            Precision::Double => scaled,
            Precision::Single => f64::from(scaled as f32),
        }
    }

    /// The whole number that stands for exactly this float, if there is one.
    #[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a whole number below 2^53 in size")]
    fn whole(self, float: f64) -> Option<i64> {
        let scaled = nearest(if self.exponent < 0 { float * self.power() } else { float / self.power() });
        let whole = (-EXACT_MAX..=EXACT_MAX).contains(&scaled).then_some(scaled as i64)?;
        (self.float(whole).to_bits() == float.to_bits()).then_some(whole)
    }

    /// The coarsest decimal scale at which all floats are whole, with those wholes.
    fn fit(floats: &[f64], precision: Precision) -> Option<(Self, Vec<i64>)> {
        let mut scale = Self { precision, exponent: 9 };
        let mut wholes = Vec::with_capacity(floats.len());
        // Those before it are of a coarser scale than the last.
        let mut stale = 0;
        for float in floats {
            let whole = loop {
                if let Some(whole) = scale.whole(*float) {
                    break whole;
                }
                if scale.exponent == -9 {
                    return None;
                }
                scale.exponent -= 1;
                stale = wholes.len();
            };
            wholes.push(whole);
        }
        for (whole, float) in wholes.iter_mut().zip(floats).take(stale) {
            *whole = scale.whole(*float)?;
        }
        Some((scale, wholes))
    }
}

/// The nearest whole number, ties to even, as `libm::rint` has it. Where neighbours lie one apart in the sum it rounds by itself.
fn nearest(float: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    const SIZE_MAX: f64 = 2_251_799_813_685_248.0;
    if (-SIZE_MAX..=SIZE_MAX).contains(&float) { (float + SHIFT) - SHIFT } else { libm::rint(float) }
}

fn put_floats<const N: usize>(out: &mut Out<N>, floats: &[f64]) {
    if floats.is_empty() {
        return;
    }
    if let Some((scale, wholes)) = Scale::fit(floats, Precision::Double).or_else(|| Scale::fit(floats, Precision::Single)) {
        out.byte(scale.code());
        ints::put(out, &wholes);
    } else {
        out.byte(RAW);
        ints::put(out, &floats.iter().map(|float| float.to_bits().cast_signed()).collect::<Vec<_>>());
    }
}

fn take_floats(reader: &mut Reader<'_>, count: usize, packing: Packing) -> Result<Vec<f64>, CoderError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let code = reader.byte()?;
    if code == RAW {
        return Ok(ints::take(reader, count, packing)?.into_iter().map(|bits| f64::from_bits(bits.cast_unsigned())).collect());
    }
    let scale = Scale::from_code(code)?;
    Ok(ints::take(reader, count, packing)?.into_iter().map(|whole| scale.float(whole)).collect())
}
