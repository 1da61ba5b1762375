//! What the fleet cost the machine: computing time by part, and memory as the system sees it.

use crate::clock::thread_cpu_ns;
use serde::Serialize;

/// Computing time by part, nanoseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Spent {
    /// Simulated sensors: what drives the car, and reading values.
    pub sensors_ns: u64,
    /// Gatekeepers with their stores in memory and their simulated links.
    pub gate_ns: u64,
    /// Receivers.
    pub receiver_ns: u64,
    /// Checks of what was handed to the wire.
    pub checks_ns: u64,
}

/// Which part computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Sensors,
    Gate,
    Receiver,
    Checks,
}

impl Spent {
    /// Does something, and notes for whom.
    pub(super) fn on<T>(&mut self, part: Part, act: impl FnOnce() -> T) -> T {
        let began_ns = thread_cpu_ns();
        let done = act();
        let took_ns = thread_cpu_ns().saturating_sub(began_ns);
        let sum = match part {
            Part::Sensors => &mut self.sensors_ns,
            Part::Gate => &mut self.gate_ns,
            Part::Receiver => &mut self.receiver_ns,
            Part::Checks => &mut self.checks_ns,
        };
        *sum = sum.saturating_add(took_ns);
        done
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sensors_ns = self.sensors_ns.saturating_add(other.sensors_ns);
        self.gate_ns = self.gate_ns.saturating_add(other.gate_ns);
        self.receiver_ns = self.receiver_ns.saturating_add(other.receiver_ns);
        self.checks_ns = self.checks_ns.saturating_add(other.checks_ns);
    }

    /// All parts.
    pub(super) fn all_ns(&self) -> u64 {
        [self.sensors_ns, self.gate_ns, self.receiver_ns, self.checks_ns].iter().fold(0, |sum: u64, part| sum.saturating_add(*part))
    }
}

/// Memory of this process that is resident, bytes; none where the system does not tell (Linux does).
pub(super) fn resident_bytes() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = told.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    kib.checked_mul(1_024)
}

/// Of the machine in a core's words: how large what the core states at compile time is.
pub(super) fn core_bytes() -> u64 {
    u64::try_from(consent_core::gate::CAR_BYTES).unwrap_or(u64::MAX)
}
