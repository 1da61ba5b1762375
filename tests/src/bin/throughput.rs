//! How fast the whole agent is, beside what people would do instead, bare publishing and a plain delete, in the same run.
//!
//! The real agent with a real broker and a real receiver; what the agent does it does with every promise on: decided by consent,
//! stored with a sync before it leaves, signed, purgeable, and counted only when the recipient's signed State has come. Contestants
//! take turns, and medians of their turns are compared: the machine may be busy, the ratios hold.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program of the desk, part of the tests"
)]

use consent_tests::clock::{moment, wait_for, wall_ms};
use consent_tests::gauge::{Gauge, median};
use consent_tests::load::{self, ROUND_DELIVERIES, ROUND_RECORDS};
use consent_tests::naive::Naive;
use consent_tests::rig::{Load, Rig, number};
use consent_tests::{bare, purge};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

const HELP: &str = "Measures the whole agent beside a naive one, bare publishing and a plain delete.

Usage: throughput [SECONDS] [--json]

  SECONDS  how long each agent is loaded at least (default: 10)
  --json   one JSON object

Needs mosquitto, strace and python3 with venv; makes target/naive-venv with paho-mqtt once.
Exit status: 0 all goals met, 1 one is not, 2 wrong usage.

Example: cargo build --release --workspace --bins && cargo run --release -p consent-tests --bin throughput -- 10";

/// Rounds of one turn: of batches of 1,000, of 60, and of the naive agent. Every turn fills all batches exactly.
const TURN_1000: u64 = 20_000;
const TURN_60: u64 = 3_000;
const TURN_NAIVE: u64 = 300;
/// Turns at least.
const TURNS_MIN: usize = 3;
/// Payloads published by one turn.
const PUBLISHES: usize = 4_000;
/// Rows of one purge.
const PURGE_ROWS: u64 = 1_000;
/// How long an idle agent is watched, seconds.
const IDLE_S: u64 = 10;
/// How long the agent stands still in place of a suspend, seconds.
const FROZEN_S: u64 = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let as_json = arguments.iter().any(|argument| argument == "--json");
    let rest: Vec<&String> = arguments.iter().filter(|argument| *argument != "--json").collect();
    let seconds = match rest.as_slice() {
        [] => Some(10),
        [one] => one.parse::<u64>().ok().filter(|seconds| *seconds > 0),
        _ => None,
    };
    let Some(seconds) = seconds else {
        eprintln!("expected a number of seconds above 0 and --json, found {rest:?}\n\n{HELP}");
        return ExitCode::from(2);
    };
    let rows = measure(seconds);
    if as_json {
        println!("{}", json!({ "version": 1, "all_met": all_met(&rows), "rows": rows.iter().map(Row::json).collect::<Vec<_>>() }));
    } else {
        rows.iter().for_each(Row::print);
    }
    if all_met(&rows) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all_met(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.met() != Some(false))
}

/// One line of the table.
#[derive(Debug)]
struct Row {
    what: String,
    /// Figures in words.
    told: String,
    ratio: Option<f64>,
    goal: Option<Goal>,
}

#[derive(Clone, Copy, Debug)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    fn plain(what: &str, told: String) -> Self {
        Self { what: what.to_owned(), told, ratio: None, goal: None }
    }

    fn ratio(what: &str, told: String, ratio: f64) -> Self {
        Self { ratio: Some(ratio), ..Self::plain(what, told) }
    }

    fn goal(what: &str, told: String, ratio: f64, goal: Goal) -> Self {
        Self { goal: Some(goal), ..Self::ratio(what, told, ratio) }
    }

    fn met(&self) -> Option<bool> {
        match (self.goal?, self.ratio?) {
            (Goal::AtLeast(least), ratio) => Some(ratio >= least),
            (Goal::AtMost(most), ratio) => Some(ratio <= most),
        }
    }

    fn goal_words(&self) -> String {
        match self.goal {
            Some(Goal::AtLeast(least)) => format!(">= {least}"),
            Some(Goal::AtMost(most)) => format!("<= {most}"),
            None => String::new(),
        }
    }

    fn print(&self) {
        let ratio = self.ratio.map_or(String::new(), |ratio| if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") });
        let met = self.met().map_or("", |met| if met { "met" } else { "not met" });
        println!("{:<44} {:<62} {ratio:>7} {:>8} {met}", self.what, self.told, self.goal_words());
    }

    fn json(&self) -> Value {
        json!({ "what": self.what, "told": self.told, "ratio": self.ratio, "goal": self.goal_words(), "met": self.met() })
    }
}

fn measure(seconds: u64) -> Vec<Row> {
    let (mut thousand, mut sixty) = (Rig::new(1_000), Rig::new(60));
    let mut naive = Naive::start(&thousand.desk.path("."), thousand.desk.broker_port(), &load::consents(wall_ms() + 86_400_000));
    let idle_bytes = Gauge::of(thousand.desk.agent().pid()).rss_bytes();
    let store = if thousand.in_memory { "in memory" } else { "on disk" };
    let mut rows = vec![Row::plain("the receiver", format!("its store {store}, nothing handed on; it verifies and signs each State"))];
    rows.extend(deliveries(seconds, &mut thousand, &mut sixty, &mut naive));
    drop(naive);
    rows.extend(publishing(&mut thousand));
    rows.push(deleting());
    rows.push(syncs(&mut sixty));
    drop(sixty);
    rows.extend(printed(&mut thousand, idle_bytes));
    rows
}

