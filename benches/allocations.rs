//! How often deciding allocates, counted. A program of its own, since counting slows down what is counted.

use consent_benches::load::{Load, RECORDS};
use consent_benches::measure::{exit, goal, table};
use consent_benches::peers::Decides;
use consent_benches::peers::cedar::Cedar;
use consent_benches::peers::hash_ids::{HashIds, Look};
use consent_benches::peers::hash_strings::HashStrings;
use consent_benches::peers::rego::Rego;
use consent_core::UseSet;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Records of an engine that allocates for each.
const FEW: usize = 256;

fn of(load: &Load, engine: &mut impl Decides) -> String {
    let region = Region::new(ALLOCATOR);
    for (signal, t_ms) in load.records.iter().take(FEW) {
        black_box(engine.decide(*signal, *t_ms));
    }
    format!("{:.1}", region.change().allocations as f64 / FEW as f64)
}

fn run() -> Result<(), String> {
    println!("allocations: counted once, since they repeat exactly; 64 uses, 200 signals, 40 consents\n");
    let load = Load::new(64, 40);
    let mut gate = load.gate();
    let region = Region::new(ALLOCATOR);
    for (signal, t_ms) in &load.records {
        black_box(gate.decide(&load.catalog(), *signal, *t_ms));
    }
    let decided = region.change().allocations;
    let mut drained = 0;
    gate.drain(&load.catalog(), &mut |_, _, count| drained += count);
    gate.rebuild(&load.catalog(), &load.standings, &load.context, UseSet::EMPTY);
    let all = region.change().allocations;
    let rows = [
        ("hash map, integer ids", of(&load, &mut HashIds::new(&load, Look::All))),
        ("hash map, strings", of(&load, &mut HashStrings::new(&load))),
        ("regorus, bytecode", of(&load, &mut Rego::new(&load)?)),
        ("cedar, sliced by use", of(&load, &mut Cedar::new(&load)?)),
    ];
    let ours = vec!["our verdict".to_owned(), format!("{:.1}", decided as f64 / RECORDS as f64)];
    let rows: Vec<Vec<String>> = std::iter::once(ours).chain(rows.map(|(name, count)| vec![name.to_owned(), count])).collect();
    table(&["", "allocations per record"], &rows);
    println!("in {RECORDS} of our verdicts: {decided}; with a drain of {drained} decisions and a rebuild: {all} (none: {})", goal(all == 0));
    Ok(())
}

fn main() -> ExitCode {
    exit("allocations", run())
}
