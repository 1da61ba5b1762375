//! See `consent_fuzz::transform`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| consent_fuzz::transform::one(data));

/// Without cargo-fuzz there is nothing to run: `tests/replay.rs` feeds the corpus.
#[cfg(not(fuzzing))]
fn main() {}