/// Loads all three by turns.
fn deliveries(seconds: u64, thousand: &mut Rig, sixty: &mut Rig, naive: &mut Naive) -> Vec<Row> {
    let (naive_gauge, limit) = (naive.gauge(), Duration::from_secs(seconds));
    let (mut of_1000, mut of_60, mut of_naive): (Vec<Load>, Vec<Load>, Vec<(f64, f64)>) = (Vec::new(), Vec::new(), Vec::new());
    let written = Gauge::of(thousand.desk.agent().pid());
    thousand.load(TURN_60 * 2);
    sixty.load(TURN_60 / 5);
    let (bytes_before, sent_before) = (written.written_bytes(), thousand.desk.person().status().bytes_sent);
    let enough = |loads: &[Load]| loads.len() >= TURNS_MIN && loads.iter().map(|load| load.took).sum::<Duration>() >= limit;
    while !(enough(&of_1000) && enough(&of_60)) {
        of_1000.push(thousand.load(TURN_1000));
        let (lines, cpu) = (load::lines(TURN_NAIVE, wall_ms()), naive_gauge.cpu());
        let (sent, took) = naive.load(&lines);
        assert_eq!(sent, TURN_NAIVE * ROUND_DELIVERIES, "the naive agent sent another number of messages than the agent");
        of_naive.push((number(sent) / took.as_secs_f64(), naive_gauge.cpu().saturating_sub(cpu).as_secs_f64() * 1e6 / number(sent)));
        of_60.push(sixty.load(TURN_60));
    }
    let sent = thousand.desk.person().status().bytes_sent - sent_before;
    let amplified = number(written.written_bytes() - bytes_before) / number(sent);
    let rate = |loads: &[Load]| median(loads.iter().map(Load::rate).collect());
    let (naive_rate, naive_us) = (median(of_naive.iter().map(|load| load.0).collect()), median(of_naive.iter().map(|load| load.1).collect()));
    let mut rows = Vec::new();
    for (size, loads, goal) in [(1_000, &of_1000, 100.0), (60, &of_60, 20.0)] {
        let us = |cpu: fn(&Load) -> Duration| median(loads.iter().map(|load| load.us_each(cpu(load))).collect());
        let (agent, receiver, broker) = (us(|load| load.agent_cpu), us(|load| load.receiver_cpu), us(|load| load.broker_cpu));
        let rate = rate(loads);
        let told = format!("{:.0} k deliveries/s, naive {:.1} k, {} turns", rate / 1e3, naive_rate / 1e3, loads.len());
        rows.push(Row::goal(&format!("source to State, batches of {size}"), told, rate / naive_rate, Goal::AtLeast(goal)));
        let told = format!("{agent:.2} us a delivery, naive {naive_us:.1} us; receiver {receiver:.2}, broker {broker:.2}");
        rows.push(Row::ratio(&format!("CPU of the naive agent / of ours at {size}"), told, naive_us / agent));
    }
    rows.push(Row::ratio("bytes written to disk / sent, at 1,000", format!("{:.1} MB sent", number(sent) / 1e6), amplified));
    rows
}

/// Publishing alone, and a queue that waited for its connection.
fn publishing(rig: &mut Rig) -> Vec<Row> {
    let (envelopes, port) = (rig.envelopes(PUBLISHES), rig.desk.broker_port());
    let payloads: Vec<Vec<u8>> = envelopes.iter().cycle().take(PUBLISHES).cloned().collect();
    let (mut by_bare, mut by_link, mut of_queue) = (Vec::new(), Vec::new(), Vec::new());
    let rate = |took: Duration| number(u64::try_from(PUBLISHES).unwrap()) / took.as_secs_f64();
    for turn in 0..5 {
        by_bare.push(rate(bare::bare(port, &payloads)));
        by_link.push(rate(bare::link(port, &payloads)));
        if turn % 2 == 0 {
            of_queue.push(queue(rig));
        }
    }
    let (by_bare, by_link, of_queue) = (median(by_bare), median(by_link), median(of_queue));
    let bytes = payloads.iter().map(Vec::len).sum::<usize>() / payloads.len();
    let told = format!("{:.1} k/s, bare rumqttc {:.1} k/s, {bytes} B each", by_link / 1e3, by_bare / 1e3);
    let whole = format!("{:.1} k/s: numbered, signed, synced, sent, answered", of_queue / 1e3);
    vec![
        Row::goal("publishing of signed batches / rumqttc", told, by_link / by_bare, Goal::AtLeast(0.8)),
        Row::ratio("a stored queue until its States / rumqttc", whole, of_queue / by_bare),
    ]
}

