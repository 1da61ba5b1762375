//! A desk under load: the real agent, broker and receiver, without the tap, and what they cost meanwhile.
//!
//! The receiver is the agent's peer and not what is measured: its store lies in memory where the machine has a folder for that,
//! and it hands nothing on. It verifies every batch, stores it and signs its State all the same.

use crate::clock::{moment, wait_within, wall_ms};
use crate::gauge::Gauge;
use crate::load::{self, ROUND_DELIVERIES};
use crate::process::Proc;
use crate::{Desk, Plan};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a load may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// Stream certificates: enough that every use gets one.
const POOL: u32 = 256;
/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// A desk with a load's catalog, and consents given.
#[derive(Debug)]
pub struct Rig {
    /// The desk.
    pub desk: Desk,
    /// Whether the receiver's store lies in memory.
    pub in_memory: bool,
    _memory: Option<tempfile::TempDir>,
}

/// What a load took.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Deliveries, each acknowledged by the recipient's State.
    pub deliveries: u64,
    /// From the first byte at the source to the last State.
    pub took: Duration,
    /// CPU time of the agent.
    pub agent_cpu: Duration,
    /// CPU time of the receiver.
    pub receiver_cpu: Duration,
    /// CPU time of the broker.
    pub broker_cpu: Duration,
}

impl Load {
    /// Deliveries a second.
    pub fn rate(&self) -> f64 {
        number(self.deliveries) / self.took.as_secs_f64()
    }

    /// Microseconds of a CPU time for each delivery.
    pub fn us_each(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1e6 / number(self.deliveries)
    }
}

/// A count, for ratios.
#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "a ratio of counts below 2^53")]
pub fn number(count: u64) -> f64 {
    count as f64
}

impl Rig {
    /// Everything runs, and every use is agreed to; batches close at so many records.
    pub fn new(records_max: u32) -> Self {
        let desk = Desk::with(&Plan { catalog: load::catalog(records_max), pool: POOL, ..Plan::default() });
        let memory = Path::new(MEMORY).is_dir().then(|| tempfile::Builder::new().prefix("consent-receiver-").tempdir_in(MEMORY).ok()).flatten();
        if let Some(memory) = &memory {
            std::os::unix::fs::symlink(memory.path(), desk.path("receiver")).unwrap();
        }
        let port = |port: u16| format!("port = {port}\n");
        edit(&desk.path("agent.toml"), &[(&port(desk.tap().port()), &port(desk.broker_port())), ("info,consent_agent=debug", "info")]);
        edit(&desk.path("receiver.toml"), &[("hand_on = \"out\"\n", "")]);
        let mut rig = Self { desk, in_memory: memory.is_some(), _memory: memory };
        rig.desk.start_all();
        load::uses().for_each(|use_id| rig.desk.person().gives(&use_id));
        rig
    }

    /// Offers so many rounds of all signals and waits until every delivery is acknowledged. Rounds that fill batches leave none open.
    pub fn load(&mut self, rounds: u64) -> Load {
        let (lines, deliveries) = (load::lines(rounds, wall_ms()), rounds * ROUND_DELIVERIES);
        let gauges = [self.desk.agent().pid(), self.desk.receiver().pid(), self.desk.broker().pid()].map(Gauge::of);
        let (before, sent) = (gauges.each_ref().map(Gauge::cpu), self.sent());
        let (begun, writer) = load::send(&self.desk.signals(), lines);
        self.wait_sent(sent + deliveries);
        let took = begun.elapsed();
        writer.join().unwrap();
        let after = gauges.each_ref().map(Gauge::cpu);
        let [agent_cpu, receiver_cpu, broker_cpu] = std::array::from_fn(|at| after[at].saturating_sub(before[at]));
        Load { deliveries, took, agent_cpu, receiver_cpu, broker_cpu }
    }

    /// Decisions that are acknowledged.
    pub fn sent(&self) -> u64 {
        self.desk.person().status().outcomes.sent
    }

    /// Waits until so many are; yields when.
    pub fn wait_sent(&self, wanted: u64) -> Instant {
        let begun = moment();
        wait_within(2 * PATIENCE, &format!("{wanted} deliveries are acknowledged"), || {
            let outcomes = self.desk.person().status().outcomes;
            assert!(begun.elapsed() < PATIENCE && !outcomes.withheld.contains_key("no_key"), "{outcomes:?}");
            (outcomes.sent >= wanted).then(moment)
        })
    }

    /// Batches that its receiver holds, as they came.
    pub fn envelopes(&self, count: usize) -> Vec<Vec<u8>> {
        self.desk.store().newest_envelopes(count)
    }

    /// Ends the agent in order, and starts it under strace, which notes every sync.
    pub fn restart_traced(&mut self) -> Traced {
        self.desk.take_agent().terminate();
        let (plain, notes) = (self.desk.agent_command(&["run"]), self.desk.path("syncs"));
        let mut command = Command::new("strace");
        // As a grandchild (-D), so that the process started here is the agent itself.
        command.args(["-D", "-f", "-qq", "-y", "-e", "trace=fdatasync,fsync", "-o"]).arg(&notes).arg(plain.get_program()).args(plain.get_args());
        command.current_dir(plain.get_current_dir().unwrap()).env("CONSENT_AGENT__LOG__LEVEL", "info,consent_agent=debug");
        let log = self.desk.path("traced.log");
        let agent = Proc::spawn("consent-agent under strace; install strace", command, &log);
        self.desk.person().wait_up();
        self.desk.person().drives();
        Traced { agent, notes, log }
    }
}

/// An agent under strace.
#[derive(Debug)]
pub struct Traced {
    agent: Proc,
    notes: PathBuf,
    log: PathBuf,
}

/// Syncs of an agent's life.
#[derive(Clone, Copy, Debug)]
pub struct Syncs {
    /// Of the store's log.
    pub log: u64,
    /// Of its database: each is a checkpoint.
    pub checkpoints: u64,
    /// Groups of transactions that it wrote.
    pub groups: u64,
}

impl Syncs {
    /// Of the log for a group. A checkpoint syncs the log once before it, and the commit after it once more, for the log's new head.
    pub fn of_a_group(&self) -> f64 {
        number(self.log - 2 * self.checkpoints) / number(self.groups)
    }
}

impl Traced {
    /// Ends the agent in order and counts.
    pub fn end(self) -> Syncs {
        let Self { agent, notes, log } = self;
        assert!(agent.terminate().success(), "{}", std::fs::read_to_string(&log).unwrap_or_default());
        let told = std::fs::read_to_string(&log).unwrap();
        let groups = told.lines().find_map(|line| line.split("groups=").nth(1)).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        let groups = groups.unwrap_or_else(|| panic!("expected a line with groups=, found {told}"));
        let notes = std::fs::read_to_string(&notes).unwrap();
        let count = |file: &str| u64::try_from(notes.lines().filter(|line| line.contains(file)).count()).unwrap();
        Syncs { log: count("consent.db-wal>"), checkpoints: count("consent.db>"), groups }
    }
}

fn edit(file: &Path, changes: &[(&str, &str)]) {
    let mut text = std::fs::read_to_string(file).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{}: expected {from:?}", file.display());
        text = text.replace(from, to);
    }
    std::fs::write(file, text).unwrap();
}
