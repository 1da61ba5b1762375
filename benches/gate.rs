//! What the gate costs from a record offered to a row in a batch: decide, transform and batch, with the gatekeeper's own
//! stage and batcher, driven as its machine drives them. 200 signals at 1 to 100 Hz, batches of 1,000 records.
//!
//! A delivery is a record that passes to one use. A record costs what it costs where nobody consents; a delivery, what is on
//! top of that by the number of deliveries.

use consent_benches::car::{Car, Consent, RATES_HZ, Rules, SIGNALS, Sources, USES};
use consent_benches::load::NOW_MS;
use consent_benches::measure::{Contest, exit, goal, heading, table};
use consent_core::gate::Decided;
use consent_core::{ClockTrust, Gate, UseIx, UseSet};
use consent_gatekeeper::Now;
use consent_gatekeeper::batcher::{Batcher, Clearance, Closed, Terms};
use consent_gatekeeper::event::Record;
use consent_gatekeeper::kept::Kept;
use consent_gatekeeper::stage::{Stage, Yield};
use std::hint::black_box;
use std::process::ExitCode;

/// A round is one second of driving.
const ROUNDS: usize = 41;
/// Records of a batch.
const RECORDS_MAX: usize = 1_000;
/// Most nanoseconds for a delivery, and for a record on top of its deliveries.
const GOAL_NS: f64 = 100.0;

const DECIDE: &str = "decide alone";
const IDLE: &str = "nobody consents";
const AS_IS: &str = "every value as it is";
const MIXED: &str = "rounded, windows, histograms, levels, caps, grid";

/// A gate at work.
struct Running {
    car: Car,
    stage: Stage,
    batcher: Batcher,
    seconds: std::vec::IntoIter<Vec<Record>>,
    now: Now,
    counted: Counted,
}

/// What came of the records.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    records: u64,
    deliveries: u64,
    rows: u64,
    batches: u64,
    reduced: u64,
}

impl Counted {
    fn per_record(self, count: u64) -> f64 {
        count as f64 / self.records.max(1) as f64
    }
}

impl Running {
    fn new(rules: Rules, consent: Consent) -> Result<Self, String> {
        let car = Car::new(rules, consent)?;
        let mut stage = Stage::new(Kept::looking(), Vec::new());
        stage.reset(car.in_force.tables.slots());
        stage.rebuild(&car.in_force, &car.standings, &car.context, UseSet::EMPTY);
        let now = Now { boot: 1, mono_ms: 1_000, wall_ms: NOW_MS, trust: ClockTrust::Trusted };
        Ok(Self { car, stage, batcher: Batcher::default(), seconds: seconds().into_iter(), now, counted: Counted::default() })
    }

    fn second(&mut self) -> usize {
        let records = self.seconds.next().unwrap_or_default();
        let count = records.len();
        (self.now.mono_ms, self.now.wall_ms) = (self.now.mono_ms + 1_000, self.now.wall_ms + 1_000);
        let mut found = Yield::default();
        for record in records {
            self.stage.push(&self.car.in_force, record, self.now.mono_ms, self.now.wall_ms, &mut found);
            self.take(&mut found);
        }
        self.stage.tick(&self.car.in_force, self.now.wall_ms, &mut found);
        self.take(&mut found);
        for closed in self.batcher.tick(self.now.wall_ms) {
            self.close(closed);
        }
        self.counted.records += count as u64;
        count
    }

    fn take(&mut self, found: &mut Yield) {
        self.counted.reduced += found.reduced.drain(..).map(|(_, inputs)| u64::from(inputs)).sum::<u64>();
        for released in found.released.drain(..) {
            let terms = terms(released.use_ix());
            for closed in self.batcher.push(released, terms, self.now) {
                self.close(closed);
            }
        }
    }

    fn close(&mut self, closed: Closed) {
        self.counted.rows += closed.rows.len() as u64;
        self.counted.batches += 1;
        black_box(closed);
    }

    fn counted(&mut self) -> Counted {
        let deliveries = &mut self.counted.deliveries;
        self.stage.drain(&self.car.in_force, &mut |_, decided, count| match decided {
            Decided::Passed | Decided::Awaiting => *deliveries += count,
            Decided::Withheld(_) => {}
        });
        self.counted
    }
}

fn terms(use_ix: UseIx) -> Terms {
    Terms { basis: u64::from(use_ix.0), clearance: Clearance::Live, records_max: RECORDS_MAX, within_ms: 600_000, offset_ms: 0 }
}

/// Records for the unmeasured round and all others.
fn seconds() -> Vec<Vec<Record>> {
    let mut sources = Sources::default();
    (0..=ROUNDS).map(|_| sources.second()).collect()
}

fn run() -> Result<(), String> {
    heading(&format!("gate: {SIGNALS} signals at {RATES_HZ:?} Hz, {USES} uses, batches of {RECORDS_MAX} records; a round is a second of driving"), ROUNDS);
    let mut idle = Running::new(Rules::AsIs, Consent::Nobody)?;
    let mut as_is = Running::new(Rules::AsIs, Consent::Given)?;
    let mut mixed = Running::new(Rules::Mixed, Consent::Given)?;
    let (car, mut gate) = (Car::new(Rules::AsIs, Consent::Given)?, Gate::new());
    gate.rebuild(&car.in_force.tables.view(), &car.standings, &car.context, UseSet::EMPTY);
    let mut offered = seconds().into_iter();
    let mut contest = Contest::default();
    contest.add(DECIDE, || {
        let (records, view) = (offered.next().unwrap_or_default(), car.in_force.tables.view());
        for record in &records {
            black_box(gate.decide(&view, record.signal, record.t_ms));
        }
        records.len()
    });
    contest.add(IDLE, || idle.second());
    contest.add(AS_IS, || as_is.second());
    contest.add(MIXED, || mixed.second());
    let found = contest.run(ROUNDS);
    let (idle_ns, mut rows, mut goals) = (found.ns(IDLE), Vec::new(), Vec::new());
    rows.push(vec![DECIDE.to_owned(), format!("{:.1}", found.ns(DECIDE)), String::new(), String::new(), String::new()]);
    for (name, counted) in [(IDLE, idle.counted()), (AS_IS, as_is.counted()), (MIXED, mixed.counted())] {
        let (ns, deliveries) = (found.ns(name), counted.per_record(counted.deliveries));
        let delivery_ns = if deliveries > 0.0 { format!("{:.1}", (ns - idle_ns) / deliveries) } else { String::new() };
        rows.push(vec![name.to_owned(), format!("{ns:.1}"), format!("{deliveries:.2}"), format!("{:.2}", counted.per_record(counted.rows)), delivery_ns]);
        let most = GOAL_NS * (1.0 + deliveries);
        goals.push(format!("{name}: {:.2} of what is allowed, {most:.0} ns per record with its deliveries ({})", ns / most, goal(ns <= most)));
    }
    table(&["", "ns per record, all in", "deliveries per record", "rows per record", "ns per delivery"], &rows);
    println!("allowed: {GOAL_NS} ns a record and {GOAL_NS} ns a delivery");
    goals.iter().for_each(|line| println!("{line}"));
    let counted = [as_is.counted(), mixed.counted()];
    let sums = counted.map(|counted| format!("{} batches, {} rows, {} reduced", counted.batches, counted.rows, counted.reduced));
    println!("\nas it is: {}; mixed: {}", sums[0], sums[1]);
    Ok(())
}

fn main() -> ExitCode {
    exit("gate", run())
}
