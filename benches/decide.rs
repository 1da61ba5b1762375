//! What a verdict costs: beside the bare bit-set floor, maps and policy engines on one catalog, as uses grow, and what a
//! rebuild costs. Before anything is measured every engine must say the same of every record; the first disagreement ends the run.

use consent_benches::load::{Floor, Load, RECORDS, SIGNALS};
use consent_benches::measure::{Contest, Results, exit, goal, heading, table};
use consent_benches::peers::Decides;
use consent_benches::peers::cached::Cached;
use consent_benches::peers::cedar::Cedar;
use consent_benches::peers::hash_ids::{HashIds, Look};
use consent_benches::peers::hash_strings::HashStrings;
use consent_benches::peers::rego::Rego;
use consent_core::{Gate, UseSet};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

const ROUNDS: usize = 101;
/// What is quick goes over the records so often in a round that the clock does not count.
const PASSES: usize = 16;
/// Records of a round for what is slow.
const FEW: usize = 128;

const VERDICT: &str = "our verdict";
const FLOOR: &str = "bit-set floor";
const IDS: &str = "hash map, integer ids";
const LISTED: &str = "- uses listed by signal";
const STRINGS: &str = "hash map, strings";
const REGO: &str = "regorus, bytecode";
const CEDAR: &str = "cedar, sliced by use";
const REGO_CACHED: &str = "regorus behind our epochs";
const CEDAR_CACHED: &str = "cedar behind our epochs";

fn gate_round(load: &Load, gate: &mut Gate) -> usize {
    let catalog = load.catalog();
    for (signal, t_ms) in &load.records {
        black_box(gate.decide(&catalog, *signal, *t_ms));
    }
    RECORDS
}

fn floor_round(load: &Load, floor: &Floor) -> usize {
    for (signal, t_ms) in &load.records {
        black_box(t_ms);
        black_box(floor.decide(*signal));
    }
    RECORDS
}

fn engine_round(load: &Load, engine: &mut impl Decides) -> usize {
    for (signal, t_ms) in &load.records {
        black_box(engine.decide(*signal, *t_ms));
    }
    RECORDS
}

/// Goes over some of the records, other ones each time.
fn few<'a>(load: &'a Load, mut engine: impl Decides + 'a) -> impl FnMut() -> usize + 'a {
    let mut records = load.records.iter().cycle();
    move || {
        for (signal, t_ms) in records.by_ref().take(FEW) {
            black_box(engine.decide(*signal, *t_ms));
        }
        FEW
    }
}

fn often(mut round: impl FnMut() -> usize) -> impl FnMut() -> usize {
    move || (0..PASSES).map(|_| round()).sum()
}

/// Whether all say the same of all records; yields how many deliveries that makes.
fn agree(load: &Load) -> Result<u32, String> {
    let (mut gate, floor) = (load.gate(), load.floor());
    let mut engines: [(&str, Box<dyn Decides>); 7] = [
        (IDS, Box::new(HashIds::new(load, Look::All))),
        (LISTED, Box::new(HashIds::new(load, Look::Listed))),
        (STRINGS, Box::new(HashStrings::new(load))),
        (REGO, Box::new(Rego::new(load)?)),
        (CEDAR, Box::new(Cedar::new(load)?)),
        (REGO_CACHED, Box::new(Cached::new(Rego::new(load)?, SIGNALS))),
        (CEDAR_CACHED, Box::new(Cached::new(Cedar::new(load)?, SIGNALS))),
    ];
    let mut deliveries = 0;
    for (at, (signal, t_ms)) in load.records.iter().enumerate() {
        let verdict = gate.decide(&load.catalog(), *signal, *t_ms);
        let ours = verdict.released.or(verdict.awaiting).0;
        let mut said = std::iter::once((FLOOR, floor.decide(*signal))).chain(engines.iter_mut().map(|(name, engine)| (*name, engine.decide(*signal, *t_ms))));
        if let Some((name, theirs)) = said.find(|(_, theirs)| *theirs != ours) {
            return Err(format!("record {at}, signal {}: we say {ours:#034x}, {name} says {theirs:#034x}", signal.0));
        }
        deliveries += ours.count_ones();
    }
    if deliveries == 0 { Err("nothing passes: that measures nothing".to_owned()) } else { Ok(deliveries) }
}

fn peers(load: &Load) -> Result<Results, String> {
    let (mut gate, floor) = (load.gate(), load.floor());
    let (mut ids, mut listed, mut strings) = (HashIds::new(load, Look::All), HashIds::new(load, Look::Listed), HashStrings::new(load));
    let mut rego = Cached::new(Rego::new(load)?, SIGNALS);
    let mut cedar = Cached::new(Cedar::new(load)?, SIGNALS);
    let mut contest = Contest::default();
    contest.add(VERDICT, often(|| gate_round(load, &mut gate)));
    contest.add(FLOOR, often(|| floor_round(load, &floor)));
    contest.add(IDS, || engine_round(load, &mut ids));
    contest.add(LISTED, || engine_round(load, &mut listed));
    contest.add(STRINGS, || engine_round(load, &mut strings));
    contest.add(REGO, few(load, Rego::new(load)?));
    contest.add(CEDAR, few(load, Cedar::new(load)?));
    contest.add(REGO_CACHED, often(|| engine_round(load, &mut rego)));
    contest.add(CEDAR_CACHED, often(|| engine_round(load, &mut cedar)));
    Ok(contest.run(ROUNDS))
}

