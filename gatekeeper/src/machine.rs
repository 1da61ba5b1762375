//! Joins the parts: takes events, keeps order, yields commands.

use crate::command::Command;
use crate::event::Event;
use crate::now::Now;
use crate::signer::Signer;
use crate::status::Status;
use crate::store::Snapshot;
use consent_core::SignalId;
use consent_protocol::catalog::{Datatype, Environment};

/// Signals that feed the context, by VSS path. A source that is not named here is only data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextSignals {
    /// Speed, km/h.
    pub speed: Option<String>,
    /// Current gear: 0 neutral, 126 park (VSS 4) or the text `P`.
    pub gear: Option<String>,
    /// Parking brake engaged.
    pub parking_brake: Option<String>,
    /// Ignition or low-voltage system state: `ON`, `START`, `OFF`, …, or a boolean.
    pub ignition: Option<String>,
}

/// What a gatekeeper is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Environment; a catalog or certificate of another one is refused.
    pub environment: Environment,
    /// ISO 3166 code of the country.
    pub country: String,
    /// Model line.
    pub model_line: String,
    /// Ed25519 public key under which catalogs are signed.
    pub catalog_root: [u8; 32],
    /// Id of the recipient over whose connection catalogs come (the manufacturer).
    pub catalog_recipient: String,
    /// Most bytes of sealed payloads that wait (awaiting, queued, numbered); the oldest queued are dropped beyond.
    pub queue_bytes_max: u64,
    /// How long disclosures stay, days.
    pub disclosure_days: u32,
    /// Signals that feed the context.
    pub context: ContextSignals,
    /// Languages of the car, in order of preference.
    pub languages: Vec<String>,
}

/// The state machine of one car.
#[derive(Debug)]
pub struct Gatekeeper<S> {
    signer: S,
}

#[allow(clippy::todo, clippy::missing_panics_doc, unused_variables, reason = "being written")]
impl<S: Signer> Gatekeeper<S> {
    /// Starts from what is on disk. `seed` is fresh randomness; commands wait in [`Self::poll`] afterwards.
    pub fn boot(config: Config, snapshot: Snapshot, signer: S, seed: [u8; 32], now: Now) -> Self {
        todo!()
    }

    /// Takes an event.
    pub fn handle(&mut self, now: Now, event: Event) {
        todo!()
    }

    /// The next command to carry out, in order.
    pub fn poll(&mut self) -> Option<Command> {
        todo!()
    }

    /// Monotonic milliseconds at which [`Event::Tick`] is due at the latest.
    pub fn deadline_ms(&self) -> Option<u64> {
        todo!()
    }

    /// Finds a signal of the catalog in force, with the datatype that its values must have.
    pub fn signal(&self, path: &str) -> Option<(SignalId, Datatype)> {
        todo!()
    }

    /// Everything at a glance.
    pub fn status(&self, now: Now) -> Status {
        todo!()
    }

    /// The signer, for a pool that was refilled.
    pub fn signer_mut(&mut self) -> &mut S {
        &mut self.signer
    }
}
