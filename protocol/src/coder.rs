//! How rows become bytes: per signal a column of times and a column of values.
//!
//! Coder 0, always built in: scaled integers, delta zigzag, bit-packed in blocks of 32, equal time columns once. Coder 1,
//! behind the feature `zstd`: the same columns with varints in place of packed bits, under zstd.
//!
//! INVARIANT: decoding is total; it allocates in proportion to the declared number of rows, which is bounded, and to the body.

mod ints;
mod values;

use crate::batch::{ROWS_MAX, Row};
use alloc::vec::Vec;
use consent_core::SignalId;
use ints::{Out, Reader};
use values::Form;

/// Bit-packed.
pub const BIT_PACKED: u8 = 0;
/// Varints under zstd -3.
pub const ZSTD: u8 = 1;

/// Why a body cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoderError {
    /// A coder that this build does not have.
    #[error("coder {0} is not built in")]
    Unknown(u8),
    /// The bytes end early, go on too long, or contradict themselves.
    #[error("body is damaged")]
    Damaged,
    /// More rows than declared, or than any batch may have.
    #[error("body has more rows than declared")]
    TooMany,
}

/// How residuals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    /// In blocks of 32 that share a width.
    Bits,
    /// One by one.
    #[cfg_attr(not(any(feature = "zstd", test)), expect(dead_code, reason = "only coder 1 writes varints"))]
    Varints,
}

/// Where a column's times stand; added to its form's code.
const TIMES_OWN: u8 = 0;
const TIMES_AS_BEFORE: u8 = 0x10;
const TIMES_OF: u8 = 0x20;

/// Codes rows with the coder that suits them; the order of rows within a signal is kept. Yields the coder and the bytes.
///
/// Nobody decodes more than [`ROWS_MAX`] rows.
pub fn encode(rows: &[Row]) -> (u8, Vec<u8>) {
    #[cfg(feature = "zstd")]
    if rows.len() >= zstandard::ROWS_MIN {
        let [packed, loose] = encode_columns(rows, [Packing::Bits, Packing::Varints]);
        return match zstandard::squeeze(&loose, rows.len()).filter(|squeezed| squeezed.len() < packed.len()) {
            Some(squeezed) => (ZSTD, squeezed),
            None => (BIT_PACKED, packed),
        };
    }
    let [packed] = encode_columns(rows, [Packing::Bits]);
    (BIT_PACKED, packed)
}

/// Decodes a body, sorted by signal; `records` is the declared number of rows and bounds the memory.
pub fn decode(coder: u8, body: &[u8], records: u32) -> Result<Vec<Row>, CoderError> {
    let records = usize::try_from(records).ok().filter(|records| *records <= ROWS_MAX).ok_or(CoderError::TooMany)?;
    match coder {
        BIT_PACKED => decode_columns(body, records, Packing::Bits),
        #[cfg(feature = "zstd")]
        ZSTD => zstandard::decode(body, records),
        other => Err(CoderError::Unknown(other)),
    }
}

/// A column: rows of one signal whose values have one form. A signal whose form changes has several, one after the other.
struct Column<'a> {
    signal: SignalId,
    form: Form,
    rows: Vec<&'a Row>,
}

/// Room that a column begins with, rows.
const ROWS_LIKELY: usize = 32;

/// The columns of one signal.
struct Columns<'a>(SignalId, Vec<Column<'a>>);

impl<'a> Columns<'a> {
    fn push(&mut self, row: &'a Row) {
        let form = Form::of(&row.value);
        match self.1.last_mut() {
            Some(column) if column.form == form => column.rows.push(row),
            Some(_) | None => {
                let mut rows = Vec::with_capacity(ROWS_LIKELY);
                rows.push(row);
                self.1.push(Column { signal: row.signal, form, rows });
            }
        }
    }
}

/// Rows by signal, in their order. Signals mostly take turns, so a row is looked for where that would put it first.
fn columns(rows: &[Row]) -> Vec<Column<'_>> {
    let mut signals: Vec<Columns<'_>> = Vec::new();
    let mut known = alloc::collections::BTreeMap::new();
    let mut last = 0;
    for row in rows {
        let next = if last + 1 < signals.len() { last + 1 } else { 0 };
        if signals.get(last).is_none_or(|columns| columns.0 != row.signal) {
            last = if signals.get(next).is_some_and(|columns| columns.0 == row.signal) { next } else { *known.entry(row.signal).or_insert(signals.len()) };
        }
        if last == signals.len() {
            signals.push(Columns(row.signal, Vec::new()));
        }
        if let Some(columns) = signals.get_mut(last) {
            columns.push(row);
        }
    }
    signals.sort_unstable_by_key(|columns| columns.0);
    signals.into_iter().flat_map(|columns| columns.1).collect()
}

