//! Everything at a glance: what the demo's table, `consent-agent status` and later the page are drawn from. Versioned JSON.

use crate::control::PauseScope;
pub use crate::words::status_word;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of this shape.
pub const STATUS_VERSION: u32 = 1;

/// Decisions by outcome; all numbers together are the decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Outcomes {
    /// In memory.
    pub pending: u64,
    /// Waiting for a review.
    pub awaiting: u64,
    /// Waiting for hand-over.
    pub queued: u64,
    /// Possibly sent.
    pub numbered: u64,
    /// Acknowledged.
    pub sent: u64,
    /// Refused by the receiver.
    pub refused: u64,
    /// Withheld, by reason.
    pub withheld: BTreeMap<String, u64>,
    /// Reduced away.
    pub reduced: u64,
    /// Beyond its age or unanswered.
    pub expired: u64,
    /// Destroyed unsent.
    pub purged: u64,
    /// Destroyed, possibly sent.
    pub purged_possibly_sent: u64,
    /// Dropped unsent.
    pub dropped: u64,
    /// Dropped, possibly sent.
    pub dropped_possibly_sent: u64,
}

impl Outcomes {
    /// The sum of all outcomes.
    pub fn sum(&self) -> u64 {
        let plain = [
            self.pending,
            self.awaiting,
            self.queued,
            self.numbered,
            self.sent,
            self.refused,
            self.reduced,
            self.expired,
            self.purged,
            self.purged_possibly_sent,
            self.dropped,
            self.dropped_possibly_sent,
        ];
        plain.iter().chain(self.withheld.values()).fold(0, |sum: u64, count| sum.saturating_add(*count))
    }

    /// The reason with the most withheld decisions.
    pub fn leading_reason(&self) -> Option<&str> {
        self.withheld.iter().filter(|(_, count)| **count > 0).max_by_key(|(_, count)| **count).map(|(reason, _)| reason.as_str())
    }
}

/// One use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UseStatus {
    /// Use id.
    pub id: String,
    /// Headline in the first language.
    pub headline: String,
    /// Recipient id.
    pub recipient: String,
    /// Recipient's name in the first language.
    pub recipient_name: String,
    /// Not the manufacturer.
    pub outside: bool,
    /// `live`, `awaits`, or the reason why it is off.
    pub activity: String,
    /// The standing of the person concerned, in a word: "given", "refused", "by law" …
    pub consent: String,
    /// Unix milliseconds when it ends, if it does.
    pub until_ms: Option<i64>,
    /// Effective tier.
    pub tier: u8,
    /// What left reveals, in words: of the finest tier that anything left at; before anything left, of the effective tier.
    pub reveals: String,
    /// Decisions.
    pub decisions: u64,
    /// Records released and acknowledged.
    pub records_sent: u64,
    /// Batches acknowledged.
    pub batches_sent: u64,
    /// By outcome.
    pub outcomes: Outcomes,
}

/// One connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkStatus {
    /// Recipient id.
    pub recipient: String,
    /// `up`, `connecting`, `idle`.
    pub state: String,
    /// Batches stored and not acknowledged.
    pub waiting: u64,
    /// Statements not answered.
    pub statements_owed: u64,
    /// Ends whose erasure is not confirmed.
    pub erasures_owed: u64,
    /// Envelopes that did not hold, or contradicted what we know.
    pub alarms: u64,
}

/// The gate's own traffic, listed beside the uses (R1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GateStatus {
    /// Headline in the first language.
    pub headline: String,
    /// What leaves, in plain words.
    pub plain: String,
    /// What the traffic consists of.
    pub fields: Vec<String>,
    /// Connections that came up, over all boots.
    pub connections: u64,
    /// Hellos.
    pub hellos: u64,
    /// Statements, repeated ones too.
    pub statements: u64,
    /// Subscriptions to the catalog.
    pub catalog_polls: u64,
}

