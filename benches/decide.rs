//! What a verdict costs beside the bare bit-set floor, in one process; whether it allocates; whether it stays flat as uses
//! grow; and what a rebuild costs. Ratios are printed as plain lines after criterion's own figures.

use consent_benches::{Floor, Load, RECORDS};
use consent_core::{Gate, UseSet};
use criterion::{Criterion, Throughput};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Rounds of which the median counts; competitors take turns, so that a busy machine slows all of them alike.
const ROUNDS: usize = 301;

fn gate_round(load: &Load, gate: &mut Gate) {
    let catalog = load.catalog();
    for (signal, t_ms) in &load.records {
        black_box(gate.decide(&catalog, *signal, *t_ms));
    }
}

fn floor_round(load: &Load, floor: &Floor) {
    for (signal, t_ms) in &load.records {
        black_box(t_ms);
        black_box(floor.decide(*signal));
    }
}

fn ns(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64() * 1e9
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Median nanoseconds per record of the gate at each size, and of the floor at 64 uses.
fn side_by_side(sizes: &[(u8, u16)]) -> (Vec<f64>, f64) {
    let mut cars: Vec<(Load, Gate)> =
        sizes.iter().map(|(uses, consents)| Load::new(*uses, *consents)).map(|load| (load.gate(), load)).map(|(gate, load)| (load, gate)).collect();
    let reference = Load::new(64, 40);
    let floor = reference.floor();
    let mut gates = vec![Vec::new(); cars.len()];
    let mut floors = Vec::new();
    let per_record = RECORDS as f64;
    for _ in 0..ROUNDS {
        floors.push(ns(|| floor_round(&reference, &floor)) / per_record);
        for ((load, gate), samples) in cars.iter_mut().zip(&mut gates) {
            samples.push(ns(|| gate_round(load, gate)) / per_record);
        }
    }
    (gates.into_iter().map(median).collect(), median(floors))
}

fn verdict(holds: bool) -> &'static str {
    if holds { "met" } else { "MISSED" }
}

fn report() {
    let sizes = [(16, 10), (32, 20), (64, 40), (96, 40), (128, 40)];
    let (gates, floor) = side_by_side(&sizes);
    println!();
    for ((uses, consents), gate) in sizes.iter().zip(&gates) {
        println!("decide at {uses} uses, {consents} consents: {gate:.2} ns per record");
    }
    println!("bit-set floor at 64 uses, 40 consents: {floor:.2} ns per record");
    let (at_64, least, most) = (gates[2], gates.iter().copied().fold(f64::MAX, f64::min), gates.iter().copied().fold(0.0, f64::max));
    println!("decide / floor at 64 uses, 40 consents: {:.2} (goal at most 2: {})", at_64 / floor, verdict(at_64 <= 2.0 * floor));
    println!("slowest / fastest from 16 to 128 uses: {:.2} (goal at most 1.3: {})", most / least, verdict(most <= 1.3 * least));

    let load = Load::new(64, 40);
    let mut gate = load.gate();
    let region = Region::new(ALLOCATOR);
    gate_round(&load, &mut gate);
    let decided = region.change().allocations;
    gate.rebuild(&load.catalog(), &load.standings, &load.context, UseSet::EMPTY);
    let mut drained = 0;
    gate.drain(&load.catalog(), &mut |_, _, count| drained += count);
    let all = region.change().allocations;
    println!("allocations in {RECORDS} decisions: {decided}; with a rebuild and a drain of {drained} decisions: {all} (goal 0: {})", verdict(all == 0));

    for (uses, consents) in [(64, 40), (64, 128), (128, 256)] {
        let load = Load::new(uses, consents);
        let mut gate = load.gate();
        let mut rebuild = || {
            black_box(gate.rebuild(&load.catalog(), &load.standings, &load.context, UseSet::EMPTY));
        };
        let rebuild = median((0..ROUNDS).map(|_| ns(&mut rebuild)).collect());
        println!("rebuild at {uses} uses, {consents} consents: {rebuild:.0} ns");
    }
}

fn main() {
    let mut criterion = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2)).configure_from_args();
    let mut group = criterion.benchmark_group("decide");
    group.throughput(Throughput::Elements(RECORDS as u64));
    for (uses, consents) in [(16, 10), (64, 40), (128, 40)] {
        let load = Load::new(uses, consents);
        let mut gate = load.gate();
        group.bench_function(format!("gate {uses}/{consents}"), |bencher| bencher.iter(|| gate_round(&load, &mut gate)));
    }
    let load = Load::new(64, 40);
    let floor = load.floor();
    group.bench_function("floor 64/40", |bencher| bencher.iter(|| floor_round(&load, &floor)));
    group.finish();
    let mut gate = load.gate();
    criterion.bench_function("rebuild 64/40", |bencher| bencher.iter(|| gate.rebuild(&load.catalog(), &load.standings, &load.context, UseSet::EMPTY)));
    criterion.final_summary();
    report();
}
