//! What the people's side of the gatekeeper tells the data's side: the seam between `book` and `machine`.

use crate::now::Now;
use crate::store::StoreOp;
use consent_core::DrivingState;
use consent_protocol::Digest;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::lane::EndKind;
use consent_protocol::ledger::ConsentEvent;
use consent_protocol::tables::Tables;
use serde::{Deserialize, Serialize};

/// The catalog in force with what is derived from it.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The catalog.
    pub catalog: CompiledCatalog,
    /// The gate's tables.
    pub tables: Tables,
    /// Its digest.
    pub digest: Digest,
}

/// What a part needs to know of the moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Time; `trust` already lowered by the high-water mark.
    pub now: Now,
    /// Catalog in force.
    pub in_force: &'a InForce,
    /// What the car is doing.
    pub driving: DrivingState,
}

/// A consent that ended, so that every basis that rests on it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Person id.
    pub person: String,
    /// Record of the consent.
    pub record: [u8; 16],
    /// Use id.
    pub use_id: String,
    /// How it ended.
    pub kind: EndKind,
    /// Whether recipients are to erase what they hold on it.
    pub erase: bool,
}

/// One change of a standing, ready to be journalled and stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The ledger entry's body.
    pub event: ConsentEvent,
    /// The consent that it ended, if it ended one.
    pub ended: Option<Ended>,
    /// What must be stored with it, in the same transaction.
    pub ops: Vec<StoreOp>,
    /// One sentence for a person, without a name.
    pub text: String,
}

/// What of the context outlives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextMeta {
    /// Person id of the last driver.
    pub last_driver: Option<String>,
    /// Whether a trip is under way, and its number.
    pub trip: Option<u64>,
    /// Stopped by an occupant for this trip.
    pub stopped_by_occupant: bool,
    /// Pauses: scope as JSON of [`crate::control::PauseScope`], wall time of the end (0 = until resumed, -1 = trip).
    pub pauses: Vec<(String, i64)>,
    /// Unix milliseconds of the end of a theft state; 0 if none.
    pub theft_until_ms: i64,
    /// Uses without consent that were shown (ids).
    pub shown: Vec<String>,
    /// A private trip has begun (R49).
    pub private_trip: bool,
}

/// As it was stored before there were private trips.
#[derive(Deserialize)]
struct ContextMeta1 {
    last_driver: Option<String>,
    trip: Option<u64>,
    stopped_by_occupant: bool,
    pauses: Vec<(String, i64)>,
    theft_until_ms: i64,
    shown: Vec<String>,
}

impl ContextMeta {
    /// Reads what is stored; a store of the version before lifts no stop and no pause.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok().or_else(|| {
            let ContextMeta1 { last_driver, trip, stopped_by_occupant, pauses, theft_until_ms, shown } = postcard::from_bytes(bytes).ok()?;
            Some(Self { last_driver, trip, stopped_by_occupant, pauses, theft_until_ms, shown, private_trip: false })
        })
    }
}
