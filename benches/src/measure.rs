//! CPU time of this thread, contestants that take turns, medians of their rounds, and a plain table.
//!
//! The machine may be busy: time that others get does not count, and a ratio is the median over the rounds of the ratio
//! within each round, so that what slows one contestant down for a while slows down the other as well.

use rustix::time::{ClockId, clock_gettime};
use std::process::ExitCode;

/// What `[profile.bench]` of the manifest says.
const PROFILE: &str = "bench (opt-level 3, no LTO, 16 codegen units)";

/// Runs something; yields the CPU time that it took, nanoseconds.
pub fn cpu_ns(run: impl FnOnce()) -> f64 {
    let start = thread_ns();
    run();
    thread_ns() - start
}

fn thread_ns() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// The median of samples; NaN of none.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How a bench ends; what it failed by is said under its name.
pub fn exit(name: &str, done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a goal is met, in words.
pub fn goal(holds: bool) -> &'static str {
    if holds { "goal met" } else { "goal not met" }
}

/// The head of a program's output.
pub fn heading(what: &str, rounds: usize) {
    let profile = if cfg!(debug_assertions) { "a profile with debug assertions: no figure below means anything" } else { PROFILE };
    println!("{what}\nprofile: {profile}; CPU time of one thread, medians of {rounds} rounds in which the contestants take turns\n");
}

/// Prints columns, the first to the left and the others to the right.
pub fn table(head: &[&str], rows: &[Vec<String>]) {
    let texts = |row: &[String]| row.iter().map(|cell| cell.chars().count()).collect::<Vec<_>>();
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let mut widths = texts(&head);
    for row in rows {
        widths.iter_mut().zip(texts(row)).for_each(|(width, found)| *width = (*width).max(found));
    }
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let (before, after) = if at == 0 { (0, width - cell.chars().count()) } else { (2 + width - cell.chars().count(), 0) };
            line.extend([" ".repeat(before), cell.clone(), " ".repeat(after)]);
        }
        println!("{}", line.trim_end());
    }
    println!();
}

/// One that is measured: yields how many units (records, say) a run dealt with.
type Run<'a> = Box<dyn FnMut() -> usize + 'a>;

/// Those that take turns.
#[derive(Default)]
pub struct Contest<'a>(Vec<(String, Run<'a>)>);

impl std::fmt::Debug for Contest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl<'a> Contest<'a> {
    /// Adds a contestant; `run` yields how many units it dealt with.
    pub fn add(&mut self, name: impl Into<String>, run: impl FnMut() -> usize + 'a) {
        self.0.push((name.into(), Box::new(run)));
    }

    /// Lets everybody run once unmeasured and then so many times.
    pub fn run(mut self, rounds: usize) -> Results {
        for (_, run) in &mut self.0 {
            run();
        }
        let mut samples = vec![Vec::with_capacity(rounds); self.0.len()];
        for _ in 0..rounds {
            for ((_, run), samples) in self.0.iter_mut().zip(&mut samples) {
                let mut units = 0;
                let ns = cpu_ns(|| units = run());
                samples.push(ns / units.max(1) as f64);
            }
        }
        Results(self.0.into_iter().map(|(name, _)| name).zip(samples).collect())
    }
}

/// Nanoseconds per unit, of every contestant and round.
#[derive(Clone, Debug)]
pub struct Results(Vec<(String, Vec<f64>)>);

impl Results {
    fn of(&self, name: &str) -> &[f64] {
        self.0.iter().find(|(known, _)| known == name).map_or(&[], |(_, samples)| samples)
    }

    /// Median nanoseconds per unit; NaN of a contestant that there was not.
    pub fn ns(&self, name: &str) -> f64 {
        median(self.of(name).to_vec())
    }

    /// How many times as long as `other` a contestant takes.
    pub fn ratio(&self, name: &str, other: &str) -> f64 {
        median(self.of(name).iter().zip(self.of(other)).map(|(one, other)| one / other).collect())
    }
}