/// Batches a second of a queue that was stored before the agent started.
fn queue(rig: &mut Rig) -> f64 {
    rig.desk.kill_broker();
    let (before, deliveries) = (rig.sent(), TURN_1000 * ROUND_DELIVERIES);
    let (_, writer) = load::send(&rig.desk.signals(), load::lines(TURN_1000, wall_ms()));
    rig.desk.person().wait_status("all is stored", |status| status.outcomes.queued + status.outcomes.numbered >= deliveries);
    writer.join().unwrap();
    assert!(rig.desk.take_agent().terminate().success(), "the agent did not stop in order");
    rig.desk.start_broker();
    rig.desk.launch_agent();
    let (first, begun) =
        wait_for("the queue begins to leave", || Some((rig.desk.person().try_status()?.outcomes.sent, moment())).filter(|(sent, _)| *sent > before));
    let ended = rig.wait_sent(before + deliveries);
    rig.desk.person().drives();
    number(before + deliveries - first) / 1e3 / (ended - begun).as_secs_f64()
}

fn deleting() -> Row {
    let (mut purges, mut deletes) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let (purged, deleted) = purge::purge_and_delete(PURGE_ROWS);
        purges.push(purged.as_secs_f64() * 1e3);
        deletes.push(deleted.as_secs_f64() * 1e3);
    }
    let (purged, deleted) = (median(purges), median(deletes));
    let told = format!("{purged:.1} ms overwritten and the log emptied, {deleted:.1} ms");
    Row::goal("purge of 1,000 rows of 4 KB / plain delete", told, purged / deleted, Goal::AtMost(10.0))
}

fn syncs(rig: &mut Rig) -> Row {
    let traced = rig.restart_traced();
    let sent = rig.sent();
    let (_, writer) = load::send(&rig.desk.signals(), load::lines(TURN_60, wall_ms()));
    rig.wait_sent(sent + TURN_60 * ROUND_DELIVERIES);
    writer.join().unwrap();
    let syncs = traced.end();
    let batches = TURN_60 * ROUND_DELIVERIES / 60;
    let told = format!("{} syncs of the log, {} checkpoints, {} groups, {batches} batches", syncs.log, syncs.checkpoints, syncs.groups);
    Row::goal("syncs of a group commit, checkpoints aside", told, syncs.of_a_group(), Goal::AtMost(1.0))
}

/// Figures without a goal of the issue, but one.
fn printed(rig: &mut Rig, idle_bytes: u64) -> Vec<Row> {
    let loaded = Gauge::of(rig.desk.agent().pid());
    rig.load(TURN_1000);
    let peak = loaded.rss_peak_bytes();
    let memory = format!("{:.1} MB idle, {:.1} MB at most under load", number(idle_bytes) / 1e6, number(peak) / 1e6);
    std::thread::sleep(Duration::from_secs(3));
    let before = loaded.cpu();
    std::thread::sleep(Duration::from_secs(IDLE_S));
    let idle = loaded.cpu().saturating_sub(before).as_secs_f64() / number(IDLE_S) * 100.0;
    let mut starts: Vec<f64> = (0..5).map(|_| start_ms(rig)).collect();
    starts.sort_by(f64::total_cmp);
    let resumed = resume_s(rig);
    vec![
        Row::plain("resident memory", memory),
        Row::plain("CPU while idle", format!("{idle:.1} % of a core over {IDLE_S} s")),
        Row::plain("start of the process to the first verdict", format!("{:.0} ms, {:.0} ms at most of {}", starts[2], starts[4], starts.len())),
        Row::goal("stopped and continued, to a verdict, s", format!("SIGSTOP for {FROZEN_S} s: a stand-in for suspend"), resumed, Goal::AtMost(2.0)),
    ]
}

/// Milliseconds from the start of the process until a record is decided that was offered as soon as there was a socket.
fn start_ms(rig: &mut Rig) -> f64 {
    let before = rig.desk.person().status().records;
    assert!(rig.desk.take_agent().terminate().success(), "the agent did not stop in order");
    let begun = moment();
    rig.desk.launch_agent();
    wait_for("the socket for signals", || std::os::unix::net::UnixStream::connect(rig.desk.signals()).ok());
    let (_, writer) = load::send(&rig.desk.signals(), load::lines(1, wall_ms()));
    wait_for("the first verdict", || rig.desk.person().try_status().filter(|status| status.records >= before + ROUND_RECORDS));
    let took = begun.elapsed();
    writer.join().unwrap();
    rig.desk.person().drives();
    took.as_secs_f64() * 1e3
}

/// Seconds from the signal to go on until a record is decided that was offered after it.
fn resume_s(rig: &mut Rig) -> f64 {
    let before = rig.desk.person().status().records;
    rig.desk.agent().freeze();
    std::thread::sleep(Duration::from_secs(FROZEN_S));
    rig.desk.agent().thaw();
    let (begun, writer) = load::send(&rig.desk.signals(), load::lines(1, wall_ms()));
    wait_for("the next verdict", || rig.desk.person().try_status().filter(|status| status.records >= before + ROUND_RECORDS));
    let took = begun.elapsed();
    writer.join().unwrap();
    took.as_secs_f64()
}
