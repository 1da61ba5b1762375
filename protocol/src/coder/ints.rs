//! Sequences of whole numbers: the one thing that every column is made of.
//!
//! INVARIANT: reading allocates at most the length asked for and consumes at most the bytes there are. Arithmetic wraps, so
//! that every sequence of `i64` comes back as it was.

use super::{CoderError, Packing};
use alloc::vec::Vec;

/// Residuals that share one width.
const BLOCK: usize = 32;
/// Bit of the mode byte: a divisor follows.
const DIVIDED: u8 = 4;

/// Bytes that are read from the front.
#[derive(Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self) -> Result<u8, CoderError> {
        let (first, rest) = self.0.split_first().ok_or(CoderError::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], CoderError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CoderError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    /// LEB128, at most ten bytes.
    pub(super) fn varint(&mut self) -> Result<u64, CoderError> {
        if let Some((first @ 0..0x80, rest)) = self.0.split_first() {
            self.0 = rest;
            return Ok(u64::from(*first));
        }
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(CoderError::Damaged);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CoderError::Damaged)
    }

    pub(super) fn length(&mut self) -> Result<usize, CoderError> {
        usize::try_from(self.varint()?).map_err(|_| CoderError::Damaged)
    }
}

/// Numbers one by one; mostly they have a byte each.
fn put_varints(out: &mut Vec<u8>, block: &[u64]) {
    if width(block) <= 7 {
        out.extend(block.iter().map(|value| value.to_le_bytes().first().copied().unwrap_or(0)));
    } else {
        for value in block {
            put_varint(out, *value);
        }
    }
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while let Ok(byte) = u8::try_from(value & 0x7f) {
        value >>= 7;
        if value == 0 {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}

pub(super) fn put_length(out: &mut Vec<u8>, length: usize) {
    put_varint(out, u64::try_from(length).unwrap_or(u64::MAX));
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// Bytes that are written in one or several packings at once.
pub(super) struct Out<const N: usize>(pub(super) [(Packing, Vec<u8>); N]);

impl<const N: usize> Out<N> {
    fn each(&mut self, write: impl Fn(Packing, &mut Vec<u8>)) {
        self.0.iter_mut().for_each(|(packing, bytes)| write(*packing, bytes));
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.each(|_, bytes| bytes.push(byte));
    }

    pub(super) fn bytes(&mut self, all: &[u8]) {
        self.each(|_, bytes| bytes.extend_from_slice(all));
    }

    pub(super) fn varint(&mut self, value: u64) {
        self.each(|_, bytes| put_varint(bytes, value));
    }

    pub(super) fn length(&mut self, length: usize) {
        self.each(|_, bytes| put_length(bytes, length));
    }
}

/// How a sequence is told: as distances from its least value, as differences, or as differences of differences.
struct Plan {
    order: u8,
    seeds: [u64; 2],
    divisor: u64,
    residuals: Vec<u64>,
}

impl Plan {
    fn offsets(values: &[i64]) -> Self {
        let least = values.iter().copied().min().unwrap_or(0);
        let residuals = values.iter().map(|value| value.wrapping_sub(least).cast_unsigned()).collect::<Vec<_>>();
        let plan = Self { order: 0, seeds: [zigzag(least), 0], divisor: 1, residuals };
        plan.divided(|residual| residual, |residual, divisor| residual / divisor)
    }

    /// By differences between neighbours; needs two values.
    fn first(values: &[i64]) -> Self {
        let residuals = differences(values).map(zigzag).collect();
        Self { order: 1, seeds: [values.first().copied().map_or(0, zigzag), 0], divisor: 1, residuals }.of_differences()
    }

    /// By differences between neighbouring differences; needs three values.
    fn second(values: &[i64]) -> Self {
        let mut steps = differences(values);
        let seeds = [values.first().copied(), steps.next()].map(|seed| seed.map_or(0, zigzag));
        let residuals = differences(values).zip(steps).map(|(before, after)| zigzag(after.wrapping_sub(before))).collect();
        Self { order: 2, seeds, divisor: 1, residuals }.of_differences()
    }

    fn of_differences(self) -> Self {
        self.divided(
            |residual| unzigzag(residual).unsigned_abs(),
            |residual, divisor| {
                let value = unzigzag(residual);
                let size = (value.unsigned_abs() / divisor).cast_signed();
                zigzag(if value < 0 { size.wrapping_neg() } else { size })
            },
        )
    }

    /// Takes out what divides all residuals.
    fn divided(mut self, size: impl Fn(u64) -> u64, divide: impl Fn(u64, u64) -> u64) -> Self {
        let mut common = 0;
        for size in self.residuals.iter().map(|residual| size(*residual)) {
            if size != common && size != 0 {
                common = gcd(size, common);
                if common == 1 {
                    return self;
                }
            }
        }
        if common > 1 {
            self.divisor = common;
            self.residuals.iter_mut().filter(|residual| **residual != 0).for_each(|residual| *residual = divide(*residual, common));
        }
        self
    }

    /// The seeds that are written.
    fn seeds(&self) -> impl Iterator<Item = u64> {
        self.seeds.into_iter().take(usize::from(self.order.max(1)))
    }

    fn cost(&self, packing: Packing) -> usize {
        let heads = self.seeds().map(varint_len).sum::<usize>() + if self.divisor > 1 { varint_len(self.divisor) } else { 0 };
        let body = |block: &[u64]| match (packing, width(block)) {
            (Packing::Bits, width) => 1 + (block.len() * usize::from(width)).div_ceil(8),
            (Packing::Varints, 0..=7) => block.len(),
            (Packing::Varints, _) => block.iter().map(|residual| varint_len(*residual)).sum(),
        };
        heads + self.residuals.chunks(BLOCK).map(body).sum::<usize>()
    }

    fn write(&self, out: &mut Vec<u8>, packing: Packing) {
        out.push(self.order | if self.divisor > 1 { DIVIDED } else { 0 });
        self.seeds().for_each(|seed| put_varint(out, seed));
        if self.divisor > 1 {
            put_varint(out, self.divisor);
        }
        match packing {
            Packing::Bits => self.residuals.chunks(BLOCK).for_each(|block| put_block(out, block)),
            Packing::Varints => self.residuals.chunks(BLOCK).for_each(|block| put_varints(out, block)),
        }
    }
}

/// Each value less the one before it.
fn differences(values: &[i64]) -> impl Iterator<Item = i64> {
    values.iter().zip(values.iter().skip(1)).map(|(before, after)| after.wrapping_sub(*before))
}

fn varint_len(value: u64) -> usize {
    usize::try_from((64 - (value | 1).leading_zeros()).div_ceil(7)).unwrap_or(10)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn width(block: &[u64]) -> u8 {
    let all = block.iter().fold(0, |all, value| all | value);
    u8::try_from(64 - all.leading_zeros()).unwrap_or(64)
}

/// A width byte, then every value with so many bits, the least significant first; the last byte is filled with zeros.
fn put_block(out: &mut Vec<u8>, block: &[u64]) {
    let width = width(block);
    out.push(width);
    let (mut bits, mut filled) = (0_u128, 0_u32);
    for value in block {
        bits |= u128::from(*value) << filled;
        filled += u32::from(width);
        if filled >= 64 {
            out.extend(bits.to_le_bytes().first_chunk::<8>().into_iter().flatten());
            bits >>= 64;
            filled -= 64;
        }
    }
    let rest = usize::try_from(filled.div_ceil(8)).unwrap_or(8);
    out.extend(bits.to_le_bytes().iter().take(rest));
}

fn take_block(reader: &mut Reader<'_>, count: usize, into: &mut Vec<u64>) -> Result<(), CoderError> {
    let width = reader.byte()?;
    if width > 64 {
        return Err(CoderError::Damaged);
    }
    let (words, rest) = reader.bytes((count * usize::from(width)).div_ceil(8))?.as_chunks::<8>();
    let last = rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    let mut words = words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]);
    let mask = (1_u128 << width) - 1;
    let (mut bits, mut filled) = (0_u128, 0_u32);
    for _ in 0..count {
        if filled < u32::from(width) {
            bits |= u128::from(words.next().ok_or(CoderError::Damaged)?) << filled;
            filled += 64;
        }
        into.push(u64::try_from(bits & mask).map_err(|_| CoderError::Damaged)?);
        bits >>= width;
        filled -= u32::from(width);
    }
    // What is left fills the last byte, and is nothing.
    if bits == 0 && words.all(|word| word == 0) { Ok(()) } else { Err(CoderError::Damaged) }
}

/// Writes a sequence; its length is not written. An empty one takes no bytes.
pub(super) fn put<const N: usize>(out: &mut Out<N>, values: &[i64]) {
    let plans = match values.len() {
        0 => return,
        1 => alloc::vec![Plan::offsets(values)],
        2 => alloc::vec![Plan::offsets(values), Plan::first(values)],
        _ => alloc::vec![Plan::offsets(values), Plan::first(values), Plan::second(values)],
    };
    out.each(|packing, bytes| {
        // Of several that cost the same, the first.
        if let Some(best) = plans.iter().min_by_key(|plan| plan.cost(packing)) {
            best.write(bytes, packing);
        }
    });
}

/// Reads a sequence of so many numbers.
pub(super) fn take(reader: &mut Reader<'_>, count: usize, packing: Packing) -> Result<Vec<i64>, CoderError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let mode = reader.byte()?;
    let order = usize::from(mode & 3);
    if mode & !(DIVIDED | 3) != 0 || order == 3 || count <= order {
        return Err(CoderError::Damaged);
    }
    let mut seeds = Vec::with_capacity(2);
    for _ in 0..order.max(1) {
        seeds.push(unzigzag(reader.varint()?));
    }
    let divisor = if mode & DIVIDED == 0 { 1 } else { reader.varint()?.cast_signed() };
    let residuals = take_residuals(reader, count - order, packing)?;
    Ok(match seeds.as_slice() {
        [least] if order == 0 => residuals.iter().map(|residual| least.wrapping_add(residual.cast_signed().wrapping_mul(divisor))).collect(),
        _ => residuals.into_iter().map(|residual| unzigzag(residual).wrapping_mul(divisor)).fold_differences(&seeds),
    })
}

fn take_residuals(reader: &mut Reader<'_>, count: usize, packing: Packing) -> Result<Vec<u64>, CoderError> {
    let mut residuals = Vec::with_capacity(count);
    match packing {
        Packing::Bits => {
            for from in (0..count).step_by(BLOCK) {
                take_block(reader, (count - from).min(BLOCK), &mut residuals)?;
            }
        }
        Packing::Varints => {
            for _ in 0..count {
                residuals.push(reader.varint()?);
            }
        }
    }
    Ok(residuals)
}

trait FoldDifferences: Iterator<Item = i64> + Sized {
    /// Adds differences up again, once per seed.
    fn fold_differences(self, seeds: &[i64]) -> Vec<i64> {
        let mut current: Vec<i64> = self.collect();
        for seed in seeds.iter().rev() {
            let mut last = *seed;
            current.insert(0, *seed);
            for value in current.iter_mut().skip(1) {
                last = last.wrapping_add(*value);
                *value = last;
            }
        }
        current
    }
}
impl<I: Iterator<Item = i64>> FoldDifferences for I {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(values: &[i64], packing: Packing) -> usize {
        let mut out = Out([(packing, Vec::new())]);
        put(&mut out, values);
        let Out([(_, out)]) = out;
        let mut reader = Reader(&out);
        assert_eq!(take(&mut reader, values.len(), packing).as_deref(), Ok(values));
        assert!(reader.0.is_empty());
        out.len()
    }

    #[test]
    fn regular_stamps_take_a_handful_of_bytes() {
        let stamps: Vec<i64> = (0..32).map(|at| 1_627_274_455_000 + at * 1_000).collect();
        assert_eq!(round_trip(&stamps, Packing::Bits), 1 + 6 + 2 + 1);
    }

    #[test]
    fn extremes_come_back() {
        for values in [&[i64::MIN][..], &[i64::MIN, i64::MAX], &[i64::MAX, i64::MIN, 0, i64::MIN], &[0, i64::MIN, 0], &[]] {
            round_trip(values, Packing::Bits);
            round_trip(values, Packing::Varints);
        }
    }

    proptest! {
        #[test]
        fn any_sequence_comes_back(
            wild in proptest::collection::vec(any::<i64>(), 0..80),
            tame in proptest::collection::vec(-9_i64..9, 0..200),
            step in any::<i64>(),
        ) {
            for packing in [Packing::Bits, Packing::Varints] {
                round_trip(&wild, packing);
                round_trip(&tame, packing);
                round_trip(&tame.iter().map(|value| value.wrapping_mul(step)).collect::<Vec<_>>(), packing);
            }
        }
    }
}