fn print_peers(found: &Results) {
    let beside = [(FLOOR, 0.0), (IDS, 200.0), (LISTED, 0.0), (STRINGS, 0.0), (REGO, 2_000.0), (CEDAR, 4_000.0), (REGO_CACHED, 0.0), (CEDAR_CACHED, 0.0)];
    let mut rows = vec![vec![VERDICT.to_owned(), format!("{:.2}", found.ns(VERDICT)), "1".to_owned(), String::new()]];
    for (name, least) in beside {
        let ratio = found.ratio(name, VERDICT);
        let words = if least > 0.0 { format!("at least {least}: {}", goal(ratio >= least)) } else { String::new() };
        rows.push(vec![name.to_owned(), format!("{:.2}", found.ns(name)), format!("{ratio:.2}"), words]);
    }
    table(&["64 uses, 200 signals, 40 consents", "ns per record", "x our verdict", "goal"], &rows);
    let over = found.ratio(VERDICT, FLOOR);
    println!("our verdict / floor: {over:.2} (at most 2: {})\n", goal(over <= 2.0));
}

/// What an epoch costs the engines behind ours: every signal is asked for once.
fn print_epochs(load: &Load) -> Result<(), String> {
    let (mut rego, mut cedar, mut gate) = (Cached::new(Rego::new(load)?, SIGNALS), Cached::new(Cedar::new(load)?, SIGNALS), load.gate());
    let mut contest = Contest::default();
    contest.add(VERDICT, || {
        black_box(gate.rebuild(&load.catalog(), &load.standings, &load.context, UseSet::EMPTY));
        1
    });
    contest.add(REGO_CACHED, || {
        rego.rebuild();
        engine_round(load, &mut rego).min(1)
    });
    contest.add(CEDAR_CACHED, || {
        cedar.rebuild();
        engine_round(load, &mut cedar).min(1)
    });
    let found = contest.run(ROUNDS / 5);
    let row = |name: &str, what: &str| vec![format!("{name}: {what}"), format!("{:.2}", found.ns(name) / 1e3), format!("{:.0}", found.ratio(name, VERDICT))];
    let filled = format!("{RECORDS} records of a new epoch");
    table(&["an epoch", "µs", "x our rebuild"], &[row(VERDICT, "a rebuild"), row(REGO_CACHED, &filled), row(CEDAR_CACHED, &filled)]);
    Ok(())
}

fn print_growth() {
    let sizes = [(16, 10), (32, 20), (64, 40), (96, 40), (128, 40)];
    let name = |(uses, consents): (u8, u16)| format!("{uses} uses, {consents} consents");
    let cars: Vec<(Load, Gate)> =
        sizes.map(|(uses, consents)| Load::new(uses, consents)).into_iter().map(|load| (load.gate(), load)).map(|(gate, load)| (load, gate)).collect();
    let mut contest = Contest::default();
    for (size, (load, mut gate)) in sizes.iter().zip(cars) {
        contest.add(name(*size), often(move || gate_round(&load, &mut gate)));
    }
    let found = contest.run(ROUNDS);
    let ns: Vec<f64> = sizes.iter().map(|size| found.ns(&name(*size))).collect();
    table(&["as uses grow", "ns per record"], &sizes.iter().zip(&ns).map(|(size, ns)| vec![name(*size), format!("{ns:.2}")]).collect::<Vec<_>>());
    let spread = ns.iter().copied().fold(0.0, f64::max) / ns.iter().copied().fold(f64::MAX, f64::min);
    println!("slowest / fastest from 16 to 128 uses: {spread:.2} (at most 1.3: {})\n", goal(spread <= 1.3));
}

fn print_rebuilds() {
    let sizes = [(64, 40), (64, 128), (128, 256)];
    let name = |(uses, consents): (u8, u16)| format!("{uses} uses, {consents} consents");
    let mut contest = Contest::default();
    for (uses, consents) in sizes {
        let load = Load::new(uses, consents);
        let mut gate = load.gate();
        contest.add(name((uses, consents)), move || {
            for _ in 0..PASSES {
                black_box(gate.rebuild(&load.catalog(), &load.standings, &load.context, UseSet::EMPTY));
            }
            PASSES
        });
    }
    let found = contest.run(ROUNDS);
    table(&["a rebuild", "ns"], &sizes.map(|size| vec![name(size), format!("{:.0}", found.ns(&name(size)))]));
}

fn by_criterion(load: &Load) {
    let mut criterion = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(1)).configure_from_args();
    let (mut gate, floor) = (load.gate(), load.floor());
    let mut group = criterion.benchmark_group("decide");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("gate 64/40", |bencher| bencher.iter(|| gate_round(load, &mut gate)));
    group.bench_function("floor 64/40", |bencher| bencher.iter(|| floor_round(load, &floor)));
    group.finish();
    criterion.bench_function("rebuild 64/40", |bencher| bencher.iter(|| gate.rebuild(&load.catalog(), &load.standings, &load.context, UseSet::EMPTY)));
    criterion.final_summary();
}

fn run() -> Result<(), String> {
    let load = Load::new(64, 40);
    heading("decide: which uses get a record", ROUNDS);
    let deliveries = agree(&load)?;
    println!("all engines agree on {RECORDS} records, {:.1} uses each\n", f64::from(deliveries) / RECORDS as f64);
    print_peers(&peers(&load)?);
    print_epochs(&load)?;
    print_growth();
    print_rebuilds();
    by_criterion(&load);
    Ok(())
}

fn main() -> ExitCode {
    exit("decide", run())
}