/// The columns in each packing; what does not depend on it is worked out once.
fn encode_columns<const N: usize>(rows: &[Row], packings: [Packing; N]) -> [Vec<u8>; N] {
    let columns = columns(rows);
    let mut out = Out(packings.map(|packing| (packing, Vec::with_capacity(rows.len() * 2 + 16))));
    let stamps: Vec<Vec<i64>> = columns.iter().map(|column| column.rows.iter().map(|row| row.t_ms).collect()).collect();
    let (mut last_signal, mut written) = (0, 0);
    let mut known = alloc::collections::BTreeMap::new();
    let mut before = usize::MAX;
    out.length(columns.len());
    for (column, times) in columns.iter().zip(&stamps) {
        out.varint(u64::from(column.signal.0 - last_signal));
        last_signal = column.signal.0;
        let place = *known.entry(times.as_slice()).or_insert(written);
        if place == written {
            written += 1;
            out.byte(column.form.code() | TIMES_OWN);
            out.length(times.len());
            ints::put(&mut out, times);
        } else if place == before {
            out.byte(column.form.code() | TIMES_AS_BEFORE);
        } else {
            out.byte(column.form.code() | TIMES_OF);
            out.length(place);
        }
        before = place;
        values::put(&mut out, column.form, &column.rows);
    }
    out.0.map(|(_, bytes)| bytes)
}

fn decode_columns(body: &[u8], records: usize, packing: Packing) -> Result<Vec<Row>, CoderError> {
    let mut reader = Reader(body);
    let columns = reader.length()?;
    if columns > records {
        return Err(CoderError::TooMany);
    }
    let mut rows = Vec::with_capacity(records);
    let mut times = Times::default();
    let mut signal = 0_u64;
    for _ in 0..columns {
        signal = signal.saturating_add(reader.varint()?);
        let signal = SignalId(u16::try_from(signal).map_err(|_| CoderError::Damaged)?);
        let head = reader.byte()?;
        let form = Form::from_code(head & 0x0f)?;
        let stamps = times.take(&mut reader, head & 0xf0, records - rows.len(), packing)?;
        let values = values::take(&mut reader, form, stamps.len(), packing)?;
        rows.extend(stamps.iter().zip(values).map(|(t_ms, value)| Row { signal, t_ms: *t_ms, value }));
    }
    if reader.0.is_empty() && rows.len() == records { Ok(rows) } else { Err(CoderError::Damaged) }
}

/// Time columns read so far.
#[derive(Default)]
struct Times {
    read: Vec<Vec<i64>>,
    before: usize,
}

impl Times {
    fn take(&mut self, reader: &mut Reader<'_>, source: u8, rows_max: usize, packing: Packing) -> Result<&[i64], CoderError> {
        match source {
            TIMES_OWN => {
                let count = reader.length()?;
                if count > rows_max {
                    return Err(CoderError::TooMany);
                }
                self.before = self.read.len();
                self.read.push(ints::take(reader, count, packing)?);
            }
            TIMES_AS_BEFORE => (),
            TIMES_OF => self.before = reader.length()?,
            _ => return Err(CoderError::Damaged),
        }
        let times = self.read.get(self.before).ok_or(CoderError::Damaged)?;
        match times.len() {
            0 => Err(CoderError::Damaged),
            count if count > rows_max => Err(CoderError::TooMany),
            _ => Ok(times),
        }
    }
}

#[cfg(feature = "zstd")]
mod zstandard {
    //! Coder 1: the size of the varint columns, then a zstd frame of them.

    extern crate std;

    use super::ints::put_length;
    use super::{CoderError, Packing, Reader, Row, decode_columns};
    use alloc::vec::Vec;
    use std::cell::RefCell;
    use std::io;
    use std::thread::LocalKey;
    use zstd::bulk::{Compressor, Decompressor};

    // Setting one up takes longer than a batch; what it yields does not depend on what it did before.
    std::thread_local! {
        static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }

    /// Fewer rows are never smaller.
    pub(super) const ROWS_MIN: usize = 256;
    /// Compression level.
    const LEVEL: i32 = 3;
    /// No row takes more bytes than this, its share of its column's heads included.
    const ROW_BYTES_MAX: usize = 128;

    /// Works with what this thread keeps for it. What failed is not kept.
    fn with_kept<K, T>(
        kept: &'static LocalKey<RefCell<Option<K>>>,
        make: impl FnOnce() -> io::Result<K>,
        work: impl FnOnce(&mut K) -> io::Result<T>,
    ) -> Option<T> {
        let mut one = match kept.take() {
            Some(one) => one,
            None => make().ok()?,
        };
        let done = work(&mut one).ok()?;
        kept.set(Some(one));
        Some(done)
    }

    /// The columns of so many rows, smaller.
    pub(super) fn squeeze(columns: &[u8], rows: usize) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        put_length(&mut out, columns.len());
        out.extend(with_kept(&COMPRESSOR, || Compressor::new(LEVEL), |compressor| compressor.compress(columns))?);
        (columns.len() <= rows * ROW_BYTES_MAX).then_some(out)
    }

    pub(super) fn decode(body: &[u8], records: usize) -> Result<Vec<Row>, CoderError> {
        let mut reader = Reader(body);
        let size = reader.length()?;
        if size > records * ROW_BYTES_MAX {
            return Err(CoderError::Damaged);
        }
        let decompress = |decompressor: &mut Decompressor<'static>| decompressor.decompress(reader.0, size);
        let columns = with_kept(&DECOMPRESSOR, Decompressor::new, decompress).ok_or(CoderError::Damaged)?;
        if columns.len() != size {
            return Err(CoderError::Damaged);
        }
        decode_columns(&columns, records, Packing::Varints)
    }
}

#[cfg(test)]
mod tests;
