//! Progress of what takes longer than a second, on stderr: a bar at a terminal, else a line now and then.

use crate::clock::Stopwatch;
use crate::out;
use indicatif::{ProgressBar, ProgressStyle};

/// Between two lines without a terminal, milliseconds.
const LINE_MS: u64 = 10_000;
/// Between two looks at the clock, calls.
const CALLS: u32 = 256;

/// Shows how much of a file is read.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    watch: Stopwatch,
    said_ms: u64,
    calls: u32,
    every: u32,
    unit: &'static str,
}

impl Progress {
    /// For bytes.
    pub fn bytes() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {eta}") {
            bar.set_style(style);
        }
        Self { bar, watch: Stopwatch::start(), said_ms: 0, calls: 0, every: CALLS, unit: "bytes" }
    }

    /// For simulated people, each a call.
    pub fn people() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} years of people {eta}") {
            bar.set_style(style);
        }
        Self { bar, watch: Stopwatch::start(), said_ms: 0, calls: 0, every: 16, unit: "years of people" }
    }

    /// For rules that are measured on cars, each a call or more.
    pub fn measurements() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} measurements {eta}") {
            bar.set_style(style);
        }
        Self { bar, watch: Stopwatch::start(), said_ms: 0, calls: 0, every: 2, unit: "measurements" }
    }

    /// For a fleet, which is looked at now and then.
    pub fn fleet(unit: &'static str) -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(&format!("{{wide_bar}} {{pos}}/{{len}} {unit} {{eta}}")) {
            bar.set_style(style);
        }
        Self { bar, watch: Stopwatch::start(), said_ms: 0, calls: 0, every: 2, unit }
    }

    /// Shows nothing.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), watch: Stopwatch::start(), said_ms: u64::MAX, calls: 0, every: CALLS, unit: "bytes" }
    }

    /// Says how far it is: read, and in all.
    pub fn show(&mut self, (read, total): (u64, u64)) {
        self.calls = self.calls.wrapping_add(1);
        if self.calls % self.every != 1 {
            return;
        }
        self.bar.set_length(total);
        self.bar.set_position(read);
        if self.bar.is_hidden() && self.watch.elapsed_ms() > self.said_ms.saturating_add(LINE_MS) {
            self.said_ms = self.watch.elapsed_ms();
            out::note(&format!("{read} of {total} {}", self.unit));
        }
    }

    /// It is over.
    pub fn done(&mut self) {
        self.bar.finish_and_clear();
    }
}