/// A consent event in words, newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventStatus {
    /// Ledger number.
    pub seq: u64,
    /// Unix milliseconds.
    pub wall_ms: i64,
    /// Use id.
    pub use_id: String,
    /// What happened: "given", "withdrawn" …
    pub action: String,
    /// One sentence for a person, without a name.
    pub text: String,
}

/// A person present, as shown on the car's own screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonStatus {
    /// Person id; none for a guest.
    pub person: Option<String>,
    /// `driver` or `occupant`.
    pub role: String,
    /// `none`, `low`, `high`.
    pub assurance: String,
}

/// A pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PauseStatus {
    /// What it covers.
    pub scope: PauseScope,
    /// `resumed`, `trip` or `time`.
    pub until: String,
    /// When it ends by time, Unix milliseconds.
    pub until_ms: Option<i64>,
}

/// Privacy loss of a person by a use (epsilon of local differential privacy), in thousandths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LossStatus {
    /// The use.
    pub use_id: String,
    /// Of today.
    pub today_milli: u32,
    /// Of the 365 days that began on `year_from_ms`.
    pub year_milli: u64,
    /// Begin of the year, Unix milliseconds.
    pub year_from_ms: i64,
}

/// Everything at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Status {
    /// [`STATUS_VERSION`].
    pub version: u32,
    /// Environment.
    pub environment: String,
    /// Version of the catalog in force, 0 if none.
    pub catalog_version: u32,
    /// Its digest in hexadecimal.
    pub catalog_digest: String,
    /// Number of this boot.
    pub boot: u32,
    /// Whether the boot before ended in order.
    pub clean: bool,
    /// `unknown`, `parked`, `standing`, `driving`.
    pub driving: String,
    /// Whether a trip is under way.
    pub trip: bool,
    /// Whether the clock is trusted.
    pub clock_trusted: bool,
    /// Whether the store writes.
    pub store_ok: bool,
    /// What is paused, in words.
    pub paused: Vec<String>,
    /// What is paused.
    #[serde(default)]
    pub pauses: Vec<PauseStatus>,
    /// When a declared theft ends, Unix milliseconds; none if none is declared.
    #[serde(default)]
    pub theft_until_ms: Option<i64>,
    /// Whether a private trip in an employer's car is under way (R49).
    #[serde(default)]
    pub private_trip: bool,
    /// Stopped by an occupant for this trip.
    pub stopped_by_occupant: bool,
    /// Any location leaves (R24).
    pub location_active: bool,
    /// People present.
    pub people: Vec<PersonStatus>,
    /// Records offered.
    pub records: u64,
    /// Of them of unknown path.
    pub unknown: u64,
    /// Of them halves of a fix that wait for each other, at most half a second: not decided yet.
    pub joining: u64,
    /// Decisions.
    pub decisions: u64,
    /// All uses together.
    pub outcomes: Outcomes,
    /// Whether the outcomes sum to the decisions, for each use and in all.
    pub balanced: bool,
    /// Consent events written.
    pub consent_events: u64,
    /// Batches acknowledged.
    pub batches_sent: u64,
    /// Bytes of their envelopes.
    pub bytes_sent: u64,
    /// Records acknowledged.
    pub records_sent: u64,
    /// Running the gate.
    pub gate: GateStatus,
    /// Uses in catalog order; then those that only older catalogs knew.
    pub uses: Vec<UseStatus>,
    /// Connections.
    pub links: Vec<LinkStatus>,
    /// The last consent events.
    pub events: Vec<EventStatus>,
    /// Open requests.
    pub requests: u64,
    /// Uses that wait for a review of the driver.
    #[serde(default)]
    pub reviews: u64,
    /// Certificates left for new streams.
    pub keys_left: u32,
    /// What releases with noise have cost the driver, or nobody where a use rests on no consent.
    #[serde(default)]
    pub losses: Vec<LossStatus>,
}
